/* The door's list: fetched while there is network, looked at and scanned against without, and what it let in is sent
   when there is network again. Texts stand in the page (#door-words), in its language. */
import { scanWithCamera } from "./camera.js";
import { look, readKey, squeeze } from "./check.js";
import { endList, findList, keepList, keepScan, markSent, told, unsent } from "./keep.js";

const door = document.getElementById("door");
const words = JSON.parse(document.getElementById("door-words").textContent);
const part = (name) => door.querySelector(`[data-part="${name}"]`);
const field = door.querySelector("form input[name=shown]");
const LONGEST = 200;
const SHEET = 100;

let key = null;
let isKept = false; // whether the page opens without network
let network = "unknown"; // there, away, signed_out, over

const say = (name, values = {}) =>
  Object.entries(values).reduce((text, [hole, value]) => text.replaceAll(`{${hole}}`, value), words[name]);
const language = document.documentElement.lang === "en" ? "en-GB" : "id";
const time = (at, more = {}) =>
  new Intl.DateTimeFormat(language, { timeZone: "Asia/Jakarta", hour: "2-digit", minute: "2-digit", ...more }).format(at);
const dayAndTime = (at) => time(at, { weekday: "short", day: "numeric", month: "short" });
const make = (tag, names, ...inside) => {
  const made = document.createElement(tag);
  if (names) made.className = names;
  made.append(...inside);
  return made;
};
const button = (text, names, act) => {
  const made = make("button", `btn ${names}`, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
};

/* When a party was let in: as the list says, or as this phone remembers; by the server's clock. */
const sinceOf = (list) => {
  const seen = new Map();
  for (const scan of [...told(), ...unsent()]) {
    const name = `${scan.code}:${scan.position}`;
    if (scan.code && !seen.has(name) && scan.outcome !== "refused") seen.set(name, scan.at + list.skew);
  }
  return (party) => party.since || seen.get(`${party.code}:${party.position}`) || null;
};

/* The answer: what it is in large words, who, and perhaps what may be done all the same. */
const TONES = { let_in: "ok", good: "info", before: "wait", unlisted: "wait", unchecked: "wait", unknown: "wait" };

const letIn = (found, text, list, since) => {
  const { code, position } = found;
  let kept = null;
  try {
    kept = keepScan({ shown: text.slice(0, LONGEST), code, position, owner: list.owner });
  } catch {
    tell([{ kind: "not_kept" }], text, list);
    return;
  }
  const became = since ? { kind: "before", again: kept.at + list.skew, since } : { kind: "let_in" };
  tell([{ ...found, ...became }], text, list);
  draw();
  if (network === "there") send();
};

const whoAndWhat = ({ party }) =>
  party ? `${party.name} · ${party.people} · ${party.what}, ${dayAndTime(party.starts)}` : "";

const headOf = (found, list) => {
  const { party, kind } = found;
  const product = party && party.kind === "product" ? "product_" : "";
  const since = found.since || (party && sinceOf(list)(party));
  return say(product + kind in words ? product + kind : kind, {
    people: party ? party.people : "", name: party ? party.name : "", since: since ? dayAndTime(since) : "",
    time: party ? dayAndTime(party.starts) : "", again: found.again ? time(found.again) : "",
  });
};

const CLOSED = ["let_in", "before", "false", "not_kept"]; // nothing more to do

const drawAnswer = (found, text, list) => {
  const { kind, party } = found;
  const said = make("div", `msg door-answer m-${TONES[kind] || "err"}`, make("h2", "", headOf(found, list)));
  if (party) said.append(make("p", "", whoAndWhat(found)));
  if (words[kind + "_more"]) said.append(make("p", "", words[kind + "_more"]));
  const act = () => letIn(found, text, list);
  if (kind === "good") {
    const what = say(party.kind === "product" ? "hand_over" : "let", { people: party.people });
    said.append(button(what, "btn-primary wide", act));
  } else if (!CLOSED.includes(kind)) said.append(button(words.all_the_same, "btn-danger wide", act));
  return said;
};

const tell = (answers, text, list) => {
  part("answer").replaceChildren(...answers.map((found) => drawAnswer(found, text, list)));
  part("answer").scrollIntoView({ block: "nearest" });
};

/* A scan lets in at once; a typed code shows the name first. A ticket that is shown again is kept as that. */
const show = async (shown) => {
  const list = findList();
  const text = squeeze(shown);
  if (!list || !text) return;
  const known = sinceOf(list);
  const answers = await look(shown, list, key, Date.now() + list.skew, known);
  const [first] = answers;
  if (first.isTicket && first.kind === "good") letIn(first, text, list);
  else if (first.isTicket && first.kind === "before") letIn(first, text, list, known(first.party));
  else tell(answers, text, list);
};

/* The list on the page. What did not change is not written again, or it would be read out again. */
const write = (name, text) => {
  if (part(name).textContent !== text) part(name).textContent = text;
};

const draw = () => {
  const list = findList();
  door.classList.toggle("has-list", Boolean(list));
  part("list").replaceChildren();
  part("tools").hidden = !list;
  write("state", stateOf(list));
  drawQueue();
  if (!list) return;
  const known = sinceOf(list);
  const groups = new Map();
  for (const party of list.parties) {
    const name = `${party.what}, ${dayAndTime(party.starts)}`;
    groups.set(name, [...(groups.get(name) || []), party]);
  }
  for (const [name, parties] of groups) {
    const rows = parties.map((party) => rowOf(party, known(party)));
    part("list").append(make("section", "stack", make("h2", "is-h3", name), make("ul", "panel door-list", ...rows)));
  }
  if (!list.parties.length) part("list").append(make("p", "mut", words.nobody));
};

const rowOf = (party, since) => {
  const state = since ? say("since", { since: time(since) }) : party.obstacle ? words[party.obstacle] : "";
  const name = make("div", "", make("b", "", party.name), make("small", "mut", `${party.people} · ${party.code}${state ? " · " + state : ""}`));
  const act = button(words.look, "btn-outline btn-sm", () => show(party.code));
  act.append(make("span", "sr", `: ${party.name}`));
  return make("li", since ? "is-in" : "", name, act);
};

const stateOf = (list) => {
  const lines = [words["network_" + network]];
  if (list) {
    lines.push(say("list_of", { time: dayAndTime(list.made), ends: dayAndTime(list.ends + list.skew) }));
    lines.push(isKept ? words.page_kept : words.page_lost);
    lines.push(key ? words.checks_seal : words.checks_list);
    if (Math.abs(list.skew) > 120000) lines.push(say("clock_off", { minutes: Math.round(Math.abs(list.skew) / 60000) }));
  }
  return lines.filter(Boolean).join(" ");
};

const drawQueue = () => {
  const list = findList();
  const [waiting, done] = [unsent(), told()];
  const others = waiting.filter((scan) => list && scan.owner !== list.owner).length;
  const still = waiting.length ? say("waiting", { many: waiting.length }) : done.length ? words.all_sent : words.nothing_waits;
  write("queue", others ? `${still} ${words.others}` : still);
  part("told").replaceChildren(...done.slice(-20).reverse().map((scan) => make("li", "", `${scan.code || "–"}: ${scan.words}`)));
};

/* Network: the list anew, the page and what it is drawn with kept for later, and what waits is sent. */
const fetchList = async () => {
  const answer = await fetch(door.dataset.parties, { redirect: "manual" }).catch(() => null);
  if (answer?.ok) return answer.json();
  network = answer?.type === "opaqueredirect" ? "signed_out" : answer?.status === 403 ? "over" : "away";
  if (network === "over") endList();
  return null;
};

const HEADERS = ["Content-Type", "Content-Security-Policy", "Permissions-Policy", "Referrer-Policy"];

/* Only this person's page is kept, and without what is said once. */
const keepPage = async (owner) => {
  const fresh = await fetch(door.dataset.page, { redirect: "error" });
  const page = new DOMParser().parseFromString(await fresh.text(), "text/html");
  if (!fresh.ok || page.documentElement.dataset.holder !== owner) return;
  page.querySelectorAll(".messages").forEach((once) => once.remove());
  const headers = HEADERS.filter((name) => fresh.headers.has(name)).map((name) => [name, fresh.headers.get(name)]);
  const drawn = [...page.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=preload], link[rel=modulepreload], script[src]")];
  const pictures = [...page.querySelectorAll("use")].map((use) => (use.getAttribute("href") || "").split("#")[0]);
  const paths = new Set([...drawn.map((one) => one.getAttribute("href") || one.getAttribute("src")), ...pictures]);
  const cache = await caches.open("door");
  await cache.put(door.dataset.page, new Response("<!doctype html>" + page.documentElement.outerHTML, { headers }));
  await cache.addAll([...paths].filter((path) => path.startsWith("/static/")));
};

const canOpenAgain = async () =>
  Boolean(navigator.serviceWorker && window.caches && (await caches.match(door.dataset.page, { ignoreVary: true })));

const sendSheet = async (sheet, csrf) => {
  const scans = sheet.map(({ id, at, shown, position }) => ({ id, at, shown, position: position ?? null }));
  const answer = await fetch(door.dataset.scans, {
    method: "POST", redirect: "manual",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify({ device_now: Date.now(), scans }),
  }).catch(() => null);
  if (!answer || !answer.ok) return false;
  const outcomes = new Map((await answer.json()).scans.map((one) => [one.id, one]));
  sheet.filter((scan) => outcomes.has(scan.id)).forEach((scan) => markSent(scan, outcomes.get(scan.id)));
  return true;
};

let isBusy = false;
const send = async () => {
  if (isBusy) return;
  isBusy = true;
  try {
    const list = await fetchList();
    if (list) {
      network = "there";
      const mine = () => unsent().filter((scan) => scan.owner === list.owner).slice(0, SHEET);
      let sheet = mine();
      while (sheet.length && (await sendSheet(sheet, list.csrf))) sheet = mine();
      const { csrf, ...kept } = list;
      keepList(kept);
      key = await readKey(list.key);
      await keepPage(list.owner).catch(() => null);
      isKept = await canOpenAgain();
    }
  } finally {
    isBusy = false;
    draw();
  }
};

/* Begin. */
const begin = async () => {
  part("needs-script").hidden = true;
  door.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const shown = field.value;
    field.value = "";
    field.focus();
    show(shown);
  });
  part("again").addEventListener("click", send);
  addEventListener("online", send);
  addEventListener("offline", () => { network = "away"; draw(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  setInterval(() => { if (unsent().length || !findList()) send(); }, 60000);
  scanWithCamera(part("camera"), part("picture"), show);
  const list = findList();
  if (list) key = await readKey(list.key);
  isKept = await canOpenAgain();
  draw();
  await navigator.serviceWorker?.register(door.dataset.worker, { scope: door.dataset.page }).catch(() => null);
  send();
};
begin();
