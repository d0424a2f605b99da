"""Does the screen say what a dispatch, a replay and an offer came to?"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from wattloom.app.flexibility_assess import FlexibilityAssessment
from wattloom.app.replay_answer import DispatchReplay
from wattloom.dispatch.answer import DispatchDay
from wattloom.edge.reports import offer_tables, replay_said, terminal
from wattloom.edge.reports.words import Lang, Words


def shown(renderable: object) -> str:
    console = Console(file=io.StringIO(), width=120, color_system=None)
    console.print(renderable)
    return console.file.getvalue().replace("\u00a0", " ")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("lang", "figure"), [("en", "34,637 CNY"), ("zh", "3.46 万元")])
def test_a_day_is_told_with_what_each_site_did(day: DispatchDay, lang: Lang, figure: str) -> None:
    text = re.sub(r"\s+", " ", shown(terminal.dispatch_answer(day, lang)))

    assert figure in text
    assert ("Ningxia took 120 MWh" in text) or ("宁夏承接江苏" in text)


def test_missed_deadlines_are_warned_of(day: DispatchDay) -> None:
    broken = replace(day, plan=replace(day.plan, deadline_misses=2))

    assert "✕ 2 jobs are not done by their deadline." in shown(terminal.dispatch_answer(broken))


def test_a_replay_names_the_cheapest_policy_that_keeps_its_promises(replay: DispatchReplay) -> None:
    text = shown(terminal.replay_answer(replay)).replace("\n", " ")

    assert "“Day-ahead plan” costs least" in text
    assert "my own rule" in text


def test_a_policy_that_misses_more_deadlines_is_not_the_best(replay: DispatchReplay) -> None:
    cheap = replace(replay.results[1], deadline_misses=1)
    without = replace(replay, results=(replay.results[0], cheap, replay.results[2]))

    found, saving = replay_said.best(without)

    assert (found.policy, saving) == ("run at once", None)
    assert "No policy runs the 10 jobs for less" in replay_said.paragraph(without, Words("en"))


def test_a_single_replay_is_told_alone(replay: DispatchReplay) -> None:
    alone = replace(replay, results=replay.results[:1], savings=())

    assert replay_said.paragraph(alone, Words("en")).startswith("Replayed under “Run at once”, the 10 jobs cost")


def test_an_offer_is_a_table_of_megawatts(offer: FlexibilityAssessment) -> None:
    text = shown(terminal.offer_answer(offer))

    assert "Ningxia can lower its draw by 6 MW, 30.0 % of its mean power, at 90 CNY/MWh." in text.replace("\n", " ")
    first = next(line for line in text.splitlines() if line.startswith("10 min"))
    assert first.split() == ["10", "min", "8", "6", "3"]


def test_what_each_class_keeps_is_the_least_over_all_lines(offer: FlexibilityAssessment) -> None:
    rows = offer_tables.floors(offer).rows

    assert [row[4] for row in rows] == [0.5, 0.0, None]


def test_names_are_not_taken_for_markup(made: Callable[..., DispatchDay]) -> None:
    assert "[red]x[/red]" in shown(terminal.dispatch_answer(made("[red]x[/red]")))
