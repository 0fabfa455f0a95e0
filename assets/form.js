// What all forms of the chair page share: values, choices, moments, sentences beside fields, the question before an unusual value, and
// the line that says what was saved. Everything listens on the document.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
window.chairside.form = (() => {
  const MINUTE = 60000;
  const page = () => document.querySelector('[data-form="page"]');
  const part = (name) => document.querySelector(`[data-form="${name}"]`);
  const session = () => (page() ? page().dataset.session : "");
  const now = () => window.chairside.outbox.now();
  const clock = (moment) => window.chairside.clock.clock(moment);
  const field = (scope, name) => scope.querySelector(`[data-field="${name}"]`);

  // ---- values ----

  /** Set a value as if it had been typed: whoever listens to typing hears of it. */
  function setValue(input, text) {
    if (!input || input.value === text) return;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const inputOf = (place) => (place ? place.querySelector("input, textarea") : null);
  const text = (scope, name) => {
    const input = inputOf(field(scope, name));
    return input ? input.value.trim() : "";
  };
  const fill = (scope, name, value) => setValue(inputOf(field(scope, name)), value === null || value === undefined ? "" : `${value}`);

  /** A typed number, with comma or point; the text itself where it is none, for the server to say so. */
  function number(typed) {
    const plain = typed.replace(",", ".").replace(/\s/g, "");
    return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : typed;
  }

  // ---- choices: the scripts own aria-pressed ----

  const isOn = (button) => button.getAttribute("aria-pressed") === "true";
  const press = (button, on) => button.setAttribute("aria-pressed", on ? "true" : "false");
  const group = (scope, name) => scope.querySelector(`[data-pick="${name}"]`);
  const buttons = (place) => (place ? [...place.querySelectorAll("[data-value]")] : []);
  const picked = (scope, name) => buttons(group(scope, name)).filter(isOn).map((button) => button.dataset.value);

  function choose(scope, name, values) {
    for (const button of buttons(group(scope, name))) press(button, values.includes(button.dataset.value));
  }

  /** A tap on a button of a choice: chosen, or taken back where it was chosen; "none" and the others shut each other out. */
  function tap(button) {
    const place = button.closest("[data-pick]");
    const on = !isOn(button);
    for (const other of buttons(place)) {
      const alone = place.dataset.many === "no" || button.dataset.value === "none" || other.dataset.value === "none";
      if (other !== button && on && alone) press(other, false);
    }
    press(button, on);
    place.dispatchEvent(new CustomEvent("chairside:picked", { bubbles: true, detail: { name: place.dataset.pick, button } }));
  }

  // ---- moments ----

  /** The last moment at which the clinic's clock showed this time: "14:27", "1427", "9.05"; null where it is no time. */
  function atClock(typed) {
    const parts = /^(\d{1,2})[:.\s]?(\d{2})$/.exec(typed.trim());
    if (!parts || Number(parts[1]) > 23 || Number(parts[2]) > 59) return null;
    const wanted = Number(parts[1]) * 60 + Number(parts[2]);
    const minutes = (moment) => clock(moment).split(":").reduce((hours, rest) => Number(hours) * 60 + Number(rest), 0);
    const start = Math.floor(now() / MINUTE) * MINUTE;
    let back = (minutes(start) - wanted + 1440) % 1440;
    if (back > 1438) back -= 1440; // a minute ahead of us: a clock on the wall that runs fast
    const found = start - back * MINUTE;
    const shift = (minutes(found) - wanted + 1440) % 1440; // the clocks changed in between
    return shift ? found - (shift > 720 ? shift - 1440 : shift) * MINUTE : found;
  }

  const when = (scope, name) => scope.querySelector(`[data-when="${name}"]`);
  const chips = (place) => [...place.querySelectorAll("[data-minutes]")];

  /** The chosen moment of a form as ISO 8601; null where a clock time was typed that is none. */
  function moment(scope, name) {
    const place = when(scope, name);
    if (!place) return new Date(now()).toISOString();
    const typed = inputOf(place).value.trim();
    const found = typed ? Number(place.dataset.exact) || atClock(typed) : Number(place.dataset.moment) || now();
    if (found === null) sayWrong(place, "This is not a time. Give it like 14:05.");
    if (found === null) return null;
    return new Date(typed ? window.chairside.clock.charted(found) : found).toISOString();
  }

  function tapTime(chip) {
    const place = chip.closest("[data-when]");
    const back = Number(chip.dataset.minutes);
    delete place.dataset.exact;
    setValue(inputOf(place), "");
    for (const other of chips(place)) press(other, other === chip);
    if (back) place.dataset.moment = `${now() - back * MINUTE}`;
    else delete place.dataset.moment;
    tellTimes();
  }

  function resetTime(scope, name) {
    const place = when(scope, name);
    if (place) tapTime(chips(place)[0]);
  }

  /** Set a moment exactly, shown on the clock; it holds until somebody types another time. */
  function setTime(scope, name, iso) {
    const place = when(scope, name);
    if (!place) return;
    setValue(inputOf(place), clock(Date.parse(iso)));
    place.dataset.exact = `${Date.parse(iso)}`;
    for (const chip of chips(place)) press(chip, false);
  }

  /** Say whether nobody has said another time than now. */
  function isNow(scope, name) {
    const place = when(scope, name);
    return !place.dataset.moment && !inputOf(place).value.trim();
  }

  /** Write beside the chosen chip which time it stands for. */
  function tellTimes() {
    for (const place of document.querySelectorAll("[data-when]")) {
      for (const chip of chips(place)) {
        const told = isOn(chip) ? ` ${clock(Number(place.dataset.moment) || now())}` : "";
        const at = chip.querySelector("[data-when-at]");
        if (at.textContent !== told) at.textContent = told;
      }
    }
  }

  // ---- sentences beside fields ----

  /** The name a field has on the screen: "Record number". */
  function labelOf(place) {
    const label = place.querySelector(".entry__label, .vital__label b, .vital__head b, .when__label, label");
    return label ? label.textContent.trim() : "";
  }

  /** A sentence of the server with the field's label for its name: "mrn is missing: give some text." is "Record number is missing." */
  function labelled(place, name, message) {
    const label = labelOf(place);
    if (!label || !message.startsWith(name)) return message;
    const rest = message.slice(name.length).replace(/^( is missing): .*$/s, "$1.");
    return /^[ :]/.test(rest) ? `${label}${rest}` : message;
  }

  function sayWrong(place, sentence) {
    const line = place.querySelector("[data-error]");
    if (line) line.textContent = sentence;
    place.toggleAttribute("data-wrong", Boolean(sentence));
    return Boolean(line);
  }

  /** Put each sentence beside its field; what has no field here is returned. */
  function sayErrors(scope, errors) {
    const left = [];
    for (const { field: name, message } of errors) {
      const place = field(scope, name);
      const told = place ? labelled(place, name, message) : message;
      if (!place || !place.getClientRects().length || !sayWrong(place, told)) left.push(told);
    }
    return left;
  }

  function clearErrors(scope) {
    for (const place of scope.querySelectorAll("[data-wrong]")) sayWrong(place, "");
    const wrong = scope.matches("[data-wrong]") && scope;
    if (wrong) sayWrong(wrong, "");
  }

  // ---- panels that open below ----

  const panel = (name) => document.querySelector(`[data-panel="${name}"]`);
  function open(name, sentence) {
    const place = panel(name);
    if (!place) return null;
    place.setAttribute("data-open", "");
    const said = place.querySelector("[data-said]");
    if (said && sentence !== undefined) said.textContent = sentence;
    place.scrollIntoView({ block: "nearest" });
    window.chairside.reading.tellSave();
    return place;
  }
  function close(name) {
    if (!isOpen(name)) return;
    panel(name).removeAttribute("data-open");
    window.chairside.reading.tellSave();
  }
  const isOpen = (name) => Boolean(panel(name) && panel(name).hasAttribute("data-open"));

  // ---- what was saved ----

  const TRIANGLES = { caution: "▲", critical: "▲▲" };

  /** Say what became of an entry; `flags` are shown at once, `undo` names an act that takes it back. */
  function status(kind, words, { flags = [], undo = null, link = null, entry = "" } = {}) {
    const place = document.querySelector("[data-save-place]");
    if (!place) return;
    place.dataset.last = kind; // stays when the line goes: the count says no "all saved" after a refusal
    window.chairside.outbox.render();
    const line = document.createElement("div");
    line.className = `save-status save-status--${kind}`;
    line.dataset.testid = "save-status";
    line.dataset.status = kind;
    line.dataset.about = entry;
    line.append(Object.assign(document.createElement("span"), { textContent: words }));
    for (const flag of worstOfEach(flags)) {
      const low = /_LOW$/.test(flag.rule || "");
      const sign = (TRIANGLES[flag.severity] || "").replaceAll("▲", low ? "▼" : "▲");
      const told = document.createElement("span");
      told.className = `save-status__flag save-status__flag--${flag.severity}`;
      told.textContent = `${sign} ${flag.text.replace(/, now$/, "")}`;
      line.append(told);
    }
    if (undo) line.append(undoButton(undo));
    if (link) line.append(Object.assign(document.createElement("a"), link));
    place.replaceChildren(line);
  }

  /** One flag for each vital: the worst, and of two alike the first. */
  function worstOfEach(flags) {
    const found = new Map();
    for (const flag of flags) {
      const known = found.get(flag.vital);
      if (!known || (known.severity === "caution" && flag.severity === "critical")) found.set(flag.vital, flag);
    }
    return found.values();
  }

  function undoButton({ act, entry }) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Undo: by mistake" });
    button.className = "press press--small";
    button.dataset.act = act;
    button.dataset.entry = entry;
    return button;
  }

  const recordLink = (id) => ({ href: `/session/${id}`, textContent: "Open the record", className: "save-status__link" });

  const unsay = () => {
    const place = document.querySelector("[data-save-place]");
    if (place && place.firstChild) place.replaceChildren();
  };

  /** Whether the line on the screen is about this entry: an answer that comes later changes that line and no other. */
  const isAbout = (entry) => Boolean(document.querySelector(`[data-save-place] > [data-about="${entry}"]`));

  const signInLink = ({ why }) => (why === "signed out" ? { href: "/sign-in", textContent: "Signed out: sign in" } : null);

  /** Say the common part of every answer: `what` names the entry. */
  function tell(result, what, extra = {}) {
    const more = { ...extra, entry: result.body.id };
    const at = clock(Date.parse(result.body.measured_at));
    if (result.status === "saved") {
      const old = now() - Date.parse(result.body.measured_at) > 2 * MINUTE;
      status("saved", `Saved ${clock(now())}${old ? ` for ${at}` : ""}. ${what}`, { flags: result.flags || [], ...more });
    } else if (result.status === "refused") {
      status("refused", `Not saved. ${more.sentence || window.chairside.outbox.sentence(result)}`, { entry: more.entry, link: signInLink(result) });
    } else {
      status("kept", `On this tablet ${at}, not yet sent: ${result.why}. ${what}`, {
        entry: more.entry,
        link: signInLink(result),
      });
    }
  }

  /** Put the server's sentences beside their fields, and say the rest below. */
  function tellRefused(scope, result) {
    const left = sayErrors(scope, result.errors);
    const sentence = result.errors.length ? left.join(" ") : result.detail;
    tell(result, "", { sentence: sentence || "See the marked field." });
    return sentence;
  }

  // ---- the question before an unusual value ----

  let answer = null;
  const ANSWERS = ["Yes, as entered", "Change it"];
  const focusAsk = () => panel("ask").querySelector('[data-act="confirm"]').focus();
  /** Ask whether unusual values are as entered; nothing is kept before the answer. */
  function ask(confirm, answers = ANSWERS) {
    const said = confirm.map((one) => one.reason).join(" ");
    ["confirm", "confirm-not"].forEach((act, n) => (panel("ask").querySelector(`[data-act="${act}"]`).textContent = answers[n]));
    open("ask", said);
    focusAsk();
    if (answer) answer(false);
    return new Promise((resolve) => (answer = resolve));
  }
  function answered(yes) {
    close("ask");
    const resolve = answer;
    answer = null;
    if (resolve) resolve(yes);
  }
  Object.assign(window.chairside.acts, { confirm: () => answered(true), "confirm-not": () => answered(false) });

  let lookedAt = null; // the body of a refused entry that is put right: what is saved next of its kind takes its place
  const lookAt = (body) => (lookedAt = body);

  const isAgain = ({ kind, action }) => Boolean(lookedAt) && lookedAt.kind === kind && lookedAt.action === action;
  const idFor = (entry) => (isAgain(entry) ? lookedAt.id : window.chairside.outbox.uuid());

  /** Send an entry; where the server asks, ask, and send the same entry again with the answer. */
  async function deliver(entry) {
    unsay(); // what was said of the entry before is not about this one
    let sent = { session: session(), id: idFor(entry), ...entry };
    for (;;) {
      const result = await window.chairside.send(sent);
      if (result.status !== "refused" && isAgain(entry)) lookedAt = null;
      const asks = result.status === "refused" && result.confirm.length && !result.errors.length;
      if (!asks) return result;
      if (!(await ask(result.confirm))) return { ...result, status: "dropped" };
      const names = result.confirm.map((one) => one.field);
      sent = { ...sent, measured_at: result.body.measured_at, confirmed: [...new Set([...(sent.confirmed || []), ...names])] };
    }
  }

  const busy = new Set(); // the buttons whose work is under way
  /** Do each thing once: a second tap on Save while the first is under way is the same tap. Nothing waits for another button's work. */
  async function once(button, work) {
    if (busy.has(button)) {
      if (isOpen("ask")) focusAsk(); // it waits for this answer
      return;
    }
    busy.add(button);
    try {
      await work();
    } finally {
      busy.delete(button);
    }
  }

  return {
    page, part, session, now, clock, field, inputOf, setValue, text, fill, number,
    isOn, press, group, buttons, picked, choose, tap,
    atClock, moment, tapTime, resetTime, setTime, isNow, tellTimes,
    sayWrong, sayErrors, clearErrors, panel, open, close, isOpen,
    status, unsay, isAbout, recordLink, labelOf, tell, tellRefused, ask, answered, lookAt, deliver, once,
  };
})();
