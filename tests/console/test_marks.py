"""Is it plain what is live, what is of a finished run and what is an example, and what to do where there is nothing?"""

from __future__ import annotations

from typing import Any

import pytest
from tests.console.conftest import Screen, Standing

pytestmark = pytest.mark.browser


def panel(page: Any, title: str) -> Any:
    """The panel of a title."""
    return page.locator(".panel").filter(has=page.get_by_role("heading", name=title))


def test_what_is_from_an_example_is_marked_in_its_row_and_named_above_the_page(screen: Screen) -> None:
    page = screen.go("/market")
    row = panel(page, "Statements").locator("tbody tr").first
    row.wait_for()
    strip = page.locator(".strip.info").inner_text()
    row.get_by_role("button").click()
    statement = page.get_by_role("dialog").inner_text()

    assert "Example" in row.inner_text()
    assert "made_up.yaml" in strip
    assert "made_up.yaml" in statement


def test_where_a_kind_of_work_never_ran_the_page_says_how_to_begin(screen: Screen, standing: Standing) -> None:
    standing.room.mode = "empty"
    page = screen.go("/market")
    page.locator(".not-yet").wait_for()

    assert page.locator(".not-yet").all_inner_texts() == ["No bid yet: run “Make bids” below."]


def test_a_back_test_shows_each_saving_with_its_interval(screen: Screen) -> None:
    page = screen.go("/market")
    row = panel(page, "Back-test of bids").locator("tbody tr").first
    row.wait_for()

    assert row.inner_text().split("\t") == ["bid: price–quantity steps", "9,000", "410", "−20 … 800", "4.4\u202f%",
                                            "41.0\u202f%"]  # fmt: skip


def test_the_planned_day_of_a_file_stands_beside_the_live_one_with_what_it_saves(screen: Screen) -> None:
    page = screen.go("/dispatch/day")
    planned = panel(page, "A planned day: Made up")
    planned.locator("canvas").wait_for()
    said = planned.inner_text()

    assert panel(page, "Plan against actual").locator("canvas").count() > 0
    assert all(word in said for word in ("Example", "9,100", "9,900", "8.0\u202f%", "Deadlines missed"))


def test_an_event_that_is_over_says_what_is_paid_to_whom_and_against_which_plan(screen: Screen) -> None:
    page = screen.go("/vpp")
    events = panel(page, "Events")
    events.get_by_role("heading", name="What it comes to").wait_for()
    events.locator("summary").filter(has_text="Shares").click()
    said = events.inner_text()

    assert all(word in said for word in ("provisional", "record 88", "9f2c9f2c9f2c9f2c…", "57.15", "51,435.00"))
    assert all(word in said for word in ("the share delivered from which it is paid", "jiangsu-001", "30,000.00"))


def test_a_page_without_runs_says_nothing_of_examples(screen: Screen, standing: Standing) -> None:
    assert standing.room.mode == "good"
    page = screen.go("/audit")
    page.get_by_role("heading", name="Chain").wait_for()

    assert page.get_by_text("Example").count() == 0
