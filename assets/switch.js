// Handing this tablet over: who signed in on it today and has a PIN takes over in two taps and four digits. The page is then loaded anew for the
// new person; what waits here stays bound to whoever charted it (assets/outbox.js), and goes out when that person is back.
"use strict";
(() => {
  const pad = () => window.chairside.pinPad;
  const me = () => document.querySelector('[data-testid="signed-in"]').textContent;
  let sheet = null;

  function theSheet() {
    if (sheet && sheet.isConnected) return sheet;
    sheet = pad().make("dialog", "switch");
    sheet.dataset.testid = "switch-sheet";
    sheet.setAttribute("aria-label", "Switch to somebody else");
    sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
    document.body.append(sheet);
    return sheet;
  }

  async function open() {
    const place = theSheet();
    const others = (await pad().names()).filter((name) => name !== me());
    const list = pad().make("div", "pin");
    const none = "Nobody else has a PIN on this tablet today. A PIN is set when signing in, or under My account.";
    const link = Object.assign(pad().make("a", "switch__link", "Somebody else, with the password"), { href: `/sign-in?next=${encodeURIComponent(location.pathname)}` });
    const leave = pad().make("button", "button", `Stay ${me()}`);
    leave.type = "button";
    leave.addEventListener("click", () => place.close());
    place.replaceChildren(pad().make("h2", "switch__title", "Who takes over?"), others.length ? list : pad().make("p", "quiet", none), link, leave);
    if (!place.open) place.showModal();
    if (others.length) pad().draw(list, others, taken);
  }

  /** Somebody took over: keep nothing of the former person's pages, and load this one anew. */
  async function taken(name) {
    window.chairside.lock.used();
    await window.chairside.offline.become(name);
    location.reload();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-switch]")) open();
  });
})();
