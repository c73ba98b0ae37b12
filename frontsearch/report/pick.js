
// Picks a network by the rules of frontsearch.selection. Rules without a limit are looked up; the others compare metrics here.

const { picks, command, run, rounding, nothing, labels, unknown, size } = JSON.parse(document.getElementById("picker-data").textContent) ?? {};
const pick = document.getElementById("pick");
const OPTIONS = {
  default: "", chord: "--knee chord", weights: "--knee weights", l1: "--max-l1", nonzeros: "--max-nonzeros", units: "--max-units",
  multiply_adds: "--max-multiply-adds", metric: "--max-error-increase",
};
const COUNTS = new Set(["nonzeros", "units", "multiply_adds"]);

// The first network whose list of metrics is lexicographically smallest; undefined if there are no networks.
function smallest(candidates, metrics) {
  const isLess = (first, second) => {
    const index = first.findIndex((value, place) => value !== second[place]);
    return index !== -1 && first[index] < second[index];
  };
  return candidates.slice(1).reduce((best, network) => (isLess(metrics(network), metrics(best)) ? network : best), candidates[0]);
}

function bestWithinLimit(candidates, metric, limit) {
  const known = candidates.filter((network) => network.loss !== null && network[metric] !== null);
  const inside = known.filter((network) => network[metric] <= limit);
  if (!known.length) return candidates.length ? unknown[metric] : nothing;
  if (inside.length) return smallest(inside, (network) => [network.loss, network[metric]]);
  const nearest = smallest(known, (network) => [network[metric], network.loss]);
  // The same sentence as in frontsearch.selection.rules.
  return `No network on the fronts has ${labels[metric]} at most ${limit}; the smallest is\n${nearest.description}`;
}

function sparsest(candidates, limit) {
  const known = candidates.filter((network) => network.cost !== null && network.nonzeros !== null);
  const lowest = known.reduce((cost, network) => Math.min(cost, network.cost), Infinity);
  if (!known.length) return candidates.length ? unknown.metric : nothing;
  const inside = known.filter((network) => network.cost <= lowest + limit / 100 + rounding);
  return smallest(inside, (network) => [network[size] ?? Infinity, network.nonzeros, network.cost, network.loss, network.key]);
}

// A network, or the sentence that says why there is none.
function pickBy({ rule, of, limit }) {
  if (rule in picks[of]) {
    const found = picks[of][rule];
    return typeof found === "string" ? found : networks[found];
  }
  if (limit === "" || !(Number(limit) >= 0)) return "The limit must be a number, 0 or greater.";
  const candidates = networks.filter((network) => of === "" || network.style === Number(of));
  return rule === "metric" ? sparsest(candidates, Number(limit)) : bestWithinLimit(candidates, rule, Number(limit));
}

function shellQuoted(word) {
  return /^[\w@%+=:,.\/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function showPick() {
  const { rule, of, limit: typed = "" } = Object.fromEntries(new FormData(pick));
  const limit = COUNTS.has(rule) && typed ? String(Math.floor(typed)) : typed;
  const found = pickBy({ rule, of, limit });
  const isMissing = typeof found === "string";
  picked = isMissing ? null : found;
  const answer = document.getElementById("picked");
  const summary = showSummary();
  answer.querySelectorAll(".found").forEach((part) => { part.hidden = isMissing; });
  answer.querySelectorAll(".kept").forEach((part) => { part.hidden = summary && !("kept" in summary.dataset); });
  if (isMissing) {
    answer.querySelector(".answer").textContent = found;
  } else {
    // If there is a summary below, the first line is enough.
    answer.querySelector(".answer").textContent = summary ? found.description.split("\n")[0] : found.description;
    const method = of === "" ? "" : ` --method ${shellQuoted(pick.elements.of.selectedOptions[0].textContent)}`;
    answer.querySelector(".checkpoint").textContent = `checkpoints/${found.key}.safetensors`;
    answer.querySelector(".export").textContent = command.join(found.key.slice(0, 8));
    answer.querySelector(".again").textContent =
      `frontsearch pick ${run}${OPTIONS[rule] && ` ${OPTIONS[rule]}`}${pick.elements.limit.disabled ? "" : ` ${limit}`}${method}`;
  }
  draw(document.querySelector("[data-panel=fronts]"));
}

// Shows the summary of the picked network and returns it; undefined if the page has none, as it may on a long front.
function showSummary() {
  const summaries = [...document.querySelectorAll(".network-summary")];
  summaries.forEach((summary) => { summary.hidden = summary.dataset.network !== picked?.key; });
  const learning = document.querySelector("[data-panel=learning]");
  const select = learning?.querySelector("[name=network]");
  if (picked && [...(select?.options ?? [])].some((option) => option.value === picked.key)) {
    select.value = picked.key;
    draw(learning);
  }
  return summaries.find((summary) => !summary.hidden);
}

function resetLimit() {
  const { rule, of } = Object.fromEntries(new FormData(pick));
  const { limit } = pick.elements;
  const knee = networks[picks[of].chord];
  limit.disabled = rule in picks[of];
  limit.closest("label").hidden = limit.disabled;
  limit.value = { l1: knee?.l1.toPrecision(3), metric: 0.5 }[rule] ?? knee?.[rule] ?? "";
}

function paint(canvas) {
  const rows = JSON.parse(canvas.dataset.picture);
  [canvas.width, canvas.height] = [rows[0].length, rows.length];
  const context = canvas.getContext("2d");
  context.fillStyle = themeColour("--accent");
  rows.forEach((row, y) => row.forEach((share, x) => {
    context.globalAlpha = share && 0.15 + 0.85 * share;
    context.fillRect(x, y, 1, 1);
  }));
}

function paintAll() {
  document.querySelectorAll("canvas[data-picture]").forEach(paint);
}

if (pick) {
  pick.addEventListener("submit", (event) => event.preventDefault());
  pick.elements.rule.addEventListener("input", resetLimit); // runs before the form's own listener
  pick.addEventListener("input", showPick);
  [dark, printing].forEach((query) => query.addEventListener("change", paintAll));
  resetLimit();
  showPick();
  paintAll();
}
