// The service worker: lets the page of a chair open and chart without a network, as it was last known, and marked as such. It keeps pages
// and the files they need, nothing of the API. There is one cache a person, and never more than one: it goes with the sign-out, with
// somebody else, and with the end of the session (12 h). A mark says who is signed in on this browser and since which sign-in; what was asked for
// before a sign-out or another sign-in, and comes after it, is dropped. What nurses chart is not its business: that waits in IndexedDB (assets/kept.js).
"use strict";
const CACHE = "chairside-of:"; // followed by the account name
const WHO = "chairside-who"; // the cache with the tablet's own mark of who is signed in here, under this one address; assets/offline.js reads it
const MARK = "/who";
const PATIENCE = 4000; // ms until a network that says nothing counts as none
const AGAIN = 10; // s after which the page that says "not connected" tries again by itself, for a wall has no hands
const FRESH = 60000; // ms for which a page that was just kept need not be fetched again
const CHAIR = /^\/chair\/[^/]+$/;
const FILE = /^\/(assets\/|_favicon\.ico$)/;
const MATCH = { ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting()); // an update strands nobody: pages are asked of the network first
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || request.method !== "GET") return;
  if (url.pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") event.respondWith(page(event, url.pathname));
  else if (FILE.test(url.pathname)) event.respondWith(file(request));
});

self.addEventListener("message", (event) => {
  const [port] = event.ports;
  const work = DOES[event.data.what];
  if (work) event.waitUntil(work(event.data).then((found) => port && port.postMessage(found ?? null)));
});

const DOES = {
  keep: ({ path, files }) => keepNow(path, files),
  live: ({ path, person, message, heard }) => keepLive(path, person, { message, heard }),
  last: ({ path }) => lastLive(path),
  person: ({ person }) => alone(() => become(person)),
  forget: () => alone(() => become("")),
};

// ---- whose ----

/** Do what depends on the mark or changes it, one after another over all workers of this browser; `work` waits for no network. */
const alone = (work) => navigator.locks.request("chairside-pages", work);

/** Who is signed in on this browser, "" where nobody is, and the stamp of that sign-in or sign-out. A worker may end at any time: it is written down. */
async function who() {
  const found = await caches.match(MARK, { cacheName: WHO });
  return found ? found.json() : { person: "", stamp: "" };
}

/** Note who is signed in from now on, and only then delete the pages of everybody else. */
async function become(person) {
  const next = { person, stamp: `${Date.now()}-${Math.random()}` };
  const cache = await caches.open(WHO);
  await cache.put(MARK, new Response(JSON.stringify(next)));
  const others = (await caches.keys()).filter((name) => name.startsWith(CACHE) && name !== CACHE + person);
  await Promise.all(others.map((name) => caches.delete(name)));
  return next;
}

/** Take a server's word on who is signed in, "" for nobody, unless that has changed here since it was asked; the mark from then on, or null. */
function believe(since, person) {
  return alone(async () => {
    const mark = await who();
    if (mark.stamp !== since.stamp) return null;
    return mark.person === person ? mark : become(person);
  });
}

/** Keep an answer for who was signed in when it was asked for; dropped where that has changed meanwhile. */
async function write(since, address, answer) {
  await answer.clone().arrayBuffer(); // a sign-out must not wait for the rest of it
  await alone(async () => {
    const { person, stamp } = await who();
    if (!person || stamp !== since.stamp) return;
    const cache = await caches.open(CACHE + person);
    await cache.put(address, answer);
  });
}

/** What is kept at an address for a person; null where nothing is. */
async function read({ person }, address) {
  const found = person && (await caches.match(address, { ...MATCH, cacheName: CACHE + person }));
  return found || null;
}

/** For whom our server drew a page; null where something else answered. */
function owner(answer) {
  const name = answer.headers.get("X-Chairside-Person");
  return name ? decodeURIComponent(name) : null;
}

// ---- pages ----

/** Ask the network; null where nothing came, or not in time where time is given. */
async function reach(request, patience, more = {}) {
  const stop = new AbortController();
  const late = patience ? setTimeout(() => stop.abort(), patience) : null;
  try {
    return await fetch(request, { ...more, signal: stop.signal });
  } catch {
    return null;
  } finally {
    clearTimeout(late);
  }
}

/** A page as the server draws it now; else as it was last known; else what answered, or a word about why there is nothing. */
async function page(event, path) {
  const since = await who();
  const isKept = Boolean(await read(since, path));
  const answer = await reach(event.request, isKept ? PATIENCE : 0);
  const person = answer && owner(answer);
  if (person) event.waitUntil(settle(since, path, person, answer.clone()));
  if (person && answer.status < 500) return answer;
  if (answer && path === "/sign-in") return answer;
  if (answer && answer.type === "opaqueredirect" && (await isSignedOut())) return answer;
  return (await known(path)) || answer || (await nothingKept());
}

async function settle(since, path, person, answer) {
  const mark = await believe(since, person);
  if (mark && answer.status === 200 && CHAIR.test(path)) await keep(mark, path, answer);
}

/** Say whether our own server says that nobody is signed in; then nothing kept is shown any more. */
async function isSignedOut() {
  const since = await who();
  const answer = await reach("/api/v1/me", PATIENCE, { redirect: "manual", cache: "no-store" });
  const out = Boolean(answer) && answer.status === 401 && /problem\+json/.test(answer.headers.get("Content-Type") || "");
  if (out) await believe(since, "");
  return out;
}

/** Keep a page with the moment it is of and the moment from which it is shown no more, both by this tablet's clock. */
async function keep(mark, path, answer) {
  const headers = new Headers(answer.headers);
  const drawn = Date.parse(headers.get("Date")) || Date.now(); // by the server's clock, as the end of the session is
  headers.set("X-Chairside-Kept", new Date().toISOString());
  headers.set("X-Chairside-Ends", `${Date.now() + Date.parse(headers.get("X-Chairside-Until")) - drawn}`);
  await write(mark, path, new Response(await answer.text(), { headers }));
}

/** A page as it was last known, marked with the moment of that; null where none is kept or its time is over. */
async function known(path) {
  const mark = await who();
  const found = await read(mark, path);
  if (!found) return null;
  if (!(Number(found.headers.get("X-Chairside-Ends")) > Date.now())) {
    await believe(mark, "");
    return null;
  }
  const live = await lastLive(path);
  const since = live ? live.heard : found.headers.get("X-Chairside-Kept");
  const text = (await found.text()).replace("<html ", `<html data-kept="${since}" `);
  return new Response(text, { headers: found.headers });
}

/** Keep the page that is open, which may have been loaded before there was a worker, and every file it needs. */
async function keepNow(path, files) {
  const since = await who();
  const found = await read(since, path);
  const isFresh = found && Date.now() - Date.parse(found.headers.get("X-Chairside-Kept")) < FRESH;
  if (CHAIR.test(path) && !isFresh) {
    const answer = await reach(path, 0, { cache: "no-store", redirect: "manual" });
    const person = answer && owner(answer);
    if (person) await settle(since, path, person, answer);
  }
  await Promise.all(files.map((address) => file(new Request(address))));
  return Boolean(await read(await who(), path));
}

// ---- what was pushed last ----

const liveOf = (path) => `${path}?last`;

async function keepLive(path, person, live) {
  const mark = await who();
  if (mark.person === person) await write(mark, liveOf(path), new Response(JSON.stringify(live)));
}

async function lastLive(path) {
  const found = await read(await who(), liveOf(path));
  return found ? found.json() : null;
}

// ---- files ----

/** A file of ours: one whose address changes with it is kept for good, any other is asked for first. */
async function file(request) {
  const since = await who();
  const kept = await read(since, request);
  if (kept && new URL(request.url).searchParams.has("m")) return kept;
  const answer = await reach(request, kept ? PATIENCE : 0);
  if (!answer || !isFile(answer)) return kept || answer || Response.error();
  if (since.person) await write(since, request, answer.clone());
  return answer;
}

const isFile = (answer) => answer.ok && answer.type === "basic" && !/text\/html/.test(answer.headers.get("Content-Type") || "");

// ---- nothing ----

const SIGNED_OUT = '<p class="sign-in__said"><a class="sign-in__link" href="/sign-in">Signed out: sign in</a></p>';

/** How many entries wait on this tablet, whoever charted them; null where that cannot be read. */
function countWaiting() {
  return new Promise((resolve) => {
    const request = indexedDB.open("chairside");
    request.onupgradeneeded = () => request.transaction.abort(); // nothing was ever kept: the page makes the stores, not we
    request.onerror = () => resolve(null);
    request.onsuccess = () => {
      const base = request.result;
      const found = base.transaction("outbox").objectStore("outbox").getAll();
      found.onsuccess = () => resolve(found.result.filter(({ state }) => state !== "refused").length);
      found.onerror = () => resolve(null);
      found.transaction.oncomplete = () => base.close();
    };
  });
}

/** The colours of layouts/theme.py, for this page must not be bright where no style sheet is kept; a test holds them to it. */
const COLOURS = { bg: ["#0c0f13", "#f3f5f7"], text: ["#e9edf2", "#131920"], accent: ["#8fbdf7", "#1b5cab"] };

function colours() {
  const scheme = (n) => `color-scheme:${["dark", "light"][n]};background:${COLOURS.bg[n]};color:${COLOURS.text[n]}`;
  const both = (n) => `html,body{${scheme(n)}}a{color:${COLOURS.accent[n]}}`;
  return `${both(0)}@media (prefers-color-scheme: light){${both(1)}}body{font:20px/1.5 system-ui,sans-serif}`;
}

/** Say that there is no connection, and which chairs can be opened without one. */
async function nothingKept() {
  const { person, stamp } = await who();
  const cache = person ? await caches.open(CACHE + person) : null;
  const paths = cache ? (await cache.keys()).map(({ url }) => new URL(url)).filter((url) => CHAIR.test(url.pathname) && !url.search) : [];
  const links = paths.map(({ pathname }) => `<li><a class="sign-in__link" href="${pathname}">Chair ${escaped(pathname.slice(7))}</a></li>`);
  const count = await countWaiting().catch(() => null);
  const waits = count ? `<p><b>${count} on this tablet, not yet sent.</b></p>` : "";
  const nonce = crypto.randomUUID();
  const body = `<h1 class="sign-in__title">Not connected</h1>${waits}<p class="sign-in__said">This page is not kept on this tablet.${
    links.length ? " These can be opened, and charted on:" : ""
  }</p><ul>${links.join("")}</ul>${stamp && !person ? SIGNED_OUT : ""}`;
  const styles = ["tokens", "base", "sign_in"].map((name) => `<link rel="stylesheet" href="/assets/${name}.css">`).join("");
  const head = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="${AGAIN}"><title>Not connected</title>${styles}<style nonce="${nonce}">${colours()}</style></head>`;
  return new Response(`${head}<body><main class="sign-in">${body}</main></body></html>`, {
    status: 503,
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": `default-src 'none'; style-src 'self' 'nonce-${nonce}'` },
  });
}

const escaped = (path) => decodeURIComponent(path).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
