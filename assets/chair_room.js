// The chair itself: what it is kept for while nobody sits on it, and which nurse has it. Neither waits on the tablet: it is said at once
// whether the server has it, and the words on the page follow by the live push.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
(() => {
  const tools = () => window.chairside.form;
  const NOT_SAID = "Not changed: the server did not answer. Try again.";

  async function tell(what, body, said) {
    const chair = tools().page().dataset.chairId;
    const answer = await window.chairside.outbox.request("POST", `/api/v1/chairs/${chair}/${what}`, body);
    if (answer.http === 200) {
      tools().status("saved", said);
      return true;
    }
    const errors = (answer.json && answer.json.errors) || [];
    const detail = errors.length ? errors[0].message : answer.json && answer.json.detail;
    const why = answer.http === 401 ? "You are signed out." : detail;
    tools().status("refused", why ? `Not changed. ${why}` : NOT_SAID, {
      link: answer.http === 401 ? { href: "/sign-in", textContent: "Sign in" } : null,
    });
    return false;
  }

  async function setChair(button) {
    const place = tools().part("room");
    const note = tools().text(place, "room_note");
    const done = await tell("state", { state: button.dataset.chairState, ...(note ? { note } : {}) }, `Said of this chair: ${button.textContent.toLowerCase()}.`);
    if (done) tools().fill(place, "room_note", "");
  }

  const once = (work) => (button) => tools().once(button, () => work(button));
  Object.assign(window.chairside.acts, {
    "set-chair": once(setChair),
    "take-chair": once(() => tell("nurse", { take: true }, "You have this chair.")),
    "give-chair-back": once(() => tell("nurse", { take: false }, "Given back.")),
  });
})();
