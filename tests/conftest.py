"""The hypothesis profile of every test, and no test's torch settings left to the next."""

import sys

import pytest
from hypothesis import settings

# Derandomised, so that a red run is red for everybody, and without deadlines.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _subnormal_numbers():
    """Training flushes them; Hypothesis draws them."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
