"""Headless Chromium for tests: offline and with a profile of its own."""

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
    """A browser that keeps its profile in this folder."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=EXECUTABLE, args=list(OPTIONS), headless=True
        )
        yield context
        context.close()


class Tab:
    """A tab that is reused for one page after the other.

    The renderer keeps compiled scripts, so that only the first report takes seconds to load plotly.

    Attributes:
        page: The open page.
        complaints: Console messages, errors and dialogs since the last :meth:`open`.
        requests: Requested addresses since the last :meth:`open`.
    """

    def __init__(self, browser):
        self.page, self.complaints, self.requests = browser.new_page(), [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, address, *, width=1280, theme="light"):
        """Opens an address with nothing left from the page before."""
        self.page.goto("about:blank")
        self.complaints.clear()
        self.requests.clear()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(media="screen", color_scheme=theme)
        self.page.mouse.move(0, 0)
        self.page.goto(address)
        return self.page
