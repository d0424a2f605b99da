"""Do the forecast reports say what the numbers say, in both languages, and draw in silence?"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattloom.app.forecast_answer import ForecastBacktest, ForecastBoard, ForecastRun
from wattloom.app.forecast_backtest import forecast_backtest
from wattloom.app.forecast_board import forecast_board
from wattloom.app.forecast_day import forecast_day
from wattloom.domain.text import Text
from wattloom.edge.projects import read_forecast
from wattloom.edge.reports import forecast_charts as charts
from wattloom.edge.reports.forecast_backtest_page import forecast_backtest_files, forecast_backtest_page, pictures
from wattloom.edge.reports.forecast_board_page import forecast_board_files, forecast_board_page
from wattloom.edge.reports.forecast_files import forecast_files
from wattloom.edge.reports.forecast_page import forecast_page
from wattloom.forecast.board import Entry, Question
from wattloom.forecast.project import BacktestEntry, ForecastProject, ModelsEntry
from wattloom.forecast.serving.drift import Cause, Judgement

EXAMPLE = Path(__file__).parents[4] / "examples" / "forecast_day.yaml"
CHROMIUM = Path("/usr/bin/chromium")


class Noted:
    """A board in memory."""

    def __init__(self) -> None:  # noqa: D107
        self.entries: list[Entry] = []

    def look(self, _question: Question) -> int:
        return 1

    def add(self, entry: Entry) -> str:
        self.entries.append(entry)
        return entry.id


@cache
def project() -> ForecastProject:
    found = read_forecast(EXAMPLE)
    kept = {key: found.stations[key] for key in ("sunny_field", "job_queue")}
    stations = {
        "sunny_field": replace(kept["sunny_field"], models=ModelsEntry(asked="clear_sky")),
        "job_queue": replace(kept["job_queue"], models=ModelsEntry(asked="seasonal_naive")),
    }
    return replace(found, stations=stations, backtest=BacktestEntry(start="2026-09-01", end="2026-10-15"))


@cache
def run() -> ForecastRun:
    return forecast_day(project(), folder=EXAMPLE.parent)


@cache
def late() -> ForecastRun:
    """With a fall-back, and a model that drifts."""
    found = forecast_day(project(), folder=EXAMPLE.parent, day="2027-03-01")
    drifts = Judgement(refit=True, causes=(Cause.ERROR,), reasons=(Text("losses are up", "损失升高"),), pinball=2.0,
                       pinball_limit=1.0, coverage=0.5, days=14)  # fmt: skip
    return replace(found, stations=(replace(found.stations[0], watch=drifts), *found.stations[1:]))


@cache
def scored() -> tuple[ForecastBacktest, ForecastBoard]:
    board = Noted()
    found = forecast_backtest(project(), folder=EXAMPLE.parent, board=board)
    return found, forecast_board(project(), folder=EXAMPLE.parent, entries=board.entries, looks={})


@cache
def pages() -> dict[str, str]:
    found, board = scored()
    return {
        "day": forecast_page(run()),
        "late": forecast_page(late()),
        "backtest": forecast_backtest_page(found),
        "board": forecast_board_page(board),
    }


def test_the_fan_is_drawn_behind_the_record_from_the_quantiles_of_the_forecast() -> None:
    payload = charts.of_run(run())
    variant = payload.charts["fan"]["variants"][0]
    forecast = run().stations[0].issued.forecast

    drawn = np.array([line[-24:] for line in variant["quantiles"]], dtype=float).T
    np.testing.assert_allclose(drawn, forecast.quantiles, atol=5e-4)
    assert variant["recorded"][-24:] == [None] * 24
    # 09:00 to midnight lies between the newest value and the first period: fifteen hours that neither speaks of.
    assert len(variant["x"]) == variant["issue"] + 15 + 24


def test_a_fall_back_stands_first_and_a_drift_below_it() -> None:
    page = pages()["late"]

    answer = page.split('id="en-answer"')[1].split("</section>")[0]
    assert answer.index("data have stopped") < answer.index('class="lede"') < answer.index("losses are up")


def test_the_summary_holds_who_answered_and_why() -> None:
    summary = json.loads(forecast_files(late())["summary.json"])["stations"]["sunny_field"]

    assert summary["asked"] == "clear_sky"
    assert summary["used"] != "clear_sky"
    assert summary["watch"]["refit"] is True


def test_skill_by_lead_is_drawn_in_hours_from_the_issue() -> None:
    """Issued at 09:00: the first period ends 16 hours later, the last 39."""
    variant = pictures(scored()[0]).charts["skill_by_lead"]["variants"][0]

    assert (variant["x"][0], variant["x"][-1]) == (16.0, 39.0)
    assert [series["label"] for series in variant["series"]] == ["model.clear_sky", "forecast_baseline"]


def test_every_score_of_the_table_is_in_the_summary() -> None:
    files = forecast_backtest_files(scored()[0])
    summary = json.loads(files["summary.json"])["stations"]["sunny_field"]["models"]["clear_sky"]

    shown = summary["scores"]["pinball"]["value"]
    assert f"{shown:.3g} [" in files["report.html"].decode()
    assert {"accuracy", "daytime_accuracy", "skill_pinball", "coverage_80"} <= set(summary["scores"])


@pytest.mark.parametrize("name", ["day", "late", "backtest", "board"])
def test_every_word_of_the_pages_is_in_the_glossary(name: str) -> None:
    """A word that nobody wrote would show its key."""
    said = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", pages()[name], flags=re.DOTALL)

    keys = set(re.findall(r"\b[a-z]+_[a-z_]+\b", said))
    assert keys - set(project().stations) == set()
    assert "nan" not in re.findall(r"\w+", said)


def test_provenance_holds_the_checksum_of_every_file() -> None:
    found, board = scored()
    for files in (forecast_files(run()), forecast_backtest_files(found), forecast_board_files(board)):
        assert set(json.loads(files["provenance.json"])["sha256"]) == set(files) - {"provenance.json"}


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed (apt install chromium)")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_picture_is_drawn_in_silence(tmp_path: Path, width: int, scheme: str) -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    wanted = {"day": 4, "late": 1, "backtest": 4, "board": 0}
    said: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        for name, text in pages().items():
            file = tmp_path / f"{name}.html"
            file.write_text(text, "utf-8")
            for lang in ("en", "zh"):
                drawn = _drawn(browser, file, lang, width, scheme, said)
                assert drawn["over"] <= 0
                assert drawn["drawn"] == drawn["places"] == wanted[name]
        browser.close()

    assert said == []


def _drawn(browser: Any, file: Path, lang: str, width: int, scheme: str, said: list[str]) -> dict[str, int]:
    """What one page shows at a width."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.locator(f"label[for=lang-{lang}]").click()
    for button in page.locator(".choices:visible button").all():
        button.click()
    found = {
        "over": page.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
        "places": page.locator(".draw:visible").count(),
        "drawn": page.locator(".draw:visible:has(svg, canvas)").count(),
    }
    context.close()
    return found
