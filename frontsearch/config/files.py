"""Study files: found by name, read with one-sentence errors, overridden, written back resolved."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from frontsearch.config.schema import StudyConfig
from frontsearch.config.tables import ChoiceTable, LogBoxTable, MnistTask, RangeTable, TrainingTable
from frontsearch.errors import UserError, allowed

# By the first part of an error's place; what the tables of a task or an entry know is what their largest knows.
TABLES: dict[str, type[BaseModel]] = {
    "task": MnistTask,
    "training": TrainingTable,
    "log_box": LogBoxTable,
    "range": RangeTable,
    "choice": ChoiceTable,
}


def study_files() -> dict[str, Path]:
    """The studies that come with frontsearch, by name: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    folder = package / "studies" if (package / "studies").is_dir() else package.parent / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_study(name_or_path: str, overrides: Mapping[str, Any] | None = None) -> StudyConfig:
    """The study of this name, or in the TOML file at this path, with ``overrides`` put in.

    Args:
        name_or_path: A name of :func:`study_files`, or a path that ends in ``.toml``.
        overrides: Top-level values from the command line; ``methods`` is a sequence of names, whose options the file
            keeps.

    Raises:
        UserError: When there is no such study or something in it is wrong; it names file, table and key.
    """
    path = _locate(name_or_path)
    content = {"name": path.stem, **_parse(path), **(overrides or {})}
    if overrides and "methods" in overrides:
        options = _parse(path).get("methods", {})
        content["methods"] = {name: options.get(name, {}) for name in overrides["methods"]}
    try:
        return StudyConfig.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{path}: {_sentence(error.errors()[0])}") from error


def resolved(config: StudyConfig) -> str:
    """The TOML text that reproduces a study, every default written out."""
    return tomli_w.dumps(config.model_dump(mode="json", exclude_none=True))


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


def _sentence(error: ErrorDetails) -> str:
    """The first complaint of pydantic as one sentence that names table and key."""
    if error["type"] == "value_error":
        return error["msg"].removeprefix("Value error, ")
    *tables, key = [str(part) for part in error["loc"]]
    where = (
        f"[{'.'.join(table for table in tables if table not in {'range', 'choice'})}]" if tables else "the top level"
    )
    if error["type"] == "extra_forbidden":
        model = next((TABLES[table] for table in reversed(tables) if table in TABLES), StudyConfig)
        return f"unknown key {key!r} in {where}: {allowed(key, model.model_fields)}"
    found = "" if error["type"] == "missing" else f"; found {error['input']!r}"
    return f"{key!r} in {where}: {error['msg'][0].lower()}{error['msg'][1:]}{found}."
