"""Headless Chromium for tests: the installed one, kept from reaching anything but this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

#: The first lays pages out and draws them like the others, but has no windows to care for.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = (
    # The tests show it their own pages only, and inside containers its sandbox cannot start.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    # Without these it calls home at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class BrowserUnavailableError(Exception):
    """No browser can be started; the text says what to install or set."""


def find_chromium() -> str | None:
    """The browser that CHROMIUM names, else the first of the usual ones."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = (shutil.which(name) for name in NAMES)
    installed = (path for path in APPLICATIONS if Path(path).is_file())
    return next((path for path in (*on_path, *installed) if path), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A running browser; raises BrowserUnavailableError when there is none."""
    program = find_chromium()
    if program is None:
        raise BrowserUnavailableError(
            "no Chromium: install it (Debian: chromium-headless-shell) "
            "or name a program in CHROMIUM"
        )
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        except Error as error:
            raise BrowserUnavailableError(f"{program} did not start: {error.message}") from error
        try:
            yield browser
        finally:
            browser.close()
