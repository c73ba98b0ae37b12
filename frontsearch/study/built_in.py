"""The built-in studies: their files, and what they say they are. Nothing else of a file is read."""

import tomllib
from pathlib import Path


def study_files() -> dict[str, Path]:
    """Files of the built-in studies by name: inside the package of a wheel, or beside the package in a checkout."""
    package = Path(__file__).parents[1]
    folder = package / "studies" if (package / "studies").is_dir() else package.parent / "studies"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def study_descriptions() -> dict[str, str]:
    """One sentence on each built-in study, by name."""
    return {name: tomllib.loads(path.read_text("utf-8"))["description"] for name, path in study_files().items()}
