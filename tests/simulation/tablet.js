// Joins the tablet's outbox to a simulated world. Every wish of the outbox becomes a call of `host(tab, what, ticket, text)`; the world answers
// when it likes, by ticket. The world calls nothing here while it is being called itself.
"use strict";
(() => {
  const tabs = new Map();

  globalThis.openTab = (tab) => {
    const waiting = new Map(); // ticket -> what the outbox waits for
    const timers = new Map();
    let last = 0;

    function ask(what, text, step) {
      const ticket = ++last;
      const answer = new Promise((resolve, reject) => waiting.set(ticket, { resolve, reject, step }));
      host(tab, what, ticket, text);
      return { ticket, answer };
    }

    const outbox = chairsideOutbox.create({
      clock: { now: () => hostClock(tab), device: () => hostDevice(tab) },
      storage: {
        all: () => ask("all", "").answer,
        change: (id, step) => ask("change", id, step).answer,
      },
      transport: (request) => {
        const { ticket, answer } = ask("post", JSON.stringify(request));
        return { answer, stop: () => host(tab, "stop", ticket, "") };
      },
      random: () => hostRandom(tab),
      schedule: (ms, work) => {
        const ticket = ++last;
        timers.set(ticket, work);
        host(tab, "timer", ticket, String(ms));
        return () => host(tab, "cancel", ticket, "");
      },
      lock: async (name, work) => {
        await ask("lock", name).answer;
        try {
          return await work();
        } finally {
          host(tab, "unlock", 0, name);
        }
      },
      person: () => hostPerson(tab),
      tell: (event) => host(tab, "tell", 0, JSON.stringify(event)),
    });
    tabs.set(tab, { outbox, waiting, timers });
  };

  globalThis.shutTab = (tab) => tabs.delete(tab);

  globalThis.answerTab = (tab, ticket, good, text) => {
    const { waiting } = tabs.get(tab);
    const { resolve, reject } = waiting.get(ticket);
    waiting.delete(ticket);
    if (good) resolve(JSON.parse(text));
    else reject(new Error(text));
  };

  /** Run the step of a change on what is stored; what shall be stored instead. */
  globalThis.stepTab = (tab, ticket, text) => JSON.stringify(tabs.get(tab).waiting.get(ticket).step(JSON.parse(text)));

  globalThis.ringTab = (tab, ticket) => tabs.get(tab).timers.get(ticket)();

  globalThis.callTab = (tab, ticket, method, text) => {
    Promise.resolve(tabs.get(tab).outbox[method](JSON.parse(text))).then(
      (found) => host(tab, "done", ticket, JSON.stringify(found === undefined ? null : found)),
      (error) => host(tab, "failed", ticket, `${error.name}: ${error.message}`),
    );
  };
})();
