#!/usr/bin/env bash
# Optuna 5.0.0: NSGAIISampler with its default settings is plain random search
# when only one parameter has more than one possible value. It mutates each
# parameter with probability 1 over their number, here 1 (fixed ones do not
# count, though the docs say all do), and a mutation draws a new value at random,
# so no child keeps anything of its parents. Expected: trials gather near the
# Pareto set. Seen: all 400 values are those that RandomSampler draws with the
# same seed, 24 of the last 200 are optimal; with mutation_prob 0.1 it is 87.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet optuna==5.0.0
"$folder/venv/bin/python" - <<'EOF'
import optuna
from optuna.samplers import NSGAIISampler, RandomSampler

optuna.logging.set_verbosity(optuna.logging.WARNING)


def objective(trial):
    x = trial.suggest_float("x", -100, 100)
    trial.suggest_int("fixed", 3, 3)  # one possible value
    return (x + 10) ** 2, (x - 10) ** 2  # the Pareto set is -10 <= x <= 10


def values(sampler):
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    study.optimize(objective, n_trials=400)
    return [trial.params["x"] for trial in study.trials]


def optimal(xs):
    return sum(abs(x) <= 10 for x in xs[200:])


random = values(RandomSampler(seed=1))
default = values(NSGAIISampler(population_size=20, seed=1))
rare = values(NSGAIISampler(population_size=20, seed=1, mutation_prob=0.1))
print("Pareto optimal among the last 200 of 400 trials")
print("  RandomSampler                    ", optimal(random))
print("  NSGAIISampler                    ", optimal(default), "(same values:", default == random, ")")
print("  NSGAIISampler, mutation_prob 0.1 ", optimal(rare))

assert default == random
assert optimal(rare) > 2 * optimal(default)
EOF
