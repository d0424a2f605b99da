"""How flexible a facility is: hand-worked scores, and what may never lower one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.assets.kinds.cluster import ASSET
from wattloom.assets.kinds.cluster.classes import classify
from wattloom.assets.kinds.cluster.power_work import curve_names
from wattloom.assets.kinds.cluster.workload import WorkloadClass
from wattloom.domain.workloads import Classification, FlexibilityClass, WorkloadKind


def facility(classes: dict[str, WorkloadClass], *, utilisation: float = 0.5, **keys: Any) -> Any:
    return ASSET.fields(
        it_mw=100.0, utilisation=utilisation, overhead_fixed=0.05, overhead_slope=0.1, classes=classes, **keys
    )


def points(found: Classification) -> dict[tuple[str, str], float]:
    return {(part.workload, part.ability): round(part.points, 6) for part in found.contributions}


def test_serving_alone_is_rigid_and_told_why() -> None:
    found = classify(facility({"chat": WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=1.0)}, notice_minutes=1.0))

    assert found.score == 0.0
    assert found.grade is FlexibilityClass.RIGID
    assert found.contributions[0].sentence.en == "chat: 100% of the mean power neither waits nor moves: 0 points."
    assert "得0分" in found.contributions[0].sentence.zh


def test_batch_with_a_day_a_half_power_cap_and_an_answer_in_minutes_scores_full_marks() -> None:
    jobs = WorkloadClass(
        kind=WorkloadKind.BATCH, share=1.0, window_hours=24.0, power_work=((0.4, 0.7), (0.5, 0.75), (1.0, 1.0))
    )

    found = classify(facility({"jobs": jobs}, notice_minutes=5.0))

    assert points(found) == {("jobs", "waiting"): 60.0, ("jobs", "capping"): 25.0, ("", "notice"): 15.0}
    assert found.score == pytest.approx(100.0)
    assert found.grade is FlexibilityClass.HIGH


def test_each_ability_counts_by_share_depth_window_and_room() -> None:
    classes = {
        "chat": WorkloadClass(kind=WorkloadKind.MOVABLE_SERVING, share=0.5),
        "train": WorkloadClass(
            kind=WorkloadKind.TRAINING,
            share=0.5,
            window_hours=12.0,
            least_power=0.4,
            power_max=1.5,
            power_work=((0.6, 0.5), (1.0, 1.0)),
        ),
    }

    found = classify(facility(classes, notice_minutes=722.5))

    # Waiting 60 · 0.5 · 0.6 · 12/24 · 0.5; the cap keeps 0.75 at 0.8 of the power: 25 · 0.5 · 0.2/0.5 · 1 · 0.5.
    # Moving 40 · 0.5; all can answer, half-way between 5 min and a day: 15 · 1 · 0.5.
    assert points(found) == {
        ("chat", "moving"): 20.0,
        ("train", "waiting"): 4.5,
        ("train", "capping"): 2.5,
        ("", "notice"): 7.5,
    }
    assert found.grade is FlexibilityClass.MEDIUM


def test_a_full_facility_cannot_catch_up_and_so_not_wait() -> None:
    jobs = WorkloadClass(kind=WorkloadKind.BATCH, share=1.0, window_hours=24.0)

    assert classify(facility({"jobs": jobs}, utilisation=1.0)).score == 0.0


def test_unknown_notice_earns_nothing_and_is_said() -> None:
    jobs = WorkloadClass(kind=WorkloadKind.BATCH, share=1.0, window_hours=24.0)

    last = classify(facility({"jobs": jobs})).contributions[-1]

    assert last.points == 0.0
    assert "unknown" in last.sentence.en
    assert "响应时间未知" in last.sentence.zh


def test_it_says_that_the_limits_are_ours() -> None:
    found = classify(facility({"chat": WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=1.0)}))

    assert "No official thresholds exist" in found.stated.en
    assert "尚无官方分级标准" in found.stated.zh


works = st.builds(
    WorkloadClass,
    kind=st.sampled_from([WorkloadKind.BATCH, WorkloadKind.TRAINING]),
    share=st.just(0.6),
    window_hours=st.floats(0, 72),
    least_power=st.floats(0, 1),
    power_max=st.none() | st.floats(1, 4),
    power_work=st.sampled_from(["linear", *curve_names()]),
)
utilisations = st.floats(0.05, 1.0)


def score(work: WorkloadClass, utilisation: float, notice_minutes: float | None = 30.0) -> float:
    rest = WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=0.4)
    return classify(
        facility({"work": work, "rest": rest}, utilisation=utilisation, notice_minutes=notice_minutes)
    ).score


@given(work=works, utilisation=utilisations)
def test_a_score_lies_between_nothing_and_its_share_of_hundred(work: WorkloadClass, utilisation: float) -> None:
    assert 0.0 <= score(work, utilisation, 0.0) <= 60.0 + 1e-9


@given(work=works, utilisation=utilisations, more=st.floats(0, 48))
def test_a_longer_window_never_lowers_the_score(work: WorkloadClass, utilisation: float, more: float) -> None:
    longer = replace(work, window_hours=work.window_hours + more)

    assert score(longer, utilisation) >= score(work, utilisation) - 1e-9


@given(work=works, utilisation=utilisations, part=st.floats(0, 1))
def test_less_that_must_run_never_lowers_the_score(work: WorkloadClass, utilisation: float, part: float) -> None:
    assert score(replace(work, least_power=part * work.least_power), utilisation) >= score(work, utilisation) - 1e-9


@given(work=works, utilisation=utilisations, more=st.floats(0, 3))
def test_more_room_to_catch_up_never_lowers_the_score(work: WorkloadClass, utilisation: float, more: float) -> None:
    if work.power_max is not None:
        assert score(replace(work, power_max=work.power_max + more), utilisation) >= score(work, utilisation) - 1e-9
    assert score(work, utilisation / (1 + more)) >= score(work, utilisation) - 1e-9


@given(work=works, utilisation=utilisations, notice=st.floats(0, 3000), sooner=st.floats(0, 1))
def test_a_quicker_answer_never_lowers_the_score(
    work: WorkloadClass, utilisation: float, notice: float, sooner: float
) -> None:
    assert score(work, utilisation, notice * sooner) >= score(work, utilisation, notice) - 1e-9
    assert score(work, utilisation, notice) >= score(work, utilisation, None) - 1e-9
