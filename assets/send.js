// The outbox (assets/outbox.js) in a browser: its storage, its way to the server, its occasions, and what waits in words. What becomes of
// an entry is decided there; here is only what a page has to do with it.
//
//   window.chairside.send({session, kind, ...fields}) -> Promise of a result as assets/outbox.js describes it
// What settles later is told by the event "chairside:settled" on the document, with {body, session, result}.
"use strict";
window.chairside = window.chairside || {};
(() => {
  const KEY = "chairside-waiting"; // where release 0.1.0 kept its queue, in the tab's sessionStorage
  const EVERY = 60000; // ms between two looks at the queue, whatever else happens
  const { kept } = window.chairside;
  const settings = { patience: 10000, ...window.chairsideSend };

  // ---- names and time ----

  const random = () => crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32; // `crypto.randomUUID` is missing over plain HTTP
  let ownOffset = 0;
  const heard = () => window.chairside.clock && window.chairside.clock.heardAt() !== null;
  /** The present by the server's clock, in ms. */
  const now = () => window.chairside.clock.now() + (heard() ? 0 : ownOffset);

  /** Who is signed in on this page, by account name. */
  function person() {
    const page = document.querySelector("[data-person]");
    const menu = document.querySelector('[data-testid="signed-in"]');
    return page ? page.dataset.person : menu ? menu.textContent : "";
  }

  async function askTheTime() {
    if (heard()) return;
    const asked = window.chairside.clock.now();
    const answer = await request("GET", "/api/v1/time");
    if (answer.json && answer.json.now) ownOffset = Date.parse(answer.json.now) - (asked + window.chairside.clock.now()) / 2;
  }

  // ---- one request ----

  /** The token against forged requests; over HTTPS its cookie has the name that no other host can set. */
  function csrf() {
    const found = /(?:^|; )(?:__Host-)?chairside-csrf=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  /** What a change carries besides its body: for whom it is (the server refuses it as anybody else) and when it left, by this clock. */
  const writing = (by, sentAt) => ({
    "X-CSRF-Token": csrf(),
    "X-Chairside-For": encodeURIComponent(by),
    "X-Chairside-Sent-At": sentAt,
  });

  async function ask(method, path, body, signal, headers) {
    const answer = await fetch(path, {
      method,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "manual",
      signal,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const type = answer.headers.get("Content-Type") || "";
    return {
      http: answer.status,
      type,
      json: /\bjson\b/.test(type) ? await answer.json() : null,
      redirected: answer.redirected || answer.type === "opaqueredirect",
      retryAfter: Number(answer.headers.get("Retry-After")) || 0,
    };
  }

  const NOTHING = { http: 0, type: "", json: null, redirected: false, retryAfter: 0 };

  /** Ask the API; `json` is null where nothing answered or what answered is not ours (a sign-in page of the Wi-Fi, a proxy). */
  async function request(method, path, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), settings.patience);
    const headers = method === "GET" ? {} : writing(person(), new Date().toISOString());
    try {
      return await ask(method, path, body, stop.signal, headers);
    } catch {
      return NOTHING;
    } finally {
      clearTimeout(timer);
    }
  }

  function transport({ session, by, body, sentAt }) {
    const stop = new AbortController();
    const answer = ask("POST", `/api/v1/sessions/${session}/entries`, body, stop.signal, writing(by, sentAt));
    return { answer, stop: () => stop.abort() };
  }

  // ---- the outbox, and its other tabs ----

  const outbox = window.chairsideOutbox.create({
    clock: { now, device: () => Date.now() },
    storage: kept.storage,
    transport,
    random,
    schedule: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
    lock: kept.lock,
    person,
    tell,
    settings,
  });
  const tabs = window.BroadcastChannel ? new BroadcastChannel("chairside-outbox") : null;
  if (tabs) tabs.onmessage = async ({ data }) => show(data, await outbox.hear(data));

  function tell(event) {
    if (tabs) tabs.postMessage(event);
    show(event, event.attended);
  }

  /** Bring the screen up to date; what nobody stood by for is told aloud, on the page of its session. */
  function show({ what, by, session, result }, isKnown) {
    render();
    if (what !== "settled" || isKnown || by !== person()) return;
    document.dispatchEvent(new CustomEvent("chairside:settled", { detail: { body: result.body, session, result } }));
  }

  // ---- saving ----

  let trouble = null; // Promise of why this browser cannot keep entries, "" where it can

  const cannotKeep = (why) => `This browser cannot keep readings: ${why}; do not chart here.`;

  async function send(entry) {
    const id = entry.id || outbox.uuid();
    const fixed = { measured_at: new Date(now()).toISOString(), ...entry, id };
    const refused = (detail) => ({ status: "refused", body: fixed, http: 0, errors: [], confirm: [], detail });
    if (await window.chairside.offline.isSignedOut()) {
      render();
      return { ...refused("Nobody is signed in on this browser."), why: "signed out" };
    }
    const why = await (trouble ??= kept.trouble());
    if (why) {
      trouble = null; // asked again with the next tap
      return refused(cannotKeep(why));
    }
    try {
      return await outbox.send(fixed);
    } catch (error) {
      return refused(cannotKeep(error.message));
    }
  }

  /** Say loudly, before the first reading, that this browser is not fit for charting. */
  async function warn() {
    const page = document.querySelector('[data-form="page"]');
    const why = page ? await (trouble ??= kept.trouble()) : "";
    if (!why) return;
    const said = Object.assign(document.createElement("p"), { className: "cannot-keep", textContent: cannotKeep(why) });
    said.setAttribute("role", "alert");
    said.dataset.testid = "cannot-keep";
    page.prepend(said);
  }

  /** Take over what a tab of release 0.1.0 left; it is forgotten there only once all of it is kept here. */
  async function takeOver() {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEY) || "[]").map(window.chairsideOutbox.upgrade).filter(Boolean);
      for (const one of found) await kept.storage.change(one.id, (known) => known || one);
      sessionStorage.removeItem(KEY);
    } catch {
      // it stays where it is, for the next load
    }
  }

  // ---- what waits, in words ----

  async function counted() {
    const { mine, others, refused, unreadable, failing } = await outbox.counts();
    const by = person();
    const own = (await outbox.entries()).filter((one) => one.by === by && one.state !== "refused");
    return { waiting: mine, own, others, refused, unreadable, failing };
  }

  const names = (others) => Object.entries(others).map(([name, number]) => `${number} of ${name}, sent when ${name} signs in`);

  /** What is said while nothing waits: "all saved" only where nothing was refused either. */
  function nothingWaits(refused) {
    const place = document.querySelector("[data-save-place]");
    const isRefused = refused.length > 0 || Boolean(place && place.dataset.last === "refused");
    return isRefused ? "0 waiting, but not all is saved" : "0 waiting, all saved";
  }

  function linesOf({ waiting, others, refused, unreadable, failing }) {
    const count = waiting + Object.values(others).reduce((sum, number) => sum + number, 0) + unreadable;
    const lines = [count ? `${count} on this tablet, not yet sent` : nothingWaits(refused)];
    if (waiting && failing) lines.push(`${failing.why} since ${window.chairside.form.clock(failing.since)}`);
    lines.push(...names(others));
    if (unreadable) lines.push(`${unreadable} of a newer Chairside: reload`);
    return { count, lines };
  }

  let turn = 0;
  async function render() {
    const mine = (turn += 1);
    const place = document.querySelector("[data-pending]");
    if (!place) return;
    const found = await counted().catch(() => null);
    const isNobody = await window.chairside.offline.isSignedOut();
    if (!found || mine !== turn) return;
    const { count, lines } = linesOf(found);
    const isOut = isNobody || Boolean(found.failing && found.failing.why === "signed out");
    const ids = (items) => items.map(({ id }) => id);
    window.chairside.waiting.show(found.own);
    const said = JSON.stringify([lines, ids(found.own), ids(found.refused), isOut]);
    place.dataset.waiting = count ? "yes" : "no";
    if (place.dataset.said === said) return;
    place.dataset.said = said;
    place.replaceChildren(
      ...lines.map((line, n) => Object.assign(document.createElement(n ? "span" : "b"), { textContent: line })),
      ...(found.own.length ? [window.chairside.waiting.list()] : []),
      ...found.refused.map(refusedLine),
      ...(isOut ? [Object.assign(document.createElement("a"), { href: `/sign-in?next=${location.pathname}`, textContent: "Signed out: sign in" })] : []),
    );
  }

  /** A refused entry is loud, and stays until it is saved again or put away on purpose. */
  function refusedLine(item) {
    const line = Object.assign(document.createElement("div"), { className: "waiting__refused" });
    line.dataset.testid = "refused-entry";
    line.append(
      Object.assign(document.createElement("b"), { textContent: "Not accepted" }),
      refusedButton(item, "look-at-refused", "Look"),
      refusedButton(item, "put-away-refused", "Put away"),
    );
    return line;
  }

  function refusedButton(item, act, textContent) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent, className: "press press--small" });
    button.dataset.act = act;
    button.dataset.entry = item.id;
    return button;
  }

  // ---- occasions ----

  async function start() {
    warn();
    await takeOver();
    outbox.onSignIn();
    render();
    setTimeout(askTheTime, 2500);
    setInterval(outbox.flush, EVERY);
    window.addEventListener("online", outbox.onOnline);
    document.addEventListener("chairside:unlocked", () => (outbox.onSignIn(), render()));
    window.addEventListener("focus", outbox.onFocus);
    window.addEventListener("focus", render); // another tab may have signed out
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && outbox.onFocus());
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();

  const { flush, takeBack, uuid } = outbox;
  const { sentence } = window.chairsideOutbox;
  Object.assign(window.chairside, { send, outbox: { flush, takeBack, render, uuid, now, request, sentence, counted } });
})();
