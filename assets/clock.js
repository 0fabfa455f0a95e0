// Ticking text. Layouts draw an element without children and say by attributes what it tells; this file writes its words
// every second by the server's clock. React never owns these words, so a live update and a tick cannot get in each other's way.
//
//   data-tick   what to write (the names in WRITERS below)
//   data-at     the moment it speaks of, ISO 8601
//   data-say    for "say": a sentence with {age}, {min} or {to go}; for "due-note": what stands there until it is due
//   data-grace  for "due-…": minutes until a check that is due counts as late
//   data-was    what to write instead while the screen is not live (may be empty)
"use strict";
window.chairside = window.chairside || {};
window.chairside.clock = (() => {
  const SECOND = 1000;
  const MINUTE = 60 * SECOND;
  const formats = new Map();
  let offset = 0; // server minus this device
  let heardAt = null; // by the server's clock

  const now = () => Date.now() + offset;

  function zone() {
    const drawn = document.querySelector("[data-zone]");
    return drawn ? drawn.dataset.zone : "UTC";
  }

  function format(wanted) {
    try {
      return new Intl.DateTimeFormat("en-GB", wanted);
    } catch {
      return new Intl.DateTimeFormat("en-GB", { ...wanted, timeZone: "UTC" }); // a zone this browser does not know
    }
  }

  /** The wall-clock time in the clinic, "14:21" or "14:21:07". */
  function clock(at, seconds = false, name = zone()) {
    const key = `${name} ${seconds}`;
    if (!formats.has(key)) {
      const wanted = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: name };
      formats.set(key, format(seconds ? { ...wanted, second: "2-digit" } : wanted));
    }
    return formats.get(key).format(at);
  }

  const whole = (at, moment) => Math.max(0, Math.floor((moment - at) / MINUTE));
  const age = (at, moment) => (moment - at < MINUTE ? "now" : `${whole(at, moment)} min ago`);

  /** "3 min 12 s", "12 s". */
  function span(at, moment) {
    const seconds = Math.max(0, Math.floor((moment - at) / SECOND));
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }

  /** How a check stands: the number, its unit and the note below it. */
  function due(at, moment, grace, note) {
    const late = moment - at;
    if (late < 0) return { number: `${Math.ceil(-late / MINUTE)}`, unit: "min", note };
    if (late <= grace * MINUTE) {
      return { number: "due", unit: "", note: late < MINUTE ? `now, ${clock(at)}` : `since ${clock(at)}` };
    }
    return { number: `${whole(at, moment)}`, unit: "min", note: "late" };
  }

  const dueOf = (data, at, moment) => due(at, moment, Number(data.grace || 0), data.say || clock(at));
  const together = ({ number, unit, note }) => [number, unit, note === "late" ? note : ""].filter(Boolean).join(" ");

  const WRITERS = {
    say: (data, at, moment) =>
      (data.say || "")
        .replaceAll("{age}", age(at, moment))
        .replaceAll("{min}", `${whole(at, moment)} min`)
        .replaceAll("{to go}", `${Math.max(0, Math.ceil((at - moment) / MINUTE))} min`),
    age: (data, at, moment) => age(at, moment),
    minutes: (data, at, moment) => `${whole(at, moment)}`,
    since: (data, at, moment) => `${whole(at, moment)} min`,
    elapsed: (data, at, moment) => {
      const end = data.end ? `, ${left(Date.parse(data.end), moment)}` : "";
      return `${whole(at, moment)} min${end}`;
    },
    left: (data, at, moment) => ` min, ${left(at, moment)}`,
    countdown: (data, at, moment) => together(dueOf(data, at, moment)),
    "due-number": (data, at, moment) => dueOf(data, at, moment).number,
    "due-unit": (data, at, moment) => dueOf(data, at, moment).unit,
    "due-note": (data, at, moment) => dueOf(data, at, moment).note,
    ago: (data, at, moment) => span(at, moment),
    at: (data, at) => clock(at),
    "at-seconds": (data, at) => clock(at, true),
    clock: (data, at, moment) => clock(moment),
    heard: (data, at, moment) => heard(document.documentElement.dataset.live, moment, data.say !== "short"),
  };
  const WITHOUT_MOMENT = new Set(["clock", "heard"]);
  const WHEN_STALE = { age: "at", countdown: "at", since: "at", "due-number": "at" };

  /** Minutes to a planned end, rounded up, or past it: "48 left", "5 over". */
  function left(end, moment) {
    return moment <= end ? `${Math.ceil((end - moment) / MINUTE)} left` : `${Math.floor((moment - end) / MINUTE)} over`;
  }

  function heard(live, moment, since) {
    if (live === "stale") return "Not live";
    if (live !== "live" || heardAt === null) return "Connecting";
    return since ? `Live, ${span(heardAt, moment)} ago` : "Live";
  }

  /** What an element with these attributes says at a moment; pure but for the page's time zone. */
  function text(data, moment, stale = false) {
    if (stale && data.was !== undefined) return data.was;
    const kind = (stale && WHEN_STALE[data.tick]) || data.tick;
    const at = Date.parse(data.at);
    if (Number.isNaN(at) && !WITHOUT_MOMENT.has(kind)) return kind === "say" ? data.say || "" : "";
    return WRITERS[kind] ? WRITERS[kind](data, at, moment) : "";
  }

  /** Write every ticking text of the page anew; what did not change is left alone. */
  function tick() {
    const moment = now();
    const stale = document.documentElement.dataset.live === "stale";
    for (const element of document.querySelectorAll("[data-tick]")) {
      const said = text(element.dataset, moment, stale);
      if (element.textContent !== said) element.textContent = said;
    }
  }

  /**
   * A moment (ms) that was read off a clock, which shows no seconds: any moment of its minute is meant. In the minute of the patient's
   * arrival that is the arrival itself, for nothing is charted before it.
   */
  function charted(moment) {
    const place = document.querySelector("[data-arrived]");
    const arrived = Date.parse(place ? place.dataset.arrived : "");
    const sameMinute = Math.floor(moment / MINUTE) === Math.floor(arrived / MINUTE);
    return sameMinute && moment < arrived ? arrived : moment;
  }

  const KEEP_FROM = 500; // ms by which the offset must differ from the one that is kept
  let keptOffset = null;

  /** Take over the server's clock from a heartbeat, and remember when it came. */
  function hear(iso) {
    const server = Date.parse(iso);
    if (!Number.isNaN(server)) offset = server - Date.now();
    heardAt = now();
    if (keptOffset !== null && Math.abs(offset - keptOffset) < KEEP_FROM) return;
    keptOffset = offset;
    window.chairside.kept.note("clock", offset).catch(() => {}); // then a page without a network goes by its own clock
  }

  /** Go by what the server's clock was known to be, until it is heard again. */
  async function recall() {
    const found = await window.chairside.kept.fact("clock").catch(() => null);
    if (typeof found !== "number" || heardAt !== null) return;
    offset = found;
    document.dispatchEvent(new CustomEvent("chairside:clock"));
    tick();
  }

  let asked = false;
  function soon() {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      tick();
    });
  }

  function start() {
    const own = (record) => record.type === "childList" && record.target.dataset && record.target.dataset.tick;
    new MutationObserver((records) => records.every(own) || soon()).observe(document.documentElement, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["data-tick", "data-at", "data-say", "data-was", "data-end", "data-grace", "data-live", "data-zone"],
    });
    const beat = () => {
      tick();
      setTimeout(beat, SECOND - (now() % SECOND) + 5); // on the second, so that clocks on one wall turn together
    };
    beat();
    recall();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();

  return { now, hear, tick, text, clock, charted, age, span, due, heardAt: () => heardAt };
})();
