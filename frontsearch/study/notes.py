"""Sentences on what makes the methods of a study hard to compare."""

from collections.abc import Iterator

from frontsearch.ledger import INITIAL_TRIALS, Ledger
from frontsearch.methods import AcceptsInitialTrials, without_debiasing
from frontsearch.study.config import StudyConfig


def study_notes(config: StudyConfig, ledger: Ledger) -> tuple[str, ...]:
    """What its readers must know: work that no budget pays for, and epochs of unequal work. Each starts with a name."""
    return (*_on_initial_trials(config, ledger), *_on_batch_size(config))


def _on_initial_trials(config: StudyConfig, ledger: Ledger) -> Iterator[str]:
    initial = ledger.trials(INITIAL_TRIALS, 0) if config.seed_from else ()
    accepting = [
        name for name in config.methods if isinstance(without_debiasing(config.method(name)), AcceptsInitialTrials)
    ]
    if initial and accepting:
        yield (
            f"{' and '.join(accepting)} began with {len(initial)} trials of an earlier run. Their "
            f"{sum(trial.epochs for trial in initial):g} epochs are not charged to any budget here."
        )


def _on_batch_size(config: StudyConfig) -> Iterator[str]:
    if "batch_size" in config.space:
        yield (
            "batch_size is searched, and an epoch of smaller batches takes more steps, so equal epochs are not equal "
            "work. Compare the seconds, too."
        )
