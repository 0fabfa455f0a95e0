// What this browser keeps, in IndexedDB: entries that wait, drafts, and what the tablet knows of the server's clock. Everything is written
// with strict durability, and nothing counts as kept before its transaction has completed: a tablet may lose its power at any moment.
"use strict";
window.chairside = window.chairside || {};
window.chairside.kept = (() => {
  const NAME = "chairside";
  const VERSION = 1; // stores are added, never renamed: what an older page left must be found
  const OPENING = 5000; // ms in which the storage must open
  const PROBE = 64 * 1024; // characters, far more than any entry
  const LEASE = 15000; // ms; longer than an attempt to send
  const WORDS = {
    QuotaExceededError: "its storage is full",
    SecurityError: "its storage is switched off",
    InvalidStateError: "it has no storage in this window",
    UnknownError: "its storage fails",
  };

  const words = (error) => WORDS[error && error.name] || (error && error.message) || "its storage fails";

  // ---- the database ----

  let opened = null;

  function open() {
    opened ??= new Promise((resolve, reject) => {
      if (!window.indexedDB) throw new Error("it has no storage for pages");
      const late = setTimeout(() => reject(new Error("its storage does not open")), OPENING);
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => make(request.result);
      request.onerror = () => reject(new Error(words(request.error)));
      request.onsuccess = () => {
        clearTimeout(late);
        const base = request.result;
        base.onclose = () => (opened = null);
        base.onversionchange = () => {
          opened = null;
          base.close(); // a newer page wants the stores
        };
        resolve(base);
      };
    }).catch((error) => {
      opened = null;
      throw new Error(words(error));
    });
    return opened;
  }

  function make(base) {
    base.createObjectStore("outbox", { keyPath: "n", autoIncrement: true }).createIndex("id", "id", { unique: true });
    base.createObjectStore("drafts", { keyPath: "key" });
    base.createObjectStore("facts", { keyPath: "key" });
  }

  /** Do `work(store, say)` in one transaction; what it said, once the transaction has completed. */
  async function within(store, mode, work) {
    const base = await open();
    return new Promise((resolve, reject) => {
      const transaction = base.transaction(store, mode, { durability: "strict" });
      let said;
      transaction.oncomplete = () => resolve(said);
      transaction.onabort = () => reject(new Error(words(transaction.error)));
      work(transaction.objectStore(store), (found) => (said = found), transaction);
    });
  }

  const reading = (store, ask) =>
    within(store, "readonly", (found, say) => {
      const request = ask(found);
      request.onsuccess = () => say(request.result);
    });

  /** Write without reading first; committed at once, so that it also comes through while the page is left. */
  const writing = (store, ask) =>
    within(store, "readwrite", (found, _say, transaction) => {
      ask(found);
      transaction.commit();
    });

  // ---- the outbox's storage, as assets/outbox.js asks for it ----

  const all = () => reading("outbox", (store) => store.getAll());

  function change(id, step) {
    return within("outbox", "readwrite", (store, say, transaction) => {
      const request = store.index("id").openCursor(id);
      request.onsuccess = () => {
        try {
          say(replace(store, request.result, step));
        } catch (error) {
          transaction.abort();
          throw error;
        }
      };
    });
  }

  function replace(store, cursor, step) {
    const next = step(cursor ? cursor.value : null);
    if (cursor && next) cursor.update({ ...next, n: cursor.value.n });
    else if (cursor) cursor.delete();
    else if (next) store.add(next);
    return next;
  }

  // ---- one tab at a time ----

  const me = `${Math.random()}`;

  /** Over all tabs, one work of a name at a time: by the browser's locks, else by a lease that runs out. */
  async function lock(name, work) {
    if (navigator.locks) return navigator.locks.request(name, work);
    while (!(await leased(name, Date.now() + LEASE))) await new Promise((resolve) => setTimeout(resolve, 300));
    try {
      return await work();
    } finally {
      await leased(name, 0);
    }
  }

  const leased = (name, until) =>
    within("facts", "readwrite", (store, say) => {
      const key = `lease:${name}`;
      const request = store.get(key);
      request.onsuccess = () => {
        const lease = request.result;
        const free = !lease || lease.holder === me || lease.until < Date.now() || lease.until > Date.now() + LEASE;
        if (free && until) store.put({ key, holder: me, until });
        else if (free) store.delete(key);
        say(free);
      };
    });

  // ---- facts and drafts ----

  const fact = async (key) => ((await reading("facts", (store) => store.get(key))) || {}).value;
  const note = (key, value) => writing("facts", (store) => store.put({ key, value }));
  const draft = (key) => reading("drafts", (store) => store.get(key));
  const drafts = () => reading("drafts", (store) => store.getAll());
  const keepDraft = (found) => writing("drafts", (store) => store.put(found));
  const dropDraft = (key) => writing("drafts", (store) => store.delete(key));

  // ---- whether it can keep anything ----

  /** Try to keep something; why that is not possible, or "". */
  async function trouble() {
    try {
      await note("probe", "x".repeat(PROBE));
      await writing("facts", (store) => store.delete("probe"));
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {}); // else it may be cleared for want of space
      return "";
    } catch (error) {
      return words(error);
    }
  }

  return { storage: { all, change }, lock, fact, note, draft, drafts, keepDraft, dropDraft, trouble };
})();
