// The service worker: lets the page of a chair open and chart without a network, as it was last known, and marked as such. It keeps pages
// and the files they need, nothing of the API. There is one cache a person, and never more than one: it goes with the sign-out, with
// somebody else, and with the end of the session (12 h). What nurses chart is not its business: that waits in IndexedDB (assets/kept.js).
"use strict";
const CACHE = "chairside-of:"; // followed by the account name
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
  person: ({ person }) => cacheOf(person),
  forget: () => forget(() => true),
};

// ---- whose ----

async function forget(which) {
  const names = (await caches.keys()).filter((name) => name.startsWith(CACHE) && which(name));
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** The cache of a person; there is none of anybody else from then on. */
async function cacheOf(person) {
  const own = CACHE + person;
  await forget((name) => name !== own);
  return caches.open(own);
}

/** The one cache there is, or null. */
async function theCache() {
  const name = (await caches.keys()).find((one) => one.startsWith(CACHE));
  return name ? caches.open(name) : null;
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
  const isKept = Boolean(await caches.match(path, MATCH));
  const answer = await reach(event.request, isKept ? PATIENCE : 0);
  const person = answer && owner(answer);
  if (person) event.waitUntil(settle(path, person, answer.clone()));
  if (person && answer.status < 500) return answer;
  if (answer && path === "/sign-in") return answer;
  if (answer && answer.type === "opaqueredirect" && (await isSignedOut())) return answer;
  return (await known(path)) || answer || (await nothingKept());
}

async function settle(path, person, answer) {
  const cache = await cacheOf(person);
  if (answer.status === 200 && CHAIR.test(path)) await keep(cache, path, answer);
}

/** Say whether our own server says that nobody is signed in; then nothing kept is shown any more. */
async function isSignedOut() {
  const answer = await reach("/api/v1/me", PATIENCE, { redirect: "manual", cache: "no-store" });
  const out = Boolean(answer) && answer.status === 401 && /problem\+json/.test(answer.headers.get("Content-Type") || "");
  if (out) await forget(() => true);
  return out;
}

/** Keep a page with the moment it is of and the moment from which it is shown no more, both by this tablet's clock. */
async function keep(cache, path, answer) {
  const headers = new Headers(answer.headers);
  const drawn = Date.parse(headers.get("Date")) || Date.now(); // by the server's clock, as the end of the session is
  headers.set("X-Chairside-Kept", new Date().toISOString());
  headers.set("X-Chairside-Ends", `${Date.now() + Date.parse(headers.get("X-Chairside-Until")) - drawn}`);
  await cache.put(path, new Response(await answer.text(), { headers }));
}

/** A page as it was last known, marked with the moment of that; null where none is kept or its time is over. */
async function known(path) {
  const cache = await theCache();
  const found = cache && (await cache.match(path, MATCH));
  if (!found) return null;
  if (!(Number(found.headers.get("X-Chairside-Ends")) > Date.now())) {
    await forget(() => true);
    return null;
  }
  const live = await lastLive(path);
  const since = live ? live.heard : found.headers.get("X-Chairside-Kept");
  const text = (await found.text()).replace("<html ", `<html data-kept="${since}" `);
  return new Response(text, { headers: found.headers });
}

/** Keep the page that is open, which may have been loaded before there was a worker, and every file it needs. */
async function keepNow(path, files) {
  const cache = await theCache();
  const found = cache && (await cache.match(path, MATCH));
  const isFresh = found && Date.now() - Date.parse(found.headers.get("X-Chairside-Kept")) < FRESH;
  if (CHAIR.test(path) && !isFresh) {
    const answer = await reach(path, 0, { cache: "no-store", redirect: "manual" });
    const person = answer && owner(answer);
    if (person) await settle(path, person, answer);
  }
  await Promise.all(files.map((address) => file(new Request(address))));
  const own = await theCache();
  return Boolean(own && (await own.match(path, MATCH)));
}

// ---- what was pushed last ----

const liveOf = (path) => `${path}?last`;

async function keepLive(path, person, live) {
  if (await caches.has(CACHE + person)) {
    const cache = await caches.open(CACHE + person);
    await cache.put(liveOf(path), new Response(JSON.stringify(live)));
  }
}

async function lastLive(path) {
  const cache = await theCache();
  const found = cache && (await cache.match(liveOf(path), MATCH));
  return found ? found.json() : null;
}

// ---- files ----

/** A file of ours: one whose address changes with it is kept for good, any other is asked for first. */
async function file(request) {
  const cache = await theCache();
  const kept = cache ? await cache.match(request, MATCH) : null;
  if (kept && new URL(request.url).searchParams.has("m")) return kept;
  const answer = await reach(request, kept ? PATIENCE : 0);
  if (!answer || !isFile(answer)) return kept || answer || Response.error();
  if (cache) await cache.put(request, answer.clone());
  return answer;
}

const isFile = (answer) => answer.ok && answer.type === "basic" && !/text\/html/.test(answer.headers.get("Content-Type") || "");

// ---- nothing ----

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
  const cache = await theCache();
  const paths = cache ? (await cache.keys()).map(({ url }) => new URL(url)).filter((url) => CHAIR.test(url.pathname) && !url.search) : [];
  const links = paths.map(({ pathname }) => `<li><a class="sign-in__link" href="${pathname}">Chair ${escaped(pathname.slice(7))}</a></li>`);
  const count = await countWaiting().catch(() => null);
  const waits = count ? `<p><b>${count} on this tablet, not yet sent.</b></p>` : "";
  const nonce = crypto.randomUUID();
  const body = `<h1 class="sign-in__title">Not connected</h1>${waits}<p class="sign-in__said">This page is not kept on this tablet.${
    links.length ? " These can be opened, and charted on:" : ""
  }</p><ul>${links.join("")}</ul>`;
  const styles = ["tokens", "base", "sign_in"].map((name) => `<link rel="stylesheet" href="/assets/${name}.css">`).join("");
  const head = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="${AGAIN}"><title>Not connected</title>${styles}<style nonce="${nonce}">${colours()}</style></head>`;
  return new Response(`${head}<body><main class="sign-in">${body}</main></body></html>`, {
    status: 503,
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": `default-src 'none'; style-src 'self' 'nonce-${nonce}'` },
  });
}

const escaped = (path) => decodeURIComponent(path).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
