"""Dirt of many kinds is found where it was put, logged, and taken back to the last bit; what is clean stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.intake.cleaning import Column, Quantity, Record, clean, quality

STEP_MINUTES = 15
A_DAY = 96
DAYS = 60
START_S = int(datetime(2026, 2, 28, 16, tzinfo=UTC).timestamp())
"""Midnight of 1 March on Beijing's clock."""


def station(**changes: object) -> Record:
    """A solar station of 50 MW in spring without a fault: sun from six to six, clouds of its own each quarter-hour."""
    chance = np.random.default_rng(5)
    clock = np.arange(DAYS * A_DAY) % A_DAY / A_DAY * 24 + STEP_MINUTES / 120
    sky = np.repeat(chance.uniform(0.4, 1.0, DAYS), A_DAY) * chance.uniform(0.9, 1.0, DAYS * A_DAY)
    ghi = np.maximum(np.sin((clock - 6) / 12 * np.pi), 0) * 950 * sky
    columns = {
        "power_mw": Column(quantity=Quantity.POWER, unit="MW", values=np.round(ghi / 950 * 48, 3)),
        "ghi": Column(quantity=Quantity.IRRADIANCE, unit="W/m²", values=np.round(ghi, 1)),
        "air_c": Column(
            quantity=Quantity.TEMPERATURE,
            unit="°C",
            values=12 + 8 * np.sin((clock - 9) / 12 * np.pi) + chance.normal(0, 0.2, len(clock)),
        ),
        "wind": Column(
            quantity=Quantity.WIND_SPEED, unit="m/s", values=5 + 2 * np.sin(clock) + chance.normal(0, 0.2, len(clock))
        ),
    }
    whole = Record(
        name="station",
        stamps_s=START_S + np.arange(DAYS * A_DAY) * STEP_MINUTES * 60,
        step_minutes=STEP_MINUTES,
        columns=columns,
        utc_offset_minutes=480,
        capacity=50.0,
        solar=True,
    )
    return replace(whole, **changes) if changes else whole


def with_values(name: str, rows: slice | list[int], values: object) -> Record:
    """The station with other values in some rows of a column."""
    whole = station()
    changed = np.array(whole.columns[name].values)
    changed[rows] = values
    return replace(whole, columns={**whole.columns, name: replace(whole.columns[name], values=changed)})


def noon(day: int) -> int:
    """Row of a day's noon."""
    return day * A_DAY + A_DAY // 2


def test_a_clean_record_is_left_alone() -> None:
    cleaned = clean(station())
    assert cleaned.edits == ()
    assert all(np.array_equal(cleaned.values[name], cleaned.placed[name]) for name in cleaned.values)
    assert all(one.usable_share == 1 for one in quality(cleaned).values())


DIRT = {
    "sentinel": ("air_c", [noon(3), noon(9)], -99.0),
    "a register's end": ("air_c", [noon(4)], -3276.7),
    "limits": ("wind", [noon(5)], 327.7),
    "negative power": ("power_mw", [noon(7) + 40, noon(8) + 40], -0.063),
    "stuck": ("power_mw", slice(noon(10) - 10, noon(10) + 10), 21.7),
    "spike": ("power_mw", [noon(12) - 18], 49.0),
    "above capacity": ("power_mw", [noon(14)], 75.0),
    "unit slip": ("power_mw", slice(noon(16), noon(16) + 8), np.linspace(30_000, 26_000, 8)),
}
KINDS = {"a register's end": "sentinel", "above capacity": "limits"}


@pytest.mark.parametrize("dirt", DIRT)
def test_dirt_is_found_where_it_was_put(dirt: str) -> None:
    name, rows, values = DIRT[dirt]
    record = with_values(name, rows, values)
    cleaned = clean(record)
    (edit,) = cleaned.of_kind(KINDS.get(dirt, dirt))
    assert (edit.column, edit.rows.tolist()) == (name, np.arange(record.stamps_s.size)[rows].tolist())
    assert edit.before.tolist() == np.broadcast_to(values, edit.rows.shape).tolist()
    assert len(cleaned.edits) == 1
    after = cleaned.values[name][rows]
    if dirt == "negative power":
        assert (after == 0).all()
    elif dirt == "unit slip":
        assert after == pytest.approx(np.linspace(30, 26, 8))
    else:
        assert np.isnan(after).all()


@pytest.mark.parametrize("dirt", DIRT)
def test_every_edit_can_be_taken_back(dirt: str) -> None:
    cleaned = clean(with_values(*DIRT[dirt]))
    restored = cleaned.restored()
    assert all(np.array_equal(restored[name], cleaned.placed[name], equal_nan=True) for name in restored)
    before, after = cleaned.fingerprints()[DIRT[dirt][0]]
    assert before != after


def test_words_in_place_of_numbers_are_counted() -> None:
    whole = with_values("ghi", [noon(2)], np.nan)
    worded = replace(whole, columns={**whole.columns, "ghi": replace(whole.columns["ghi"], words=1)})
    (edit,) = clean(worded).of_kind("no number")
    assert edit.rows.tolist() == [noon(2)]


def test_zeros_in_every_column_at_the_end_are_not_yet_measured() -> None:
    whole = station()
    ends = {name: np.concatenate([one.values[:-A_DAY], np.zeros(A_DAY)]) for name, one in whole.columns.items()}
    columns = {name: replace(one, values=ends[name]) for name, one in whole.columns.items()}
    cleaned = clean(replace(whole, columns=columns))
    assert {edit.column for edit in cleaned.of_kind("zero tail")} == set(columns)
    assert all(np.isnan(values[-A_DAY:]).all() for values in cleaned.values.values())


def test_no_power_under_a_bright_sky_is_told_and_left() -> None:
    cleaned = clean(with_values("power_mw", slice(noon(20) - 8, noon(20) + 8), 0.0))
    (edit,) = cleaned.of_kind("dark at noon")
    assert edit.count == 16
    assert (cleaned.values["power_mw"][edit.rows] == 0).all()


@pytest.mark.parametrize("minutes", [60, -60, 480])
def test_a_clock_that_was_moved_for_three_weeks_is_set_right(minutes: int) -> None:
    steps, first, end = minutes // STEP_MINUTES, 20 * A_DAY, 41 * A_DAY
    whole = station()
    moved = {}
    for name, one in whole.columns.items():
        values = np.array(one.values)
        values[first:end] = np.roll(one.values, steps)[first:end]
        moved[name] = replace(one, values=values)
    cleaned = clean(replace(whole, columns=moved))
    shifts = cleaned.of_kind("time shift")
    assert {edit.column for edit in shifts} == set(moved)
    inside = slice(first + 3 * A_DAY, end - 3 * A_DAY)
    assert np.array_equal(cleaned.values["power_mw"][inside], whole.columns["power_mw"].values[inside])
    restored = cleaned.restored()
    assert all(np.array_equal(restored[name], moved[name].values, equal_nan=True) for name in moved)


def test_a_record_on_another_clock_than_it_says_is_told() -> None:
    (edit,) = clean(station(utc_offset_minutes=0)).of_kind("off clock")
    assert "at 04:" in str(edit.found) or "at 03:" in str(edit.found)


def test_labels_twice_out_of_order_off_the_grid_and_absent_are_told_and_placed() -> None:
    whole = station()
    stamps = np.array(whole.stamps_s)
    stamps[100] += 47  # A logger 47 s late.
    stamps[201] = stamps[200]  # One period twice, and the next therefore absent.
    stamps[[300, 301]] = stamps[[301, 300]]
    cleaned = clean(replace(whole, stamps_s=stamps))
    told = {edit.kind: edit.rows.tolist() for edit in cleaned.edits}
    assert told == {"off the grid": [100], "out of order": [301], "twice": [201], "absent": [201]}
    power = whole.columns["power_mw"].values
    assert cleaned.values["power_mw"][[100, 200, 300, 301]].tolist() == power[[100, 200, 301, 300]].tolist()
    assert np.isnan(cleaned.values["power_mw"][201])


def test_years_written_with_1900_added_twice_are_brought_back() -> None:
    whole = station()
    late_s = int(datetime(3926, 1, 1, tzinfo=UTC).timestamp()) - int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    cleaned = clean(replace(whole, stamps_s=whole.stamps_s + late_s))
    assert [edit.kind for edit in cleaned.edits] == ["another century"]
    assert cleaned.axis.start == datetime(2026, 2, 28, 16, tzinfo=UTC)


def test_labels_that_cannot_be_of_one_record_are_refused() -> None:
    stamps = np.array(station().stamps_s)
    stamps[-1] = -60_000_000_000
    with pytest.raises(InputError, match=r"record station: found labels from 0068.*at most 10,000,000 periods"):
        clean(station(stamps_s=stamps))


def test_all_at_once_is_found_too_and_cleaning_again_changes_nothing() -> None:
    whole = station()
    columns = dict(whole.columns)
    for name, rows, values in DIRT.values():
        changed = np.array(columns[name].values)
        changed[rows] = values
        columns[name] = replace(columns[name], values=changed)
    cleaned = clean(replace(whole, columns=columns))
    assert {edit.kind for edit in cleaned.edits} == {
        "sentinel",
        "limits",
        "negative power",
        "stuck",
        "spike",
        "unit slip",
    }
    again = clean(
        replace(whole, columns={name: replace(one, values=cleaned.values[name]) for name, one in columns.items()})
    )
    assert again.edits == ()


def test_quality_counts_what_is_left() -> None:
    figures = quality(clean(with_values("power_mw", slice(noon(10) - 10, noon(10) + 10), 21.7)))["power_mw"]
    assert figures.removed_share == pytest.approx(20 / (DAYS * A_DAY))
    assert figures.longest_gap_h == 5
    assert figures.complete_days_share == pytest.approx((DAYS - 1) / DAYS)
    assert figures.edits == {"stuck": 20}
    assert figures.usable_by_day[10] == pytest.approx(76 / 96)
