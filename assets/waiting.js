// What waits on this tablet, told one by one: the list below the count, and the line beside the dose that runs. Each entry has its time and
// words; of a reading on this page also what this page knows of the limits it meets, since the server has not judged it yet.
"use strict";
window.chairside = window.chairside || {};
window.chairside.waiting = (() => {
  const tools = () => window.chairside.form;
  const ACTIONS = { start: "Start", rate: "Rate", pause: "Pause", resume: "Resume", bolus: "Bolus", stop: "Stop" };
  let own = []; // the envelopes of this person that wait, oldest first

  const timeOf = ({ body }) => tools().clock(Date.parse(body.measured_at));
  const isHere = ({ session }) => session === tools().session();

  function pumpWords({ action, rate_mg_h: rate, dose_mg: dose }) {
    const much = rate !== undefined ? ` ${rate} mg/h` : dose !== undefined ? ` ${dose} mg` : "";
    return `${ACTIONS[action] || "Pump"}${much}`;
  }

  const plain = (kind) => `${kind[0].toUpperCase()}${kind.slice(1)}`.replaceAll("_", " ");

  /** An entry in words, without who it is about; of another chair only its kind, for its limits are not known here. */
  function words(item) {
    const { body } = item;
    if (!isHere(item)) return `${plain(body.kind)}, another chair`;
    if (body.kind === "reading") return window.chairside.reading.words(body);
    if (body.kind === "infusion") return pumpWords(body);
    if (body.kind === "adverse_event") return body.term || "Effect";
    return plain(body.kind);
  }

  const met = (item) => (isHere(item) && item.body.kind === "reading" ? window.chairside.reading.met(item.body.values) : []);

  const make = (tag, className, textContent) => Object.assign(document.createElement(tag), { className, textContent });

  function line(item) {
    const place = make("li", "waiting__entry", `${timeOf(item)} ${words(item)}`);
    for (const { look, sign, short } of met(item)) place.append(" ", make("b", `waiting__flag waiting__flag--${look}`, `${sign} ${short} ${look}`));
    return place;
  }

  function list() {
    const place = make("ul", "waiting__list", "");
    place.dataset.testid = "waiting-list";
    place.append(...own.map(line));
    return place;
  }

  // ---- beside the dose that runs ----

  const pumps = () => own.filter((item) => isHere(item) && item.body.kind === "infusion");

  function tellPump() {
    const place = document.querySelector("[data-pump-waits]");
    const said = pumps().map((item) => `${pumpWords(item.body)} ${timeOf(item)} waits on this tablet`).join(" · ");
    if (!place || place.textContent === said) return;
    window.chairside.heldStill(() => (place.textContent = said));
  }

  /** Whether this action on the pump of this chair waits already. */
  const hasPump = (action) => pumps().some(({ body }) => body.action === action);

  /** Whether a reading that waits here holds each of these vitals. */
  const hasSet = (keys) => own.some((item) => isHere(item) && item.body.kind === "reading" && keys.every((key) => key in item.body.values));

  // ---- beside why the chair needs a look ----

  const isCritical = ({ look }) => look === "critical";
  const criticalWords = (item) => met(item).filter(isCritical).map(({ sign, short, value, look }) => `${sign} ${short} ${value} ${look}, ${timeOf(item)}, not yet sent`);

  /** What the server cannot know yet stands beside what it knows: the newest critical values that wait. */
  function tellWhy() {
    const place = document.querySelector("[data-why-waits]");
    const said = (own.map(criticalWords).filter((words) => words.length).pop() || []).join(" · ");
    if (!place || place.textContent === said) return;
    window.chairside.heldStill(() => (place.textContent = said));
  }

  /** Take over what waits now. */
  function show(found) {
    own = found;
    tellPump();
    tellWhy();
  }

  return { show, list, hasPump, hasSet, ACTIONS };
})();
