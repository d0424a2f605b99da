"""How much work arrives when, per MW of rated IT power, and between which limits is it done?

Everything here is for one MW of rated power, so that a cluster of any size is a multiple of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.assets.kinds.cluster.shifting import Room
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.workloads import Envelope

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.assets.contract import Level
    from wattloom.assets.kinds.cluster.cluster import Cluster
    from wattloom.assets.kinds.cluster.workload import WorkloadClass
    from wattloom.domain.time import TimeAxis

ROUNDING = 1e-9
"""How far, per MW of rated power, a peak may exceed it by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """The work of a cluster with one MW of rated IT power."""

    utilisation: float
    """Mean IT power in the year looked at, growth included."""
    saturated: bool
    """Whether growth was stopped because the machines are full."""
    serving_mw: NDArray[np.float64]
    """Served as it arrives, and kept through an outage."""
    immediate_mw: NDArray[np.float64]
    """Batch and training that may not wait: done as it arrives."""
    rooms: Mapping[str, Room]
    """By class that may wait."""

    @property
    def firm_mw(self) -> NDArray[np.float64]:
        """All that is done as it arrives."""
        return np.asarray(self.serving_mw + self.immediate_mw)

    @property
    def spare_mw(self) -> NDArray[np.float64]:
        """What firm work leaves of the rated power."""
        return np.asarray(np.maximum(1.0 - self.firm_mw, 0.0))


def arrivals(cluster: Cluster, axis: TimeAxis, *, zone: ZoneInfo | None, operating_year: int) -> Arrivals:
    """Firm work and the room of each class that may wait; refuses work that does not fit into the machines."""
    shapes = {name: part.share * _shape(cluster, part, axis) for name, part in cluster.classes.items()}
    utilisation, saturated = grown(cluster, operating_year)
    arriving = {name: utilisation * shape for name, shape in shapes.items()}
    none = np.zeros(axis.count)
    serving = np.sum([none, *(arriving[name] for name, part in cluster.classes.items() if part.serves)], axis=0)
    immediate = np.sum(
        [none, *(arriving[name] for name, part in cluster.classes.items() if not part.serves and not part.waits)],
        axis=0,
    )
    firm = serving + immediate
    if np.max(firm) > 1.0 + ROUNDING:
        raise InputError.one(
            "cluster.utilisation",
            found=f"firm work that peaks at {np.max(firm):.4g} of the rated IT power",
            expected="at most 1",
            remedy="lower the utilisation, flatten load_shape or raise it_mw",
        )
    rooms = _rooms(cluster, arriving, axis, zone=zone, utilisation=utilisation, spare=np.maximum(1.0 - firm, 0.0))
    return Arrivals(
        utilisation=utilisation, saturated=saturated, serving_mw=serving, immediate_mw=immediate, rooms=rooms
    )


def grown(cluster: Cluster, operating_year: int) -> tuple[float, bool]:
    """Utilisation in a year of operation, and whether the machines stopped its growth.

    Growth ends when the peak hour, done as it arrives, fills the rated power.
    """
    wanted = cluster.utilisation * (1.0 + cluster.growth_per_year) ** (operating_year - 1)
    full = max(cluster.utilisation, 1.0 / _peak(cluster))
    return min(wanted, full), wanted > full


def _rooms(
    cluster: Cluster,
    arriving: Mapping[str, NDArray[np.float64]],
    axis: TimeAxis,
    *,
    zone: ZoneInfo | None,
    utilisation: float,
    spare: NDArray[np.float64],
) -> dict[str, Room]:
    """The room of each class that may wait; each alone, and all together, must fit."""
    waiting = {name: part for name, part in cluster.classes.items() if part.waits}
    floors = {name: _floor(part, utilisation, arriving[name]) for name, part in waiting.items()}
    all_floors = np.sum([np.zeros(axis.count), *floors.values()], axis=0)
    rooms: dict[str, Room] = {}
    for name, part in waiting.items():
        mean = utilisation * part.share
        most = mean + (1.0 - utilisation) if part.power_max is None else part.power_max * mean
        left = np.maximum(spare - (all_floors - floors[name]), 0.0)
        ceiling = np.minimum(most, left)
        envelope = Envelope.of_waiting_work(
            axis,
            arriving_mw=arriving[name],
            window_hours=part.window_hours,
            rate_mw_max=ceiling,
            rate_mw_min=np.minimum(floors[name], ceiling) * part.running_points[0][1],
            day=_days(axis, zone) if part.cleared == "daily" else None,
        )
        rooms[name] = Room(
            arriving_mw=arriving[name],
            envelope=envelope,
            running_mw_max=ceiling,
            running_mw_min=np.minimum(floors[name], ceiling),
        )
    _check(rooms, spare)
    return rooms


def _check(rooms: Mapping[str, Room], spare: NDArray[np.float64]) -> None:
    """Refuse work that cannot be done in its window, class by class and all together."""
    for name, room in rooms.items():
        _fits(f"cluster.classes.{name}", room.envelope)
    if len(rooms) > 1:
        _fits("cluster.classes", Envelope.together((r.envelope for r in rooms.values()), rate_mw_max=spare))


def _fits(where: str, envelope: Envelope) -> None:
    """Refuse an envelope that no schedule fits into, in the words of a project file."""
    try:
        envelope.reachable()
    except InputError as error:
        raise InputError.one(
            where,
            found=f"work that does not fit into its window (for each MW of rated power: {error.problems[0].found})",
            expected="room to catch up: rated power above what arrives, power_max above 1",
            remedy="lower utilisation or least_power, lengthen window_hours or raise power_max",
        ) from error


def _floor(part: WorkloadClass, utilisation: float, arriving: NDArray[np.float64]) -> NDArray[np.float64]:
    """Machines that must always run, as far as there is work for them."""
    return np.asarray(np.minimum(part.least_power * utilisation * part.share, arriving))


def _days(axis: TimeAxis, zone: ZoneInfo | None) -> NDArray[np.int64]:
    """Day of each period on local clocks; without a zone, days are counted from the start of the axis."""
    if zone is not None:
        return axis.days(zone)
    return np.asarray(np.arange(axis.count) * axis.step_minutes // MINUTES_PER_DAY, dtype=np.int64)


MINUTES_PER_DAY = 1440


def _shape(cluster: Cluster, part: WorkloadClass, axis: TimeAxis) -> NDArray[np.float64]:
    """Arrival of a class in each period of an axis, over its mean."""
    level = cluster.load_shape if part.serves else part.arrival_shape
    shape = _over_mean(level)
    return _window(level, shape, axis) if isinstance(level, Series) else np.full(axis.count, float(shape[0]))


def _over_mean(level: Level) -> NDArray[np.float64]:
    """A series over its own mean; 1 for a constant."""
    if not isinstance(level, Series):
        if isinstance(level, float | int):
            return np.ones(1)
        raise TypeError(f"a {type(level).__name__} must be turned into a Series before an asset sees it")
    values = level.complete().values
    mean, least = float(values.mean()), float(values.min())
    if mean <= 0 or least < 0:
        raise InputError.one(
            f"cluster shape from {level.source}",
            found=f"a mean of {mean:g} and a least value of {least:g}",
            expected="values at or above 0 with a mean above 0",
            remedy="correct the series",
        )
    return np.asarray(values / mean)


def _peak(cluster: Cluster) -> float:
    """The cluster's peak hour over its mean, all work done as it arrives, over the whole of its series."""
    parts = cluster.classes.values()
    shapes = [part.share * _over_mean(cluster.load_shape if part.serves else part.arrival_shape) for part in parts]
    return float(np.max(np.sum(np.broadcast_arrays(*shapes), axis=0)))


def _window(level: Series, shape: NDArray[np.float64], axis: TimeAxis) -> NDArray[np.float64]:
    """The part of a shape that lies on an axis."""
    step = timedelta(minutes=level.axis.step_minutes)
    first, rest = divmod(axis.start - level.axis.start, step)
    if axis.step_minutes != level.axis.step_minutes or rest or first < 0 or first + axis.count > level.axis.count:
        raise InputError.one(
            f"cluster shape from {level.source}",
            found=f"{level.axis.count} periods of {level.axis.step_minutes} min from {level.axis.start.isoformat()}",
            expected=f"all {axis.count} of {axis.step_minutes} min from {axis.start.isoformat()}",
            remedy="bring the series onto the axis first",
        )
    return shape[first : first + axis.count]
