"""parse_idx decodes encoded arrays and refuses malformed files."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from frontsearch.tasks.built_in.idx import parse_idx


def encoded(array):
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@given(arrays(np.uint8, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)))
def test_an_encoded_array_is_decoded(array):
    parsed = parse_idx(encoded(array))
    assert parsed.dtype == np.uint8
    np.testing.assert_array_equal(parsed, array, strict=True)


def test_sizes_are_big_endian():
    assert parse_idx(b"\0\0\x08\1\0\0\1\0" + bytes(256)).shape == (256,)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "not ''"),
        (b"\0\0\x08", "not '00 00 08'"),
        (b"\0\0\x0d\1\0\0\0\1abcd", "not '00 00 0d 01'"),
        (b"\x1f\x8b\x08\0", "not '1f 8b 08 00'"),
        (b"\0\0\x08\2\0\0\0\1", "2 dimensions must have 12 bytes, not 8"),
        (b"\0\0\x08\1\0\0\0\3ab", r"shape \(3,\) must have 11 bytes, not 10"),
        (b"\0\0\x08\1\0\0\0\3abcd", r"shape \(3,\) must have 11 bytes, not 12"),
        (b"\0\0\x08\4" + b"\xff" * 16, "must have [0-9]+ bytes, not 20"),
    ],
)
def test_the_error_says_what_was_found(content, found):
    with pytest.raises(ValueError, match=found):
        parse_idx(content)


@given(st.data())
def test_a_truncated_file_is_refused(data):
    content = encoded(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    with pytest.raises(ValueError, match="must"):
        parse_idx(content[: data.draw(st.integers(0, len(content) - 1))])
