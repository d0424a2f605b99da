"""What is green about what a store gives back? As much as was green when it was charged, less what was lost inside."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.ledger.certificates.bundles import Bundle, brought_in, changed, production_of
from wattloom.ledger.certificates.energy import ENERGY, WATT_HOUR, Device, Use, account, opening, watt_hours
from wattloom.ledger.entries import Entry, Line

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

PPM = 1_000_000


def charged(
    bundle: Bundle, wh: ArrayLike, *, store: Device, efficiency_ppm: int, request: str
) -> tuple[Bundle, Bundle, list[Entry]]:
    """Put part of an active bundle into a store: it can no longer be claimed; what may come out is set aside.

    Args:
        bundle: active, of the intervals of charging.
        wh: put in, whole watt-hours an interval.
        store: the device that takes it.
        efficiency_ppm: energy that comes back, in millionths of what goes in; the allowance is rounded down.
        request: id of this call.

    Returns:
        What was stored, what stayed active, and the entries.
    """
    if store.use is not Use.STORAGE or not 0 < efficiency_ppm <= PPM:
        raise InputError.one(
            f"store {store.id}",
            found=f"{store.use}, efficiency {efficiency_ppm} ppm",
            expected=f"a store, from 1 to {PPM} ppm",
            remedy="name the store and its measured round trip",
        )
    stored, rest, entries = changed(bundle, wh, holder=store.id, state="stored", request=request)
    allowed = int(Fraction(efficiency_ppm, PPM) * stored.total_wh)
    inside, lost, back = (account("storage", store.id, stored.hash, word) for word in ("inside", "lost", "allowed"))
    lines = [Line(lost, "debit", stored.total_wh - allowed)] if stored.total_wh > allowed else []
    lines += [Line(back, "debit", allowed), Line(inside, "credit", stored.total_wh)]
    *before, move = entries
    told = {**move.why, "stored": stored.hash, "efficiency_ppm": str(efficiency_ppm)}
    # One entry does both: nobody gets an allowance without having given up what it comes from.
    whole = replace(move, lines=(*move.lines, *(line for line in lines if line.amount)), why=told)
    return (
        stored,
        rest,
        [
            *before,
            opening(inside, ENERGY, WATT_HOUR),
            opening(lost, ENERGY, WATT_HOUR),
            opening(back, ENERGY, WATT_HOUR, "debit"),
            whole,
        ],
    )


def discharged(
    stored: Bundle, store: Device, month: str, axis: TimeAxis, wh: ArrayLike, *, request: str
) -> tuple[Bundle, list[Entry]]:
    """New bundles for what came out, drawn from the allowance of what was stored, and only after it was.

    Args:
        stored: what `charged` set aside.
        store: the device.
        month: of discharge.
        axis: of the intervals of discharge; it may not begin before the last charged one has ended.
        wh: came out, whole watt-hours an interval.
        request: id of this call, and of the issuance.
    """
    values = watt_hours(wh, where=request)
    last = np.flatnonzero(stored.wh)
    charged_until = stored.production.axis.instants()[int(last[-1]) + 1] if last.size and last[-1] + 1 < len(
        stored.wh
    ) else stored.production.axis.end  # fmt: skip
    first = np.flatnonzero(values)
    if values.shape != (axis.count,) or (first.size and axis.instants()[int(first[0])] < charged_until):
        raise InputError.one(
            f"discharge {request}",
            found=f"{values.size} intervals, the first discharge before {charged_until.isoformat()}",
            expected="one value an interval, after the charging has ended",
            remedy="split what is stored by its intervals, and discharge the earlier part first",
        )
    production = production_of(store, month, axis, values, request=request, stored=stored.hash,
                               technology=stored.production.technology)  # fmt: skip
    allowed = account("storage", store.id, stored.hash, "allowed")
    return brought_in(production, values, allowed, keeps="debit", request=request)
