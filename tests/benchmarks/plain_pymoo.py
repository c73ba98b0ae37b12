"""A plain pymoo search, as a user would write it without frontsearch: ``python plain_pymoo.py SEED``.

The space is the mnist study's, but for proximal Adam, which torch does not have.
"""

import sys

import numpy as np
from plain_training import OPTIMISERS, RAMPS, SCHEDULES, Training
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableMating, MixedVariableSampling
from pymoo.core.problem import ElementwiseProblem
from pymoo.core.variable import Choice, Real
from pymoo.optimize import minimize

# pymoo knows no log scale: what is searched are the logarithms.
LOGARITHMS = {
    "l1_weight": (1e-5, 3e-3),
    "pruning_threshold": (1e-4, 1e-2),
    "pruning_every": (1, 400),
    "learning_rate": (5e-4, 5e-3),
}
VARIABLES = {
    **{name: Real(bounds=tuple(np.log10(bounds))) for name, bounds in LOGARITHMS.items()},
    "pruning_begin": Real(bounds=(0.0, 1.0)),
    "pruning_ramp": Choice(options=list(RAMPS)),
    "pruning_regrow": Choice(options=[True, False]),
    "schedule": Choice(options=list(SCHEDULES)),
    "optimiser": Choice(options=list(OPTIMISERS)),
}


class Networks(ElementwiseProblem):
    def __init__(self, seed):
        super().__init__(vars=VARIABLES, n_obj=2)
        self.training = Training(seed)

    def _evaluate(self, x, out, *args, **kwargs):
        chosen = dict(x) | {name: float(10 ** x[name]) for name in LOGARITHMS}
        chosen["pruning_every"] = round(chosen["pruning_every"])
        out["F"] = np.nan_to_num(self.training.objectives(chosen), nan=1e6)


if __name__ == "__main__":
    distinct = MixedVariableDuplicateElimination()
    mating = MixedVariableMating(eliminate_duplicates=distinct)
    nsga2 = NSGA2(pop_size=8, sampling=MixedVariableSampling(), mating=mating, eliminate_duplicates=distinct)
    seed = int(sys.argv[1])
    minimize(Networks(seed), nsga2, ("n_gen", 10**6), seed=seed)  # until it is killed
