"""Which tables tell a month of certificates? Meters and what was made of them, the book by state, users, claims."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.edge.reports.dispatch_tables import provenance
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.words import Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wattloom.app.certificates_book import Held
    from wattloom.app.certificates_issue import CertificatesIssue
    from wattloom.app.certificates_match import CertificatesMatch
    from wattloom.edge.reports.words import Cell
    from wattloom.intake.meters import MeterReadings

WH_PER_KWH, WH_PER_MWH = 1_000, 1_000_000
MONEY_STEPS_PER_CNY = 10_000
HOURS_PER_DAY = 24
HASH_SHOWN = 16
CLAIMS_SHOWN_MAX = 30
STATES = {
    "metered": Text("metered, not issued", "已计量未核发"),
    "active": Text("active", "有效"),
    "claimed": Text("claimed", "已主张"),
    "stored": Text("in a store", "储能中"),
    "withdrawn": Text("taken back", "已收回"),
    "held": Text("held", "持有"),
    "held frozen": Text("held, frozen", "持有（冻结）"),
    "bought": Text("bought", "已购"),
    "bought frozen": Text("bought, frozen", "已购（冻结）"),
    "cancelled": Text("cancelled", "已核销"),
    "expired": Text("expired", "已失效"),
}
OUTCOMES = {
    "issued": Text("issued", "已核发"),
    "known": Text("as before", "无变化"),
    "corrected": Text("corrected", "已更正"),
    "outstanding": Text("outstanding", "待处理"),
}
SCHEMES = {
    "granular": Text("granular", "分时证书"),
    "gec": Text("green certificates (GEC)", "绿证"),
    "both": Text("both", "两者并行"),
}


def named(name: str) -> Text:
    """A name of the file, or of a zone's round, for a reader."""
    return Text.same(name.replace("_", " "))


def exact(amount: int, parts: int, decimals: int) -> str:
    """A whole number of small units in larger ones, every digit kept.

    Example:
        >>> exact(1_234_567_890, 1_000_000, 6)
        '1,234.567890'
    """
    sign = "−" if amount < 0 else ""
    whole, rest = divmod(abs(amount), parts)
    return f"{sign}{whole:,}.{rest:0{decimals}d}"


def mwh(wh: int) -> str:
    """Watt-hours as megawatt-hours, exact."""
    return exact(wh, WH_PER_MWH, 6)


def devices(found: CertificatesIssue) -> Table:
    """Each device's meter and what was made of it."""
    rows: list[tuple[Cell, ...]] = [
        (
            named(one.device),
            SCHEMES[one.entry.scheme],
            OUTCOMES[one.outcome],
            mwh(one.readings.total_wh),
            one.readings.missing,
            mwh(one.granular_wh),
            one.gecs,
            exact(one.carry_after_wh, WH_PER_KWH, 3),
            exact(one.withdrawn_wh, WH_PER_KWH, 3),
            exact(one.outstanding_wh, WH_PER_KWH, 3),
        )
        for one in found.devices
    ]
    heads = (
        "cert_device", "cert_scheme", "cert_outcome", "cert_metered_mwh", "cert_missing", "cert_granular_now_mwh",
        "cert_gecs", "cert_carry_kwh", "cert_withdrawn_kwh", "cert_outstanding_kwh",
    )  # fmt: skip
    return Table(key="cert_devices", columns=columns(*heads), rows=tuple(rows))


def meters_of(readings: Sequence[tuple[str, MeterReadings]]) -> Table:
    """Each meter with its file, sum, gaps and the file's checksum."""
    rows: list[tuple[Cell, ...]] = [
        (named(name), one.name, mwh(one.total_wh), one.missing, one.file_sha256 or "—") for name, one in readings
    ]
    heads = ("meter", "source", "cert_metered_mwh", "cert_missing", "carbon_checksum")
    return Table(key="cert_meters", columns=columns(*heads), rows=tuple(rows))


def meters_of_issue(found: CertificatesIssue) -> Table:
    """Of an issue."""
    return meters_of([(one.device, one.readings) for one in found.devices])


def meters_of_match(found: CertificatesMatch) -> Table:
    """Of a match: users, then stores."""
    month = found.meters
    groups = [*month.used.items()]
    groups += [(f"{name}, charge", one) for name, one in month.charged.items()]
    groups += [(f"{name}, discharge", one) for name, one in month.discharged.items()]
    return meters_of(groups)


def granular(held: Sequence[Held]) -> Table:
    """Granular certificates by device, state, holder and month."""
    rows: list[tuple[Cell, ...]] = [
        (named(one.device), one.month, STATES.get(one.state, Text.same(one.state)), named(one.holder), mwh(one.amount))
        for one in held
    ]
    heads = ("cert_device", "month", "cert_state", "cert_holder", "cert_granular_mwh")
    return Table(key="cert_granular", columns=columns(*heads), rows=tuple(rows))


def gecs(held: Sequence[Held]) -> Table:
    """Green certificates by device, state, holder and month, one a MWh."""
    rows: list[tuple[Cell, ...]] = [
        (named(one.device), one.month, STATES.get(one.state, Text.same(one.state)), named(one.holder), one.amount)
        for one in held
    ]
    return Table(key="cert_gec", columns=columns("cert_device", "month", "cert_state", "cert_holder", "cert_amount"),
                 rows=tuple(rows))  # fmt: skip


def users(found: CertificatesMatch) -> Table:
    """Each user's consumption, what was matched, and both scores."""
    rows: list[tuple[Cell, ...]] = [
        (
            named(one.user),
            mwh(int(one.load_wh.sum())),
            mwh(int(one.taken_wh.sum())),
            one.scores.period_share,
            one.scores.volume_share,
            one.missing,
        )
        for one in found.users
    ]
    load, taken = (sum(int(getattr(one, key).sum()) for one in found.users) for key in ("load_wh", "taken_wh"))
    missing = sum(one.missing for one in found.users)
    rows.append((Word("total"), mwh(load), mwh(taken), found.scores.period_share, found.scores.volume_share, missing))
    heads = (
        "cert_user", "cert_load_mwh", "cert_matched_mwh", "cert_period_share", "cert_volume_share", "cert_missing",
    )  # fmt: skip
    return Table(key="cert_users", columns=columns(*heads), rows=tuple(rows), total_rows=1)


def contracts(found: CertificatesMatch) -> Table:
    """What each contract gave to each user, by source."""
    sums: dict[tuple[str, str, str], int] = {}
    for one in found.claims:
        key = (one.contract, one.user, one.bundle.production.device)
        sums[key] = sums.get(key, 0) + one.bundle.total_wh
    rows: list[tuple[Cell, ...]] = [
        (Text.same(contract), named(user), named(device), mwh(wh)) for (contract, user, device), wh in sums.items()
    ]
    heads = ("cert_contract", "cert_user", "cert_device", "cert_matched_mwh")
    return Table(key="cert_contracts", columns=columns(*heads), rows=tuple(rows))


def incomes(found: CertificatesMatch) -> Table:
    """Each contract's income and who gets it."""
    rows: list[tuple[Cell, ...]] = []
    for one in found.incomes:
        rows += [(Text.same(one.contract), mwh(one.matched_wh), named(party), exact(part, MONEY_STEPS_PER_CNY, 4))
                 for party, part in one.parts.items()]  # fmt: skip
        rows.append((Text.same(one.contract), mwh(one.matched_wh), Word("total"),
                     exact(one.amount, MONEY_STEPS_PER_CNY, 4)))  # fmt: skip
    heads = (*columns("cert_contract", "cert_matched_mwh", "cert_party"), Column(key="cert_income_cny", unit="yuan"))
    return Table(key="cert_incomes", columns=heads, rows=tuple(rows))


def claims(found: CertificatesMatch) -> Table:
    """Every claim with its record and the beginning of its hash."""
    rows: list[tuple[Cell, ...]] = [
        (named(one.user), named(one.bundle.production.device), Text.same(one.contract), mwh(one.bundle.total_wh),
         str(one.record), one.bundle.hash[:HASH_SHOWN])
        for one in found.claims
    ]  # fmt: skip
    heads = ("cert_user", "cert_device", "cert_contract", "cert_matched_mwh", "cert_record", "cert_claim")
    return Table(key="cert_claims", columns=columns(*heads), rows=tuple(rows))


def claims_shown(found: CertificatesMatch) -> Table:
    """The largest claims, for the page; the workbook and the summary have all."""
    largest = sorted(found.claims, key=lambda one: -one.bundle.total_wh)[:CLAIMS_SHOWN_MAX]
    shown = claims(replace(found, claims=tuple(largest)))
    left = len(found.claims) - len(largest)
    more = (Text(f"{left:,} smaller claims stand in workbook.xlsx.", f"另有 {left:,} 项较小主张见 workbook.xlsx。"),)
    return replace(shown, key="cert_claims_shown", footnotes=more if left else ())


def devices_short(found: CertificatesIssue) -> Table:
    """What fits on a screen."""
    whole, kept = devices(found), (0, 2, 3, 5, 6, 9)
    rows = tuple(tuple(row[i] for i in kept) for row in whole.rows)
    return Table(key=whole.key, columns=tuple(whole.columns[i] for i in kept), rows=rows)


def hours(found: CertificatesMatch) -> Table:
    """Matched share by hour of the day over the month: the numbers behind the picture."""
    axis, zone = found.meters.axis, found.project.clock
    hour = np.asarray(axis.local(zone).hour, dtype=np.int64)
    load, taken = (np.sum([getattr(one, key) for one in found.users], axis=0) for key in ("load_wh", "taken_wh"))
    below, above = (np.bincount(hour, weights=values, minlength=HOURS_PER_DAY) for values in (load, taken))
    rows: list[tuple[Cell, ...]] = [
        (f"{number:02d}:00", below[number] / WH_PER_MWH, above[number] / WH_PER_MWH,
         float(above[number] / below[number]) if below[number] else None)
        for number in range(HOURS_PER_DAY)
    ]  # fmt: skip
    heads = ("hour_of_day", "cert_load_mwh", "cert_matched_mwh", "cert_period_share")
    return Table(key="cert_hours", columns=columns(*heads), rows=tuple(rows))


def origin(head: tuple[int, str] | None, more: Mapping[str, str]) -> Table:
    """Versions, and where the book stood."""
    found = {"wattloom": version("wattloom"), **more}
    if head is not None:
        found["book"] = f"{head[0]}:{head[1]}"
    return provenance(found)


def by_hour_and_day(values: NDArray[np.int64], hour: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums by local hour (24 rows) and day (columns)."""
    days = int(day.max()) + 1
    flat = np.bincount(hour * days + day, weights=values, minlength=HOURS_PER_DAY * days)
    return np.asarray(flat.reshape(HOURS_PER_DAY, days))
