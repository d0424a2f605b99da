"""Do the tables of a day say what the schedules come to?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from wattloom.dispatch.answer import DispatchDay
from wattloom.edge.reports import dispatch_said as answer
from wattloom.edge.reports import dispatch_tables as tables
from wattloom.edge.reports.words import Amount, Words


def row(table: tables.Table, first: str) -> list[object]:
    """The row that begins with a word, in English."""
    words = Words("en")
    return next(list(cells) for cells in table.rows if words.cell(cells[0]) == first)


def test_costs_stand_side_by_side_and_add_up(day: DispatchDay) -> None:
    table = tables.costs(day.at_once.costs_cny, day.plan.costs_cny)

    assert row(table, "Moving work")[1:] == [0.0, 960.0, 960.0]
    assert row(table, "Total")[1:] == pytest.approx(
        [day.at_once.cost_cny, day.plan.cost_cny, day.plan.cost_cny - day.at_once.cost_cny]
    )
    assert "Work deferred" not in [Words("en").cell(cells[0]) for cells in table.rows]


def test_each_site_is_told_in_figures(day: DispatchDay) -> None:
    """Ningxia: 4 MWh of its own and 120 taken; at its peak 22 MW of IT, 3.2 MW of overhead, 2 MW stored."""
    found = row(tables.sites(day), "Ningxia")

    assert found[1:4] == pytest.approx([124.0, 120.0, 0.0])
    assert found[7] == pytest.approx(22.0 * 1.1 + 1.0 + 2.0)
    assert found[8] == pytest.approx(4.0)


def test_mean_prices_are_weighted_by_what_is_imported(day: DispatchDay) -> None:
    """Jiangsu at once imports 3.2 MW all day and 22 MW more from 6 to 12, 8.8 MW more from 16 to 20."""
    steady = 3.2 * (14 * 480 + 18 * 300)  # The axis is 32 h long; 14 h of it are dear.
    jobs = 22.0 * (2 * 300 + 4 * 480) + 8.8 * 4 * 480
    energy = 3.2 * 32 + 22.0 * 6 + 8.8 * 4

    assert row(tables.sites(day), "Jiangsu")[4] == pytest.approx((steady + jobs) / energy)


def test_columns_that_hold_nothing_are_left_out(day: DispatchDay) -> None:
    keys = [column.key for column in tables.sites(day).columns]

    assert "stores_gave_mwh" in keys
    assert "generated_mwh" not in keys


def test_classes_tell_waits_caps_and_moves(day: DispatchDay) -> None:
    table = tables.classes(day)

    assert row(table, "Pretraining")[1:] == pytest.approx([2, 32_768.0, 32.0, 0.0, 6.0, 6.0, 8 / 12, 0.0, 0])
    assert row(table, "Fine-tuning")[8] == 1.0
    assert row(table, "night tests")[1] == 4
    assert row(table, "Total")[5] == pytest.approx((4 * 4 + 2 * 6) / 10)


def test_homes_and_sites_are_crossed(day: DispatchDay) -> None:
    rows = tables.exchanged(day).rows

    assert [list(cells[1:]) for cells in rows] == [pytest.approx([32.0, 120.0]), pytest.approx([0.0, 4.0])]


def test_load_by_hour_is_the_mean_of_its_periods(day: DispatchDay) -> None:
    """At once Jiangsu runs 20 MW from 6 on: 22·1.1 + 1 on the first day; on the second only the firm 2 MW."""
    rows = tables.by_hour(day)["jiangsu"].rows

    assert rows[6][0] == "06:00"
    assert rows[6][1] == pytest.approx((22 * 1.1 + 1 + 2 * 1.1 + 1) / 2)
    assert rows[10][1:4] == pytest.approx([25.2, 3.2, 480.0])


def test_the_paragraph_says_saving_interval_carbon_moves_and_promises(day: DispatchDay) -> None:
    text = answer.paragraph(day, Words("en")).replace("\u00a0", " ")

    assert "would cost 163,320 CNY; as planned they cost 128,683 CNY" in text
    assert "saves 34,637 CNY, 21.2 % of what they cost; its 90 % interval runs from 27,710 CNY to 43,296 CNY" in text
    assert "120 MWh of IT energy, 76.9 % of the jobs', run away from home" in text
    assert "Every job is done by its deadline" in text


def test_promises_not_kept_are_alerts_and_no_praise(made: Callable[..., DispatchDay]) -> None:
    day = made()
    broken = replace(day, plan=replace(day.plan, deadline_misses=3, cap_excess_mwh=0.4))
    uncertain = replace(broken, saving=replace(day.saving, low_cny=-5.0))
    words = Words("en")

    found = answer.alerts(uncertain, words)

    assert [alert.bad for alert in found] == [True, True, False]
    assert found[0].text == "3 jobs are not done by their deadline."
    assert "Every job" not in answer.paragraph(uncertain, words)
    assert answer.alerts(day, words) == []


def test_a_saving_told_by_jobs_alone_is_known_to_differ(day: DispatchDay) -> None:
    assert not answer.saving_differs(day)
    assert answer.saving_differs(replace(day, saving=replace(day.saving, saved_cny=day.saving.saved_cny / 2)))


def test_a_dearer_plan_says_what_it_costs_more(day: DispatchDay) -> None:
    dearer = replace(day, saving=replace(day.saving, saved_cny=-500.0, share=-0.01))

    assert "that costs 500 CNY more" in answer.paragraph(dearer, Words("en")).replace("\u00a0", " ")


def test_the_split_is_set_against_its_program(day: DispatchDay) -> None:
    found = row(tables.solver(day.plan), "The schedule's cost, of the program's")[1]

    assert isinstance(found, Amount)
    assert found.value == pytest.approx(1 / 0.998)


def test_a_day_without_moves_has_no_sites_to_take_from(day: DispatchDay) -> None:
    alone = replace(day, plan=day.at_once)

    assert np.allclose([cells[2] for cells in tables.sites(alone).rows], 0.0)
    assert "No job leaves its home." in answer.paragraph(alone, Words("en"))
