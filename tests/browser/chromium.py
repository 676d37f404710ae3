"""A headless Chromium, where the machine has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

import pytest
from playwright.sync_api import BrowserContext, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = (375, 740)
DESK = (1280, 900)
MILLISECONDS_MAX = 15_000


def installed() -> str:
    """Return where Chromium is, or skip the test."""
    for name in NAMES:
        found = which(name)
        if found is not None:
            return found
    pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")


@contextmanager
def browser(*, size: tuple[int, int] = DESK, scripts: bool = True) -> Iterator[BrowserContext]:
    """Open a window that trusts the certificates of this machine."""
    program = installed()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        width, height = size
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            ignore_https_errors=True,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(MILLISECONDS_MAX)
        try:
            yield context
        finally:
            context.close()
            chromium.close()
