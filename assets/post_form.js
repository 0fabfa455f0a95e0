// Small forms that send what is typed to one address of the API (layouts/post_form.py). What is wrong is said below the form, and what was typed
// stays; what came back is shown once (`data-then="show"`), else the page is loaded anew. Whatever comes back goes into elements as text.
"use strict";
(() => {
  const make = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
  const say = (form, sentence) => (form.querySelector("[data-said]").textContent = sentence);

  /** What the form holds: its fields, what was chosen, and what the button itself stands for. */
  function bodyOf(form, button) {
    const body = {};
    for (const input of form.querySelectorAll("input[data-name]")) body[input.dataset.name] = input.value;
    for (const chosen of form.querySelectorAll('[data-choose][aria-pressed="true"]')) body[chosen.dataset.choose] = chosen.dataset.value;
    if (button && button.dataset.field) body[button.dataset.field] = button.dataset.value;
    return body;
  }

  /** The first tap on something grave asks; the second one means it. */
  function isSure(button) {
    if (!button || !button.dataset.sure || button.dataset.asked !== undefined) return true;
    button.dataset.asked = "";
    button.textContent = button.dataset.sure;
    return false;
  }

  const wrong = ({ http, json }) => {
    if (!http) return "The server does not answer. Nothing was changed.";
    const errors = ((json && json.errors) || []).map(({ message }) => message);
    return errors.join(" ") || (json && json.detail) || "It did not work. Try again.";
  };

  /** Show what came back, in the part of the page that waits for this form. */
  function show(form, json) {
    const part = document.querySelector(`[data-after="${form.dataset.testid}"]`);
    for (const input of form.querySelectorAll("input")) input.value = "";
    say(form, form.dataset.done || "");
    if (!part || !json) return;
    for (const place of part.querySelectorAll("[data-shows]")) fill(place, json[place.dataset.shows]);
    for (const place of part.querySelectorAll("[data-image]")) {
      place.replaceChildren(Object.assign(new Image(), { src: json[place.dataset.image], alt: place.dataset.alt }));
    }
    part.hidden = false;
    form.hidden = !form.dataset.done;
    const next = part.querySelector("input");
    if (next) next.focus();
  }

  function fill(place, value) {
    if (Array.isArray(value)) place.replaceChildren(...value.map((one) => make("li", one)));
    else place.textContent = value ?? "";
  }

  async function post(form, button) {
    if (!isSure(button)) return;
    say(form, "");
    if (button) button.disabled = true;
    const result = await window.chairside.outbox.request("POST", form.dataset.post, bodyOf(form, button));
    if (button) button.disabled = false;
    if (result.http < 200 || result.http > 299) say(form, wrong(result));
    else if (form.dataset.then === "show") show(form, result.json);
    else location.reload();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-post]");
    if (!form) return;
    event.preventDefault();
    post(form, event.submitter);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-choose]");
    if (!button) return;
    for (const one of button.parentElement.children) one.setAttribute("aria-pressed", `${one === button}`);
  });
})();
