"""Which checkpoints of finished runs nobody needs any more."""

from frontsearch.comparison import Comparison
from frontsearch.ledger import Ledger


def keys_of_needless_checkpoints(comparison: Comparison, ledger: Ledger) -> set[str]:
    """Keys of trials of these runs alone that no later training starts from; of files of others nothing is known."""
    runs = [result.run for result in comparison.runs]
    recorded = {trial.key for run in runs for trial in run.trials}
    return recorded - _keys_of_needed(comparison) - ledger.keys_outside(runs)


def _keys_of_needed(comparison: Comparison) -> set[str]:
    """Keys of the front's trials and of all trials that a training has started from or may still start from."""
    needed = {point.trial.key for result in comparison.runs for point in result.networks}
    for result in comparison.runs:
        trials = result.run.trials
        parents = {parent for trial in trials for parent in trial.recipe.parents}
        # A method that warm starts may, with a larger budget, start from any trial of a run that its budget ended.
        needed |= parents | {trial.key for trial in trials if parents and result.run.budget_exhausted}
    return needed
