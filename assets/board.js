// The header of the board: how many chairs are in each state, counted from the cards themselves so that it cannot disagree with them.
// And the order of the cards: that of the room, or worst first where this screen was told so (`?order=worst` says it to a wall).
"use strict";
window.chairside = window.chairside || {};
window.chairside.board = (() => {
  /** Count cards by kind; of the late ones also the worst state. */
  function counted(cards) {
    const found = { late: 0, critical: 0, caution: 0, normal: 0, silent: 0, free: 0, worstLate: "caution" };
    for (const card of cards) {
      if (!(card.count in found)) continue;
      found[card.count] += 1;
      if (card.count === "late" && card.state === "critical") found.worstLate = "critical";
    }
    return found;
  }

  function write() {
    const places = document.querySelectorAll("[data-counts]");
    if (!places.length) return;
    const cards = [...document.querySelectorAll('[data-testid="chair-card"]')].map((card) => card.dataset);
    const found = counted(cards);
    for (const place of places) {
      const number = found[place.dataset.counts];
      if (place.textContent !== `${number}`) place.textContent = `${number}`;
      place.parentElement.hidden = number === 0;
      if (place.dataset.counts === "late") place.parentElement.dataset.severity = found.worstLate;
    }
  }

  // ---- the order ----

  const KEY = "chairside-order";
  const STEADY = 2000; // ms after a touch or a movement in which no card moves away from under a finger
  let touched = -STEADY;
  let waiting = null;

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a browser that keeps nothing begins with the order of the room
    }
  }
  let order = new URLSearchParams(location.search).get("order") || stored() || "room";

  /** The numbers of the cards, worst first; of two that are equal the one that comes first in the room. */
  function worstFirst(urgencies) {
    return urgencies.map((_, place) => place).sort((one, other) => urgencies[other] - urgencies[one] || one - other);
  }

  /** Put the cards in order. They move as elements, so that reading aloud and the Tab key follow what is seen. */
  function arrange() {
    const button = document.querySelector('[data-testid="board-order"]');
    if (button) {
      const words = order === "worst" ? button.dataset.worst : button.dataset.room;
      if (button.textContent !== words) button.textContent = words;
      button.setAttribute("aria-pressed", `${order === "worst"}`);
    }
    const cards = [...document.querySelectorAll('[data-testid="chair-card"]')];
    cards.forEach((card, place) => (card.roomPlace ??= place));
    const room = [...cards].sort((one, other) => one.roomPlace - other.roomPlace);
    const wanted = order === "worst" ? worstFirst(room.map((card) => Number(card.dataset.urgency))).map((place) => room[place]) : room;
    if (wanted.every((card, place) => card === cards[place])) return;
    const quiet = performance.now() - touched;
    clearTimeout(waiting);
    if (quiet < STEADY) {
      waiting = setTimeout(arrange, STEADY - quiet);
      return;
    }
    const focus = document.activeElement;
    wanted[0].parentElement.append(...wanted);
    if (focus && focus !== document.activeElement && focus.isConnected) focus.focus({ preventScroll: true });
  }

  function turn() {
    order = order === "worst" ? "room" : "worst";
    touched = -STEADY; // whoever asks for another order wants it now
    try {
      localStorage.setItem(KEY, order);
    } catch {
      // it holds until the next load
    }
    arrange();
  }

  for (const kind of ["pointermove", "pointerdown", "touchmove"]) {
    document.addEventListener(kind, () => (touched = performance.now()), { passive: true, capture: true });
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest('[data-testid="board-order"]')) turn();
  });

  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      write();
      arrange();
    });
  }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-count", "data-state", "data-urgency", "data-room"] });

  return { counted, worstFirst };
})();
