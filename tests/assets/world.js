// A small world for the outbox: a clock that stands still until it is moved, a storage that survives its tab, a server that stores each id
// once, and tabs that share a storage and a lock. Nothing in it waits for real time.
"use strict";
require("../../assets/outbox.js");

const NOON = Date.parse("2026-11-24T12:00:00Z");

/** Let every promise that can go on go on. */
async function settle() {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Random numbers that are the same at every run (mulberry32). */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class World {
  constructor() {
    this.ms = NOON;
    this.timers = new Set();
    this.kept = []; // the envelopes on the disk of the tablet
    this.broken = null; // why the storage fails
    this.frozen = null; // why nothing in the storage can be changed any more
    this.reading = null; // a promise that holds up who reads the storage, after it has looked
    this.locks = new Map();
    this.posts = []; // every request that left the tablet
    this.stored = new Map(); // id -> {session, by, body} on the server
    this.answers = []; // functions (request, store) -> answer, for the next posts; null: the server as it is
    this.always = null; // the answer to every post
    this.inFlight = new Map(); // session -> how many requests are under way
    this.mostInFlight = 0;
    this.person = "m.silva";
  }

  /** Move the clock, running what falls due on the way. */
  async pass(ms) {
    const until = this.ms + ms;
    await settle();
    for (;;) {
      const next = [...this.timers].filter((timer) => timer.at <= until).sort((one, other) => one.at - other.at)[0];
      if (!next) break;
      this.ms = Math.max(this.ms, next.at);
      this.timers.delete(next);
      next.work();
      await settle();
    }
    this.ms = until;
    await settle();
  }

  schedule(ms, work) {
    const timer = { at: this.ms + ms, work };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  storage() {
    const fail = async () => {
      await null;
      if (this.broken) throw new Error(this.broken);
    };
    return {
      all: async () => {
        await fail();
        const found = this.kept.map((one) => JSON.parse(JSON.stringify(one)));
        await this.reading;
        return found;
      },
      change: async (id, step) => {
        await fail();
        if (this.frozen) throw new Error(this.frozen);
        const place = this.kept.findIndex((one) => (one.body || one).id === id);
        const next = step(place < 0 ? null : JSON.parse(JSON.stringify(this.kept[place])));
        if (next && place < 0) this.kept.push(next);
        else if (next) this.kept[place] = next;
        else if (place >= 0) this.kept.splice(place, 1);
        return next;
      },
    };
  }

  /** One work of a name at a time; a tab that dies lets go of what it held. */
  lock(name, work, dead = never()) {
    const before = this.locks.get(name) || Promise.resolve();
    const mine = before.then(() => Promise.race([work(), dead]));
    this.locks.set(name, mine.catch(() => {}));
    return mine;
  }

  /** What the server says to a request, having stored it or not. */
  store({ session, by, body }) {
    const known = this.stored.get(body.id);
    if (!known) this.stored.set(body.id, { session, by, body });
    const entry = { id: body.id, seq: [...this.stored.keys()].indexOf(body.id) + 1, author: by };
    return { http: known ? 200 : 201, type: "application/json", json: { entry, flags: [], state: "normal" } };
  }

  transport(request) {
    this.posts.push(request);
    const count = (by) => {
      const now = (this.inFlight.get(request.session) || 0) + by;
      this.inFlight.set(request.session, now);
      this.mostInFlight = Math.max(this.mostInFlight, now);
    };
    count(1);
    const work = (this.answers.length ? this.answers.shift() : null) || this.always || ((asked, store) => store());
    const answer = Promise.resolve().then(() => work(request, () => this.store(request)));
    answer.then(() => count(-1), () => count(-1));
    return { answer, stop: () => count(-1) };
  }

  /** Open a tab of the browser. */
  tab({ seed = 1, locked = true, settings = {} } = {}) {
    const told = [];
    let die = () => {};
    const dead = new Promise((resolve) => (die = () => resolve("empty")));
    const outbox = globalThis.chairsideOutbox.create({
      clock: { now: () => this.ms, device: () => this.ms - 3600000 },
      storage: this.storage(),
      transport: (request) => this.transport(request),
      random: dice(seed),
      schedule: (ms, work) => this.schedule(ms, work),
      lock: locked ? (name, work) => this.lock(name, work, dead) : (_name, work) => work(),
      person: () => this.person,
      tell: (event) => told.push(event),
      settings,
    });
    const { close } = outbox;
    return Object.assign(outbox, { told, close: () => (close(), die()) });
  }

  sent() {
    return this.posts.map(({ body }) => body.id);
  }
}

const problem = (http, more = {}) => ({
  http,
  type: "application/problem+json",
  json: { type: "about:blank", title: "Not stored", status: http, detail: "No.", errors: [], ...more },
});
const nothing = () => ({ http: 0, type: "", json: null });
const never = () => new Promise(() => {});
const portal = () => ({ http: 200, type: "text/html", json: null });
const reading = (nausea, session = "s1") => ({ session, kind: "reading", values: { nausea } });

module.exports = { World, NOON, settle, problem, nothing, never, portal, reading };
