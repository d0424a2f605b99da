"""Can a person freeze, use up and void certificates for a reason, once, and does nothing come back by the back door?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.app.months import asked, book_in, meters

from wattloom.app.certificates_cancel import CancelAsked, CertificatesCancel, certificates_cancel
from wattloom.app.certificates_issue import certificates_issue
from wattloom.app.certificates_match import CertificatesMatch, certificates_match, claim_proofs
from wattloom.app.certificates_verify import Known, certificates_verify
from wattloom.app.ledger_verify import ledger_verify
from wattloom.domain.errors import InputError
from wattloom.ledger.chain import entry_of

MARCH = "2026-03"
READINGS: dict[str, list[float]] = {
    "wind": [2000, 0],
    "sun": [3000, 2500],
    "hall_a": [500, 500],
    "hall_b": [300, 300],
}
LINE = "contracts: [{name: line, devices: [wind], users: [hall_a, hall_b]}]"
SUN = "scheme: gec, "


def run(folder: Path, *, match: bool = True) -> CertificatesMatch | None:
    """Issue March, and match it."""
    project = asked(folder, sun=SUN, more=LINE)
    certificates_issue(project, book=book_in(folder), month=MARCH, folder=folder)
    return certificates_match(project, book=book_in(folder), month=MARCH, folder=folder) if match else None


def done(folder: Path, deed: str, **words: Any) -> CertificatesCancel:
    """A deed with its reason."""
    return certificates_cancel(CancelAsked(deed=deed, reason="dispute 12", **words), book=book_in(folder))  # type: ignore[arg-type]


def bundle_in(folder: Path, state: str) -> str:
    """Hash of the first bundle of a state."""
    return next(book_in(folder).living(state)).hash


def held(folder: Path) -> dict[tuple[str, str], int]:
    """Watt-hours of wind by state and holder."""
    return {(one.state, one.holder): one.amount for one in book_in(folder).granular() if one.device == "wind"}


def test_what_is_frozen_cannot_be_claimed_until_it_is_unfrozen(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    run(tmp_path, match=False)
    frozen = done(tmp_path, "freeze", bundle=bundle_in(tmp_path, "active"))

    without = run(tmp_path)
    back = done(tmp_path, "unfreeze", bundle=frozen.stands[:16])
    after = run(tmp_path)

    assert frozen.amount == 2_000_000
    assert without is not None
    assert without.claims == ()
    assert (back.deed, back.amount) == ("unfreeze", 2_000_000)
    assert after is not None
    assert sum(one.bundle.total_wh for one in after.claims) == 800_000
    assert {state for state, _ in held(tmp_path)} == {"active", "claimed"}


def test_a_void_bundle_is_not_issued_again(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    run(tmp_path, match=False)

    done(tmp_path, "void", bundle=bundle_in(tmp_path, "active"))
    again = run(tmp_path)

    assert held(tmp_path) == {("voided", "windco"): 2_000_000}
    assert again is not None
    assert again.claims == ()


def test_a_voided_claim_no_longer_holds_against_the_book(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    found, book = run(tmp_path), book_in(tmp_path)
    assert found is not None
    proofs = {name: json.dumps(proof).encode() for name, proof in claim_proofs(book, found.claims)}
    claimed = next(one for one in found.claims if one.user == "hall_a")

    done(tmp_path, "void", bundle=claimed.bundle.hash)
    book = book_in(tmp_path)
    told = certificates_verify(proofs, book=Known(book.looked_up, book.ledger.books))

    faults = {one.user: one.faults for one in told.proofs}
    assert faults["hall_a"] == ("the claim does not stand in the book any more",)
    assert faults["hall_b"] == ()


def test_the_reason_is_kept_word_for_word_and_a_deed_is_done_once(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    run(tmp_path, match=False)
    words = {"device": "sun", "month": MARCH, "count": 2, "holder": "sunco"}
    first = done(tmp_path, "freeze", **words)

    again = done(tmp_path, "freeze", **words)

    book = book_in(tmp_path)
    assert (first.known, again.known, again.record) == (False, True, first.record)
    assert entry_of(book.looked_up.find([first.entry])[first.entry].body)[0].why["why"] == "dispute 12"
    assert {(one.state, one.amount) for one in book.gecs()} == {("held", 3), ("held frozen", 2)}


def test_green_certificates_are_used_up_in_their_two_years_or_void(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    run(tmp_path, match=False)
    words = {"device": "sun", "month": MARCH, "holder": "sunco"}

    done(tmp_path, "cancel", count=3, beneficiary="campus", now="2026-09", **words)
    done(tmp_path, "void", count=1, **words)
    with pytest.raises(InputError, match="expected one up to 2028-02"):
        done(tmp_path, "cancel", count=1, beneficiary="campus", now="2028-03", **words)
    with pytest.raises(InputError, match="short by 1"):
        done(tmp_path, "void", count=2, **words)

    found = {(one.state, one.holder, one.amount) for one in book_in(tmp_path).gecs()}
    assert found == {("held", "sunco", 1), ("cancelled", "campus", 3), ("voided", "", 1)}
    assert ledger_verify(book_in(tmp_path).store).books.sums()["certificates"] == (0, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"deed": "freeze"}, "neither a bundle nor a device"),
        ({"deed": "cancel", "bundle": "ab"}, "one of freeze, unfreeze, void for a bundle"),
        ({"deed": "void", "device": "sun", "month": MARCH}, "without month, count or holder"),
        (
            {"deed": "cancel", "device": "sun", "month": MARCH, "count": 1, "holder": "x"},
            "no --beneficiary and no --in",
        ),
        ({"deed": "freeze", "bundle": "zz"}, "0 bundles that stand and begin with zz"),
    ],
)
def test_what_is_not_said_plainly_is_refused(tmp_path: Path, words: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        done(tmp_path, **words)


def test_a_deed_without_a_reason_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--reason"):
        certificates_cancel(CancelAsked(deed="freeze", reason=" ", bundle="a"), book=book_in(tmp_path))
