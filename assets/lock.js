// The lock: a page that nobody touches for the idle time hides everything behind a dialog. Nothing is thrown away: what was typed stays where it
// was, and in the drafts; what waits to be sent stays in the outbox. Whoever was there unlocks by PIN or password and finds the page as it was;
// anybody else gets a page of their own. What is pushed counts as no use: only a hand does. Without a network nobody can be asked for a
// password; charting must go on then, so the lock opens at a touch, and closes again as soon as the server can be asked.
"use strict";
window.chairside = window.chairside || {};
window.chairside.lock = (() => {
  const SETTINGS = {
    check: 1000, // ms between two looks at the clock
    tell: 15000, // ms between two words to the server that somebody is at work
    idle: null, // ms; null: as the server says
    ...window.chairsideLock,
  };
  const USED = "chairside-used"; // localStorage: when a hand was last on any page of this browser, in ms
  const IDLE = "chairside-idle"; // localStorage: the idle time as the server last told it, in ms, 0 for never
  const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];
  const root = document.documentElement;
  const pad = () => window.chairside.pinPad;

  let idle = 0; // ms, 0 for never
  let person = "";
  let touched = false; // since the server was last told
  let noted = 0;
  let dialog = null;
  let openedOffline = false;

  const menu = () => document.querySelector('[data-testid="signed-in"]');
  const csrf = () => decodeURIComponent((/(?:^|; )(?:__Host-)?chairside-csrf=([^;]*)/.exec(document.cookie) || [])[1] || "");
  const stored = (key) => Number(localStorage.getItem(key)) || 0;

  // ---- use ----

  function used() {
    noted = Date.now();
    localStorage.setItem(USED, `${noted}`);
  }

  function touch(event) {
    if (!event.isTrusted || dialog || isOver()) return;
    touched = true;
    if (Date.now() - noted > SETTINGS.check) used();
  }

  const isOver = () => Boolean(idle && person) && Date.now() - stored(USED) > idle;

  function check() {
    if (dialog) return isOver() ? undefined : meetOtherTab();
    if (isOver()) lock();
    return undefined;
  }

  const send = (path) =>
    fetch(path, { method: "POST", keepalive: true, headers: { "X-CSRF-Token": csrf(), "X-Chairside-For": encodeURIComponent(person) } });

  /** Tell the server that somebody is at work here; it signs out whom it hears nothing of. */
  async function tell() {
    if (dialog || !person || !(touched || openedOffline)) return;
    touched = false;
    try {
      const { status } = await send("/api/v1/used");
      if (openedOffline && status === 401) lock();
      if (status < 500) openedOffline = false;
    } catch {
      touched = true; // no network: said later
    }
  }

  // ---- locked ----

  function lock() {
    if (dialog) return;
    const { make } = pad();
    if (window.chairside.drafts) window.chairside.drafts.keep();
    openedOffline = false;
    root.dataset.locked = "";
    for (const part of document.body.children) part.inert = true;
    dialog = make("dialog", "lock");
    dialog.dataset.testid = "lock";
    dialog.setAttribute("aria-label", "Locked");
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => dialog && dialog.showModal());
    document.body.append(dialog);
    dialog.showModal();
    draw();
    endSession();
  }

  /** End the session on the server, unless something of this person waits here that only this session may still send. */
  async function endSession() {
    const { waiting } = await window.chairside.outbox.counted().catch(() => ({ waiting: 1 }));
    if (!waiting && dialog) send("/api/v1/lock").catch(() => {});
  }

  async function draw() {
    const { make } = pad();
    const said = make("p", "lock__said");
    const list = make("div", "pin");
    const offline = make("div", "lock__offline");
    said.setAttribute("role", "alert");
    dialog.replaceChildren(
      make("h1", "lock__title", "Locked"),
      make("p", "lock__who", `${person} was here. What was typed is kept.`),
      list,
      passwordForm(said),
      said,
      offline,
      Object.assign(make("a", "lock__link", "Somebody else"), { href: `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}` }),
    );
    const people = (await pad().names()).sort((one, other) => (other === person) - (one === person));
    if (people.length && list.isConnected) {
      pad().draw(list, people, taken);
      if (people[0] === person) list.querySelector("button").click(); // whoever was here is asked first
    }
    drawOffline(offline, said);
  }

  function passwordForm(said) {
    const { make } = pad();
    const form = make("form", "lock__form");
    const input = (testid, label, more) => {
      const field = Object.assign(make("input", "sign-in__field"), { ...more });
      field.dataset.testid = testid;
      field.setAttribute("aria-label", label);
      field.placeholder = label;
      return field;
    };
    const password = input("lock-password", `Password of ${person}`, { type: "password", autocomplete: "current-password" });
    const code = input("lock-code", "Code of the authenticator", { type: "text", autocomplete: "one-time-code", inputMode: "numeric", hidden: true });
    const button = make("button", "sign-in__submit", "Unlock");
    button.type = "submit";
    button.dataset.testid = "lock-unlock";
    form.append(password, code, button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      said.textContent = await enter(password, code);
      button.disabled = false;
    });
    return form;
  }

  async function enter(password, code) {
    try {
      const given = { username: person, password: password.value, ...(code.value ? { code: code.value } : {}) };
      const { ok, body } = await pad().json("/api/v1/sign-in", given);
      if (ok) {
        await taken(person);
        return "";
      }
      if ((body.errors || []).some(({ field }) => field === "code")) code.hidden = false;
      else password.select();
      return body.detail || "It did not work. Try again.";
    } catch {
      return "The server does not answer.";
    }
  }

  const isReachable = () => fetch("/api/v1/time", { cache: "no-store" }).then(() => true, () => false);

  /** Where nobody can be asked for a password, charting goes on under the same name; nothing is sent until that person signs in. */
  async function drawOffline(place, said) {
    while (place.isConnected) {
      const isThere = await isReachable();
      if (!isThere && !place.childNodes.length) place.append(offlineButton(said));
      if (isThere) place.replaceChildren();
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }

  function offlineButton(said) {
    const button = pad().make("button", "button lock__go-on", `Not connected: go on charting as ${person}`);
    button.type = "button";
    button.dataset.testid = "lock-go-on";
    button.addEventListener("click", async () => {
      if (await isReachable()) {
        said.textContent = "Connected again: unlock with the PIN or the password.";
        return;
      }
      unlock();
      openedOffline = true;
    });
    return button;
  }

  // ---- open again ----

  async function taken(name) {
    used();
    await window.chairside.offline.become(name);
    if (name === person) unlock();
    else location.reload();
  }

  /** Another tab was unlocked: by the same person, or by somebody else, who gets a fresh page here as well. */
  async function meetOtherTab() {
    const answer = await pad().json("/api/v1/me").catch(() => null);
    if (!answer || !answer.ok || !dialog) return;
    if (answer.body.user.name === person) unlock();
    else location.reload();
  }

  function unlock() {
    used();
    const old = dialog;
    dialog = null;
    old.remove();
    for (const part of document.body.children) part.inert = false;
    delete root.dataset.locked;
    document.dispatchEvent(new CustomEvent("chairside:unlocked"));
  }

  // ---- begin ----

  async function learn() {
    idle = SETTINGS.idle ?? stored(IDLE);
    const answer = await pad().json("/api/v1/me").catch(() => null);
    if (answer && answer.ok) {
      person = answer.body.user.name;
      idle = SETTINGS.idle ?? (answer.body.idle_s || 0) * 1000;
      localStorage.setItem(IDLE, `${idle}`);
    } else if (menu()) {
      person = menu().textContent;
    }
  }

  async function start() {
    const isKept = root.dataset.kept !== undefined; // opened without a network: that is no proof of anybody
    if (!isKept) used();
    for (const name of TOUCHES) window.addEventListener(name, touch, { capture: true, passive: true });
    document.addEventListener("visibilitychange", check);
    window.addEventListener("pageshow", check);
    window.addEventListener("online", tell);
    setInterval(check, SETTINGS.check);
    setInterval(tell, SETTINGS.tell);
    await learn();
    check();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();

  return { used };
})();
