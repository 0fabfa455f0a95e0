// The chair page put together: taps find their act, and a chair that changes hands is drawn anew.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};

// ---- a word to the page that comes next: the id of a session, and nothing else ----

window.chairside.notes = {
  leave(what, session) {
    try {
      sessionStorage.setItem(`chairside-${what}`, session);
    } catch {
      // then the next page says nothing
    }
  },
  take(what) {
    try {
      const session = sessionStorage.getItem(`chairside-${what}`);
      sessionStorage.removeItem(`chairside-${what}`);
      return session || "";
    } catch {
      return "";
    }
  },
};

(() => {
  const tools = () => window.chairside.form;
  let met = null; // the page as it was drawn
  let session = null;

  /** Take up a page that has just been drawn, or notice that another patient sits there now. */
  function meet() {
    const page = tools() && tools().page(); // the other scripts may not be there yet
    if (!page || !page.querySelector("[data-form]") || !window.chairside.send) return;
    if (page !== met) {
      met = page;
      ({ session } = page.dataset);
      window.chairside.drafts.restore(page);
      window.chairside.reading.refresh();
      window.chairside.seat.refresh();
      window.chairside.outbox.flush();
      window.chairside.clock.tick(); // the words of the tabs, which give them their width
      const here = page.querySelector('[aria-current="page"]');
      if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 60;
      tick();
      tellBefore(page);
      return;
    }
    if (page.dataset.session === session || window.chairside.seat.isBusy() || window.chairside.more.isMoving()) return;
    location.reload();
  }

  /** Say what the page before left to say: who was seated without a screening, or whose session has ended. */
  function tellBefore(page) {
    const seated = window.chairside.notes.take("seated");
    if (seated && seated === page.dataset.session) tools().status("saved", "Seated. Screening is not answered yet.");
    if (page.dataset.session) return;
    const ended = window.chairside.notes.take("ended");
    if (ended) tools().status("saved", "The session has ended.", { link: { ...tools().recordLink(ended), textContent: "Last session's record" } });
  }

  function tick() {
    tools().tellTimes();
    window.chairside.infusion.tellDose();
  }

  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      meet();
    });
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-session"] });
  document.addEventListener("DOMContentLoaded", meet); // the page came with its document; now every script is there
  new MutationObserver((records) => {
    if (records.some((record) => record.target.dataset.vital)) window.chairside.reading.refresh();
    if (records.some((record) => (record.attributeName || "").startsWith("data-dose"))) tick();
  }).observe(document.documentElement, {
    subtree: true,
    attributes: true,
    attributeFilter: ["class", "data-was", "data-baseline", "data-verdicts", "data-dose-mg", "data-dose-at", "data-dose-rate"],
  });
  setInterval(() => met && met.isConnected && tick(), 1000);

  /** Typing or choosing the next entry ends the message about the last one. */
  function began(target) {
    if (target.closest('[data-form="reading"], [data-form="sheet"], [data-form="more"], [data-form="seat"]')) tools().unsay();
    window.chairside.drafts.keep();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button");
    if (!button || !tools().page() || !tools().page().contains(button)) return;
    const { act, minutes, value, toggle } = button.dataset;
    if (minutes !== undefined) tools().tapTime(button);
    else if (value !== undefined && button.closest("[data-pick]")) tools().tap(button);
    else if (toggle !== undefined) {
      tools().press(button, !tools().isOn(button));
      window.chairside.reading.refresh();
    } else if (act !== undefined) {
      const work = window.chairside.acts[act];
      if (work) work(button);
      return;
    } else return;
    if (button.closest("[data-screening]")) window.chairside.reading.tellSave();
    if (value !== undefined || toggle !== undefined) began(button);
    else window.chairside.drafts.keep();
  });
  document.addEventListener("input", (event) => {
    const place = event.target.closest && event.target.closest("[data-when]");
    if (event.target.closest && event.target.closest('[data-form="infusion"]')) window.chairside.reading.tellSave();
    if (place) {
      delete place.dataset.exact;
      if (event.target.value.trim()) for (const chip of place.querySelectorAll("[data-minutes]")) tools().press(chip, false);
      tools().sayWrong(place, "");
    }
    if (!event.isTrusted) window.chairside.drafts.keep();
    else if (tools().page() && tools().page().contains(event.target)) began(event.target);
  });

  /** An entry that waited has its answer: say so, and count anew. */
  document.addEventListener("chairside:settled", ({ detail: { body, result } }) => {
    if (!tools().isAbout(body.id)) return; // the count says it; the line is about another entry
    const more = { entry: body.id };
    const at = tools().clock(Date.parse(body.measured_at));
    if (result.status === "saved") tools().status("saved", `Saved ${tools().clock(tools().now())}: the entry of ${at} has been sent.`, { ...more, flags: result.flags || [] });
    else tools().status("refused", `The entry of ${at} was not accepted. ${window.chairside.outbox.sentence(result)}`, more);
  });

  /** Bring back an entry that was refused after it had been kept, to put it right. */
  window.chairside.acts["look-at-refused"] = async (button) => {
    const { refused } = await window.chairside.outbox.counted();
    const found = refused.find(({ id }) => id === button.dataset.entry);
    if (found && found.session !== tools().session()) {
      tools().status("refused", `Of another session, at ${tools().clock(Date.parse(found.body.measured_at))}: ${found.refused}`, {
        link: { ...tools().recordLink(found.session), textContent: "Chart it in its record" },
      });
      return;
    }
    if (!found) return;
    const { body } = found;
    tools().lookAt(body);
    if (body.kind === "reading") window.chairside.reading.load(body);
    else if (body.kind === "adverse_event") window.chairside.effects.edit(body);
    else if (body.kind === "infusion") window.chairside.infusion.details(body.action, { rate: body.rate_mg_h });
    else window.chairside.more.load(body);
    tools().status("refused", found.refused);
  };

  /** Give up a refused entry for good; asked once more, for nothing else remembers it. */
  window.chairside.acts["put-away-refused"] = async (button) => {
    if (button.dataset.sure) await window.chairside.outbox.takeBack(button.dataset.entry);
    button.dataset.sure = "yes";
    button.textContent = "Put away for good?";
  };
})();
