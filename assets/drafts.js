// Drafts: what is typed and chosen on the page of a chair and not saved yet. Kept at every change, so that a reload, another page, a lock
// or an empty battery loses nothing; bound to the person, the chair and the session, and shown to nobody else.
"use strict";
window.chairside = window.chairside || {};
window.chairside.drafts = (() => {
  const OLD = 12 * 3600 * 1000; // ms; no draft outlives a working day
  const BEFORE = "chairside-draft:"; // how release 0.1.0 named its drafts, in the tab's sessionStorage
  const kept = () => window.chairside.kept;
  const tools = () => window.chairside.form;
  let restored = null; // the page element that has its draft back

  const keyOf = ({ dataset }) => `${dataset.person}:${dataset.chair}:${dataset.session}`;
  const nameOf = (input) => (input.closest("[data-testid]") || input).dataset.testid;
  const isEmpty = ({ inputs, picks, times, toggles }) =>
    ![inputs, picks, times].some((part) => Object.keys(part).length) && !toggles.length;

  // ---- off the page and onto it ----

  function read(page) {
    const inputs = {};
    for (const input of page.querySelectorAll("input, textarea")) if (input.value !== input.defaultValue) inputs[nameOf(input)] = input.value;
    const picks = {};
    for (const group of page.querySelectorAll("[data-pick]")) {
      const values = tools().buttons(group).filter(tools().isOn).map((button) => button.dataset.value);
      if (values.length) picks[place(group)] = values;
    }
    const times = {};
    for (const when of page.querySelectorAll("[data-when]")) if (when.dataset.moment) times[when.dataset.when] = when.dataset.moment;
    const toggles = [...page.querySelectorAll("[data-toggle]")].filter(tools().isOn).map((button) => button.dataset.toggle);
    return { inputs, picks, times, toggles };
  }

  /** A choice by its name and the form it stands in: two forms may ask the same. */
  const place = (group) => `${group.closest("[data-sheet], [data-form]").dataset.sheet || ""}:${group.dataset.pick}`;

  /** Fill in what was there; what a quick hand has typed since the page was drawn stays. */
  function put(page, { inputs, picks, times, toggles }) {
    for (const input of page.querySelectorAll("input, textarea")) {
      const was = inputs[nameOf(input)];
      if (was !== undefined && input.value === input.defaultValue) tools().setValue(input, was);
    }
    for (const group of page.querySelectorAll("[data-pick]")) {
      const values = picks[place(group)] || [];
      const buttons = tools().buttons(group);
      if (!buttons.some(tools().isOn)) for (const button of buttons) tools().press(button, values.includes(button.dataset.value));
    }
    for (const when of page.querySelectorAll("[data-when]")) {
      if (!times[when.dataset.when] || when.dataset.moment) continue;
      when.dataset.moment = times[when.dataset.when];
      for (const chip of when.querySelectorAll("[data-minutes]")) tools().press(chip, false);
      tools().setTime(page, when.dataset.when, new Date(Number(when.dataset.moment)).toISOString());
    }
    for (const button of page.querySelectorAll("[data-toggle]")) if (toggles.includes(button.dataset.toggle)) tools().press(button, true);
  }

  // ---- keeping: one write at a time, the newest wins ----

  let wanted = null; // the newest draft that is not written yet
  let writing = null;

  async function write() {
    while (wanted) {
      const { key, draft } = wanted;
      wanted = null;
      const done = isEmpty(draft) ? kept().dropDraft(key) : kept().keepDraft({ key, v: 1, at: Date.now(), draft });
      await done.catch(() => {}); // a browser that keeps nothing says so in its own line
    }
    writing = null;
  }

  function keep() {
    const page = tools().page();
    if (!page || page !== restored || window.chairside.reading.isCorrecting()) return;
    wanted = { key: keyOf(page), draft: read(page) };
    writing ??= write();
  }

  async function restore(page) {
    if (restored === page) return;
    const key = keyOf(page);
    const found = (await kept().draft(key).catch(() => null)) || before(key);
    if (!page.isConnected || keyOf(page) !== key) return;
    if (found && Date.now() - (found.at || Date.now()) < OLD) put(page, found.draft);
    restored = page;
    window.chairside.reading.refresh();
    window.chairside.seat.refresh();
    keep();
    forgetOld();
  }

  /** What a tab of release 0.1.0 had kept. */
  function before(key) {
    try {
      const draft = JSON.parse(sessionStorage.getItem(BEFORE + key) || "null");
      sessionStorage.removeItem(BEFORE + key);
      return draft && { draft };
    } catch {
      return null; // an unreadable draft is none
    }
  }

  async function forgetOld() {
    const found = await kept().drafts().catch(() => []);
    for (const { key, at } of found) if (Date.now() - at > OLD) kept().dropDraft(key).catch(() => {});
  }

  /** Drop the draft of this chair: what was typed is in the record now. */
  async function drop() {
    const page = tools().page();
    restored = null; // nothing is kept any more until the page is drawn anew
    wanted = null;
    await writing;
    if (page) await kept().dropDraft(keyOf(page)).catch(() => {});
  }

  return { keep, restore, drop };
})();
