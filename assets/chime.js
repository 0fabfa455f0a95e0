// The sound of the board: two notes for each critical alert that nobody has answered, once. It is made here, needs no file, and is off
// until somebody on this screen allows it. A browser that blocks it leaves the switch saying so; what could not ring rings once it may.
// Never on the page of a chair: only the board has the switch.
"use strict";
window.chairside = window.chairside || {};
window.chairside.chime = (() => {
  const KEY = "chairside-sound";
  const RUNG = "chairside-rung";
  const MOST = 200; // alerts that are remembered as rung
  const NOTES = [660, 880]; // Hz
  const LONG = 0.35; // s of a note
  let context = null;
  let rung = new Set(read(RUNG, "").split(" "));

  function read(key, otherwise) {
    try {
      return localStorage.getItem(key) ?? otherwise;
    } catch {
      return otherwise; // a browser that keeps nothing is asked again after the next load
    }
  }

  function keep(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // it holds until the next load
    }
  }

  let wanted = read(KEY, "off") === "on";
  const button = () => document.querySelector('[data-testid="sound-switch"]');
  const isOn = () => wanted && context !== null && context.state === "running";

  /** Which of the alerts that wait have not been heard yet. */
  const unheard = (waiting, known) => waiting.filter((alert) => !known.has(alert));

  function waiting() {
    return [...document.querySelectorAll("[data-alerts]")].flatMap((pill) => pill.dataset.alerts.split(" ").filter(Boolean));
  }

  function note(hz, at) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hz;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.4, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + LONG);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + LONG);
  }

  function play() {
    NOTES.forEach((hz, place) => note(hz, context.currentTime + place * LONG * 0.7));
    document.dispatchEvent(new CustomEvent("chairside:chime"));
  }

  /** Ring once for what was not heard yet; several at once ring as one. */
  function ring() {
    if (!isOn() || document.documentElement.dataset.live === "stale") return;
    const fresh = unheard(waiting(), rung);
    if (!fresh.length) return;
    rung = new Set([...rung, ...fresh].slice(-MOST));
    keep(RUNG, [...rung].join(" "));
    play();
  }

  /** Say on the switch whether it can be heard; what a browser blocks counts as off. */
  function tell() {
    const place = button();
    if (!place) return;
    const words = isOn() ? place.dataset.on : place.dataset.off;
    if (place.textContent !== words) place.textContent = words;
    place.setAttribute("aria-pressed", `${isOn()}`);
  }

  /** Make the sound ready; a browser that wants a tap first leaves it suspended. */
  async function prepare() {
    if (!wanted || !window.AudioContext) return;
    if (!context) {
      context = new AudioContext();
      context.onstatechange = () => {
        tell();
        ring();
      };
    }
    context.resume().catch(() => {}); // still blocked: the switch goes on saying so
  }

  async function toggle() {
    const on = !isOn();
    wanted = on;
    keep(KEY, on ? "on" : "off");
    if (on) {
      await prepare();
      if (context) await context.resume();
      if (!unheard(waiting(), rung).length && isOn()) play(); // so that whoever switches it on has heard it
      ring();
    } else if (context) {
      await context.suspend();
    }
    tell();
  }

  function look() {
    if (!button()) return;
    prepare();
    tell();
    ring();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest('[data-testid="sound-switch"]')) toggle();
  });
  new MutationObserver(look).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributeFilter: ["data-alerts", "data-on"],
  });

  return { unheard };
})();
