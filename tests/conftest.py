"""The hypothesis profile of every test, the console script in this process, and no torch settings left to the next."""

import signal
import sys
from types import SimpleNamespace

import pytest
from hypothesis import settings

# Derandomised, so that a red run is red for everybody, and without deadlines.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")

# A suite that a shell began in the background has Ctrl-C ignored, and so would every study that it begins.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _subnormal_numbers():
    """Training flushes them; Hypothesis draws them."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture
def call(capsys, monkeypatch):
    """Runs the console script in this process: exit code, stdout and stderr."""
    from frontsearch.cli import app  # noqa: PLC0415 - most tests need no command line

    def called(*arguments, main=app.main):
        monkeypatch.setattr(sys, "argv", ["frontsearch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        return SimpleNamespace(code=ended.value.code, out=output.out, err=output.err)

    return called
