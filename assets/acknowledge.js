// Acknowledging an alert from the board: a pill opens a sheet for the alert whose id its button carried when it was tapped, and what is
// done about it is sent by the outbox, as everything that is charted. The pill goes when the server says that somebody answered.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acknowledge = (() => {
  const SHEET = '[data-sheet="acknowledge"]';
  const SAID = {
    kept: "On this computer, not yet sent. It is sent by itself.",
    unknown: "No answer from the server yet. It is sent again by itself.",
    empty: "Tap what is done, or write a comment.",
    taken: "Somebody has answered it meanwhile.",
  };
  let about = null; // {alerts, session}: fixed when the sheet opens, whatever the board shows by then
  let busy = false;

  const sheet = () => document.querySelector(SHEET);
  const place = (name) => sheet().querySelector(`[data-${name}]`);
  const say = (words) => (place("sheet-said").textContent = words);

  function open(button) {
    const pill = button.closest("[data-pill]");
    if (!button.dataset.alert || !sheet()) return;
    about = { alerts: button.dataset.alert.split(" "), session: pill.dataset.session };
    place("sheet-about").textContent = button.dataset.about;
    place("comment").value = "";
    say("");
    sheet().showModal();
  }

  function close() {
    about = null;
    sheet().close();
  }

  /** What is sent: an entry for each alert of the reading, with an action, a comment or both; nothing where neither is there. */
  function entries({ alerts, session }, action, comment) {
    if (!action && !comment) return [];
    const said = { ...(action ? { action } : {}), ...(comment ? { comment } : {}) };
    return alerts.map((alert) => ({ session, kind: "acknowledgement", alert_id: alert, ...said }));
  }

  /** Send one after the other; the first that is not saved speaks for all. */
  async function sendAll(bodies) {
    const results = [];
    for (const body of bodies) results.push(await window.chairside.send(body));
    return results.find(({ status }) => status !== "saved") || results[0];
  }

  async function answer(action) {
    if (busy || !about) return;
    const mine = about;
    const bodies = entries(mine, action, place("comment").value.trim());
    if (!bodies.length) {
      say(SAID.empty);
      return;
    }
    busy = true;
    say("Saving");
    const result = await sendAll(bodies).finally(() => (busy = false));
    if (about !== mine) return;
    if (result.status === "saved") close();
    else say(SAID[result.status] || `Not saved. ${window.chairside.outbox.sentence(result)}`);
  }

  /** Say on an open sheet that its alert is not waiting any more; it can still be answered. */
  function watch() {
    if (!about || busy || !sheet() || !sheet().open) return;
    const still = [...document.querySelectorAll("[data-alerts]")].some((pill) => idsOf(pill.dataset.alerts).includes(about.alerts[0]));
    if (!still && place("sheet-said").textContent === "") say(SAID.taken);
  }

  /** The ids among alerts as a pill names them: with the moment since when somebody is wanted. */
  const idsOf = (alerts) => alerts.split(" ").filter(Boolean).map((one) => one.slice(0, one.lastIndexOf("@")));

  document.addEventListener("click", (event) => {
    const target = event.target.closest ? event.target : null;
    if (!target) return;
    const take = target.closest(".pill__take");
    const answered = target.closest("[data-answer]");
    if (take) open(take);
    else if (answered && answered.closest(SHEET)) answer(answered.dataset.answer);
    else if (target.closest(`${SHEET} [data-leave]`)) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches && event.target.matches(`${SHEET} [data-comment]`)) answer("");
  });
  document.addEventListener("chairside:heard", () => queueMicrotask(watch));

  return { entries, idsOf };
})();
