"""How much carbon does a year's consumption carry, and can an auditor walk from each figure to meter, factor and claim?

Two methods stand beside each other and are never added: by location, at the factor of the province, and by market, at
the factor of untracked energy for what no claim or certificate covers. There is no official residual mix, so the file
must choose; the page shows what the other choices would say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from wattloom.app.certificates_book import CertificateBook, Held
from wattloom.app.certificates_inputs import Stretch, readings
from wattloom.domain import measures
from wattloom.domain.errors import InputError
from wattloom.domain.flows import TIME, Flows, LoadFlows
from wattloom.domain.text import Text
from wattloom.intake.meters import month_axis
from wattloom.intake.tables import read_series
from wattloom.ledger.carbon import (
    GRAMS_PER_T,
    CarbonLine,
    Factor,
    Method,
    by_market,
    carbon_entries,
    carbon_line,
    grams_of,
)
from wattloom.ledger.certificates.energy import month_of
from wattloom.ledger.certificates.project import year_key
from wattloom.ledger.chain import entry_of
from wattloom.rules import territory
from wattloom.rules.emissions import emission_factor, national_emission_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.intake.meters import MeterReadings
    from wattloom.ledger import Entry
    from wattloom.ledger.certificates import Bundle
    from wattloom.ledger.certificates.project import AvoidedEntry, CarbonEntry, CertificatesProject
    from wattloom.rules.contract import Fact

WH_PER_MWH = 1_000_000
MONTHS = 12
CHOICES = ("untracked", "fossil", "national")
"""What untracked energy may be counted at."""
AT_SOURCE = Factor(
    name="renewable at its source",
    t_per_mwh=Decimal(0),
    source=Text(
        "GHG Protocol Scope 2 Guidance: renewable electricity at its source",
        "《温室气体核算体系：范围二指南》，可再生能源发电端",
    ),
    confidence="verified",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCarbon:
    """A user's year."""

    user: str
    readings: MeterReadings
    months_wh: tuple[int, ...]
    """Consumption by month."""
    claims: tuple[Bundle, ...]
    claimed_wh: int
    """Covered in the same period."""
    gecs: tuple[Held, ...]
    """Certificates cancelled for it, of production in the year."""
    other_wh: int
    """Certificates cancelled outside the book, as the file says."""
    lines: tuple[CarbonLine, ...]
    alternatives: dict[str, int]
    """Grams by market at each choice of the untracked factor."""
    measures: dict[str, float | None]
    """pue, ref, erf, cue_kg_per_kwh (by location and by market), wue_l_per_kwh; None: not metered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonReport:
    """A year of all users."""

    project: CertificatesProject
    year: int
    users: tuple[UserCarbon, ...]
    untracked: Factor
    head: tuple[int, str] | None
    """Of the book; None where no book was given."""
    new_entries: int
    notes: tuple[Text, ...]
    generated: bool
    avoided: tuple[AvoidedEntry, ...] = field(default=())

    def grams(self, method: Method) -> int:
        """Of all users, by one method."""
        return sum(grams_of(one.lines, method) for one in self.users)


def carbon_report(
    project: CertificatesProject, *, year: int, folder: Path, book: CertificateBook | None = None, post: bool = False
) -> CarbonReport:
    """A year's carbon by both methods.

    Args:
        project: the certificates file, with its carbon section.
        year: of consumption.
        folder: of the file.
        book: with claims and cancelled certificates; without it nothing but the file's certificates counts.
        post: whether the figures go into the book; what stood there otherwise is reversed.
    """
    carbon = _carbon(project)
    axis = month_axis(month_of(f"{year}-01"), project.clock, project.step_minutes, months=MONTHS)
    wanted = Stretch(axis=axis, folder=folder, project=project)
    untracked = _untracked(carbon, carbon.untracked)
    users = tuple(_user(name, year, wanted, book=book) for name in project.users)
    before = book.ledger.head[0] if book else 0
    if book is not None and post:
        _post(users, year, book)
    notes = tuple(dict.fromkeys(note for one in users for note in one.readings.notes))
    return CarbonReport(
        project=project,
        year=year,
        users=users,
        untracked=untracked,
        head=(book.ledger.head[0], book.ledger.head[1].hex()) if book else None,
        new_entries=(book.ledger.head[0] - before) if book else 0,
        notes=notes,
        generated=any(one.readings.generated for one in users),
        avoided=carbon.avoided,
    )


def _carbon(project: CertificatesProject) -> CarbonEntry:
    """The file's carbon section, with what it needs."""
    if project.carbon is None:
        raise InputError.one("carbon", found="no carbon section", expected="how carbon is counted",
                             remedy="add `carbon: {untracked: untracked}`: the factor must be chosen")  # fmt: skip
    nowhere = [name for name, user in project.users.items() if not user.territory]
    if nowhere:
        raise InputError.one("users", found=f"no territory of {', '.join(nowhere)}", expected="a territory each",
                             remedy="add `territory:`, whose factor counts it by location")  # fmt: skip
    return project.carbon


def _user(name: str, year: int, wanted: Stretch[CertificatesProject], *, book: CertificateBook | None) -> UserCarbon:
    """One user's year."""
    project, carbon = wanted.project, _carbon(wanted.project)
    found = readings(project.users[name].meter, wanted, called=name.replace("_", " "), most_mw=None)
    claims = tuple(_claims(name, year, book))
    claimed = _claimed_wh(claims, found)
    gecs = tuple(one for one in (book.gecs() if book else ())
                 if (one.holder, one.state) == (name, "cancelled") and one.month.startswith(f"{year}-"))  # fmt: skip
    other = round(Decimal(repr(carbon.other_certificates_mwh.get(name, 0.0))) * WH_PER_MWH)
    covered = sum(one.amount for one in gecs) * WH_PER_MWH + other
    by_choice = {
        choice: by_market(found.total_wh, claimed_wh=claimed, certificates_wh=covered,
                          untracked=_untracked(carbon, choice), source=AT_SOURCE)
        for choice in CHOICES
    }  # fmt: skip
    lines = (*_by_location(name, found, wanted), *by_choice[carbon.untracked])
    months = wanted.axis.months(project.clock)
    return UserCarbon(
        user=name,
        readings=found,
        months_wh=tuple(int(found.wh[months == month].sum()) for month in range(1, MONTHS + 1)),
        claims=claims,
        claimed_wh=claimed,
        gecs=gecs,
        other_wh=other,
        lines=lines,
        alternatives={choice: grams_of(made, "market") for choice, made in by_choice.items()},
        measures=_measures(name, year, found, wanted=wanted, covered_wh=claimed + covered, lines=lines),
    )


def _by_location(name: str, found: MeterReadings, wanted: Stretch[CertificatesProject]) -> list[CarbonLine]:
    """At the province's factor, and by the hour where the file brings one."""
    carbon, project = _carbon(wanted.project), wanted.project
    key = project.users[name].territory
    fact = emission_factor(territory(key), data_year=carbon.data_year)
    lines = [carbon_line("location", "all", found.total_wh, _factor(f"average of {key}", fact))]
    if carbon.hourly is not None:
        series = read_series(
            wanted.folder / carbon.hourly.file, column=carbon.hourly.column, unit=carbon.hourly.unit,
            wanted_unit="t/MWh", axis=wanted.axis, zone=project.clock,
        )  # fmt: skip
        exact = sum((Decimal(repr(float(factor))) * wh
                     for factor, wh in zip(series.values, found.wh.tolist(), strict=True)), Decimal(0))  # fmt: skip
        mean = exact / found.total_wh if found.total_wh else Decimal(0)
        said = Text.same(carbon.hourly.source)
        own = Factor(name="hourly, of the user", t_per_mwh=mean, source=said, confidence="user")
        grams = int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))
        lines.append(CarbonLine(method="location_hourly", what="all", wh=found.total_wh, factor=own, grams=grams))
    return lines


def _untracked(carbon: CarbonEntry, choice: str) -> Factor:
    """The factor of what nothing covers."""
    fact = national_emission_factor(choice, data_year=carbon.data_year)  # type: ignore[arg-type]
    return _factor(choice, fact)


def _factor(name: str, fact: Fact) -> Factor:
    """A fact as a factor."""
    clause = fact.clause
    said = Text.joined([clause.document, clause.article], Text(", ", "，"))
    return Factor(name=name, t_per_mwh=Decimal(repr(fact.value)), source=said, confidence=str(clause.confidence.value))


def _claims(name: str, year: int, book: CertificateBook | None) -> list[Bundle]:
    """Claims that the book holds for a user's year."""
    if book is None:
        return []
    return [one for one in book.living("claimed")
            if one.holder == name and one.production.month.startswith(f"{year}-")]  # fmt: skip


def _claimed_wh(claims: tuple[Bundle, ...], found: MeterReadings) -> int:
    """What claims cover of the consumption of their own periods; a claim on what was not used covers nothing."""
    taken: NDArray[np.int64] = np.zeros(found.axis.count, dtype=np.int64)
    for one in claims:
        axis = one.production.axis
        if axis.step_minutes != found.axis.step_minutes:
            raise InputError.one(
                f"claim {one.hash[:12]}", found=f"periods of {axis.step_minutes} minutes",
                expected=f"the file's {found.axis.step_minutes}", remedy="keep step_minutes as it was when claimed",
            )  # fmt: skip
        first = round((axis.start - found.axis.start).total_seconds() / 60 / axis.step_minutes)
        taken[first : first + axis.count] += one.wh
    return int(np.minimum(taken, found.wh).sum())


def _measures(
    name: str,
    year: int,
    found: MeterReadings,
    *,
    wanted: Stretch[CertificatesProject],
    covered_wh: int,
    lines: tuple[CarbonLine, ...],
) -> dict[str, float | None]:
    """ISO/IEC 30134 over the year's meters; None where there is no meter or figure for it."""
    user = wanted.project.users[name]
    whole, key = _mwh(found.total_wh), year_key(year)
    it = None
    if user.it_meter is not None:
        it = readings(user.it_meter, wanted, called=f"{name} IT", most_mw=None).total_wh / WH_PER_MWH
    heat, water = user.reused_heat_mwh.get(key), user.water_l.get(key)
    flows = Flows(
        step_hours=1.0,
        loads={name: LoadFlows(it_mw=_mwh_of(it or 0.0), overhead_mw=whole - _mwh_of(it or 0.0),
                               reused_heat_mw=_mwh_of(heat or 0.0))},
        imported_mw=whole,
        certificates_mwh=covered_wh / WH_PER_MWH,
    )  # fmt: skip
    metered = it is not None
    location, market = (grams_of(lines, method) / GRAMS_PER_T for method in ("location", "market"))
    return {
        "pue": measures.pue(flows).value if metered else None,
        "ref": measures.ref(flows).value,
        "erf": measures.erf(flows).value if heat is not None else None,
        "cue_location": measures.cue_kg_per_kwh(flows, carbon_t=location).value if metered else None,
        "cue_market": measures.cue_kg_per_kwh(flows, carbon_t=market).value if metered else None,
        "wue_l_per_kwh": measures.wue_l_per_kwh(flows, water_l=water).value if metered and water is not None else None,
    }


def _mwh(wh: int) -> xr.DataArray:
    """An energy as the mean power of one hour, for the measures."""
    return _mwh_of(wh / WH_PER_MWH)


def _mwh_of(mwh: float) -> xr.DataArray:
    """The same of megawatt-hours."""
    return xr.DataArray([mwh], dims=[TIME])


def _post(users: tuple[UserCarbon, ...], year: int, book: CertificateBook) -> None:
    """The figures into the book, each method for itself."""

    def found(name: str) -> Entry | None:
        record = book.looked_up.find([name]).get(name)
        return None if record is None else entry_of(record.body)[0]

    methods: tuple[Method, ...] = ("location", "location_hourly", "market")
    entries = [
        entry
        for one in users
        for method in methods
        for entry in carbon_entries(one.user, year, method, one.lines, found=found)
    ]
    if entries:
        book.post(entries, [])
