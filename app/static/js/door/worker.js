/* Answers for the door's list while there is no network: for that one page and what it is drawn with, and for nothing
   else. It stores nothing by itself: the page puts itself here when it has fetched a list (js/door/page.js), and
   js/app.js empties it when somebody else comes. */
"use strict";

const CACHE = "door";
const PAGE = "/manage/check-in/list";
const PATIENCE = 4000; // milliseconds; a network that takes longer is none at a meeting point
const REST = 30000; // for so long after that what is kept is shown at once

let awayUntil = 0;

const inTime = (answer) =>
  Promise.race([answer, new Promise((_, refuse) => setTimeout(refuse, PATIENCE, new Error("too slow")))]);

const answer = async (request, path) => {
  const kept = await (await caches.open(CACHE)).match(path, { ignoreVary: true });
  if (!kept) return fetch(request);
  if (Date.now() < awayUntil) return kept;
  const fresh = await inTime(fetch(request)).catch(() => null);
  if (fresh && fresh.status < 500) return fresh;
  awayUntil = Date.now() + REST;
  return kept;
};

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  const isPage = mode === "navigate" && pathname === PAGE;
  if (isPage || pathname.startsWith("/static/")) event.respondWith(answer(event.request, pathname));
});
