"""What the tests of reports in a browser share."""

import chromium
import pytest


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """The one tab of a module's tests."""
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield chromium.Tab(browser)
