"""Is the board ranked by what it may rank, and can an entry be found again from its id?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from tests.forecast.stations import HOUR_S, START, station

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.backtest import Period
from wattloom.forecast.board import Entry, Question, differences, rankings, reproduced, settings_of, trial_of
from wattloom.forecast.compare import Interval
from wattloom.forecast.feed import Channel, starts_of
from wattloom.forecast.judged import Trial, judged
from wattloom.forecast.leakage import Finding, Severity, Sort
from wattloom.forecast.models.seasonal_naive import MODEL, SeasonalNaive
from wattloom.forecast.task import Task

TRIAL = Trial(
    model=SeasonalNaive(season_minutes=7 * 24 * 60, name="weekly"),
    feed=station(TargetKind.LOAD, days=60),
    task=Task.day_ahead(step_minutes=60, levels=(0.1, 0.5, 0.9)),
    period=Period(start=START + timedelta(days=45), end=START + timedelta(days=60)),
    seed=3,
)


@cache
def entry() -> Entry:
    return Entry.of(TRIAL, judged(TRIAL), version="1.0", looks=1)


def with_skill(name: str, skill: float, *findings: Finding) -> Entry:
    scores = {"skill_pinball": Interval(skill, skill - 0.1, skill + 0.1)} if not np.isnan(skill) else {}
    found = replace(entry(), question=replace(entry().question, model=name), scores=scores)
    return replace(found, findings=findings)


def found(sort: Sort, severity: Severity) -> Finding:
    return Finding(sort=sort, severity=severity, where="station", text=Text(f"{sort} found", f"发现 {sort}"))


def models(entries: tuple[Entry, ...]) -> list[str]:
    return [one.question.model for one in entries]


def test_an_entry_holds_all_that_decided_and_all_that_doubts_its_score() -> None:
    asked = entry().question

    assert asked.model == "weekly"
    assert asked.settings == {"season_minutes": "10080"}
    assert asked.task["levels"] == [0.1, 0.5, 0.9]
    assert (asked.start, asked.end) == ("2024-02-14T16:00:00+00:00", "2024-02-29T16:00:00+00:00")
    assert entry().scores["skill_pinball"].low < entry().scores["skill_pinball"].high
    assert entry().comparison is not None
    assert entry().answered == 1.0


def test_it_survives_its_writing() -> None:
    again = Entry.from_plain(entry().plain())

    assert again == entry()
    assert again.id == entry().id


def test_what_is_no_number_survives_too() -> None:
    odd = replace(entry(), scores={"bias": Interval(np.nan, np.nan, 1.0)}, comparison=None, days_won=None)

    again = Entry.from_plain(odd.plain())

    assert again.id == odd.id
    assert np.isnan(again.scores["bias"].value)


def test_the_id_knows_every_part() -> None:
    changed = [
        replace(entry(), looks=2),
        replace(entry(), scores={}),
        replace(entry(), question=replace(entry().question, seed=4)),
        replace(entry(), question=replace(entry().question, version="1.1")),
        replace(entry(), findings=(found(Sort.GAP, Severity.WARNS),)),
    ]

    assert len({entry().id, *(one.id for one in changed)}) == 6


def test_models_of_one_test_share_the_test_and_not_the_question() -> None:
    daily = Question.of(replace(TRIAL, model=MODEL), version="1.0")
    later = Question.of(replace(TRIAL, period=replace(TRIAL.period, end=START + timedelta(days=59))), version="1.0")

    assert daily.test_id == entry().question.test_id
    assert daily.id != entry().question.id
    assert later.test_id != daily.test_id


def test_an_entry_is_found_again_from_what_it_says() -> None:
    """The board alone, the data read anew, the model by name: the same scores."""
    kept = Entry.from_plain(entry().plain())

    trial = trial_of(kept, station(TargetKind.LOAD, days=60), model=TRIAL.model, baseline=MODEL)

    assert reproduced(kept, trial) == ()


def test_other_data_or_settings_are_told_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        trial_of(entry(), station(TargetKind.LOAD, days=60, seed=1), model=MODEL, baseline=MODEL)

    assert [one.where.rpartition(" ")[2] for one in caught.value.problems] == ["model", "settings", "feed", "data"]


def test_a_score_that_was_bettered_by_hand_is_found_out() -> None:
    scores = dict(entry().scores)
    scores["skill_pinball"] = Interval(0.9, 0.8, 0.95)

    told = differences(replace(entry(), scores=scores), TRIAL, judged(TRIAL))

    assert len(told) == 1
    assert told[0].startswith("skill_pinball: 0.9 [0.8, 0.95], now ")


def test_skill_ranks_and_the_first_answer_to_a_question_stands() -> None:
    low, high = with_skill("low", 0.1), with_skill("high", 0.3)
    again = replace(low, looks=9, scores={"skill_pinball": Interval(0.8, 0.7, 0.9)})

    (ranking,) = rankings([low, high, again]).values()

    assert models(ranking.ranked) == ["high", "low"]
    assert ranking.ranked[1].looks == 1


@pytest.mark.parametrize(
    ("sort", "severity", "said"),
    [
        (Sort.ORACLE, Severity.WARNS, "shown only: oracle found"),
        (Sort.PRETRAINING, Severity.WARNS, "shown only: pretraining found"),
        (Sort.DUPLICATE, Severity.REFUSES, "the leakage report refuses it: duplicate found"),
        (Sort.AVAILABILITY, Severity.REFUSES, "the leakage report refuses it: availability found"),
    ],
)
def test_leaks_oracles_and_hidden_pretraining_are_shown_never_ranked(sort: Sort, severity: Severity, said: str) -> None:
    good, tainted = with_skill("good", 0.1), with_skill("tainted", 0.9, found(sort, severity))

    (ranking,) = rankings([tainted, good]).values()

    assert models(ranking.ranked) == ["good"]
    ((shown, why),) = ranking.unranked
    assert shown.question.model == "tainted"
    assert why.en == said
    assert "发现" in why.zh


def test_a_warning_is_ranked_and_shown_beside() -> None:
    warned = with_skill("warned", 0.2, found(Sort.NEAR_DUPLICATE, Severity.WARNS))

    (ranking,) = rankings([warned]).values()

    assert models(ranking.ranked) == ["warned"]


def test_without_a_score_there_is_no_rank() -> None:
    (ranking,) = rankings([with_skill("failed", np.nan)]).values()

    assert ranking.ranked == ()
    assert ranking.unranked[0][1].en == "has no score over the baseline"


def test_other_tests_and_other_baselines_are_other_rankings() -> None:
    first = with_skill("a", 0.1)
    elsewhere = replace(first, question=replace(first.question, data="0" * 64))
    other = replace(first, question=replace(first.question, baseline="weekly"))

    assert len(rankings([first, elsewhere, other])) == 3


def test_a_refused_trial_makes_an_entry_without_scores() -> None:
    feed = TRIAL.feed
    planted = Channel.issued(feed.target.values[-1], starts_of(feed.axis) - 48 * HOUR_S, unit="MW", source="planted")
    trial = replace(TRIAL, feed=replace(feed, channels={"planted": planted}))

    tainted = Entry.of(trial, judged(trial), version="1.0", looks=1)

    assert tainted.scores == {}
    (ranking,) = rankings([tainted]).values()
    assert "目标值" in ranking.unranked[0][1].zh


def test_settings_tell_arrays_apart_that_print_alike() -> None:
    @dataclass(frozen=True, slots=True)
    class Weights:
        table: np.ndarray
        depth: int = 2

    one, other = np.zeros(5000), np.zeros(5000)
    other[2500] = 1.0

    assert settings_of(Weights(one)) != settings_of(Weights(other))
    assert settings_of(Weights(one))["depth"] == "2"


def test_what_is_no_entry_is_refused() -> None:
    with pytest.raises(InputError, match="expected an entry as the board writes it"):
        Entry.from_plain({"question": {}})
