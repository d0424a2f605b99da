"""Do the matcher's reports say what the numbers say, in both languages, and draw in silence?"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wattloom import rules
from wattloom.app.match_answer import MatchNow, MatchReplay, MatchStudy
from wattloom.app.match_now import match_now
from wattloom.app.match_replay import match_replay
from wattloom.app.match_study import match_study
from wattloom.dispatch.match_project import MatchProject
from wattloom.edge.projects import read_match
from wattloom.edge.reports import match_day, match_said, match_view
from wattloom.edge.reports.match_page import match_now_files, match_now_page
from wattloom.edge.reports.match_replay_page import match_replay_files, match_replay_page
from wattloom.edge.reports.match_study_page import families, match_study_files, match_study_page
from wattloom.edge.reports.words import Words

EXAMPLE = Path(__file__).parents[4] / "examples" / "twelve_provinces.yaml"


def project() -> MatchProject:
    found = read_match(EXAMPLE, territories=rules.territory_keys())
    return replace(
        found,
        fleet=replace(found.fleet, count=60, it_mw_median=200.0, it_mw_max=800.0),
        window=replace(found.window, hours=24, tick_seconds=900),
    )


@cache
def now() -> MatchNow:
    return match_now(project(), folder=EXAMPLE.parent, at="13:00")


@cache
def day() -> MatchReplay:
    return match_replay(project(), folder=EXAMPLE.parent)


@cache
def study() -> MatchStudy:
    return match_study(project(), folder=EXAMPLE.parent, scenarios=60, seed=2, at="19:00")


def test_summary_holds_the_certified_cost_and_a_price_for_each_region() -> None:
    found = json.loads(match_now_files(now())["summary.json"])

    assert found["cost_cny_per_h"] == pytest.approx(now().match.certificate.cost_cny_per_h)
    assert found["saving_cny_per_h"] == pytest.approx(found["home_cost_cny_per_h"] - found["cost_cny_per_h"])
    assert len(found["prices_cny_per_mwh"]) == 12


def test_every_site_has_its_setpoints() -> None:
    rows = list(csv.DictReader(io.StringIO(match_now_files(now())["setpoints.csv"].decode())))

    assert len(rows) == 60
    served = sum(float(row["training_it_mw"]) for row in rows)
    assert served == pytest.approx(now().match.served_it_mw[2].sum(), abs=1e-3)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_number_without_a_source_is_told_as_assumed(lang: str) -> None:
    page = match_now_page(now(), lang=lang)  # type: ignore[arg-type]
    word = Words(lang).term("assumed")  # type: ignore[arg-type]

    part = page.split(f'id="{lang}-match_asked"')[1].split("</section>")[0]
    # Sixteen lines and at least nine rows of the fleet and the moves.
    assert part.count(word) >= 16 + 9


def test_flows_and_moves_of_the_sentences_are_those_of_the_answer() -> None:
    sentences = match_said.why(now(), Words("en"))
    largest = max(flow.mw for flow in match_view.lines(now()))

    assert sentences[0].startswith(Words("en").figure(largest, "MW").split("\u00a0")[0])
    assert any("move from" in sentence for sentence in sentences)


def test_what_one_side_sends_the_other_gets() -> None:
    net = match_view.net_mw(match_view.lines(now()), 12)

    assert net.sum() == pytest.approx(0.0, abs=1e-9)


def test_the_day_splits_into_west_and_east() -> None:
    rows = match_day.sides(day()).rows

    assert sum(float(row[2]) for row in rows) == pytest.approx(day().hours.draw_mwh.sum())  # type: ignore[arg-type]


def test_families_add_up_to_all_scenarios() -> None:
    rows = families(study()).rows

    assert sum(int(row[1]) for row in rows[:-1]) == int(rows[-1][1]) == 60  # type: ignore[arg-type]
    assert len(match_study_files(study())["scenarios.csv"].decode().splitlines()) == 61


@pytest.mark.parametrize("name", ["now", "day", "study"])
def test_every_word_of_the_pages_is_in_the_glossary(name: str) -> None:
    """A word that nobody wrote would show its key."""
    page = {"now": lambda: match_now_page(now()), "day": lambda: match_replay_page(day()),
            "study": lambda: match_study_page(study())}[name]()  # fmt: skip
    said = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)

    assert re.findall(r"\b[a-z]+_[a-z_]+\b", said) == []
    assert "nan" not in re.findall(r"\w+", said)


def test_provenance_holds_the_checksum_of_every_file() -> None:
    for files in (match_now_files(now()), match_replay_files(day()), match_study_files(study())):
        assert set(json.loads(files["provenance.json"])["sha256"]) == set(files) - {"provenance.json"}


CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed (apt install chromium)")
@pytest.mark.parametrize("width", [1280, 390])
def test_every_picture_is_drawn_in_silence(tmp_path: Path, width: int) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    pages = {"now": match_now_page(now()), "day": match_replay_page(day()), "study": match_study_page(study())}
    said: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        for name, text in pages.items():
            file = tmp_path / f"{name}.html"
            file.write_text(text, "utf-8")
            for lang in ("en", "zh"):
                drawn = _drawn(browser, file, lang, width, said)
                assert drawn["over"] <= 0
                assert drawn["drawn"] == drawn["places"] >= 2
        browser.close()

    assert said == []


def _drawn(browser: Any, file: Path, lang: str, width: int, said: list[str]) -> dict[str, int]:
    """What one page shows at a width."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.locator(f"label[for=lang-{lang}]").click()
    found = {
        "over": page.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
        "places": page.locator(".draw:visible").count(),
        "drawn": page.locator(".draw:visible:has(svg, canvas)").count(),
    }
    context.close()
    return found
