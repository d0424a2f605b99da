"""A name that begins as a formula does is text in every file that a spreadsheet opens."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from wattloom.edge.reports.cells import harmless
from wattloom.edge.reports.match_page import setpoints


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠A1"]
)
def test_a_formula_is_marked(name: str) -> None:
    assert harmless(name) == f"'{name}"


def test_a_name_of_a_place_stays_as_it_is() -> None:
    assert [harmless(name) for name in ("Suzhou-1", "苏州", "")] == ["Suzhou-1", "苏州", ""]


def test_set_points_in_csv_hold_no_formula() -> None:
    powers = {name: [1.0] for name in ("moved_in_it_mw", "idle_it_mw", "charge_mw", "discharge_mw")}
    match = SimpleNamespace(served_it_mw=[[1.0]], moved_out_it_mw=[[0.0]], **powers)
    layout = SimpleNamespace(sites=["=1+1"], regions=["jiangsu"], site_region=[0])
    now: Any = SimpleNamespace(match=match, tick=SimpleNamespace(layout=layout))

    row = cast("bytes", setpoints(now)).decode().splitlines()[1]

    assert row.startswith("'=1+1,jiangsu,1.000000,")
