"""Does a real browser draw the reports without an error, a request or a line too wide for a phone?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wattloom.app.flexibility_assess import FlexibilityAssessment
from wattloom.app.replay_answer import DispatchReplay
from wattloom.dispatch.answer import DispatchDay
from wattloom.edge.reports.dispatch_page import dispatch_page
from wattloom.edge.reports.offer_page import offer_page
from wattloom.edge.reports.replay_page import replay_page

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not Path(CHROMIUM).exists() and not os.environ.get("CI"),
        reason="Chromium is not installed (apt install chromium)",
    ),
]
PICTURES = {"day": 4, "replay": 3, "offer": 1}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(
    day: DispatchDay, replay: DispatchReplay, offer: FlexibilityAssessment, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("reports")
    for name, html in (("day", dispatch_page(day)), ("replay", replay_page(replay)), ("offer", offer_page(offer))):
        (path / f"{name}.html").write_text(html, "utf-8")
    return path


def opened(browser: Any, file: Path, **context: Any) -> tuple[Any, list[str], list[str]]:
    """A page with what it said and what it asked for."""
    page = browser.new_context(**context).new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    return page, said, asked


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["day", "replay", "offer"])
def test_every_picture_is_drawn_in_silence(browser: Any, folder: Path, name: str, lang: str, width: int) -> None:
    file = folder / f"{name}.html"
    page, said, asked = opened(browser, file, viewport={"width": width, "height": 900}, color_scheme="light")
    page.locator(f"label[for=lang-{lang}]").click()

    drawn = page.locator(".draw:visible:has(svg, canvas)").count()
    places = page.locator(".draw:visible").count()
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    assert said == []
    assert asked == [file.as_uri()]
    assert drawn == places == PICTURES[name]
    assert overflow <= 0
    page.context.close()


def test_the_gantt_has_a_bar_for_every_stretch_and_names_the_site_away_from_home(browser: Any, folder: Path) -> None:
    """Four jobs run in Ningxia that came in Jiangsu."""
    page, _, _ = opened(browser, folder / "day.html", viewport={"width": 1280, "height": 900})

    texts = page.locator("#en-draw-gantt svg text").all_text_contents()

    assert texts.count("Ningxia") == 4
    assert "window ends" in texts
    assert {"Pretraining", "Fine-tuning", "night tests"} <= set(texts)
    page.context.close()


def test_choosing_another_site_draws_another_course(browser: Any, folder: Path) -> None:
    page, said, _ = opened(browser, folder / "day.html", viewport={"width": 1280, "height": 900})
    place = page.locator("#en-draw-course")
    before = place.inner_html()

    page.get_by_role("button", name="Ningxia").first.click()

    assert place.inner_html() != before
    assert "Import, as planned" in place.locator("svg text").all_text_contents()
    assert said == []
    page.context.close()


def test_hovering_tells_job_site_and_window(browser: Any, folder: Path) -> None:
    page, said, _ = opened(browser, folder / "day.html", viewport={"width": 1280, "height": 900})
    label = page.locator("#en-draw-gantt svg text", has_text="Ningxia").first
    label.scroll_into_view_if_needed()
    box = label.bounding_box()

    page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2)
    page.wait_for_timeout(200)

    told = page.locator("#en-draw-gantt").inner_text()
    assert "03-01 10:00 – 03-01 16:00" in told
    assert "03-01 06:00 – 24:00" in told or "03-01 06:00 – 03-02 00:00" in told
    assert said == []
    page.context.close()
