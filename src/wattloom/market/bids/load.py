"""Which ways does a computing load have through a day? Its firm work, what may wait, a battery; several days at once.

Price scenarios are days beside one another. In the program they stand one after another on a long axis: nothing waits
past the end of a day and a battery ends each day as it began, so that no day touches the next, and the assets' own
equations serve for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.assets.contract import Surroundings
from wattloom.assets.kinds.cluster.arrivals import Arrivals, arrivals
from wattloom.assets.kinds.cluster.dispatched import Dispatched
from wattloom.assets.kinds.cluster.overhead import at_temperature
from wattloom.assets.kinds.cluster.shifting import Room, Shifted, add_shifting, require_joint_ceiling
from wattloom.domain.errors import InputError
from wattloom.domain.flows import TIME, total
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place
from wattloom.domain.workloads import Envelope

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.assets.kinds.battery.storage import Battery
    from wattloom.assets.kinds.cluster.cluster import Cluster
    from wattloom.solve.program import Program

NOWHERE = Place(latitude_deg=0.0, longitude_deg=0.0, altitude_m=0.0, time_zone="UTC")
"""A load's bid knows no weather: days are counted from the start of the axis."""
COMPUTING, BATTERY, BOUGHT = "computing", "battery", "bought_mw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A load inside a program of one or more days after one another."""

    draw_mw: Any
    """Bought from the grid, an expression over the long axis."""
    wear_cny: Any
    """Wear of the battery, waiting and pausing, all days together."""
    decisions: tuple[str, ...]
    """Names of the variables that say what runs; the rest follows from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidLoad:
    """A computing load that buys for itself."""

    cluster: Cluster
    connection_mw: float
    """Most that it may draw."""
    battery: Battery | None = None
    wear_cny_per_mwh: float = 0.0
    """Of the battery, for each MWh discharged."""
    start_share: float = 0.5
    """Content of the battery at the ends of a day, of what is usable."""

    def __post_init__(self) -> None:
        """Refuse loads whose overhead needs weather, and sizes still to be chosen."""
        if self.cluster.needs_weather or not isinstance(self.cluster.it_mw, float | int):
            raise InputError.one(
                "load",
                found="overhead by temperature, or a size to be chosen",
                expected="numbers",
                remedy="give it_mw, overhead_fixed and overhead_slope as numbers",
            )

    @property
    def rated_mw(self) -> float:
        """Of the machines."""
        return float(self.cluster.it_mw)  # type: ignore[arg-type]

    def flat_mw(self, axis: TimeAxis) -> NDArray[np.float64]:
        """What it draws when all work is done as it arrives and the battery rests; shape (axis.count,)."""
        work = self._work(axis)
        it = self.rated_mw * (work.firm_mw + sum(room.arriving_mw for room in work.rooms.values()))
        fixed, slope = self._overhead(axis.count)
        return np.asarray(it * (1.0 + slope) + fixed)

    def envelope(self, axis: TimeAxis) -> Envelope | None:
        """Of the work that may wait in a day, at the machines; None where none may."""
        work = self._work(axis)
        if not work.rooms:
            return None
        rooms = (room.envelope for room in work.rooms.values())
        return Envelope.together(rooms, rate_mw_max=work.spare_mw).scaled(self.rated_mw)

    def add_to(self, program: Program, axis: TimeAxis, *, days: int = 1) -> Written:
        """Write the load of `days` equal days; `program.axis` has as many times the periods of `axis`."""
        work = self._work(axis)
        rooms = {name: _repeated(room, program.axis, days) for name, room in work.rooms.items()}
        classes = self.cluster.classes
        shifted = [
            add_shifting(program, f"{COMPUTING}.{name}", of_class=classes[name], room=room, rated_mw=self.rated_mw)
            for name, room in rooms.items()
        ]
        spare = np.tile(work.spare_mw, days)
        require_joint_ceiling(
            program, COMPUTING, shifted, rooms=list(rooms.values()), spare_mw=spare, rated_mw=self.rated_mw
        )
        firm = program.series(self.rated_mw * np.tile(work.firm_mw, days))
        fixed, slope = self._overhead(program.axis.count)
        around = Surroundings(axis=program.axis, place=NOWHERE, weather=None, charges=None, parts={})
        drawn = Dispatched(
            it_mw=firm + total(part.it_mw for part in shifted), overhead_fixed_mw=fixed, overhead_slope=slope
        ).add_to(program, COMPUTING, around)
        injected, charged, wear = self._stored(program, around, axis.count, days)
        bought = program.flow(BOUGHT, upper=self.connection_mw)
        program.require("balance", bought + injected - drawn.draw_mw - charged == 0)
        return Written(
            draw_mw=1.0 * bought,
            wear_cny=total([wear, *(_kept(part) for part in shifted)]),
            decisions=tuple(name for name in program.model.variables if _decides(name)),
        )

    def _stored(self, program: Program, around: Surroundings, periods: int, days: int) -> tuple[Any, Any, Any]:
        """What the battery gives and takes, and its wear; each day ends as it began."""
        if self.battery is None:
            return 0.0, 0.0, 0.0
        part = self.battery.add_to(program, BATTERY, around)
        if part.storage is None:
            return 0.0, 0.0, 0.0
        energy_mwh = float(self.battery.energy_mwh)  # type: ignore[arg-type]
        usable = self.battery.usable_share(around.operating_year) * energy_mwh
        ends = np.arange(1, days + 1) * periods - 1
        program.require(f"{BATTERY}.day", part.storage.stored_mwh.isel({TIME: ends}) == self.start_share * usable)
        wear = part.storage.discharged_mw.sum(TIME) * (self.wear_cny_per_mwh * program.axis.step_hours)
        return part.inject_mw, part.draw_mw, wear if self.wear_cny_per_mwh else 0.0

    def _work(self, axis: TimeAxis) -> Arrivals:
        """What arrives in a day, of a cluster of 1 MW."""
        return arrivals(self.cluster, axis, zone=None, operating_year=1)

    def _overhead(self, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fixed MW, and MW for each MW of IT power; shape (count,) each."""
        fixed = np.broadcast_to(at_temperature(self.cluster.overhead_fixed, None, count), (count,))
        slope = np.broadcast_to(at_temperature(self.cluster.overhead_slope, None, count), (count,))
        return np.asarray(self.rated_mw * fixed), np.asarray(slope)


def days_after_one_another(axis: TimeAxis, days: int) -> TimeAxis:
    """The long axis on which equal days stand one after another."""
    return TimeAxis(axis.start, axis.step_minutes, axis.count * days)


def _repeated(room: Room, axis: TimeAxis, days: int) -> Room:
    """The room of a day, day after day; nothing passes from one to the next."""
    one = room.envelope
    before = np.repeat(np.arange(days), one.axis.count) * float(one.earliest_mwh[-1])
    envelope = Envelope(
        axis=axis,
        earliest_mwh=np.tile(one.earliest_mwh, days) + before,
        latest_mwh=np.tile(one.latest_mwh, days) + before,
        rate_mw_max=np.tile(one.rate_mw_max, days),
        rate_mw_min=np.tile(one.rate_mw_min, days),
    )
    return replace(
        room,
        envelope=envelope,
        arriving_mw=np.tile(room.arriving_mw, days),
        running_mw_max=np.tile(room.running_mw_max, days),
        running_mw_min=np.tile(room.running_mw_min, days),
    )


def _kept(part: Shifted) -> Any:
    """What waiting and pausing cost."""
    return total([part.deferral_cny, part.checkpoint_cny])


def _decides(name: str) -> bool:
    """Whether a variable says what runs or moves: contents and queues follow from those."""
    return "running_mw" in name or name.endswith(("charged_mw", "paused_mw"))
