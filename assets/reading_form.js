// The form of a set: fast typing, choices, what is missing, and the entry it becomes. Medicine is not decided here: limits and unusual
// ranges come with the page, as the server's own rules answered when it was drawn.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
window.chairside.reading = (() => {
  const tools = () => window.chairside.form;
  const scope = () => tools().part("reading");
  const vitals = () => [...scope().querySelectorAll("[data-vital]")];
  const isNumber = (field) => field.classList.contains("vital--number");
  const LOOKS = ["", "caution", "critical"];

  /** What a field holds: the text of an input, the digit of a chosen button, "" where it is empty. */
  function held(field) {
    if (!isNumber(field)) return tools().picked(field, field.dataset.vital)[0] || "";
    return tools().inputOf(field).value.trim();
  }

  function put(field, value) {
    if (isNumber(field)) tools().setValue(tools().inputOf(field), value);
    else tools().choose(field, field.dataset.vital, value === "" ? [] : [value]);
  }

  const vital = (key) => scope().querySelector(`[data-vital="${key}"]`);
  const toggle = () => document.querySelector('[data-toggle="resting"]');
  const resting = () => tools().isOn(toggle());

  // ---- typing ----

  /** Say whether no longer number than this one can be meant, so that the next field is wanted. */
  function isWhole(text, most) {
    const longest = most.length;
    if (text.length >= longest) return true;
    if (longest === 3) return text.length === 2 && text[0] > "3";
    return text.length > 0 && Number(text) * 10 > Number(most);
  }

  /** The number fields a hand goes through: those asked for now, in their order. */
  const inOrder = () => vitals().filter((field) => isNumber(field) && field.classList.contains("vital--asked"));

  function next(field) {
    const fields = inOrder();
    const place = fields.indexOf(field);
    return (place >= 0 && fields[place + 1]) || null;
  }

  let movedTo = null; // the input that a full number led to by itself, until something is done there

  function advance(field, byItself = false) {
    const after = next(field);
    if (after) tools().inputOf(after).focus();
    else tools().inputOf(field).blur();
    movedTo = byItself && after ? tools().inputOf(after) : null;
  }

  /** Say whether a key only asks for the move that has just happened by itself: the hand was faster than the eye. */
  function isLate(event) {
    if (event.key === "Shift") return false;
    const late = movedTo === event.target && movedTo !== null && ["Tab", "Enter", "/", " "].includes(event.key);
    movedTo = null;
    return late && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
  }

  /** Share "128/74 76" out over this field and those after it. */
  function spread(field, typed) {
    const parts = typed.split(/[/\s]+/);
    let place = field;
    parts.forEach((part, n) => {
      if (!place) return;
      if (part !== "" || n === 0) tools().setValue(tools().inputOf(place), part);
      if (n < parts.length - 1) place = next(place) || null;
    });
    const last = parts[parts.length - 1];
    if (place && last !== "" && isWhole(last, place.dataset.most)) advance(place, true);
    else if (place) tools().inputOf(place).focus();
  }

  function typed(field, event) {
    const { value } = event.target;
    if (/[/\s]/.test(value)) {
      const clean = value.replace(/^[/\s]+/, ""); // a slash after the field has moved on by itself
      if (/[/\s]/.test(clean)) spread(field, clean);
      else tools().setValue(event.target, clean);
      return;
    }
    const byHand = !event.inputType || event.inputType.startsWith("insert");
    if (byHand && document.activeElement === event.target && isWhole(value, field.dataset.most)) advance(field, true);
  }

  // ---- beside the fields ----

  /** What cannot be stored at all, with the range that can: refused without a question. */
  function outside(values) {
    const found = [];
    for (const [key, value] of Object.entries(values)) {
      const { least, most, short } = vital(key).dataset;
      if (value >= Number(least) && value <= Number(most)) continue;
      found.push({ field: key, message: `${short} ${value} cannot be stored: ${least} to ${most}.` });
    }
    return found;
  }

  /** What cannot be true together, in the words of the server (models/entries.py): no question and no queue helps it. */
  function contradictions({ values: { sbp, dbp }, not_done: undone = {} }) {
    if (sbp !== undefined && dbp !== undefined) {
      const message = `DBP ${dbp} must be below SBP ${sbp}. Check the two numbers.`;
      return sbp <= dbp ? [{ field: "dbp", message }] : [];
    }
    if (sbp === dbp) return []; // neither is there
    const other = sbp === undefined ? "sbp" : "dbp";
    const { short } = vital(other).dataset;
    return other in undone ? [] : [{ field: other, message: `${short} is missing: give both pressures, or say why ${short} was not done.` }];
  }

  function judged(field, number) {
    return JSON.parse(field.dataset.verdicts || "[]").find(([low, high]) => low <= number && number <= high) || [0, 0, 0, ""];
  }

  /** The change from the patient's own baseline while it is typed: "▲ +34 base". */
  function change(field) {
    const text = held(field);
    const place = field.querySelector("[data-change]");
    if (!/^\d+$/.test(text)) {
      place.textContent = "";
      place.dataset.look = "";
      return;
    }
    const [, , severity, triangles] = judged(field, Number(text));
    const { baseline } = field.dataset;
    const by = baseline === "" ? null : Number(text) - Number(baseline);
    const said = by === null ? "" : by === 0 ? "as base" : `${by > 0 ? "+" : "−"}${Math.abs(by)} base`;
    place.textContent = [triangles, said].filter(Boolean).join(" ");
    place.dataset.look = LOOKS[severity];
  }

  /** Keep the reason in sight on its field, whether the list of reasons is open or not. */
  function tellUndone() {
    for (const [key, reason] of Object.entries(notDone())) {
      const place = vital(key).querySelector("[data-change]");
      place.textContent = `not done: ${reason}`;
    }
  }

  /** What is missing from a full set, in words for the button; "" while nothing is entered at all. */
  function missing() {
    if (!hasAnything()) return "";
    const undone = notDone();
    const empty = vitals()
      .filter((field) => field.dataset.core === "yes" && held(field) === "")
      .filter((field) => !(field.dataset.vital in undone) && !(field.dataset.vital === "dissociation" && resting()))
      .map((field) => field.dataset.short);
    const skipped = Object.keys(undone).map((key) => vital(key).dataset.short);
    if (!empty.length && !skipped.length) return "full set";
    return `part set: ${[empty.length && `${listed(empty)} empty`, skipped.length && `${listed(skipped)} not done`].filter(Boolean).join("; ")}`;
  }

  const listed = (shorts) => shorts.map((name) => (name === name.toUpperCase() ? name : name.toLowerCase())).join(", ");

  const hasAnything = () => JSON.stringify(content()) !== JSON.stringify({ values: {} });

  function askForSymptoms() {
    const place = tools().field(scope(), "symptoms");
    const high = (key, from) => Number(held(vital(key))) >= Number(from);
    const wanted = high("sbp", place.dataset.sbpFrom) || high("dbp", place.dataset.dbpFrom);
    place.querySelector("[data-change]").textContent = wanted ? "pressure is high: any of these?" : "";
    place.toggleAttribute("data-asked", wanted);
  }

  /** Whether anything of a set is there, the line that is not taken yet included. */
  const isBegun = () => hasAnything() || tools().text(scope(), "quick") !== "";

  /** A set typed some time ago and not saved is of then: say so, and measure it then unless its time was said. */
  function tellTyped(moment) {
    if (!scope() || !isBegun()) return;
    if (tools().isNow(scope(), "measured_at")) tools().setTime(scope(), "measured_at", new Date(moment).toISOString());
    scope().querySelector("[data-typed]").textContent = `Typed ${tools().clock(moment)}, not saved`;
  }

  function refresh() {
    if (!scope()) return;
    if (!isBegun()) scope().querySelector("[data-typed]").textContent = "";
    vitals().forEach(change);
    tellUndone();
    askForSymptoms();
    for (const row of scope().querySelectorAll("[data-undone]")) {
      const filled = row.dataset.undone.split(" ").every((key) => held(vital(key)) !== "");
      row.toggleAttribute("data-filled", filled);
      row.toggleAttribute("data-extra", row.dataset.undone.split(" ").every((key) => vital(key).classList.contains("vital--extra")));
    }
    tellSave();
  }

  /** Let the big button say what a tap on it would save: the sheet that is open above, or the reading. */
  function tellSave() {
    const [word, part] = ["[data-save-word]", "[data-save-part]"].map((place) => document.querySelector(place));
    if (!word) return;
    const sheet = window.chairside.infusion.sheet(hasAnything());
    const said = sheet ? [sheet.words, hasAnything() ? "then the reading" : ""] : [correcting ? "Save correction" : "Save", missing()];
    if (saving) said[0] = "Saving";
    [word, part].forEach((place, n) => place.textContent !== said[n] && (place.textContent = said[n]));
  }

  // ---- the entry ----

  function notDone() {
    const reasons = {};
    for (const row of scope().querySelectorAll("[data-undone]")) {
      const keys = row.dataset.undone.split(" ");
      const reason = tools().inputOf(row).value.trim() || tools().picked(row, `undone ${row.dataset.undone}`)[0] || "";
      for (const key of keys) if (reason && held(vital(key)) === "") reasons[key] = reason;
    }
    return reasons;
  }

  /** What was entered, and nothing else: a field nobody touched is not in it. */
  function content() {
    const values = {};
    for (const field of vitals()) {
      const text = held(field);
      if (text !== "") values[field.dataset.vital] = /^\d+$/.test(text) ? Number(text) : text;
    }
    const found = { values };
    const undone = notDone();
    const [distress] = tools().picked(scope(), "distress");
    const symptoms = tools().picked(scope(), "symptoms");
    if (Object.keys(undone).length) found.not_done = undone;
    if (distress) found.distress = distress === "yes";
    if (symptoms.length) found.symptoms = symptoms.filter((name) => name !== "none");
    if (resting()) found.resting = true;
    return found;
  }

  /** Put what was charted back into the form. */
  function load(body) {
    clear();
    for (const [key, value] of Object.entries(body.values || {})) if (vital(key)) put(vital(key), `${value}`);
    if (body.distress !== undefined && body.distress !== null) tools().choose(scope(), "distress", [body.distress ? "yes" : "no"]);
    if (body.symptoms) tools().choose(scope(), "symptoms", body.symptoms.length ? body.symptoms : ["none"]);
    tools().press(toggle(), Boolean(body.resting));
    for (const row of scope().querySelectorAll("[data-undone]")) {
      const reason = row.dataset.undone.split(" ").map((key) => (body.not_done || {})[key]).find(Boolean);
      tools().setValue(tools().inputOf(row), reason || "");
    }
    if (body.measured_at) tools().setTime(scope(), "measured_at", body.measured_at);
    refresh();
  }

  function clear() {
    tools().clearErrors(scope());
    for (const input of scope().querySelectorAll("input, textarea")) tools().setValue(input, "");
    for (const button of scope().querySelectorAll("[data-value]")) tools().press(button, false);
    tools().press(toggle(), false);
    tools().resetTime(scope(), "measured_at");
    tools().close("not-done");
    refresh();
  }

  /** What is unusual by the page's own knowledge; asked before it is kept, for the server may be out of reach. */
  function unusual(values) {
    const found = [];
    for (const [key, value] of Object.entries(values)) {
      const field = vital(key);
      const [low, high] = JSON.parse(field.dataset.unusual);
      const by = Math.abs(value - Number(field.dataset.was));
      if (value < low || value > high) {
        found.push({ field: key, reason: `${field.dataset.short} ${value} is unusual. Is it as measured?` });
      } else if (field.dataset.step && field.dataset.was !== "" && by >= Number(field.dataset.step)) {
        found.push({ field: key, reason: `${field.dataset.short} ${value} after ${field.dataset.was}. Is it as seen?` });
      }
    }
    return found;
  }

  const shortOf = (key) => (scope() && vital(key) ? vital(key).dataset.short : key);

  function words({ values, distress, symptoms, resting: asleep, not_done: undone }) {
    const rest = { ...values };
    const said = [];
    if (rest.sbp !== undefined && rest.dbp !== undefined) {
      said.push(`${rest.sbp}/${rest.dbp}`);
      delete rest.sbp;
      delete rest.dbp;
    }
    for (const [key, value] of Object.entries(rest)) said.push(`${shortOf(key)} ${value}`);
    if (distress !== undefined) said.push(distress ? "distressing" : "not distressing");
    if (symptoms) said.push(symptoms.length ? symptoms.join(", ").replaceAll("_", " ") : "no symptoms");
    if (asleep) said.push("resting, not roused");
    for (const key of Object.keys(undone || {})) said.push(`${shortOf(key)} not done`);
    return said.join(", ");
  }

  // ---- one line: 142/88 96 d3 n0 ----

  /** Read a line; null where a word of it is not understood. */
  function quick(line, letters) {
    const found = {};
    for (const word of line.trim().toLowerCase().split(/\s+/).filter(Boolean)) {
      const pressures = /^(\d{2,3})\/(\d{2,3})$/.exec(word);
      const lettered = /^([a-z])(\d{1,3})$/.exec(word);
      if (pressures && !("sbp" in found)) [, found.sbp, found.dbp] = pressures;
      else if (/^\d{2,3}%$/.test(word)) found.spo2 = word.slice(0, -1);
      else if (/^\d{2,3}$/.test(word) && !("hr" in found)) found.hr = word;
      else if (lettered && letters[lettered[1]]) found[letters[lettered[1]]] = lettered[2];
      else return null;
    }
    return found;
  }

  /** Fill the fields from the line, so that they can be looked at; say so where a word is not understood. */
  function takeQuick() {
    const place = tools().field(scope(), "quick");
    const input = tools().inputOf(place);
    if (!input.value.trim()) return true;
    const found = quick(input.value, JSON.parse(scope().dataset.quick));
    const known = found && Object.entries(found).every(([key, value]) => vital(key) && (isNumber(vital(key)) || fits(key, value)));
    tools().sayWrong(place, known ? "" : "Not understood. Give it like 142/88 96 d3 n0.");
    if (!known) return false;
    for (const [key, value] of Object.entries(found)) put(vital(key), value);
    tools().setValue(input, "");
    refresh();
    return true;
  }
  const fits = (key, value) => tools().buttons(vital(key)).some((button) => button.dataset.value === value);

  // ---- saving and correcting ----

  let saving = false;
  let correcting = null; // {entry, body, draft} while a reading is corrected

  async function save() {
    const { form } = window.chairside;
    if (!takeQuick()) return;
    form.clearErrors(scope());
    form.answered(false);
    const entered = content();
    const measured = form.moment(scope(), "measured_at");
    if (measured === null) return;
    if (!hasAnything()) {
      form.status("refused", window.chairside.infusion.waits() || "Nothing is entered yet.");
      return;
    }
    const odd = Object.entries(entered.values).filter(([, value]) => typeof value !== "number");
    if (odd.length) {
      form.sayErrors(scope(), odd.map(([key]) => ({ field: key, message: "Give whole digits." })));
      form.status("refused", "Not saved. See the marked field.");
      return;
    }
    const impossible = [...outside(entered.values), ...contradictions(entered)];
    if (impossible.length) {
      form.sayErrors(scope(), impossible);
      form.status("refused", `Not saved. ${impossible.map((one) => one.message).join(" ")}`);
      return;
    }
    const asked = unusual(entered.values);
    if (asked.length && !(await form.ask(asked))) return;
    const confirmed = asked.length ? { confirmed: asked.map((one) => one.field) } : {};
    await post(entered, measured, confirmed);
  }

  async function post(entered, measured, confirmed) {
    const { form } = window.chairside;
    const before = JSON.stringify(content());
    const reading = { kind: "reading", measured_at: measured, ...entered, ...confirmed };
    saving = true;
    tellSave();
    const result = await form.deliver(correcting ? correction(entered, measured, confirmed) : reading);
    saving = false;
    tellSave();
    if (result.status === "dropped") return;
    if (result.status === "refused") {
      form.tellRefused(scope(), result);
      return;
    }
    const said = correcting ? `Corrected: ${words(entered)}` : words(entered);
    if (correcting) leaveCorrection();
    else if (JSON.stringify(content()) === before) clear();
    window.chairside.drafts.keep();
    form.tell(result, said);
  }

  /** The reading as it should have been: what the form holds, and what it has no field for as it was. */
  function correction(entered, measured, confirmed) {
    const { oxygen_l_min: oxygen } = correcting.body;
    const kept = oxygen === undefined ? {} : { oxygen_l_min: oxygen };
    const replacement = { kind: "reading", measured_at: measured, ...kept, ...entered };
    return { kind: "correction", entry_id: correcting.entry, reason: tools().text(scope(), "reason"), replacement, ...confirmed };
  }

  function correct(button) {
    const row = button.closest("[data-entry]");
    const page = tools().page().dataset;
    if (row.dataset.author !== page.person && page.correctsOthers !== "yes") {
      tools().status("refused", `Only ${row.dataset.author} or a clinician may correct this reading.`);
      return;
    }
    const draft = correcting ? correcting.draft : { ...content(), ...saidTime() };
    correcting = { entry: row.dataset.entry, body: JSON.parse(row.dataset.body), draft };
    load(correcting.body);
    const at = tools().clock(Date.parse(correcting.body.measured_at));
    scope().querySelector("[data-correcting]").textContent = `Correcting the reading of ${at}`;
    tools().open("correcting");
    scope().scrollIntoView({ block: "start" });
    tools().unsay();
  }

  /** The moment of the set where it is another than now. */
  const saidTime = () => (tools().isNow(scope(), "measured_at") ? {} : { measured_at: tools().moment(scope(), "measured_at") });

  function leaveCorrection() {
    const { draft } = correcting || {};
    correcting = null;
    tools().close("correcting");
    clear();
    if (draft) load(draft);
  }

  async function strike() {
    const reason = tools().text(scope(), "reason");
    const result = await tools().deliver({ kind: "correction", entry_id: correcting.entry, reason });
    if (result.status === "refused") {
      tools().tellRefused(scope(), result);
      return;
    }
    leaveCorrection();
    tools().tell(result, "Entered in error: it counts no more, and stays legible.");
  }

  Object.assign(window.chairside.acts, {
    "save-reading": (button) => {
      const sheet = window.chairside.infusion.sheet(hasAnything());
      if (sheet) window.chairside.acts[sheet.act](sheet.button);
      else tools().once(button, save);
    },
    "not-done": () => {
      if (tools().isOpen("not-done")) tools().close("not-done");
      else tools().open("not-done");
    },
    correct,
    "leave-correction": leaveCorrection,
    strike: (button) => tools().once(button, strike),
  });

  // ---- listening ----

  document.addEventListener("focusout", (event) => {
    const field = event.target.closest && event.target.closest('[data-form="reading"] .vital--number');
    if (!field || !/^\d+$/.test(held(field))) return;
    const [wrong] = outside({ [field.dataset.vital]: Number(held(field)) });
    const left = held(field);
    // after the tap that left the field: nothing moves under a finger
    if (wrong) setTimeout(() => field.isConnected && held(field) === left && tools().sayErrors(scope(), [wrong]), 250);
  });

  const inForm = (event) => event.target.closest && event.target.closest('[data-form="reading"]');
  document.addEventListener("input", (event) => {
    if (!inForm(event)) return;
    tools().answered(false); // a question about what was there before is no longer asked
    const field = event.target.closest("[data-vital]");
    if (field) {
      tools().sayWrong(field, "");
      typed(field, event);
    }
    refresh();
  });
  let byPointer = null;
  document.addEventListener("pointerdown", (event) => {
    const input = event.target.closest && event.target.closest("[data-vital] input");
    byPointer = input && document.activeElement !== input ? input : null;
    movedTo = null;
  });
  document.addEventListener("focusin", (event) => event.target.matches("[data-vital] input") && event.target.select());
  document.addEventListener("click", (event) => {
    if (byPointer && event.target === byPointer) byPointer.select();
    byPointer = null;
  });
  document.addEventListener("keydown", (event) => {
    if (isLate(event)) {
      event.preventDefault();
      return;
    }
    if (event.key !== "Enter" || !inForm(event)) return;
    const field = event.target.closest("[data-vital].vital--number");
    if (field) advance(field);
    if (event.target.closest('[data-field="quick"]') && takeQuick()) document.querySelector('[data-act="save-reading"]').focus();
    if (field || event.target.closest('[data-field="quick"]')) event.preventDefault();
  });
  document.addEventListener("chairside:picked", (event) => {
    if (!inForm(event)) return;
    tools().answered(false);
    const { name, button } = event.detail;
    const field = event.target.closest("[data-field]");
    if (field) tools().sayWrong(field, "");
    if (name === "correction_reason") tools().fill(scope(), "reason", tools().isOn(button) ? button.dataset.value : "");
    refresh();
  });

  const typedWords = () => (scope() && hasAnything() ? words(content()) : "");
  /** The vitals among these values that meet a limit this page knows. */
  function met(values) {
    const known = Object.entries(values || {}).filter(([key, value]) => vital(key) && typeof value === "number");
    const found = known.map(([key, value]) => ({ value, short: vital(key).dataset.short, judged: judged(vital(key), value) }));
    return found.filter(({ judged: [, , severity] }) => severity).map(({ value, short, judged: [, , severity, sign] }) => ({ value, short, sign, look: LOOKS[severity] }));
  }

  return { words, met, isWhole, quick, content, load, clear, refresh, tellSave, tellTyped, typedWords, isCorrecting: () => correcting !== null };
})();
