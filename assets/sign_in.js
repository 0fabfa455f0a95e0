/* Signs in by the API and goes on; acts on the sign-in page only. */
(function () {
  "use strict";
  const form = document.getElementById("sign-in-form");
  if (!form) {
    return;
  }
  const said = document.getElementById("sign-in-said");
  const codePlace = document.getElementById("sign-in-code-place");
  const button = form.querySelector("button");

  /** What was kept of pages is the person's who opened them. A worker that does not answer holds nobody up. */
  function forgetOthers(name) {
    const worker = navigator.serviceWorker && navigator.serviceWorker.controller;
    if (!worker) return Promise.resolve();
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      setTimeout(resolve, 1000);
      worker.postMessage({ what: "person", person: name }, [port2]);
    });
  }

  async function goOn(name) {
    localStorage.setItem("chairside-used", `${Date.now()}`); // a fresh sign-in is use: assets/lock.js
    await forgetOthers(name);
    window.location.assign(form.dataset.next || "/");
  }

  /** Set the PIN that was given beside the password; where it is none, it is said, and signing in again goes on without one. */
  async function isPinSet(token) {
    const pin = form.pin.value;
    if (!pin) return true;
    const answer = await fetch("/api/v1/account/pin", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify({ pin, password: form.password.value }),
    });
    if (answer.ok) return true;
    const { detail } = await answer.json();
    said.textContent = `${detail} Or leave the PIN empty.`;
    form.pin.value = "";
    form.pin.focus();
    return false;
  }

  async function offerPins() {
    const people = await window.chairside.pinPad.names();
    if (people.length) window.chairside.pinPad.draw(document.getElementById("sign-in-pin-pad"), people, goOn);
  }

  async function signIn(event) {
    event.preventDefault();
    said.textContent = "";
    button.disabled = true;
    try {
      const answer = await fetch("/api/v1/sign-in", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ username: form.username.value, password: form.password.value, code: form.code.value || undefined }),
      });
      const body = await answer.json();
      if (answer.ok && body.user) {
        if (!(await isPinSet(body.csrf_token))) return;
        await goOn(body.user.name);
        return;
      }
      said.textContent = body.detail || "Signing in did not work. Try again.";
      const asksForCode = (body.errors || []).some(({ field }) => field === "code");
      codePlace.hidden = !asksForCode && codePlace.hidden;
      if (asksForCode) form.code.focus();
      else form.password.select();
    } catch (error) {
      said.textContent = "The server does not answer. Check the Wi-Fi and try again.";
    } finally {
      button.disabled = false;
    }
  }

  form.addEventListener("submit", signIn);
  offerPins();
})();
