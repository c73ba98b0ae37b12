#!/usr/bin/env bash
# Optuna 5.0.0: NSGAIISampler never breeds from trials whose parameters were
# all given, by add_trial or by enqueue_trial. They belong to no generation, so
# a known good population does not start the search: the sampler draws a whole
# random population first. One would expect children of the given trials.
# Seen, of the 40 values in the 20 trials after 20 given ones: 0 come from them,
# either way. After 20 trials that the sampler drew itself, many do.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet optuna==5.0.0
"$folder/venv/bin/python" - <<'EOF'
import optuna
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial

optuna.logging.set_verbosity(optuna.logging.WARNING)
size = 20
space = {"x": FloatDistribution(0, 1), "y": FloatDistribution(0, 1)}
good = [{"x": i / 1000, "y": (size - i) / 1000} for i in range(size)]


def objective(trial):
    return tuple(trial.suggest_float(name, 0, 1) for name in space)


def inherited(first):
    sampler = optuna.samplers.NSGAIISampler(population_size=size, seed=2)
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    if first == "add_trial":
        for params in good:
            study.add_trial(create_trial(params=params, distributions=space, values=list(params.values())))
    else:
        if first == "enqueue_trial":
            for params in good:
                study.enqueue_trial(params)
        study.optimize(objective, n_trials=size)
    study.optimize(objective, n_trials=size)
    values = [(name, trial.params[name]) for trial in study.trials for name in space]
    assert len(values) == 4 * size
    return sum(value in values[: 2 * size] for value in values[2 * size :])


counts = {first: inherited(first) for first in ("add_trial", "enqueue_trial", "the sampler itself")}
for first, count in counts.items():
    print(f"first population by {first}: {count} of {2 * size} next values come from it")

assert counts["add_trial"] == counts["enqueue_trial"] == 0
assert counts["the sampler itself"] > 8
EOF
