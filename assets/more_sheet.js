// What is wanted seldom at a chair: hold, hand over, move, waste, limits and baseline of this patient, the way to the end.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
window.chairside.more = (() => {
  const MINUTE = 60000;
  const tools = () => window.chairside.form;
  const { sheet, part, show, open, close, say, post } = window.chairside.dialog("more");
  const FILLS = { reason_pick: ["hold", "reason"], to_pick: ["handover", "to"], witness_pick: ["waste", "witness"] };
  const SIDES = ["critical_low", "caution_low", "caution_high", "critical_high"];
  let moving = false; // the page is on its way to another chair

  // ---- what each part is, as an entry: [entry, words]; null where something is missing, which has been said ----

  function hold(place) {
    const at = tools().moment(place, "hold_at");
    if (at === null) return null;
    const reason = tools().text(place, "reason");
    const [minutes] = tools().picked(place, "until_pick");
    const until = minutes ? { until: new Date(tools().now() + Number(minutes) * MINUTE).toISOString() } : {};
    return [{ kind: "hold", measured_at: at, reason, ...until }, `On hold: ${reason}.`];
  }

  function handover(place) {
    const to = tools().text(place, "to");
    return [{ kind: "handover", to, text: tools().text(place, "text") }, `Handed over to ${to}.`];
  }

  function move(place) {
    const [chair] = tools().picked(place, "chair_id");
    if (chair) return [{ kind: "move", chair_id: chair }, "Moved."];
    tools().sayWrong(tools().field(place, "chair_id"), "Tap the chair the patient goes to.");
    return null;
  }

  function waste(place) {
    const at = tools().moment(place, "waste_at");
    if (at === null) return null;
    const amount = tools().text(place, "amount_mg");
    const entry = { kind: "waste", measured_at: at, witness: tools().text(place, "witness") };
    if (amount) entry.amount_mg = tools().number(amount);
    return [entry, `Waste, ${amount} mg.`];
  }

  /** A side left empty stays as it is; "none" lifts it. */
  function limit(place) {
    const [vital] = tools().picked(place, "vital");
    if (!vital) {
      tools().sayWrong(tools().field(place, "vital"), "Tap the vital whose limits change.");
      return null;
    }
    const limits = {};
    for (const side of SIDES) {
      const typed = tools().text(place, side).toLowerCase();
      if (typed) limits[side] = typed === "none" ? null : tools().number(typed);
    }
    return [{ kind: "limit", vital, limits, reason: tools().text(place, "reason") }, "Limits of this patient, from now on."];
  }

  function baseline(place) {
    const values = {};
    for (const key of ["sbp", "dbp", "hr"]) {
      const typed = tools().text(place, key);
      if (typed) values[key] = tools().number(typed);
    }
    return [{ kind: "baseline", values, reason: tools().text(place, "reason") }, "Baseline decided."];
  }

  // ---- saving ----

  const save = (name, read) => async () => {
    const place = part(name);
    tools().clearErrors(place);
    const found = read(place);
    return found && post(place, ...found);
  };

  /** Move, and go along: what is typed is kept for the same session on the other chair. */
  async function saveMove() {
    const [chair] = tools().picked(part("move"), "chair_id");
    const place = chair && part("move").querySelector(`[data-value="${chair}"]`).closest("[data-chair]");
    moving = Boolean(place);
    const name = place && place.dataset.chair;
    const session = tools().session(); // before the page hears that the chair is free
    const result = await save("move", move)();
    if (!result || result.status !== "saved") {
      moving = false;
      return;
    }
    await window.chairside.drafts.carry(name, session);
    location.assign(`/chair/${encodeURIComponent(name)}`);
  }

  const once = (work) => (button) => tools().once(button, () => work(button));
  Object.assign(window.chairside.acts, {
    "open-more": () => open("hold"),
    "close-more": close,
    "save-hold": once(save("hold", hold)),
    "save-handover": once(save("handover", handover)),
    "save-move": once(saveMove),
    "save-waste": once(save("waste", waste)),
    "save-limit": once(save("limit", limit)),
    "save-baseline": once(save("baseline", baseline)),
    "draft-handover": (button) => tools().fill(part("handover"), "text", button.closest("[data-draft]").dataset.draft),
    "end-or-cancel": () => {
      close();
      window.chairside.acts["open-closing"]();
    },
  });

  document.addEventListener("chairside:picked", (event) => {
    if (!event.target.closest('[data-form="more"]')) return;
    const { name, button } = event.detail;
    if (name === "sheet") show(button.dataset.value);
    if (FILLS[name]) tools().fill(part(FILLS[name][0]), FILLS[name][1], tools().isOn(button) ? button.dataset.value : "");
  });

  /** Bring back what was refused after it had waited on the tablet. */
  function load(body) {
    const place = sheet().querySelector(`[data-sheet="${body.kind}"]`);
    if (!place) return;
    open(body.kind);
    for (const name of ["reason", "to", "text", "amount_mg", "witness"]) if (body[name] !== undefined) tools().fill(place, name, body[name]);
    say(place, "This was not accepted. Put it right and save again.");
  }

  return { open, load, isMoving: () => moving };
})();
