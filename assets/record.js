// The record of one session: corrections, notes, closing, signing, printing. The server draws the record; this file opens the
// small forms that the buttons carry as data (layouts/record_forms.py), sends what was filled in, and loads the record anew.
// Everything that people typed goes into elements as text or value, never as markup.
"use strict";
window.chairside = window.chairside || {};
window.chairside.record = (() => {
  const MINUTE = 60 * 1000;
  const DAY = 24 * 60 * MINUTE;

  const page = () => document.querySelector("[data-record-page]");
  const read = (element, name) => JSON.parse(element.dataset[name] || "null");

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // What a body holds at a path such as "values.sbp".

  const get = (body, path) => path.split(".").reduce((part, key) => (part ? part[key] : undefined), body);

  /** Put a value at a path; nothing (undefined) takes away what stood there, and what that left empty. */
  function put(body, path, value) {
    const keys = path.split(".");
    const last = keys.pop();
    const holder = keys.reduce((part, key) => (part[key] = part[key] || {}), body);
    if (value !== undefined) holder[last] = value;
    else delete holder[last];
    if (keys.length === 1 && ["not_done", "override"].includes(keys[0]) && !Object.keys(holder).length) delete body[keys[0]];
  }

  /** The moment at a clock time, as near to a known moment as it can be. */
  function movedTo(clock, base, baseClock) {
    const minutes = (text) => {
      const parts = /^(\d{1,2}):?(\d{2})$/.exec(text);
      if (!parts || Number(parts[1]) > 23 || Number(parts[2]) > 59) return null;
      return Number(parts[1]) * 60 + Number(parts[2]);
    };
    const wanted = minutes(clock);
    if (wanted === null) return null;
    let by = (wanted - minutes(baseClock)) * MINUTE;
    if (by > DAY / 2) by -= DAY;
    if (by < -DAY / 2) by += DAY;
    return by ? new Date(window.chairside.clock.charted(new Date(base).getTime() + by)).toISOString() : base;
  }

  // Fields: each knows how to draw itself with what is written now, and what to put into the body.

  function input(field, value, more = {}) {
    const element = make(field.type === "long" ? "textarea" : "input", "record-input");
    if (field.type === "long") element.rows = 3;
    else element.type = "text";
    element.autocomplete = "off";
    Object.assign(element, more);
    element.value = value === undefined || value === null ? "" : String(value);
    if (field.suggest) {
      const list = make("datalist");
      list.id = `record-suggest-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
      for (const words of field.suggest) list.append(Object.assign(make("option"), { value: words }));
      element.setAttribute("list", list.id);
      return [element, list];
    }
    return [element];
  }

  function select(options, value, required) {
    const element = make("select", "record-input");
    const all = required && value ? options : [["", "not said"], ...options];
    for (const [key, words] of all) element.append(Object.assign(make("option", "", words), { value: key }));
    element.value = value === undefined || value === null ? "" : String(value);
    return element;
  }

  const textOf = (element) => element.value.trim() || undefined;

  function number(element) {
    const text = element.value.trim().replace(",", ".");
    if (!text) return undefined;
    if (!/^-?\d+(\.\d+)?$/.test(text)) throw new Error(`${text}: give a number.`);
    return Number(text);
  }

  const DRAW = {
    number(field, value) {
      const parts = input(field, value, { inputMode: "decimal" });
      return { parts, value: () => number(parts[0]) };
    },
    text(field, value) {
      const parts = input(field, value);
      return { parts, value: () => textOf(parts[0]) };
    },
    long(field, value) {
      const parts = input(field, value);
      return { parts, value: () => textOf(parts[0]) };
    },
    choice(field, value) {
      const element = select(field.options, value, field.required);
      return { parts: [element], value: () => textOf(element) };
    },
    count(field, value) {
      const element = select(field.options, value, field.required);
      return { parts: [element], value: () => (element.value ? Number(element.value) : undefined) };
    },
    flag(field, value) {
      const element = select([["true", "yes"], ["false", "no"]], value);
      return { parts: [element], value: () => (element.value ? element.value === "true" : undefined) };
    },
    many(field, value) {
      const known = new Set(field.options.map(([key]) => key));
      const options = [...field.options, ...(value || []).filter((key) => !known.has(key)).map((key) => [key, key])];
      const asked = select([["some", "asked"]], value ? "some" : "");
      const boxes = options.map(([key, words]) => {
        const label = make("label", "record-box", words);
        const box = Object.assign(make("input"), { type: "checkbox", value: key, checked: (value || []).includes(key) });
        box.addEventListener("change", () => (asked.value = "some"));
        label.prepend(box);
        return label;
      });
      const group = make("div", "record-boxes");
      group.append(asked, ...boxes);
      const chosen = () => boxes.map((label) => label.firstChild).filter((box) => box.checked).map((box) => box.value);
      return { parts: [group], value: () => (asked.value ? chosen() : undefined) };
    },
    time(field, value, body, times) {
      const base = value || body.measured_at;
      const baseClock = times[field.path] || times.measured_at;
      const parts = input(field, value ? baseClock : "", { inputMode: "numeric", placeholder: "hh:mm" });
      const read = () => {
        const text = parts[0].value.trim();
        if (!text) return undefined;
        const moment = movedTo(text, base, baseClock);
        if (!moment) throw new Error(`${text}: give a time like 14:05.`);
        return moment;
      };
      return { parts, value: read };
    },
  };

  function drawField(field, body, times) {
    const drawn = DRAW[field.type](field, get(body, field.path), body, times);
    const row = make(["many", "long"].includes(field.type) ? "div" : "label", `record-field record-field--${field.type}`);
    const label = make("span", "record-field__label", field.unit ? `${field.label}, ${field.unit}` : field.label);
    const error = make("span", "record-error");
    error.setAttribute("role", "alert");
    row.append(label, ...drawn.parts, error);
    drawn.parts[0].setAttribute("aria-label", label.textContent);
    (drawn.parts[0].matches("input, textarea, select") ? drawn.parts[0] : row).dataset.path = field.path;
    return { field, row, error, value: drawn.value };
  }

  // Sending.

  const cookie = (name) => {
    const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  };
  const token = () => cookie("__Host-chairside-csrf") || cookie("chairside-csrf");

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // without HTTPS there is no randomUUID
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  /** The server's time: a tablet whose clock runs ahead would be refused. */
  async function serverNow() {
    const answer = await fetch("/api/v1/time");
    if (!answer.ok) throw new Error("no time");
    return (await answer.json()).now;
  }

  /** Who this page was drawn for: the server refuses what would go out under the name of whoever signed in since. */
  const drawnFor = () => document.querySelector('[data-testid="signed-in"]').textContent;

  const NOT_SENT = "Not saved: no answer from the server. What you typed is still here. Try again.";

  /** Post an entry; answers with what the server said, or with why nothing was heard. */
  async function post(entry, door = "entries") {
    try {
      const answer = await fetch(`/api/v1/sessions/${page().dataset.recordPage}/${door}`, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-CSRF-Token": token(),
          "X-Chairside-For": encodeURIComponent(drawnFor()),
          "X-Chairside-Sent-At": new Date().toISOString(),
        },
        body: JSON.stringify(entry),
      });
      const said = await answer.json().catch(() => ({}));
      return { ok: answer.ok, status: answer.status, said };
    } catch {
      return { ok: false, status: 0, said: { detail: NOT_SENT } };
    }
  }

  const again = () => window.location.reload();

  // The form below a line, or below the head.

  let open = null;

  function shut() {
    if (!open) return;
    const { place, button } = open;
    place.remove();
    open = null;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }

  /** Where a form belongs: in a row of its own below a row, at the end of a line, or below the head of the page. */
  function placeFor(button) {
    const row = button.closest("tr");
    if (row) {
      const place = make("tr", "record-form-row");
      const cell = make("td");
      cell.colSpan = row.closest("table").rows[0].cells.length;
      place.append(cell);
      row.after(place);
      return [place, cell];
    }
    const place = make("div", "record-form-place");
    const line = button.closest("li");
    if (line) line.append(place);
    else document.querySelector("[data-record-form]").append(place);
    return [place, place];
  }

  /** The fields that are asked for rarely; unfolded when something stands in one of them. */
  function folded(drawn, body) {
    const rare = drawn.filter((one) => one.field.more);
    if (!rare.length) return [];
    const box = make("details", "record-more");
    box.open = rare.some((one) => get(body, one.field.path) !== undefined);
    const grid = make("div", "record-form__grid");
    grid.append(...rare.map((one) => one.row));
    box.append(make("summary", "", "More"), grid);
    return [box];
  }

  function openForm(button, title, fields, body, times, withReason) {
    const same = open && open.button === button;
    shut();
    if (same) return;
    const [place, inner] = placeFor(button);
    const form = make("form", "record-form");
    form.noValidate = true;
    const drawn = fields.map((field) => drawField(field, body, times));
    const reason = withReason ? drawField({ path: "reason", label: "Why it is corrected", type: "text" }, {}, {}) : null;
    if (reason) reason.row.classList.add("record-field--reason");
    const said = make("p", "record-error");
    said.setAttribute("role", "alert");
    const save = make("button", "record-tool record-tool--main", button.dataset.save || "Save correction");
    save.type = "submit";
    save.dataset.testid = "correction-save";
    const strike = make("button", "record-tool", "Entered in error");
    strike.type = "button";
    strike.dataset.testid = "correction-strike";
    const cancel = make("button", "record-tool", "Cancel");
    cancel.type = "button";
    const bar = make("div", "record-form__bar");
    const moves = button.hasAttribute("data-moves") ? [window.chairside.wrongChair.button(() => state)] : [];
    bar.append(save, ...(withReason ? [strike, ...moves] : []), cancel, said);
    const grid = make("div", "record-form__grid");
    grid.append(...drawn.filter((one) => !one.field.more).map((one) => one.row));
    form.append(make("h3", "", title), grid, ...folded(drawn, body), ...(reason ? [reason.row] : []), bar);
    inner.append(form);
    open = { button, place };
    button.setAttribute("aria-expanded", "true");
    const state = { form, drawn, reason, said, body, button, id: newId(), confirmed: [], sending: false };
    cancel.addEventListener("click", shut);
    form.addEventListener("keydown", (event) => event.key === "Escape" && shut());
    form.addEventListener("input", () => (state.id = newId())); // another text is another entry
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(state, button, false);
    });
    strike.addEventListener("click", () => send(state, button, true));
    const first = grid.querySelector("textarea, .record-field--number input") || grid.querySelector("input, select");
    (first || form).focus();
  }

  function clear(state) {
    state.said.textContent = "";
    for (const one of [...state.drawn, ...(state.reason ? [state.reason] : [])]) one.error.textContent = "";
  }

  /** Show each message beside its field; what belongs to none stands at the end of the form. */
  function show(state, errors, detail) {
    const rest = [];
    const fields = [...(state.reason ? [state.reason] : []), ...state.drawn];
    for (const { field, message } of errors) {
      const found = fields.find((one) => one.field.path.split(".").pop() === field);
      if (found) {
        found.error.textContent = message;
        if (found.row.closest("details")) found.row.closest("details").open = true;
      } else rest.push(message);
    }
    state.said.textContent = rest.join(" ") || (errors.length ? "" : detail || NOT_SENT);
  }

  /** The body as the fields have it now; null when a field cannot be read. */
  function filled(state) {
    const body = structuredClone(state.body);
    let good = true;
    for (const one of state.drawn) {
      try {
        const value = one.value();
        if (value === undefined && one.field.required) throw new Error("This is needed.");
        put(body, one.field.path, value);
      } catch (error) {
        one.error.textContent = error.message;
        good = false;
      }
    }
    return good ? body : null;
  }

  /** Why it is corrected; where nobody said, ask for it. */
  function reasonOf(state) {
    const reason = state.reason.value();
    if (!reason) {
      state.reason.error.textContent = "Say why: the reason stands in the record beside both values.";
      state.reason.row.querySelector("input").focus();
    }
    return reason;
  }

  function corrected(state, button, strike) {
    const reason = reasonOf(state);
    const replacement = strike ? undefined : filled(state);
    if (!reason || replacement === null) return null;
    const sameAsBefore = JSON.stringify(replacement) === JSON.stringify(state.body);
    if (!strike && sameAsBefore && !button.hasAttribute("data-unconfirmed")) {
      state.said.textContent = "Nothing was changed.";
      return null;
    }
    const entry = { kind: "correction", entry_id: button.dataset.entry, reason };
    return strike ? entry : { ...entry, replacement };
  }

  async function send(state, button, strike) {
    if (state.sending) return;
    clear(state);
    const entry = state.reason ? corrected(state, button, strike) : filled(state);
    if (!entry) return;
    state.sending = true;
    state.form.classList.add("record-form--sending");
    try {
      entry.id = state.id;
      entry.measured_at = state.measuredAt = state.measuredAt || (await serverNow());
      if (state.confirmed.length) entry.confirmed = state.confirmed;
      heard(state, await post(entry));
    } catch {
      state.said.textContent = NOT_SENT;
    } finally {
      state.sending = false;
      state.form.classList.remove("record-form--sending");
    }
  }

  function heard(state, { ok, said }) {
    if (ok) {
      again();
      return;
    }
    const confirm = said.confirm || [];
    if (confirm.length && !(said.errors || []).length) {
      state.confirmed = confirm.map((one) => one.field);
      state.id = newId();
      state.said.textContent = `${confirm.map((one) => one.reason).join(" ")} Save again to confirm.`;
      return;
    }
    state.confirmed = [];
    show(state, said.errors || [], said.detail);
  }

  // Signing: what was shown is what is signed.

  async function sign(button) {
    const box = button.closest(".record-sign");
    const said = box.querySelector("[data-record-said]");
    button.disabled = true;
    said.textContent = "";
    try {
      const entry = {
        id: (button.dataset.id = button.dataset.id || newId()),
        kind: "signature",
        measured_at: await serverNow(),
        meaning: box.querySelector("[data-record-meaning]").value,
        last_seq: Number(button.dataset.lastSeq),
      };
      const answer = await post(entry);
      if (answer.ok) again();
      else said.textContent = `Not signed. ${answer.said.detail || NOT_SENT}`;
    } catch {
      said.textContent = NOT_SENT;
    } finally {
      button.disabled = false;
    }
  }

  function correct(button) {
    const body = read(button, "body");
    const fields = JSON.parse(page().dataset.forms)[body.kind] || [];
    openForm(button, button.getAttribute("aria-label"), fields, body, read(button, "times") || {}, true);
  }

  function add(button) {
    openForm(button, button.textContent, read(button, "fields"), read(button, "body"), {}, false);
  }

  // Paper is white: the light theme while it prints, drawing included, and then what was there before.

  let before = null;

  function lighten() {
    if (before !== null || !page()) return;
    before = document.documentElement.dataset.theme || "";
    document.documentElement.dataset.theme = "light";
    window.chairside.theme.repaint();
  }

  function restore() {
    if (before === null) return;
    if (before) document.documentElement.dataset.theme = before;
    else delete document.documentElement.dataset.theme;
    before = null;
    window.chairside.theme.repaint();
  }

  function print() {
    lighten();
    setTimeout(() => window.print(), 300); // the drawing takes a moment to change its colours
  }

  window.addEventListener("beforeprint", lighten);
  window.addEventListener("afterprint", restore);

  const ACTS = { correct, add, sign, print, reload: again };

  // The slider of the playback: each minute is an address of its own.
  document.addEventListener("change", (event) => {
    if (event.target.id === "record-playback") window.location.assign(`?at=${Number(event.target.value)}`);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-record]");
    if (button && page()) ACTS[button.dataset.record](button);
  });

  return { get, put, movedTo, make, post, reasonOf, clear, show, newId, serverNow, again, NOT_SENT };
})();
