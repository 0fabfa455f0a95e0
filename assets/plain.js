// Parts of a page that are plain elements: Dash carries them as one attribute (layouts/markup.py) and never looks inside, so
// a change of a text is a change of a text. Used for the cards of the board, of which there may be many.
"use strict";
window.chairside = window.chairside || {};
window.chairside.plain = (() => {
  const PLACE = "[data-markup]";
  const CONFIG = { staticPlot: true, displayModeBar: false, responsive: true };
  const filled = new WeakMap(); // place -> the markup in it

  /** Put the elements into every place that carries markup and does not show it yet. */
  function fill() {
    for (const place of document.querySelectorAll(PLACE)) {
      if (filled.get(place) === place.dataset.markup) continue;
      filled.set(place, place.dataset.markup);
      place.innerHTML = place.dataset.markup;
      document.dispatchEvent(new CustomEvent("chairside:filled"));
    }
  }

  /** The plain element of an id, or null where Dash owns it. */
  function find(id) {
    const element = document.getElementById(id);
    return element && element.closest(PLACE) && !element.matches(PLACE) ? element : null;
  }

  /** Set properties as Dash names them; only what differs is touched. */
  function set(element, props) {
    for (const [name, value] of Object.entries(props)) {
      if (name === "children") {
        const text = value === null || value === undefined ? "" : `${value}`;
        if (element.textContent !== text) element.textContent = text;
      } else {
        const attribute = name === "className" ? "class" : name;
        const text = value === null || value === undefined ? "" : `${value}`;
        if (element.getAttribute(attribute) !== text) element.setAttribute(attribute, text);
      }
    }
  }

  // ---- trends: plotly.js is fetched once text is on the screen, as dcc.Graph does it ----

  let library = null;
  function plotly() {
    library ??= new Promise((resolve, reject) => {
      if (window.Plotly) return resolve(window.Plotly);
      const script = document.createElement("script");
      script.src = window._dashPlotlyJSURL;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => {
        library = null; // tried again with the next figure
        reject(new Error("plotly.js was not loaded"));
      };
      document.head.append(script);
    });
    return library;
  }

  const unseen = new Map(); // graph id -> figure whose place has no room on this screen

  async function draw(id, figure) {
    unseen.delete(id);
    const element = find(id);
    if (!element) return;
    if (!element.offsetParent) {
      unseen.set(id, figure);
      return;
    }
    const { react } = await plotly();
    await react(element, figure.data, { ...figure.layout, autosize: true }, CONFIG);
  }

  window.addEventListener("resize", () => {
    for (const [id, figure] of [...unseen]) draw(id, figure).catch(() => {}); // the next push draws it
  });

  new MutationObserver(fill).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-markup"] });
  fill();

  return { find, set, draw, fill };
})();
