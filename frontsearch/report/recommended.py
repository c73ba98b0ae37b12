"""The recommended network, as the first screen of the page shows it."""

from dataclasses import dataclass

from frontsearch.measures import Measures
from frontsearch.report.network_numbers import Numbers, network_numbers
from frontsearch.selection import ChosenNetworks, export_in_python

NAMES = ("network.safetensors", "network.onnx")  # of exported files


@dataclass(frozen=True, kw_only=True, slots=True)
class Recommended:
    """The default network, which the page shows before its script runs.

    Attributes:
        answer: Method, repeat and trial, or the sentence that says why there is no such network.
        numbers: Titles and texts of its metrics; empty if there is no such network.
        export: The command that exports it, or the line of Python; empty likewise.
        onnx: The same for an ONNX file.
        checkpoint: Path of its weights from the page; empty if they were not kept.
        in_python: Whether only Python exports it, as a program made its task.
    """

    answer: str
    numbers: Numbers = ()
    export: str = ""
    onnx: str = ""
    checkpoint: str = ""
    in_python: bool = False


def recommended(choice: ChosenNetworks, measures: Measures) -> Recommended:
    """The network that the default rule picks from all methods."""
    picked = choice.picks["", "default"]
    if isinstance(picked, str):
        return Recommended(answer=picked)
    run, summary = picked.result.run, choice.network_summaries[picked.trial.key]
    export, onnx = picked.export, f"{picked.export} --to {NAMES[1]}"
    if choice.in_python:
        export, onnx = (export_in_python("pick()", name) for name in NAMES)
    return Recommended(
        answer=f"{run.method}, repeat {run.repeat}, trial {picked.trial.key[:8]}",
        numbers=network_numbers(summary.pick.point, measures),
        export=export,
        onnx=onnx,
        checkpoint=picked.checkpoint if summary.layer_sparsity else "",
        in_python=choice.in_python,
    )
