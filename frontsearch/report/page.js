"use strict";
// Draws what the page's JSON says, in the reader's theme, of the methods and by the choices of the reader.

const { panels, texts, views, ...embedded } = JSON.parse(document.getElementById("figures").textContent);
const networks = embedded.networks.map(([style, repeat, key, loss, l1, nonzeros, error, places, words]) => ({
  style, repeat, key, loss, l1, nonzeros, error, words: texts[words],
  places: Object.fromEntries(views.map((view, at) => [view, places[at]])),
}));
const methods = document.getElementById("methods");
const dark = matchMedia("(prefers-color-scheme: dark)");
const printed = matchMedia("print");
const narrow = matchMedia("(max-width: 40rem)");
const touched = matchMedia("(pointer: coarse)");
const tight = () => narrow.matches || printed.matches; // too narrow for whole titles
const PAPER = 680; // pixels between the margins of a printed page
const THEMED = { "#000000": "--ink", "#57606a": "--muted" };

// Text for plotly, which takes some markup for its own.
function marked(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br>");
}

function themed(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// A trace's colours of the theme: its own are everybody's but for ink and what is muted.
function recoloured(trace) {
  const looks = Object.entries(trace).filter(([name]) => name === "line" || name === "marker");
  const found = looks.filter(([, look]) => look.color in THEMED);
  const fill = trace.fillcolor in THEMED ? { fillcolor: themed(THEMED[trace.fillcolor]) } : {};
  return { ...fill, ...Object.fromEntries(found.map(([name, look]) => [name, { ...look, color: themed(THEMED[look.color]) }])) };
}

function chosenMethods() {
  return new Set(new FormData(methods).getAll("method").map(Number));
}

function choicesOf(figure) {
  return Object.fromEntries(new FormData(figure.querySelector("form")));
}

function viewOf(figure, { scale, shown, ...choices }) {
  return panels[figure.dataset.panel][Object.values(choices).join(" ")];
}

function tracesOf(figure, view, shown) {
  const chosen = chosenMethods();
  const named = new Set();
  return view.traces.map((trace) => {
    const { style, shown: when } = trace.meta ?? { shown: "always" };
    const visible =
      (style === undefined || !("filtered" in figure.dataset) || chosen.has(style)) && (when === "always" || when === shown);
    // One entry a name; the methods' own legend stands right above the fronts.
    const entered = visible && !trace.fill && !named.has(trace.name) && !(figure.dataset.panel === "fronts" && trace.meta);
    if (entered) named.add(trace.name);
    return {
      ...trace, ...recoloured(trace), visible, showlegend: entered,
      text: Array.isArray(trace.text) ? trace.text.map((place) => marked(texts[place])) : trace.text,
    };
  });
}

// Around the network that is picked, where the fronts have it.
let picked = null;
function ringsOf(figure, { plane, split }) {
  const at = figure.dataset.panel === "fronts" && picked?.places[`${plane} ${split}`];
  if (!at) return [];
  const marker = { symbol: "circle-open", size: 18, color: themed("--ink"), line: { width: 2 } };
  return [{ x: [at[0]], y: [at[1]], name: "picked", mode: "markers", marker, hoverinfo: "skip", showlegend: true }];
}

function axisOf(axis) {
  const text = tight() ? axis.title.text.replace(" (", "<br>(") : axis.title.text;
  const [ink, muted, line, strong] = ["--ink", "--muted", "--line", "--strong"].map(themed);
  return {
    ...axis, ...(axis.ticktext && narrow.matches && { tickangle: -90 }),
    gridcolor: line, linecolor: strong, zerolinecolor: line, tickcolor: strong, tickfont: { color: muted },
    ticks: "outside", showline: true, title: { text, standoff: 8, font: { color: ink, size: narrow.matches ? 12 : 14 } },
  };
}

function layoutOf(view, { scale, ...choices }, entries) {
  const { xaxis, yaxis } = view.axes[scale];
  const [perRow, plot, left] = narrow.matches ? [2, 310, 66] : printed.matches ? [4, 340, 76] : [6, 470, 76];
  const below = (xaxis.ticktext ? (narrow.matches ? 170 : 145) : tight() ? 76 : 60) + 24 * Math.ceil(entries / perRow);
  return {
    xaxis: axisOf(xaxis), yaxis: { ...axisOf(yaxis), nticks: 7 }, height: plot + below, width: printed.matches ? PAPER : undefined, margin: { l: left, r: 10, t: 12, b: below },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
    font: { color: themed("--ink"), family: "system-ui, sans-serif", size: narrow.matches ? 11 : 13 },
    hoverlabel: { align: "left", bgcolor: themed("--soft"), bordercolor: themed("--strong"), font: { color: themed("--ink") } },
    legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", itemclick: false, itemdoubleclick: false },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: themed("--muted"), activecolor: themed("--ink") },
    dragmode: touched.matches ? false : "zoom", uirevision: JSON.stringify([scale, choices]),
  };
}

function draw(figure) {
  const choices = choicesOf(figure);
  const view = viewOf(figure, choices);
  figure.querySelector("figcaption").textContent = view.caption;
  const traces = [...tracesOf(figure, view, choices.shown), ...ringsOf(figure, choices)];
  const layout = layoutOf(view, choices, traces.filter((trace) => trace.showlegend).length);
  // A report is nobody else's: no button sends it anywhere.
  const removed = ["select2d", "lasso2d", "sendChartToCloud"];
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: removed };
  return Plotly.react(figure.querySelector(".plot"), traces, layout, config);
}

function drawAll() {
  document.querySelectorAll("figure[data-panel]").forEach(draw);
}

document.querySelectorAll("figure[data-panel]").forEach((figure) => {
  figure.addEventListener("change", () => draw(figure));
  figure.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
});
methods.addEventListener("change", drawAll);
methods.addEventListener("click", ({ target }) => {
  if (target.type !== "button") return;
  methods.querySelectorAll("[name=method]").forEach((box) => { box.checked = target.value === "all"; });
  drawAll();
});
[dark, printed, narrow].forEach((query) => query.addEventListener("change", drawAll));
printed.addEventListener("change", () => {
  if (!printed.matches) document.querySelectorAll(".plot").forEach((plot) => Plotly.Plots.resize(plot));
});
drawAll();
