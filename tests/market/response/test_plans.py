"""Does a plan count only where it was fixed before notice, and only as far as earlier plans came true?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.market.response.meters import EVENT, at, days_before, view

from wattloom.domain.errors import FutureRefused, InputError, MissingData
from wattloom.domain.time import TimeAxis
from wattloom.edge.store.journal import SqliteJournal
from wattloom.market.response.contract import counted
from wattloom.market.response.plans import PLAN, LoggedPlan, plan_body, plan_of


def logged(start: datetime, periods: int, kw: float, *, at: datetime | None = None) -> LoggedPlan:
    """A plan of a constant power, fixed six hours before it begins unless told otherwise."""
    fixed = start - timedelta(hours=6) if at is None else at
    return LoggedPlan(
        axis=TimeAxis(start, 60, periods), kw=np.full(periods, kw), logged_at=fixed, sequence=1, sha256="0" * 64,
        mark="0" * 64, witnessed_at=fixed,
    )  # fmt: skip


RECORD = tuple(logged(at(day, 0), 24, 1000.0) for day in days_before(10))


def plan_of_today(before_noon: float, after: float) -> LoggedPlan:
    plan = logged(at(EVENT, 0), 24, before_noon)
    return replace(plan, kw=np.where(np.arange(24) < 12, before_noon, after))


def test_a_plan_that_came_true_is_the_baseline_also_where_it_is_not_like_other_days() -> None:
    found = counted("plan_before_notice", view(plan=plan_of_today(1000.0, 1700.0), record=RECORD))

    assert found.kw.tolist() == [1700.0, 1700.0]
    assert found.note.zh == "此前 10 个无事件日及当日通知前的计划兑现率不低于 100.0%"


def test_a_plan_that_today_does_not_keep_until_notice_counts_so_much_less() -> None:
    # It said 1,250 kW from midnight on, and 1,000 are drawn.
    found = counted("plan_before_notice", view(plan=plan_of_today(1250.0, 1700.0), record=RECORD))

    assert found.kw == pytest.approx([1360.0, 1360.0])


def test_plans_that_promise_more_than_is_drawn_are_scaled_down() -> None:
    # Every plan says 1,250 kW, 1,000 are drawn: kept to 80 %, so that today's 1,250 count as 1,000.
    record = tuple(replace(plan, kw=plan.kw * 1.25) for plan in RECORD)

    found = counted("plan_before_notice", view(plan=logged(at(EVENT, 0), 24, 1250.0), record=record))

    assert found.kw == pytest.approx([1000.0, 1000.0])


def test_plans_that_promise_less_are_not_scaled_up() -> None:
    record = tuple(replace(plan, kw=plan.kw * 0.5) for plan in RECORD)

    assert counted("plan_before_notice", view(plan=logged(at(EVENT, 0), 24, 1000.0), record=record)).factor == 1.0


@pytest.mark.parametrize("late", ["logged_at", "witnessed_at"])
def test_a_plan_logged_or_noted_after_notice_is_refused(late: str) -> None:
    plan = replace(logged(at(EVENT, 0), 24, 1700.0), **{late: at(EVENT, 12)})  # type: ignore[arg-type]

    with pytest.raises(FutureRefused, match="a plan counts only if logged and noted before"):
        counted("plan_before_notice", view(plan=plan, record=RECORD))


def test_a_plan_without_a_record_of_earlier_ones_is_no_baseline() -> None:
    with pytest.raises(MissingData, match="0 like days with a plan"):
        counted("plan_before_notice", view(plan=logged(at(EVENT, 0), 24, 1700.0)))
    with pytest.raises(InputError, match="no plan"):
        counted("plan_before_notice", view())


def test_earlier_plans_that_were_fixed_later_than_todays_prove_nothing() -> None:
    hindsight = tuple(logged(at(day, 0), 24, 1000.0, at=at(day, 16)) for day in days_before(10))

    with pytest.raises(MissingData, match="0 like days with a plan"):
        counted("plan_before_notice", view(plan=logged(at(EVENT, 0), 24, 1700.0), record=hindsight))


def test_a_plan_goes_through_the_journal_and_comes_back_with_its_mark(tmp_path: Path) -> None:
    axis, told_at = TimeAxis(at(EVENT, 0), 60, 24), at(EVENT, 3)
    with SqliteJournal(tmp_path / "plans.journal") as journal:
        journal.append([(PLAN, plan_body(axis, np.full(24, 1234.5678), logged_at=told_at))])
        entry = next(iter(journal.read()))

    plan = plan_of(entry, noted_mark=entry.mark.hex(), witnessed_at=told_at + timedelta(minutes=1))

    assert plan.kw.tolist() == [1234.568] * 24
    assert (plan.logged_at, plan.sequence, plan.mark) == (told_at, 1, entry.mark.hex())
    plan.before(at(EVENT, 12))


def test_a_journal_written_anew_has_another_mark_and_its_plan_is_refused(tmp_path: Path) -> None:
    """Somebody writes a better plan after the event, stamps it early, and chains it well: the noted mark differs."""
    axis, stamp = TimeAxis(at(EVENT, 0), 60, 24), at(EVENT, 3)
    entries = []
    for name, kw in (("told", 1000.0), ("anew", 1400.0)):
        with SqliteJournal(tmp_path / name) as journal:
            journal.append([(PLAN, plan_body(axis, np.full(24, kw), logged_at=stamp))])
            entries.append(next(iter(journal.read())))

    with pytest.raises(InputError, match="a journal written anew has other marks"):
        plan_of(entries[1], noted_mark=entries[0].mark.hex(), witnessed_at=stamp)


def test_a_plan_that_does_not_reach_over_the_event_is_refused() -> None:
    with pytest.raises(InputError, match="log a plan over the whole day"):
        counted("plan_before_notice", view(plan=logged(at(EVENT, 0), 15, 1700.0), record=RECORD))
