"""What did the meters of a settle file count in the month? All of them on one axis, and every problem at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.certificates_inputs import Clocked, Stretch, readings
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.text import Text
from wattloom.intake.meters import MeterReadings, month_axis
from wattloom.ledger.certificates.energy import month_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.settle_month_project import Metered, PointEntry, SettleProject
    from wattloom.domain.time import TimeAxis
    from wattloom.ledger.certificates.project import MeterEntry

REACTIVE_AS = {"varh": "Wh", "kvarh": "kWh", "Mvarh": "MWh", "kvar": "kW", "Mvar": "MW"}
"""Reactive units, read as the active ones of the same size."""
OF_POINT = ("drawn", "fed", "generated", "consumed", "reactive")
USER = "user "
"""Before a user's name, where meters are told by their use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointReadings:
    """The meters of a point by their use: drawn, fed, generated, consumed, reactive, contract …, user NAME."""

    meters: Mapping[str, tuple[MeterReadings, ...]]
    axis: TimeAxis

    def wh(self, use: str) -> NDArray[np.int64] | None:
        """Whole watt-hours of all meters of a use, shape (periods,); None where there is none."""
        found = self.meters.get(use)
        return None if not found else np.sum([one.wh for one in found], axis=0, dtype=np.int64)

    def every(self) -> Iterator[tuple[str, MeterReadings]]:
        """Each meter with its use."""
        for use, found in self.meters.items():
            for one in found:
                yield use, one

    @property
    def complete(self) -> bool:
        """Whether every period of every meter is known, and none is an estimate."""
        return all(bool(one.known.all()) and not one.estimated.any() for _, one in self.every())

    @property
    def generated(self) -> bool:
        """Whether any reading is made up."""
        return any(one.generated for _, one in self.every())


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleReadings:
    """All points of a file in a month."""

    axis: TimeAxis
    points: Mapping[str, PointReadings]
    notes: tuple[Text, ...] = field(default=())


def settle_readings(project: SettleProject, month: str, folder: Path) -> SettleReadings:
    """Every meter of the file in a month; all that is wrong with any of them is raised at once.

    Args:
        project: the settle file.
        month: such as 2026-08, of the file's time zone.
        folder: of the file.
    """
    axis = month_axis(month_of(month), project.clock, project.step_minutes)
    wanted = Stretch(axis=axis, folder=folder, project=project)
    problems: list[Problem] = []
    points = {}
    for name, point in project.points.items():
        found: dict[str, tuple[MeterReadings, ...]] = {}
        for use, entries in asked(point):
            try:
                found[use] = tuple(_read(one, wanted, called=f"{name}, {use}", use=use) for one in entries)
            except InputError as error:
                problems += error.problems
        points[name] = PointReadings(meters=found, axis=axis)
    if problems:
        raise InputError(problems)
    notes = (note for one in points.values() for _, meter in one.every() for note in meter.notes)
    return SettleReadings(axis=axis, points=points, notes=tuple(dict.fromkeys(notes)))


def asked(point: PointEntry) -> Iterator[tuple[str, tuple[MeterEntry, ...]]]:
    """Every use of a meter at a point, with the meters that the file names for it."""
    for use in OF_POINT:
        entry: Metered | None = getattr(point.meters, use)
        if entry is not None:
            yield use, entry if isinstance(entry, tuple) else (entry,)
    if point.spot is not None:
        for use, one in (("contract", point.spot.contract), ("day ahead", point.spot.day_ahead)):
            if one is not None:
                yield use, (one,)
    for contract in point.contracts_for_difference:
        if contract.energy is not None:
            yield f"contract {contract.name}", (contract.energy,)
    if point.mechanism is not None and point.mechanism.reference_energy is not None:
        yield "reference", (point.mechanism.reference_energy,)
    for name, user in point.users.items():
        yield USER + name, (user.meter,)


def _read(entry: MeterEntry, wanted: Stretch[Clocked], *, called: str, use: str) -> MeterReadings:
    """A meter; a reactive one in the units of the other."""
    if use == "reactive":
        entry = replace(entry, unit=REACTIVE_AS.get(entry.unit, entry.unit))
    return readings(entry, wanted, called=called.replace("_", " "), most_mw=None)
