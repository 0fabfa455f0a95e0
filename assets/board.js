// The header of the board: how many chairs are in each state, counted from the cards themselves so that it cannot disagree with them.
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

  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      write();
    });
  }).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-count", "data-state"] });

  return { counted };
})();
