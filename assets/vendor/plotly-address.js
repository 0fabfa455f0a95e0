// dcc.Graph fetches plotly.js when the first graph is drawn, from the address in window._dashPlotlyJSURL. Dash sets it to the full
// bundle (4.8 MB) at start; this keeps it on the basic one (1.2 MB) beside this file. Text comes first, trends after.
{
  const basic = new URL("plotly-basic.min.js?v=4.1.1", document.currentScript.src).href;
  Object.defineProperty(window, "_dashPlotlyJSURL", { get: () => basic, set: () => {} });
}
