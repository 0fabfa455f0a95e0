// The two themes: the choice, and figures in its colours. The server draws every figure with the dim tokens; here they become the
// light ones, one for one (figure_colours.js). The original is kept, so that a change of theme starts from it.
"use strict";
window.chairside = window.chairside || {};
window.chairside.theme = (() => {
  const KEY = "chairside-theme";
  const root = document.documentElement;
  const light = window.matchMedia("(prefers-color-scheme: light)");
  const drawn = new Map(); // graph id -> figure as the server drew it

  function stored() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a browser that keeps nothing still shows the system's scheme
    }
  }

  const current = () => root.dataset.theme || (light.matches ? "light" : "dim");

  /** The colour that stands in the light theme for a dim one; what is not a token of ours stays as it is. */
  function colour(text, colours) {
    const known = colours[text.toLowerCase()];
    if (known) return known;
    const parts = /^rgba\((\d+), ?(\d+), ?(\d+), ?([\d.]+)\)$/.exec(text);
    if (!parts) return text;
    const hex = `#${parts.slice(1, 4).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
    const found = colours[hex];
    if (!found) return text;
    const channels = [1, 3, 5].map((start) => parseInt(found.slice(start, start + 2), 16));
    return `rgba(${channels.join(", ")}, ${parts[4]})`;
  }

  /** A figure in the light theme's colours; the given one is not changed. */
  function lightened(figure, colours = window.chairsideFigureColours) {
    if (typeof figure === "string") {
      if (/^(#|rgba\()/.test(figure)) return colour(figure, colours);
      return figure.includes("#") ? figure.replace(/#[0-9a-f]{6}\b/gi, (hex) => colour(hex, colours)) : figure;
    }
    if (Array.isArray(figure)) return figure.map((part) => lightened(part, colours));
    if (figure === null || typeof figure !== "object") return figure;
    return Object.fromEntries(Object.entries(figure).map(([key, part]) => [key, lightened(part, colours)]));
  }

  const shown = (figure) => (current() === "light" ? lightened(figure) : figure);

  /** Remember a figure as the server drew it, and return it as this theme shows it. */
  function take(graph, figure) {
    drawn.set(graph, figure);
    return shown(figure);
  }

  function layoutOf(id) {
    try {
      const found = window.dash_component_api.getLayout(id);
      return found && found.props && found.props.id === id ? found : null;
    } catch {
      return null; // not drawn yet
    }
  }

  /** Show every graph of the page in the current theme. */
  function repaint() {
    for (const [id, figure] of drawn) {
      if (window.chairside.plain.find(id)) window.chairside.plain.draw(id, shown(figure)).catch(() => {}); // the next push draws it
    }
    for (const element of document.querySelectorAll(".dash-graph[id]")) {
      const layout = layoutOf(element.id);
      if (!layout) continue;
      if (!drawn.has(element.id)) {
        if (!layout.props.figure) continue;
        drawn.set(element.id, layout.props.figure);
      }
      window.dash_clientside.set_props(element.id, { figure: shown(drawn.get(element.id)) });
    }
  }

  /** Graphs that came with the page were drawn dim: in a light room they are shown anew once. */
  function meetNewGraphs() {
    if (current() !== "light") return;
    const isNew = (element) => !drawn.has(element.id) && layoutOf(element.id);
    if ([...document.querySelectorAll(".dash-graph[id]")].some(isNew)) repaint();
  }

  function label() {
    const next = current() === "light" ? "dim" : "light";
    for (const button of document.querySelectorAll('[data-testid="theme-toggle"]')) {
      button.setAttribute("aria-label", `Change to the ${next} theme`);
      if (button.textContent !== button.dataset[next]) button.textContent = button.dataset[next];
    }
  }

  function choose(theme) {
    root.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // it holds for this page then
    }
    label();
    repaint();
  }

  const before = stored();
  if (before === "light" || before === "dim") root.dataset.theme = before;
  light.addEventListener("change", () => {
    label();
    repaint();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest('[data-testid="theme-toggle"]')) {
      choose(current() === "light" ? "dim" : "light");
    }
  });
  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      label();
      meetNewGraphs();
    });
  }).observe(root, { subtree: true, childList: true });

  return { current, choose, colour, lightened, take, repaint };
})();
