// The live feed in the browser: one socket that hands changes to the page and comes back for ever, and a watchdog that says within
// 10 seconds when nothing was heard. It marks <html data-live="live|stale">; stylesheets and clock.js follow that mark, so a screen goes
// grey without any help from the server. Text first, figures after.
"use strict";
window.chairside = window.chairside || {};
window.chairside.live = (() => {
  const SETTINGS = {
    silence: 9000, // ms without a word after which the screen says that it is not live; the server speaks every 5 s
    check: 500, // ms between two looks of the watchdog
    first: 500, // ms before the first new attempt, growing by `growth` up to `longest`
    longest: 5000,
    growth: 1.7,
    opening: 8000, // ms in which a socket must open
    crowded: 4429, // the code with which the server closes where too many live pages are open
    reloadEvery: 60000, // ms at least between two loads of the page for a chair that it does not know
    ...window.chairsideLive,
  };
  const root = document.documentElement;
  const CARDS = '[data-testid="chair-card"]';
  const SIGNED_OUT = 1008; // how the server closes a socket whose session has ended
  const WHOLE = ""; // in place of a chair: what a board says of all chairs together, which comes with the time

  // ---- pure parts, tested on their own ----

  /** Where this page listens, or null where nothing on it is live. */
  function address({ protocol, host, pathname, search = "" }) {
    const base = `${protocol === "https:" ? "wss" : "ws"}://${host}/live`;
    if (pathname === "/") return `${base}?page=board${new URLSearchParams(search).has("wall") ? "&wall=" : ""}`;
    const chair = /^\/chair\/([^/]+)$/.exec(pathname);
    return chair ? `${base}?page=chair&chair=${encodeURIComponent(decodeURIComponent(chair[1]))}` : null;
  }

  /** Say whether a message is news beside the one that was last taken of its chair: a new session starts afresh. */
  function isNewer(known, message) {
    if (!known || known.session !== message.session) return true;
    return message.v !== known.v ? message.v > known.v : message.tick >= known.tick;
  }

  /** The wait before the next attempt: growing, and never the same on two screens (`chance` from 0 to 1). */
  function wait(attempt, chance) {
    return Math.min(SETTINGS.longest, SETTINGS.first * SETTINGS.growth ** attempt) * (0.7 + 0.3 * chance);
  }

  // ---- what is known ----

  const taken = new Map(); // chair -> {session, v, tick} of the newest message on this connection
  const waiting = new Map(); // chair -> newest message that is not on the screen yet
  const figures = new Map(); // graph id -> newest figure that is not on the screen yet
  const painted = new Map(); // graph id -> figure on the screen, as text
  const states = new Map(); // card id -> its data-state while live
  let fresh = new Set(); // chairs heard of on this connection
  let heard = { wall: Date.now(), ticks: performance.now() };

  const isStale = () => root.dataset.live === "stale";

  // ---- onto the page ----

  function setProps(id, wanted) {
    const element = window.chairside.plain.find(id);
    if (!element) return false;
    const props = { ...wanted };
    if ("data-state" in props && element.dataset.chair !== undefined) {
      states.set(id, props["data-state"]);
      if (isStale()) props["data-state"] = "stale";
    }
    window.chairside.plain.set(element, props);
    return true;
  }

  /** Put what is waiting on the screen; what finds no place yet (the page is still being drawn) waits on. */
  function flush() {
    for (const [chair, message] of waiting) {
      let placed = 0;
      for (const [id, props] of message.set) placed += setProps(id, props);
      if (!placed && message.set.length) continue;
      waiting.delete(chair);
      for (const [id, figure] of message.figures || []) if (figure) figures.set(id, figure);
    }
    if (figures.size) paintSoon();
    if (waiting.size) later();
  }

  let polling = null;
  function later() {
    if (polling !== null) return;
    polling = setTimeout(() => {
      polling = null;
      meetUnknownChairs();
      flush();
    }, 60);
  }

  /** A board that was drawn before a chair was added is drawn again: a wall must not miss a chair. */
  function meetUnknownChairs() {
    const cards = [...document.querySelectorAll(CARDS)];
    if (location.pathname !== "/" || !cards.length) return;
    const known = new Set(cards.map((card) => card.dataset.chair));
    const unknown = [...waiting.keys()].filter((chair) => chair !== WHOLE && !known.has(chair));
    if (!unknown.length) return;
    unknown.forEach((chair) => waiting.delete(chair));
    const last = Number(sessionStorage.getItem("chairside-reloaded") || 0);
    if (Date.now() - last < SETTINGS.reloadEvery) return;
    sessionStorage.setItem("chairside-reloaded", `${Date.now()}`);
    location.reload();
  }

  let painting = false;
  function paintSoon() {
    if (painting) return;
    painting = true;
    requestAnimationFrame(paint);
  }

  /** Draw a figure a frame, so that twenty-four of them never hold up a number. */
  function paint() {
    const next = figures.entries().next();
    if (next.done) {
      painting = false;
      return;
    }
    const [id, figure] = next.value;
    figures.delete(id);
    const text = JSON.stringify(figure);
    if (painted.get(id) !== text && window.chairside.plain.find(id)) {
      painted.set(id, text);
      window.chairside.plain.draw(id, window.chairside.theme.take(id, figure)).catch(() => painted.delete(id));
    }
    requestAnimationFrame(paint);
  }

  // ---- live and not live ----

  function hear(message) {
    heard = { wall: Date.now(), ticks: performance.now() };
    if (message.now) window.chairside.clock.hear(message.now);
    if (!isStale() || isWhole(message)) goLive();
  }

  /** After an outage the screen is live again once every chair on it was heard of, or the server has gone on to its heartbeat. */
  function isWhole(message) {
    if (message.now && !message.set) return fresh.size > 0 || !document.querySelector(CARDS);
    return [...document.querySelectorAll(CARDS)].every((card) => fresh.has(card.dataset.chair));
  }

  function goLive() {
    if (root.dataset.live === "live") return;
    window.chairside.heldStill(() => {
      root.dataset.live = "live";
      if (banner) banner.remove();
      banner = null;
      for (const [id, state] of states) setProps(id, { "data-state": state });
    });
  }

  function goStale() {
    if (isStale()) return;
    for (const card of document.querySelectorAll(CARDS)) {
      if (card.id && !states.has(card.id)) states.set(card.id, card.dataset.state);
    }
    window.chairside.heldStill(() => {
      root.dataset.live = "stale";
      for (const [id, state] of states) setProps(id, { "data-state": state });
      flush();
      showBanner();
      window.chairside.clock.tick();
    });
  }

  /** How long nothing was heard. A device that slept stops one clock, a corrected one moves the other: the longer counts. */
  const silentFor = () => Math.max(Date.now() - heard.wall, performance.now() - heard.ticks);

  function watch() {
    if (silentFor() < SETTINGS.silence) return;
    if (!isStale()) {
      goStale();
      if (socket && socket.readyState === WebSocket.OPEN) reconnect(); // open and silent: this one is dead
    }
    if (banner && !banner.isConnected) showBanner();
    coverNewCards();
  }

  /** Cards that are drawn while nothing is heard are as old as the others. */
  function coverNewCards() {
    for (const card of document.querySelectorAll(`${CARDS}:not([data-state="stale"])`)) {
      if (card.id) setProps(card.id, { "data-state": card.dataset.state });
    }
  }

  // ---- the banner: made here, because a dead server cannot ----

  let banner = null;
  let signedOut = false;
  let isCrowded = false;

  function part(tag, text, attributes = {}) {
    const element = document.createElement(tag);
    if (text !== null) element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function showBanner() {
    const place = document.querySelector("[data-stale-place]");
    const words = place ? place.dataset : {};
    const at = new Date(window.chairside.clock.now() - silentFor()).toISOString();
    const before = banner;
    banner = part("div", null, { class: "stale-banner", "data-testid": "stale-banner" });
    const said = part("span", null, { class: "stale-banner__said" });
    said.append(
      `${words.since || "Nothing heard since"} `,
      part("b", null, { "data-tick": "at-seconds", "data-at": at }),
      ", ",
      part("span", null, { "data-tick": "ago", "data-at": at, "aria-hidden": "true" }),
      " ago. ",
      part("span", words.advice || "These numbers are old: look at each chair.", { class: "stale-banner__advice" }),
    );
    if (isCrowded) said.append(" ", part("span", words.crowded || "Too many live pages are open: close some of them.", { class: "stale-banner__advice" }));
    banner.append(part("b", words.badge || "Not live", { class: "stale-banner__badge", role: "alert" }), said);
    if (signedOut) banner.append(part("a", words.signIn || "Signed out: sign in", { href: "/sign-in", class: "stale-banner__link" }));
    window.chairside.heldStill(() => {
      if (before) before.remove();
      (place || document.body).append(banner);
      window.chairside.clock.tick(); // the words give it its height
    });
  }

  /** A socket that is refused may mean that this person is signed out: then waiting does not help, and the banner says so. */
  async function askWhoIAm() {
    try {
      const answer = await fetch("/api/v1/me", { cache: "no-store" });
      if ((answer.status === 401) === signedOut) return;
      signedOut = answer.status === 401;
      if (isStale()) showBanner();
      else if (signedOut) goStale(); // whoever is signed out hears nothing more: that is known now, not after a silence
    } catch {
      // no network: the banner says since when
    }
  }

  // ---- the socket ----

  let socket = null;
  let attempt = 0;
  let timer = null;

  function take(message) {
    document.dispatchEvent(new CustomEvent("chairside:heard", { detail: message }));
    if (message.chair !== undefined) fresh.add(message.chair);
    const about = message.chair ?? WHOLE;
    if (message.set && isNewer(taken.get(about), message)) {
      taken.set(about, { session: message.session, v: message.v, tick: message.tick });
      waiting.set(about, message);
    }
    hear(message);
    if (waiting.size) flush();
  }

  function drop() {
    clearTimeout(timer);
    timer = null;
    if (!socket) return;
    const old = socket;
    socket = null;
    old.onopen = old.onmessage = old.onclose = old.onerror = null;
    old.close();
  }

  function reconnect(soon = false) {
    drop();
    timer = setTimeout(connect, soon ? 0 : wait(attempt, Math.random()));
    attempt += 1;
  }

  function connect() {
    drop();
    const mine = new WebSocket(address(location));
    let opened = false;
    socket = mine;
    timer = setTimeout(() => opened || reconnect(), SETTINGS.opening);
    mine.onopen = () => {
      opened = true;
      signedOut = false;
      attempt = 0;
      taken.clear(); // what comes first on a connection is the newest state of every chair
      fresh = new Set();
    };
    mine.onmessage = (event) => {
      isCrowded = false;
      take(JSON.parse(event.data));
    };
    mine.onclose = ({ code }) => {
      if (!opened || code === SIGNED_OUT) askWhoIAm();
      if (code === SETTINGS.crowded) crowd();
      reconnect();
    };
  }

  /** The server has no place for one more live page: say so, and come back seldom. */
  function crowd() {
    isCrowded = true;
    attempt = 10;
    if (isStale()) showBanner();
    else goStale();
  }

  /** The device woke, the page came back or the network did: look at once, and do not wait for the next attempt. */
  function wake() {
    if (document.visibilityState === "hidden") return;
    watch();
    if (!socket || socket.readyState > WebSocket.OPEN || isStale()) {
      attempt = 0;
      reconnect(true);
    }
  }

  /** A page that was opened without a server was heard of last when it was kept. */
  function lastHeard() {
    const kept = Date.parse(root.dataset.kept || "");
    return Number.isNaN(kept) ? Date.now() : kept;
  }

  /** Show what was last known on a page that was opened without a server; it stays marked as old. */
  function recall(message) {
    waiting.set(message.chair, message);
    flush();
  }

  function start() {
    if (!address(location)) return;
    heard = { wall: lastHeard(), ticks: performance.now() };
    if (root.dataset.kept) goStale();
    connect();
    document.addEventListener("chairside:clock", () => banner && showBanner()); // since when is told by the server's clock
    setInterval(watch, SETTINGS.check);
    document.addEventListener("visibilitychange", wake);
    window.addEventListener("online", wake);
    document.addEventListener("chairside:unlocked", wake);
    window.addEventListener("pageshow", (event) => event.persisted && wake());
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();

  return { address, isNewer, wait, recall, settings: SETTINGS, silentFor };
})();
