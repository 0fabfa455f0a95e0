// What the frame of a page does: the title of the tab, signing out, and a menu that closes when something else is touched.
"use strict";
(() => {
  function csrf() {
    const found = /(?:^|; )(?:__Host-)?chairside-csrf=([^;]*)/.exec(document.cookie);
    return found ? decodeURIComponent(found[1]) : "";
  }

  /** Whether this person has entries that wait here; the first tap says so, a second one means it. */
  async function warned(button) {
    if (button.dataset.warned !== undefined) return false;
    const { waiting } = await window.chairside.outbox.counted().catch(() => ({ waiting: 0 }));
    if (!waiting) return false;
    button.dataset.warned = "";
    button.textContent = `${waiting} not yet sent, only you can send. Sign out anyway`;
    return true;
  }

  async function signOut(button) {
    if (await warned(button)) return;
    button.disabled = true;
    try {
      await fetch("/api/v1/sign-out", { method: "POST", headers: { "X-CSRF-Token": csrf() } });
      await window.chairside.offline.forget();
      location.assign("/sign-in");
    } catch {
      button.disabled = false;
      button.textContent = "No connection, still signed in";
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest ? event.target : null;
    const out = target && target.closest('[data-testid="sign-out"]');
    if (out) signOut(out);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!target || !menu.contains(target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  function title() {
    const frame = document.querySelector("[data-title]");
    if (frame && document.title !== frame.dataset.title) document.title = frame.dataset.title;
  }
  new MutationObserver(title).observe(document.documentElement, {
    subtree: true,
    childList: true,
    attributeFilter: ["data-title"],
  });
})();
