"""A task in one line, for a prompt or a log; its tensors would fill pages."""

from collections.abc import Mapping

from frontsearch.names import Split
from frontsearch.tasks.examples import Examples
from frontsearch.tasks.on_demand import ExamplesOnDemand


def in_one_line(
    name: str, network: str, splits: Mapping[Split, Examples | ExamplesOnDemand], *, loss: str, complexity: str
) -> str:
    """Name, network, number of examples, shape of an example's inputs, loss and complexity of a task."""
    counts = ", ".join(f"{len(examples.targets):,} {split}" for split, examples in splits.items())
    forms = {part.removeprefix("inputs."): shape[1:] for part, (shape, _) in splits["train"].forms.items()}
    shapes = [f"{shape}" if part == "inputs" else f"{part} {shape}" for part, shape in forms.items()][:-1]  # targets
    return f"<Task {name!r}: {network}, {counts} examples, inputs {', '.join(shapes)}, {loss}, {complexity}>"
