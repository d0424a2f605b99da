"""Is every page drawn whole, in silence and for everybody: desktop and phone, both languages, light and dark?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.console.conftest import Screen, Standing

pytestmark = pytest.mark.browser
PAGES = (
    "/now",
    "/sites",
    "/sites/ningxia-002",
    "/plan/site",
    "/dispatch/day",
    "/market",
    "/vpp",
    "/certificates",
    "/forecasts",
    "/rules",
    "/rules/ningxia",
    "/alarms",
    "/audit",
    "/accounts",
    "/tokens",
)
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
LANGS = ("en", "zh")
ALL = [(size, lang, scheme) for size in SIZES for lang in LANGS for scheme in SCHEMES]
FEW = [("desktop", "en", "light"), ("phone", "zh", "dark")]
"""Between them every size, language and light; the campaign (`WATTLOOM_FULL`) takes all eight."""
CHINESE = range(0x4E00, 0x9FFF)


def serious(page: Any) -> list[str]:
    """What axe calls serious or worse, with the first place of each."""
    told = Axe().run(page).response
    assert told["passes"], "axe looked at nothing"
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in told["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(("size", "lang", "scheme"), ALL if os.environ.get("WATTLOOM_FULL") else FEW)
def test_every_page_is_whole_silent_and_open_to_all(
    browser: Any, standing: Standing, tmp_path: Path, size: str, lang: str, scheme: str
) -> None:
    screen = Screen(browser, standing.base, lang=lang, viewport=SIZES[size], color_scheme=scheme)
    faults: dict[str, list[str]] = {}
    for path in PAGES:
        page = screen.go(path)
        page.locator(".panel, .totals").first.wait_for()
        expect(page.locator(".loading")).to_have_count(0)
        for place in page.locator(".draw").all():
            place.locator("canvas").first.wait_for()
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        heading = page.locator("h1").inner_text()
        page.screenshot(path=str(tmp_path / f"{size}-{lang}-{scheme}{path.replace('/', '_')}.png"), full_page=True)
        found = [*serious(page), *([f"{over} px too wide"] if over > 0 else [])]
        if (lang == "zh") != any(ord(letter) in CHINESE for letter in heading):
            found.append(f"heading {heading!r}")
        if found:
            faults[path] = found
    screen.context.close()

    assert faults == {}
    assert screen.said == []
    assert screen.elsewhere == []


@pytest.mark.parametrize("lang", LANGS)
def test_sign_in_help_menu_and_approvals_are_open_to_all(browser: Any, standing: Standing, lang: str) -> None:
    screen = Screen(browser, standing.base, lang=lang, viewport=SIZES["phone"])
    faults = []
    page = screen.go("/sign-in")
    faults += serious(page)
    page = screen.go("/now")
    page.locator(".schematic").wait_for()
    page.keyboard.press("?")
    page.locator("dialog[open] kbd").first.wait_for()
    faults += serious(page)
    page.keyboard.press("Escape")
    page.locator(".menu-button").click()
    page.locator("dialog[open] .drawer a").first.wait_for()
    faults += serious(page)
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.locator("dialog[open] .card button").click()
    page.locator("dialog[open] table").wait_for()
    faults += serious(page)
    screen.context.close()

    assert faults == []
    assert screen.said == []


@pytest.mark.parametrize("mode", ["empty", "failed", "forbidden"])
def test_empty_failed_and_forbidden_are_told_in_words(browser: Any, standing: Standing, mode: str) -> None:
    standing.room.mode = mode
    screen = Screen(browser, standing.base)
    unsaid = {"empty": ".empty, .tiles, .panel", "failed": ".notice.bad", "forbidden": ".notice.calm"}[mode]
    missing = []
    for path in (
        "/sites",
        "/dispatch/day",
        "/market",
        "/vpp",
        "/certificates",
        "/forecasts",
        "/rules",
        "/alarms",
        "/audit",
        "/accounts",
        "/tokens",
    ):
        page = screen.go(path)
        expect(page.locator(".loading")).to_have_count(0)
        shown = page.locator(unsaid).first
        shown.wait_for()
        if not shown.inner_text().strip() or serious(page):
            missing.append(path)
    screen.context.close()

    assert missing == []
