// The way of an entry to the server. Its UUID and its time are fixed at the tap; it is kept in a queue, posted, and leaves the queue only
// with a definite answer. The same UUID goes out on every attempt, so the server stores it once however often it has to be sent.
//
//   window.chairside.send({session, kind, ...fields}) -> Promise of
//     {status: "saved", body, entry, flags, state}       the server has it on disk
//     {status: "refused", body, errors, confirm, detail} the server will not take it as it is; nothing was stored
//     {status: "kept", body, why}                        no answer yet: it waits on this tablet and goes out by itself
//     {status: "unknown", body, why}                     something answered that is not our server, or it failed: waits likewise
// What settles later is told by the event "chairside:settled" on the document, with {body, result}.
"use strict";
window.chairside = window.chairside || {};
(() => {
  const SETTINGS = {
    patience: 10000, // ms until an attempt without an answer is given up
    soon: 4000, // ms until whoever tapped Save is told that it is kept
    first: 1000, // ms before the second attempt, doubling up to `longest`
    longest: 30000,
    ...window.chairsideSend,
  };
  const DEFINITE = new Set([400, 403, 404, 409, 410, 413, 422, 423]);
  const KEY = "chairside-waiting";

  // ---- storage: put, remove, all. A durable one can take its place without anything else knowing. ----

  const memory = new Map();
  function written() {
    try {
      sessionStorage.setItem(KEY, JSON.stringify([...memory.values()]));
    } catch {
      // a browser that keeps nothing still has it until the page is left
    }
  }
  try {
    for (const item of JSON.parse(sessionStorage.getItem(KEY) || "[]")) memory.set(item.body.id, item);
  } catch {
    // nothing was kept
  }
  let storage = {
    async put(item) {
      memory.set(item.body.id, item);
      written();
    },
    async remove(id) {
      memory.delete(id);
      written();
    },
    async all() {
      return [...memory.values()];
    },
  };

  // ---- names and time ----

  /** A UUID of version 4; `crypto.randomUUID` is missing where the page came over plain HTTP. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  let ownOffset = 0;
  const heard = () => window.chairside.clock && window.chairside.clock.heardAt() !== null;
  /** The present by the server's clock, in ms. */
  const now = () => (heard() ? window.chairside.clock.now() : Date.now() + ownOffset);

  async function askTheTime() {
    if (heard()) return;
    const asked = Date.now();
    const answer = await request("GET", "/api/v1/time");
    if (answer.json && answer.json.now) ownOffset = Date.parse(answer.json.now) - (asked + Date.now()) / 2;
  }

  // ---- one request ----

  /** The token against forged requests; over HTTPS its cookie has the name that no other host can set. */
  function csrf() {
    const found = /(?:^|; )(?:__Host-)?chairside-csrf=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  /** Ask the API; `json` is null where nothing answered or what answered is not ours (a sign-in page of the Wi-Fi, a proxy). */
  async function request(method, path, body) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), SETTINGS.patience);
    try {
      const answer = await fetch(path, {
        method,
        cache: "no-store",
        credentials: "same-origin",
        redirect: "manual",
        signal: stop.signal,
        headers: {
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(method === "GET" ? {} : { "X-CSRF-Token": csrf() }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const type = answer.headers.get("Content-Type") || "";
      const json = /\bjson\b/.test(type) ? await answer.json() : null;
      return { http: answer.status, json, retryAfter: Number(answer.headers.get("Retry-After")) || 0 };
    } catch {
      return { http: 0, json: null, retryAfter: 0 };
    } finally {
      clearTimeout(timer);
    }
  }

  // ---- the queue ----

  const person = () => {
    const page = document.querySelector("[data-person]");
    return page ? page.dataset.person : "";
  };
  const results = new Map(); // id -> result, for whoever waits for it
  const told = new Set(memory.keys()); // ids of which somebody was told that they are kept: these settle later
  let failing = null; // {why, since} while nothing gets through
  let tries = 0;
  let timer = null;
  let running = Promise.resolve();

  /** What an answer means for an entry; null while there is none that counts. */
  function verdict(item, { http, json }) {
    const { body } = item;
    if ((http === 200 || http === 201) && json && json.entry && json.entry.id === body.id) {
      return { status: "saved", body, ...json };
    }
    if (DEFINITE.has(http) && json) {
      const { errors = [], confirm = [], detail = "", title = "" } = json;
      return { status: "refused", body, http, errors, confirm, detail: detail || title };
    }
    return null;
  }

  function whyNot({ http, json }) {
    if (http === 401 && json) return "signed out";
    if (http === 503 || http === 429) return "the server cannot store it now";
    if (http === 0) return "no connection";
    return "no answer from the server";
  }

  async function attempt(item) {
    const sent = item.tries && item.body.kind === "reading" ? { ...item.body, queued: true } : item.body;
    const answer = await request("POST", `/api/v1/sessions/${item.session}/entries`, sent);
    const result = verdict(item, answer);
    if (!result) {
      await storage.put({ ...item, tries: item.tries + 1 });
      return { ...answer, why: whyNot(answer) };
    }
    await settle(item, result);
    return null;
  }

  async function settle(item, result) {
    const { id } = item.body;
    const later = told.delete(id);
    if (result.status === "refused" && later) await storage.put({ ...item, refused: sentence(result) }); // until somebody looked
    else await storage.remove(id);
    if (later) document.dispatchEvent(new CustomEvent("chairside:settled", { detail: { body: item.body, result } }));
    else results.set(id, result);
  }

  /** Say in one sentence why something was refused. */
  function sentence(result) {
    const said = [...(result.errors || []), ...(result.confirm || [])].map((one) => one.message || one.reason);
    return said.join(" ") || result.detail || "It was not accepted.";
  }

  /** Send what waits, oldest first per session; a session whose oldest entry finds no answer waits as a whole. */
  async function flushNow() {
    const blocked = new Set();
    let failure = null;
    for (const item of await storage.all()) {
      if (item.refused || item.by !== person() || blocked.has(item.session)) continue;
      const failed = await attempt(item);
      if (!failed) continue;
      blocked.add(item.session);
      failure = failed;
      if (failed.http === 0 || failed.http === 401) break;
    }
    tries = failure ? tries + 1 : 0;
    failing = failure ? { why: failure.why, http: failure.http, since: failing ? failing.since : now() } : null;
    clearTimeout(timer);
    if (failure) {
      const wait = Math.min(SETTINGS.longest, SETTINGS.first * 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
      timer = setTimeout(flush, Math.max(wait, failure.retryAfter * 1000));
    }
    await render();
  }

  function flush() {
    running = running.then(flushNow, flushNow);
    return running;
  }

  async function send({ session, id, kind, measured_at, ...fields }) {
    const body = { id: id || uuid(), kind, measured_at: measured_at || new Date(now()).toISOString(), ...fields };
    await storage.put({ session, by: person(), body, tries: 0 });
    await render();
    let late;
    const waited = new Promise((resolve) => (late = setTimeout(resolve, SETTINGS.soon)));
    await Promise.race([flush(), waited]);
    clearTimeout(late);
    const result = results.get(body.id);
    results.delete(body.id);
    if (result) return result;
    told.add(body.id);
    const why = failing ? failing.why : "no answer from the server";
    const strange = failing && failing.http !== 0 && failing.http !== 401 && failing.http !== 503;
    return { status: strange ? "unknown" : "kept", body, why };
  }

  /** Take an entry back out of the queue, to look at it again. */
  async function takeBack(id) {
    const item = (await storage.all()).find((one) => one.body.id === id);
    if (item) await storage.remove(id);
    await render();
    return item || null;
  }

  // ---- what waits, in words ----

  async function counted() {
    const items = await storage.all();
    const mine = items.filter((item) => !item.refused && item.by === person());
    const others = items.filter((item) => !item.refused && item.by !== person());
    return { waiting: mine.length, others: others.length, refused: items.filter((item) => item.refused) };
  }

  async function render() {
    const place = document.querySelector("[data-pending]");
    if (!place) return;
    const { waiting, others, refused } = await counted();
    const count = waiting + others;
    const lines = [count ? `${count} on this tablet, not yet sent` : "0 waiting, all saved"];
    if (waiting && failing) lines.push(`${failing.why} since ${window.chairside.form.clock(failing.since)}`);
    if (others) lines.push(`${others} of somebody else: they sign in to send`);
    const text = lines.join("\n");
    if (place.dataset.said !== text + refused.length) {
      place.dataset.said = text + refused.length;
      place.replaceChildren(
        ...lines.map((line, n) => Object.assign(document.createElement(n ? "span" : "b"), { textContent: line })),
        ...refused.map(refusedButton),
      );
    }
    place.dataset.waiting = count ? "yes" : "no";
    if (failing && failing.why === "signed out") place.append(signInLink());
  }

  function signInLink() {
    return Object.assign(document.createElement("a"), { href: "/sign-in", textContent: "Signed out: sign in" });
  }

  function refusedButton(item) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "1 not accepted: look" });
    button.className = "press press--small";
    button.dataset.act = "look-at-refused";
    button.dataset.entry = item.body.id;
    return button;
  }

  function start() {
    flush();
    setTimeout(askTheTime, 2500);
    window.addEventListener("online", flush);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && failing && flush());
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();

  Object.assign(window.chairside, {
    send,
    outbox: { flush, takeBack, render, uuid, now, request, sentence, counted, use: (other) => (storage = other) },
  });
})();
