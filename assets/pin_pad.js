// Names to tap and a pad for the PIN: on the sign-in page, in the sheet that hands a tablet over, and on the lock. It asks the server who can take
// over this tablet and signs in by the PIN; what becomes of the page is the caller's business.
"use strict";
window.chairside = window.chairside || {};
window.chairside.pinPad = (() => {
  const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "Go"];
  const LONGEST = 8;
  const WORDS = { "⌫": "Take back a digit", Go: "Go on with this PIN" };

  const make = (tag, className, textContent = "") => Object.assign(document.createElement(tag), { className, textContent });

  async function json(path, body) {
    const more = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(path, { cache: "no-store", ...more });
    return { ok: answer.ok, status: answer.status, body: await answer.json() };
  }

  /** Who can take over this tablet by a PIN, by name; nobody where that cannot be asked. */
  async function names() {
    try {
      const { body } = await json("/api/v1/switch");
      return body.items.map(({ name }) => name);
    } catch {
      return [];
    }
  }

  /** Draw names and pad into a place; `done(name)` once somebody has taken over. */
  function draw(place, people, done) {
    const list = make("div", "pin__names");
    const pad = make("div", "pin__pad");
    pad.hidden = true;
    place.replaceChildren(list, pad);
    for (const name of people) list.append(nameButton(name, list, pad, done));
    if (people.length === 1) list.firstChild.click();
  }

  function nameButton(name, list, pad, done) {
    const button = make("button", "pin__name button", name);
    button.type = "button";
    button.dataset.testid = `switch-to-${name}`;
    button.addEventListener("click", () => {
      for (const one of list.children) one.setAttribute("aria-pressed", `${one === button}`);
      open(pad, name, done);
    });
    return button;
  }

  function open(pad, name, done) {
    const input = Object.assign(make("input", "pin__input"), { type: "password", inputMode: "numeric", autocomplete: "off", maxLength: LONGEST });
    const said = make("p", "pin__said");
    input.dataset.testid = "pin-input";
    input.setAttribute("aria-label", `PIN of ${name}`);
    said.setAttribute("role", "alert");
    const go = async () => {
      if (!input.value) return;
      said.textContent = "";
      said.textContent = await enter(name, input.value, done);
      input.value = "";
    };
    input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), go()));
    pad.replaceChildren(input, keys(input, go), said);
    pad.hidden = false;
    input.focus({ preventScroll: true });
  }

  function keys(input, go) {
    const place = make("div", "pin__keys");
    for (const key of KEYS) {
      const button = make("button", "pin__key", key);
      button.type = "button";
      button.dataset.testid = `pin-${key === "⌫" ? "back" : key.toLowerCase()}`;
      if (WORDS[key]) button.setAttribute("aria-label", WORDS[key]);
      button.addEventListener("click", () => {
        if (key === "Go") go();
        else if (key === "⌫") input.value = input.value.slice(0, -1);
        else if (input.value.length < LONGEST) input.value += key;
      });
      place.append(button);
    }
    return place;
  }

  /** Take over by the PIN; what is to be said where that did not work. */
  async function enter(name, pin, done) {
    try {
      const { ok, body } = await json("/api/v1/switch", { username: name, pin });
      if (!ok) return body.detail || "It did not work. Sign in with the password.";
      await done(name);
      return "";
    } catch {
      return "The server does not answer. Check the Wi-Fi and try again.";
    }
  }

  return { names, draw, json, make };
})();
