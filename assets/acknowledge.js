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
  let about = null; // {alert, session}: fixed when the sheet opens, whatever the board shows by then
  let busy = false;

  const sheet = () => document.querySelector(SHEET);
  const place = (name) => sheet().querySelector(`[data-${name}]`);
  const say = (words) => (place("sheet-said").textContent = words);

  function open(button) {
    const pill = button.closest("[data-pill]");
    if (!button.dataset.alert || !sheet()) return;
    about = { alert: button.dataset.alert, session: pill.dataset.session };
    place("sheet-about").textContent = button.dataset.about;
    place("comment").value = "";
    say("");
    sheet().showModal();
  }

  function close() {
    about = null;
    sheet().close();
  }

  /** What is sent: an action, a comment or both; null where neither is there. */
  function entry({ alert, session }, action, comment) {
    if (!action && !comment) return null;
    return { session, kind: "acknowledgement", alert_id: alert, ...(action ? { action } : {}), ...(comment ? { comment } : {}) };
  }

  async function answer(action) {
    if (busy || !about) return;
    const mine = about;
    const body = entry(mine, action, place("comment").value.trim());
    if (!body) {
      say(SAID.empty);
      return;
    }
    busy = true;
    say("Saving");
    const result = await window.chairside.send(body).finally(() => (busy = false));
    if (about !== mine) return;
    if (result.status === "saved") close();
    else say(SAID[result.status] || `Not saved. ${window.chairside.outbox.sentence(result)}`);
  }

  /** Say on an open sheet that its alert is not waiting any more; it can still be answered. */
  function watch() {
    if (!about || busy || !sheet() || !sheet().open) return;
    const still = [...document.querySelectorAll("[data-alerts]")].some((pill) => idsOf(pill.dataset.alerts).includes(about.alert));
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

  return { entry, idsOf };
})();
