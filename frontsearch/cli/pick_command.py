"""The command line of ``frontsearch pick``: options and help texts. It imports its module when it is called."""

from typing import Annotated

import typer

from frontsearch.cli.interruption import importing
from frontsearch.cli.shared_options import Json, Run, Storage

KNEE = (
    "Pick the knee: chord (farthest below the line between the front's ends) or weights (widest range of l1 weights)."
)
MAX_L1 = "Pick the network of lowest loss among those with at most this l1, or group l1."
MAX_NONZEROS = "Pick the network of lowest loss among those with at most this many nonzero weights."
MAX_UNITS = "Pick the network of lowest loss among those with at most this many units once they are exported."
MAX_MULTIPLY_ADDS = (
    "Pick the network of lowest loss among those with at most this many multiply-adds for an example once exported."
)
MAX_BYTES = (
    "Pick the network of lowest loss among those that bench measured whose exported file has at most this many bytes."
)
MAX_MICROSECONDS = (
    "Pick the network of lowest loss among those that bench measured with at most this many microseconds for one "
    "example with one thread, in the fastest engine."
)
REPRESENTATIVES = "Pick so many networks that together dominate most of what the front dominates, in a table."
MAX_ERROR = (
    "Pick the sparsest network, with group l1 that of fewest multiply-adds, whose validation error is at most PERCENT."
)
SPARSEST = (
    "Pick the sparsest network, with group l1 that of fewest multiply-adds, whose validation error is at most POINTS "
    "percentage points above the best. Of a task with another metric, that one counts, and a point is 0.01; of a task "
    "without one, the loss."
)
METRIC_GAP = (
    "Pick the sparsest network, with group l1 that of fewest multiply-adds, whose first metric on validation data is "
    "at most GAP worse than the best, in its own unit; of a task without a metric, the loss."
)


def pick(
    run: Run,
    *,
    knee: Annotated[str | None, typer.Option(help=KNEE)] = None,
    max_l1: Annotated[float | None, typer.Option(help=MAX_L1)] = None,
    max_nonzeros: Annotated[int | None, typer.Option(help=MAX_NONZEROS)] = None,
    max_units: Annotated[int | None, typer.Option(help=MAX_UNITS)] = None,
    max_multiply_adds: Annotated[int | None, typer.Option(help=MAX_MULTIPLY_ADDS)] = None,
    max_bytes: Annotated[int | None, typer.Option(help=MAX_BYTES)] = None,
    max_microseconds: Annotated[float | None, typer.Option(help=MAX_MICROSECONDS)] = None,
    max_error: Annotated[float | None, typer.Option(help=MAX_ERROR, metavar="PERCENT")] = None,
    max_error_increase: Annotated[float | None, typer.Option(help=SPARSEST, metavar="POINTS")] = None,
    max_metric_gap: Annotated[float | None, typer.Option(help=METRIC_GAP, metavar="GAP")] = None,
    representatives: Annotated[int | None, typer.Option(help=REPRESENTATIVES, metavar="K")] = None,
    method: Annotated[str | None, typer.Option(help="Consider this method's runs only.", show_default="all")] = None,
    storage: Storage = None,
    json: Json = False,
) -> None:
    """Pick a network of a finished study by one rule and show it. Test data is reported, never used to choose.

    Without a rule: the sparsest network, with group l1 that of fewest multiply-adds, whose validation error is at
    most half a percentage point above the best. Of a task with another metric, that one counts, and half a point is
    0.005; of a task without one, the validation loss is at most 2 % above the lowest. Dead networks are left out.
    """
    with importing():
        from frontsearch.cli import picking  # noqa: PLC0415

    limits = {
        "max_l1": max_l1, "max_nonzeros": max_nonzeros, "max_units": max_units, "max_multiply_adds": max_multiply_adds,
        "max_bytes": max_bytes, "max_microseconds": max_microseconds,
    }  # fmt: skip
    errors = {"max_error": max_error, "max_error_increase": max_error_increase, "max_metric_gap": max_metric_gap}
    options = picking.PickOptions(method=method, representatives=representatives, storage=storage, json=json)
    picking.pick_network(run, {"knee": knee, **errors, **limits}, options)
