"""Data sets that come as one tar archive: from the cache folder or the mirror, intact or not at all."""

import gzip
import hashlib
import io
import tarfile
import tracemalloc
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.errors import UserError
from frontsearch.tasks.fetching import Archive, DataSet, RemoteFile, fetch, member_of
from frontsearch.tasks.fetching.archives import unpacked
from frontsearch.tasks.fetching.files import SourceError

CONTENT = {"images": np.random.default_rng(1).bytes(50_000), "labels": bytes(range(100))}
FILES = tuple(RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items())


def backwards(archive, file):
    """Rebuilds a file that lies in the archive from its end to its beginning."""
    return io.BytesIO(archive.extractfile(f"odd/{file.name}").read()[::-1])


PLAIN = Archive("plain.tar.gz", limit=200_000, extract=partial(member_of, "plain"))
ODD = Archive("odd.tar.gz", limit=200_000, extract=backwards)
TINY = DataSet(name="tiny", files=FILES, mirror="http://127.0.0.1:9", archives=(PLAIN, ODD))


def tar(content, *, kinds=()):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for name, kind in kinds:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, name
            archive.addfile(member)
    return packed.getvalue()


WHOLE = tar({f"plain/{name}": data for name, data in CONTENT.items()})


@pytest.fixture
def cache(tmp_path):
    (tmp_path / "tiny").mkdir()
    return tmp_path


def refused(cache):
    with pytest.raises(UserError) as caught:
        fetch(TINY, folder=cache)
    return str(caught.value)


@pytest.mark.parametrize("place", [".", "tiny"])
def test_files_are_taken_from_an_archive_in_the_cache_folder_and_saved_beside_it(cache, place):
    (cache / place / PLAIN.name).write_bytes(gzip.compress(WHOLE))
    told = []
    assert fetch(TINY, folder=cache, announce=told.append) == CONTENT
    assert {name: (cache / "tiny" / name).read_bytes() for name in CONTENT} == CONTENT
    assert not told


def test_files_are_rebuilt_from_another_form(cache):
    (cache / ODD.name).write_bytes(gzip.compress(tar({f"odd/{name}": data[::-1] for name, data in CONTENT.items()})))
    assert fetch(TINY, folder=cache) == CONTENT


def test_only_what_is_missing_is_taken_from_an_archive(cache):
    (cache / "images").write_bytes(CONTENT["images"])
    (cache / PLAIN.name).write_bytes(gzip.compress(tar({"plain/labels": CONTENT["labels"]})))
    assert list(fetch(TINY, folder=cache)) == ["images", "labels"]


DAMAGED = {
    "truncated": (gzip.compress(WHOLE)[:-100], "Compressed file ended"),
    "no gzip": (WHOLE, "Not a gzipped file"),
    "no tar": (gzip.compress(CONTENT["images"]), "cannot be unpacked"),
    "a truncated tar": (gzip.compress(WHOLE[:30_000]), "cannot be unpacked"),
    "an empty tar": (gzip.compress(tar({})), "filename 'plain/images' not found"),
    "an altered file": (gzip.compress(WHOLE.replace(CONTENT["images"], bytes(50_000))), "not the genuine images"),
    "a folder": (gzip.compress(tar({}, kinds=[("plain/images", tarfile.DIRTYPE)])), "plain/images is not a file"),
    "a link to itself": (gzip.compress(tar({}, kinds=[("plain/images", tarfile.SYMTYPE)])), "is not a file"),
    "a bomb": (gzip.compress(bytes(100_000_000), compresslevel=1), "at most 200000 bytes expected, more found"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_is_reported_and_another_one_taken(cache, name):
    packed, found = DAMAGED[name]
    (cache / PLAIN.name).write_bytes(packed)
    (cache / ODD.name).write_bytes(gzip.compress(tar({f"odd/{name}": data[::-1] for name, data in CONTENT.items()})))
    told = []
    tracemalloc.start()
    assert fetch(TINY, folder=cache, announce=told.append) == CONTENT
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()
    assert [(str(cache / PLAIN.name) in line, found in line) for line in told] == [(True, True)]


def test_where_there_is_none_the_error_names_the_archives(cache):
    sentence = refused(cache)
    assert "http://127.0.0.1:9/plain.tar.gz failed with" in sentence
    assert "uncompressed or as .gz, or plain.tar.gz, or odd.tar.gz, into" in sentence


def test_an_archive_that_cannot_be_read_is_told(cache):
    (cache / PLAIN.name).mkdir()
    assert f"{cache / PLAIN.name} cannot be read (Is a directory)" in refused(cache)


@given(st.data())
def test_an_altered_archive_is_refused_unless_its_files_are_intact(data):
    small = dict.fromkeys(("a", "b"), bytes(range(256)))
    files = [RemoteFile(name, 256, hashlib.sha256(each).hexdigest()) for name, each in small.items()]
    content = bytearray(tar({f"plain/{name}": each for name, each in small.items()}))
    for place in data.draw(st.lists(st.integers(0, 2_000), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    with suppress(SourceError):  # and nothing else
        assert dict(unpacked(PLAIN, files, io.BytesIO(content), where="here")) == dict.fromkeys(files, small["a"])
