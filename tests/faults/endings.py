"""Calls the command line in this process and holds its ending: exit 0, or exit 2 with one sentence."""

import contextlib
import io
import sys
import warnings

import pytest
import torch

from frontsearch.cli import app


def ending(*arguments: object) -> str:
    """What these arguments end with: nothing if all went well, else the sentence on stderr. Anything else fails."""
    out, error = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        patch.setattr(sys, "argv", ["frontsearch", *map(str, arguments)])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error), pytest.raises(SystemExit) as ended:
            app.main()
    torch.set_flush_denormal(False)  # a training flushes subnormal numbers, which Hypothesis draws
    if ended.value.code == 0:
        return ""
    assert ended.value.code == 2
    return sentence(error.getvalue())


def sentence(text: str) -> str:
    """The text, if it is one line that a terminal can print and no traceback."""
    assert text.endswith("\n")
    line = text.removesuffix("\n")
    assert line
    assert line.isprintable()
    assert "Traceback" not in line
    return line
