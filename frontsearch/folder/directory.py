"""``Directory``: the files of one folder, read, written and deleted by name alone and never through a link."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.folder.temporary import is_left_behind, temporary_name

# Whether this system opens, renames and deletes files relative to the handle of a folder, as Windows does not.
HAS_HANDLES = {os.open, os.rename, os.unlink, os.rmdir} <= os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}  # what renaming a folder to a name in use may fail with


@dataclass(frozen=True)
class Directory:
    """The files of one folder; a link in their place is refused, since it may lead out of the folder.

    Writes and deletions go through a handle of the folder, opened without following a link, so that they cannot end
    anywhere else. A system without such handles has only the check for links that comes before.

    Attributes:
        path: Path of the folder, which is made by the first write. Links above it are followed.
        follow: Whether the folder itself may be a link, as it may where a user named it.
    """

    path: Path
    follow: bool = False

    def check_no_link(self) -> None:
        """Raises a UserError if the folder is a link and may not be one."""
        if not self.follow:
            check_no_link(self.path)

    def file(self, name: str) -> Path | None:
        """The path of a file; None if there is none.

        Raises:
            UserError: If it is a link or no file.
        """
        self.check_no_link()
        path = self.path / _plain(name)
        check_no_link(path)
        try:
            mode = path.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not stat.S_ISREG(mode):
            raise UserError(f"{path} must be a file, and is something else; was the folder copied from elsewhere?")
        return path

    def taken(self) -> set[str]:
        """The names of all that is in it, whatever it is; to ask for thousands of names one by one takes seconds."""
        self.check_no_link()
        try:
            return {path.name for path in self.path.iterdir()}
        except (FileNotFoundError, NotADirectoryError):
            return set()

    def names(self) -> list[str]:
        """The names of the files, sorted; links and hidden files are not among them."""
        self.check_no_link()
        try:
            with os.scandir(self.path) as entries:
                found = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(name for name in found if not name.startswith("."))

    def write(self, name: str, content: str | bytes) -> None:
        """Writes a file whole or not at all: under a temporary name that is renamed once the disk has the content.

        Raises:
            UserError: If the file cannot be written, for instance because the disk is full; an old file then remains.
        """
        with self._writing(name) as handle:
            temporary = temporary_name()
            try:
                self._fill(temporary, content.encode() if isinstance(content, str) else content, handle)
                new, old = self._at(_plain(name), handle), self._at(temporary, handle)
                os.replace(old, new, src_dir_fd=handle, dst_dir_fd=handle)
            except BaseException:
                with suppress(OSError):
                    os.unlink(self._at(temporary, handle), dir_fd=handle)
                raise
            _keep(handle)

    def add_folder(self, name: str, file: str, content: str) -> bool:
        """Makes a folder with one file in it, unless something has its name; returns whether it did.

        Of several processes that do so at once, one succeeds, and none ever sees the folder without its file. Every
        file system renames a folder to a free name only, whereas many have no links.

        Raises:
            UserError: If it cannot be written.
        """
        made = Directory(self.path / temporary_name())
        with self._writing(name) as handle:
            try:
                made.write(file, content)
                old, new = self._at(made.path.name, handle), self._at(_plain(name), handle)
                os.rename(old, new, src_dir_fd=handle, dst_dir_fd=handle)
            except BaseException as error:
                made.remove()
                if isinstance(error, OSError) and error.errno in TAKEN:
                    return False
                raise
            _keep(handle)
        return True

    def delete(self, name: str) -> None:
        """Deletes a file, or a link but not what it leads to; nothing if there is none.

        Raises:
            UserError: If it cannot be deleted.
        """
        try:
            with self._handle() as handle:
                os.unlink(self._at(_plain(name), handle), dir_fd=handle)
        except FileNotFoundError:
            return
        except OSError as error:
            raise UserError(f"{name} could not be deleted from {self.path}: {_reason(error)}.") from error

    def remove(self) -> None:
        """Deletes the folder with its files, as far as that can be done."""
        with suppress(OSError, UserError):
            for entry in list(self.path.iterdir()):
                self.delete(entry.name)
            self.path.rmdir()

    def sweep(self) -> None:
        """Deletes what writes of processes that were killed have left behind.

        Raises:
            UserError: If it cannot be deleted.
        """
        self.check_no_link()
        for path in list(self.path.glob(".*")):
            if is_left_behind(path):
                if path.is_dir() and not path.is_symlink():
                    Directory(path).remove()
                else:
                    self.delete(path.name)

    @contextmanager
    def _writing(self, name: str) -> Iterator[int | None]:
        """A handle of the folder, which is made if there is none; what fails is told in one sentence."""
        self.check_no_link()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with self._handle() as handle:
                yield handle
        except OSError as error:
            raise UserError(f"{name} could not be written to {self.path}: {_reason(error)}.") from error

    @contextmanager
    def _handle(self) -> Iterator[int | None]:
        """A handle of the folder; None where the system has none."""
        self.check_no_link()
        if not HAS_HANDLES:
            yield None
            return
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | (0 if self.follow else os.O_NOFOLLOW))
        try:
            yield handle
        finally:
            os.close(handle)

    def _at(self, name: str, handle: int | None) -> str:
        """A file's name for calls that take the handle of its folder; its path where there is no handle."""
        return name if handle is not None else str(self.path / name)

    def _fill(self, name: str, content: bytes, handle: int | None) -> None:
        with os.fdopen(os.open(self._at(name, handle), NEW_FILE, 0o666, dir_fd=handle), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def write_file(path: Path, content: str | bytes) -> None:
    """Writes a file that a user named, whole or not at all; the folders above it may be links.

    Raises:
        UserError: If it cannot be written; an old file then remains.
    """
    Directory(path.parent, follow=True).write(path.name, content)


def check_no_link(path: Path) -> None:
    """Raises a UserError if this is a link."""
    if path.is_symlink():
        raise UserError(
            f"{path} must not be a link, which may lead out of its folder; put what it leads to in its place, or link "
            "the whole output folder."
        )


def _plain(name: str) -> str:
    """The name, once it is known to be one: a path could lead out of the folder."""
    if name in {"", ".", ".."} or Path(name).name != name or "\0" in name:
        raise UserError(f"The name of a file must have no folder in it; found {name!r}.")
    return name


def _reason(error: OSError) -> str:
    """What the system says, without the name of a temporary file."""
    return f"[Errno {error.errno}] {error.strerror}"


def _keep(handle: int | None) -> None:
    """Has the disk keep the names of a folder; some file systems cannot, and then do so in time."""
    if handle is not None:
        with suppress(OSError):
            os.fsync(handle)
