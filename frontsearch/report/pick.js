
// Picks by the rules of frontsearch.picks: knees are looked up, the others compare the networks' figures.

const { knees, command, run, rounding, nothing } = JSON.parse(document.getElementById("choosing").textContent) ?? {};
const pick = document.getElementById("pick");
const OPTIONS = {
  chord: "--knee chord", weights: "--knee weights", l1: "--max-l1", nonzeros: "--max-nonzeros", error: "--max-error-increase",
};

// The first of the networks with the least figures, compared one after the other; undefined of none.
function least(found, figures) {
  const before = (one, other) => {
    const at = one.findIndex((value, place) => value !== other[place]);
    return at !== -1 && one[at] < other[at];
  };
  return found.slice(1).reduce((best, one) => (before(figures(one), figures(best)) ? one : best), found[0]);
}

function withinBudget(found, spent, limit) {
  const known = found.filter((one) => one.loss !== null && one[spent] !== null);
  const inside = known.filter((one) => one[spent] <= limit);
  if (!known.length) return nothing;
  if (inside.length) return least(inside, (one) => [one.loss, one[spent]]);
  const nearest = least(known, (one) => [one[spent], one.loss]);
  return `No network on the fronts has ${spent} at most ${limit}; the smallest is\n${nearest.words}`;
}

function sparsest(found, limit) {
  const known = found.filter((one) => one.error !== null && one.nonzeros !== null);
  const best = known.reduce((lowest, one) => Math.min(lowest, one.error), Infinity);
  if (!known.length) return nothing;
  return least(known.filter((one) => one.error <= best + limit / 100 + rounding), (one) => [one.nonzeros, one.error, one.loss]);
}

// A network, or a sentence that says why there is none.
function pickedBy({ rule, of, limit }) {
  if (rule === "chord" || rule === "weights") {
    const knee = knees[of][rule];
    return typeof knee === "string" ? knee : networks[knee];
  }
  if (limit === "" || !(Number(limit) >= 0)) return "The limit must be a number that is not negative.";
  const found = networks.filter((one) => of === "" || one.style === Number(of));
  return rule === "error" ? sparsest(found, Number(limit)) : withinBudget(found, rule, Number(limit));
}

function quoted(word) {
  return /^[\w@%+=:,.\/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function showPick() {
  const { rule, of, limit: given = "" } = Object.fromEntries(new FormData(pick));
  const limit = rule === "nonzeros" && given ? String(Math.floor(given)) : given;
  const found = pickedBy({ rule, of, limit });
  const none = typeof found === "string";
  picked = none ? null : found;
  const answer = document.getElementById("picked");
  const portrait = showPortrait();
  answer.querySelectorAll(".taking").forEach((part) => { part.hidden = none; });
  answer.querySelectorAll(".kept").forEach((part) => { part.hidden = portrait && !("kept" in portrait.dataset); });
  if (none) {
    answer.querySelector(".answer").textContent = found;
  } else {
    // The portrait below says the rest.
    answer.querySelector(".answer").textContent = portrait ? found.words.split("\n")[0] : found.words;
    const method = of === "" ? "" : ` --method ${quoted(pick.elements.of.selectedOptions[0].textContent)}`;
    answer.querySelector(".checkpoint").textContent = `checkpoints/${found.key}.safetensors`;
    answer.querySelector(".export").textContent = command.join(found.key.slice(0, 8));
    answer.querySelector(".again").textContent =
      `frontsearch pick ${run} ${OPTIONS[rule]}${pick.elements.limit.disabled ? "" : ` ${limit}`}${method}`;
  }
  draw(document.querySelector("[data-panel=fronts]"));
}

// Shows the portrait of the picked network, and returns it; of a long front not every network has one.
function showPortrait() {
  const portraits = [...document.querySelectorAll(".portrait")];
  portraits.forEach((one) => { one.hidden = one.dataset.network !== picked?.key; });
  const learning = document.querySelector("[data-panel=learning]");
  const select = learning?.querySelector("[name=network]");
  if (picked && [...(select?.options ?? [])].some((option) => option.value === picked.key)) {
    select.value = picked.key;
    draw(learning);
  }
  return portraits.find((one) => !one.hidden);
}

function takeRule() {
  const { rule, of } = Object.fromEntries(new FormData(pick));
  const { limit } = pick.elements;
  const knee = networks[knees[of].chord];
  limit.disabled = rule === "chord" || rule === "weights";
  limit.closest("label").hidden = limit.disabled;
  limit.value = { l1: knee?.l1.toPrecision(3), nonzeros: knee?.nonzeros, error: 0.5 }[rule] ?? "";
}

function paint(canvas) {
  const rows = JSON.parse(canvas.dataset.picture);
  [canvas.width, canvas.height] = [rows[0].length, rows.length];
  const context = canvas.getContext("2d");
  context.fillStyle = themed("--accent");
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
  pick.elements.rule.addEventListener("input", takeRule); // before the form hears of it
  pick.addEventListener("input", showPick);
  [dark, printed].forEach((query) => query.addEventListener("change", paintAll));
  takeRule();
  showPick();
  paintAll();
}
