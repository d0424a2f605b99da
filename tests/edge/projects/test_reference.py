"""The page of keys says of each what it may hold."""

from __future__ import annotations

from wattloom.assets.contract import AssetKind
from wattloom.edge import projects


def test_each_key_stands_in_a_table_with_limits_default_and_meaning(kinds: dict[str, AssetKind]) -> None:
    page = projects.reference(kinds=kinds)

    assert "| `latitude_deg` | °, ≥ -90, ≤ 90 | must be written |" in page
    assert "## Assets of the kind `solar`: Solar" in page
    assert "| `life_years` | year, > 0 | 25 | Life. |" in page
    assert "| `mounting` | fixed \\| single_axis | fixed | Frames. |" in page
    assert "| `classes.<name>.share` | ≥ 0, ≤ 1 | must be written | Part of the whole. |" in page
    assert "| `by_hour` | list of 24: number | must be written |" in page


def test_the_page_speaks_chinese(kinds: dict[str, AssetKind]) -> None:
    page = projects.reference(lang="zh", kinds=kinds)

    assert "| `power_mw` | MW, ≥ 0 \\| {min, max, unit_size} | 必填 | 功率 |" in page


def test_every_line_of_a_table_has_four_cells() -> None:
    rows = [line for line in projects.reference().splitlines() if line.startswith("|")]

    assert {line.replace("\\|", "").count("|") for line in rows} == {5}
