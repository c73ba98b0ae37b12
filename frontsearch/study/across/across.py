"""Finished runs of several studies and fronts from files, beside one another in one report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from frontsearch.comparison import PLANES, Box, Comparison, Published, Source, compare, read_published
from frontsearch.errors import UserError, one_line
from frontsearch.folder import Folder
from frontsearch.front import ExactFront
from frontsearch.report import write_report
from frontsearch.study.across.alike import check_alike
from frontsearch.study.across.files import ImportedFile, read_front
from frontsearch.study.across.names import names
from frontsearch.study.across.studies import FinishedStudy, finished_studies
from frontsearch.study.boxes import hypervolume_boxes
from frontsearch.study.config import to_toml
from frontsearch.study.session import load_task
from frontsearch.tasks import exact_front

IMPORTS = (
    "An imported front is compared by its points alone, which are named by their lines in the file: what else was "
    "trained for it, and when, is not known, so it has no curve against epochs or seconds."
)


@dataclass(frozen=True, kw_only=True)
class Across:
    """Studies and files whose figures are of one task and were measured alike.

    The box of every hypervolume is the smallest one around the studies' own: where they name different reference
    points, none of them loses a point by it, and a note says so.

    Attributes:
        studies: At least one.
        files: Of fronts from outside.
    """

    studies: tuple[FinishedStudy, ...]
    files: tuple[ImportedFile, ...] = ()

    @classmethod
    def at(cls, runs: Sequence[str], imports: Sequence[Path] = ()) -> Self:
        """The runs and files at these paths; one that is named twice is taken once.

        Args:
            runs: At least one, each a study's output folder, FOLDER/METHOD or FOLDER/METHOD/REPEAT.
            imports: CSV files as :func:`frontsearch.study.across.files.read_front` takes them.

        Raises:
            UserError: When one cannot be read, or they are not of one task or were not measured alike.
        """
        studies = finished_studies(runs)
        split = studies[0].config.task.objective
        files = {path.resolve(): path for path in imports}
        across = cls(studies=studies, files=tuple(read_front(path, split=split) for path in files.values()))
        check_alike(statement for place in across.places for statement in place.statements)
        return across

    @property
    def places(self) -> tuple[FinishedStudy | ImportedFile, ...]:
        """Everything that has figures."""
        return (*self.studies, *self.files)

    @cached_property
    def comparison(self) -> Comparison:
        """What they come to.

        Raises:
            UserError: When two methods would have one name, or the exact front or a published one cannot be had.
        """
        named = names(self.places)
        linear, log = (_around(found) for found in zip(*self._boxes, strict=True))
        compared = compare(
            [run for study, own in zip(self.studies, named, strict=False) for run in study.renamed(own)],
            imported=[
                replace(front, method=own[front.method])
                for file, own in zip(self.files, named[len(self.studies) :], strict=True)
                for front in file.fronts
            ],
            linear=linear,
            log=log,
            split=self.studies[0].config.task.objective,
            exact=self._exact(reach=linear.high[1]),
            published=_joined([study.config.published for study in self.studies if study.config.published]),
            certificates={key: value for study in self.studies for key, value in study.certificates.items()},
        )
        sources = {
            name: Source(path=str(place.path), method=method, note=place.note)
            for place, own in zip(self.places, named, strict=True)
            for method, name in own.items()
        }
        return replace(compared, sources=sources, notes=(*compared.notes, *self._notes()))

    def write(self, out: Path) -> Comparison:
        """Their comparison, after every file of a report is written to the folder ``out``.

        Raises:
            UserError: When the folder is one of the studies', holds what was imported, or cannot be written to.
        """
        folder, there = Folder(out), out.resolve()
        for study in self.studies:
            if study.path.resolve() in (there, *there.parents):
                raise UserError(f"--out must lie outside the runs that are compared; {out} is in {study.path}.")
        for file in self.files:
            if file.path.resolve().parent == there:
                raise UserError(f"--out must not hold a file that is imported; {file.path} is in {out}.")
        folder.claim(there.name, "of a comparison")
        settings = "\n".join(f"# {one_line(str(study.path))}\n{to_toml(study.config)}" for study in self.studies)
        task = self.studies[0].config.task.name
        write_report(self.comparison, folder, name=there.name, task=task, settings=settings)
        return self.comparison

    @property
    def _boxes(self) -> list[tuple[Box, Box]]:
        return [hypervolume_boxes(study.config) for study in self.studies]

    def _exact(self, *, reach: float) -> ExactFront | None:
        """The exact front of the task, where a study asks for it."""
        asking = [study.config for study in self.studies if study.config.exact]
        return exact_front(load_task(asking[0]), reach=reach) if asking else None

    def _notes(self) -> Iterator[str]:
        budgets = sorted({study.config.epochs for study in self.studies})
        if len(budgets) > 1:
            words = " and ".join(f"{budget:g}" for budget in budgets)
            yield f"The runs had budgets of {words} epochs: their fronts were not found at equal cost."
        if len(set(self._boxes)) > 1:
            yield (
                "The studies name different reference points or log boxes. Here all are measured in the smallest box "
                "around theirs, so hypervolumes differ from those of their own reports."
            )
        yield from (f"Of {one_line(str(study.path))}: {study.seeded}" for study in self.studies if study.seeded)
        if self.files:
            yield IMPORTS


def _around(found: Sequence[Box]) -> Box:
    """The smallest box around these, all of them on linear or all on log axes."""
    low, high = np.min([box.low for box in found], axis=0), np.max([box.high for box in found], axis=0)
    return Box(low=tuple(low.tolist()), high=tuple(high.tolist()), log=found[0].log)


def _joined(paths: Sequence[Path]) -> Published | None:
    """All points that these files publish, those of equal files once."""
    found: list[Published] = []
    for published in map(read_published, paths):
        if published not in found:
            found.append(published)
    if not found:
        return None
    points = {plane: tuple(point for one in found for point in one.points[plane]) for plane in PLANES}
    return Published(source=" ".join(one.source for one in found), points=points)
