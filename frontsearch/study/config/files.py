"""Study files: found by name, read with one-sentence errors, overridden, written back resolved."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from frontsearch.errors import UserError, allowed
from frontsearch.folder import FILES, Folder
from frontsearch.methods import METHODS
from frontsearch.study.config.collection import Collection
from frontsearch.study.config.complaints import complaint, rule
from frontsearch.study.config.schema import StudyConfig

# In the output folder, where a copy of the published points goes; the lock is there for moments.
TAKEN = FILES | {"ledger.journal.lock", "checkpoints", "curves", "artifacts"}


def study_files() -> dict[str, Path]:
    """The studies that come with frontsearch, by name: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).parents[2]
    folder = package / "studies" if (package / "studies").is_dir() else package.parent / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_collection(name_or_path: str) -> Collection | None:
    """The collection of this name or at this path; None where the file describes one study.

    Raises:
        UserError: When there is no such file or something in it is wrong.
    """
    path = _locate(name_or_path)
    content = {"name": path.stem, **_parse(path)}
    if "studies" not in content:
        return None
    try:
        return Collection.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{path}: {complaint(error.errors()[0], top=Collection.model_fields)}") from error


def beside(name_or_path: str, study: str) -> str:
    """What :func:`read_study` takes for a study of the collection that ``name_or_path`` is."""
    return str(Path(name_or_path).with_name(f"{study}.toml")) if name_or_path.endswith(".toml") else study


def read_study(name_or_path: str, overrides: Mapping[str, Any] | None = None) -> StudyConfig:
    """The study of this name, or in the TOML file at this path, with ``overrides`` put in.

    Args:
        name_or_path: A name of :func:`study_files`, or a path that ends in ``.toml``.
        overrides: Top-level values from the command line; ``methods`` is a sequence of names, whose options the file
            keeps.

    Raises:
        UserError: When there is no such study or something in it is wrong; it names file, table and key.
    """
    path, given = _locate(name_or_path), dict(overrides or {})
    content = {"name": path.stem, **_parse(path)}
    if collection := read_collection(name_or_path):
        raise UserError(f"{name_or_path} is a collection; name one of its studies: {', '.join(collection.studies)}.")
    if isinstance(name := content.get("published"), str):
        content["published"] = _neighbour(path, name)
    if "methods" in given:
        given["methods"] = _with_options(given["methods"], content.get("methods"))
    try:
        return StudyConfig.model_validate(content | given)
    except ValidationError as error:
        # A misspelt key is why another one is missing.
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        if len(first["loc"]) == 1 and first["loc"][0] in given:
            raise UserError(f"--{first['loc'][0]} must be {rule(first)}.") from error
        raise UserError(f"{path}: {complaint(first, top=StudyConfig.model_fields)}") from error


def output_folder(config: StudyConfig, out: Path | None) -> Folder:
    """The study's output folder: ``runs/NAME`` unless ``out`` names another."""
    return Folder(out or Path("runs") / config.name)


def _neighbour(path: Path, name: str) -> Path:
    if Path(name).name != name or name in {"", ".."}:
        raise UserError(f"{path}: `published` must be the name of a file beside the study's; found {name!r}.")
    if name.lower() in TAKEN:  # not every file system tells capitals from small letters
        raise UserError(
            f"{path}: `published` must not have the name of a file that every study writes; found {name!r}."
        )
    return path.parent / name


def _with_options(methods: Sequence[str], options: object) -> dict[str, Any]:
    for method in methods:
        if method not in METHODS:
            raise UserError(f"--methods: there is no method {method!r}: {allowed(method, METHODS)}")
    known = options if isinstance(options, dict) else {}
    return {name: known.get(name, {}) for name in methods}


def to_toml(config: StudyConfig) -> str:
    """The TOML text that reproduces a study, every default written out; published points lie beside it."""
    content = config.model_dump(mode="json", exclude_none=True)
    if config.published:
        content["published"] = config.published.name
    return tomli_w.dumps(content)


def _locate(name_or_path: str) -> Path:
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
        if not path.is_file():
            raise UserError(f"There is no study file {name_or_path}.")
        return path
    files = study_files()
    if name_or_path not in files:
        raise UserError(
            f"There is no study {name_or_path!r}: {allowed(name_or_path, files)} Or a path to a .toml file."
        )
    return files[name_or_path]


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} must be TOML; {error}.") from error
    except OSError as error:
        raise UserError(f"{path} could not be read: {error}.") from error
