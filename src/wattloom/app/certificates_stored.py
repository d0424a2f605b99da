"""What of a store's green energy came out this month, of what it charged now or in months before? New bundles for it.

A store is followed from the month of the oldest bundle that lies in it: what went in first comes out first, whenever
that was. Across a month whose meters have gaps nobody knows what came out, so nothing is carried over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.certificates_book import summed
from wattloom.app.certificates_inputs import Stretch, device_of, readings
from wattloom.app.certificates_stores import PPM, Inside, came_out
from wattloom.domain.text import Text
from wattloom.intake.meters import month_axis
from wattloom.ledger.certificates import discharged
from wattloom.ledger.certificates.energy import account

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.certificates_book import CertificateBook
    from wattloom.app.certificates_inputs import MonthMeters
    from wattloom.ledger.certificates import Bundle
    from wattloom.ledger.certificates.project import CertificatesProject

SECONDS_PER_MINUTE = 60
NOT_CARRIED = Text(
    "{store}: its meters have {count} periods without a reading between {since} and {month}; what was stored before "
    "{month} is not carried over.",
    "{store}：{since} 至 {month} 之间有 {count} 个时段无读数，{month} 以前的储存电量不结转。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """A store from the month of its oldest bundle to this one."""

    charge: NDArray[np.int64]
    discharge: NDArray[np.int64]
    """Shape (periods of the stretch,) both."""
    inside: list[Inside]
    ahead: int
    """Periods of the stretch before this month."""


def bring_out(
    project: CertificatesProject, meters: MonthMeters, book: CertificateBook, folder: Path
) -> tuple[Text, ...]:
    """Post new bundles for what stores gave back, once for each bundle that they hold and month; what is to be told."""
    notes: list[Text] = []
    for name in project.stores:
        stored = [one for one in book.living("stored") if one.holder == name and one.production.month <= meters.month]
        if not stored:
            continue
        followed = _follow(project, name, meters, stored, book=book, folder=folder, notes=notes)
        gave = came_out(
            followed.charge,
            followed.discharge,
            efficiency_ppm=round(project.stores[name].efficiency * PPM),
            inside=followed.inside,
        )
        _post_given(project, name, meters, book, [
            (one.bundle, green[followed.ahead :]) for one, green in zip(followed.inside, gave, strict=True)
        ])  # fmt: skip
    return tuple(notes)


def _follow(  # noqa: PLR0913 - a store's history is all of these
    project: CertificatesProject,
    name: str,
    meters: MonthMeters,
    stored: list[Bundle],
    *,
    book: CertificateBook,
    folder: Path,
    notes: list[Text],
) -> _Followed:
    """The store since its oldest bundle; this month alone where nothing older lies in it, or nobody can follow it."""
    now = [one for one in stored if one.production.month == meters.month]
    this = _Followed(
        charge=meters.charged[name].wh,
        discharge=meters.discharged[name].wh,
        inside=[Inside(bundle=one, allowed_wh=_allowed(book, name, one)) for one in now],
        ahead=0,
    )
    since = min(one.production.month for one in stored)
    if since == meters.month or not any(_left(book, name, one) for one in stored if one not in now):
        return this
    axis = month_axis(since, project.clock, project.step_minutes, months=_months(since, meters.month))
    store, wanted = project.stores[name], Stretch(axis=axis, folder=folder, project=project)
    called = name.replace("_", " ")
    charge, discharge = (
        readings(entry, wanted, called=called, most_mw=store.capacity_mw) for entry in (store.charge, store.discharge)
    )
    ahead = axis.count - meters.axis.count
    gaps = int((~(charge.known & discharge.known))[:ahead].sum())
    if gaps:
        notes.append(NOT_CARRIED.filled(store=called, count=gaps, since=since, month=meters.month))
        return this
    step_s = axis.step_minutes * SECONDS_PER_MINUTE
    inside = [
        Inside(
            bundle=one,
            allowed_wh=_allowed(book, name, one),
            ahead=int((one.production.axis.start.astimezone(UTC) - axis.start.astimezone(UTC)).total_seconds())
            // step_s,
        )
        for one in stored
    ]
    return _Followed(charge=charge.wh, discharge=discharge.wh, inside=inside, ahead=ahead)


def _post_given(
    project: CertificatesProject,
    name: str,
    meters: MonthMeters,
    book: CertificateBook,
    given: list[tuple[Bundle, NDArray[np.int64]]],
) -> None:
    """Bundles for what came out in the month: no more than the meter gave, nor than may come out."""
    told = [one for one in book.of_month(meters.month, "active", "claimed") if one.production.device == name]
    left = np.maximum(meters.discharged[name].wh - summed(told, meters.axis.count), 0)
    for one, green in given:
        own = one.production.month == meters.month
        request = f"discharge {one.hash}" + ("" if own else f" {meters.month}")
        wh = _at_most(np.minimum(green, left), _left(book, name, one))
        if wh.any() and not book.looked_up.find([request]):
            left = left - wh
            bundle, entries = discharged(one, device_of(project, name), meters.month, meters.axis, wh, request=request)
            book.post(entries, [bundle])


def _at_most(wh: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The first watt-hours of some periods, up to a sum."""
    upto = np.minimum(np.cumsum(wh), most)
    return np.diff(upto, prepend=0)


def _months(first: str, last: str) -> int:
    """Months from one to another, both counted.

    Example:
        >>> _months("2025-11", "2026-02")
        4
    """
    (year, month), (end_year, end_month) = (map(int, text.split("-")) for text in (first, last))
    return (end_year - year) * 12 + end_month - month + 1


def _allowed(book: CertificateBook, store: str, stored: Bundle) -> int:
    """What may come out for a stored bundle, whether it has or not."""
    return book.ledger.balance(account("storage", store, stored.hash, "allowed")).debit


def _left(book: CertificateBook, store: str, stored: Bundle) -> int:
    """What may still come out for it."""
    return book.net(account("storage", store, stored.hash, "allowed"))
