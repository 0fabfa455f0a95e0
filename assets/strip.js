// The strip of the next half hour on the board: every mark, time and bracket stands where its moment lies from now. Marks that would
// cover each other move apart; where there are too many, those planned after a check that is still to be done are left out, and
// the line says so.
"use strict";
window.chairside = window.chairside || {};
window.chairside.strip = (() => {
  const GAP = 3; // px between two marks
  const CROWDED = 0.85; // of the line; beyond it marks would stand too far from their moments

  /** Where marks stand: at their places, but apart and within the line. `places` ascend; all in px, for the middle of each mark. */
  function spread(places, widths, line) {
    const found = [];
    let left = 0;
    places.forEach((place, n) => {
      found.push(Math.max(place, left + widths[n] / 2));
      left = found[n] + widths[n] / 2 + GAP;
    });
    let right = line;
    for (let n = found.length - 1; n >= 0; n -= 1) {
      found[n] = Math.min(found[n], right - widths[n] / 2);
      right = found[n] - widths[n] / 2 - GAP;
    }
    return found;
  }

  const at = (element) => Date.parse(element.dataset.at);

  function move(element, left) {
    const wanted = `${Math.round(left)}px`;
    if (element.style.left !== wanted) element.style.left = wanted;
  }

  function show(element, shown) {
    if (element.hidden === shown) element.hidden = !shown;
  }

  /** The marks that are shown: all that lie within the line, or of too many only the first check of each chair. */
  function chosen(line, until) {
    const marks = [...line.querySelectorAll("[data-mark]")];
    const within = marks.filter((mark) => at(mark) <= until);
    within.forEach((mark) => show(mark, true));
    const wide = within.reduce((sum, mark) => sum + mark.offsetWidth + GAP, 0);
    const crowded = wide > CROWDED * line.clientWidth;
    const kept = crowded ? within.filter((mark) => mark.dataset.mark !== "follows") : within;
    line.querySelectorAll("[data-crowd]").forEach((said) => show(said, crowded));
    marks.forEach((mark) => show(mark, kept.includes(mark)));
    return kept;
  }

  function bracket(line, marks) {
    for (const one of line.querySelectorAll("[data-bracket]")) {
      const mine = marks.filter(({ mark }) => mark.dataset.group === one.dataset.bracket);
      show(one, mine.length > 1);
      if (mine.length < 2) continue;
      const [first, last] = [mine[0], mine[mine.length - 1]];
      move(one, first.left - first.mark.offsetWidth / 2);
      one.style.width = `${Math.round(last.left - first.left + (first.mark.offsetWidth + last.mark.offsetWidth) / 2)}px`;
    }
  }

  /** Put everything on the line where it belongs at this moment. */
  function place() {
    const line = document.querySelector("[data-strip]");
    if (!line || !line.clientWidth) return;
    const now = window.chairside.clock.now();
    const span = Number(line.dataset.strip) * 1000;
    const px = (moment) => (Math.max(0, moment - now) / span) * line.clientWidth;
    for (const time of line.querySelectorAll("[data-time]")) {
      show(time, at(time) - now > span / 20 && at(time) - now <= span);
      move(time, px(at(time)));
    }
    const marks = chosen(line, now + span);
    const places = spread(marks.map((mark) => px(at(mark))), marks.map((mark) => mark.offsetWidth), line.clientWidth);
    marks.forEach((mark, n) => move(mark, places[n]));
    bracket(line, marks.map((mark, n) => ({ mark, left: places[n] })));
  }

  let asked = false;
  function soon() {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      place();
    });
  }
  new MutationObserver((records) => records.some(({ target }) => target.closest && (target.closest("[data-strip]") || target.querySelector("[data-strip]"))) && soon()).observe(
    document.documentElement,
    { subtree: true, childList: true, attributeFilter: ["data-at"] },
  );
  window.addEventListener("resize", soon);
  setInterval(place, 1000);

  return { spread };
})();
