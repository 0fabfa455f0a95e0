// What the sheets over the page of a chair share: parts of which one is shown, and sending what a part holds. What was wrong is said in the
// sheet, and everything typed stays.
"use strict";
window.chairside = window.chairside || {};
window.chairside.dialog = (form) => {
  const tools = () => window.chairside.form;
  const sheet = () => tools().part(form);
  const part = (name) => sheet().querySelector(`[data-sheet="${name}"]`);
  const say = (place, sentence) => (place.querySelector("[data-said]").textContent = sentence);

  function show(name) {
    tools().choose(sheet(), "sheet", [name]);
    for (const one of sheet().querySelectorAll("[data-sheet]")) one.toggleAttribute("data-open", one.dataset.sheet === name);
  }

  function open(name) {
    show(name);
    if (!sheet().open) sheet().showModal();
  }

  function clear(place) {
    tools().clearErrors(place);
    for (const input of place.querySelectorAll("input, textarea")) tools().setValue(input, "");
    for (const button of place.querySelectorAll("[data-value]")) tools().press(button, false);
    for (const when of place.querySelectorAll("[data-when]")) tools().resetTime(place, when.dataset.when);
    say(place, "");
  }

  /** Send what a part of the sheet holds; the result where it was taken, null where it was not. */
  async function post(place, entry, words) {
    tools().clearErrors(place);
    say(place, "");
    const result = await tools().deliver(entry);
    if (result.status === "dropped") return null;
    if (result.status === "refused") {
      const left = tools().sayErrors(place, result.errors);
      say(place, `Not saved. ${result.errors.length ? left.join(" ") || "See the marked field." : result.detail}`);
      tools().tell(result, "", { sentence: left.join(" ") || "See the marked field." });
      return null;
    }
    clear(place);
    sheet().close();
    window.chairside.drafts.keep();
    tools().tell(result, words);
    return result;
  }

  return { sheet, part, show, open, close: () => sheet().close(), clear, say, post };
};
