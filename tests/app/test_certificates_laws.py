"""Whatever meters are corrected to, in whatever order: no watt-hour is claimed twice, and none that was not metered."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from tests.app.months import asked, book_in, meters

from wattloom.app.certificates_book import CertificateBook
from wattloom.app.certificates_issue import certificates_issue
from wattloom.app.certificates_match import certificates_match, claim_proofs
from wattloom.app.certificates_verify import certificates_verify
from wattloom.app.ledger_verify import ledger_verify

MARCH, HOURS = "2026-03", 6
MORE = """\
stores:
  battery: {owner: siteco, zone: north, capacity_mw: 5, efficiency: 0.83, charge: {file: charge.csv, column: kwh},
            discharge: {file: discharge.csv, column: kwh}}
contracts:
  - {name: shared, devices: [wind, battery], users: [hall_a, hall_b], shared: true}
  - {name: store, devices: [wind, sun], users: [battery]}
  - {name: sun, devices: [sun], users: [hall_b]}
zones_after: true
"""
SCHEMES = "scheme: both, granular_share: 0.7, "


def drawn(chance: np.random.Generator) -> dict[str, list[float]]:
    """Readings of everybody, with parts of a watt-hour."""
    most = {"wind": 3000, "sun": 2000, "hall_a": 1500, "hall_b": 900, "charge": 1200, "discharge": 900}
    return {
        name: [float(round(value, 4)) for value in chance.uniform(0, top, HOURS) * chance.integers(0, 2, HOURS)]
        for name, top in most.items()
    }


def ranges_meet(book: CertificateBook) -> list[str]:
    """Pairs of living bundles of one production that share a number in an interval."""
    by_production: dict[str, list[tuple[str, list[int], list[int]]]] = {}
    for bundle in book.living("metered", "active", "claimed", "stored", "withdrawn"):
        ends = (bundle.first + bundle.wh).tolist()
        by_production.setdefault(bundle.production.id, []).append((bundle.hash, bundle.first.tolist(), ends))
    return [
        f"{one[0]} {other[0]}"
        for group in by_production.values()
        for n, one in enumerate(group)
        for other in group[:n]
        if any(
            max(a, c) < min(b, d) for a, b, c, d in zip(one[1], one[2], other[1], other[2], strict=True)
        )
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_corrections_in_any_order_leave_every_watt_hour_in_one_hand(tmp_path: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    for _ in range(4):
        readings = drawn(chance)
        meters(tmp_path, readings)
        project = asked(tmp_path, wind=SCHEMES, more=MORE)
        issued = certificates_issue(project, book=book_in(tmp_path), month=MARCH, folder=tmp_path)
        if chance.integers(0, 2):
            certificates_match(project, book=book_in(tmp_path), month=MARCH, folder=tmp_path)
        book = book_in(tmp_path)
        assert ranges_meet(book) == []
        for one in issued.devices:
            # What the book has of a device, less what was taken back, is its meter, or more by what is outstanding.
            held = sum(b.total_wh for b in book.living("metered", "active", "claimed", "stored")
                       if b.production.device == one.device)  # fmt: skip
            gecs = sum(g.amount for g in book.gecs() if g.device == one.device) * 1_000_000
            in_book = held + gecs + book.net(f"energy/{one.device}/carried over")
            assert in_book == one.readings.total_wh + one.outstanding_wh
            assert one.readings.total_wh == int(sum(round(kwh * 1e4) for kwh in readings[one.device]) // 10)

    found = certificates_match(project, book=book_in(tmp_path), month=MARCH, folder=tmp_path)
    book = book_in(tmp_path)
    proofs = {name: json.dumps(proof).encode() for name, proof in claim_proofs(book, found.claims)}
    assert certificates_verify(proofs).holds
    assert ledger_verify(book.store).books.sums()["energy"] == (0, 0)  # type: ignore[arg-type]
    gone = sum(one.total_wh for one in book.living("stored"))
    out = sum(one.total_wh for one in book.living("active", "claimed") if one.production.device == "battery")
    assert out <= gone * 0.83


class Broken(Exception):
    """The run ended here."""


def until(book: CertificateBook, calls: int) -> CertificateBook:
    """A book whose ledger dies at a call."""
    post, left = book.ledger.post, [calls]

    def dying(*entries: object, **how: object) -> object:
        if not left[0]:
            raise Broken
        left[0] -= 1
        return post(*entries, **how)  # type: ignore[arg-type]

    book.ledger.post = dying  # type: ignore[method-assign, assignment]
    return book


def month_of(folder: Path, book: CertificateBook) -> None:
    """Issued and matched."""
    project = asked(folder, wind=SCHEMES, more=MORE)
    certificates_issue(project, book=book, month=MARCH, folder=folder)
    certificates_match(project, book=book, month=MARCH, folder=folder)


@pytest.mark.parametrize("corrected", [False, True], ids=["first reading", "after a correction"])
def test_a_run_that_was_cut_off_anywhere_is_completed_by_the_next(tmp_path: Path, corrected: bool) -> None:  # noqa: FBT001
    ends = []
    for calls in (0, 1, 2, 3, 4, 5, 99):
        folder = tmp_path / str(calls)
        folder.mkdir()
        chance = np.random.default_rng(7)
        meters(folder, drawn(chance))
        if corrected:
            month_of(folder, book_in(folder))
            meters(folder, drawn(chance))
        with contextlib.suppress(Broken):
            month_of(folder, until(book_in(folder), calls))
        month_of(folder, book_in(folder))
        book = book_in(folder)
        ends.append((book.granular(), book.gecs(), book.net("energy/wind/carried over"), ranges_meet(book)))

    assert all(end == ends[-1] for end in ends)
