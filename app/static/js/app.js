/* Small comforts on top of pages that work without them. No framework, no inline handlers.
   data-countdown   counts a hold down        data-copy      copies a text           data-once    a form is sent once
   data-timeline    opens at today            data-menu      closes on Escape        data-focus   takes the focus on load
   data-again       asks an address again until it leads elsewhere, and goes there
   data-own-time    says an instant by the visitor's own clock, where that shows another time than the village's
   data-unsent      signing out asks first, where guests were let in without network and that was not sent */
(() => {
  "use strict";

  /* A hold: the server gave the seconds left, so a phone whose clock is wrong counts right all the same. Date.now()
     goes on while the phone sleeps, which performance.now() need not. */
  const startCountdown = (box) => {
    if (box.dataset.started) return;
    box.dataset.started = "yes";
    const end = Date.now() + Number(box.dataset.left) * 1000;
    const total = Math.max(1, Number(box.dataset.total));
    const clock = box.querySelector("[data-clock]");
    const say = box.querySelector("[data-say]");
    const marks = box.querySelectorAll(".drain i");
    let before = Number(box.dataset.left);
    const two = (n) => String(n).padStart(2, "0");
    const tick = () => {
      if (!box.isConnected) return;
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      const minutes = two(Math.floor((left % 3600) / 60));
      clock.textContent = (left >= 3600 ? Math.floor(left / 3600) + ":" : "") + minutes + ":" + two(left % 60);
      const lit = Math.ceil((left * marks.length) / total);
      marks.forEach((mark, place) => mark.classList.toggle("lit", place < lit));
      for (const minute of [10, 5, 1]) {
        if (before > minute * 60 && left <= minute * 60) say.textContent = box.getAttribute("data-say-" + minute);
      }
      before = left;
      if (left > 0) {
        setTimeout(tick, 250);
      } else {
        box.querySelector("[data-sentence]").textContent = box.dataset.over;
        box.querySelector("[data-own-time]")?.remove();
        say.textContent = box.dataset.over;
        box.dispatchEvent(new CustomEvent("holdover", { bubbles: true }));
      }
    };
    tick();
  };

  /* Back at a page kept in memory, its clock stood still: ask the server anew. */
  const refreshKeptPage = (event) => {
    if (event.persisted && document.querySelector("[data-countdown]")) location.reload();
  };

  const copyText = async (button) => {
    const word = button.querySelector("span") || button;
    const usual = word.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return;
    }
    word.textContent = button.dataset.done || usual;
    setTimeout(() => { word.textContent = usual; }, 2500);
  };

  const openAtToday = (scroller) => {
    const today = scroller.querySelector(".now");
    if (!today) return;
    const names = scroller.querySelector(".tl-name").offsetWidth;
    const from = scroller.getBoundingClientRect().left - scroller.scrollLeft;
    scroller.scrollLeft = today.getBoundingClientRect().left - from - names - today.offsetWidth / 2;
  };

  /* A second tap must not send twice; after a return to the page the form works again. */
  const lockForm = (form, event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.querySelectorAll("button[type=submit], button:not([type])").forEach((button) => button.setAttribute("aria-busy", "true"));
  };
  const unlockForms = () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  };

  /* A payment that is being checked: the page stays as it is, and is left only when there is news. */
  const askAgain = (box) => {
    let seconds = Number(box.dataset.again);
    const ask = async () => {
      const answer = await fetch(box.dataset.from).catch(() => null);
      if (answer?.redirected) return location.replace(answer.url);
      seconds = Math.min(seconds * 2, 60);
      setTimeout(ask, seconds * 1000);
    };
    setTimeout(ask, seconds * 1000);
  };

  /* The village's time always stands beside it. Each instant is reckoned by itself: summer time may begin in between. */
  const tellOwnTime = (span) => {
    const at = new Date(span.dataset.ownTime);
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const shown = (timeZone) => at.toLocaleString("sv", { timeZone });
    if (!here || shown(here) === shown("Asia/Jakarta")) return;
    const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
    const parts = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
    span.textContent = span.dataset.words.replace("{time}", new Intl.DateTimeFormat(language, parts).format(at));
    span.hidden = false;
  };

  /* The list for the door (js/door) is one person's. It ends here with its time, and as soon as anybody else, or nobody,
     is signed in, or the office is over. What was let in and is not sent yet holds no name, and stays. */
  const DOOR_PAGE = "/manage/check-in/list";
  const doorKeys = () => Object.keys(window.localStorage || {}).filter((key) => key.startsWith("door:"));
  const isUnsent = (key) => key.startsWith("door:scan:");
  const endDoorList = async () => {
    doorKeys().filter((key) => !isUnsent(key)).forEach((key) => localStorage.removeItem(key));
    await window.caches?.delete("door");
    (await navigator.serviceWorker?.getRegistration(DOOR_PAGE))?.unregister();
  };
  const watchDoorList = () => {
    const list = JSON.parse(window.localStorage?.getItem("door:list") || "null");
    const { holder } = document.documentElement.dataset;
    if (list && (Date.now() > list.ends || (holder !== undefined && holder !== list.owner))) endDoorList();
  };

  const prepare = (root) => {
    const all = (what) => [...(root.matches?.(what) ? [root] : []), ...root.querySelectorAll(what)];
    all("[data-countdown]").forEach(startCountdown);
    all("[data-timeline]").forEach(openAtToday);
    all("[data-own-time]").forEach(tellOwnTime);
    all("[data-again]").forEach(askAgain);
    if (navigator.clipboard) all("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
    all("[data-focus]").slice(0, 1).forEach((first) => first.focus());
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copyText(button);
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-once]")) lockForm(event.target, event);
    const { unsent } = event.target.dataset;
    if (unsent && doorKeys().some(isUnsent) && !confirm(unsent)) event.preventDefault();
  });
  document.addEventListener("doorover", endDoorList);
  document.addEventListener("htmx:afterRequest", unlockForms);
  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) prepare(event.target);
  });
  addEventListener("pageshow", (event) => {
    unlockForms();
    refreshKeptPage(event);
  });
  prepare(document);
  watchDoorList();
})();
