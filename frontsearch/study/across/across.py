"""``CrossStudyComparison``: finished runs of several studies and fronts from files, compared in one report."""

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
from frontsearch.report import listed, write_paretobench, write_report
from frontsearch.study.across.consistency import check_consistent
from frontsearch.study.across.files import NO_COLUMNS, ImportedFile, check_all_found, read_front
from frontsearch.study.across.studies import FinishedStudy, finished_studies
from frontsearch.study.across.table import Columns
from frontsearch.study.across.unique_names import unique_names
from frontsearch.study.boxes import chance_of, hypervolume_boxes, measures_in
from frontsearch.study.config import to_toml
from frontsearch.study.loading import load_task
from frontsearch.tasks import exact_front

IMPORT_NOTE = (
    "Imported fronts are compared by their points alone, whose keys are numbers of lines, rows or trials. Which "
    "other trainings led to them, and when, is unknown, so they have no curves over epochs or seconds."
)


@dataclass(frozen=True, kw_only=True)
class CrossStudyComparison:
    """Studies and imported fronts on the same task, measured in the same way.

    Hypervolumes are measured in the smallest box around the studies' boxes, so that every point that counts in its own
    study's report counts here too. Where the boxes differ, a note in the report says so.

    Attributes:
        studies: Finished studies, at least one.
        files: Files and storages with fronts found by other programs.
    """

    studies: tuple[FinishedStudy, ...]
    files: tuple[ImportedFile, ...] = ()

    @classmethod
    def at(cls, runs: Sequence[str], imports: Sequence[str | Path] = (), *, columns: Columns = NO_COLUMNS) -> Self:
        """The runs and files at these paths, each once.

        Args:
            runs: At least one path: a study's output folder, FOLDER/METHOD or FOLDER/METHOD/REPEAT.
            imports: Files and Optuna storages as :func:`frontsearch.study.across.files.read_front` reads them.
            columns: Names that columns may have there, by ours.

        Raises:
            UserError: When one cannot be read, or they are on different tasks or were not measured in the same way.
        """
        studies = finished_studies(runs)
        measures = measures_in(studies[0].config)
        if columns and not imports:
            raise UserError("--columns names columns of what --import reads, and there is no --import.")
        sources = {_identity(source): source for source in map(str, imports)}
        files = tuple(read_front(source, measures, columns) for source in sources.values())
        check_all_found(columns, files)
        across = cls(studies=studies, files=files)
        check_consistent(stated for source in across.sources for stated in source.task_properties)
        return across

    @property
    def sources(self) -> tuple[FinishedStudy | ImportedFile, ...]:
        """Everything that is compared: the studies, then the files."""
        return (*self.studies, *self.files)

    @cached_property
    def comparison(self) -> Comparison:
        """The comparison of all studies and files.

        Raises:
            UserError: When two methods would have the same name, or the exact or a published front cannot be loaded.
        """
        names = unique_names(self.sources)
        study_names, file_names = names[: len(self.studies)], names[len(self.studies) :]
        linear, log = (_smallest_around(boxes) for boxes in zip(*self._boxes, strict=True))
        sources = {
            name: Source(path=source.source, method=method, note=source.note)
            for source, new in zip(self.sources, names, strict=True)
            for method, name in new.items()
        }
        compared = compare(
            [run for study, new in zip(self.studies, study_names, strict=True) for run in study.renamed(new)],
            imported=[
                replace(front, method=new[front.method])
                for file, new in zip(self.files, file_names, strict=True)
                for front in file.fronts
            ],
            linear=linear,
            log=log,
            measures=measures_in(self.studies[0].config),
            exact=self._exact_front(max_l1=linear.high[1]),
            published=_joined([study.config.published for study in self.studies if study.config.published]),
            certificates={key: gap for study in self.studies for key, gap in study.certificates.items()},
            chance=chance_of(self.studies[0].config),
            sources=sources,
        )
        return replace(compared, notes=(*compared.notes, *self._notes()))

    def write(self, out: Path) -> Comparison:
        """Writes every file of a report to the folder ``out`` and returns the comparison.

        Raises:
            UserError: When the folder is one of the studies', contains an imported file, or cannot be written to.
        """
        folder, resolved_out = Folder(out), out.resolve()
        for study in self.studies:
            if study.path.resolve() in (resolved_out, *resolved_out.parents):
                raise UserError(f"--out must lie outside the runs that are compared; {out} is in {study.path}.")
        for file in self.files:
            if file.path and file.path.resolve().parent == resolved_out:
                raise UserError(f"--out must not be the folder of an imported file; {file.path} is in {out}.")
        name = resolved_out.name
        folder.check_owner(name, "of a comparison")
        settings = "\n".join(f"# {one_line(str(study.path))}\n{to_toml(study.config)}" for study in self.studies)
        task = self.studies[0].config.task.name
        write_report(self.comparison, folder, name=name, task=task, settings=settings)
        return self.comparison

    def write_paretobench(self, out: Path) -> None:
        """Writes a ParetoBench file of each method to a subfolder of ``out``.

        Raises:
            UserError: When h5py is missing or it cannot be written.
        """
        write_paretobench(self.comparison, Folder(out), problem=self.studies[0].config.task.name)

    @property
    def _boxes(self) -> list[tuple[Box, Box]]:
        return [hypervolume_boxes(study.config) for study in self.studies]

    def _exact_front(self, *, max_l1: float) -> ExactFront | None:
        """The task's exact front, if one of the studies asks for it."""
        configs = [study.config for study in self.studies if study.config.exact]
        return exact_front(load_task(configs[0]), max_l1=max_l1) if configs else None

    def _notes(self) -> Iterator[str]:
        budgets = sorted({study.config.epochs for study in self.studies})
        if len(budgets) > 1:
            words = listed([f"{budget:g}" for budget in budgets])
            yield f"The runs had budgets of {words} epochs, so their fronts were not found at equal cost."
        if len(set(self._boxes)) > 1:
            yield (
                "The studies have different reference points or log boxes. Here all fronts are measured in the "
                "smallest box around theirs, so hypervolumes differ from those in the report of each study."
            )
        for study in self.studies:
            for note in study.notes:
                yield f"In {one_line(str(study.path))}, {note}"
        if self.files:
            yield IMPORT_NOTE


def _identity(source: str) -> str:
    """The same text for whatever names one file or URL."""
    return source if "://" in source else str(Path(source).resolve())


def _smallest_around(boxes: Sequence[Box]) -> Box:
    """The smallest box around these; either all are linear or all are on log axes."""
    low, high = np.min([box.low for box in boxes], axis=0), np.max([box.high for box in boxes], axis=0)
    return Box(low=tuple(low.tolist()), high=tuple(high.tolist()), log=boxes[0].log)


def _joined(paths: Sequence[Path]) -> Published | None:
    """The published points of all files as one; files with equal content count once."""
    distinct: list[Published] = []
    for published in map(read_published, paths):
        if published not in distinct:
            distinct.append(published)
    if not distinct:
        return None
    points = {plane: tuple(point for published in distinct for point in published.points[plane]) for plane in PLANES}
    return Published(source=" ".join(published.source for published in distinct), points=points)
