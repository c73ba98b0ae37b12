"""A plain Optuna search, as a user would write it without frontsearch: ``python plain_optuna.py tpe|nsga2 SEED``.

The space is the mnist study's, but for proximal Adam, which torch does not have.
"""

import sys

import optuna
from plain_training import OPTIMISERS, RAMPS, SCHEDULES, Training

SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(n_startup_trials=4, seed=seed),
    "nsga2": lambda seed: optuna.samplers.NSGAIISampler(population_size=8, seed=seed),
}


def chosen(trial):
    return {
        "l1_weight": trial.suggest_float("l1_weight", 1e-5, 3e-3, log=True),
        "pruning_threshold": trial.suggest_float("pruning_threshold", 1e-4, 1e-2, log=True),
        "pruning_begin": trial.suggest_float("pruning_begin", 0.0, 1.0),
        "pruning_every": trial.suggest_int("pruning_every", 1, 400, log=True),
        "pruning_ramp": trial.suggest_categorical("pruning_ramp", list(RAMPS)),
        "pruning_regrow": trial.suggest_categorical("pruning_regrow", [True, False]),
        "learning_rate": trial.suggest_float("learning_rate", 5e-4, 5e-3, log=True),
        "schedule": trial.suggest_categorical("schedule", list(SCHEDULES)),
        "optimiser": trial.suggest_categorical("optimiser", list(OPTIMISERS)),
    }


if __name__ == "__main__":
    sampler, seed = sys.argv[1], int(sys.argv[2])
    training = Training(seed)
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=SAMPLERS[sampler](seed))
    study.optimize(lambda trial: training.objectives(chosen(trial)))  # until it is killed
