"""Do the forecasting use cases say what they should, from a file to its answers?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wattloom.app.forecast_answer import ForecastBacktest
from wattloom.app.forecast_backtest import forecast_backtest
from wattloom.app.forecast_board import forecast_board
from wattloom.app.forecast_day import forecast_day
from wattloom.app.forecast_inputs import forecast_inputs
from wattloom.app.forecast_intraday import forecast_intraday
from wattloom.domain.errors import InputError
from wattloom.edge.projects import read_forecast
from wattloom.forecast.board import Entry, Question
from wattloom.forecast.project import BacktestEntry, ForecastProject, ModelsEntry

EXAMPLE = Path(__file__).parents[2] / "examples" / "forecast_day.yaml"
MODELS = ModelsEntry(asked="clear_sky", fall_back=("seasonal_naive",))


class Noted:
    """A board in memory."""

    def __init__(self) -> None:  # noqa: D107
        self.looks: list[Question] = []
        self.entries: list[Entry] = []

    def look(self, question: Question) -> int:
        self.looks.append(question)
        return sum(one.test_id == question.test_id for one in self.looks)

    def add(self, entry: Entry) -> str:
        self.entries.append(entry)
        return entry.id


@cache
def sun() -> ForecastProject:
    """The example's field alone."""
    project = read_forecast(EXAMPLE)
    return replace(
        project,
        stations={"sunny_field": project.stations["sunny_field"]},
        models=MODELS,
        backtest=BacktestEntry(start="2026-08-01", end="2026-09-20"),
    )


@cache
def scored() -> tuple[ForecastBacktest, Noted]:
    board = Noted()
    return forecast_backtest(sun(), folder=EXAMPLE.parent, board=board), board


def test_every_station_of_the_example_is_forecast_for_a_whole_day() -> None:
    run = forecast_day(read_forecast(EXAMPLE), folder=EXAMPLE.parent)

    for one in run.stations:
        forecast = one.issued.forecast
        assert forecast.axis.count == 24
        assert forecast.axis.start.astimezone(one.about.zone).hour == 0
        assert forecast.issued_at.astimezone(one.about.zone).hour == 9
        assert forecast.fallbacks == ()
        assert any("generated" in note.en for note in one.notes)
    assert {one.issued.used for one in run.stations} == {"boosted", "power_curve", "arrivals"}


def test_a_day_far_behind_the_record_falls_back_and_says_so() -> None:
    run = forecast_day(sun(), folder=EXAMPLE.parent, day="2027-06-01")

    (one,) = run.stations
    assert one.issued.used in {"climatology", "prior"}
    assert "data have stopped" in one.issued.forecast.fallbacks[0].en


def test_the_next_hours_begin_at_the_instant_asked() -> None:
    run = forecast_intraday(sun(), folder=EXAMPLE.parent, at="2026-09-10T10:00+08:00")

    forecast = run.stations[0].issued.forecast
    assert forecast.axis.count == 6
    assert forecast.axis.start == forecast.issued_at
    assert run.stations[0].recent.axis.end == forecast.issued_at


@pytest.mark.parametrize("at", ["noon", "2026-09-10T10:00", "2026-09-10T10:20+08:00"])
def test_an_instant_that_is_no_issue_is_told(at: str) -> None:
    with pytest.raises(InputError):
        forecast_intraday(sun(), folder=EXAMPLE.parent, at=at)


def test_a_back_test_looks_before_it_scores_and_ranks_beside_the_baseline() -> None:
    found, board = scored()

    (station,) = found.stations
    assert [one.model for one in station.models] == ["clear_sky", "seasonal_naive"]
    assert [question.model for question in board.looks] == ["seasonal_naive", "clear_sky"]
    assert [entry.looks for entry in board.entries] == [1, 2]
    assert station.issues == 50
    assert station.named("seasonal_naive").judged.scores["skill_pinball"].value == 0
    assert station.named("clear_sky").judged.scores["skill_pinball"].low > 0
    assert station.named("clear_sky").own_share == 1.0


def test_curves_agree_with_the_scores_beside_them() -> None:
    """Every lead has as many outcomes here, so that the mean over leads is the score; gaps would weigh a little."""
    station = scored()[0].stations[0]

    one = station.named("clear_sky")

    assert one.curves is not None
    assert np.nanmean(one.curves.by_lead) == pytest.approx(one.judged.scores["pinball"].value, rel=0.02)
    assert one.curves.pit.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(np.cumsum(one.curves.pit)[:-1], one.curves.reliability)


def test_a_score_on_the_board_comes_out_the_same_again() -> None:
    board = scored()[1]
    wanted = next(entry for entry in board.entries if entry.question.model == "clear_sky")

    shown = forecast_board(sun(), folder=EXAMPLE.parent, entries=board.entries, looks={}, again=wanted.id[:10])

    assert shown.again == ()
    assert [entry.question.model for entry in shown.tests[0].ranking.ranked] == ["clear_sky", "seasonal_naive"]


def test_a_score_of_other_settings_does_not_come_out_again() -> None:
    board = scored()[1]
    wanted = next(entry for entry in board.entries if entry.question.model == "clear_sky")
    other = replace(sun(), models=replace(MODELS, calibrated=False))

    shown = forecast_board(other, folder=EXAMPLE.parent, entries=board.entries, looks={}, again=wanted.id)

    assert shown.again is not None
    assert any("settings" in difference for difference in shown.again)


def test_a_table_with_gaps_and_kelvin_becomes_a_feed_that_knows_when(tmp_path: Path) -> None:
    """300 K are 26.85 °C; the weather of a day is out at 17:00 of the day before; one row is missing."""
    times = pd.date_range("2026-03-01", periods=96, freq="h").delete(5)
    frame = pd.DataFrame({"time": times, "mw": range(95), "t2m": 300.0})
    frame.to_csv(tmp_path / "town.csv", index=False)
    (tmp_path / "file.yaml").write_text(
        "name: Town\nstep_minutes: 60\nstations:\n  town:\n    kind: load\n    unit: MW\n    zone: Asia/Shanghai\n"
        "    table: {file: town.csv, labels: start}\n    column: mw\n    delay_minutes: 30\n    channels:\n"
        '      nwp_air_temperature_c: {column: t2m, unit: K, known: issued, issue_clock: "17:00"}\n',
        encoding="utf-8",
    )

    station = forecast_inputs(read_forecast(tmp_path / "file.yaml"), folder=tmp_path)["town"]

    feed = station.feed
    air = feed.channels["nwp_air_temperature_c"]
    assert feed.axis.count == 96
    assert np.isnan(feed.target.values[0, 5])
    np.testing.assert_allclose(air.values[0, :5], 26.85)
    first = int(feed.axis.start.timestamp())
    assert feed.target.known_s[0, 0] == first + 90 * 60
    assert air.known_s[0, 0] == air.known_s[0, 23] == first - 7 * 3600
    assert air.known_s[0, 24] == first + 17 * 3600


def test_dirt_of_a_solar_record_is_taken_out_and_told_unless_the_file_says_no(tmp_path: Path) -> None:
    """A bell of at most 40 MW from 6 to 18 h; a code of -99 on the third day's noon, 300 MW on the fourth's."""
    hours = np.arange(20 * 24) % 24
    power = np.clip(40 * np.sin((hours - 6) * np.pi / 12), 0, None) * (1 + 0.001 * np.arange(480))
    power[2 * 24 + 12], power[3 * 24 + 12] = -99.0, 300.0
    times = pd.date_range("2026-03-01", periods=480, freq="h")
    pd.DataFrame({"time": times, "mw": power}).to_csv(tmp_path / "sun.csv", index=False)
    text = (
        "name: Sun\nstep_minutes: 60\nstations:\n  sun:\n    kind: solar\n    unit: MW\n    capacity: 80\n"
        "    place: {latitude_deg: 38.5, longitude_deg: 120, altitude_m: 0, time_zone: Asia/Shanghai}\n"
        "    table: {file: sun.csv, labels: start}\n    column: mw\n"
    )

    found = {}
    for cleaned in ("true", "false"):
        (tmp_path / "file.yaml").write_text(f"{text}    cleaned: {cleaned}\n", encoding="utf-8")
        found[cleaned] = forecast_inputs(read_forecast(tmp_path / "file.yaml"), folder=tmp_path)["sun"]

    values = found["true"].feed.target.values[0]
    assert np.isnan(values[2 * 24 + 12])
    assert not values[3 * 24 + 12] > 80
    assert any("cleaning" in note.en for note in found["true"].notes)
    assert found["false"].feed.target.values[0, 3 * 24 + 12] == 300.0
    assert found["false"].notes == ()


def test_a_test_before_the_record_is_refused() -> None:
    early = replace(sun(), backtest=BacktestEntry(start="2025-01-01", end="2025-02-01"))

    with pytest.raises(InputError, match="behind the start of the record"):
        forecast_backtest(early, folder=EXAMPLE.parent)
