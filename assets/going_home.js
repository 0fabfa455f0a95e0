// Going home: the switches and the check that is charted from them. What is met is decided by the server.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
window.chairside.goingHome = (() => {
  const tools = () => window.chairside.form;
  const card = () => tools().part("home");
  const CHECKS = ["oriented", "steady_gait", "escort"];

  /** How many criteria keep the patient here; 0 where that is not asked yet. */
  const unmet = () => (card() ? Number(card().dataset.unmet) : 0);

  function answers() {
    const found = {};
    for (const name of CHECKS) {
      const [answer] = tools().picked(card(), name);
      if (answer) found[name] = answer === "yes";
    }
    return found;
  }

  async function save() {
    tools().clearErrors(card());
    const checks = answers();
    const reason = tools().field(card(), "override") ? tools().text(card(), "override") : "";
    if (!Object.keys(checks).length && !reason) {
      tools().status("refused", "Nothing is answered yet: oriented, steady gait, escort.");
      return;
    }
    const result = await tools().deliver({ kind: "discharge", checks, ...(reason ? { override: { reason } } : {}) });
    if (result.status === "dropped") return;
    if (result.status === "refused") {
      tools().tellRefused(card(), result);
      return;
    }
    for (const name of CHECKS) tools().choose(card(), name, []);
    if (reason) tools().fill(card(), "override", "");
    window.chairside.drafts.keep();
    tools().tell(result, reason ? "Discharge overridden; what is not met stays shown as not met." : "Discharge check.");
  }

  Object.assign(window.chairside.acts, {
    "save-discharge": (button) => tools().once(button, save),
    "open-waste": () => window.chairside.more.open("waste"),
  });
  return { unmet };
})();
