"""How many green electricity certificates does a month give, and what may be done with them?

One a megawatt-hour of a device's month, the rest carried over; two years from the month of production, that month
included; sold once; cancelled by whoever uses them. Self-used electricity gives certificates that cannot be sold, the
discharge of a store none. Implementing rules of the National Energy Administration, 7 January 2026, and rules [2024]
67; the wording on self-use is doubtful in the source at hand, so `tradable` is decided by the device's use.
"""

from __future__ import annotations

from dataclasses import dataclass

from wattloom.domain.errors import InputError
from wattloom.ledger.certificates.bundles import Bundle
from wattloom.ledger.certificates.energy import ENERGY, WATT_HOUR, Device, Use, account, month_of, opening
from wattloom.ledger.entries import Entry, Kind, Line

WH_PER_CERTIFICATE = 1_000_000
VALID_MONTHS = 24
"""The month of production counts as the first."""
CERTIFICATES, CERTIFICATE = "certificates", "GEC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Certificates of one device and month."""

    device: str
    month: str
    tradable: bool

    @property
    def name(self) -> str:
        """As accounts tell it."""
        return f"{self.device} {self.month}" + ("" if self.tradable else " self-use")

    def held(self, holder: str, state: str = "held") -> str:
        """Account of a holder's certificates in a state."""
        return account("gec", self.name, holder, state)


def cut(month_wh: int, carry_wh: int) -> tuple[int, int]:
    """Certificates, and watt-hours carried over.

    Example:
        >>> cut(2_600_000, 700_000)
        (3, 300000)
    """
    return divmod(month_wh + carry_wh, WH_PER_CERTIFICATE)


def last_valid_month(month: str) -> str:
    """The last month in which certificates of a month of production may be used.

    Example:
        >>> last_valid_month("2026-03")
        '2028-02'
    """
    year, number = map(int, month_of(month).split("-"))
    count = year * 12 + number - 1 + VALID_MONTHS - 1
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def issue_gec(bundle: Bundle, device: Device, *, carry_wh: int, request: str) -> tuple[Batch, list[Entry]]:
    """Entries that issue certificates on all that a metered bundle still holds, and carry the rest over.

    Args:
        bundle: metered, of the device's month; what granular certificates took is no longer in it.
        device: whose energy.
        carry_wh: carried over from the months before; the ledger knows whether that is so.
        request: id of this call.
    """
    if bundle.state != "metered" or bundle.production.device != device.id:
        raise InputError.one(
            f"certificates of {device.id}",
            found=f"a bundle of {bundle.production.device} that is {bundle.state}",
            expected="a metered one of this device",
            remedy="issue on what the meter counted and no other certificate speaks of",
        )
    batch = Batch(device=device.id, month=bundle.production.month, tradable=device.use is Use.PUBLIC_GRID)
    count, rest = cut(bundle.total_wh, carry_wh)
    carry, backed = account("energy", device.id, "carried over"), account("energy", device.id, "in certificates")
    held, issued = batch.held(device.owner), account("gec", batch.name, "issued")
    lines = [Line(bundle.account, "credit", bundle.total_wh)] if bundle.total_wh else []
    if rest > carry_wh:
        lines.append(Line(carry, "debit", rest - carry_wh))
    elif carry_wh > rest:
        lines.append(Line(carry, "credit", carry_wh - rest))
    if count:
        lines += [Line(backed, "debit", count * WH_PER_CERTIFICATE), Line(held, "debit", count)]
        lines.append(Line(issued, "credit", count))
    why = {"bundle": bundle.hash, "carried_over_wh": str(carry_wh), "rest_wh": str(rest)}
    entries = [
        opening(carry, ENERGY, WATT_HOUR, "debit"),
        opening(backed, ENERGY, WATT_HOUR),
        opening(issued, CERTIFICATES, CERTIFICATE),
        opening(held, CERTIFICATES, CERTIFICATE, "debit"),
    ]
    return batch, [*entries, Entry(id=request, kind=Kind.FINAL, lines=tuple(lines), why=why)] if lines else entries


def transfer_gec(batch: Batch, count: int, *, owner: str, to: str, request: str) -> list[Entry]:
    """Entries of the one sale that a certificate may see: from the device's owner to a user, who can only use it."""
    if not batch.tradable:
        raise InputError.one(
            f"certificates {batch.name}",
            found="a sale of certificates on self-use",
            expected="tradable ones",
            remedy="cancel them for the owner's own use",
        )
    bought = batch.held(to, "bought")
    return [
        opening(bought, CERTIFICATES, CERTIFICATE, "debit"),
        _moved(count, batch.held(owner), bought, request, {"batch": batch.name, "to": to}),
    ]


def freeze(batch: Batch, count: int, *, holder: str, state: str = "held", request: str, why: str) -> list[Entry]:
    """Entries that put certificates out of use for a while: a dispute, a pledge."""
    frozen = batch.held(holder, f"{state} frozen")
    told = {"batch": batch.name, "why": why}
    return [
        opening(frozen, CERTIFICATES, CERTIFICATE, "debit"),
        _moved(count, batch.held(holder, state), frozen, request, told),
    ]


def unfreeze(batch: Batch, count: int, *, holder: str, state: str = "held", request: str, why: str) -> list[Entry]:
    """Entries that put frozen certificates into use again."""
    told = {"batch": batch.name, "why": why}
    return [_moved(count, batch.held(holder, f"{state} frozen"), batch.held(holder, state), request, told)]


def cancel(  # noqa: PLR0913 - who, what, for whom, when
    batch: Batch, count: int, *, holder: str, state: str = "held", beneficiary: str, month: str, request: str
) -> list[Entry]:
    """Entries that use certificates up for somebody's consumption, inside their two years.

    Args:
        batch: of which production.
        count: how many.
        holder: whose.
        state: "held" by the owner, or "bought".
        beneficiary: who consumed.
        month: in which they are cancelled.
        request: id of this call.
    """
    if month_of(month) > last_valid_month(batch.month):
        raise InputError.one(
            f"certificates {batch.name}",
            found=f"a cancellation in {month}",
            expected=f"one up to {last_valid_month(batch.month)}",
            remedy="let them expire",
        )
    used = account("gec", batch.name, beneficiary, "cancelled")
    told = {"batch": batch.name, "beneficiary": beneficiary, "month": month}
    return [opening(used, CERTIFICATES, CERTIFICATE),
            _moved(count, batch.held(holder, state), used, request, told)]  # fmt: skip


def expire(batch: Batch, count: int, *, holder: str, state: str = "held", month: str, request: str) -> list[Entry]:
    """Entries that end certificates whose two years are over."""
    if month_of(month) <= last_valid_month(batch.month):
        raise InputError.one(
            f"certificates {batch.name}",
            found=f"an expiry in {month}",
            expected=f"one after {last_valid_month(batch.month)}",
            remedy="wait",
        )
    gone = account("gec", batch.name, "expired")
    return [opening(gone, CERTIFICATES, CERTIFICATE),
            _moved(count, batch.held(holder, state), gone, request, {"batch": batch.name})]  # fmt: skip


def _moved(count: int, source: str, target: str, request: str, why: dict[str, str]) -> Entry:
    """So many certificates from one account to another."""
    return Entry(
        id=request, kind=Kind.FINAL, lines=(Line(target, "debit", count), Line(source, "credit", count)), why=why
    )
