"""Chromium as it runs without a network, a display or anybody's profile."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

needed = pytest.mark.skipif(
    EXECUTABLE is None and "CI" not in os.environ, reason="no Chromium is installed, and this is not CI"
)


@contextmanager
def browsing(profile):
    """A browser with its profile in this folder."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=EXECUTABLE, args=list(OPTIONS), headless=True
        )
        yield context
        context.close()
