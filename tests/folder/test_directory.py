"""Files are written whole or not at all, and never through a link."""

import os
import subprocess
import sys
import time

import pytest
from full_disk import full_disk

from frontsearch.errors import UserError
from frontsearch.folder import Directory, Folder, TrialFiles
from frontsearch.folder import directory as directory_module
from frontsearch.folder.temporary import temporary_name

KEY = "0123abcd" * 4
NAMES = ["../out.txt", "sub/out.txt", "/etc/out.txt", "", ".", "..", "a\0b"]


@pytest.fixture(params=["handles", "paths"])
def inside(request, tmp_path, monkeypatch):
    """A new folder beside one that nobody may write to, on a system with handles of folders and on one without."""
    if request.param == "paths":
        monkeypatch.setattr(directory_module, "HAS_HANDLES", False)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine.txt").write_text("mine")
    return tmp_path / "inside"


@pytest.fixture(autouse=True)
def _untouched(tmp_path):
    yield
    if (tmp_path / "outside").exists():
        assert [(path.name, path.read_text()) for path in (tmp_path / "outside").iterdir()] == [("mine.txt", "mine")]


def names(folder):
    """Names of all that is in a folder, hidden or not."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_read_listed_and_deleted(inside):
    files = Directory(inside / "below")
    assert (files.file("a.txt"), files.names()) == (None, [])
    files.delete("a.txt")
    files.write("a.txt", "one")
    files.write("a.txt", b"two")
    assert files.file("a.txt").read_bytes() == b"two"
    assert names(inside / "below") == files.names() == ["a.txt"]
    files.delete("a.txt")
    assert files.names() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_a_folder_in_it_is_refused(inside, name):
    for call in (lambda files: files.write(name, ""), lambda files: files.delete(name), lambda files: files.file(name)):
        inside.mkdir(exist_ok=True)
        with pytest.raises(UserError, match="The name of a file must have no folder in it"):
            call(Directory(inside))
    assert list(inside.iterdir()) == []


@pytest.mark.parametrize("key", [*NAMES, "../" + KEY[3:], KEY[1:], KEY.upper(), KEY + "\n", "é" * 32])
def test_what_is_no_key_names_no_file(inside, key):
    files = TrialFiles(inside, ".txt")
    for call in (lambda: files.write(key, ""), lambda: files.delete(key), lambda: files.find(key)):
        with pytest.raises(UserError, match="must be 32 hexadecimal digits"):
            call()
    assert not inside.exists()


def test_only_keys_are_listed(inside):
    Directory(inside).write("notes.txt", "")
    TrialFiles(inside, ".txt").write(KEY, "")
    (inside / f"{KEY[::-1]}.txt").symlink_to(inside / "notes.txt")
    assert TrialFiles(inside, ".txt").keys() == {KEY}


def test_a_folder_that_is_a_link_is_refused(inside, tmp_path):
    inside.symlink_to(tmp_path / "outside")
    files = Directory(inside)
    calls = [
        lambda: files.write("mine.txt", ""), lambda: files.delete("mine.txt"), lambda: files.file("mine.txt"),
        files.names, files.sweep, lambda: files.add_folder("new", "file", ""),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(UserError, match="must not be a link"):
            call()


@pytest.mark.skipif(not directory_module.HAS_HANDLES, reason="this system has no handles of folders")
def test_a_folder_that_becomes_a_link_after_the_check_is_refused(tmp_path, monkeypatch):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine.txt").write_text("mine")
    (tmp_path / "inside").symlink_to(tmp_path / "outside")
    monkeypatch.setattr(directory_module, "check_no_link", lambda _: None)
    with pytest.raises(UserError, match="could not be written"):
        Directory(tmp_path / "inside").write("mine.txt", "")
    with pytest.raises(UserError, match="could not be deleted"):
        Directory(tmp_path / "inside").delete("mine.txt")


def test_a_folder_that_a_user_named_may_be_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    Folder(tmp_path / "link").write("report.html", "page")
    assert (tmp_path / "elsewhere" / "report.html").read_text() == "page"


def test_a_file_that_is_a_link_is_replaced_or_deleted_itself_and_not_read(inside, tmp_path):
    files = Directory(inside)
    files.write("other.txt", "")
    for act in (lambda: files.write("link.txt", "new"), lambda: files.delete("link.txt")):
        (inside / "link.txt").unlink(missing_ok=True)
        (inside / "link.txt").symlink_to(tmp_path / "outside" / "mine.txt")
        with pytest.raises(UserError, match="must not be a link"):
            files.file("link.txt")
        assert files.names() == ["other.txt"]
        act()
        assert not (inside / "link.txt").is_symlink()


def test_what_is_no_file_is_not_read(inside):
    inside.mkdir()
    os.mkfifo(inside / "pipe")
    (inside / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(UserError, match="must be a file"):
            Directory(inside).file(name)


def test_a_full_disk_leaves_the_old_file_and_no_other(inside):
    files = Directory(inside)
    files.write("a.txt", "old")
    with (
        full_disk(10),
        pytest.raises(UserError, match=r"^a\.txt could not be written to .*: \[Errno 27\] File too large\.$"),
    ):
        files.write("a.txt", "new" * 10)
    with full_disk(10), pytest.raises(UserError, match="File too large"):
        files.add_folder("new", "file", "new" * 10)
    assert names(inside) == ["a.txt"]
    assert (inside / "a.txt").read_text() == "old"


def test_a_disk_without_room_is_named(tmp_path):
    place, mount = tmp_path / "small", ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path / "small")]
    place.mkdir()
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a small disk")
    try:
        with pytest.raises(UserError, match=r"\[Errno 28\] No space left on device\.$"):
            Directory(place).write("a.txt", b"0" * 100_000)
        assert list(place.iterdir()) == []
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_the_disk_has_the_content_before_the_name(inside, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _n=name, _r=real, **k: (calls.append(_n), _r(*a, **k)))
    Directory(inside).write("a.txt", "new")
    assert calls == ["fsync", "replace"] + ["fsync"] * directory_module.HAS_HANDLES


def test_an_interrupted_write_leaves_nothing(inside, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Directory(inside).write("a.txt", "new")
    assert list(inside.iterdir()) == []


KILLED = """
import os, pathlib, signal, sys
from frontsearch.folder import Directory
os.replace = os.rename = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
eval(f"Directory(pathlib.Path(sys.argv[1])).{sys.argv[2]}")
"""


@pytest.mark.parametrize("call", ["write('a.txt', 'new')", "add_folder('new', 'file', 'new')"])
def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path, call):
    inside = tmp_path / "inside"
    Directory(inside).write(temporary_name(), "of this process")
    Directory(inside).write(".frontsearch-notes", "of somebody")
    before = names(inside)
    subprocess.run([sys.executable, "-c", KILLED, inside, call], check=False)
    assert len(names(inside)) == len(before) + 1
    Directory(inside).sweep()
    assert names(inside) == before


def test_what_another_machine_writes_is_swept_when_it_is_a_day_old(tmp_path):
    other = tmp_path / ".frontsearch-00000000-1-00000000"
    other.write_text("")
    Directory(tmp_path).sweep()
    assert other.exists()
    os.utime(other, (time.time() - 90_000,) * 2)
    Directory(tmp_path).sweep()
    assert not other.exists()


def test_one_of_several_processes_at_once_adds_a_folder(tmp_path):
    code = (
        "import sys, pathlib, time; from frontsearch.folder import Directory; root = pathlib.Path(sys.argv[1])\n"
        "for number in range(30):\n"
        "    while time.time() < float(sys.argv[2]) + 0.05 * number: pass\n"
        "    print(int(Directory(root).add_folder(f'owner{number}', 'file', sys.argv[3])), end=' ')\n"
    )
    start = str(time.time() + 2)
    processes = [
        subprocess.Popen([sys.executable, "-c", code, tmp_path, start, name], stdout=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    outcomes = [process.communicate()[0].split() for process in processes]
    assert [sorted(pair) for pair in zip(*outcomes, strict=True)] == [["0", "1"]] * 30
    winners = [("a", "b")[pair.index("1")] for pair in zip(*outcomes, strict=True)]
    assert [(tmp_path / f"owner{number}" / "file").read_text() for number in range(30)] == winners
    assert len(names(tmp_path)) == 30
