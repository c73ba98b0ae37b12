"""A parser for the IDX format of MNIST's files."""

import math

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTES = b"\x00\x00\x08"


def parse_idx(content: bytes) -> NDArray[np.uint8]:
    """The array stored in ``content``, a file of unsigned bytes; a read-only view without a copy.

    Raises:
        ValueError: If the header is not that of unsigned bytes, or the length disagrees with the header.
    """
    if len(content) < 4 or not content.startswith(UNSIGNED_BYTES):
        begins = content[:4].hex(" ")
        raise ValueError(f"IDX of unsigned bytes must begin 00 00 08 and a count of dimensions, not {begins!r}.")
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise ValueError(f"An IDX header of {content[3]} dimensions must have {start} bytes, not {len(content)}.")
    shape = tuple(int(size) for size in np.frombuffer(content[4:start], dtype=">u4"))
    expected = start + math.prod(shape)
    if len(content) != expected:
        raise ValueError(f"IDX content of shape {shape} must have {expected} bytes, not {len(content)}.")
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
