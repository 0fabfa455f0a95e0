// Plain elements: written as HTML by the server (layouts/markup.py), never looked into by Dash, so that a change of a text is a change of
// a text. The page of a chair is made of nothing else; the cards of the board travel in one attribute of a Dash page. Figures are drawn by
// plotly.js itself, text first.
"use strict";
window.chairside = window.chairside || {};
window.chairside.plain = (() => {
  const PLACE = "[data-markup]"; // carries its elements as text until they are put into it
  const PLAIN = `${PLACE}, [data-plain]`; // holds plain elements
  const FIGURE = "[data-figure]"; // carries the figure it came with
  const CONFIG = { staticPlot: true, displayModeBar: false };
  const filled = new WeakMap(); // place -> the markup in it
  const begun = new WeakSet(); // elements whose own figure was taken up

  /** Put the elements into every place that carries markup and does not show it yet; figures follow once there is a picture of the words. */
  function fill() {
    for (const place of document.querySelectorAll(PLACE)) {
      if (filled.get(place) === place.dataset.markup) continue;
      filled.set(place, place.dataset.markup);
      place.innerHTML = place.dataset.markup;
    }
    for (const element of document.querySelectorAll(FIGURE)) {
      if (begun.has(element)) continue;
      begun.add(element);
      requestAnimationFrame(() => setTimeout(() => drawOwn(element)));
    }
  }

  /** The plain element of an id, or null where Dash owns it. */
  function find(id) {
    const element = document.getElementById(id);
    const isPlain = element && (element.matches(FIGURE) || (element.closest(PLAIN) && !element.matches(PLAIN)));
    return isPlain ? element : null;
  }

  /** Set properties as layouts name them; only what differs is touched. */
  function set(element, props) {
    for (const [name, value] of Object.entries(props)) {
      if (name === "children") setText(element, value ?? "");
      else if (name === "markup") setMarkup(element, value);
      else setAttribute(element, name === "className" ? "class" : name, value ?? false);
    }
  }

  function setText(element, value) {
    if (element.textContent !== `${value}`) element.textContent = value;
  }

  /** Replace what is in an element; there is never anything in it that somebody types in or taps. */
  function setMarkup(element, markup) {
    const wanted = document.createElement("template");
    wanted.innerHTML = markup;
    if (element.innerHTML !== wanted.innerHTML) element.replaceChildren(wanted.content);
  }

  /** Set an attribute as it is written when it is drawn: a flag is there or not, and what is nothing is not there. */
  function setAttribute(element, name, value) {
    if (value === false) element.removeAttribute(name);
    else if (element.getAttribute(name) !== (value === true ? "" : `${value}`)) element.setAttribute(name, value === true ? "" : value);
  }

  // ---- figures: plotly.js is fetched once text is on the screen, as dcc.Graph does it ----

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

  const newest = new Map(); // graph id -> the figure asked for last, which is the one to draw
  const widths = new WeakMap(); // element -> the width its figure has; 0 while there is no room for one on this screen

  async function draw(id, figure) {
    newest.set(id, figure);
    const element = find(id);
    if (!element) return;
    if (!widths.has(element)) places.observe(element);
    widths.set(element, element.offsetParent ? element.clientWidth : 0);
    if (!element.offsetParent) return;
    const { react } = await plotly();
    if (newest.get(id) === figure) await react(element, figure.data, { ...figure.layout, autosize: true }, CONFIG);
  }

  /** A figure follows the width of its place, also when the place is shown only later. */
  const places = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.clientWidth !== widths.get(target)) draw(target.id, newest.get(target.id)).catch(() => {}); // the next push draws it
    }
  });

  /** Draw the figure that an element came with, unless a newer one has come since. */
  function drawOwn(element) {
    if (newest.has(element.id)) return;
    const figure = window.chairside.theme.take(element.id, JSON.parse(element.dataset.figure));
    draw(element.id, figure).catch(() => {}); // the next push draws it
  }

  new MutationObserver(fill).observe(document.documentElement, { subtree: true, childList: true, attributeFilter: ["data-markup", "data-figure"] });
  fill();

  return { find, set, draw, fill };
})();
