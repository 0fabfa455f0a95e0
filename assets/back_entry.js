// Typing in what was charted on paper. A line of the grid is one entry: Enter saves it at the time in its first cell and goes to the next
// line. It says "Saved" only when the server said so; what waits says that it waits; what is refused or wants confirming stays as typed,
// with the sentence beside it. What was typed and not saved survives a reload in this tab.
"use strict";
window.chairside = window.chairside || {};
window.chairside.backEntry = (() => {
  const page = () => document.querySelector("[data-back-entry]");
  const read = (name) => JSON.parse(page().dataset[name]);
  const outbox = () => window.chairside.outbox;
  const clock = (moment) => window.chairside.clock.clock(moment);
  const cells = (line) => [...line.querySelectorAll("[data-cell]")];
  const typed = (line, name) => line.querySelector(`[data-cell="${name}"]`).value.trim();
  const isOpen = (line) => !["saved", "kept", "sending"].includes(line.dataset.state);

  function make(tag, more = {}, text) {
    const element = Object.assign(document.createElement(tag), more);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // ---- drawing ----

  function input(name, label, more = {}) {
    const element = make("input", { type: "text", autocomplete: "off", spellcheck: false, ...more });
    element.dataset.cell = name;
    element.setAttribute("aria-label", label);
    return element;
  }

  function put(line, element) {
    const cell = make("td");
    cell.append(element);
    line.append(cell);
  }

  const DRAW = {
    reading(line) {
      const asked = (line.dataset.asked || "").split(" ");
      for (const { key, label } of read("columns")) {
        const field = input(key, `${label} at ${line.dataset.clock}`);
        if (line.dataset.asked && key !== "distress" && !asked.includes(key)) field.dataset.unasked = "";
        put(line, field);
      }
    },
    other(line) {
      const what = make("select");
      what.dataset.cell = "what";
      what.setAttribute("aria-label", "What");
      what.append(...read("whats").map(([value, words]) => make("option", { value }, words)));
      put(line, what);
      put(line, input("amount", "Amount"));
      put(line, input("words", "In words"));
    },
  };

  function draw(line) {
    const time = input("time", "Time", { value: line.hasAttribute("data-spare") ? "" : line.dataset.clock, placeholder: "hh:mm" });
    put(line, time);
    DRAW[line.dataset.line](line);
    const state = make("td", { className: "back-line__state" });
    state.setAttribute("role", "status");
    state.append(saveButton());
    line.append(state);
    line.dataset.state = "open";
  }

  function saveButton(words = "Save") {
    const button = make("button", { type: "button", className: "back-line__save", tabIndex: -1 }, words);
    button.dataset.save = "";
    button.dataset.testid = "back-save";
    return button;
  }

  function drawCharted(line) {
    const cell = line.lastElementChild;
    cell.colSpan = Number(line.dataset.width);
    cell.textContent = line.dataset.said;
    line.append(make("td", { className: "back-line__state" }, "in the record"));
  }

  // ---- what a line says ----

  class Wrong extends Error {
    constructor(cell, sentence) {
      super(sentence);
      this.cell = cell;
    }
  }

  const NUMBER = /^\d+(?:[.,]\d+)?$/;
  const numberOf = (text) => Number(text.replace(",", "."));

  function amount(line) {
    const text = typed(line, "amount");
    if (!text) return undefined;
    if (!NUMBER.test(text)) throw new Wrong("amount", `${text}: give a number.`);
    return numberOf(text);
  }

  function words(line, wanted) {
    const text = typed(line, "words");
    if (!text && wanted) throw new Wrong("words", wanted);
    return text || undefined;
  }

  /** When a line was measured: its own time, or the one typed over it, nearest to the line. */
  function moment(line) {
    const text = typed(line, "time");
    if (!text) throw new Wrong("time", "Give the time as on paper, like 14:05.");
    const found = window.chairside.record.movedTo(text.replace(/^(\d):/, "0$1:"), line.dataset.at, line.dataset.clock);
    if (!found) throw new Wrong("time", `${text}: give a time like 14:05.`);
    return found;
  }

  /** A reading: numbers are values, words say why a value was not done. */
  function reading(line) {
    const body = { kind: "reading", values: {} };
    const undone = {};
    for (const { key } of read("columns")) {
      const text = typed(line, key);
      if (!text) continue;
      if (key === "distress") body.distress = yesOrNo(text);
      else if (NUMBER.test(text)) body.values[key] = numberOf(text);
      else if (/\d/.test(text)) throw new Wrong(key, `${text}: give a number, or the reason why it was not done.`);
      else undone[key] = text;
    }
    if (Object.keys(undone).length) body.not_done = undone;
    return body;
  }

  function yesOrNo(text) {
    if (!/^(y|yes|n|no)$/i.test(text)) throw new Wrong("distress", `${text}: give y or n.`);
    return /^y/i.test(text);
  }

  const pump = (action, more) => ({ kind: "infusion", action, happened: true, ...more });
  const REASON = (line) => ({ reason: words(line) });
  const OTHER = {
    screening: () => ({ kind: "screening", answers: read("screening") }),
    start: (line) => pump("start", { rate_mg_h: amount(line), ...REASON(line) }),
    rate: (line) => pump("rate", { rate_mg_h: amount(line), ...REASON(line) }),
    pause: (line) => pump("pause", REASON(line)),
    resume: (line) => pump("resume", { rate_mg_h: amount(line), ...REASON(line) }),
    bolus: (line) => pump("bolus", { dose_mg: amount(line), ...REASON(line) }),
    stop: (line) => pump("stop", REASON(line)),
    note: (line) => ({ kind: "note", text: words(line, "Give the words of the note.") }),
    adverse_event: (line, at) => ({
      kind: "adverse_event",
      event_id: (line.dataset.event ||= outbox().uuid()),
      term: words(line, "Give the effect in words."),
      onset_at: at,
      grade: amount(line),
    }),
    medication(line) {
      const parts = /^(\d+(?:[.,]\d+)?)\s*(\S+)\s+(\S.*)$/.exec(typed(line, "amount"));
      if (!parts) throw new Wrong("amount", "Give dose, unit and route, like 4 mg IV.");
      return { kind: "medication", name: words(line, "Give the medicine."), dose: numberOf(parts[1]), unit: parts[2], route: parts[3] };
    },
  };

  function other(line, at) {
    const what = typed(line, "what");
    if (!what) throw new Wrong("what", "Choose what it was.");
    return OTHER[what](line, at);
  }

  function bodyOf(line) {
    const at = moment(line);
    const said = line.dataset.line === "reading" ? reading(line) : other(line, at);
    return JSON.parse(JSON.stringify({ ...said, measured_at: at })); // what was not said is left out
  }

  const isEmpty = (line) => cells(line).every((cell) => cell.dataset.cell === "time" || !cell.value.trim());

  // ---- saving ----

  function tell(line, state, sentence, button) {
    line.dataset.state = state;
    const place = line.querySelector(".back-line__state");
    place.replaceChildren(...(sentence ? [sentence, " "] : []), ...(button ? [saveButton(button)] : []));
    for (const cell of cells(line)) {
      cell.disabled = !isOpen(line);
      cell.removeAttribute("aria-invalid");
    }
    keep();
  }

  function mark(line, name) {
    const cell = line.querySelector(`[data-cell="${name}"]`);
    if (cell) cell.setAttribute("aria-invalid", "true");
  }

  /** Save a line; a body that the server asked to confirm is sent again with the answer. */
  async function save(line) {
    if (!isOpen(line) || isEmpty(line)) return;
    let body;
    try {
      body = bodyOf(line);
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      tell(line, "refused", error.message, "Save");
      mark(line, error.cell);
      return;
    }
    const said = JSON.stringify(body);
    if (line.dataset.body !== said) Object.assign(line.dataset, { body: said, entry: outbox().uuid(), confirmed: "[]" });
    const confirmed = JSON.parse(line.dataset.confirmed);
    tell(line, "sending", "Sending");
    const session = page().dataset.backEntry;
    heard(line, await window.chairside.send({ session, id: line.dataset.entry, ...body, ...(confirmed.length ? { confirmed } : {}) }));
  }

  function heard(line, result) {
    if (result.status === "saved") {
      const late = result.entry && result.entry.late ? ", marked late" : "";
      const flags = (result.flags || []).map((flag) => flag.text.replace(/, (now|\d+ min ago)$/, "")).join("; ");
      return tell(line, "saved", `Saved ${clock(outbox().now())}${late}.${flags ? ` ${flags}` : ""}`);
    }
    if (result.status !== "refused") return tell(line, "kept", `On this tablet, not yet sent: ${result.why}`);
    const confirm = result.confirm || [];
    if (confirm.length && !(result.errors || []).length) {
      line.dataset.confirmed = JSON.stringify(confirm.map((one) => one.field));
      return tell(line, "confirm", `${confirm.map((one) => one.reason).join(" ")} As on paper?`, "Yes, save");
    }
    tell(line, "refused", `Not saved. ${inWords(result)}`, "Save");
    for (const error of result.errors || []) mark(line, error.field === "measured_at" ? "time" : error.field);
  }

  /** Why it was refused, with the name a column has on the screen in place of the field's own. */
  function inWords(result) {
    if (!(result.errors || []).length) return outbox().sentence(result);
    const named = new Map(read("columns").map(({ key, label }) => [key, label]));
    const said = ({ field, message }) => (named.has(field) && message.startsWith(field) ? named.get(field) + message.slice(field.length) : message);
    return result.errors.map(said).join(" ");
  }

  function settled({ body, result }) {
    const line = [...document.querySelectorAll("[data-line]")].find((one) => one.dataset.entry === body.id);
    if (!line) return;
    if (result.status === "refused") outbox().takeBack(body.id); // the line says it, and keeps what was typed
    heard(line, result);
  }

  // ---- the keyboard ----

  /** Go to the next line that is still to be typed, in its first empty cell; a grid that is full gets another line. */
  function goOn(line) {
    let next = line.nextElementSibling;
    while (next && !(next.matches("[data-line]") && isOpen(next))) next = next.nextElementSibling;
    next ||= another(line);
    const empty = cells(next).find((cell) => !cell.value.trim());
    (empty || cells(next)[0]).focus();
  }

  function another(line) {
    const grid = line.parentElement;
    const last = [...grid.querySelectorAll("[data-line]")].pop();
    const fresh = make("tr", { className: "back-line" });
    Object.assign(fresh.dataset, { line: last.dataset.line, at: last.dataset.at, clock: last.dataset.clock, spare: "" });
    draw(fresh);
    grid.append(fresh);
    return fresh;
  }

  // ---- what was typed survives a reload ----

  const KEY = () => `chairside-paper-${page().dataset.backEntry}-${page().dataset.person}`;
  const told = (line) => ({
    kind: line.dataset.line,
    at: line.dataset.at,
    clock: line.dataset.clock,
    cells: Object.fromEntries(cells(line).map((cell) => [cell.dataset.cell, cell.value])),
    entry: line.dataset.entry,
    event: line.dataset.event,
    body: line.dataset.body,
  });

  function keep() {
    const lines = [...document.querySelectorAll("[data-line]")].filter((line) => line.dataset.state !== "saved" && !isEmpty(line));
    try {
      sessionStorage.setItem(KEY(), JSON.stringify(lines.map(told)));
    } catch {
      // a browser that keeps nothing still has it until the page is left
    }
  }

  function restore() {
    let kept = [];
    try {
      kept = JSON.parse(sessionStorage.getItem(KEY()) || "[]");
    } catch {
      // nothing was kept
    }
    const used = new Set();
    const known = new Set(read("known")); // sent meanwhile: it is in the record above
    for (const one of kept.filter(({ entry }) => !known.has(entry))) {
      const lines = [...document.querySelectorAll(`[data-line="${one.kind}"]`)].filter((line) => !used.has(line) && isEmpty(line));
      const line = lines.find((own) => own.dataset.at === one.at && !own.hasAttribute("data-spare")) || lines.find((own) => own.hasAttribute("data-spare"));
      if (!line) continue;
      used.add(line);
      for (const cell of cells(line)) cell.value = one.cells[cell.dataset.cell] ?? "";
      for (const name of ["at", "clock", "entry", "event", "body"]) if (one[name]) line.dataset[name] = one[name];
      line.dataset.confirmed = "[]";
    }
  }

  // ---- events ----

  function start() {
    if (!page() || page().dataset.drawn) return;
    const lines = page().querySelectorAll("[data-line]");
    if (!lines.length) return;
    page().dataset.drawn = "yes";
    lines.forEach(draw);
    page().querySelectorAll("[data-said]").forEach(drawCharted);
    restore();
    outbox().render();
    const first = [...lines].find((line) => isEmpty(line)) || lines[0];
    cells(first)[1].focus({ preventScroll: true });
  }

  document.addEventListener("keydown", (event) => {
    const line = event.target.closest && event.target.closest("[data-back-entry] [data-line]");
    if (!line || event.key !== "Enter" || event.target.matches("button")) return;
    event.preventDefault();
    if (isEmpty(line)) return goOn(line);
    save(line);
    if (["sending", "saved", "kept"].includes(line.dataset.state)) goOn(line);
    else (line.querySelector('[aria-invalid="true"]') || cells(line)[0]).focus();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-back-entry] [data-save]");
    if (button) save(button.closest("[data-line]"));
    if (event.target.closest && event.target.closest('[data-paper="print"]')) window.print();
  });
  document.addEventListener("input", (event) => {
    const line = event.target.closest && event.target.closest("[data-back-entry] [data-line]");
    if (!line) return;
    if (line.dataset.state !== "open") tell(line, "open", "", "Save");
    keep();
  });
  document.addEventListener("chairside:settled", (event) => page() && settled(event.detail));
  document.addEventListener("chairside:filled", start);
  new MutationObserver(start).observe(document.documentElement, { subtree: true, childList: true });

  return { start };
})();
