// Seating: look the patient up while typing, show back who it is, and open the session in one tap. What has a UUID of its own is repeated
// safely; the page turns into the taken chair once the server has it.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};
window.chairside.seat = (() => {
  const tools = () => window.chairside.form;
  const scope = () => tools().part("seat");
  const api = (method, path, body) => window.chairside.outbox.request(method, path, body);
  const PERSON = ["mrn", "given", "family", "birth_date"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  let chosen = null; // the patient who is in the clinic's list already
  let opening = null; // {id, arrived_at} of the session that is being opened: a second tap is the same session
  let busy = false;

  // ---- who ----

  /** A birth date as ISO: "1979-03-14", "19790314", "14.03.1979", "14 Mar 1979"; the text itself where it is none. */
  function birthDate(typed) {
    const text = typed.trim();
    const plain = /^(\d{4})[-./ ]?(\d{2})[-./ ]?(\d{2})$/.exec(text);
    if (plain) return plain.slice(1).join("-");
    const dotted = /^(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})$/.exec(text);
    if (dotted) return `${dotted[3]}-${dotted[2].padStart(2, "0")}-${dotted[1].padStart(2, "0")}`;
    const named = /^(\d{1,2})[. ]+([a-z]{3})[a-z]*[. ]+(\d{4})$/i.exec(text);
    const month = named ? MONTHS.findIndex((one) => one.toLowerCase() === named[2].toLowerCase()) + 1 : 0;
    return month ? `${named[3]}-${`${month}`.padStart(2, "0")}-${named[1].padStart(2, "0")}` : text;
  }

  /** "born 14 Mar 1979 (47)"; empty where it is no date. */
  function born(iso) {
    const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
    if (!parts || !MONTHS[Number(parts[2]) - 1]) return "";
    const today = new Date(tools().now()).toISOString().slice(0, 10);
    const age = Number(today.slice(0, 4)) - Number(parts[1]) - (today.slice(5) < iso.slice(5) ? 1 : 0);
    return `born ${Number(parts[3])} ${MONTHS[Number(parts[2]) - 1]} ${parts[1]} (${age})`;
  }

  const typedPerson = () => ({
    mrn: tools().text(scope(), "mrn"),
    given: tools().text(scope(), "given"),
    family: tools().text(scope(), "family"),
    birth_date: birthDate(tools().text(scope(), "birth_date")),
  });

  const name = (patient) => [patient.given, patient.family].filter(Boolean).join(" ");

  function same(one, other) {
    return PERSON.every((key) => `${one[key] || ""}`.trim().toLowerCase() === `${other[key] || ""}`.trim().toLowerCase());
  }

  /** Show whom the button would seat, and the rate that the plan makes. */
  function refresh() {
    if (!scope()) return;
    const patient = typedPerson();
    if (chosen && !same(chosen, patient)) chosen = null;
    const whom = [name(patient), born(patient.birth_date), patient.mrn && `record ${patient.mrn}`].filter(Boolean).join(", ");
    document.querySelector("[data-seat-whom]").textContent = whom;
    scope().querySelector("[data-seat-rate]").textContent = rateWords();
  }

  function planned() {
    const typed = (key) => tools().number(tools().text(scope(), key));
    return { dose: typed("dose_mg"), minutes: typed("duration_min"), weight: typed("weight_kg") };
  }

  function rateWords() {
    const { dose, minutes, weight } = planned();
    if (typeof dose !== "number" || typeof minutes !== "number" || !minutes) return "";
    const perKg = typeof weight === "number" && weight ? `, ${(dose / weight).toFixed(2)} mg/kg` : "";
    return `${Number(((dose * 60) / minutes).toFixed(2))} mg/h${perKg}`;
  }

  // ---- finding ----

  let lookup = null;
  let asked = 0;
  function lookUpSoon(query) {
    clearTimeout(lookup);
    if (query.length < 2 || chosen) {
      found([]);
      return;
    }
    lookup = setTimeout(() => find(query), 250);
  }

  async function find(query) {
    asked += 1;
    const mine = asked;
    const answer = await api("GET", `/api/v1/patients?query=${encodeURIComponent(query)}`);
    if (mine === asked && !chosen) found(answer.http === 200 && answer.json ? (answer.json.items || []).slice(0, 5) : []);
  }

  /** Offer patients that are known, each with two identifiers. */
  function found(patients, before = "") {
    const place = scope().querySelector("[data-found]");
    const buttons = patients.map((patient) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "press seat__patient";
      button.dataset.act = "choose-patient";
      button.dataset.patient = JSON.stringify(patient);
      button.append(
        Object.assign(document.createElement("b"), { textContent: name(patient) }),
        ` ${born(patient.birth_date)}, record ${patient.mrn}`,
      );
      return button;
    });
    const said = before ? [Object.assign(document.createElement("p"), { textContent: before })] : [];
    if (said.length && chosen && !patients.length) said[0].append(" ", series(chosen));
    place.replaceChildren(...said, ...buttons);
  }

  /** The way to everything about the infusions before; beside this page, for somebody is being seated on it. */
  function series(patient) {
    const link = Object.assign(document.createElement("a"), { textContent: "Series", target: "_blank", rel: "noopener" });
    link.href = `/patient/${encodeURIComponent(patient.id)}`;
    link.dataset.testid = "seat-series";
    return link;
  }

  function choosePatient(button) {
    const patient = JSON.parse(button.dataset.patient);
    for (const key of PERSON) tools().fill(scope(), key, patient[key]);
    tools().choose(scope(), "sex", [patient.sex]);
    tools().fill(scope(), "indication", patient.indication);
    chosen = patient;
    clearTimeout(lookup);
    asked += 1;
    const known = `${name(patient)}, ${born(patient.birth_date)}, record ${patient.mrn} is in the list.`;
    found([], known);
    tellLastTime(patient, known);
    tools().clearErrors(scope());
    refresh();
  }

  /** Add how the infusion before went: what to expect of this one. */
  async function tellLastTime(patient, known) {
    const answer = await api("GET", `/api/v1/patients/${patient.id}/last-time`);
    const last = answer.http === 200 && answer.json ? answer.json.last_time : null;
    if (chosen === patient && last) found([], `${known} ${lastTime(last)}`);
  }

  /** "Last time: 49.4 mg, peak SBP 171 at 32 min, nausea 6, distressed, dizziness, ondansetron 4 mg, home 62 min after." */
  function lastTime(last) {
    const peak = last.peak_sbp ? `peak SBP ${last.peak_sbp.value} at ${Math.floor(last.peak_sbp.minute)} min` : "";
    const worst = ["dissociation", "nausea"].filter((key) => last.worst[key]).map((key) => `${key} ${last.worst[key].value}`);
    const home = last.discharged_minute === null ? "" : `home ${Math.round(last.discharged_minute)} min after the end`;
    const parts = [`${last.delivered_mg} mg`, peak, ...worst, last.distress && "distressed", ...last.events, ...last.medications, home];
    return `Last time: ${parts.filter(Boolean).join(", ")}.`;
  }

  // ---- seating ----

  /** Say what the server will not take, beside its field where there is one. */
  function refused(answer) {
    const errors = (answer.json && answer.json.errors) || [];
    const names = { patient_id: "mrn", chair_id: "mrn", plan: "dose_mg", rate_mg_h: "dose_mg" };
    const left = tools().sayErrors(scope(), errors.map((one) => ({ ...one, field: names[one.field] || one.field })));
    const detail = errors.length ? left.join(" ") || "See the marked field." : (answer.json && answer.json.detail) || "";
    tools().status("refused", `Nobody is seated. ${detail}`);
  }

  const unanswered = (answer) => !answer.json || answer.http === 0 || answer.http === 401 || answer.http >= 500;

  function noAnswer(answer) {
    const why = answer.http === 401 ? "You are signed out." : "The server did not answer.";
    tools().status("refused", `Nobody is seated yet. ${why} Tap Seat again: nobody is seated twice.`, {
      link: answer.http === 401 ? { href: "/sign-in", textContent: "Sign in" } : null,
    });
  }

  /** The id of the patient: known, or added now; null where something is in the way, which has been said. */
  async function patientId() {
    if (chosen) return chosen.id;
    const [sex] = tools().picked(scope(), "sex");
    const indication = tools().text(scope(), "indication");
    const body = { ...typedPerson(), sex: sex || "unknown", ...(indication ? { indication } : {}) };
    const answer = await api("POST", "/api/v1/patients", body);
    if (answer.http === 201 && answer.json && answer.json.id) {
      chosen = { ...body, ...answer.json };
      return answer.json.id;
    }
    if (unanswered(answer)) noAnswer(answer);
    else if (answer.http === 409) await offerKnown(body);
    else refused(answer);
    return null;
  }

  /** The record number is taken: by this very person after a lost answer, or by somebody who is shown. */
  async function offerKnown(body) {
    const answer = await api("GET", `/api/v1/patients?query=${encodeURIComponent(body.mrn)}`);
    const known = ((answer.json && answer.json.items) || []).filter((one) => one.mrn.toLowerCase() === body.mrn.toLowerCase());
    found(known, "This record number is known. Is it this patient?");
    tools().status("refused", "Nobody is seated. The record number belongs to somebody in the list: choose, or correct the number.");
  }

  /** What was asked and checked at seating, as far as somebody said. */
  function atSeating() {
    const said = {};
    for (const key of ["allergies", "medicines", "escort", "vial_lot", "pump"]) {
      const text = tools().text(scope(), key);
      if (text) said[key] = text;
    }
    for (const key of ["consent", "iv_check"]) {
      const [answer] = tools().picked(scope(), key);
      if (answer) said[key] = answer === "yes";
    }
    return said;
  }

  async function open(session, patient, confirmed) {
    const { dose, minutes, weight } = planned();
    const rate = typeof dose === "number" && minutes > 0 ? { rate_mg_h: Math.round((dose * 6000) / minutes) / 100 } : {};
    const given = (key, value) => (value === "" ? {} : { [key]: value });
    return api("POST", "/api/v1/sessions", {
      ...session,
      chair_id: tools().page().dataset.chairId,
      patient_id: patient,
      ...given("weight_kg", weight),
      plan: { ...given("dose_mg", dose), ...given("duration_min", minutes), ...rate },
      ...atSeating(),
      ...(confirmed.length ? { confirmed } : {}),
    });
  }

  /** Open the session, asking where weight or dose are unusual; the answer, or null where nothing came of it. */
  async function openAsking(session, patient) {
    let confirmed = [];
    for (;;) {
      const answer = await open(session, patient, confirmed);
      const confirm = (answer.json && answer.json.confirm) || [];
      const errors = (answer.json && answer.json.errors) || [];
      if (answer.http !== 422 || !confirm.length || errors.length) return answer;
      if (!(await tools().ask(confirm))) return null;
      confirmed = [...new Set([...confirmed, ...confirm.map((one) => one.field)])];
    }
  }

  async function seat() {
    tools().clearErrors(scope());
    tools().unsay();
    const place = scope().querySelector("[data-screening]");
    const answers = window.chairside.screening.answers(place);
    if (answers.any && !answers.whole) {
      tools().sayWrong(place, "Answer each with yes or no, or leave all for later.");
      tools().status("refused", "Nobody is seated. The screening is half answered.");
      return;
    }
    const arrived = tools().moment(scope(), "arrived_at");
    const isEarlier = !tools().isNow(scope(), "arrived_at");
    if (arrived === null) return;
    const birth = typedPerson().birth_date;
    if (birth && !born(birth)) {
      tools().sayErrors(scope(), [{ field: "birth_date", message: "Give it year-month-day, like 1979-03-14." }]);
      tools().status("refused", "Nobody is seated. See the marked field.");
      return;
    }
    const mine = (opening ??= { id: window.chairside.outbox.uuid(), arrived_at: arrived }); // a hand that types on forgets `opening`
    const patient = await patientId();
    if (patient === null) return;
    const answer = await openAsking(mine, patient);
    if (answer === null) return;
    const seated = (answer.http === 201 || answer.http === 200) && answer.json && answer.json.id === mine.id;
    if (!seated) {
      if (unanswered(answer)) noAnswer(answer);
      else {
        opening = null;
        refused(answer);
      }
      return;
    }
    if (!answers.whole) window.chairside.notes.leave("seated", mine.id);
    const asked = isEarlier ? { measured_at: mine.arrived_at } : {}; // from paper: it was asked then, not now
    if (answers.whole) await window.chairside.send({ session: mine.id, kind: "screening", ...asked, answers: answers.given });
    await window.chairside.drafts.drop();
    location.reload();
  }

  Object.assign(window.chairside.acts, {
    "choose-patient": choosePatient,
    seat: async () => {
      if (busy) return;
      busy = true;
      try {
        await seat();
      } finally {
        busy = false;
      }
    },
  });

  document.addEventListener("input", (event) => {
    if (!event.target.closest || !event.target.closest('[data-form="seat"]')) return;
    tools().answered(false);
    opening = null;
    const field = event.target.closest("[data-field]");
    if (field) tools().sayWrong(field, "");
    refresh();
    const searched = field && ["mrn", "family", "given"].includes(field.dataset.field);
    if (searched) lookUpSoon(event.target.value.trim());
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest('[data-form="seat"] [data-minutes]')) opening = null;
  });

  return { birthDate, born, refresh, isBusy: () => busy };
})();
