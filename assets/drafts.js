// Drafts: what is typed and chosen on the page of a chair and not saved yet. Kept at every change, so that a reload, another page, a lock
// or an empty battery loses nothing; bound to the person, the chair and the session, and shown to nobody else.
"use strict";
window.chairside = window.chairside || {};
window.chairside.drafts = (() => {
  const OLD = 12 * 3600 * 1000; // ms; no draft outlives a working day
  const BEFORE = "chairside-draft:"; // how release 0.1.0 named its drafts, in the tab's sessionStorage
  const kept = () => window.chairside.kept;
  const tools = () => window.chairside.form;
  const STALE = 60000; // ms after which what was typed is no longer of now
  let restored = null; // {page, key} of the page element that has its draft back, under the name its draft had then
  let known = { said: "", at: 0 }; // the draft as it was last kept, and when it was typed

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
    for (const { dataset } of page.querySelectorAll("[data-when]")) {
      if (dataset.exact || dataset.moment) times[dataset.when] = dataset.exact || dataset.moment;
    }
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
      const moment = Number(times[when.dataset.when]);
      const typed = tools().inputOf(when).value.trim();
      if (!moment || when.dataset.moment || (typed && typed !== tools().clock(moment))) continue;
      tools().setTime(page, when.dataset.when, new Date(moment).toISOString());
    }
    for (const button of page.querySelectorAll("[data-toggle]")) if (toggles.includes(button.dataset.toggle)) tools().press(button, true);
  }

  // ---- keeping: one write at a time, the newest wins ----

  let wanted = null; // the newest draft that is not written yet
  let writing = null;

  async function write() {
    while (wanted) {
      const { key, at, draft } = wanted;
      wanted = null;
      const done = isEmpty(draft) ? kept().dropDraft(key) : kept().keepDraft({ key, v: 1, at, draft });
      await done.catch(() => {}); // a browser that keeps nothing says so in its own line
    }
    writing = null;
  }

  function keep() {
    const page = tools().page();
    if (!page || !isRestored(page) || window.chairside.reading.isCorrecting()) return;
    const draft = read(page);
    const said = JSON.stringify(draft);
    if (said !== known.said) known = { said, at: Date.now() };
    wanted = { key: restored.key, at: known.at, draft };
    writing ??= write();
  }

  /** A page whose chair has changed hands keeps nothing more: what stands there was typed for somebody else. */
  const isRestored = (page) => Boolean(restored) && restored.page === page && restored.key === keyOf(page);

  async function restore(page) {
    if (restored && restored.page === page) return;
    if (page.dataset.session) forgetSeating(page);
    const key = keyOf(page);
    const found = (await kept().draft(key).catch(() => null)) || before(key);
    if (!page.isConnected || keyOf(page) !== key) return;
    const at = (found && found.at) || Date.now();
    const isYoung = found && Date.now() - at < OLD;
    if (isYoung) put(page, found.draft);
    restored = { page, key };
    window.chairside.reading.refresh();
    window.chairside.seat.refresh();
    if (isYoung && Date.now() - at > STALE) window.chairside.reading.tellTyped(tools().now() - (Date.now() - at));
    known = { said: JSON.stringify(read(page)), at };
    keep();
    forgetOld();
  }

  /** Who sits there has been seated: what this person had typed to seat somebody must not meet the next patient. */
  function forgetSeating({ dataset: { person, chair } }) {
    kept().dropDraft(keyOf({ dataset: { person, chair, session: "" } })).catch(() => {});
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

  /** Keep what is typed for a session on another chair, where the page goes now; this chair may be told to be free already. */
  async function carry(chair, session) {
    const page = tools().page();
    const draft = read(page);
    if (isEmpty(draft)) return;
    const { person } = page.dataset;
    await kept().keepDraft({ key: keyOf({ dataset: { person, chair, session } }), v: 1, at: Date.now(), draft }).catch(() => {});
  }

  /** Drop the draft of this page, by the name it has been kept under: the live feed may have put a new session on the chair already. */
  async function drop() {
    const { key } = restored || {};
    restored = null; // nothing is kept any more until the page is drawn anew
    wanted = null;
    await writing;
    if (key) await kept().dropDraft(key).catch(() => {});
  }

  return { keep, restore, carry, drop };
})();
