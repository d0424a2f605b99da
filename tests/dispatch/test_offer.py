from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.events import HOUR_S, START, at, baseline, batch, event, table, uncapped

from wattloom.dispatch.grid_events import Elsewhere, EventPlan, answer
from wattloom.dispatch.offer import FlexibilityOffer, OfferLine, OfferSite, OfferTerms, assess
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import Jobs, Segments
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind

CURVE = ((0.5, 0.7), (0.75, 0.9), (1.0, 1.0))
A = (OfferSite(name="a"),)


def terms(**said: object) -> OfferTerms:
    """Ten minutes' notice for an hour, at hand nine times in ten."""
    return OfferTerms(**({"notices_minutes": (10.0,), "durations_hours": (1.0,)} | said))  # type: ignore[arg-type]


def line(offer: FlexibilityOffer, direction: str = "down") -> OfferLine:
    """The first line of a direction."""
    return next(one for one in offer.lines if one.direction == direction)


def hours(count: int, *, first: float = 1.0, step_minutes: int = 60) -> TimeAxis:
    """Starting instants, an hour apart unless said otherwise."""
    return TimeAxis(at(first), step_minutes, count)


def test_three_jobs_give_what_their_curve_and_their_floor_let() -> None:
    # Floor 0.69 and a hundredth: 0.7 of the work is kept at half power. Three jobs of 1 MW give 0.5 MW each. Over the
    # 70 minutes of ramp and hold each puts off 0.3 × 7/6 h × 100 = 35 GPU-hours: 105 for 1.5 MWh.
    jobs = table(
        (batch(least_power=0.5, service_floor=0.69, power_work=CURVE, interruptible=False),), [(0, 50, 1.0, 100)] * 3
    )

    one = line(assess(jobs, uncapped(jobs), hours(10), terms=terms(), sites=A))

    assert one.mw == pytest.approx(1.5, rel=1e-6)
    assert one.share_of_power == pytest.approx(0.5, rel=1e-6)
    assert one.deferred_gpu_hours_per_mwh == pytest.approx(70.0, rel=1e-6)
    assert one.kept_least["batch"] == pytest.approx(1 - 0.3 * 70 / 80)
    assert one.limited_by == "rigid"
    # Starts from 1:00 to 10:00; the hold's middle is 6:00 in the mean, the planned end 50:00: 44 h at 1 yuan.
    assert one.cost_cny_per_deferred_gpu_hour == pytest.approx(44.0, rel=1e-6)
    assert one.cost_cny_per_lost_gpu_hour is None
    # 105 GPU-hours are 1.05 MWh of full power; 2 % of 3 MW make up 0.06 MWh an hour.
    assert one.make_up_hours == pytest.approx(17.5, rel=1e-6)


def test_what_is_there_nine_times_in_ten_is_offered() -> None:
    # One job of two is there for the first nine of ten starts, the other for all: 2 MW at 0.9, 1 MW at 0.95.
    jobs = table((batch(),), [(0, 10.5, 1.0, 100), (0, 50, 1.0, 100)])

    at_nine = line(assess(jobs, uncapped(jobs), hours(10), terms=terms(), sites=A))
    surer = line(assess(jobs, uncapped(jobs), hours(10), terms=terms(probability=0.95), sites=A))

    assert (at_nine.mw, surer.mw) == pytest.approx((2.0, 1.0))
    assert at_nine.mw_mean == pytest.approx(1.9)
    assert at_nine.mw_least == pytest.approx(1.0)


def test_no_time_to_save_leaves_only_longer_notices() -> None:
    jobs = table((batch(pause_s=1800.0),), [(0, 50, 1.0, 100)])

    offer = assess(jobs, uncapped(jobs), hours(10), terms=terms(notices_minutes=(10.0, 30.0)), sites=A)
    short, long = (one for one in offer.lines if one.direction == "down")

    assert (short.mw, short.limited_by) == (0.0, "notice")
    assert short.cost_cny_per_mwh is None
    assert long.mw == pytest.approx(1.0)


def test_a_deadline_near_at_hand_limits_the_offer() -> None:
    jobs = table((batch(),), [(0, 50, 1.0, 100)], due_s=np.array([50.5 * HOUR_S]))

    one = line(assess(jobs, uncapped(jobs), hours(10), terms=terms(), sites=A))

    assert (one.mw, one.limited_by) == (0.0, "deadline")


def test_work_that_serves_is_priced_as_lost() -> None:
    # At half power for 70 min 0.3 of the work is lost: 35 GPU-hours at 3 yuan for each 0.5 MWh.
    kind = WorkloadKind.FIRM_SERVING
    serves = batch(kind=kind, least_power=0.5, power_work=CURVE, service_floor=0.5, loss_cost_cny_per_gpu_hour=3.0)
    jobs = table((serves,), [(0, 50, 1.0, 100)])

    one = line(assess(jobs, uncapped(jobs), hours(10), terms=terms(), sites=A))

    assert one.lost_gpu_hours_per_mwh == pytest.approx(70.0)
    assert one.cost_cny_per_lost_gpu_hour == pytest.approx(3.0)
    assert one.cost_cny_per_mwh == pytest.approx(210.0)
    assert one.make_up_hours == 0


def test_cheap_megawatts_go_first() -> None:
    # 1 MW of each class is there, the dear one for four of ten starts: 1 MW is offered, from the cheap class.
    dear, cheap = batch("dear", deferral_cost_cny_per_gpu_hour=90.0), batch("cheap")
    jobs = table((dear, cheap), [(0, 5.5, 1.0, 100), (1, 50, 1.0, 100)])

    one = line(assess(jobs, uncapped(jobs), hours(10), terms=terms(), sites=A))

    assert one.mw == pytest.approx(1.0)
    assert one.cost_cny_per_deferred_gpu_hour == pytest.approx(44.0)


def test_waiting_work_can_be_taken_early_where_the_machines_have_room() -> None:
    # 2 MW wait until 20:00, 1 MW runs: 3 MW of machines take both, 2 MW only half of what waits.
    jobs = table((batch(),), [(0, 50, 1.0, 100), (0, 5, 2.0, 100)])
    planned = uncapped(jobs, np.array([0.0, 20 * HOUR_S]))

    free = line(assess(jobs, planned, hours(10), terms=terms(), sites=(OfferSite(name="a", it_mw_max=3.0),)), "up")
    tight = line(assess(jobs, planned, hours(10), terms=terms(), sites=(OfferSite(name="a", it_mw_max=2.0),)), "up")
    long = line(assess(jobs, planned, hours(10), terms=terms(durations_hours=(6.0,)), sites=A), "up")

    assert free.mw == pytest.approx(2.0)
    assert free.cost_cny_per_mwh == 0
    assert (tight.mw, tight.limited_by) == (pytest.approx(1.0), "room")
    assert (long.mw, long.limited_by) == (0.0, "waiting_work")


def test_the_meter_counts_the_overhead_that_follows_the_load() -> None:
    jobs = table((batch(),), [(0, 50, 1.0, 100)])
    site = OfferSite(name="a", draw_mw_per_it_mw=1.2, firm_mw=0.4)

    one = line(assess(jobs, uncapped(jobs), hours(10), terms=terms(), sites=(site,)))

    assert one.mw == pytest.approx(1.2)
    assert one.share_of_power == pytest.approx(1.2 / 1.6)


def test_an_unknown_site_and_impossible_terms_are_refused() -> None:
    jobs = table((batch(),), [(0, 50, 1.0, 100)])

    with pytest.raises(InputError, match="nowhere"):
        assess(jobs, uncapped(jobs), hours(10), terms=terms(), sites=(OfferSite(name="nowhere"),))
    with pytest.raises(InputError) as refused:
        OfferTerms(probability=1.0, notices_minutes=(5.0,), durations_hours=())

    assert len(refused.value.problems) == 3


@st.composite
def days(draw: st.DrawFn) -> tuple[Jobs, Segments]:
    """Up to thirty jobs of three classes over half a day."""
    classes = (
        batch("caps", least_power=0.5, power_work=CURVE, service_floor=draw(st.sampled_from([0.0, 0.6, 0.8])),
              recap_s=draw(st.sampled_from([0.0, 120.0])), interruptible=False),
        batch("stops", pause_s=draw(st.sampled_from([0.0, 300.0])), restart_s=draw(st.sampled_from([0.0, 240.0]))),
        batch("serves", kind=WorkloadKind.FIRM_SERVING, least_power=0.5, power_work=CURVE, service_floor=0.8),
    )  # fmt: skip
    number = np.random.default_rng(draw(st.integers(0, 10**6)))
    count = draw(st.integers(3, 30))
    rows = [
        (int(number.integers(3)), float(number.uniform(2, 12)), float(number.uniform(0.1, 2)), 8.0)
        for _ in range(count)
    ]
    start = np.sort(number.uniform(0, 4 * HOUR_S, count))
    jobs = table(classes, rows, arrive_s=start)
    return replace(jobs, due_s=start + jobs.run_s * number.uniform(1.0, 2.0, count)), uncapped(jobs)


@settings(max_examples=30, deadline=None)
@given(days(), st.sampled_from([0.25, 1.0, 2.0]))
def test_the_event_controller_holds_what_is_offered(work: tuple[Jobs, Segments], duration: float) -> None:
    jobs, planned = work
    asked = terms(probability=0.5, durations_hours=(duration,))
    # One starting instant: what is offered there must be deliverable there. The hold begins after the ramp, at 2:10.
    offered = line(assess(jobs, planned, TimeAxis(at(2) + timedelta(minutes=10), 15, 1), terms=asked, sites=A))
    frozen = baseline(jobs, planned)
    minutes = round(60 * duration)
    least = frozen.power_mw[130 : 130 + minutes].max() - offered.mw

    found = answer(
        event(frozen, mw_max=max(least, 0.0) + 1e-6, end=at(2) + timedelta(minutes=10 + minutes)),
        jobs,
        planned,
        Elsewhere(),
    )

    assert isinstance(found, EventPlan), found.why


def test_a_week_for_a_thousand_live_jobs_takes_less_than_a_minute() -> None:
    # Twenty thousand runs of eight hours over a week: nearly a thousand at any time. All notices and durations.
    number = np.random.default_rng(3)
    count = 20_000
    classes = (
        batch("caps", least_power=0.5, power_work=CURVE, service_floor=0.6, interruptible=False),
        batch("stops", pause_s=120.0, restart_s=240.0),
    )
    rows = [(int(number.integers(2)), float(number.uniform(4, 12)), 0.01, 8.0) for _ in range(count)]
    start = np.sort(number.uniform(0, 7 * 24 * HOUR_S, count))
    jobs = table(classes, rows, arrive_s=start, due_s=start + 40 * HOUR_S)
    before = time.process_time()

    offer = assess(jobs, uncapped(jobs), TimeAxis(START, 15, 672), terms=OfferTerms(), sites=A)

    assert time.process_time() - before <= 15
    assert len(offer.lines) == 2 * 4 * 5
    down = [one.mw for one in offer.lines if one.direction == "down" and one.notice_minutes == 10]
    assert down == sorted(down, reverse=True)
