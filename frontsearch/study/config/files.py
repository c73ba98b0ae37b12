"""Finds study files by name, reads them with overrides, and writes the resolved study back as TOML."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from frontsearch.errors import UserError, allowed_names, place, shown
from frontsearch.folder import STUDY_FILES, SUBFOLDERS, Folder, check_no_link, read_text
from frontsearch.methods import METHODS
from frontsearch.study.built_in import study_files
from frontsearch.study.config.collection import Collection
from frontsearch.study.config.error_messages import error_message, rule
from frontsearch.study.config.schema import StudyConfig

# Names in the output folder that a copy of a file beside the study file must not have.
RESERVED_NAMES = STUDY_FILES | SUBFOLDERS | {"ledger.journal.lock"}

DEEPEST = 50
NOT_DEEP = f"it has more than {DEEPEST} tables or lists inside one another"
NOT_LONG = "its integers must fit in 64 bits"

FILES_BESIDE = ("published", "start")


def read_collection(name_or_path: str) -> Collection | None:
    """The collection of this name or at this path; None if the file describes a single study.

    Raises:
        UserError: When there is no such file or it is invalid.
    """
    path = _locate(name_or_path)
    content = {"name": path.stem, **_parse(path)}
    if "studies" not in content:
        return None
    try:
        return Collection.model_validate(content)
    except ValidationError as error:
        raise UserError(
            f"{path}: {error_message(error.errors()[0], top_level_keys=Collection.model_fields)}"
        ) from error


def member_study(name_or_path: str, study: str) -> str:
    """Name or path for :func:`read_study` of one study of a collection.

    Args:
        name_or_path: Name of the collection, or path of its file.
        study: Name of the study.
    """
    return str(Path(name_or_path).with_name(f"{study}.toml")) if name_or_path.endswith(".toml") else study


def read_study(name_or_path: str, overrides: Mapping[str, Any] | None = None) -> StudyConfig:
    """Reads the study of this name, or in the TOML file at this path, and applies the overrides.

    Args:
        name_or_path: One of the names in :func:`study_files`, or a path that ends in ``.toml``.
        overrides: Top-level values from the command line. ``methods`` is a sequence of names; their options stay those
            of the file.

    Raises:
        UserError: When there is no such study or it is invalid; the message names file, table and key.
    """
    path, overriding = _locate(name_or_path), dict(overrides or {})
    content = {"name": path.stem, **_parse(path)}
    if "studies" in content and (collection := read_collection(name_or_path)):
        raise UserError(f"{name_or_path} is a collection; name one of its studies: {', '.join(collection.studies)}.")
    if isinstance(task := content.get("task"), dict) and "factory" in task:
        content.setdefault("module_folder", str(path.parent.resolve()))
    for key in FILES_BESIDE:
        if isinstance(name := content.get(key), str):
            content[key] = _path_beside(path, key, name)
    if "methods" in overriding:
        overriding["methods"] = _with_options(overriding["methods"], content.get("methods"))
    try:
        return StudyConfig.model_validate(content | overriding)
    except ValidationError as error:
        # A misspelt key comes first: it is the reason why another key is missing.
        first = min(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
        if len(first["loc"]) == 1 and first["loc"][0] in overriding:
            raise UserError(f"--{first['loc'][0]} must be {rule(first)}.") from error
        raise UserError(f"{path}: {error_message(first, top_level_keys=StudyConfig.model_fields)}") from error


def study_of(content: Mapping[str, Any]) -> StudyConfig:
    """The study with this content, as a program has it.

    Raises:
        UserError: When it is invalid; the message names table and key.
    """
    try:
        return StudyConfig.model_validate(content)
    except ValidationError as error:
        raise UserError(error_message(error.errors()[0], top_level_keys=StudyConfig.model_fields)) from error


def output_folder(config: StudyConfig, out: Path | None) -> Folder:
    """The study's output folder: ``out``, or else ``runs/NAME``."""
    return Folder(out) if out else output_folder_of(config.name)


def output_folder_of(name: str) -> Folder:
    """Where the study of this name is run unless ``--out`` says otherwise."""
    return Folder(Path("runs") / name)


def _path_beside(path: Path, key: str, name: str) -> Path:
    if Path(name).name != name or name in {"", ".."}:
        raise UserError(
            f"{path}: `{key}` must be the name of a file in the same folder as the study file; found {name!r}."
        )
    if name.lower() in RESERVED_NAMES:  # some file systems ignore case
        raise UserError(f"{path}: `{key}` must not be the name of a file that a study writes; found {name!r}.")
    if path.name == Folder(path.parent).study.name:  # in an output folder, where it is a copy
        check_no_link(path.parent / name)
    return path.parent / name


def _with_options(methods: Sequence[str], options: object) -> dict[str, Any]:
    for method in methods:
        if method not in METHODS:
            raise UserError(f"--methods: there is no method {method!r}: {allowed_names(method, METHODS)}")
    by_method = options if isinstance(options, dict) else {}
    return {name: by_method.get(name, {}) for name in methods}


def to_toml(config: StudyConfig) -> str:
    """The study as TOML with every default written out; files become names of files beside it."""
    content = config.model_dump(mode="json", exclude_none=True)
    content |= {key: path.name for key, path in files_beside(config).items()}
    return tomli_w.dumps(content)


def files_beside(config: StudyConfig) -> dict[str, Path]:
    """The files that the study names, by key; they lie beside its study file."""
    return {key: path for key in FILES_BESIDE if (path := getattr(config, key)) is not None}


def _locate(name_or_path: str) -> Path:
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
        if not os.path.lexists(path):
            raise UserError(f"There is no study file {name_or_path}.")
        return path
    files = study_files()
    if name_or_path not in files:
        raise UserError(
            f"There is no study {name_or_path!r}: {allowed_names(name_or_path, files)} Or give a path to a .toml file."
        )
    return files[name_or_path]


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = read_text(path).replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{path} must be a study file, which is TOML in UTF-8; {reason}.") from error
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} must be TOML; {_toml_fault(error)}.") from error
    _check_sizes(path, content)
    return content


def _toml_fault(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return NOT_DEEP
    return str(error) if isinstance(error, tomllib.TOMLDecodeError) else NOT_LONG  # Python limits digits


def _check_sizes(path: Path, value: object, *names: str) -> None:
    """Refuses what Python may read and cannot even write in an error message."""
    if len(names) > DEEPEST:
        raise UserError(f"{path} must be TOML; {NOT_DEEP}.")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise UserError(f"{path}: {place(*names)} must fit in 64 bits; found {shown(value)}.")
    entries = value.items() if isinstance(value, dict) else enumerate(value, start=1) if isinstance(value, list) else ()
    for name, entry in entries:
        _check_sizes(path, entry, *names, str(name))
