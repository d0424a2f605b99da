"""Which certificates does a month of meters give? Productions into the book, granular bundles and GECs cut from them.

Run again on the same readings it changes nothing. Readings that were corrected since are never a silent change: what
was too little is a production of its own, what was too much is taken back from what nobody was handed or used yet, and
what cannot be taken back any more stays on the page as outstanding until somebody has settled it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.certificates_book import CertificateBook, carried_over, summed
from wattloom.app.certificates_inputs import MonthMeters, device_of, month_meters
from wattloom.ledger.certificates import Bundle, Device, issue, issue_gec, metered, withdrawn
from wattloom.ledger.certificates.energy import ENERGY, WATT_HOUR, account, opening
from wattloom.ledger.chain import entry_of
from wattloom.ledger.entries import Entry, Kind, Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.certificates_book import Held
    from wattloom.domain.text import Text
    from wattloom.intake.meters import MeterReadings
    from wattloom.ledger.certificates.project import CertificatesProject, DeviceEntry

PPM = 1_000_000
FREE = ("metered", "active")
"""States of a bundle that nobody was handed or used: as long as its owner holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A device's month, after this run."""

    device: str
    entry: DeviceEntry
    readings: MeterReadings
    outcome: str
    """issued, known, corrected or outstanding."""
    before_wh: int
    """That the book had of it."""
    added_wh: int
    granular_wh: int
    """Granular certificates made in this run."""
    gecs: int
    """Certificates made in this run."""
    carry_before_wh: int
    carry_after_wh: int
    withdrawn_wh: int
    outstanding_wh: int
    """Issued on readings that were corrected since, and not to be taken back: it was handed on or used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesIssue:
    """A month's issue."""

    project: CertificatesProject
    month: str
    devices: tuple[Issued, ...]
    granular: tuple[Held, ...]
    """All that stands in the book."""
    gecs: tuple[Held, ...]
    head: tuple[int, str]
    """Number and mark of the book's last record."""
    new_entries: int
    notes: tuple[Text, ...]
    generated: bool


def certificates_issue(
    project: CertificatesProject, *, book: CertificateBook, month: str, folder: Path
) -> CertificatesIssue:
    """Issue a month; sent again it changes nothing.

    Args:
        project: the certificates file.
        book: the ledger and the bundles beside it.
        month: of production, such as 2026-03.
        folder: of the file.
    """
    meters = month_meters(project, month, folder)
    before = book.ledger.head[0]
    standing: dict[str, list[Bundle]] = {name: [] for name in project.devices}
    for bundle in book.of_month(month, *FREE, "withdrawn"):
        standing.setdefault(bundle.production.device, []).append(bundle)
    found = tuple(_device(project, name, meters, book=book, standing=standing[name]) for name in project.devices)
    sequence, mark = book.ledger.head
    return CertificatesIssue(
        project=project,
        month=month,
        devices=found,
        granular=tuple(book.granular()),
        gecs=tuple(book.gecs()),
        head=(sequence, mark.hex()),
        new_entries=sequence - before,
        notes=meters.notes,
        generated=meters.generated,
    )


def _device(
    project: CertificatesProject, name: str, meters: MonthMeters, *, book: CertificateBook, standing: list[Bundle]
) -> Issued:
    """One device's month: what is new, what is too much."""
    device, entry, readings = device_of(project, name), project.devices[name], meters.made[name]
    productions = _productions(book, name, meters)
    gone = summed([one for one in standing if one.state == "withdrawn"], meters.axis.count)
    recorded = summed(productions, meters.axis.count) - gone
    more, less = np.maximum(readings.wh - recorded, 0), np.maximum(recorded - readings.wh, 0)
    carry = book.net(carried_over(name))
    granular = gecs = 0
    if more.any() or not productions:
        request = f"meter {name} {meters.month}" + (f", correction {len(productions)}" if productions else "")
        granular, gecs = _issued(book, device, entry, more, meters=meters, request=request)
    free = [one for one in standing if one.state in FREE and one.holder == device.owner]
    back = _taken_back(book, free, less)
    from_carry = _from_carry(book, name, meters.month, int(less.sum()) - back)
    outstanding = int(less.sum()) - back - book.net(_carry_withdrawn(name, meters.month))
    changed = more.any() or back or from_carry
    return Issued(
        device=name,
        entry=entry,
        readings=readings,
        outcome="outstanding" if outstanding else "issued" if not productions else "corrected" if changed else "known",
        before_wh=int(recorded.sum()),
        added_wh=int(more.sum()),
        granular_wh=granular,
        gecs=gecs,
        carry_before_wh=carry,
        carry_after_wh=book.net(carried_over(name)),
        withdrawn_wh=back + from_carry,
        outstanding_wh=outstanding,
    )


def _productions(book: CertificateBook, name: str, meters: MonthMeters) -> list[Bundle]:
    """What was brought in for a device's month before: the first reading and its corrections."""
    found: list[Bundle] = []
    while True:
        request = f"meter {name} {meters.month}" + (f", correction {len(found)}" if found else "")
        record = book.looked_up.find([request]).get(request)
        if record is None:
            return found
        found.append(book.bundles.get(entry_of(record.body)[0].why["bundle"]))


def _issued(
    book: CertificateBook,
    device: Device,
    entry: DeviceEntry,
    wh: NDArray[np.int64],
    *,
    meters: MonthMeters,
    request: str,
) -> tuple[int, int]:
    """A production and the certificates on it, in one step: watt-hours of granular ones, number of the others."""
    bundle, entries = metered(device, meters.month, meters.axis, wh, request=request)
    bundles = [bundle]
    share_ppm = {"granular": PPM, "gec": 0}.get(entry.scheme, round((entry.granular_share or 0.0) * PPM))
    granular_wh, left = 0, bundle
    if share_ppm and bundle.total_wh:
        active, left, more = issue(bundle, bundle.wh * share_ppm // PPM, request=f"granular {request}")
        entries += more
        bundles += [active, left]
        granular_wh = active.total_wh
    gecs = 0
    if share_ppm < PPM:
        carry = book.net(carried_over(device.id))
        _, more = issue_gec(left, device, carry_wh=carry, request=f"gec {request}")
        entries += more
        gecs = (left.total_wh + carry) // PPM
    book.post([one for one in entries if one.kind is Kind.OPEN or (one.lines and _moves(one))], bundles)
    return granular_wh, gecs


def _moves(entry: Entry) -> bool:
    """Whether an entry moves anything: a month without wind does not."""
    return all(line.amount > 0 for line in entry.lines)


def _taken_back(book: CertificateBook, free: list[Bundle], less: NDArray[np.int64]) -> int:
    """Watt-hours withdrawn from bundles that their owner still holds unused, interval by interval."""
    need, taken = less.copy(), 0
    for bundle in sorted(free, key=lambda one: FREE.index(one.state)):
        part = np.minimum(need, bundle.wh)
        if part.any():
            out, rest, entries = withdrawn(bundle, part, request=f"withdrawn {bundle.hash}")
            book.post(entries, [out, rest])
            need, taken = need - part, taken + out.total_wh
    return taken


def _carry_withdrawn(name: str, month: str) -> str:
    """Account of what was taken back from a device's carry-over for a month."""
    return account("energy", name, f"withdrawn {month}")


def _from_carry(book: CertificateBook, name: str, month: str, need: int) -> int:
    """Watt-hours taken back from what no certificate was cut from yet; below zero: given back, as they were right."""
    gone, carry = _carry_withdrawn(name, month), carried_over(name)
    before = book.net(gone)
    take = min(need, before + book.net(carry)) - before
    if not take:
        return 0
    to, source = (gone, carry) if take > 0 else (carry, gone)
    lines = (Line(to, "debit", abs(take)), Line(source, "credit", abs(take)))
    why = {"device": name, "month": month, "why": "readings were corrected"}
    request = f"withdrawn carry {name} {month}, after {book.ledger.head[0]}"
    book.post([opening(gone, ENERGY, WATT_HOUR), Entry(id=request, kind=Kind.FINAL, lines=lines, why=why)], [])
    return take
