// One tap for an emergency, two to take an alert, one to end a hold. The tablet stays silent: the board chimes.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
(() => {
  const TWICE = 5000; // ms in which a second tap is the same call: a frightened hand taps twice
  const tools = () => window.chairside.form;
  const banner = () => tools().part("alert");
  const panel = () => tools().panel("alert");
  let called = -TWICE;

  /** Stamp the time and call the board. It is never taken back by tapping again; "by mistake" writes a correction. */
  async function emergency() {
    if (performance.now() - called < TWICE) return;
    called = performance.now();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close(); // what is typed there stays
    const sent = tools().deliver({ kind: "emergency" });
    tools().status("kept", "Calling the board…");
    const result = await sent;
    if (result.status === "saved") {
      tools().tell(result, "Emergency called: every board shows it.", { undo: { act: "undo-entry", entry: result.body.id } });
    } else if (result.status === "refused") {
      called = -TWICE;
      tools().tell(result, "", { sentence: `The board was not called: call out loud. ${window.chairside.outbox.sentence(result)}` });
    } else {
      const at = tools().clock(Date.parse(result.body.measured_at));
      tools().status("kept", `Call out loud: the board is not reached, ${result.why}. Stamped ${at}, sent when there is a connection.`, { entry: result.body.id });
    }
  }

  /** Open the ways to take what is shown now; an alert that comes while this is open is not taken with it. */
  function open() {
    panel().dataset.alerts = banner().dataset.alerts;
    tools().clearErrors(panel());
    tools().open("alert", "What is done about it?");
  }

  async function take(said) {
    tools().clearErrors(panel());
    const words = said.action || said.comment;
    let result = null;
    for (const alert of JSON.parse(panel().dataset.alerts || "[]")) {
      result = await tools().deliver({ kind: "acknowledgement", alert_id: alert, ...said });
      if (result.status === "dropped") return;
      if (result.status === "refused") {
        tools().tellRefused(panel(), result);
        return;
      }
    }
    tools().fill(panel(), "comment", "");
    tools().close("alert");
    window.chairside.drafts.keep();
    if (result) tools().tell(result, `Alert taken: ${words}.`);
  }

  function takeCommented() {
    const comment = tools().text(panel(), "comment");
    if (comment) return take({ comment });
    tools().sayWrong(tools().field(panel(), "comment"), "Say what is done: tap one above, or write.");
    return null;
  }

  async function holdOver(button) {
    const { reason } = button.closest("[data-reason]").dataset;
    const result = await tools().deliver({ kind: "hold", reason, over: true });
    tools().tell(result, "Back: the hold is over.");
  }

  const once = (work) => (button) => tools().once(button, () => work(button));
  Object.assign(window.chairside.acts, {
    emergency,
    "take-alerts": () => (tools().isOpen("alert") ? tools().close("alert") : open()),
    "take-alerts-as": once((button) => take({ action: button.dataset.words })),
    "take-alerts-commented": once(takeCommented),
    "hold-over": once(holdOver),
  });
})();
