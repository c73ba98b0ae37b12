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


class Tab:
    """A tab in which one page is opened after the other, each from its beginning.

    Its renderer keeps what it has compiled: of all reports only the first takes seconds to read plotly.

    Attributes:
        page: What is open.
        complaints: What the page has said on its console, thrown or asked since the last :meth:`open`.
        requests: Addresses that were asked for since then.
    """

    def __init__(self, browser):
        self.page, self.complaints, self.requests = browser.new_page(), [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, address, *, width=1280, theme="light"):
        """The page at this address, with nothing of the one before."""
        self.page.goto("about:blank")
        self.complaints.clear()
        self.requests.clear()
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(media="screen", color_scheme=theme)
        self.page.mouse.move(0, 0)
        self.page.goto(address)
        return self.page
