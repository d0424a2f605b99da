"""A browser and the stand-in room for the console's tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.console.stand_in import Room, served

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Of one file's tests: while it is open its driver runs a loop, in which no other test may run one of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@dataclass
class Standing:
    """The stand-in and its address."""

    room: Room
    base: str


@pytest.fixture
def standing() -> Iterator[Standing]:
    server, room = served()
    yield Standing(room, f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()


class Screen:
    """A page with all that it said and asked for."""

    def __init__(self, browser: Any, base: str, *, lang: str = "en", **context: Any) -> None:  # noqa: D107
        self.base = base
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **context})
        self.context.add_init_script(f"localStorage.setItem('wattloom.lang', '{lang}')")
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on(
            "console", lambda m: self.said.append(f"{m.type}: {m.text}") if m.type in {"error", "warning"} else None
        )
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def go(self, path: str) -> Any:
        """Open a page and wait until it stands."""
        self.page.goto(self.base + path)
        self.page.locator("h1").wait_for()
        return self.page

    @property
    def elsewhere(self) -> list[str]:
        """Requests that left this server."""
        return [url for url in self.asked if not url.startswith((self.base, "data:", "blob:"))]


@pytest.fixture
def screen(browser: Any, standing: Standing) -> Iterator[Screen]:
    opened = Screen(browser, standing.base)
    yield opened
    opened.context.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that draw need a browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) and not Path(CHROMIUM).exists():
            item.add_marker(pytest.mark.skip(reason="Chromium is not installed (apt install chromium)"))
