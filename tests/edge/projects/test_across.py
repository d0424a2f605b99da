"""The parts of a project must fit each other."""

from __future__ import annotations

from collections.abc import Callable

from wattloom.domain.errors import Problem

Check = Callable[[str], list[Problem]]
HALL = """\
  hall:
    kind: cluster
    it_mw: 5
    classes:
      chat: {sort: serving, share: 0.6}
      jobs: {sort: batch, share: 0.4, window_h: 12}
"""
GRID = """\
  grid:
    kind: grid
    capacity_mva: 10
    price_cny_per_mwh: 300
"""


def test_a_site_without_computing_is_refused(right: str, check: Check) -> None:
    found = check(right.replace(HALL, ""))

    assert [(p.line, p.found, p.expected, p.remedy) for p in found] == [
        (
            13,
            "nothing that computes",
            "at least one asset of the kind cluster",
            "add the computing facility, with `kind: cluster`",
        )
    ]


def test_a_site_on_the_public_grid_needs_a_connection(right: str, check: Check) -> None:
    found = check(right.replace(GRID, ""))

    assert [(p.line, p.found, p.remedy) for p in found] == [
        (13, "no grid connection", "add the asset, or write type: off_grid under connection")
    ]


def test_a_site_off_the_grid_has_none(right: str, check: Check) -> None:
    off_grid = right.replace("  voltage_kv: 110\n", "  voltage_kv: 110\n  type: off_grid\n")

    found = check(off_grid)

    assert [(p.line, p.found) for p in found] == [(27, "a grid connection at an off-grid site")]
    assert check(off_grid.replace(GRID, "")) == []


def test_two_grids_are_one_too_many(right: str, check: Check) -> None:
    found = check(right + GRID.replace("grid:", "grid_two:"))

    assert [(p.line, p.found) for p in found] == [(30, "a second grid connection (grid is the first)")]


def test_kinds_that_are_misspelt_are_not_missed_as_well(right: str, check: Check) -> None:
    found = check(right.replace("kind: cluster", "kind: clustr"))

    assert [p.remedy for p in found] == ["did you mean cluster?"]


def test_no_assets_at_all_lack_both_load_and_grid(right: str, check: Check) -> None:
    found = check(right[: right.index("assets:")] + "assets:\n")

    assert [p.found for p in found] == ["nothing that computes", "no grid connection"]


def test_solar_needs_weather_unless_its_yield_is_given(right: str, check: Check) -> None:
    calm = right.replace("  dataset: typical-greensboro\n", "")

    found = check(calm)

    assert [(p.line, p.found, p.expected) for p in found] == [
        (10, "no weather", "dataset or file under weather, since pv needs it")
    ]
    assert check(calm.replace("    kind: solar\n", "    kind: solar\n    capacity_factor: 0.2\n")) == []
    whole = right.replace("weather:\n  dataset: typical-greensboro\n  of_site: false\n", "")
    assert [p.line for p in check(whole)] == [1]


def test_weather_is_named_once(right: str, check: Check) -> None:
    found = check(right.replace("  of_site: false\n", "  file: site.yaml\n"))

    assert [p.found for p in found] == ["both dataset and file"]
