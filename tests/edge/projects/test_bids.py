"""Is a wrong bid file told in full, with lines, and a right one read?"""

from __future__ import annotations

from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.edge.projects import read_bids, read_prices_of
from wattloom.market.bids.project import BidProject
from wattloom.wiring import find

EXAMPLE = Path(__file__).parents[3] / "examples" / "market_bid.yaml"
LEAST = """\
name: Campus that bids
market: {territory: shandong, fee_cny_per_mwh: 50}
prices: {forecast: prices.yaml, day_ahead: spot}
load: {it_mw: 100, utilisation: 0.6, waiting: {}}
"""
WRONG = """\
name: Wrong in many ways
market: {territory: atlantis, steps_max: 60, fee_cny_per_mwh: -1, basis: hearsay}
prices: {forecast: nowhere.yaml, real_time: rt}
load:
  it_mw: 0
  utilisation: 60 %
  waiting:
    now: {share: 0.7, window_hours: 30}
    later: {share: 0.6, window_hours: 6}
  conection_mw: 80
battery: {power_mw: 10, energy_mwh: 20, round_trip_efficiency: 1.2}
risk: {weight: 2, level: 0.4}
scenarios: 1.5
backtest: {start: 2026-02-30, block_days: 0}
"""


def read(folder: Path, text: str) -> BidProject:
    """The bid project of a text, with a file of prices beside it."""
    (folder / "prices.yaml").write_text("name: not looked at here\n", "utf-8")
    path = folder / "bid.yaml"
    path.write_text(text, encoding="utf-8")
    return read_bids(path, territories=("shandong",))


def problems(folder: Path, text: str) -> list[str]:
    """Every problem, as a person reads it."""
    with pytest.raises(InputError) as wrong:
        read(folder, text)
    return [str(problem).replace(f"{folder / 'bid.yaml'}:", "") for problem in wrong.value.problems]


def test_the_example_is_read_with_the_prices_that_it_names() -> None:
    project = read_bids(EXAMPLE, territories=("shandong",))
    forecasts, folder = read_prices_of(project, EXAMPLE.parent)

    assert project.market.territory == "shandong"
    assert project.prices.day_ahead in forecasts.stations
    assert folder == EXAMPLE.parent


def test_what_is_left_away_has_its_default(tmp_path: Path) -> None:
    project = read(tmp_path, LEAST)

    assert (project.market.steps_max, project.market.free_share, project.market.basis) == (5, 0.0, "assumed")
    assert (project.risk.weight, project.risk.level) == (0.2, 0.9)
    assert (project.scenarios, project.seed, project.battery) == (20, 0, None)
    assert project.backtest.block_days == 7


def test_everything_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    told = problems(tmp_path, WRONG)
    lines = [int(line.split(" ")[0]) for line in told]
    text = "\n".join(told)

    assert lines == sorted(lines)
    for said in (
        "2 market.territory: found atlantis",
        "2 market.steps_max: found 60",
        "2 market.fee_cny_per_mwh: found -1",
        "2 market.basis: found hearsay",
        "3 prices.forecast: found",
        "3 prices: found no day_ahead",
        "5 load.it_mw: found 0",
        "8 load.waiting.now.window_hours: found 30",
        "10 load.conection_mw: found the key conection_mw",
        "11 battery.round_trip_efficiency: found 1.2",
        "12 risk.weight: found 2",
        "12 risk.level: found 0.4",
        "13 scenarios: found 1.5",
        "14 backtest.block_days: found 0",
    ):
        assert said in text, text


@pytest.mark.parametrize(
    ("piece", "other", "said"),
    [
        ("territory: shandong, ", "", "2 market: found no territory and no limits of its own; expected one of the two"),
        ("territory: shandong, ", "bid_floor_cny_per_mwh: 5, bid_cap_cny_per_mwh: 5, ",
         "2 market.bid_cap_cny_per_mwh: found 5; expected above the floor, 5"),
        ("waiting: {}", "waiting: {a: {share: 0.7, window_hours: 2}, b: {share: 0.4, window_hours: 2}}",
         "4 load.waiting: found shares that add up to 1.1; expected at most 1"),
        ("load:", "backtest: {start: yesterday}\nload:", '4 backtest.start: found "yesterday"; expected a day'),
    ],
    ids=["no limits", "limits in the wrong order", "more waits than there is", "no day"],
)  # fmt: skip
def test_what_does_not_fit_together_is_told(tmp_path: Path, piece: str, other: str, said: str) -> None:
    told = problems(tmp_path, LEAST.replace(piece, other, 1))

    assert len(told) == 1
    assert said in told[0]


def test_limits_of_ones_own_need_no_territory(tmp_path: Path) -> None:
    own = LEAST.replace("territory: shandong", "bid_floor_cny_per_mwh: -80, bid_cap_cny_per_mwh: 1300")

    assert read(tmp_path, own).market.bid_cap_cny_per_mwh == 1300


def test_the_check_of_a_bid_file_looks_into_the_prices_that_it_names(tmp_path: Path) -> None:
    read(tmp_path, LEAST)

    found = find("project_check")(tmp_path / "bid.yaml", "bids")

    assert not found.right
    assert {str(problem.where).rpartition("/")[2].partition(":")[0] for problem in found.problems} == {"prices.yaml"}
