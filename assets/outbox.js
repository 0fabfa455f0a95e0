// The outbox of the tablet: what becomes of an entry from the tap on Save until a definite answer. A pure state machine: everything outside
// is handed in, so the same file runs in the browser, in Node and in an embedded engine (a plain script, no modules, promises only).
//
//   const outbox = chairsideOutbox.create({clock, storage, transport, random, schedule, lock, person, tell, settings})
//
//   clock      {now(): ms by the server's clock as far as it is known, device(): ms by this tablet's own clock, never adjusted}
//   storage    {all(): Promise of every envelope, the first one put first,
//               change(id, step): Promise; in ONE transaction step(envelope or null) says what is kept instead (null: nothing);
//               resolves only once that is durable, with what is kept; rejects where it cannot be kept}
//   transport  (request) -> {answer: Promise of {http, type, json, redirected, retryAfter}, stop()}; http 0 where nothing came back.
//              request = {session, by, body, sentAt}: to be delivered as `by` or not at all; sentAt is ISO 8601 by the tablet's own clock
//   random     () -> a number from 0 to 1; unguessable, for the UUIDs come from it
//   schedule   (ms, work) -> a function that cancels it
//   lock       (name, work) -> Promise of what work() gives; over all tabs of this browser one work of a name at a time
//   person     () -> account name of who is signed in, "" where nobody is known
//   tell       (event) where something changed: {what: "changed"}, or {what: "settled", id, session, by, result, attended}
//              (attended: whoever called send() has the result, nobody else need be told); other tabs hand it to their hear()
//
//   put(entry)          keep {session, kind, ...fields}; its UUID and its time are fixed now. Promise of the envelope once it is durable;
//                       rejects with a CannotKeepError: then nothing is kept, and it is never called kept
//   send(entry)         put, send at once, and Promise of a result (below); at the latest after `settings.soon` ms
//   flush()             send what waits; Promise, over when each session is empty or has found no answer
//   onOnline(), onFocus(), onSignIn()    the same, without waiting for the next try
//   hear(event)         what another tab told; Promise of whether somebody here waited for it
//   takeBack(id)        take an entry of this person out of the queue, to look at it again; Promise of its envelope or null
//   counts()            Promise of {mine, others, refused, unreadable, failing}: numbers, but `refused` lists envelopes of this person, `others`
//                       is {name: number}, `failing` {why, since, http} while nothing gets through, else null
//   entries()           Promise of every envelope with its state as it is now
//   close()             stop every timer
//
// Result: {status: "saved", body, entry, flags, state}          the server has it on disk
//         {status: "refused", body, http, errors, confirm, detail}  the server will not take it as it is; nothing was stored
//         {status: "kept", body, why}     it certainly waits on this tablet: not sent, or our server said "not now"
//         {status: "unknown", body, why}  no definite answer: it may be stored or not; it waits, and its UUID settles it
//
// Envelope, as stored (version 2): {v, id, session, by, kept_at, state: "kept"|"unknown"|"refused", tries, body, refused?, again?}. No names of patients.
// `again`: it was refused before and is put right; refused once more it stays, although somebody stood by.
// "sending" and "saved" are never stored: a tab that dies while it sends leaves an entry that waits, and what is saved leaves the queue.
// Older versions are upgraded when they are read; tests/browser/golden/ holds one of each release. A newer one is left alone.
"use strict";
(() => {
  const VERSION = 2;
  const SETTINGS = {
    patience: 10000, // ms until an attempt without an answer is given up
    soon: 4000, // ms until whoever tapped Save is told that it is kept
    first: 1000, // ms before the second attempt, doubling up to `longest`
    longest: 30000,
    holdMost: 120000, // ms for which the server may ask us to be quiet
  };
  const DEFINITE = new Set([400, 403, 404, 409, 410, 413, 422, 423]);

  class CannotKeepError extends Error {
    constructor(why) {
      super(why);
      this.name = "CannotKeepError";
    }
  }

  const iso = (ms) => new Date(ms).toISOString();

  // ---- pure: envelopes and answers ----

  const isText = (value) => typeof value === "string" && value !== "";

  /** Bring an envelope of any release to today's form; null where it cannot be read or is newer than we are. */
  function upgrade(found) {
    if (!found || !found.body || !isText(found.body.id) || !isText(found.session) || !isText(found.by)) return null;
    if (found.v === VERSION) return found;
    if (found.v !== undefined) return null;
    const { session, by, body, tries = 0, refused } = found; // 0.1.0 had no number
    const state = refused ? "refused" : tries ? "unknown" : "kept";
    return { v: VERSION, id: body.id, session, by, kept_at: body.measured_at, state, tries, body, ...(refused ? { refused } : {}) };
  }

  /** What an answer means for an entry; null while there is none that counts: it must be ours, and about this very entry. */
  function verdict({ by, body }, { http, type = "", json, redirected }) {
    if (redirected || !json || typeof json !== "object" || !/\bjson\b/.test(type)) return null;
    if (http === 200 || http === 201) {
      const { entry } = json;
      if (!entry || entry.id !== body.id || (entry.author !== undefined && entry.author !== by)) return null;
      return { status: "saved", body, ...json };
    }
    if (!DEFINITE.has(http) || !isProblem(type, json, http)) return null;
    const { errors = [], confirm = [], detail = "", title = "" } = json;
    return { status: "refused", body, http, errors, confirm, detail: detail || title };
  }

  const isProblem = (type, json, http) =>
    /\bproblem\+json\b/.test(type) && isText(json.title) && (json.status === undefined || json.status === http);

  /** Say why there is no answer; `stored` is "no" where our server said so, "unknown" where nobody knows. */
  function missing({ http, type = "", json }) {
    const ours = Boolean(json) && isProblem(type, json, http);
    if (http === 401 && ours) return { why: "signed out", stored: "no" };
    if (http === 429 && ours) return { why: "the server cannot store it now", stored: "no" };
    if (http === 503) return { why: "the server cannot store it now", stored: "unknown" };
    if (http === 0) return { why: "no connection", stored: "unknown" };
    return { why: "no answer from the server", stored: "unknown" };
  }

  /** Say in one sentence why something was refused. */
  function sentence(result) {
    const said = [...(result.errors || []), ...(result.confirm || [])].map((one) => one.message || one.reason);
    return said.join(" ") || result.detail || "It was not accepted.";
  }

  /** A UUID of version 4. */
  function uuidFrom(random) {
    const bytes = Array.from({ length: 16 }, () => Math.floor(random() * 256) & 0xff);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // ---- the machine ----

  function create({ clock, storage, transport, random, schedule, lock, person, tell = () => {}, settings = {} }) {
    const set = { ...SETTINGS, ...settings };
    const lanes = new Map(); // session -> what is known of its attempts
    const sending = new Set(); // ids that are under way from here
    const settled = new Set(); // ids with a definite answer, should the storage still hold them
    const attended = new Map(); // id -> {result, end()}, while its nurse stands at the form and waits
    let closed = false;

    const uuid = () => uuidFrom(random);
    const now = () => clock.now();

    // -- what is kept --

    async function entries() {
      const found = (await storage.all()).map((one) => upgrade(one) || one);
      return found.map((one) => (sending.has(one.id) ? { ...one, state: "sending" } : one));
    }

    /** What this person may send of a session, oldest first. */
    async function sendable(session) {
      const found = (await storage.all()).map(upgrade).filter(Boolean);
      const by = person();
      return found.filter(
        (one) => one.by === by && by !== "" && one.state !== "refused" && !settled.has(one.id) && (!session || one.session === session),
      );
    }

    async function put({ session, id, kind, measured_at: measured, ...fields }) {
      const moment = iso(now());
      const by = person();
      const body = { id: id || uuid(), kind, measured_at: measured || moment, ...fields };
      if (!isText(by)) throw new CannotKeepError("nobody is signed in");
      if (!isText(session)) throw new CannotKeepError("no session is open");
      const envelope = { v: VERSION, id: body.id, session, by, kept_at: moment, state: "kept", tries: 0, body };
      let kept;
      try {
        kept = await storage.change(body.id, (found) => (!found ? envelope : (upgrade(found) || {}).state === "refused" ? { ...envelope, again: true } : found));
      } catch (error) {
        throw new CannotKeepError(error && error.message ? error.message : "the storage failed");
      }
      settled.delete(body.id);
      tell({ what: "changed" });
      return kept;
    }

    async function send(entry) {
      const id = entry.id || uuid();
      const wait = { result: null, end: () => {} };
      attended.set(id, wait);
      try {
        const envelope = await put({ ...entry, id });
        const ended = new Promise((resolve) => (wait.end = resolve));
        const cancel = schedule(set.soon, wait.end);
        flushSession(envelope.session).then(() => endWhereItWaits(id, wait));
        await ended;
        cancel();
        const kept = await asKept(envelope);
        return wait.result || kept; // an answer may have come in the meantime
      } finally {
        attended.delete(id);
      }
    }

    /** End the wait of an entry that found no answer; one that left by another tab has its answer still to be heard. */
    async function endWhereItWaits(id, wait) {
      const found = await storage.all().catch(() => []);
      if (found.some((one) => one.id === id)) wait.end();
    }

    /** What is said of an entry that has no answer yet. */
    async function asKept(envelope) {
      const lane = lanes.get(envelope.session);
      const found = (await entries().catch(() => [])).find((one) => one.id === envelope.id) || envelope;
      const status = found.state === "kept" ? "kept" : "unknown";
      return { status, body: envelope.body, why: lane && lane.failing ? lane.failing.why : "no answer from the server" };
    }

    async function takeBack(id) {
      let taken = null;
      await storage.change(id, (found) => {
        const one = upgrade(found);
        taken = one && one.by === person() && !sending.has(id) ? one : null;
        return taken ? null : found;
      });
      tell({ what: "changed" });
      return taken;
    }

    async function counts() {
      const found = await storage.all();
      const known = found.map(upgrade).filter((one) => one && !settled.has(one.id));
      const by = person();
      const others = {};
      for (const one of known) if (one.by !== by) others[one.by] = (others[one.by] || 0) + 1;
      const mine = known.filter((one) => one.by === by);
      const failing = [...lanes.values()].map((lane) => lane.failing).filter(Boolean);
      return {
        mine: mine.filter((one) => one.state !== "refused").length,
        refused: mine.filter((one) => one.state === "refused"),
        others,
        unreadable: found.filter((one) => !upgrade(one)).length,
        failing: failing.sort((one, other) => one.since - other.since)[0] || null,
      };
    }

    // -- sending --

    function laneOf(session) {
      if (!lanes.has(session)) lanes.set(session, { tries: 0, failing: null, held: false, running: null, again: false, cancel: () => {} });
      return lanes.get(session);
    }

    /** Send what waits of every session. */
    async function flush() {
      let found;
      try {
        found = await sendable(null);
      } catch {
        return; // the storage is out of reach: the next occasion asks again
      }
      await Promise.all([...new Set(found.map((one) => one.session))].map(flushSession));
    }

    /** Send what waits of one session; while that is under way already, look once more afterwards. */
    function flushSession(session) {
      const lane = laneOf(session);
      if (closed || lane.held) return Promise.resolve();
      if (lane.running) {
        lane.again = true;
        return lane.running;
      }
      lane.cancel();
      lane.running = drain(session, lane).finally(() => {
        lane.running = null;
        tell({ what: "changed" });
      });
      return lane.running;
    }

    async function drain(session, lane) {
      for (;;) {
        lane.again = false;
        let failure;
        try {
          failure = await lock(`chairside-session-${session}`, () => sendOldest(session));
        } catch {
          failure = { why: "this browser cannot read what it keeps", http: 0, wait: 0 };
        }
        if (failure === "sent") {
          lane.tries = 0;
          lane.failing = null;
        } else if (failure !== "empty") {
          retryLater(session, lane, failure);
          return;
        } else if (!lane.again) {
          lane.failing = null;
          return;
        }
      }
    }

    function retryLater(session, lane, { why, http, wait }) {
      lane.tries += 1;
      lane.failing = { why, http, since: lane.failing ? lane.failing.since : now() };
      const pause = Math.min(set.longest, set.first * 2 ** Math.min(lane.tries - 1, 16)) * (0.75 + random() / 2);
      lane.held = wait > 0;
      if (closed) return;
      lane.cancel = schedule(Math.max(pause, wait), () => {
        lane.held = false;
        flushSession(session);
      });
    }

    /** Send the oldest entry of a session: "sent" with a definite answer, "empty" where none waits, else why not. */
    async function sendOldest(session) {
      const [item] = await sendable(session);
      if (!item || closed) return "empty";
      sending.add(item.id);
      tell({ what: "changed" });
      try {
        const answer = await ask(item);
        const result = verdict(item, answer);
        if (!result) return await noAnswer(item, answer);
        await settle(item, result);
        return "sent";
      } finally {
        sending.delete(item.id);
      }
    }

    function ask(item) {
      const queued = item.body.kind === "reading" && (item.tries > 0 || item.state !== "kept" || !attended.has(item.id));
      const body = queued ? { ...item.body, queued: true } : item.body;
      const nothing = { http: 0, type: "", json: null, redirected: false, retryAfter: 0 };
      return new Promise((resolve) => {
        const { answer, stop } = transport({ session: item.session, by: item.by, body, sentAt: iso(clock.device()) });
        const cancel = schedule(set.patience, () => {
          stop();
          resolve(nothing);
        });
        answer.then(
          (found) => {
            cancel();
            resolve(found);
          },
          () => {
            cancel();
            resolve(nothing);
          },
        );
      });
    }

    async function noAnswer(item, answer) {
      const { why, stored } = missing(answer);
      const state = stored === "no" ? item.state : "unknown";
      await storage.change(item.id, (found) => (found ? { ...item, state, tries: item.tries + 1 } : found));
      const asked = answer.http === 429 || answer.http === 503 ? Number(answer.retryAfter) * 1000 : 0;
      return { why, http: answer.http, wait: asked > 0 ? Math.min(asked, set.holdMost) : 0 };
    }

    async function settle(item, result) {
      settled.add(item.id);
      const wait = attended.get(item.id);
      if (wait) wait.result = result; // from here on whoever waits is told this, and the screen need not be
      const kept = result.status === "refused" && (!wait || item.again) ? { ...item, state: "refused", refused: sentence(result) } : null;
      try {
        await storage.change(item.id, (found) => (found ? kept : found));
        if (kept) settled.delete(item.id);
      } catch {
        // it stays in the storage, is sent again after a restart, and has the same answer
      }
      if (wait) wait.end();
      tell({ what: "settled", id: item.id, session: item.session, by: item.by, result, attended: Boolean(wait) });
    }

    /** Take what another tab told: an entry that is waited for here may have had its answer there. */
    async function hear(event) {
      const wait = event.what === "settled" ? attended.get(event.id) : null;
      if (!wait) return false;
      wait.result = event.result;
      if (event.result.status === "refused") await storage.change(event.id, (found) => (found && found.again ? found : null)).catch(() => {});
      wait.end();
      return true;
    }

    function wake() {
      for (const lane of lanes.values()) if (!lane.held) lane.tries = 0;
      return flush();
    }

    function close() {
      closed = true;
      for (const lane of lanes.values()) lane.cancel();
    }

    return { put, send, flush, onOnline: wake, onFocus: wake, onSignIn: wake, hear, takeBack, counts, entries, uuid, close };
  }

  globalThis.chairsideOutbox = { create, upgrade, verdict, sentence, CannotKeepError, VERSION, SETTINGS };
})();
