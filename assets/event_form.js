// The sheet for an effect, a medicine or a note, and the one tap that resolves an effect.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
(() => {
  const tools = () => window.chairside.form;
  const { part, show, open, close, clear, post } = window.chairside.dialog("sheet");
  const CHOICES = ["grade", "interventions", "action_taken", "outcome", "serious"];
  const MANY = new Set(["interventions", "serious"]);
  let editing = null; // the effect that is edited: {event_id, onset_at}

  // ---- an effect ----

  function effect() {
    const place = part("effect");
    const found = { term: tools().text(place, "term") };
    for (const name of CHOICES) {
      const values = tools().picked(place, name);
      if (values.length) found[name] = MANY.has(name) ? values : name === "grade" ? Number(values[0]) : values[0];
    }
    const note = tools().text(place, "note");
    if (note) found.note = note;
    return found;
  }

  async function saveEffect() {
    const place = part("effect");
    const onset = tools().moment(place, "onset_at");
    if (onset === null) return;
    const found = effect();
    if (!found.term) {
      tools().sayWrong(tools().field(place, "term"), "Say what it was: tap a word or type one.");
      return;
    }
    const id = editing ? editing.event_id : window.chairside.outbox.uuid();
    const measured = editing ? {} : { measured_at: onset };
    const words = `${found.term}${found.grade ? `, grade ${found.grade}` : ""}${editing ? ", changed" : ""}`;
    const saved = await post(place, { kind: "adverse_event", event_id: id, onset_at: onset, ...measured, ...found }, words);
    if (saved) editing = null;
  }

  const bodyOf = (button) => JSON.parse(button.closest("[data-body]").dataset.body);

  function edit(body) {
    const place = part("effect");
    open("effect");
    clear(place);
    editing = body;
    tools().fill(place, "term", body.term);
    tools().fill(place, "note", body.note);
    tools().setTime(place, "onset_at", body.onset_at);
    for (const name of CHOICES) {
      const value = body[name];
      if (value !== null && value !== undefined) tools().choose(place, name, [value].flat().map(String));
    }
  }

  async function resolve(button) {
    const { event_id, term, onset_at } = bodyOf(button);
    const at = new Date(tools().now()).toISOString();
    const entry = { kind: "adverse_event", event_id, term, onset_at, measured_at: at, resolved_at: at, outcome: "recovered" };
    const result = await tools().deliver(entry);
    tools().tell(result, `${term} resolved.`);
  }

  // ---- a medicine, a note ----

  async function saveMedicine() {
    const place = part("medicine");
    const given = tools().moment(place, "given_at");
    if (given === null) return;
    const dose = tools().text(place, "dose");
    const entry = { kind: "medication", measured_at: given, name: tools().text(place, "name") };
    if (dose) entry.dose = tools().number(dose);
    for (const name of ["unit", "route"]) {
      const [value] = tools().picked(place, name);
      if (value) entry[name] = value;
    }
    await post(place, entry, [entry.name, dose, entry.unit, entry.route].filter(Boolean).join(" "));
  }

  async function saveNote() {
    const place = part("note");
    const at = tools().moment(place, "noted_at");
    if (at === null) return;
    await post(place, { kind: "note", measured_at: at, text: tools().text(place, "text") }, "Note");
  }

  const once = (work) => (button) => tools().once(button, () => work(button));
  Object.assign(window.chairside.acts, {
    "open-event": () => {
      if (editing) clear(part("effect"));
      editing = null;
      open("effect");
    },
    "close-sheet": close,
    "save-event": once(saveEffect),
    "save-medication": once(saveMedicine),
    "save-note": once(saveNote),
    "event-edit": (button) => edit(bodyOf(button)),
    "event-resolved": once(resolve),
  });

  /** Show only terms that fit what is typed; an exact one is marked, and what is typed always wins. */
  function filterTerms() {
    const place = part("effect");
    const typed = tools().text(place, "term").toLowerCase();
    const buttons = tools().buttons(tools().group(place, "term_pick"));
    const fits = (button) => button.dataset.value.toLowerCase().includes(typed);
    const exact = buttons.some((button) => button.dataset.value.toLowerCase() === typed);
    const none = !buttons.some(fits);
    for (const button of buttons) {
      tools().press(button, button.dataset.value.toLowerCase() === typed);
      button.toggleAttribute("data-off", !exact && !none && !fits(button));
    }
  }

  document.addEventListener("input", (event) => {
    if (!event.target.closest || !event.target.closest('[data-sheet="effect"]')) return;
    if (event.target.closest('[data-field="term"]')) filterTerms();
  });
  document.addEventListener("chairside:picked", (event) => {
    if (!event.target.closest('[data-form="sheet"]')) return;
    const { name, button } = event.detail;
    if (name === "sheet") show(button.dataset.value);
    if (name === "term_pick") tools().fill(part("effect"), "term", tools().isOn(button) ? button.dataset.value : "");
  });

  window.chairside.effects = { open: (name = "effect") => open(name), edit };
})();
