"""Which machine the seconds of each run were measured on, in a sentence: they do not compare between machines."""

from collections.abc import Mapping, Sequence

from frontsearch.comparison.comparison import Comparison
from frontsearch.comparison.run_result import RunResult
from frontsearch.errors import one_line

ADVICE = "Seconds differ between machines, so compare what the runs reach after equal epochs."


def machines_sentence(comparison: Comparison) -> str:
    """Which runs come from which machine; empty where all seconds were measured on one."""
    if len(comparison.machines) < 2:
        return ""
    found = (f"{_names(comparison, runs)} on {one_line(name)}" for name, runs in comparison.machines.items())
    return f"The runs come from {len(comparison.machines)} machines: {'; '.join(found)}. {ADVICE}"


def studies_machines_sentence(comparisons: Mapping[str, Comparison]) -> str:
    """Which studies of a collection come from which machine; empty where all seconds were measured on one."""
    studies: dict[str, list[str]] = {}
    for study, comparison in comparisons.items():
        for machine in comparison.machines:
            studies.setdefault(machine, []).append(study)
    if len(studies) < 2:
        return ""
    found = (f"{', '.join(names)} on {one_line(machine)}" for machine, names in studies.items())
    return f"The studies come from {len(studies)} machines: {'; '.join(found)}. {ADVICE}"


def _names(comparison: Comparison, results: Sequence[RunResult]) -> str:
    """The methods of these runs; a method with repeats elsewhere by those that are here, as ``METHOD/REPEAT``."""
    repeats: dict[str, list[int]] = {}
    for result in results:
        repeats.setdefault(result.run.method, []).append(result.run.repeat)
    return ", ".join(
        name
        for method, numbers in repeats.items()
        for name in (
            [method]
            if len(numbers) == len(comparison.of_method(method))
            else [f"{method}/{number}" for number in numbers]
        )
    )
