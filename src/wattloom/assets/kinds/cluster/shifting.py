"""How is the waiting work of a class written into a linear program? Its envelope, and the points its machines run at.

Variables of a class, for each period: how many machines run at each point of its power–work curve, told in MW of full
power, and the work that waits at the period's end. With the curve's points (power, work):

    waiting(t) = waiting(t−1) + arriving(t)·h − Σ work·running(t)·h
    power(t)   = Σ power·running(t)

Nothing waits before the first period and nothing after the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.assets.limits import is_known
from wattloom.domain.flows import TIME, Amount, Power, total

if TYPE_CHECKING:
    import linopy
    from numpy.typing import NDArray

    from wattloom.assets.kinds.cluster.workload import WorkloadClass
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program

BINDS_MW = 1e-9
"""By how much, per MW of rated power, a ceiling must be exceedable before a row is spent on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """The work of one class inside a program."""

    it_mw: Power
    running_mw: Power
    """Full power of the machines that run, capped or not."""
    backlog_mwh: Power
    deferral_cny: Amount
    checkpoint_cny: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Between which limits the machines of a class may run, per MW of rated IT power."""

    envelope: Envelope
    """Of its work."""
    arriving_mw: NDArray[np.float64]
    running_mw_max: NDArray[np.float64]
    running_mw_min: NDArray[np.float64]


def add_shifting(program: Program, label: str, *, of_class: WorkloadClass, room: Room, rated_mw: Amount) -> Shifted:
    """Write the work of one class into a program; everything is linear in the rated power."""
    hours = program.axis.step_hours
    points = of_class.running_points
    machines = _machines(program, label, len(points), room=room, rated_mw=rated_mw)
    running = total(machines)
    served = total(share * flow for (_, share), flow in zip(points, machines, strict=True))
    waiting = _waiting(program, label, room.envelope, rated_mw)
    # Nothing waits after the last period, so the ring brings nothing before the first.
    gained = waiting - waiting.roll({TIME: 1}) + hours * served
    arriving = hours * program.series(room.arriving_mw)
    program.require(f"{label}.work", gained - arriving * rated_mw == 0)
    paused: Amount = 0.0
    if of_class.checkpoint_cost_cny_per_mwh:
        stopped = program.flow(f"{label}.paused_mw")
        present = program.series(room.arriving_mw) * rated_mw
        program.require(f"{label}.paused", stopped + running - present >= 0)
        paused = stopped.sum(TIME) * (hours * of_class.checkpoint_cost_cny_per_mwh)
    waits = of_class.deferral_cost_cny_per_mwh_hour
    return Shifted(
        it_mw=total(share * flow for (share, _), flow in zip(points, machines, strict=True)),
        running_mw=running,
        backlog_mwh=1.0 * waiting,
        deferral_cny=waiting.sum(TIME) * (hours * waits) if waits else 0.0,
        checkpoint_cny=paused,
    )


def require_joint_ceiling(
    program: Program, label: str, shifted: list[Shifted], *, rooms: list[Room], spare_mw: Any, rated_mw: Amount
) -> None:
    """All classes together stay below what firm work leaves, in the periods in which they could exceed it."""
    most = np.sum([room.running_mw_max for room in rooms], axis=0)
    tight = np.flatnonzero(most > spare_mw + BINDS_MW)
    if len(shifted) < 2 or not tight.size:  # noqa: PLR2004 - one class keeps it by its own ceiling
        return
    excess = total(1.0 * part.running_mw for part in shifted) - program.series(spare_mw) * rated_mw
    program.require(f"{label}.rated", excess.isel({TIME: tight}) <= 0)


def _machines(program: Program, label: str, count: int, *, room: Room, rated_mw: Amount) -> list[linopy.Variable]:
    """Machines at each point, between floor and ceiling: by bounds where one point and a known size allow it."""
    lower, upper = room.running_mw_min, room.running_mw_max
    if count == 1 and is_known(rated_mw):
        return [program.flow(f"{label}.running_mw", lower=rated_mw * lower, upper=rated_mw * upper)]
    names = [f"{label}.running_mw"] if count == 1 else [f"{label}.running_mw {i + 1}" for i in range(count)]
    machines = [program.flow(name) for name in names]
    running = total(1.0 * flow for flow in machines)
    program.require(f"{label}.running_mw_max", running - program.series(upper) * rated_mw <= 0)
    if np.any(lower > 0):
        program.require(f"{label}.running_mw_min", running - program.series(lower) * rated_mw >= 0)
    return machines


def _waiting(program: Program, label: str, envelope: Envelope, rated_mw: Amount) -> linopy.Variable:
    """Waiting work, at most what the envelope lets wait; rows only where what arrived does not limit it already."""
    most = envelope.backlog_mwh_max
    if is_known(rated_mw):
        return program.flow(f"{label}.backlog_mwh", upper=rated_mw * most)
    waiting = program.flow(f"{label}.backlog_mwh", upper=np.where(most > 0, np.inf, 0.0))
    brought = np.concatenate([[0.0], most[:-1]]) + envelope.arriving_mw * envelope.axis.step_hours
    tight = np.flatnonzero((most > 0) & (brought > most + BINDS_MW))
    if tight.size:
        excess = waiting - program.series(most) * rated_mw
        program.require(f"{label}.backlog_mwh_max", excess.isel({TIME: tight}) <= 0)
    return waiting
