// Protocols: copy, edit in a plain form, see the faults beside the fields, publish with a reason, sign off. The server decides what
// is wrong; this file draws the fields that the page carries as data (layouts/protocol_fields.py) and sends what stands in them.
"use strict";
window.chairside = window.chairside || {};
window.chairside.protocol = (() => {
  const BASE = "/api/v1/protocols";
  const PAGE = "/settings/protocols";
  const NOT_SENT = "Not saved: the server did not answer. Try again.";

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function csrf() {
    const found = /(?:^|; )(?:__Host-)?chairside-csrf=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  async function send(method, path, body) {
    try {
      const answer = await fetch(`${BASE}${path}`, {
        method,
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf() },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { ok: answer.ok, said: await answer.json().catch(() => ({})) };
    } catch {
      return { ok: false, said: { detail: NOT_SENT } };
    }
  }

  // What a body holds at a path such as "limits.sbp.caution_high".

  const get = (body, path) => path.split(".").reduce((part, key) => (part ? part[key] : undefined), body);

  function put(body, path, value) {
    const keys = path.split(".");
    const last = keys.pop();
    const holder = keys.reduce((part, key) => (part[key] = part[key] || {}), body);
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }

  /** The value that was typed; what is no number goes to the server as it is, which says so beside the field. */
  function typed(type, input) {
    if (type === "flag") return input.checked;
    const text = input.value.trim();
    if (type === "list") return text.split(",").map((one) => one.trim()).filter(Boolean);
    if (type === "text") return text;
    if (!text) return null;
    const number = Number(text.replace(",", "."));
    return Number.isFinite(number) ? number : text;
  }

  function shown(type, value) {
    if (value === undefined || value === null) return "";
    return type === "list" && Array.isArray(value) ? value.join(", ") : String(value);
  }

  /** A vital without any limit, and a rule without a text, are left out rather than sent empty. */
  function cleaned(body) {
    for (const [key, limits] of Object.entries(body.limits || {})) {
      const sides = ["critical_low", "caution_low", "caution_high", "critical_high"];
      if (sides.every((side) => limits[side] === null || limits[side] === undefined)) delete body.limits[key];
    }
    const texts = (body.do_this || {}).texts || {};
    for (const [key, words] of Object.entries(texts)) if (!words) delete texts[key];
    return body;
  }

  // The form of a draft.

  let form = null;

  function drawField(field, body) {
    const row = make("label", `protocol-field protocol-field--${field.type}`);
    const input = make("input", "settings__field");
    input.type = field.type === "flag" ? "checkbox" : "text";
    input.autocomplete = "off";
    input.dataset.testid = `protocol-${field.path}`;
    if (field.type === "number") input.inputMode = "decimal";
    const value = get(body, field.path);
    if (field.type === "flag") input.checked = value !== false;
    else input.value = shown(field.type, value);
    const error = make("span", "protocol-field__fault");
    error.setAttribute("role", "alert");
    row.append(make("span", "settings__label", field.label), input, error);
    return { field, row, input, error };
  }

  function drawForm(box) {
    const draft = JSON.parse(box.dataset.protocolDraft);
    const parts = JSON.parse(box.dataset.parts);
    form = { box, draft, fields: [], dirty: false };
    for (const part of parts) {
      const group = make("fieldset", "protocol-part");
      const drawn = part.fields.map((field) => drawField(field, draft.protocol));
      form.fields.push(...drawn);
      group.append(make("legend", "", part.title), ...drawn.map((one) => one.row));
      box.append(group);
    }
    const reason = make("input", "settings__field");
    reason.type = "text";
    reason.dataset.testid = "protocol-reason";
    const label = make("label", "protocol-field protocol-field--text");
    label.append(make("span", "settings__label", "Why it is published"), reason);
    const said = make("p", "settings__said");
    said.setAttribute("role", "status");
    said.dataset.testid = "protocol-said";
    const bar = make("div", "settings__row");
    for (const [words, act] of [["Save and check", save], ["Publish", publish], ["Throw away", drop]]) {
      const button = make("button", "button", words);
      button.type = "button";
      button.dataset.testid = `protocol-${act.name}`;
      button.addEventListener("click", act);
      bar.append(button);
    }
    box.append(label, bar, said);
    Object.assign(form, { reason, said });
    box.addEventListener("input", () => (form.dirty = true));
    tell(draft.faults, draft.changes);
  }

  function filled() {
    const body = structuredClone(form.draft.protocol);
    for (const { field, input } of form.fields) put(body, field.path, typed(field.type, input));
    return cleaned(body);
  }

  /** Put each fault beside its field; what belongs to none stands at the end. */
  function tell(faults, changes) {
    for (const one of form.fields) one.error.textContent = "";
    const rest = [];
    for (const { field, message } of faults) {
      const place = form.fields.find((one) => one.field.path === field);
      if (place) place.error.textContent = message;
      else rest.push(`${field}: ${message}`);
    }
    const first = form.fields.find((one) => one.error.textContent);
    if (first && document.activeElement === document.body) first.input.focus();
    const count = faults.length ? `${faults.length} to put right before it can be published.` : "No fault.";
    form.said.textContent = [`${(changes || []).length} changed.`, count, ...rest].join(" ");
  }

  async function saved() {
    const sent = await send("PUT", `/drafts/${form.draft.id}`, { revision: form.draft.revision, protocol: filled() });
    if (!sent.ok) {
      form.said.textContent = `Not saved. ${sent.said.detail || NOT_SENT}`;
      return false;
    }
    form.draft = sent.said;
    form.dirty = false;
    tell(sent.said.faults, sent.said.changes);
    return true;
  }

  async function save() {
    await saved();
  }

  async function publish() {
    if (!(await saved()) || form.draft.faults.length) return;
    const made = await send("POST", `/drafts/${form.draft.id}/publish`, { reason: form.reason.value.trim() || null });
    if (made.ok) window.location.assign(`${PAGE}?version=${made.said.id}&from=${form.draft.from}`);
    else form.said.textContent = `Not published. ${made.said.detail || NOT_SENT}`;
  }

  async function drop() {
    const gone = await send("DELETE", `/drafts/${form.draft.id}`);
    if (gone.ok) {
      form.dirty = false;
      window.location.assign(PAGE);
    } else form.said.textContent = `Not thrown away. ${gone.said.detail || NOT_SENT}`;
  }

  // The buttons of the lists.

  const say = (words) => document.querySelectorAll("[data-protocol-said]").forEach((place) => (place.textContent = words));

  async function copy(button) {
    const made = await send("POST", "/drafts", { from: button.dataset.id });
    if (made.ok) window.location.assign(`${PAGE}?draft=${made.said.id}`);
    else say(made.said.detail || NOT_SENT);
  }

  async function signOff(button) {
    const made = await send("POST", `/${button.dataset.id}/sign-off`, { meaning: button.textContent });
    if (made.ok) window.location.reload();
    else say(made.said.detail || NOT_SENT);
  }

  const ACTS = { copy, "sign-off": signOff };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest && event.target.closest("[data-protocol]");
    if (!button || button.disabled) return;
    button.disabled = true;
    await ACTS[button.dataset.protocol](button);
    button.disabled = false;
  });

  window.addEventListener("beforeunload", (event) => form && form.dirty && event.preventDefault());

  // Dash draws the page some time after the scripts were read.
  const watch = new MutationObserver(() => {
    const box = document.querySelector("[data-protocol-draft]");
    if (box && (!form || form.box !== box)) drawForm(box);
  });
  watch.observe(document.documentElement, { childList: true, subtree: true });

  return { get, put, typed, cleaned };
})();
