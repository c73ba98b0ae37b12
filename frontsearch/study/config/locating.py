"""``locate_study``: the finished study that a command line calls RUN."""

from pathlib import Path

from frontsearch.errors import UserError, allowed_names
from frontsearch.folder import Folder
from frontsearch.study.built_in import study_files
from frontsearch.study.config.files import output_folder, output_folder_of, read_study
from frontsearch.study.config.schema import StudyConfig


def locate_study(run: str, *, out: Path | None = None) -> tuple[StudyConfig, Folder]:
    """The study that RUN names, as it was run, and its output folder.

    RUN is an output folder, a study's file or a study's name; of a folder and a study of the same name, the folder. A
    name that is no built-in study's is that of a study that was run into ``runs/NAME``.

    Args:
        run: RUN, as the user gave it.
        out: Output folder of a study given by its file or name; None is the default, ``runs/NAME``.

    Raises:
        UserError: When there is no such study or folder, or ``out`` is not the folder that RUN is.
    """
    if names_study(run):
        config = read_study(run)
        folder = output_folder(config, out)
        return study_as_run(config, folder), folder
    folder = folder_named(run)
    _check_output_folder(run, folder)
    if out is not None and out.resolve() != folder.path.resolve():
        raise UserError(f"RUN and --out must be one folder; found {run} and {out}. Leave out --out.")
    return read_study(str(folder.study)), folder


def folder_named(run: str) -> Folder:
    """The folder at the path that RUN is; ``runs/RUN`` if that is a study's output folder and the other is none."""
    named, by_name = Folder(Path(run)), output_folder_of(run)
    is_path = Path(run).name != run or named.study.is_file() or named.journal.is_file()
    return named if is_path or not by_name.study.is_file() else by_name


def names_study(run: str) -> bool:
    """Whether RUN is a study's name or file; a folder with a ``study.toml`` is an output folder, whatever its name."""
    if Folder(Path(run)).study.is_file():
        return False
    return run in study_files() or (run.endswith(".toml") and not Path(run).is_dir())


def study_as_run(config: StudyConfig, folder: Folder) -> StudyConfig:
    """The study of the file in its output folder; the study itself where it was not run there.

    Raises:
        UserError: When the folder belongs to another study.
    """
    return read_study(str(folder.study)) if folder.check_owner(config.name) else config


def _check_output_folder(run: str, folder: Folder) -> None:
    if folder.study.is_file():
        return
    if not folder.path.is_dir():
        raise UserError(
            f"RUN must be an output folder, a study file or a study's name; there is no {run!r}: "
            f"{allowed_names(run, study_files())}"
        )
    below = ", ".join(str(path.parent) for path in sorted(folder.path.glob("*/study.toml")))
    remedy = f"Name one of the folders in it: {below}." if below else "Was the study run?"
    raise UserError(f"{run} must be a study's output folder; it has no study.toml. {remedy}")
