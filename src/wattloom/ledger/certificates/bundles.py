"""Which watt-hours of which interval are these? Granular certificates, split without loss and chained to their meter.

A meter's month numbers the watt-hours of each interval from zero up. A bundle holds a range of each interval's numbers,
and stands in the ledger on an account that is called by its hash: whoever moves part of it empties that account, so an
old copy of a bundle is worth nothing. After EnergyTag's scheme standard (2024): face value in whole watt-hours,
intervals of an hour at most, a hash chained to the parent on every split.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.ledger.certificates.energy import (
    ENERGY,
    INTERVAL_MINUTES_MAX,
    WATT_HOUR,
    Device,
    Use,
    account,
    fingerprint,
    month_of,
    opening,
    watt_hours,
)
from wattloom.ledger.entries import Entry, Kind, Line

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """A device's metered month, or what a store gave back: where bundles come from."""

    id: str
    device: str
    owner: str
    technology: str
    zone: str
    month: str
    axis: TimeAxis
    readings_sha256: str
    stored: str = ""
    """Of a store's discharge: hash of the bundle that was charged."""

    def told(self) -> dict[str, str]:
        """All of it, in words."""
        return {
            "id": self.id,
            "device": self.device,
            "owner": self.owner,
            "technology": self.technology,
            "zone": self.zone,
            "month": self.month,
            "start": self.axis.start.isoformat(),
            "step_minutes": str(self.axis.step_minutes),
            "intervals": str(self.axis.count),
            "readings_sha256": self.readings_sha256,
            "stored": self.stored,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A range of numbered watt-hours in each interval of a production: [first, first + wh)."""

    production: Production
    holder: str
    state: str
    """metered, active, claimed, or stored."""
    first: NDArray[np.int64]
    wh: NDArray[np.int64]
    """Shape (axis.count,) both."""
    parent: str
    """Hash of what it was split from; of the production for the first."""

    @property
    def total_wh(self) -> int:
        """Face value."""
        return int(self.wh.sum())

    @property
    def hash(self) -> str:
        """SHA-256 over parent, holder, state and ranges."""
        return digest({
            "parent": self.parent,
            "holder": self.holder,
            "state": self.state,
            "first_sha256": fingerprint(self.first),
            "wh_sha256": fingerprint(self.wh),
        })  # fmt: skip

    @property
    def account(self) -> str:
        """Where the ledger has it."""
        return account("granular", self.state, self.hash)


def digest(told: dict[str, Any]) -> str:
    """SHA-256 of canonical JSON."""
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def metered(device: Device, month: str, axis: TimeAxis, wh: ArrayLike, *, request: str) -> tuple[Bundle, list[Entry]]:
    """A month's meter readings as a bundle that no certificate speaks of yet, and the entries that bring it in.

    Args:
        device: whose meter; a store's discharge comes in by `discharged`.
        month: of production, by the scheme's calendar.
        axis: of the intervals, an hour at most each.
        wh: whole watt-hours, shape (axis.count,).
        request: id of this call, kept by the caller before it is sent.
    """
    if device.use is Use.STORAGE:
        raise InputError.one(
            f"meter of {device.id}",
            found="the discharge of a store",
            expected="generation",
            remedy="bring in what was charged, at its source, and `discharged` for what came out",
        )
    values = watt_hours(wh, where=f"meter of {device.id}, {month}")
    production = production_of(device, month, axis, values, request=request)
    return brought_in(production, values, account("energy", device.id, "made"), keeps="any", request=request)


def production_of(  # noqa: PLR0913 - a meter's month is all of these
    device: Device,
    month: str,
    axis: TimeAxis,
    values: NDArray[np.int64],
    *,
    request: str,
    technology: str = "",
    stored: str = "",
) -> Production:
    """A production, checked against its intervals."""
    if values.shape != (axis.count,) or axis.step_minutes > INTERVAL_MINUTES_MAX:
        raise InputError.one(
            f"meter of {device.id}, {month}",
            found=f"{values.size} readings on {axis.count} intervals of {axis.step_minutes} minutes",
            expected="one reading an interval of an hour at most",
            remedy="bring the meter's own intervals",
        )
    return Production(
        id=request,
        device=device.id,
        owner=device.owner,
        technology=technology or device.technology,
        zone=device.zone,
        month=month_of(month),
        axis=axis,
        readings_sha256=fingerprint(values),
        stored=stored,
    )


def brought_in(
    production: Production, values: NDArray[np.int64], source: str, *, keeps: str, request: str
) -> tuple[Bundle, list[Entry]]:
    """The first bundle of a production, and the entries that draw its energy from a source."""
    state = "active" if production.stored else "metered"
    first = watt_hours(np.zeros_like(values), where=request)
    bundle = Bundle(production=production, holder=production.owner, state=state, first=first, wh=values,
                    parent=digest(production.told()))  # fmt: skip
    lines = (Line(bundle.account, "debit", bundle.total_wh), Line(source, "credit", bundle.total_wh))
    return bundle, [
        opening(source, ENERGY, WATT_HOUR, keeps),
        opening(bundle.account, ENERGY, WATT_HOUR, "debit"),
        Entry(id=request, kind=Kind.FINAL, lines=lines, why={**production.told(), "bundle": bundle.hash}),
    ]


def issue(bundle: Bundle, wh: ArrayLike, *, request: str) -> tuple[Bundle, Bundle, list[Entry]]:
    """Granular certificates on part of a metered bundle: those, what stays metered, and the entries."""
    return changed(bundle, wh, holder=bundle.holder, state="active", request=request, was="metered")


def split(bundle: Bundle, wh: ArrayLike) -> tuple[Bundle, Bundle]:
    """The lowest-numbered so many watt-hours of each interval, and the rest; nothing lost, nothing shared."""
    part = watt_hours(wh, where=f"bundle {bundle.hash[:12]}")
    if part.shape != bundle.wh.shape or (part > bundle.wh).any():
        at = int(np.argmax(part > bundle.wh)) if part.shape == bundle.wh.shape else 0
        raise InputError.one(
            f"bundle {bundle.hash[:12]}, interval {at}",
            found=f"{part[at] if part.size else 'nothing'} Wh to be split off",
            expected=f"at most the {bundle.wh[at]} Wh that it holds",
            remedy="split no more than there is",
        )
    own = bundle.hash
    left = replace(bundle, wh=part, parent=own)
    first, rest = bundle.first + part, bundle.wh - part
    first.flags.writeable = rest.flags.writeable = False
    return left, replace(bundle, first=first, wh=rest, parent=own)


def transfer(bundle: Bundle, wh: ArrayLike, *, to: str, request: str) -> tuple[Bundle, Bundle, list[Entry]]:
    """Part of an active bundle to another holder: what went, what stayed, and the entries."""
    return changed(bundle, wh, holder=to, state="active", request=request)


def claim(bundle: Bundle, wh: ArrayLike, *, beneficiary: str, request: str) -> tuple[Bundle, Bundle, list[Entry]]:
    """Part of an active bundle used up for somebody's consumption in the same intervals."""
    return changed(bundle, wh, holder=beneficiary, state="claimed", request=request)


def withdrawn(bundle: Bundle, wh: ArrayLike, *, request: str) -> tuple[Bundle, Bundle, list[Entry]]:
    """Part of a bundle that nobody was handed nor used, taken back: its meter was corrected. What went, what stayed."""
    return changed(bundle, wh, holder=bundle.holder, state="withdrawn", request=request, was=bundle.state)


def changed(
    bundle: Bundle, wh: ArrayLike, *, holder: str, state: str, request: str, was: str = "active"
) -> tuple[Bundle, Bundle, list[Entry]]:
    """Part of a bundle in other hands or another state: what went, what stayed, and the entries that empty the old."""
    if bundle.state != was:
        raise InputError.one(
            f"bundle {bundle.hash[:12]}", found=f"one that is {bundle.state}", expected=f"one that is {was}",
            remedy="a claim is for good; take another bundle",
        )  # fmt: skip
    part, rest = split(bundle, wh)
    moved = replace(part, holder=holder, state=state)
    why = {"bundle": bundle.hash, "moved": moved.hash, "kept": rest.hash}
    lines = [Line(bundle.account, "credit", bundle.total_wh), Line(moved.account, "debit", moved.total_wh)]
    entries = [opening(moved.account, ENERGY, WATT_HOUR, "debit")]
    if rest.total_wh:
        lines.append(Line(rest.account, "debit", rest.total_wh))
        entries.append(opening(rest.account, ENERGY, WATT_HOUR, "debit"))
    return moved, rest, [*entries, Entry(id=request, kind=Kind.FINAL, lines=tuple(lines), why=why)]
