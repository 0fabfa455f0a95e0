// What becomes of an entry between the tap and a definite answer, in Node and without waiting.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { World, NOON, settle, problem, nothing, never, portal, reading } = require("./world.js");

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Start a send and give its result once it is there. */
function started(promise) {
  const found = { result: undefined };
  promise.then(
    (result) => (found.result = result),
    (error) => (found.result = error),
  );
  return found;
}

test("an entry has its id and its time from the tap and is saved by the answer", async () => {
  const world = new World();
  const sent = started(world.tab().send(reading(2)));
  await settle();

  const [{ session, by, body, sentAt }] = world.posts;
  assert.equal(sent.result.status, "saved");
  assert.match(body.id, UUID);
  assert.equal(body.measured_at, new Date(NOON).toISOString());
  assert.equal(sentAt, new Date(NOON - 3600000).toISOString());
  assert.deepEqual([session, by, body.kind, body.values, body.queued], ["s1", "m.silva", "reading", { nausea: 2 }, undefined]);
  assert.deepEqual(world.kept, []);
});

test("nothing leaves the tablet before it is kept", async () => {
  const world = new World();
  const tab = world.tab();
  const seen = [];
  world.always = (_request, store) => {
    seen.push(world.kept.length);
    return store();
  };
  tab.send(reading(1));
  await settle();

  assert.deepEqual(seen, [1]);
});

test("what cannot be kept is said and not sent", async () => {
  const world = new World();
  world.broken = "no space is left on this tablet";

  const sent = started(world.tab().send(reading(1)));
  await settle();

  assert.equal(sent.result.name, "CannotKeepError");
  assert.match(sent.result.message, /no space is left/);
  assert.deepEqual(world.posts, []);
});

test("an entry that nobody made is not kept", async () => {
  const world = new World();
  world.person = "";

  const sent = started(world.tab().send(reading(1)));
  await settle();

  assert.match(sent.result.message, /nobody is signed in/);
  assert.deepEqual(world.kept, []);
});

test("the envelope holds no more than it has to", async () => {
  const world = new World();
  world.always = nothing;
  world.tab().send(reading(1));
  await settle();

  assert.deepEqual(Object.keys(world.kept[0]).sort(), ["body", "by", "id", "kept_at", "session", "state", "tries", "v"]);
});

// What counts as an answer.

const other = { entry: { id: "another", author: "m.silva" } };
for (const [name, answer] of [
  ["no connection", nothing],
  ["a page of the Wi-Fi", portal],
  ["a page of the Wi-Fi with a word of JSON", () => ({ http: 200, type: "application/json", json: { ok: true } })],
  ["a redirect that was followed", ({ body }) => ({ http: 200, type: "application/json", redirected: true, json: { entry: { id: body.id } } })],
  ["the answer to another entry", () => ({ http: 201, type: "application/json", json: other })],
  ["our answer under another name", ({ body }) => ({ http: 201, type: "application/json", json: { entry: { id: body.id, author: "r.okafor" } } })],
  ["our answer typed as a page", ({ body }) => ({ http: 201, type: "text/html", json: { entry: { id: body.id } } })],
  ["a refusal in HTML", () => ({ http: 403, type: "text/html", json: null })],
  ["a refusal in JSON that is not ours", () => ({ http: 403, type: "application/json", json: { error: "blocked" } })],
  ["a problem of another status", () => ({ ...problem(422), http: 404 })],
  ["a server that failed", () => problem(500)],
  ["a server that cannot store now", () => problem(503)],
  ["an empty body", () => ({ http: 204, type: "", json: null })],
  ["JSON that is a list", () => ({ http: 200, type: "application/json", json: [1] })],
]) {
  test(`${name} is no answer: the entry waits and goes out again with the same id`, async () => {
    const world = new World();
    const tab = world.tab();
    world.answers = [answer];
    const sent = started(tab.send(reading(2)));
    await settle();

    assert.equal(sent.result.status, "unknown");
    assert.equal(world.kept.length, 1);
    assert.equal(world.kept[0].state, "unknown");
    await world.pass(5000);

    assert.deepEqual(world.kept, []);
    assert.equal(world.posts.length, 2);
    assert.equal(new Set(world.sent()).size, 1);
    assert.equal(new Set(world.posts.map(({ body }) => body.measured_at)).size, 1);
    assert.equal(world.posts[1].body.queued, true);
    assert.deepEqual(tab.told.filter(({ what }) => what === "settled").map(({ attended, result }) => [attended, result.status]), [[false, "saved"]]);
  });
}

test("signed out is no refusal: the entry is kept and certainly not stored", async () => {
  const world = new World();
  const tab = world.tab();
  world.answers = [() => problem(401)];
  const sent = started(tab.send(reading(2)));
  await settle();

  assert.deepEqual([sent.result.status, sent.result.why], ["kept", "signed out"]);
  assert.equal((await tab.counts()).failing.why, "signed out");
});

for (const http of [400, 403, 404, 409, 410, 413, 422, 423]) {
  test(`our ${http} is a refusal: whoever waits is told, and it leaves the queue`, async () => {
    const world = new World();
    world.answers = [() => problem(http, { errors: [{ field: "sbp", message: "SBP 400 cannot be stored." }] })];
    const sent = started(world.tab().send(reading(2)));
    await settle();

    assert.deepEqual([sent.result.status, sent.result.http, sent.result.errors.length], ["refused", http, 1]);
    assert.deepEqual(world.kept, []);
    await world.pass(100000);
    assert.equal(world.posts.length, 1);
  });
}

test("a refusal that comes later stays until it was looked at", async () => {
  const world = new World();
  const tab = world.tab();
  world.answers = [nothing, () => problem(422, { errors: [{ message: "HR 400 cannot be stored." }] })];
  tab.send(reading(2));
  await world.pass(5000);

  const { mine, refused } = await tab.counts();
  assert.deepEqual([mine, refused.length, refused[0].refused], [0, 1, "HR 400 cannot be stored."]);
  await world.pass(200000);
  assert.equal(world.posts.length, 2);

  const taken = await tab.takeBack(refused[0].id);
  assert.deepEqual(taken.body.values, { nausea: 2 });
  assert.deepEqual(world.kept, []);
});

test("a question is answered with the same id", async () => {
  const world = new World();
  const tab = world.tab();
  world.answers = [() => problem(422, { confirm: [{ field: "sbp", reason: "unusual" }] })];
  const first = started(tab.send(reading(2)));
  await settle();
  const { id, measured_at } = first.result.body;

  const second = started(tab.send({ ...reading(2), id, measured_at, confirmed: ["sbp"] }));
  await settle();

  assert.equal(second.result.status, "saved");
  assert.deepEqual(world.posts[1].body, { ...world.posts[0].body, confirmed: ["sbp"] });
});

// Order, pace, patience.

test("the oldest of a session goes first, one at a time, and none overtakes", async () => {
  const world = new World();
  const tab = world.tab();
  world.always = nothing;
  for (let nausea = 0; nausea < 6; nausea += 1) {
    tab.send(reading(nausea, nausea % 2 ? "s1" : "s2"));
    await world.pass(700);
  }
  world.always = null;
  await world.pass(120000);

  const stored = [...world.stored.values()];
  const scores = (session) => stored.filter((one) => one.session === session).map((one) => one.body.values.nausea);
  assert.deepEqual([scores("s1"), scores("s2")], [[1, 3, 5], [0, 2, 4]]);
  assert.equal(world.mostInFlight, 1);
});

test("a session without an answer does not hold up another", async () => {
  const world = new World();
  const tab = world.tab();
  world.always = (request, store) => (request.session === "s1" ? never() : store());
  tab.send(reading(1, "s1"));
  const sent = started(tab.send(reading(2, "s2")));
  await settle();

  assert.equal(sent.result.status, "saved");
});

test("who taps is told after four seconds at the latest", async () => {
  const world = new World();
  world.always = never;
  const sent = started(world.tab().send(reading(1)));
  await world.pass(3999);
  assert.equal(sent.result, undefined);

  await world.pass(1);

  assert.deepEqual([sent.result.status, sent.result.why], ["unknown", "no answer from the server"]);
});

test("an attempt without an answer is given up after ten seconds and repeated", async () => {
  const world = new World();
  const tab = world.tab();
  world.answers = [never];
  tab.send(reading(1));
  await world.pass(9999);
  assert.equal((await tab.entries())[0].state, "sending");
  assert.equal(world.posts.length, 1);

  await world.pass(1400);

  assert.deepEqual([world.posts.length, world.stored.size, world.kept.length], [2, 1, 0]);
});

test("the pause doubles up to its longest and is never the same twice", async () => {
  const world = new World();
  world.always = nothing;
  const times = [];
  const tab = world.tab();
  const { transport } = world;
  world.transport = (request) => {
    times.push(world.ms);
    return transport.call(world, request);
  };
  tab.send(reading(1));
  await world.pass(200000);

  const pauses = times.slice(1).map((at, n) => at - times[n]);
  pauses.forEach((pause, n) => {
    const middle = Math.min(30000, 1000 * 2 ** n);
    assert.ok(pause >= 0.75 * middle && pause <= 1.25 * middle, `pause ${n} is ${pause}`);
  });
  assert.equal(new Set(pauses).size, pauses.length);
});

test("a server that is asked too often keeps nobody's entry from being stored once", async () => {
  const world = new World();
  const tab = world.tab();
  world.answers = [() => ({ ...problem(429, { title: "Too many requests" }), retryAfter: 3 })];

  const told = tab.send(reading(1));
  await world.pass(2900);
  assert.deepEqual([world.posts.length, (await tab.entries())[0].state], [1, "kept"]);
  await world.pass(1200);

  assert.equal((await told).status, "kept", "said at once, and saved by itself later");
  assert.deepEqual([world.posts.length, world.stored.size, world.kept.length], [2, 1, 0]);
});

for (const [name, seconds, from, until] of [
  ["is followed", 20, 20000, 20000],
  ["of a day is not: two minutes at most", 86400, 120000, 120000],
  ["that is no number is none", Number.NaN, 750, 1250],
]) {
  test(`a Retry-After ${name}, whatever else happens`, async () => {
    const world = new World();
    const tab = world.tab();
    world.answers = [() => ({ ...problem(503), retryAfter: seconds })];
    tab.send(reading(1));
    await settle();
    if (seconds > 0) {
      tab.onOnline();
      tab.onFocus();
    }
    await world.pass(from - 1);
    assert.equal(world.posts.length, 1);

    await world.pass(until - from + 1);

    assert.equal(world.posts.length, 2);
  });
}

for (const occasion of ["onOnline", "onFocus", "onSignIn"]) {
  test(`${occasion} sends at once what has long failed`, async () => {
    const world = new World();
    const tab = world.tab();
    world.always = nothing;
    tab.send(reading(1));
    await world.pass(100000);
    world.always = null;

    await tab[occasion]();

    assert.equal(world.stored.size, 1);
  });
}

test("a tap during a long pause is an occasion too", async () => {
  const world = new World();
  const tab = world.tab();
  world.always = nothing;
  tab.send(reading(1));
  await world.pass(100000);
  world.always = null;

  const sent = started(tab.send(reading(2)));
  await settle();

  assert.equal(sent.result.status, "saved");
  assert.deepEqual([...world.stored.values()].map(({ body }) => body.values.nausea), [1, 2]);
});

// Whose it is.

test("another person's entries wait, are counted, and are never sent as hers", async () => {
  const world = new World();
  world.always = nothing;
  const before = world.tab();
  before.send(reading(1));
  before.send(reading(2, "s2"));
  await world.pass(3000);
  before.close();
  world.always = null;
  world.person = "r.okafor";
  world.posts = [];

  const tab = world.tab({ seed: 2 });
  await tab.flush();
  const sent = started(tab.send(reading(3)));
  await world.pass(100000);

  assert.equal(sent.result.status, "saved");
  assert.deepEqual(world.posts.map(({ by }) => by), ["r.okafor"]);
  const { mine, others } = await tab.counts();
  assert.deepEqual([mine, others], [0, { "m.silva": 2 }]);
  assert.equal(await tab.takeBack(world.kept[0].id), null);
  assert.equal(world.kept.length, 2);

  world.person = "m.silva";
  await tab.onSignIn();
  assert.deepEqual([...world.stored.values()].map(({ by }) => by), ["r.okafor", "m.silva", "m.silva"]);
});

test("a refused entry of somebody else is counted and not shown", async () => {
  const world = new World();
  world.answers = [nothing, () => problem(422)];
  const tab = world.tab();
  tab.send(reading(1));
  await world.pass(3000);
  world.person = "r.okafor";

  const { refused, others } = await tab.counts();

  assert.deepEqual([refused, others], [[], { "m.silva": 1 }]);
});

// Several tabs, and a browser that ends.

test("two tabs never have two requests of a session under way, nor send an entry twice", async () => {
  const world = new World();
  const tabs = [world.tab({ seed: 1 }), world.tab({ seed: 2 })];
  world.always = async (_request, store) => {
    await settle();
    return store();
  };
  const sent = Array.from({ length: 8 }, (_, n) => started(tabs[n % 2].send(reading(n))));
  tabs.forEach((tab) => tab.flush());
  for (let turn = 0; turn < 40; turn += 1) await settle();
  await world.pass(5000);

  assert.equal(world.mostInFlight, 1);
  assert.equal(world.posts.length, 8);
  assert.deepEqual(sent.map(({ result }) => result && result.status).filter((status) => status === "refused"), []);
  assert.deepEqual(world.kept, []);
});

test("a tab hears the answer that another tab had for its entry", async () => {
  const world = new World();
  const [mine, theirs] = [world.tab({ seed: 1 }), world.tab({ seed: 2 })];
  let release = () => {};
  world.lock("chairside-session-s1", () => new Promise((resolve) => (release = resolve)));
  const theirFlush = world.lock("chairside-session-s1", async () => {
    const [item] = world.kept;
    world.kept = [];
    return item;
  });
  const sent = started(mine.send(reading(1)));
  await settle();
  release();
  const { body } = await theirFlush;
  await settle();
  assert.equal(sent.result, undefined);

  await mine.hear({ what: "settled", id: body.id, by: "m.silva", result: { status: "saved", body } });
  await settle();

  assert.equal(sent.result.status, "saved");
  assert.equal(theirs.told.length, 0);
});

test("what was under way when the browser ended goes out once it is back, and is stored once", async () => {
  const world = new World();
  world.answers = [(_request, store) => {
    store();
    return never();
  }];
  const before = world.tab();
  before.send(reading(1));
  await settle();
  before.close();
  assert.equal(world.kept.length, 1);

  await world.tab({ seed: 2 }).flush();

  assert.equal(world.stored.size, 1);
  assert.deepEqual(world.kept, []);
  assert.equal(world.posts[1].body.queued, true);
});

test("a storage that fails after the answer neither loses what was saved nor sends it for ever", async () => {
  const world = new World();
  world.always = (_request, store) => {
    world.frozen = world.posts.length < 50 && "the disk is full";
    return store();
  };
  const sent = started(world.tab().send(reading(1)));
  await world.pass(60000);

  assert.equal(sent.result.status, "saved");
  assert.equal(world.posts.length, 1);
});

test("an entry that is put while the queue is found empty goes out all the same", async () => {
  const world = new World();
  const tab = world.tab();
  let release = () => {};
  world.answers = [(_request, store) => {
    world.reading = new Promise((resolve) => (release = resolve));
    return store();
  }];
  tab.send(reading(1));
  await settle();
  tab.send(reading(2));
  await settle();
  assert.equal(world.posts.length, 1);

  world.reading = null;
  release();
  await settle();

  assert.deepEqual([world.stored.size, world.kept.length], [2, 0]);
});

test("the same id is kept once, however often it is put", async () => {
  const world = new World();
  world.always = nothing;
  const tab = world.tab();
  const id = tab.uuid();

  await Promise.all([tab.put({ ...reading(1), id }), tab.put({ ...reading(2), id })]);

  assert.equal(world.kept.length, 1);
  assert.deepEqual(world.kept[0].body.values, { nausea: 1 });
});

test("an entry that is under way cannot be taken back", async () => {
  const world = new World();
  world.always = never;
  const tab = world.tab();
  tab.send(reading(1));
  await settle();

  assert.equal(await tab.takeBack(world.kept[0].id), null);
  assert.equal(world.kept.length, 1);
});

// Envelopes of other releases.

const OLD = { session: "s1", by: "m.silva", tries: 0, body: { id: "00000000-0000-4000-8000-000000000001", kind: "note", measured_at: "2026-11-24T11:00:00.000Z", text: "Slept." } };

test("an envelope of the first release goes out", async () => {
  const world = new World();
  world.kept = [OLD];

  await world.tab().flush();

  assert.deepEqual([...world.stored.values()], [{ session: "s1", by: "m.silva", body: OLD.body }]);
  assert.deepEqual(world.kept, []);
});

test("an envelope that this release cannot read is left alone and counted", async () => {
  const world = new World();
  const newer = [{ ...OLD, v: 99 }, { v: 2, id: "x" }];
  world.kept = structuredClone(newer);
  const tab = world.tab();

  await tab.flush();

  assert.deepEqual(world.posts, []);
  assert.deepEqual(world.kept, newer);
  assert.equal((await tab.counts()).unreadable, 2);
});

// Any weather: a table of seeds, each a different day.

for (let seed = 1; seed <= 40; seed += 1) {
  test(`whatever the network does (seed ${seed}), each entry is stored once, in order, under its name`, async () => {
    const world = new World();
    let roll = seed * 7919;
    const chance = () => (roll = (roll * 1103515245 + 12345) % 2147483648) / 2147483648;
    const weather = [nothing, portal, never, () => problem(503), () => problem(401), (_request, store) => (store(), nothing())];
    world.always = (request, store) => (chance() < 0.6 ? weather[Math.floor(chance() * weather.length)](request, store) : store());
    const people = ["m.silva", "r.okafor"];
    const made = [];
    let opened = seed * 1000;
    const open = () => [world.tab({ seed: (opened += 1) }), world.tab({ seed: (opened += 1) })];
    let tabs = open();
    for (let n = 0; n < 12; n += 1) {
      world.person = people[Math.floor(n / 4) % 2];
      const id = tabs[0].uuid();
      made.push([id, world.person]);
      tabs[n % 2].send({ ...reading(n % 11, n % 3 ? "s1" : "s2"), id });
      await world.pass(chance() * 20000);
      if (chance() < 0.25) {
        tabs.forEach((tab) => tab.close());
        tabs = open();
      }
      if (chance() < 0.3) tabs[0].onOnline();
    }
    world.always = null;
    for (const person of people) {
      world.person = person;
      tabs.forEach((tab) => tab.onSignIn());
      await world.pass(130000);
    }

    assert.deepEqual(world.kept, []);
    assert.deepEqual(new Map([...world.stored].map(([id, { by }]) => [id, by])).size, 12);
    for (const [id, by] of made) assert.equal(world.stored.get(id).by, by);
    for (const session of ["s1", "s2"]) {
      for (const person of people) {
        const order = [...world.stored.values()].filter((one) => one.session === session && one.by === person).map(({ body }) => body.id);
        assert.deepEqual(order, made.filter(([id, by]) => by === person && order.includes(id)).map(([id]) => id));
      }
    }
  });
}

test("the file needs nothing but the language: no page, no timers, no modules", async () => {
  const world = new World();
  const bare = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(fs.readFileSync(require.resolve("../../assets/outbox.js"), "utf8"), bare);
  assert.deepEqual(Object.keys(bare), ["chairsideOutbox"]);
  const ours = globalThis.chairsideOutbox;
  globalThis.chairsideOutbox = bare.chairsideOutbox;
  const tab = world.tab();
  globalThis.chairsideOutbox = ours;

  const sent = started(tab.send(reading(1)));
  await settle();

  assert.equal(sent.result.status, "saved");
});

// What tablets of each release may still hold.

const GOLDEN = path.join(__dirname, "..", "browser", "golden");

for (const file of fs.readdirSync(GOLDEN).filter((name) => name.endsWith(".json"))) {
  test(`what release ${file.replace(".json", "")} left goes out as it was made`, async () => {
    const world = new World();
    const { waiting: left } = JSON.parse(fs.readFileSync(path.join(GOLDEN, file), "utf8"));
    world.kept = structuredClone(left);

    await world.tab().flush();

    assert.equal(left.length, 2);
    assert.deepEqual(world.kept, []);
    assert.deepEqual(
      world.posts.map(({ session, by, body: { queued, ...body } }) => ({ session, by, body })),
      left.map(({ session, by, body }) => ({ session, by, body })),
    );
  });
}
