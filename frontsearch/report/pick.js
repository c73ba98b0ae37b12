// Looks up which network a rule of frontsearch.selection picks; what it picks at any limit was worked out there.

const { numbers, picks, tables, covers, most, command, run } = JSON.parse(document.getElementById("picker-data").textContent) ?? {};
const pick = document.getElementById("pick");
const OPTIONS = {
  default: "", chord: "--knee chord", weights: "--knee weights", l1: "--max-l1", nonzeros: "--max-nonzeros", units: "--max-units",
  multiply_adds: "--max-multiply-adds", bytes: "--max-bytes", microseconds: "--max-microseconds", error: "--max-error", metric: "--max-error-increase",
  cover: "--representatives",
};
const COUNTS = new Set(["nonzeros", "units", "multiply_adds", "bytes"]);
let place = 0; // of the shown one among the representatives

// A network, or the sentence that says why there is none.
function pickBy({ rule, of, limit }) {
  if (rule in picks[of]) {
    const found = picks[of][rule];
    return typeof found === "string" ? found : networks[found];
  }
  if (rule === "cover") return representativesOf({ of, limit })[place] ?? noRepresentatives(of);
  if (limit === "" || !(Number(limit) >= 0)) return "The limit must be a number, 0 or greater.";
  const { limits, found, below } = tables[of][rule];
  const last = limits.findLastIndex((least) => least <= Number(limit));
  return last === -1 ? below.replace("\0", Number(limit)) : networks[found[last]];
}

// The best so many networks that together cover the front; all that add something if there are not so many.
function representativesOf({ of, limit }) {
  const number = Number(limit);
  if (typeof covers[of] === "string" || !Number.isInteger(number) || number < 1 || number > most) return [];
  return covers[of][Math.min(number, covers[of].length) - 1].map((index) => networks[index]);
}

// The command picks any number, so that a larger one must not look here as if so many were all.
function noRepresentatives(of) {
  return typeof covers[of] === "string" ? covers[of] : `The number must be an integer from 1 to ${most}; \`frontsearch pick\` takes larger ones too.`;
}

// One button for each representative, which shows it.
function showRepresentatives(found) {
  const list = document.getElementById("representatives");
  list.hidden = !found.length;
  list.replaceChildren(...found.map((network, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", index === place);
    button.textContent = `${index + 1}: ${network.description.split("\n")[1]}`;
    button.addEventListener("click", () => {
      place = index;
      showPick();
      list.children[index].focus();
    });
    return button;
  }));
}

function shellQuoted(word) {
  return /^[\w@%+=:,.\/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

// What writes a safetensors and an ONNX file: commands, or lines of Python where a program made the task.
function exportsOf(key, { rule, of, limit }) {
  if (command) return [command.join(key), `${command.join(key)} --to network.onnx`];
  const method = of === "" ? [] : [`method=${JSON.stringify(pick.elements.of.selectedOptions[0].textContent)}`];
  const [option, value] = OPTIONS[rule].slice(2).split(" ");
  const asked = option ? [`${option.replaceAll("-", "_")}=${value ? JSON.stringify(value) : Number(limit)}`] : [];
  const found = rule === "cover" ? `representatives(${[Number(limit), ...method].join(", ")})[${place}]` : `pick(${[...asked, ...method].join(", ")})`;
  return ["safetensors", "onnx"].map((ending) => `result.${found}.export("network.${ending}")`);
}

function titleOf(rule, of) {
  return rule === "default" && of === "" ? "Recommended network" : "Picked network";
}

function part(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function showPick() {
  const { rule, of, limit: typed = "" } = Object.fromEntries(new FormData(pick));
  const limit = COUNTS.has(rule) && typed ? String(Math.floor(typed)) : typed;
  const subset = rule === "cover" ? representativesOf({ of, limit }) : [];
  place = Math.min(place, Math.max(0, subset.length - 1));
  showRepresentatives(subset);
  const found = pickBy({ rule, of, limit });
  const isMissing = typeof found === "string";
  picked = isMissing ? null : { ...found, title: titleOf(rule, of), numbers: numbers[found.key] ?? [] };
  const answer = document.getElementById("picked");
  const summary = showSummary();
  answer.querySelectorAll(".found").forEach((part) => { part.hidden = isMissing; });
  answer.querySelectorAll(".kept").forEach((part) => { part.hidden = summary && !("kept" in summary.dataset); });
  document.getElementById("picked-title").textContent = titleOf(rule, of);
  if (isMissing) {
    answer.querySelector(".answer").textContent = found;
  } else {
    // If there is a summary below, the first line is enough.
    answer.querySelector(".answer").textContent = summary ? found.description.split("\n")[0] : found.description;
    const method = of === "" ? "" : ` --method ${shellQuoted(pick.elements.of.selectedOptions[0].textContent)}`;
    answer.querySelector(".numbers").replaceChildren(...picked.numbers.flatMap(([title, text]) => [part("dt", title), part("dd", text)]));
    const checkpoint = answer.querySelector(".checkpoint");
    checkpoint.textContent = `checkpoints/${found.key}.safetensors`;
    if (summary) checkpoint.href = checkpoint.textContent; // where there is a summary, somebody looked whether the file is there
    else checkpoint.removeAttribute("href");
    const exports = exportsOf(found.key.slice(0, 8), { rule, of, limit });
    [".export", ".onnx"].forEach((name, index) => { answer.querySelector(name).textContent = exports[index]; });
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
  limit.closest("label").firstElementChild.textContent = pick.elements.rule.selectedOptions[0].dataset.limit;
  place = 0;
  limit.value = { l1: knee?.l1.toPrecision(3), metric: 0.5, cover: 5 }[rule] ?? knee?.[rule] ?? Math.ceil(tables[of][rule]?.limits[0] ?? 0);
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
  const list = document.createElement("div");
  list.id = "representatives";
  document.getElementById("picked").prepend(list);
  pick.addEventListener("submit", (event) => event.preventDefault());
  pick.elements.rule.addEventListener("input", resetLimit); // runs before the form's own listener
  pick.addEventListener("input", showPick);
  [dark, printing].forEach((query) => query.addEventListener("change", paintAll));
  resetLimit();
  showPick();
  paintAll();
}
