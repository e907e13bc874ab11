/* What the door keeps on this phone. The list, and what was sent, end with js/app.js; a scan that was not sent yet has
   an entry of its own, so that two windows never write over each other, and stays until the server has it. */
const LIST = "door:list";
const SCAN = "door:scan:"; // not sent yet: no name, only what was shown
const SENT = "door:sent:"; // what became of it
const LASTS = 36 * 3600 * 1000;

const read = (key) => JSON.parse(localStorage.getItem(key) || "null");
const all = (prefix) =>
  Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .map(read)
    .filter(Boolean)
    .sort((one, other) => one.at - other.at || one.turn - other.turn);

/* `skew`: how far this phone's clock is behind the server's, in milliseconds. */
export const keepList = (list) => {
  const now = Date.now();
  localStorage.setItem(LIST, JSON.stringify({ ...list, skew: list.made - now, ends: now + LASTS }));
};
export const findList = () => {
  const list = read(LIST);
  return list && Date.now() <= list.ends ? list : null;
};
export const endList = () => document.dispatchEvent(new CustomEvent("doorover"));

export const keepScan = (scan) => {
  const whole = { ...scan, id: crypto.randomUUID(), at: Date.now(), turn: all(SCAN).length };
  localStorage.setItem(SCAN + whole.id, JSON.stringify(whole));
  return whole;
};
export const unsent = () => all(SCAN);
export const told = () => all(SENT);

/* The server has it: the ticket's text goes, what became of it stays as long as the list. */
export const markSent = (scan, { outcome, words }) => {
  const { id, at, code, position } = scan;
  localStorage.setItem(SENT + id, JSON.stringify({ id, at, turn: scan.turn, code, position, outcome, words }));
  localStorage.removeItem(SCAN + id);
};
