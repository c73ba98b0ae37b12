"use strict";
// Draws the figures from the page's JSON data, in the reader's theme and with the methods and options the reader chose.

const { panels, texts, views, ...embedded } = JSON.parse(document.getElementById("page-data").textContent);
const networks = embedded.networks.map(([style, repeat, key, loss, l1, nonzeros, units, multiply_adds, cost, positions, description]) => ({
  style, repeat, key, loss, l1, nonzeros, units, multiply_adds, cost, description: texts[description],
  positions: Object.fromEntries(views.map((view, index) => [view, positions[index]])),
}));
const methods = document.getElementById("methods");
const dark = matchMedia("(prefers-color-scheme: dark)");
const printing = matchMedia("print");
const narrow = matchMedia("(max-width: 40rem)");
const touch = matchMedia("(pointer: coarse)");
const isTight = () => narrow.matches || printing.matches; // too narrow for axis titles on one line
const PRINT_WIDTH = 680; // pixels between the margins of a printed page
const THEME_COLOURS = { "#000000": "--foreground", "#57606a": "--muted" };

// Escapes text for plotly, which interprets some markup.
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br>");
}

function themeColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Replaces foreground and muted colours of a trace by those of the theme; methods keep their colours.
function recoloured(trace) {
  const styles = Object.entries(trace).filter(([name]) => name === "line" || name === "marker");
  const changed = styles.filter(([, style]) => style.color in THEME_COLOURS);
  const fill = trace.fillcolor in THEME_COLOURS ? { fillcolor: themeColour(THEME_COLOURS[trace.fillcolor]) } : {};
  return { ...fill, ...Object.fromEntries(changed.map(([name, style]) => [name, { ...style, color: themeColour(THEME_COLOURS[style.color]) }])) };
}

function chosenMethods() {
  return new Set(new FormData(methods).getAll("method").map(Number));
}

function optionsOf(figure) {
  return Object.fromEntries(new FormData(figure.querySelector("form")));
}

function viewOf(figure, { scale, visibility, ...options }) {
  return panels[figure.dataset.panel][Object.values(options).join(" ")];
}

function tracesOf(figure, view, visibility) {
  const chosen = chosenMethods();
  const inLegend = new Set();
  return view.traces.map((trace) => {
    const { style, visibility: when } = trace.meta ?? { visibility: "always" };
    const visible =
      (style === undefined || !("filtered" in figure.dataset) || chosen.has(style)) && (when === "always" || when === visibility);
    // One entry per name. The fronts need no entries for methods: the checkboxes above them are the legend.
    const showlegend = visible && !trace.fill && !inLegend.has(trace.name) && !(figure.dataset.panel === "fronts" && trace.meta);
    if (showlegend) inLegend.add(trace.name);
    return {
      ...trace, ...recoloured(trace), visible, showlegend,
      text: Array.isArray(trace.text) ? trace.text.map((index) => escaped(texts[index])) : trace.text,
    };
  });
}

// The picked network, which has a ring and a label in the figure of the fronts.
let picked = null;
function ringOf(figure, { plane, split }) {
  const position = figure.dataset.panel === "fronts" && picked?.positions[`${plane} ${split}`];
  if (!position) return [];
  const marker = { symbol: "circle-open", size: 18, color: themeColour("--foreground"), line: { width: 2 } };
  return [{ x: [position[0]], y: [position[1]], name: "picked", mode: "markers", marker, hoverinfo: "skip", showlegend: false }];
}

// Coordinates of the ring as the axes count: logarithms on logarithmic ones, which cannot show a zero.
function placeOf([ring], { xaxis, yaxis }) {
  if (!ring) return null;
  const place = [[ring.x[0], xaxis], [ring.y[0], yaxis]].map(([value, axis]) => (axis.type === "log" ? Math.log10(value) : value));
  return place.every(Number.isFinite) ? place : null;
}

// The axis with its range widened as far as needed to show a place.
function widened(axis, place) {
  if (!axis.range) return axis;
  const [low, high] = axis.range;
  const margin = 0.05 * (high - low);
  return { ...axis, range: [Math.min(low, place - margin), Math.max(high, place + margin)] };
}

// Words at the ring, in the corner of the best values, which no front reaches.
function labelOf([x, y], { xaxis, yaxis }, isMaximised) {
  const inside = ({ range: [low, high] }, share) => low + share * (high - low);
  const numbers = picked.numbers.filter(([title]) => !title.startsWith("test ")).slice(0, 2);
  return {
    x, y, xref: "x", yref: "y", text: [`<b>${picked.title}</b>`, ...numbers.map(([title, text]) => escaped(`${title} ${text}`))].join("<br>"),
    axref: "x", ayref: "y", ax: inside(xaxis, isMaximised ? 0.97 : 0.03), ay: inside(yaxis, 0.12), xanchor: isMaximised ? "right" : "left",
    align: "left", standoff: 10, arrowwidth: 1.5, arrowcolor: themeColour("--muted"), bgcolor: themeColour("--background"), bordercolor: themeColour("--border"), borderpad: 4,
  };
}

function axisOf(axis) {
  const text = isTight() ? axis.title.text.replace(" (", "<br>(") : axis.title.text;
  const [foreground, muted, line, border] = ["--foreground", "--muted", "--line", "--border"].map(themeColour);
  return {
    ...axis, ...(axis.nticks && narrow.matches && { nticks: Math.min(axis.nticks, 4) }),
    gridcolor: line, linecolor: border, zerolinecolor: line, tickcolor: border, tickfont: { color: muted },
    ticks: "outside", showline: true, title: { text, standoff: 8, font: { color: foreground, size: narrow.matches ? 12 : 14 } },
  };
}

function layoutOf(figure, view, { scale, ...options }, entries, ring) {
  let { xaxis, yaxis } = view.axes[scale];
  const place = placeOf(ring, view.axes[scale]);
  if (place) [xaxis, yaxis] = [widened(xaxis, place[0]), widened(yaxis, place[1])];
  const [perRow, plot, left] = narrow.matches ? [2, 310, 66] : printing.matches ? [4, 340, 76] : [6, figure.dataset.panel === "fronts" ? 380 : 430, 76];
  // Also without a legend there is room for one: plotly would pull the axis title up, over the ticks.
  const below = (isTight() ? 76 : 60) + 24 * Math.max(1, Math.ceil(entries / perRow));
  return {
    xaxis: axisOf(xaxis), yaxis: { nticks: 7, ...axisOf(yaxis) }, height: plot + below, width: printing.matches ? PRINT_WIDTH : undefined, margin: { l: left, r: 10, t: 12, b: below },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
    font: { color: themeColour("--foreground"), family: "system-ui, sans-serif", size: narrow.matches ? 11 : 13 },
    hoverlabel: { align: "left", bgcolor: themeColour("--soft"), bordercolor: themeColour("--border"), font: { color: themeColour("--foreground") } },
    legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", itemclick: false, itemdoubleclick: false },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: themeColour("--muted"), activecolor: themeColour("--foreground") },
    annotations: place && xaxis.range ? [labelOf(place, { xaxis, yaxis }, view.maximised)] : [],
    dragmode: touch.matches ? false : "zoom", uirevision: JSON.stringify([scale, options]),
  };
}

function draw(figure) {
  const options = optionsOf(figure);
  const view = viewOf(figure, options);
  figure.querySelector("figcaption").textContent = view.caption;
  const ring = ringOf(figure, options);
  const traces = [...tracesOf(figure, view, options.visibility), ...ring];
  const layout = layoutOf(figure, view, options, traces.filter((trace) => trace.showlegend).length, ring);
  // A report may be confidential, so there is no button that uploads it.
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
// A button at each command of the picked network that copies it.
document.querySelectorAll("#picked code").forEach((command) => {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
  button.setAttribute("aria-describedby", (command.id = `command-${command.className}`));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  command.after(button);
});
[dark, printing, narrow].forEach((query) => query.addEventListener("change", drawAll));
printing.addEventListener("change", () => {
  if (!printing.matches) document.querySelectorAll(".plot").forEach((plot) => Plotly.Plots.resize(plot));
});
drawAll();
