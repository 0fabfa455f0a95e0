// The pump: one tap for what is done now, a small form for everything else, and the choices when a planned start is refused.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
(() => {
  const tools = () => window.chairside.form;
  const scope = () => tools().part("infusion");
  const panel = () => tools().panel("infusion");
  const pump = () => scope().querySelector("[data-dose-mg]").dataset;
  const GATES = new Set(["screening", "sbp", "dbp"]);
  const SAVES = { start: "the start", rate: "the rate", pause: "the pause", resume: "the resume", bolus: "the bolus", stop: "the stop" };
  const DONE = { start: "Started", rate: "Rate", pause: "Paused", resume: "Resumed", bolus: "Bolus", stop: "Stopped" };

  const said = (entry) => {
    const much = entry.rate_mg_h === undefined ? (entry.dose_mg === undefined ? "" : ` ${entry.dose_mg} mg`) : ` ${entry.rate_mg_h} mg/h`;
    return `${DONE[entry.action]}${much}`;
  };

  let refusedStart = {}; // the start that was refused last: an override is of that one, at its time and rate

  /** Say whether no complete set stands before a start, neither in the record nor waiting here: then there is no baseline. */
  function lacksBaseline() {
    const keys = [...document.querySelectorAll('[data-vital][data-core="yes"]')].map((field) => field.dataset.vital);
    return pump().doseBaseline !== "yes" && !window.chairside.waiting.hasSet(keys);
  }

  /** Ask before an action that waits on this tablet already: without an answer of the server it looks as if nothing had happened. */
  async function isMeant(action) {
    const { hasPump, ACTIONS } = window.chairside.waiting;
    if (!hasPump(action)) return true;
    return tools().ask([{ reason: `${ACTIONS[action]} already waits. Chart another?` }], ["Chart another", "Leave it"]);
  }

  /** Chart an action; a start that a check speaks against brings up the choices. */
  async function chart(entry, place) {
    tools().clearErrors(scope());
    if (!(await isMeant(entry.action))) return false;
    const bare = entry.action === "start" && lacksBaseline() ? ". No complete set before it: there is no baseline" : "";
    const result = await tools().deliver({ kind: "infusion", ...entry });
    if (result.status === "dropped") return false;
    if (result.status === "refused") {
      const gate = result.errors.filter((error) => GATES.has(error.field));
      if (entry.action === "start" && gate.length) {
        refusedStart = entry.measured_at ? entry : {}; // one tap on Start is read anew: its rate stands in sight
        const sentence = result.errors.map((error) => error.message).join(" ");
        const fields = gate.map((error) => error.field);
        const offer = (act, on) => tools().panel("start-refused").querySelector(`[data-act="${act}"]`).toggleAttribute("hidden", !on);
        offer("measure-again", fields.some((name) => name !== "screening"));
        offer("open-screening", fields.includes("screening"));
        tools().open("start-refused", sentence);
        tools().status("refused", "Start not charted. See the choices.");
      } else {
        tools().tellRefused(place || scope(), result);
      }
      return false;
    }
    ["start-refused", "infusion"].forEach(tools().close);
    tools().tell(result, `${said(entry)}${bare}`, result.status === "saved" ? { undo: { act: "undo-entry", entry: result.body.id } } : {});
    return true;
  }

  const typedStart = () => {
    const typed = tools().text(scope(), "start_rate");
    return typed ? { rate_mg_h: tools().number(typed) } : {};
  };

  // ---- the small form ----

  function details(action, more = {}) {
    tools().clearErrors(panel());
    tools().choose(panel(), "action", action ? [action] : []);
    tools().choose(panel(), "unit", ["mg/h"]);
    tools().choose(panel(), "infusion_reason", []);
    for (const name of ["rate_mg_h", "dose_mg", "concentration_mg_ml", "pump_ml", "reason"]) tools().fill(panel(), name, "");
    tools().fill(panel(), "concentration_mg_ml", pump().doseConcentration);
    tools().fill(panel(), "rate_mg_h", more.rate || "");
    tools().resetTime(panel(), "infusion_at");
    panel().dataset.happened = more.happened ? "yes" : "no";
    follow(action);
    tools().close("start-refused");
    tools().open("infusion");
    if (action === "rate") tools().inputOf(tools().field(panel(), "rate_mg_h")).focus();
  }

  function follow(action) {
    panel().dataset.action = action || "";
    window.chairside.reading.tellSave();
  }

  /** A rate in mg/h from the unit in which it was typed, as models/infusion.py has it; null where mL/h has no concentration. */
  function mgPerHour(value, unit, kg, concentration) {
    if (unit === "mL/h") return typeof concentration === "number" ? value * concentration : null;
    if (unit === "mg/min") return value * 60;
    if (unit === "mcg/kg/min") return (value * kg * 60) / 1000;
    return unit === "mg/kg/h" ? value * kg : value;
  }

  /** The rate in mg/h, with what was typed beside it where that was another unit; a sentence where it cannot be told. */
  function rate(entry) {
    const typed = tools().text(panel(), "rate_mg_h");
    if (!typed) return;
    const value = tools().number(typed);
    const [unit] = tools().picked(panel(), "unit");
    if (!unit || unit === "mg/h" || typeof value !== "number") {
      entry.rate_mg_h = value;
      return;
    }
    const concentration = entry.concentration_mg_ml || tools().number(pump().doseConcentration);
    const found = mgPerHour(value, unit, Number(pump().doseKg), concentration);
    if (found === null) {
      tools().sayWrong(tools().field(panel(), "concentration_mg_ml"), "mL/h needs a concentration in mg/mL.");
      entry.wrong = true;
      return;
    }
    entry.rate_mg_h = Math.round(found * 1000) / 1000;
    entry.as_entered = unit === "mL/h" ? `${typed} ${unit} at ${concentration} mg/mL` : `${typed} ${unit}`;
  }

  async function saveDetails() {
    const [action] = tools().picked(panel(), "action");
    if (!action) {
      tools().status("refused", "Say what was done: start, rate, pause, resume, bolus or stop.");
      return;
    }
    tools().clearErrors(panel());
    const measured = tools().moment(panel(), "infusion_at");
    if (measured === null) return;
    const entry = { action, measured_at: measured };
    const concentration = tools().text(panel(), "concentration_mg_ml");
    const bolus = tools().text(panel(), "dose_mg");
    const reason = tools().text(panel(), "reason");
    if (concentration && concentration !== pump().doseConcentration) entry.concentration_mg_ml = tools().number(concentration);
    if (["start", "rate", "resume"].includes(action)) rate(entry);
    if (action === "bolus" && bolus) entry.dose_mg = tools().number(bolus);
    const volume = tools().text(panel(), "pump_ml");
    if (action === "stop" && volume) entry.pump_ml = tools().number(volume);
    if (reason) entry.reason = reason;
    if (panel().dataset.happened === "yes") entry.happened = true;
    if (entry.wrong) return;
    await chart(entry, panel());
  }

  // ---- what the big Save does while a sheet is open ----

  const typedIn = (place) => [...place.querySelectorAll("input")].some((input) => input.value.trim() && input.value !== pump().doseConcentration);
  const SHEETS = {
    infusion: () => ({ act: "save-infusion", words: `Save ${SAVES[panel().dataset.action] || "the pump"}`, any: typedIn(panel()) || Boolean(panel().dataset.action) }),
    screening: () => ({ act: "save-screening", words: "Save screening", any: window.chairside.screening.answers(scope().querySelector("[data-screening]")).any }),
  };

  /** The open sheet that Save acts for: one with something in it, or any while no reading is typed; null where there is none. */
  function sheet(readingTyped) {
    for (const [name, about] of Object.entries(SHEETS)) {
      if (!tools().isOpen(name)) continue;
      const { act, words, any } = about();
      if (any || !readingTyped) return { act, words, button: tools().panel(name).querySelector(`[data-act="${act}"]`) };
    }
    return null;
  }

  /** What is typed in a panel that has a button of its own; "" where nothing waits. */
  const waits = () =>
    ["start-refused", "closing", "alert"].some((name) => tools().isOpen(name) && typedIn(tools().panel(name)))
      ? "No reading is entered. What is typed above waits for its own button."
      : "";

  // ---- screening, override, the end ----

  async function saveScreening() {
    const place = scope().querySelector("[data-screening]");
    const answers = window.chairside.screening.answers(place);
    if (!answers.whole) {
      tools().sayWrong(place, "Answer each with yes or no.");
      return;
    }
    const result = await tools().deliver({ kind: "screening", answers: answers.given });
    if (result.status === "refused") {
      tools().tellRefused(scope(), result);
      return;
    }
    ["screening", "start-refused"].forEach(tools().close);
    const yes = Object.values(answers.given).filter((answer) => answer === "yes").length;
    tools().tell(result, yes ? `Screening, yes to ${yes}.` : "Screening, all no.");
  }

  async function override() {
    const reason = tools().text(scope(), "override");
    if (!reason) {
      tools().sayWrong(tools().field(scope(), "override"), "An override needs a reason.");
      return;
    }
    await chart({ action: "start", ...typedStart(), ...refusedStart, override: { reason } });
  }

  /** Ask before the end, and name what is typed and would be lost. */
  function askToEnd() {
    const typed = window.chairside.reading.typedWords();
    const elsewhere = window.chairside.infusion.sheet(true) ? "What is typed above is not saved." : "";
    const name = document.querySelector(".identity__name").textContent;
    const unmet = window.chairside.goingHome.unmet();
    const asked = [`End session of ${name}?`, unmet && `Going home: ${unmet} not met.`, typed && `${typed} typed and not saved.`, elsewhere];
    tools().open("ending", asked.filter(Boolean).join(" "));
    tools().panel("ending").querySelector('[data-act="close-panel"]').focus();
  }

  async function end(reason) {
    const to = pump().doseStarted === "yes" ? "closed" : "cancelled";
    const session = tools().session();
    const result = await tools().deliver({ kind: "phase", to, ...(reason ? { reason } : {}) });
    if (result.status === "refused") {
      tools().close("ending");
      tools().open("closing", window.chairside.outbox.sentence(result));
      tools().status("refused", "The session is not ended.");
      return;
    }
    ["closing", "ending"].forEach(tools().close);
    const words = to === "closed" ? "Session ended." : "Session cancelled.";
    if (result.status === "saved") window.chairside.notes.leave("ended", session);
    tools().tell(result, words, result.status === "saved" ? { link: tools().recordLink(session) } : {});
  }

  async function undo(button) {
    const result = await tools().deliver({ kind: "correction", entry_id: button.dataset.entry, reason: "tapped by mistake" });
    if (result.status === "refused") tools().tell(result, "");
    else tools().tell(result, "Taken back: entered in error.");
  }

  /** Write what went in, counted on from the last change at the rate that runs. */
  function tellDose() {
    const place = document.querySelector("[data-dose-mg]");
    if (!place) return;
    const data = place.dataset;
    const hours = data.doseAt ? Math.max(0, tools().now() - Date.parse(data.doseAt)) / 3600000 : 0;
    const mg = Number(data.doseMg) + hours * Number(data.doseRate);
    const text =
      data.doseStarted === "yes"
        ? `${mg.toFixed(1)} mg in, of ${data.doseOf} · ${(mg / Number(data.doseKg)).toFixed(2)} mg/kg`
        : `planned ${data.doseOf} mg over ${data.doseMin} min · ${(Number(data.doseOf) / Number(data.doseKg)).toFixed(2)} mg/kg`;
    if (place.textContent !== text) place.textContent = text;
  }

  const { acts } = window.chairside;
  const once = (work) => (button) => tools().once(button, () => work(button));
  Object.assign(acts, {
    start: once(() => chart({ action: "start", ...typedStart() })),
    pause: once(() => chart({ action: "pause" })),
    resume: once(() => chart({ action: "resume" })),
    stop: once(() => chart({ action: "stop" })),
    rate: () => details("rate"),
    "infusion-details": () => (tools().isOpen("infusion") ? tools().close("infusion") : details("")),
    "save-infusion": once(saveDetails),
    "start-happened": () => {
      details("start", { happened: true, rate: refusedStart.rate_mg_h || tools().text(scope(), "start_rate") });
      if (refusedStart.measured_at) tools().setTime(panel(), "infusion_at", refusedStart.measured_at);
    },
    "start-override": once(override),
    "measure-again": () => {
      tools().close("start-refused");
      document.querySelector('[data-vital="sbp"] input').focus();
    },
    "open-screening": () => tools().open("screening"),
    "save-screening": once(saveScreening),
    "close-session": askToEnd,
    "end-session": once(() => end("")),
    "open-closing": () => tools().open("closing", ""),
    "close-with-reason": once(() => end(tools().text(tools().panel("closing"), "close_reason"))),
    "close-panel": (button) => tools().close(button.closest("[data-panel]").dataset.panel),
    "undo-entry": once(undo),
  });

  document.addEventListener("chairside:picked", (event) => {
    const { name, button } = event.detail;
    if (!event.target.closest('[data-panel="infusion"]')) return;
    tools().close("start-refused");
    if (name === "action") follow(tools().isOn(button) ? button.dataset.value : "");
    if (name === "infusion_reason") tools().fill(panel(), "reason", tools().isOn(button) ? button.dataset.value : "");
  });
  /** Another start than the one that was refused is saved anew: the choices were about that one. */
  document.addEventListener("input", (event) => {
    if (event.isTrusted && event.target.matches('[data-panel="infusion"] input')) tools().close("start-refused");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches('[data-panel="infusion"] input')) return;
    event.preventDefault();
    acts["save-infusion"](panel().querySelector('[data-act="save-infusion"]'));
  });

  window.chairside.infusion = { tellDose, details, sheet, waits, mgPerHour };
})();

/** The screening questions, wherever they stand. */
window.chairside.screening = {
  /** What was answered; `whole` when each condition has its yes or no, `any` when at least one has. */
  answers(place) {
    const { form } = window.chairside;
    const given = {};
    const names = [...place.querySelectorAll("[data-pick]")].map((group) => group.dataset.pick);
    for (const name of names) {
      const [answer] = form.picked(place, name);
      if (answer) given[name] = answer;
    }
    const count = Object.keys(given).length;
    return { given, whole: count === names.length, any: count > 0 };
  },
};
window.chairside.acts["screening-all-no"] = (button) => {
  const place = button.closest("[data-screening]");
  for (const group of place.querySelectorAll("[data-pick]")) window.chairside.form.choose(place, group.dataset.pick, ["no"]);
  window.chairside.form.sayWrong(place, "");
};
