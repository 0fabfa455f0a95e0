// The chair page put together: taps find their act, a draft survives a reload, and a chair that changes hands is drawn anew.
"use strict";
window.chairside = window.chairside || {};
window.chairside.acts = window.chairside.acts || {};

// ---- the draft: what is typed and chosen, kept for this chair and this session ----

window.chairside.drafts = (() => {
  const tools = () => window.chairside.form;
  const key = (page) => `chairside-draft:${page.dataset.person}:${page.dataset.chair}:${page.dataset.session}`;
  let restored = null; // the page element that has its draft back

  const nameOf = (input) => (input.closest("[data-testid]") || input).dataset.testid;

  function read(page) {
    const inputs = {};
    for (const input of page.querySelectorAll("input, textarea")) if (input.value) inputs[nameOf(input)] = input.value;
    const picks = {};
    for (const group of page.querySelectorAll("[data-pick]")) {
      const values = tools().buttons(group).filter(tools().isOn).map((button) => button.dataset.value);
      if (values.length) picks[place(group)] = values;
    }
    const times = {};
    for (const when of page.querySelectorAll("[data-when]")) if (when.dataset.moment) times[when.dataset.when] = when.dataset.moment;
    const toggles = [...page.querySelectorAll("[data-toggle]")].filter(tools().isOn).map((button) => button.dataset.toggle);
    return { inputs, picks, times, toggles };
  }

  /** A choice by its name and the form it stands in: two forms may ask the same. */
  const place = (group) => `${group.closest("[data-sheet], [data-form]").dataset.sheet || ""}:${group.dataset.pick}`;

  function keep() {
    const page = tools().page();
    if (!page || page !== restored || window.chairside.reading.isCorrecting()) return;
    try {
      sessionStorage.setItem(key(page), JSON.stringify(read(page)));
    } catch {
      // a browser that keeps nothing loses the draft with the page
    }
  }

  function restore(page) {
    if (restored === page) return;
    let draft = null;
    try {
      draft = JSON.parse(sessionStorage.getItem(key(page)) || "null");
    } catch {
      // an unreadable draft is none
    }
    if (draft) put(page, draft);
    restored = page;
  }

  function put(page, { inputs, picks, times, toggles }) {
    for (const input of page.querySelectorAll("input, textarea")) {
      if (inputs[nameOf(input)] !== undefined) tools().setValue(input, inputs[nameOf(input)]);
    }
    for (const group of page.querySelectorAll("[data-pick]")) {
      const values = picks[place(group)] || [];
      for (const button of tools().buttons(group)) tools().press(button, values.includes(button.dataset.value));
    }
    for (const when of page.querySelectorAll("[data-when]")) {
      if (!times[when.dataset.when]) continue;
      when.dataset.moment = times[when.dataset.when];
      for (const chip of when.querySelectorAll("[data-minutes]")) tools().press(chip, false);
      tools().setTime(page, when.dataset.when, new Date(Number(when.dataset.moment)).toISOString());
    }
    for (const button of page.querySelectorAll("[data-toggle]")) tools().press(button, toggles.includes(button.dataset.toggle));
  }

  /** Drop the draft of this chair: what was typed is in the record now. */
  function drop() {
    const page = tools().page();
    if (page) sessionStorage.removeItem(key(page));
    restored = null; // nothing is kept any more until the page is drawn anew
  }

  return { keep, restore, drop };
})();

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
    if (page.dataset.session === session || window.chairside.seat.isBusy()) return;
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
    if (target.closest('[data-form="reading"], [data-form="sheet"], [data-form="seat"]')) tools().unsay();
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
    const at = tools().clock(Date.parse(body.measured_at));
    if (result.status === "saved") tools().status("saved", `Saved ${tools().clock(tools().now())}: the entry of ${at} has been sent.`, { flags: result.flags || [] });
    else tools().status("refused", `The entry of ${at} was not accepted. ${window.chairside.outbox.sentence(result)}`);
  });

  /** Bring back an entry that was refused after it had been kept, to put it right. */
  window.chairside.acts["look-at-refused"] = async (button) => {
    const item = await window.chairside.outbox.takeBack(button.dataset.entry);
    if (!item || item.session !== tools().session()) return;
    const { body } = item;
    if (body.kind === "reading") window.chairside.reading.load(body);
    else if (body.kind === "adverse_event") window.chairside.effects.edit(body);
    else if (body.kind === "infusion") window.chairside.infusion.details(body.action, { rate: body.rate_mg_h });
    tools().status("refused", item.refused);
  };
})();
