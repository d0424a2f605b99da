"""Does a real browser draw the pages of certificates and carbon in silence, and are they narrow enough for a phone?"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.months import asked, book_in, meters
from tests.edge.reports.match.test_match_pages import CHROMIUM, _drawn

from wattloom.app.carbon_report import carbon_report
from wattloom.app.certificates_issue import certificates_issue
from wattloom.app.certificates_match import certificates_match
from wattloom.edge.reports.carbon_page import carbon_page
from wattloom.edge.reports.certificates_page import issue_page, match_page

MORE = "zones_after: true\ncarbon: {untracked: untracked}\n"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The three pages of a small month."""
    folder = tmp_path_factory.mktemp("drawn")
    meters(folder, {"wind": [2000, 0, 700], "sun": [0, 500, 800], "hall_a": [600, 500, 900], "hall_b": [300, 300, 300]})
    project, book = asked(folder, sun="scheme: gec, ", more=MORE), book_in(folder)
    issued = certificates_issue(project, book=book, month="2026-03", folder=folder)
    matched = certificates_match(project, book=book, month="2026-03", folder=folder)
    carbon = carbon_report(project, year=2026, folder=folder, book=book)
    return {"issue": issue_page(issued), "match": match_page(matched), "carbon": carbon_page(carbon)}


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed (apt install chromium)")
@pytest.mark.parametrize("width", [1280, 390])
def test_every_picture_is_drawn_in_silence(pages: dict[str, str], tmp_path: Path, width: int) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    said: list[str] = []
    places = {"issue": 1, "match": 3, "carbon": 1}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        for name, text in pages.items():
            file = tmp_path / f"{name}.html"
            file.write_text(text, "utf-8")
            for lang in ("en", "zh"):
                found = _drawn(browser, file, lang, width, said)
                assert (found["over"], found["drawn"], found["places"]) == (0, places[name], places[name])
        browser.close()

    assert said == []
