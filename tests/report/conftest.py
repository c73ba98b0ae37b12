"""A browser tab shared by the tests of reports."""

import chromium
import pytest


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """A tab that all tests of a module use."""
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield chromium.Tab(browser)
