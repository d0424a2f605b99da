"""Does a dispatch file plan on what its forecasts say, and is it billed at what came true?

A market whose third hour is cheap on every day of its record, so that yesterday says tomorrow; but on the day of the
window another hour is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom import rules
from wattloom.app.dispatch_day import dispatch_day
from wattloom.app.dispatch_inputs import dispatch_inputs
from wattloom.app.dispatch_outlook import Course, Outlook, asked_of, onto
from wattloom.app.dispatch_replay import Asked, dispatch_replay, signal_of
from wattloom.assets.contract import FromForecast
from wattloom.dispatch.answer import DispatchDay
from wattloom.dispatch.project import DispatchProject
from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.edge.projects import check, read_dispatch, read_forecasts_of
from wattloom.forecast.feed import Channel, Feed, starts_of
from wattloom.forecast.project import ForecastProject

BEIJING = ZoneInfo("Asia/Shanghai")
RECORD_DAYS = 30
FORECAST = """
name: A market
step_minutes: 60
stations:
  spot:
    kind: price
    unit: CNY/MWh
    zone: Asia/Shanghai
    column: price
    table: {file: prices.csv, time: time}
models: {asked: seasonal_naive, fall_back: [], calibrated: false}
day_ahead: {issue_clock: "00:00"}
intraday: {leads: 4, every_minutes: 60}
serving: {look_back_days: 14}
"""
DISPATCH = """
name: One site
window: {start: 2026-03-30T00:00+08:00, days: 1, step_minutes: 60}
sites:
  one:
    place: {latitude_deg: 31, longitude_deg: 120, altitude_m: 5, time_zone: Asia/Shanghai}
    it_mw: 4
    import_price_cny_per_mwh: {forecast: market.yaml, station: spot}
    carbon_kg_per_mwh: 0
    overhead_fixed: 0
    overhead_slope: 0
classes:
  waits: {kind: batch, share: 1.0, window_hours: 10, interruptible: false}
jobs: {file: jobs.csv, kw_per_gpu: 1.0}
"""
JOB = "id,arrive,run_hours,gpus,class,home\na,2026-03-30T00:00:00+08:00,1,1000,waits,one\n"


def prices(day: int) -> np.ndarray:
    """400 all day, 100 from 03:00 to 04:00; on the last day 500 then, and 200 from 05:00 to 06:00."""
    by_hour = np.full(24, 400.0)
    by_hour[3] = 100.0
    if day == RECORD_DAYS - 1:
        by_hour[3], by_hour[5] = 500.0, 200.0
    return by_hour


@pytest.fixture(name="files")
def _files(tmp_path: Path) -> Path:
    first = datetime(2026, 3, 1, tzinfo=BEIJING)
    rows = [
        f"{(first + timedelta(hours=24 * day + hour)).isoformat()},{price:g}"
        for day in range(RECORD_DAYS)
        for hour, price in enumerate(prices(day))
    ]
    (tmp_path / "prices.csv").write_text("\n".join(["time,price", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "market.yaml").write_text(FORECAST, encoding="utf-8")
    (tmp_path / "jobs.csv").write_text(JOB, encoding="utf-8")
    return tmp_path


def read(folder: Path, text: str = DISPATCH) -> tuple[DispatchProject, dict[str, ForecastProject]]:
    file = folder / "dispatch.yaml"
    file.write_text(text, encoding="utf-8")
    project = read_dispatch(file, territories=rules.territory_keys())
    return project, read_forecasts_of(project)


def planned(folder: Path) -> DispatchDay:
    project, forecasts = read(folder)
    return dispatch_day(project, folder=folder, forecasts=forecasts)


def test_the_plan_takes_the_hour_that_the_forecast_has_for_the_cheapest(files: Path) -> None:
    """1 MWh at 100 CNY as forecast, in place of 400 at once."""
    day = planned(files)

    assert day.plan.segments.start_s.tolist() == [3 * 3600.0]
    assert day.plan.cost_cny == pytest.approx(100.0)
    assert day.at_once.cost_cny == pytest.approx(400.0)


def test_the_report_says_which_forecast_was_used_and_from_what(files: Path) -> None:
    told = " ".join(note.en for note in planned(files).notes)

    assert "spot is as forecast (market.yaml, quantile 0.5, model seasonal_naive" in told
    assert "prices.csv, price" in told


def test_a_forecast_that_another_model_made_says_why(files: Path) -> None:
    text = FORECAST.replace(
        "asked: seasonal_naive, fall_back: []", "asked: temperature_load, fall_back: [seasonal_naive]"
    )
    (files / "market.yaml").write_text(text, encoding="utf-8")

    told = " ".join(note.en for note in planned(files).notes)

    assert "speaks in place of" in told


def test_a_wrong_forecast_costs_100_cny_in_the_replay(files: Path) -> None:
    """At once: 400. The plan waits for 03:00, seen at 100: it comes to 500. Told the truth it would have paid 200."""
    project, forecasts = read(files)

    played = dispatch_replay(project, folder=files, asked=Asked(forecasts=forecasts))

    cost = {result.policy: result.cost_cny for result in played.results}
    for policy in ("lowest_slot", "plan", "rolling"):
        assert cost[policy] == pytest.approx(500.0)
    assert cost["run_at_once"] == pytest.approx(400.0)
    assert played.savings[-1].saved_cny == pytest.approx(-100.0)


def test_where_nothing_is_forecast_the_rolling_plan_is_replayed_only_if_asked(files: Path) -> None:
    project, _ = read(files)
    known = replace(project, sites={"one": replace(project.sites["one"], import_price_cny_per_mwh=300.0)})

    assert dispatch_replay(known, folder=files).results[-1].policy == "plan"


def test_beyond_the_last_period_forecast_the_last_day_forecast_goes_on(files: Path) -> None:
    """A job due ten hours after midnight of the next day: its hours are those of the day before, and it is told."""
    (files / "jobs.csv").write_text(JOB.replace("T00:00:00", "T22:00:00"), encoding="utf-8")
    project, forecasts = read(files)

    inputs = dispatch_inputs(project, folder=files, forecasts=forecasts)

    price = inputs.question.sites[0].import_price_cny_per_mwh
    assert price.size == 33
    assert price[24 + 3] == price[3] == 100.0
    assert any("beyond the last period forecast" in note.en for note in inputs.notes)


def test_a_replay_where_the_record_has_nothing_is_refused(files: Path) -> None:
    project, forecasts = read(files, DISPATCH.replace("2026-03-30", "2026-03-31"))
    (files / "jobs.csv").write_text(JOB.replace("2026-03-30", "2026-03-31"), encoding="utf-8")

    with pytest.raises(InputError, match="without a value"):
        dispatch_replay(project, folder=files, asked=Asked(policies=("plan",), forecasts=forecasts))


def test_a_forecast_file_that_was_not_handed_over_is_asked_for(files: Path) -> None:
    project, _ = read(files)

    with pytest.raises(InputError, match=r"market\.yaml, which was not read"):
        dispatch_day(project, folder=files)


def outlook() -> Outlook:
    """Four hours; at first all cost 400, from 01:00 on 02:00 is known to cost 100."""
    axis = TimeAxis(datetime(2026, 3, 30, tzinfo=BEIJING), 60, 4)
    feed = Feed(
        name="spot",
        kind=TargetKind.PRICE,
        axis=axis,
        zone=BEIJING,
        target=Channel.measured(axis, np.full(4, 300.0), unit="CNY/MWh", source="by hand"),
    )
    start_s = int(axis.start.timestamp())
    course = Course(
        asked=FromForecast(forecast="market.yaml", station="spot"),
        feed=feed,
        issued_s=np.array([start_s - 9 * 3600, start_s + 3600]),
        values=np.array([[400.0] * 4, [400.0, 400.0, 100.0, 400.0]]),
        happened=np.array([300.0, np.nan, 300.0, 300.0]),
        notes=(),
    )
    return Outlook(axis=axis, courses=(course,))


def test_policies_see_what_was_out_by_then(files: Path) -> None:
    project, forecasts = read(files)
    inputs = replace(dispatch_inputs(project, folder=files, forecasts=forecasts, again=True))
    short = replace(inputs.question, axis=TimeAxis(inputs.question.axis.start, 60, 4))
    seen = signal_of(replace(inputs, question=short, outlook=outlook_for(project)))

    assert seen.as_known(0.0)[0].tolist() == [400.0, 400.0, 400.0, 400.0]
    assert seen.as_known(3599.0)[0].tolist() == [400.0, 400.0, 400.0, 400.0]
    assert seen.as_known(3600.0)[0].tolist() == [400.0, 400.0, 100.0, 400.0]


def outlook_for(project: DispatchProject) -> Outlook:
    """The outlook by hand, under the words of a project."""
    plain = outlook()
    asked = asked_of(project.sites)[0]
    return replace(plain, courses=tuple(replace(one, asked=asked) for one in plain.courses))


def test_what_the_record_lacks_is_refused_above_a_tenth() -> None:
    """One of four hours is missing: a quarter."""
    with pytest.raises(InputError, match="1 of 4 periods"):
        outlook().happened()


def test_periods_of_another_length_are_laid_onto_the_axis_as_means() -> None:
    axis = TimeAxis(datetime(2026, 3, 30, tzinfo=BEIJING), 15, 4)
    starts = starts_of(axis)

    assert onto(axis, starts[:1], np.array([8.0]), 60).tolist() == [8.0] * 4
    assert onto(replace(axis, step_minutes=60, count=1), starts, np.array([1.0, 2.0, 3.0, 6.0]), 15).tolist() == [3.0]
    # 10 minutes onto 15: the second covers 5 minutes of the first quarter and 5 of the next.
    told = onto(axis, starts[0] + 600 * np.arange(3), np.array([3.0, 6.0, 9.0]), 10)
    assert told[:2].tolist() == [4.0, 8.0]
    assert np.isnan(told[2:]).all()


@pytest.mark.parametrize(
    ("wrong", "line", "told"),
    [
        ("{forecast: market.yaml, station: spott}", 8, "did you mean spot"),
        ("{forecast: market.yaml, station: spot, quantile: 0.55}", 8, "one of its levels"),
        ("{forecast: nowhere.yaml, station: spot}", 8, "nowhere.yaml"),
        ("{forecast: market.yaml}", 8, "no station"),
    ],
)
def test_a_forecast_that_is_not_there_is_told_with_its_line(files: Path, wrong: str, line: int, told: str) -> None:
    text = DISPATCH.replace("{forecast: market.yaml, station: spot}", wrong)

    with pytest.raises(InputError) as raised:
        read(files, text)

    assert [problem.line for problem in raised.value.problems] == [line]
    assert told in str(raised.value)


def test_a_plan_of_a_year_takes_no_forecast(files: Path) -> None:
    (files / "plan.yaml").write_text(
        "assets: {sun: {kind: solar, power_mw: 1, capital_cost_cny_per_kw: 1, "
        "fixed_cny_per_kw_year: 1, capacity_factor: {forecast: market.yaml, station: spot}}}\n",
        encoding="utf-8",
    )

    told = [str(problem) for problem in check(files / "plan.yaml", territories=rules.territory_keys())]

    assert any("capacity_factor: found a section with the keys forecast" in one for one in told)
