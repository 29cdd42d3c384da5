"""A site with searches and primes, and a real browser to look at it.

The browser is the system's Chromium. Without one these tests fail, none is skipped:
`make test-browser` is their door.
"""

from __future__ import annotations

import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from tests.darkreach_site import processes

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FILL = "from tests.browser import ledger\nledger.fill()"
#: Light, dark, and a phone.
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1200, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}


class Site(NamedTuple):
    """A running platform without workers."""

    address: str
    home: Path


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A site whose ledger holds a bit of everything (`ledger`)."""
    home = Path(tempfile.mkdtemp(prefix="darkreach-browser-"))
    try:
        made = processes.manage(home, "migrate", "--verbosity", "0")
        assert made.returncode == 0, made.stderr
        filled = processes.manage(
            home, "shell", "--no-imports", "-c", _FILL, timeout=400
        )
        assert filled.returncode == 0, filled.stderr
        with running(home) as found:
            yield found
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running(home: Path) -> Iterator[Site]:
    """`manage.py up` in that home, until the end."""
    port = processes.free_port()
    address = f"http://127.0.0.1:{port}"
    up = processes.start(
        home,
        *("up", "--port", str(port), "--workers", "0"),
        DARKREACH_EMBARGO_HOURS="0",
    )
    try:
        processes.wait_until(lambda: _answers(f"{address}/health/ready"), 60)
        yield Site(address, home)
    finally:
        up.terminate()
        up.communicate(timeout=30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, f"no browser on PATH: install Chromium (one of {', '.join(_NAMES)})"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(params=LOOKS)
def silent_page(
    request: pytest.FixtureRequest, browser: Browser, site: Site
) -> Iterator[Page]:
    """An empty tab that may complain."""
    context = browser.new_context(base_url=site.address, **LOOKS[request.param])
    yield context.new_page()
    context.close()


@pytest.fixture
def page(silent_page: Page, site: Site) -> Iterator[Page]:
    """An empty tab; it must not complain, and not ask other hosts for anything."""
    complaints: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    def asked(what: Request) -> None:
        if not what.url.startswith((site.address, "data:")):
            complaints.append(what.url)

    silent_page.on("pageerror", lambda error: complaints.append(str(error)))
    silent_page.on("console", heard)
    silent_page.on("request", asked)
    yield silent_page
    assert complaints == []
