"""Is nothing won or lost, whatever a controller does, and does a killed replay go on as if nothing had happened?"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twin.conftest import a_class, jobs, question

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import Command, Jobs, JobsState, Segments, Verb
from wattloom.domain.workloads import WorkloadKind
from wattloom.twin import accounts, kernel, saving
from wattloom.twin.accounts import NotConserved, settled
from wattloom.twin.replay import Keeping, _plant, replay
from wattloom.twin.result import ReplayResult
from wattloom.twin.sites import Mishaps, ReplayQuestion

CLASSES = (
    a_class(pause_s=60.0, restart_s=300.0, recap_s=30.0, least_power=0.4, power_work=((0.4, 0.5), (0.7, 0.85), (1, 1))),
    a_class(name="rigid", interruptible=False, latency_ms_max=5.0),
    a_class(name="free", least_power=0.1),
    a_class(name="serving", kind=WorkloadKind.MOVABLE_SERVING, interruptible=False, restart_s=10.0),
)
LATENCY_MS = np.array([[0.0, 3.0, 9.0], [3.0, 0.0, 9.0], [9.0, 9.0, 0.0]])


class Whim:
    """A controller that tells anybody anything, and remembers where in its whims it is."""

    def __init__(self, of: Jobs, seed: int) -> None:
        """Draw from a seed."""
        self.of, self.rng, self.told = of, np.random.default_rng(seed), 0

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
        """Start soon, mostly at home."""
        site = int(self.of.home[job]) if self.rng.random() < 0.7 else int(self.rng.integers(3))
        self.told += 1
        return (Command(state.now_s + float(self.rng.integers(0, 3)) * 450, job, Verb.START, site),)

    def tick(self, state: JobsState) -> Sequence[Command]:
        """A handful of commands."""
        return [self._any(state) for _ in range(int(self.rng.integers(0, 6)))]

    def _any(self, state: JobsState) -> Command:
        """Anything."""
        self.told += 1
        verb = list(Verb)[int(self.rng.integers(len(Verb)))]
        level = 0.0 if verb is Verb.PAUSE else float(self.rng.choice([0.0, 0.2, 0.5, 0.8, 1.0]))
        later = float(self.rng.choice([0.0, 17.3, 900.0]))
        return Command(
            state.now_s + later, int(self.rng.integers(len(self.of))), verb, int(self.rng.integers(3)), level
        )

    def remembered(self) -> bytes:
        """State of the stream."""
        return repr((self.rng.bit_generator.state, self.told)).encode()

    def remember(self, state: bytes) -> None:
        """Go on from there."""
        self.rng.bit_generator.state, self.told = eval(state)  # noqa: S307 - what it wrote itself


def a_day(seed: int, count: int = 40) -> ReplayQuestion:
    """Jobs of all classes on three small sites, where much goes wrong."""
    rng = np.random.default_rng(seed)
    run = rng.lognormal(7.5, 1.0, count).clip(5, 30_000)
    arrive = np.sort(rng.integers(0, 60, count) * 900.0 + rng.choice([0.0, 1.7], count))
    of = jobs(
        count,
        sites=("a", "b", "c"),
        classes=CLASSES,
        class_index=rng.integers(0, len(CLASSES), count),
        home=rng.integers(0, 3, count),
        arrive_s=arrive,
        run_s=run,
        due_s=arrive + run + rng.uniform(0, 40_000, count),
        power_mw=rng.uniform(0.01, 3.0, count),
        gpus=rng.choice([0.5, 1, 8, 16], count),
        nodes=rng.choice([0, 0, 1, 2], count),
        move_gb=rng.choice([0.0, 100.0, 5000.0], count),
    )
    mishaps = Mishaps(move_fails=0.3, restart_fails=0.3, seed=seed)
    truth = {"gpus": 48, "nodes": 4, "firm_it_mw": [0.5], "overhead_fixed_mw": [0.2], "overhead_slope": [0.3]}
    return question(of, sites=truth, latency_ms=LATENCY_MS, mishaps=mishaps)


class Kept:
    """A checkpoint in memory that is cut off after so many saves."""

    def __init__(self, saves: int) -> None:
        """Allow so many."""
        self.state: bytes | None = None
        self.saves = saves

    def load(self) -> bytes | None:
        """The last."""
        return self.state

    def save(self, state: bytes) -> None:
        """Keep it, or end as a killed process does: in the middle."""
        if self.saves == 0:
            raise KeyboardInterrupt
        self.saves -= 1
        self.state = state


def held(of: Jobs, done: Segments, site: int, column: str) -> float:
    """Most of a machine held at one instant at a site, from the stretches alone."""
    here = done.site == site
    amount = getattr(of, column)[done.job[here]].astype(float)
    at = np.concatenate([done.start_s[here], done.end_s[here]])
    change = np.concatenate([amount, -amount])
    order = np.lexsort((change, at))
    return float(np.cumsum(change[order]).max(initial=0.0))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_energy_and_work_are_conserved_whatever_is_told(seed: int) -> None:
    """The replay checks itself; here the sums are made again, another way."""
    asked = a_day(seed)
    of = asked.jobs

    result = replay(asked, Whim(of, seed))

    done = result.segments
    it_mwh = (result.it_mw - 0.5).sum(axis=1) / 4
    for site in range(3):
        here = done.site == site
        mwh = np.sum((done.end_s - done.start_s)[here] * done.level[here] * of.power_mw[done.job[here]]) / 3600
        assert it_mwh[site] == pytest.approx(mwh, rel=1e-9, abs=1e-9)
        assert held(of, done, site, "gpus") <= 48 + 1e-9
        assert held(of, done, site, "nodes") <= 4
    work = np.bincount(done.job, done.work_s(of), minlength=len(of))
    assert work == pytest.approx(of.run_s - result.left_s, rel=1e-9, abs=1e-6)
    assert np.array_equal(np.isfinite(result.finish_s), result.left_s == 0.0)
    assert (done.start_s >= of.arrive_s[done.job]).all()
    rigid = of.class_index[done.job] == 1
    assert np.bincount(done.job[rigid], minlength=len(of)).max(initial=0) <= 1
    assert (LATENCY_MS[of.home[done.job[rigid]], done.site[rigid]] <= 5.0).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_a_killed_replay_goes_on_to_the_same_bytes(seed: int, between: int, saves: int) -> None:
    asked = a_day(seed)
    whole = replay(asked, Whim(asked.jobs, seed)).to_bytes()
    kept = Kept(saves)

    try:
        resumed: ReplayResult | None = replay(
            asked, Whim(asked.jobs, seed), keeping=Keeping(checkpoint=kept, events_between=between)
        )
    except KeyboardInterrupt:
        kept.saves = -1
        resumed = replay(asked, Whim(asked.jobs, 0), keeping=Keeping(checkpoint=kept)) if kept.state else None

    assert resumed is None or resumed.to_bytes() == whole


def test_the_order_of_looks_changes_nothing_in_the_world() -> None:
    """Whether somebody looks every 15 minutes or never, jobs that are told the same end at the same instant."""
    asked = a_day(3)
    told = [Command(float(asked.jobs.arrive_s[j]), j, Verb.START, int(asked.jobs.home[j])) for j in range(40)]

    class Silent:
        def arrived(self, job: int, state: JobsState) -> Sequence[Command]:  # noqa: ARG002 - the port's words
            return [told[job]]

        def tick(self, state: JobsState) -> Sequence[Command]:  # noqa: ARG002
            return ()

    seldom = question(asked.jobs, sites={"gpus": 48, "nodes": 4}, look_minutes=0.0)
    often = question(asked.jobs, sites={"gpus": 48, "nodes": 4}, look_minutes=1.0)

    assert np.array_equal(replay(seldom, Silent()).finish_s, replay(often, Silent()).finish_s, equal_nan=True)


def test_lost_energy_and_lost_work_give_no_result(world: SimpleNamespace) -> None:
    asked = world.question(world.jobs(sites=("a",)), periods=8)
    plan = world.segments((0, 0, 0, 3600, 1, 0))

    for spoil in ("metered_mws", "left_s"):
        plant = _plant(asked, plan)
        kernel.advance(plant, plant.script[:0], 1000)
        settled(asked, plant, policy="")
        if spoil == "left_s":
            plant.live["left_s"] += 1e-5
        else:
            plant.sites["metered_mws"] *= 1 + 2e-9
        with pytest.raises(NotConserved, match="work of" if spoil == "left_s" else "energy of a site: meter"):
            settled(asked, plant, policy="")


def test_counts_may_differ_by_a_billionth_and_no_more() -> None:
    accounts._agree("whole", 1.0, 1.0 + 0.9e-9)

    with pytest.raises(NotConserved, match="whole: "):
        accounts._agree("whole", 1.0, 1.0 + 1.1e-9)


def test_nobody_goes_on_from_the_state_of_another_question() -> None:
    kept = Kept(1)
    with pytest.raises(KeyboardInterrupt):
        replay(a_day(1), Whim(a_day(1).jobs, 1), keeping=Keeping(checkpoint=kept, events_between=50))

    with pytest.raises(InputError, match="the state of another question"):
        replay(a_day(2), Whim(a_day(2).jobs, 1), keeping=Keeping(checkpoint=kept))


def test_broken_state_is_refused_with_a_remedy() -> None:
    whole = saving.packed({"a": np.arange(5)}, {"n": 1})

    with pytest.raises(InputError, match="delete it and begin anew"):
        saving.unpacked(whole[: len(whole) // 2])
    arrays, facts = saving.unpacked(whole)
    assert (arrays["a"].tolist(), facts) == ([0, 1, 2, 3, 4], {"n": 1})
