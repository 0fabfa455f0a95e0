/* Signs in by the API and goes on; acts on the sign-in page only. */
(function () {
  "use strict";
  const form = document.getElementById("sign-in-form");
  if (!form) {
    return;
  }
  const said = document.getElementById("sign-in-said");
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

  async function signIn(event) {
    event.preventDefault();
    said.textContent = "";
    button.disabled = true;
    try {
      const answer = await fetch("/api/v1/sign-in", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ username: form.username.value, password: form.password.value }),
      });
      const body = await answer.json();
      if (answer.ok && body.user) {
        await forgetOthers(body.user.name);
        window.location.assign(form.dataset.next || "/");
        return;
      }
      said.textContent = body.detail || "Signing in did not work. Try again.";
      form.password.select();
    } catch (error) {
      said.textContent = "The server does not answer. Check the Wi-Fi and try again.";
    } finally {
      button.disabled = false;
    }
  }

  form.addEventListener("submit", signIn);
})();
