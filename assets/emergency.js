// Acting at another site, and emergency access: opens it, ends it by tap, and takes the banner away when its time is over.
"use strict";
(() => {
  const SOONEST = 1000; // ms

  function csrf() {
    const found = /(?:^|; )(?:__Host-)?chairside-csrf=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  /** Post; an empty text when it was done, else the sentence that says why not. */
  async function post(path, body) {
    try {
      const answer = await fetch(`/api/v1/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf() },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const said = await answer.json().catch(() => ({}));
      return answer.ok ? { said: "", answer: said } : { said: said.detail || "That did not work. Try again." };
    } catch {
      return { said: "The server does not answer. Try again." };
    }
  }

  const value = (name) => document.getElementById(`emergency-${name}`).value.trim() || undefined;

  async function open(button) {
    const names = ["site", "chair", "session", "reason"];
    button.disabled = true;
    const { said, answer } = await post("emergency-access", Object.fromEntries(names.map((name) => [name, value(name)])));
    button.disabled = false;
    if (said) document.getElementById("emergency-said").textContent = said;
    else location.assign(`/session/${answer.session}`);
  }

  async function end(button) {
    const { said } = await post(`emergency-access/${button.dataset.emergencyEnd}/end`);
    if (said) button.textContent = said;
    else location.assign("/");
  }

  /** What waits here belongs to a patient of this site and can be sent from here only. */
  async function actAt(button) {
    const { waiting } = await window.chairside.outbox.counted().catch(() => ({ waiting: 0 }));
    if (waiting) {
      button.textContent = `${waiting} not yet sent: send them first`;
      return;
    }
    const { said } = await post(`sites/${button.dataset.actAt}/act`);
    if (said) {
      button.textContent = said;
      return;
    }
    await window.chairside.offline.restart(document.querySelector('[data-testid="signed-in"]').textContent);
    location.assign("/");
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest ? event.target : null;
    if (!target) return;
    const act = target.closest("[data-act-at]");
    const ending = target.closest("[data-emergency-end]");
    const opening = target.closest("#emergency-open");
    if (act) actAt(act);
    if (ending) end(ending);
    if (opening) open(opening);
  });

  /** A record of another site does not stay on the screen longer than it may be looked at. */
  function over(banner) {
    banner.remove();
    const link = banner.querySelector("a");
    if (link && link.pathname === location.pathname) location.assign("/");
  }

  function watch() {
    for (const banner of document.querySelectorAll("[data-emergency-until]:not([data-watched])")) {
      banner.dataset.watched = "";
      const left = new Date(banner.dataset.emergencyUntil) - Date.now();
      setTimeout(() => over(banner), Math.max(SOONEST, left));
    }
  }
  new MutationObserver(watch).observe(document.documentElement, { subtree: true, childList: true });
  watch();
})();
