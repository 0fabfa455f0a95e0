// The page's side of the service worker (assets/worker/service_worker.js): starts it, has the open page kept, tells it what was pushed last,
// and shows that again on a page that was opened without a network. Sets <html data-offline="ready"> once the page would open without one.
"use strict";
window.chairside = window.chairside || {};
window.chairside.offline = (() => {
  const AGAIN = 15000; // ms between two notes of when something was heard
  const SOON = 500; // ms after a change until it is noted
  const workers = navigator.serviceWorker; // missing over plain HTTP
  const root = document.documentElement;
  const page = () => document.querySelector('[data-form="page"]');

  /** The worker of this browser, also where it does not look after this page (one that was loaded past it). */
  async function theWorker() {
    if (!workers || workers.controller) return workers && workers.controller;
    const registration = await workers.getRegistration();
    return registration && registration.active;
  }

  /** Ask the worker; null where there is none. */
  async function ask(message) {
    const worker = await theWorker();
    if (!worker) return null;
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      worker.postMessage(message, [port2]);
    });
  }

  /** The files this page has loaded so far, for the worker to keep them with it. */
  function files() {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name));
    return loaded.filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith("/assets/")).map(({ href }) => href);
  }

  async function keep() {
    if (!page() || root.dataset.kept) return;
    if (await ask({ what: "keep", path: location.pathname, files: files() })) root.dataset.offline = "ready";
  }

  // ---- what was heard last ----

  let newest = null; // the newest message about this chair
  let heard = null;
  let timer = null;
  let due = 0;

  function note() {
    timer = null;
    if (!page() || !newest) return;
    ask({ what: "live", path: location.pathname, person: page().dataset.person, message: newest, heard });
  }

  function noteWithin(ms) {
    const at = Date.now() + ms;
    if (timer && due <= at) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(note, ms);
  }

  document.addEventListener("chairside:heard", ({ detail: message }) => {
    if (!page()) return;
    heard = new Date().toISOString();
    if (message.chair === page().dataset.chair) newest = message;
    noteWithin(message.chair === undefined ? AGAIN : SOON);
  });

  /** On a page that was opened without a network: show what was pushed after it had been drawn. */
  async function recall() {
    if (!root.dataset.kept || !page()) return;
    const last = await ask({ what: "last", path: location.pathname });
    if (last && (last.message.session || "") === page().dataset.session) window.chairside.live.recall(last.message);
  }

  /** Forget every page: nobody is signed in any more. */
  const forget = () => Promise.race([ask({ what: "forget" }), new Promise((resolve) => setTimeout(resolve, 2000))]);

  /** Forget every page, and begin anew with the same person: at another site a chair of that name is another chair. */
  async function restart(person) {
    await forget();
    await Promise.race([ask({ what: "person", person }), new Promise((resolve) => setTimeout(resolve, 2000))]);
  }

  /** Whether this tablet knows by its own mark, with or without a network, that nobody is signed in on it any more. */
  async function isSignedOut() {
    const found = window.caches && (await caches.match("/who", { cacheName: "chairside-who" }).catch(() => null));
    return Boolean(found) && (await found.json()).person === "";
  }

  async function start() {
    if (!workers) return;
    recall();
    workers.addEventListener("controllerchange", keep);
    try {
      await workers.register("/service-worker.js", { updateViaCache: "none" });
    } catch {
      return; // then pages open with a network only; entries are kept all the same
    }
    if (workers.controller) keep();
  }
  if (document.readyState === "complete") start();
  else window.addEventListener("load", start);

  /** Somebody signed in on an open page: what was kept of pages is that person's from now on. */
  async function become(person) {
    await Promise.race([ask({ what: "person", person }), new Promise((resolve) => setTimeout(resolve, 1000))]);
    if (workers) keep();
  }

  return { forget, restart, isSignedOut, become };
})();
