"""Names of splits, metrics, indicators, columns and options, as recipes, ledgers and files have them."""

from typing import Final, Literal, get_args

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

# Metrics of a trial. Cross entropies are in nats per example, errors and sparsity are shares in [0, 1]. Another loss
# has its own name, and so have further metrics; see measures.py.
CROSS_ENTROPY: Final = "cross_entropy"  # on the split that the study minimises; "SPLIT_cross_entropy" on a given split
ERROR: Final = "error"  # always used as "SPLIT_error"
L1: Final = "l1"  # in the canonical scale
GROUP_L1: Final = "group_l1"  # in the canonical scale
UNITS: Final = "units"  # of all layers, as compaction would leave them
MULTIPLY_ADDS: Final = "multiply_adds"  # for one example, as compaction would leave them
L1_RAW: Final = "l1_raw"  # the plain sum of the absolute penalised weights
LIMITED_UNITS: Final = "limited_units"  # units whose scale in l1 was kept within its bounds, if there are any
REGULARISATION: Final = "regularisation"  # what weight decay adds to the loss
NONZEROS: Final = "nonzeros"
PRUNABLE: Final = "prunable"
SPARSITY: Final = "sparsity"

# Further columns of trials.csv and fronts.csv, and attributes of trials and runs in the ledger.
METHOD: Final = "method"
REPEAT: Final = "repeat"
NUMBER: Final = "number"
KEY: Final = "key"
STATUS: Final = "status"
EPOCHS: Final = "epochs"
SECONDS: Final = "seconds"
REASON: Final = "reason"
RECIPE: Final = "recipe"
CHECKPOINT_SHA256: Final = "checkpoint_sha256"
CURVE_SHA256: Final = "curve_sha256"
MACHINE: Final = "machine"
DIGEST: Final = "digest"
TASK: Final = "task"
EPOCHS_SPENT: Final = "epochs_spent"
SECONDS_SPENT: Final = "seconds_spent"
CERTIFICATE: Final = "certificate"

# Indicators of a front, as moocore names them.
HYPERVOLUME: Final = "hypervolume"
HYPERVOLUME_LOG: Final = "hypervolume_log"
IGD_PLUS: Final = "igd_plus"
EPSILON_ADDITIVE: Final = "epsilon_additive"
INDICATORS: Final = (HYPERVOLUME, HYPERVOLUME_LOG, IGD_PLUS, EPSILON_ADDITIVE)
HYPERVOLUME_RATIO: Final = "hypervolume_ratio"  # of a front to the exact front, where that is known


def on_split(split: str, metric: str) -> str:
    """Name of a metric on one split, such as ``validation_error``."""
    return f"{split}_{metric}"


def on_test(indicator: str) -> str:
    """Name of an indicator of the chosen networks on the test split, such as ``hypervolume_test``."""
    return f"{indicator}_test"


TEST_CROSS_ENTROPY: Final = on_split("test", CROSS_ENTROPY)
TEST_ERROR: Final = on_split("test", ERROR)
VALIDATION_ERROR: Final = on_split("validation", ERROR)
HYPERVOLUME_TEST: Final = on_test(HYPERVOLUME)
TEST_INDICATORS: Final = tuple(map(on_test, INDICATORS))

# Options of a recipe.
OptimiserName = Literal[
    "sgd", "adam", "rmsprop", "madam", "mrmsprop", "prox-sgd", "prox-adam", "adabreg", "linbreg", "mpg", "mpg-log"
]
ScheduleName = Literal["constant", "cosine", "sigmoid"]
RampName = Literal["constant", "linear", "cubic"]
OPTIMISERS: tuple[str, ...] = get_args(OptimiserName)
SCHEDULES: tuple[str, ...] = get_args(ScheduleName)
RAMPS: tuple[str, ...] = get_args(RampName)
SEPARATELY_PRECONDITIONED = frozenset({"madam", "mrmsprop"})
MULTIOBJECTIVE_PROXIMAL = frozenset({"mpg", "mpg-log"})
MULTIGRADIENT = SEPARATELY_PRECONDITIONED | MULTIOBJECTIVE_PROXIMAL  # only for multi-gradient descents
BREGMAN = frozenset({"adabreg", "linbreg"})
PROXIMAL = BREGMAN | {"prox-sgd", "prox-adam"}
# By the name of a descent, the optimisers that it cannot be used with.
UNFIT_OPTIMISERS = {
    "weighted-sum": MULTIGRADIENT, "multi-gradient": PROXIMAL, "upgrad": PROXIMAL | MULTIOBJECTIVE_PROXIMAL,
}  # fmt: skip
