"""Does a real browser draw the report without an error and without asking the network for anything?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not Path(CHROMIUM).exists() and not os.environ.get("CI"),
        reason="Chromium is not installed (apt install chromium)",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


class Seen:
    """A page with what it said and what it asked for."""

    def __init__(self, browser: Any, file: Path, **context: Any) -> None:  # noqa: D107
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())


@pytest.fixture(scope="module")
def file(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page, "utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_picture_is_drawn_in_silence(browser: Any, file: Path, lang: str, width: int, scheme: str) -> None:
    seen = Seen(browser, file, viewport={"width": width, "height": 900}, color_scheme=scheme)
    seen.page.locator(f"label[for=lang-{lang}]").click()

    drawn = seen.page.locator(".draw:visible:has(svg, canvas)").count()
    places = seen.page.locator(".draw:visible").count()
    overflow = seen.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert seen.said == []
    assert seen.asked == [file.as_uri()]
    assert drawn == places >= 9
    assert overflow <= 0
    seen.context.close()


def test_the_switch_shows_one_language_and_works_from_the_keyboard(browser: Any, file: Path) -> None:
    seen = Seen(browser, file, viewport={"width": 1280, "height": 900})
    chinese, english = seen.page.locator('main[lang="zh-CN"]'), seen.page.locator('main[lang="en"]')
    before = (english.is_visible(), chinese.is_visible())

    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("ArrowRight")

    assert before == (True, False)
    assert (english.is_visible(), chinese.is_visible()) == (False, True)
    assert seen.page.evaluate("document.documentElement.lang") == "zh-CN"
    seen.context.close()


def test_choosing_another_week_draws_another_week(browser: Any, file: Path) -> None:
    seen = Seen(browser, file, viewport={"width": 1280, "height": 900})
    place = seen.page.locator("#en-draw-week")
    before = place.inner_html()

    seen.page.get_by_role("button", name="Hardest week").first.click()

    assert place.inner_html() != before
    assert seen.page.get_by_role("button", name="Hardest week").first.get_attribute("aria-pressed") == "true"
    seen.context.close()


def test_without_a_script_every_table_reads_and_the_switch_works(browser: Any, file: Path) -> None:
    seen = Seen(browser, file, viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    tables = seen.page.locator('main[lang="en"] table')

    hidden = [i for i in range(tables.count()) if not tables.nth(i).is_visible()]
    seen.page.locator("label[for=lang-zh]").click()

    assert hidden == []
    assert seen.page.locator('main[lang="zh-CN"] h1').is_visible()
    seen.context.close()


def test_paper_gets_the_tables_behind_the_pictures(browser: Any, file: Path, tmp_path: Path) -> None:
    seen = Seen(browser, file, viewport={"width": 1280, "height": 900}, color_scheme="dark")

    seen.page.pdf(path=tmp_path / "report.pdf", format="A4")

    assert (tmp_path / "report.pdf").stat().st_size > 100_000
    assert seen.said == []
    seen.context.close()
