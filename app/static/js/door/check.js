/* What somebody shows, held against the list. Nothing here touches the page or the network.
   A ticket is SD1.CODE.POSITION.VERSION.SEAL: an Ed25519 signature in base 32, checked here where the browser can, else
   by the digests in the list. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const TICKET = /^(SD1\.([A-Z0-9]+)\.(\d{1,9})\.(\d{1,9}))\.([A-Z2-7]+)$/;
const CODE = /^[ACDEFGHJKLMNPQRTUVWXY3479]{7}$/;

const bytesOf = (text) => new TextEncoder().encode(text);

const fromBase32 = (text) => {
  const bytes = [];
  let bits = 0;
  let value = 0;
  for (const sign of text) {
    value = (value << 5) | ALPHABET.indexOf(sign);
    bits += 5;
    if (bits >= 8) bytes.push((value >> (bits -= 8)) & 255);
    value &= 255;
  }
  return new Uint8Array(bytes);
};

const digestOf = async (text) => {
  const digest = await crypto.subtle.digest("SHA-256", bytesOf(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/* The published key, ready to check with; null where this browser knows no Ed25519. */
export const readKey = async (pem) => {
  const base64 = pem.replace(/-----[^-]+-----|\s/g, "");
  const der = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return window.crypto.subtle?.importKey("spki", der, { name: "Ed25519" }, false, ["verify"]).catch(() => null) ?? null;
};

export const squeeze = (shown) => shown.replace(/\s+/g, "").toUpperCase();
const isTicket = (text) => text.startsWith("SD1") || text.includes(".");

const judgeParty = (party, now, since) => {
  if (since) return "before";
  if (party.obstacle) return party.obstacle;
  return party.from && (now < party.from || now >= party.until) ? "other_day" : "good";
};

const judgeTicket = async (text, list, key, now, sinceOf) => {
  const parts = TICKET.exec(text);
  if (!parts) return { kind: "false" };
  const [, body, code, position, version, seal] = parts;
  if (key && !(await crypto.subtle.verify("Ed25519", key, fromBase32(seal), bytesOf(body)))) return { kind: "false" };
  const party = list.parties.find((one) => one.code === code && one.position === Number(position));
  const found = { code, position: Number(position), party };
  if (!key && !(party && (await digestOf(text)) === party.digest)) return { ...found, kind: "unchecked" };
  if (!party) return { ...found, kind: "unlisted" };
  const kind = judgeParty(party, now, sinceOf(party));
  return { ...found, kind: kind === "good" && Number(version) !== party.version ? "old_ticket" : kind };
};

/* What a text stands for, as a list of { kind, party, code, position, isTicket }. `now` is by the server's clock,
   `sinceOf(party)` when it was let in. Kinds: good, before, an obstacle of the list, other_day, old_ticket, unlisted (a
   true ticket), unchecked (not on the list, and this browser cannot check), unknown (a code), false. */
export const look = async (shown, list, key, now, sinceOf) => {
  const text = squeeze(shown);
  if (isTicket(text)) return [{ ...(await judgeTicket(text, list, key, now, sinceOf)), isTicket: true }];
  const code = text.replace(/[^A-Z0-9]/g, "");
  const parties = list.parties.filter((one) => one.code === code);
  if (!parties.length) return [{ kind: CODE.test(code) ? "unknown" : "false", code }];
  return parties.map((party) => ({
    kind: judgeParty(party, now, sinceOf(party)), party, code, position: party.position,
  }));
};
