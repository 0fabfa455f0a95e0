// An entry charted on the wrong chair: in the form that corrects it, "Wrong chair" asks where it belongs and moves it in one step.
// The server strikes it here and writes it there at once. The other patient's name is on this screen while one chooses, never in this record.
"use strict";
window.chairside = window.chairside || {};
window.chairside.wrongChair = (() => {
  const record = () => window.chairside.record;
  const NOWHERE = "Nobody else was on a chair at that time. If the patient is not seated yet, seat her or him with the true arrival first.";

  /** The sessions that may take what was measured at a moment: there then, and not signed. */
  async function sessionsAt(moment, own) {
    const pages = await Promise.all(["active", "closed"].map((state) => fetch(`/api/v1/sessions?state=${state}`)));
    if (pages.some((page) => !page.ok)) throw new Error("no answer");
    const items = (await Promise.all(pages.map((page) => page.json()))).flatMap((page) => page.items);
    const there = (one) => Date.parse(one.arrived_at) <= moment && (!one.closed_at || Date.parse(one.closed_at) >= moment);
    return items.filter((one) => one.id !== own && there(one));
  }

  function choice(session) {
    const { make } = record();
    const label = make("label", "record-box wrong-chair__choice");
    const input = Object.assign(make("input"), { type: "radio", name: "wrong-chair-to", value: session.id });
    const born = `born ${session.patient.birth_date}, record ${session.patient.mrn}`;
    label.append(input, make("b", "", `Chair ${session.chair.name}`), ` ${session.patient.given} ${session.patient.family}, ${born}`);
    label.dataset.testid = "move-to";
    return label;
  }

  async function open(state) {
    const { make } = record();
    if (state.move) return;
    const place = (state.move = make("fieldset", "wrong-chair"));
    place.append(make("legend", "", "On which chair was it measured?"));
    state.reason.row.before(place);
    try {
      const own = document.querySelector("[data-record-page]").dataset.recordPage;
      const found = await sessionsAt(Date.parse(state.body.measured_at), own);
      if (!found.length) return void place.append(make("p", "record-part__line", NOWHERE));
      place.append(...found.map(choice));
      lead(state);
      place.querySelector("input").focus();
    } catch {
      place.remove();
      state.move = null;
      state.said.textContent = "The other chairs could not be read. Try again.";
    }
  }

  /** From here on the form does one thing: chair, reason, move. */
  function lead(state) {
    const bar = state.form.querySelector(".record-form__bar");
    for (const other of bar.querySelectorAll("[data-testid]")) other.hidden = true;
    bar.prepend(moveButton(state));
  }

  function moveButton(state) {
    const button = record().make("button", "record-tool record-tool--main", "Move it there");
    button.type = "button";
    button.dataset.testid = "move-confirm";
    button.addEventListener("click", () => move(state));
    return button;
  }

  async function move(state) {
    const { clear, reasonOf, serverNow, post, show, again, newId, NOT_SENT } = record();
    if (state.sending) return;
    clear(state);
    const to = state.move.querySelector("input:checked");
    if (!to) return void (state.said.textContent = "Choose the chair first.");
    const reason = reasonOf(state);
    if (!reason) return;
    const wanted = JSON.stringify([to.value, reason]);
    if (state.moving !== wanted) Object.assign(state, { moving: wanted, moveId: newId(), movedAt: null, moveConfirmed: [] });
    state.sending = true;
    try {
      state.movedAt ??= await serverNow();
      const body = { id: state.moveId, measured_at: state.movedAt, entry_id: state.button.dataset.entry, to: to.value, reason };
      if (state.moveConfirmed.length) body.confirmed = state.moveConfirmed;
      const { ok, said } = await post(body, "moves");
      if (ok) return void again();
      if ((said.confirm || []).length && !(said.errors || []).length) return ask(state, said.confirm);
      show(state, said.errors || [], said.detail);
    } catch {
      state.said.textContent = NOT_SENT;
    } finally {
      state.sending = false;
    }
  }

  function ask(state, confirm) {
    state.moveConfirmed = confirm.map((one) => one.field);
    state.said.textContent = `On that chair: ${confirm.map((one) => one.reason).join(" ")} Press "Move it there" again to confirm.`;
  }

  /** The button in the bar of a correction; `stateOf` gives the form it stands in. */
  function button(stateOf) {
    const element = record().make("button", "record-tool", "Wrong chair");
    element.type = "button";
    element.dataset.testid = "correction-wrong-chair";
    element.addEventListener("click", () => open(stateOf()));
    return element;
  }

  return { button };
})();
