"""Do these proofs hold, alone and beside each other, and does the book know them? Checked offline, trusting nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.ledger.certificates import proven
from wattloom.ledger.certificates.bundles import digest
from wattloom.ledger.certificates.energy import account

if TYPE_CHECKING:
    from wattloom.app.certificates_book import BookStore
    from wattloom.ledger.books import Books

WATT_HOURS_MAX = 2**62
"""Of a range: no sum of two may pass 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFound:
    """What a proof says, and what is wrong with it."""

    name: str
    """The file."""
    faults: tuple[str, ...]
    claim: str = ""
    user: str = ""
    """Who claimed; of what was stored: the store."""
    state: str = ""
    """claimed or stored."""
    device: str = ""
    technology: str = ""
    month: str = ""
    wh: int = 0
    mark: str = ""
    """Of the book after the claim: compare it with one that was noted elsewhere."""
    stored: str = ""
    """Where it came out of a store: hash of the bundle that was charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesVerify:
    """Some proofs."""

    proofs: tuple[ProofFound, ...]
    overlaps: tuple[str, ...]
    """Pairs that claim the same watt-hours."""
    with_book: bool

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.overlaps and not any(one.faults for one in self.proofs)


@dataclass(frozen=True, slots=True)
class Known:
    """A book to hold proofs against."""

    store: BookStore
    books: Books


def certificates_verify(files: Mapping[str, bytes], *, book: Known | None = None) -> CertificatesVerify:
    """Check proofs by themselves, against each other, and, where one is given, against the book.

    Args:
        files: the text of each proof by its name.
        book: the book that they are said to be of.
    """
    read = {name: _read(text) for name, text in files.items()}
    found = [_found(name, proof, book) for name, proof in read.items()]
    sound = {name: proof for name, proof in read.items() if isinstance(proof, dict) and not _shape_faults(proof)}
    return CertificatesVerify(
        proofs=tuple(found), overlaps=(*_overlaps(sound), *_overdrawn(found)), with_book=book is not None
    )


def _read(text: bytes) -> dict[str, Any] | str:
    """A proof, or why the file is none."""
    try:
        proof = json.loads(text)
    except ValueError as error:
        return f"no JSON ({error})"
    return proof if isinstance(proof, dict) else "JSON that is no proof"


def _found(name: str, proof: dict[str, Any] | str, book: Known | None) -> ProofFound:
    """One file."""
    faults = [proof] if isinstance(proof, str) else _shape_faults(proof)
    if faults or isinstance(proof, str):
        return ProofFound(name=name, faults=tuple(faults))
    faults = proven(proof)
    if book is not None and not faults:
        faults = _book_faults(proof, book)
    production, last = proof["production"], proof["bundles"][-1]
    return ProofFound(
        name=name,
        faults=tuple(faults),
        claim=proof["claim"],
        user=str(last["holder"]),
        state=str(last["state"]),
        device=production["device"],
        technology=production["technology"],
        month=production["month"],
        wh=sum(last["wh"]),
        mark=proof["mark"],
        stored=production.get("stored", ""),
    )


def _shape_faults(proof: dict[str, Any]) -> list[str]:
    """What keeps a file from being checked at all."""
    keys = {"format", "production", "bundles", "claim", "record", "mark_before", "mark"}
    missing = sorted(keys - set(proof))
    if missing:
        return [f"no {', '.join(missing)}"]
    words = [proof[name] for name in ("claim", "record", "mark_before", "mark")]
    production, bundles = proof["production"], proof["bundles"]
    if not all(isinstance(one, str) for one in words) or not _told(production):
        return ["values that are no text where text belongs"]
    if not isinstance(bundles, list) or not bundles or not all(_ranged(one, production) for one in bundles):
        return ["bundles whose ranges are no whole watt-hours, one an interval of the production"]
    try:
        bytes.fromhex(proof["mark_before"]), proof["record"].encode("ascii")
    except ValueError as error:
        return [str(error)]
    return []


def _told(production: Any) -> bool:
    """Whether a production says what it must, in words."""
    keys = {"device", "technology", "month", "readings_sha256", "intervals"}
    return isinstance(production, dict) and keys <= set(production) and all(
        isinstance(value, str) for value in production.values()
    ) and production["intervals"].isdecimal()  # fmt: skip


def _ranged(bundle: Any, production: dict[str, str]) -> bool:
    """Whether a bundle has a range for each interval, none below zero."""
    if not isinstance(bundle, dict) or not {"hash", "parent", "holder", "state", "first", "wh"} <= set(bundle):
        return False
    for name in ("first", "wh"):
        values = bundle[name]
        if not isinstance(values, list) or str(len(values)) != production["intervals"]:
            return False
        if not all(type(value) is int and 0 <= value < WATT_HOURS_MAX for value in values):
            return False
    return True


def _book_faults(proof: dict[str, Any], book: Known) -> list[str]:
    """Where the book says something else."""
    record = _read(proof["record"].encode("ascii"))
    if isinstance(record, str):
        return [f"its record is {record}"]
    kept = book.store.find([str(record.get("id"))]).get(str(record.get("id")))
    if kept is None:
        return ["the book has no such record"]
    faults = []
    if kept.body.decode("ascii") != proof["record"] or kept.mark.hex() != proof["mark"]:
        faults.append("the book has another record under this id")
    if book.store.endings([kept.id]):
        faults.append("the claim was reversed later in the book")
    stored = proof["production"].get("stored", "")
    if stored and f"granular/stored/{stored}" not in book.books.balances:
        faults.append("what came out of the store never went in, by the book")
    for number, bundle in enumerate(proof["bundles"]):
        name = account("granular", str(bundle["state"]), str(bundle["hash"]))
        balance = book.books.balances.get(name)
        if balance is None or balance.debit < sum(bundle["wh"]):
            faults.append(f"bundle {number}: the book never held it")
        elif number == len(proof["bundles"]) - 1 and balance.net != sum(bundle["wh"]):
            faults.append("the claim does not stand in the book any more")
    return faults


def _overlaps(proofs: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Pairs of proofs of one production whose ranges meet in an interval."""
    by_production: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for name, proof in proofs.items():
        by_production.setdefault(digest(proof["production"]), []).append((name, proof))
    for group in by_production.values():
        for (one, first), (other, second) in combinations(group, 2):
            both = _both_wh(first["bundles"][-1], second["bundles"][-1])
            if both:
                yield f"{one} and {other} claim {both} Wh of {first['production']['device']} both"


def _overdrawn(found: list[ProofFound]) -> Iterator[str]:
    """Stored bundles for which more came out than went in, among the proofs at hand."""
    for store in found:
        out = sum({one.claim: one.wh for one in found if one.stored and one.stored == store.claim}.values())
        if store.state == "stored" and out > store.wh:
            yield f"{out} Wh came out for {store.name}, {store.wh} Wh went in"


def _both_wh(one: dict[str, Any], other: dict[str, Any]) -> int:
    """Watt-hours in both ranges."""
    starts = np.maximum(np.array(one["first"]), np.array(other["first"]))
    ends = np.minimum(np.array(one["first"]) + np.array(one["wh"]), np.array(other["first"]) + np.array(other["wh"]))
    return int(np.maximum(ends - starts, 0).sum())
