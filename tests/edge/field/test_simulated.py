"""The twin obeys late, within its ramp, and is the same for the same seed."""

from pathlib import Path

import numpy as np
from tests.app.control_room.rooms import NOON_S, Run, inputs, steps

from wattloom.app.control_room.state import MANUAL, WITHIN
from wattloom.edge.field.opening import PLAN
from wattloom.edge.field.simulated import SOURCE, SimulatedField, drawn_policies

EXAMPLE = Path(__file__).parents[3] / "examples" / "twelve_provinces.yaml"


def test_the_plan_in_the_package_is_the_examples() -> None:
    assert PLAN.read_bytes() == EXAMPLE.read_bytes()


def test_the_same_seed_tells_the_same() -> None:
    first, second = (SimulatedField(steps(), seed=5).advance(NOON_S)[0] for _ in range(2))

    assert first.values.tolist() == second.values.tolist()
    assert first.heard == {SOURCE: 1}
    assert SimulatedField(steps(), seed=6).advance(NOON_S)[0].values.tolist() != first.values.tolist()


def test_power_moves_no_faster_than_the_ramp() -> None:
    run = Run(speed=60.0)
    run.tick(2)
    before = run.field.it_mw.copy()
    run.tick(1)

    reach = inputs().project.fleet.ramp_per_minute * inputs().fleet.it_mw
    assert (np.abs(run.field.it_mw - before) <= reach + 1e-9).all()


def test_commands_take_effect_after_the_dead_time_and_are_answered() -> None:
    run = Run(speed=1.0)
    run.tick(1)
    assert run.field.applied == 0
    run.tick(5)

    assert run.field.applied > 0
    assert run.state.counts.answered > 0


def test_a_silent_site_tells_nothing_and_answers_nothing() -> None:
    run = Run()
    run.tick(1)
    run.field.fault("dc03", "silent", ticks=100)
    run.tick(8)

    waiting = run.state.live.outstanding
    assert 3 in waiting.site
    slot = run.steps.points.place("sites", "it_mw").start + 3
    assert run.state.measured.raw_s[slot] == NOON_S + 1.0


def test_after_a_restart_the_twin_goes_on_from_what_was_measured() -> None:
    run = Run(speed=60.0)
    run.tick(10)
    again = SimulatedField(run.steps, lively=False)

    again.resume(run.state)

    near = np.abs(again.it_mw - run.field.it_mw) <= 0.02 * inputs().fleet.it_mw
    assert near.all()
    assert again.ticks == run.field.ticks


def test_a_few_sites_ask_people() -> None:
    policies = drawn_policies(1_000, 12)

    assert int((policies.kind == MANUAL).sum()) == 10
    assert int((policies.kind == WITHIN).sum()) == 30
