"""What does a pool of members come to as one asset: its givers, its envelope, its part of a program?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, ClassVar
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.assets.contract import Bounds, CostItem, Help, Names, Part, Stage, Surroundings, Unit
from wattloom.assets.kinds.pool.members import (
    AnyMember,
    Asked,
    BatteryMember,
    ClusterMember,
    Direction,
    FleetMember,
    LoadMember,
)
from wattloom.assets.kinds.pool.reach import Giver, Reach
from wattloom.domain.errors import InputError
from wattloom.domain.flows import TIME, LoadFlows, Power, total
from wattloom.domain.text import Text

if TYPE_CHECKING:
    import linopy
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program

HOURS_MAX = 24.0
"""Longest window that a pool answers for: its members say what they can give in one event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What each member can give in an event, or why it stays out."""

    givers: tuple[Giver, ...]
    out: Mapping[str, Text]
    """Reason by member."""

    def reach(self, window: TimeAxis) -> Reach:
        """Of all givers together."""
        return Reach.of(self.givers, step_hours=window.step_hours, periods=window.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Members that answer the grid as one."""

    STAGE: ClassVar[Stage] = Stage.STORAGE

    batteries: Annotated[Mapping[str, BatteryMember], Help("By name.", "储能，按名称")] = field(default_factory=dict)
    loads: Annotated[Mapping[str, LoadMember], Help("Interruptible, by name.", "可中断负荷，按名称")] = field(
        default_factory=dict
    )
    fleets: Annotated[Mapping[str, FleetMember], Help("Cars, by name.", "电动汽车群，按名称")] = field(
        default_factory=dict
    )
    clusters: Annotated[Mapping[str, ClusterMember], Help("Computing, by name.", "算力设施，按名称")] = field(
        default_factory=dict
    )
    direction: Annotated[Direction, Help("down: draw less when called; up: draw more.", "down 为削峰，up 为填谷")] = (
        "down"
    )
    notice_minutes: Annotated[
        float, Unit("min"), Bounds(0), Help("Between call and start.", "通知至开始的时间")
    ] = 1440.0  # fmt: skip
    time_zone: Annotated[str, Names("time zone"), Help("Of the members' clocks.", "成员所在时区")] = "Asia/Shanghai"

    def problems(self) -> list[tuple[str, str, str, str]]:
        """Two members of one name."""
        names = [name for name, _ in self.members()]
        return [
            (name, f"{names.count(name)} members of this name", "names that differ", "rename one")
            for name in sorted({name for name in names if names.count(name) > 1})
        ]

    @property
    def zone(self) -> ZoneInfo:
        """The members' clocks."""
        return ZoneInfo(self.time_zone)

    def members(self) -> Iterator[tuple[str, AnyMember]]:
        """All, with their names."""
        for kind in (self.batteries, self.loads, self.fleets, self.clusters):
            yield from kind.items()

    def answers(self, window: TimeAxis) -> Answers:
        """What each member can give in a window; short interruptions are laid one after the other where it helps."""
        asked = Asked(
            window=window, direction=self.direction, notice_minutes=self.notice_minutes, zone=self.zone
        )  # fmt: skip
        found = {name: member.giver(name, asked) for name, member in self.members()}
        givers = staggered([one for one in found.values() if isinstance(one, Giver)], step_hours=window.step_hours)
        return Answers(givers=givers, out={name: one for name, one in found.items() if isinstance(one, Text)})

    def baseline_mw(self, window: TimeAxis) -> dict[str, NDArray[np.float64]]:
        """What each member would draw, by name."""
        return {name: member.baseline_mw(window, self.zone) for name, member in self.members()}

    def envelope(self, window: TimeAxis) -> Envelope | None:
        """The response that members can follow on any course inside; None where nobody can give anything."""
        found = self.answers(window)
        return found.reach(window).envelope(window) if found.givers else None

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Members give as a plan likes, each within its own limits, at its own cost."""
        if site.axis.hours > HOURS_MAX:
            raise InputError.one(
                f"assets.{name}",
                found=f"a pool in a program of {site.axis.hours:g} h",
                expected=f"an event of at most {HOURS_MAX:g} h",
                remedy="plan the site without it; wattloom vpp nominate and vpp event settle the pool",
            )
        label = f"{site.prefix}{name}"
        givers = [one for one in self.answers(site.axis).givers if not one.whole]
        given = add_givers(program, label, givers)
        bases = self.baseline_mw(site.axis)
        stores = set(self.batteries)
        sign = 1.0 if self.direction == "down" else -1.0
        of_stores = total(sign * flow for key, flow in given.items() if key in stores)
        of_loads = total(sign * flow for key, flow in given.items() if key not in stores)
        base = program.series(np.sum(list(bases.values()), axis=0))
        drawn: Power = base - of_loads
        hours = site.axis.step_hours
        paid = total(
            (one.cost_cny_per_mwh * hours) * given[one.name].sum(TIME) for one in givers if one.cost_cny_per_mwh
        )
        return Part(
            name=name,
            kind="pool",
            inject_mw=of_stores if self.direction == "down" else 0.0,
            draw_mw=drawn if self.direction == "down" else total([drawn, -1.0 * of_stores]),
            load=LoadFlows(it_mw=0.0, overhead_mw=drawn),
            costs=(CostItem(item="pool_response", variable_cny_per_year=paid),) if givers else (),
            notes=(MADE_UP_LATER,),
        )


def add_givers(program: Program, label: str, givers: Sequence[Giver]) -> dict[str, linopy.Variable]:
    """A flow for each giver, below its rate in every period and its energy in all: the one place of this constraint."""
    hours = program.axis.step_hours
    flows = {one.name: program.flow(f"{label}.{one.name}.given_mw", upper=one.rate_mw) for one in givers}
    for one in givers:
        if not one.has_to_spare(hours):
            program.require(f"{label}.{one.name}.energy", hours * flows[one.name].sum(TIME) <= one.energy_mwh)
    return flows


def staggered(givers: Sequence[Giver], *, step_hours: float) -> tuple[Giver, ...]:
    """Givers whose stretch is shorter than the window, each moved to where the whole can then promise most evenly.

    The largest first; where nothing is gained yet, to where the least is free. A stretch keeps its length and stays in
    one piece; fleets, whose rate follows the cars, are not moved.
    """
    placed = {one.name: one for one in givers if not _may_move(one)}
    moving = sorted(
        (one for one in givers if _may_move(one)), key=lambda one: (-float(one.rate_mw[0]), one.name)
    )  # fmt: skip
    for one in moving:
        count, length = one.rate_mw.size, int(np.count_nonzero(one.rate_mw))
        best: tuple[float, float] | None = None
        level = Reach.of(placed.values(), step_hours=step_hours, periods=count)
        free = level.floor_mw + level.box_mw
        for start in range(count - length + 1):
            rate = np.zeros(count)
            rate[start : start + length] = one.rate_mw[0]
            there = replace(one, rate_mw=rate)
            even = Reach.of([*placed.values(), there], step_hours=step_hours).constant_mw_max()
            worth = (even, -float(free[start : start + length].max()))
            if best is None or worth > best:
                best, kept = worth, there
        placed[one.name] = kept
    return tuple(placed[one.name] for one in givers)


def _may_move(one: Giver) -> bool:
    """Whether it is an even stretch from the start that ends before the window does."""
    there = one.rate_mw > 0
    length = int(np.count_nonzero(there))
    even = length > 0 and bool(there[:length].all()) and bool(np.all(one.rate_mw[:length] == one.rate_mw[0]))
    return even and length < one.rate_mw.size and np.isinf(one.energy_mwh)


MADE_UP_LATER = Text(
    "What a pool's cars and jobs put off is drawn after the window and is not in this program.",
    "资源池中车辆与算力任务推迟的用电在窗口之后补足，未计入本程序。",
)
