"""Are a station's rows laid where they belong, with gaps as gaps and every publication kept?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.intake.stations import axis_over, on_axis, read_rows, versions_on_axis
from wattloom.intake.tables import Layout

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = Layout(labels="start")


def table(folder: Path, text: str) -> Path:
    path = folder / "station.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_empty_cells_dashes_codes_and_absent_rows_are_missing_not_zero(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "time,power\n2026-03-01 00:00,1\n2026-03-01 00:15,\n2026-03-01 00:30,--\n2026-03-01 00:45,-999\n"
        "2026-03-01 01:00,2\n2026-03-01 01:30,3\n",
    )

    rows = read_rows(path, columns=["power"], zone=SHANGHAI, layout=START)
    axis = axis_over([rows], 15)

    assert axis == TimeAxis(datetime(2026, 2, 28, 16, tzinfo=UTC), 15, 7)
    np.testing.assert_array_equal(on_axis(rows, "power", axis), [1, np.nan, np.nan, np.nan, 2, np.nan, 3])
    assert "1 cells hold a code for missing" in rows.notes[0].en


def test_end_labels_move_rows_by_one_period(tmp_path: Path) -> None:
    path = table(tmp_path, "time,power\n2026-03-01 00:15,1\n2026-03-01 00:30,2\n2026-03-01 00:45,3\n")

    rows = read_rows(path, columns=["power"], zone=SHANGHAI, layout=Layout(labels="end"))

    assert axis_over([rows], 15).start == datetime(2026, 2, 28, 16, tzinfo=UTC)


def test_a_mean_over_coarser_periods_needs_all_its_parts(tmp_path: Path) -> None:
    """00:00 holds 1 and 3; 01:00 holds 5 alone."""
    path = table(
        tmp_path, "time,power\n2026-03-01 00:00,1\n2026-03-01 00:30,3\n2026-03-01 01:00,5\n2026-03-01 01:30,\n"
    )

    rows = read_rows(path, columns=["power"], zone=SHANGHAI, layout=START)

    np.testing.assert_array_equal(on_axis(rows, "power", axis_over([rows], 60)), [2, np.nan])


def test_coarser_rows_are_held_over_finer_periods(tmp_path: Path) -> None:
    path = table(tmp_path, "time,ghi\n2026-03-01 00:00,4\n2026-03-01 01:00,8\n")

    rows = read_rows(path, columns=["ghi"], zone=SHANGHAI, layout=START)

    np.testing.assert_array_equal(on_axis(rows, "ghi", axis_over([rows], 30)), [4, 4, 8, 8])


def test_every_publication_is_a_version_with_its_time(tmp_path: Path) -> None:
    """Two runs speak of 01:00; the axis has three hours."""
    path = table(
        tmp_path,
        "time,run,ghi\n2026-03-01 00:00,2026-02-28 20:00,1\n2026-03-01 01:00,2026-02-28 20:00,2\n"
        "2026-03-01 01:00,2026-03-01 00:00,3\n2026-03-01 02:00,2026-03-01 00:00,4\n",
    )

    rows = read_rows(path, columns=["ghi"], zone=SHANGHAI, layout=START, issue_column="run")
    values, known = versions_on_axis(rows, "ghi", axis_over([rows], 60))

    np.testing.assert_array_equal(values, [[1, 2, 4], [np.nan, 3, np.nan]])
    first, second = (int(datetime(2026, 2, 28, hour, tzinfo=UTC).timestamp()) for hour in (12, 16))
    assert known[0].tolist() == [first, first, second]
    assert known[1, 1] == second


def test_of_a_row_told_twice_the_later_stands_and_that_is_said(tmp_path: Path) -> None:
    path = table(tmp_path, "time,power\n2026-03-01 00:00,1\n2026-03-01 00:00,9\n2026-03-01 01:00,2\n")

    rows = read_rows(path, columns=["power"], zone=SHANGHAI, layout=START)

    assert on_axis(rows, "power", axis_over([rows], 60)).tolist() == [9, 2]
    assert "1 periods are told again" in rows.notes[0].en


def test_words_and_broken_times_are_told_together(tmp_path: Path) -> None:
    path = table(tmp_path, "time,power\n2026-03-01 00:00,1\nyesterday,2\n2026-03-01 02:00,many\n2026-03-01 03:00,4\n")

    with pytest.raises(InputError) as caught:
        read_rows(path, columns=["power"], zone=SHANGHAI, layout=START)

    assert [problem.line for problem in caught.value.problems] == [3, 4]


def test_steps_that_do_not_fit_each_other_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path, "time,power\n2026-03-01 00:00,1\n2026-03-01 00:20,2\n2026-03-01 00:40,3\n")

    rows = read_rows(path, columns=["power"], zone=SHANGHAI, layout=START)

    with pytest.raises(InputError, match="20 minutes"):
        on_axis(rows, "power", axis_over([rows], 15))
