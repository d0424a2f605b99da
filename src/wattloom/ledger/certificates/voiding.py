"""How is a certificate set aside, or declared void, by a person with a reason? Forward entries; nothing is erased.

What is frozen cannot be handed on, claimed or stored until it is unfrozen. What is void is so for good: its watt-hours
are not issued again, and the proof of a claim that was voided no longer holds against the book.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wattloom.domain.errors import InputError
from wattloom.ledger.certificates.bundles import Bundle, changed
from wattloom.ledger.certificates.energy import account, opening
from wattloom.ledger.certificates.gec import CERTIFICATE, CERTIFICATES, Batch
from wattloom.ledger.entries import Entry, Kind, Line

if TYPE_CHECKING:
    from collections.abc import Mapping

FROZEN, VOIDED = "frozen", "voided"
MAY_BE_VOID = ("metered", "active", "frozen", "claimed")
"""States of a bundle that a person may end; what went into a store has become what came out of it."""


def freeze_bundle(bundle: Bundle, *, request: str, why: Mapping[str, str]) -> tuple[Bundle, list[Entry]]:
    """The whole of an active bundle out of use for a while: a dispute, a pledge."""
    return _moved(bundle, FROZEN, was="active", request=request, why=why)


def unfreeze_bundle(bundle: Bundle, *, request: str, why: Mapping[str, str]) -> tuple[Bundle, list[Entry]]:
    """A frozen bundle in use again."""
    return _moved(bundle, "active", was=FROZEN, request=request, why=why)


def void_bundle(bundle: Bundle, *, request: str, why: Mapping[str, str]) -> tuple[Bundle, list[Entry]]:
    """The whole of a bundle void for good, a claim too; its energy does not come back."""
    if bundle.state not in MAY_BE_VOID:
        raise InputError.one(
            f"bundle {bundle.hash[:12]}",
            found=f"one that is {bundle.state}",
            expected=f"one that is {', '.join(MAY_BE_VOID)}",
            remedy="void what came out of the store" if bundle.state == "stored" else "take another bundle",
        )
    return _moved(bundle, VOIDED, was=bundle.state, request=request, why=why)


def void_gec(batch: Batch, count: int, *, holder: str, state: str = "held", request: str, why: str) -> list[Entry]:
    """Entries that declare certificates void; the energy behind them backs no others."""
    gone = account("gec", batch.name, VOIDED)
    lines = (Line(gone, "debit", count), Line(batch.held(holder, state), "credit", count))
    told = {"batch": batch.name, "holder": holder, "why": why}
    return [opening(gone, CERTIFICATES, CERTIFICATE), Entry(id=request, kind=Kind.FINAL, lines=lines, why=told)]


def _moved(bundle: Bundle, state: str, *, was: str, request: str, why: Mapping[str, str]) -> tuple[Bundle, list[Entry]]:
    """All of a bundle in another state, its holder's as before."""
    moved, _, entries = changed(bundle, bundle.wh, holder=bundle.holder, state=state, request=request, was=was)
    entries[-1] = replace(entries[-1], why={**entries[-1].why, **why})
    return moved, entries
