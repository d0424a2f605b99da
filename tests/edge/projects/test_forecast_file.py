"""Is a forecast file read as it is meant, and is everything that is wrong with it told at once?"""

from __future__ import annotations

from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.edge.projects import read_forecast

EXAMPLE = Path(__file__).parents[3] / "examples" / "forecast_day.yaml"
WRONG = """
name: Bad
step_minutes: 7
stations:
  sun:
    kind: solr
    unit: MW
    capcity: 50
  wind:
    kind: wind
    unit: MW
    capacity: -3
    zone: Asia/Shangai
    table: {file: nix.csv, labels: begin}
    channels:
      nwp: {column: a, unit: m/s, known: issued}
models: {asked: bosted, fall_back: [seasonal_naiv]}
day_ahead: {issue_clock: "9 o'clock"}
backtest: {start: 2026-13-01}
"""


def wrong(text: str, folder: Path) -> list[str]:
    file = folder / "file.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_forecast(file)
    return [str(problem).removeprefix(str(folder)) for problem in caught.value.problems]


def test_the_example_is_read_with_its_kinds_tasks_and_limits() -> None:
    project = read_forecast(EXAMPLE)

    assert [station.kind for station in project.stations.values()] == [
        TargetKind.SOLAR,
        TargetKind.WIND,
        TargetKind.ARRIVALS,
    ]
    assert project.task("day_ahead").first_lead == 15  # 09:00 to midnight, in hours.
    assert project.task("intraday").leads == 6
    assert project.stations["sunny_field"].limits == (0.0, 50.0)


def test_every_problem_of_a_file_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    told = wrong(WRONG, tmp_path)

    lines = [int(one.split(":")[1].split(" ")[0]) for one in told]
    assert lines == [3, 6, 8, 12, 13, 14, 14, 16, 17, 17, 18, 19]
    assert any("did you mean solar?" in one for one in told)
    assert any("did you mean seasonal_naive?" in one for one in told)
    assert any("no time of publication" in one for one in told)


@pytest.mark.parametrize(
    ("station", "found"),
    [
        ("{kind: load, unit: MW, zone: UTC}", "neither table nor generated"),
        ("{kind: load, unit: MW, generated: {}}", "neither place nor zone"),
        ("{kind: wind, unit: MW, zone: UTC, generated: {}}", "no capacity"),
        ("{kind: price, unit: CNY/MWh, zone: UTC, generated: {}, lowest: 5, highest: 2}", "lowest 5 and highest 2"),
        (
            "{kind: load, unit: MW, zone: UTC, generated: {}, channels: {t_c: {column: t, unit: K, known: calendar}}}",
            "channels of a generated record",
        ),
    ],
)
def test_a_station_that_cannot_be_one_is_told(station: str, found: str, tmp_path: Path) -> None:
    told = wrong(f"name: One\nstations:\n  here: {station}\n", tmp_path)

    assert len(told) == 1
    assert found in told[0]


def test_an_issue_clock_off_the_periods_is_told(tmp_path: Path) -> None:
    station = "name: One\nstations:\n  a: {kind: load, unit: MW, zone: UTC, generated: {}}\n"
    text = f'{station}day_ahead: {{issue_clock: "09:05"}}\n'

    told = wrong(text, tmp_path)

    assert ["09:05" in one and "15 minutes" in one for one in told] == [True]


def test_a_price_may_fall_below_zero_and_a_load_may_not(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        "name: Two\nstations:\n  a: {kind: price, unit: CNY/MWh, zone: UTC, generated: {}}\n"
        "  b: {kind: load, unit: MW, zone: UTC, generated: {}}\n"
    )

    stations = read_forecast(file).stations

    assert stations["a"].limits == (float("-inf"), float("inf"))
    assert stations["b"].limits == (0.0, float("inf"))
