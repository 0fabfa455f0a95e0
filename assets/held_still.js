// Holds the form still while the banner above it comes or goes: a finger that is on its way to a button meets that button. The page is
// scrolled by what the banner moved it; where it cannot be scrolled that far, the room stays until it can.
"use strict";
window.chairside = window.chairside || {};
window.chairside.heldStill = (() => {
  const root = document.documentElement;
  const FORM = '[data-form="reading"]'; // what is under the fingers, and is not sticky itself
  const banner = () => document.querySelector("[data-stale-place] > .stale-banner");
  let owed = 0; // px of room that stay although the banner has gone

  function room() {
    const shown = banner();
    const height = shown ? shown.offsetHeight + (parseFloat(getComputedStyle(shown).marginBottom) || 0) : 0;
    root.style.setProperty("--stale-height", `${height}px`);
    root.style.setProperty("--stale-room", `${Math.max(height, owed)}px`);
  }

  /** Do `change()`, and scroll so that the form stands where it stood. */
  function heldStill(change) {
    const place = document.querySelector(FORM);
    const before = place ? place.getBoundingClientRect().top : 0;
    root.style.overflowAnchor = "none"; // or the browser would scroll by as much again
    change();
    owed = 0;
    room();
    if (place) keep(place, before);
    requestAnimationFrame(() => (root.style.overflowAnchor = ""));
  }

  function keep(place, before) {
    const moved = () => place.getBoundingClientRect().top - before;
    window.scrollBy({ top: moved(), behavior: "instant" });
    if (moved() > -1) return;
    owed = -moved();
    room();
  }

  /** Give back the room that was owed, once the page is scrolled far enough for nobody to notice. */
  window.addEventListener("scroll", () => owed && window.scrollY >= owed && heldStill(() => {}), { passive: true });

  return heldStill;
})();
