"""Pages opened in Chromium, for tests; they are skipped where none is on the PATH."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PHONE = 390  # width in CSS pixels
DESK = 1280
PATIENCE = 300_000  # ms that a browser may take for one step, on a machine that does much else

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")


@dataclass
class Opened:
    """A page in a browser, and what it did.

    Attributes:
        page: playwright's page, on which to click, type and evaluate JavaScript.
        complaints: every message of its console, error, and dialog.
        requests: the addresses that it requested, other than those of files and data.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def overflow(self) -> int:
        """By how many CSS pixels the page is wider than its window."""
        root = "document.documentElement"
        return self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")

    def smallest_text(self) -> float:
        """The size of the smallest text of the page, in CSS pixels; that of a figure is as it was drawn or smaller."""
        return self.page.evaluate(
            """() => Math.min(...[...document.querySelectorAll("body *")]
              .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
              .map(element => parseFloat(getComputedStyle(element).fontSize)))"""
        )

    def smallest_scale(self) -> float:
        """How large the page shows its pictures, relative to the size that they were given; infinite without any."""
        return self.page.evaluate(
            "() => Math.min(...[...document.images].map(image => image.clientWidth / image.getAttribute('width')))"
        )


@contextmanager
def opened(
    path: Path, width: int = DESK, height: int = 800, flags: tuple[str, ...] = (), **context: Any
) -> Iterator[Opened]:
    """Open an HTML file in a new browser.

    Args:
        path: the file.
        width: of the window, in CSS pixels.
        height: of the window.
        flags: for the browser, besides those that every one has.
        context: of playwright's `new_context`, such as `color_scheme="dark"` or `reduced_motion="reduce"`.

    Yields:
        The page, with what it has asked for and complained of so far.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *flags], timeout=PATIENCE)
        page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.set_default_timeout(PATIENCE)
        seen = Opened(page)
        page.on("console", lambda message: seen.complaints.append(message.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (seen.complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: _note(seen.requests, asked.url))
        page.goto(path.absolute().as_uri())
        yield seen
        browser.close()


def _note(requests: list[str], address: str) -> None:
    if not address.startswith(("file:", "data:", "blob:")):
        requests.append(address)
