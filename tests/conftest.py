"""The hypothesis profile of every test, and no test's torch settings left to the next."""

import signal
import sys

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
