"""Which readings does a month of a certificates file hold? Every meter that it names, on one axis."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from wattloom.domain.errors import InputError, Problem
from wattloom.intake.meters import MeterReadings, MeterRules, Replacement, month_axis, read_meter
from wattloom.intake.meters_drawn import drawn_meter
from wattloom.intake.tables import Layout
from wattloom.ledger.certificates.energy import Device, Use, month_of
from wattloom.ledger.certificates.project import instant_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from wattloom.domain.text import Text
    from wattloom.domain.time import TimeAxis
    from wattloom.ledger.certificates.project import CertificatesProject, MeterEntry

W_PER_MW = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthMeters:
    """All readings of a month, by the names of the file."""

    month: str
    axis: TimeAxis
    made: dict[str, MeterReadings]
    """By device."""
    charged: dict[str, MeterReadings]
    """By store."""
    discharged: dict[str, MeterReadings]
    """By store."""
    used: dict[str, MeterReadings]
    """By user."""
    it: dict[str, MeterReadings]
    """By user, where its IT equipment is metered."""

    @property
    def notes(self) -> tuple[Text, ...]:
        """Of all meters, each once."""
        groups = (self.made, self.charged, self.discharged, self.used, self.it)
        return tuple(dict.fromkeys(note for group in groups for one in group.values() for note in one.notes))

    @property
    def generated(self) -> bool:
        """Whether any reading is made up."""
        groups = (self.made, self.charged, self.discharged, self.used, self.it)
        return any(one.generated for group in groups for one in group.values())


class Clocked(Protocol):
    """A file that names meters and says on which clock their days are."""

    @property
    def clock(self) -> ZoneInfo:
        """Of its days."""


File_co = TypeVar("File_co", bound=Clocked, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch(Generic[File_co]):
    """What readings are wanted of."""

    axis: TimeAxis
    folder: Path
    """Of the file that names the meters: other files stand beside it."""
    project: File_co


def month_meters(project: CertificatesProject, month: str, folder: Path, *, users_only: bool = False) -> MonthMeters:
    """Every meter of a file in a month; all that is wrong with any of them is raised at once.

    Args:
        project: the file.
        month: such as 2026-03, of the file's time zone.
        folder: of the file.
        users_only: leave devices and stores unread.
    """
    axis = month_axis(month_of(month), project.clock, project.step_minutes)
    wanted = Stretch(axis=axis, folder=folder, project=project)
    devices = {} if users_only else project.devices
    stores = {} if users_only else project.stores
    asked: dict[tuple[str, str], tuple[MeterEntry, float | None]] = {}
    asked |= {("made", name): (one.meter, one.capacity_mw) for name, one in devices.items()}
    asked |= {("charged", name): (one.charge, one.capacity_mw) for name, one in stores.items()}
    asked |= {("discharged", name): (one.discharge, one.capacity_mw) for name, one in stores.items()}
    asked |= {("used", name): (one.meter, None) for name, one in project.users.items()}
    asked |= {("it", name): (one.it_meter, None) for name, one in project.users.items() if one.it_meter}
    groups: dict[str, dict[str, MeterReadings]] = {name: {} for name in ("made", "charged", "discharged", "used", "it")}
    problems: list[Problem] = []
    for (group, name), (entry, most_mw) in asked.items():
        try:
            groups[group][name] = readings(entry, wanted, called=name.replace("_", " "), most_mw=most_mw)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return MonthMeters(month=month, axis=axis, **groups)


def readings(entry: MeterEntry, wanted: Stretch[Clocked], *, called: str, most_mw: float | None) -> MeterReadings:
    """A meter of the file on an axis."""
    zone = wanted.project.clock
    if entry.generated is not None:
        drawn = entry.generated
        return drawn_meter(
            drawn.shape, peak_mw=drawn.peak_mw, seed=drawn.seed, axis=wanted.axis, zone=zone, called=called
        )
    most = entry.most_mw if entry.most_mw is not None else most_mw
    replaced = [
        Replacement(at=at, last=_exact(one.last), first=_exact(one.first))
        for one in entry.replaced
        if (at := instant_of(one.at)) is not None
    ]
    rules = MeterRules(
        sort=entry.sort,
        unit=entry.unit,
        zone=zone,
        ratio=_exact(entry.ratio),
        rolls_over_at=None if entry.rolls_over_at is None else _exact(entry.rolls_over_at),
        most_w=None if most is None else round(most * W_PER_MW),
        replaced=tuple(replaced),
        issue_column=entry.issue_column,
        spread=entry.spread,
    )
    layout = Layout(time=entry.time, labels=entry.labels, sheet=entry.sheet)
    path = wanted.folder / entry.file
    return read_meter(path, column=entry.column, how=rules, axis=wanted.axis, layout=layout, called=called)


def device_of(project: CertificatesProject, name: str) -> Device:
    """A device or store as the ledger knows it."""
    if name in project.stores:
        store = project.stores[name]
        return Device(id=name, owner=store.owner, technology="storage", zone=store.zone, use=Use.STORAGE,
                      capacity_w=round(store.capacity_mw * W_PER_MW))  # fmt: skip
    one = project.devices[name]
    return Device(id=name, owner=one.owner, technology=one.technology, zone=one.zone, use=one.use,
                  capacity_w=round(one.capacity_mw * W_PER_MW))  # fmt: skip


def _exact(value: float) -> Decimal:
    """A number of the file as it is written."""
    return Decimal(repr(value))
