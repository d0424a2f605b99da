"""Is each user's consumption met by the right watt-hours, once, with a proof that a stranger can check?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.app.months import asked, book_in, meter, meters
from tests.ledger.certificates.test_certificates import stranger

from wattloom.app.certificates_issue import certificates_issue
from wattloom.app.certificates_match import CertificatesMatch, UserMonth, certificates_match, claim_proofs
from wattloom.app.certificates_stores import Inside, came_out, cycles
from wattloom.app.certificates_verify import Known, certificates_verify
from wattloom.app.ledger_verify import ledger_verify
from wattloom.rules.allocation import self_use_by_user_mwh

MARCH = "2026-03"
READINGS: dict[str, list[float]] = {
    "wind": [2000, 0, 700, 900],
    "sun": [0, 0, 1500, 800],
    "hall_a": [600, 500, 900, 500],
    "hall_b": [300, 300, 300, 300],
}
SHARED = """\
contracts:
  - {name: line, devices: [wind], users: [hall_a, hall_b], shared: true, price_cny_per_mwh: 33.33,
     income_shares: {owner: 3, load: 3, storage: 1}}
"""
FIRST_B = """\
contracts:
  - {name: first b, devices: [wind], users: [hall_b]}
  - {name: then a, devices: [wind, sun], users: [hall_a]}
"""


def matched(folder: Path, *, more: str = SHARED, issue: bool = True) -> CertificatesMatch:
    """A month, issued and matched, in a book that is opened anew."""
    project = asked(folder, more=more)
    if issue:
        certificates_issue(project, book=book_in(folder), month=MARCH, folder=folder)
    return certificates_match(project, book=book_in(folder), month=MARCH, folder=folder)


def of(found: CertificatesMatch, user: str) -> UserMonth:
    """One user."""
    return next(one for one in found.users if one.user == user)


def test_a_shared_connection_is_parted_by_consumption_as_doc_688_has_it(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    found = matched(tmp_path)

    # Hours: wind 2000 meets all 900; none; 700 on 1200 by 3:1; 900 on 800 meets all.
    assert of(found, "hall_a").taken_wh[:4].tolist() == [600_000, 0, 525_000, 500_000]
    assert of(found, "hall_b").taken_wh[:4].tolist() == [300_000, 0, 175_000, 300_000]
    own = [900.0, 0.0, 700.0, 800.0]
    judge = self_use_by_user_mwh(own, {name: READINGS[name] for name in ("hall_a", "hall_b")})
    np.testing.assert_allclose(of(found, "hall_a").taken_wh[:4] / 1000, judge["hall_a"])


def test_scores_tell_the_period_and_the_flattering_volume(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    found = matched(tmp_path)

    # Hall a: 1625 of 2500 in its periods. By volume 3600 of wind meet all 3700 by 36/37.
    assert of(found, "hall_a").scores.period_share == pytest.approx(0.65)
    assert of(found, "hall_a").scores.volume_share == pytest.approx(3600 / 3700, abs=1e-6)


def test_contracts_go_by_their_order(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    found = matched(tmp_path, more=FIRST_B)

    # Third hour: b takes 300 of 700 wind; a's 900 come of the 400 left and 1500 of sun, in proportion.
    assert of(found, "hall_b").by_source == {"wind": 900_000}
    assert of(found, "hall_a").taken_wh[:4].tolist() == [600_000, 0, 900_000, 500_000]
    assert of(found, "hall_a").by_contract == {"then a": 2_000_000}
    wind_to_a = 600_000 + 900_000 * 400 // 1900 + 500_000 * 600 // 1400
    assert of(found, "hall_a").by_source["wind"] == pytest.approx(wind_to_a, abs=2)


def test_nothing_is_delivered_across_zones_unless_the_file_names_the_document(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    found = matched(tmp_path, more="zones_after: true")

    assert sum(one.by_contract["zone north"] for one in found.users) == 900_000 + 1_200_000 + 800_000


def test_the_same_month_again_claims_nothing_and_more_meters_claim_only_the_difference(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    first = matched(tmp_path)

    again = matched(tmp_path)
    meter(tmp_path, "wind", [2000, 200, 700, 900])
    later = matched(tmp_path)

    assert (again.head, again.new_claims) == (first.head, 0)
    assert first.new_claims == 2
    assert of(later, "hall_a").taken_wh[:4].tolist() == [600_000, 125_000, 525_000, 500_000]
    assert later.new_claims == 2


def test_a_consumption_corrected_below_what_was_claimed_is_told_and_covers_no_carbon(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    matched(tmp_path)
    meter(tmp_path, "hall_a", [400, 500, 900, 500])

    hall = of(matched(tmp_path), "hall_a")

    assert hall.overclaimed_wh == 200_000
    assert hall.scores.period_share == pytest.approx((400 + 525 + 500) / 2300)


def test_income_is_parted_to_the_last_step(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)

    (income,) = matched(tmp_path).incomes

    assert income.matched_wh == 2_400_000
    assert income.amount == 799_920  # 2.4 MWh at 33.33 yuan are 79.992 yuan.
    assert income.parts == {"owner": 342_822, "load": 342_823, "storage": 114_275}


def test_each_claim_has_a_proof_that_holds_offline_and_against_the_book(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    found = matched(tmp_path)
    book = book_in(tmp_path)
    proofs = {name: json.dumps(proof).encode() for name, proof in claim_proofs(book, found.claims)}

    offline = certificates_verify(proofs)
    known = certificates_verify(proofs, book=Known(book.looked_up, book.ledger.books))

    assert offline.holds
    assert known.holds
    assert all(stranger(json.loads(proof)) for proof in proofs.values())
    assert sorted((one.user, one.wh) for one in offline.proofs) == [("hall_a", 1_625_000), ("hall_b", 775_000)]


def test_proofs_that_were_changed_or_claim_the_same_are_found_out(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    found = matched(tmp_path)
    book = book_in(tmp_path)
    (_, one), (_, other) = claim_proofs(book, found.claims)
    more = json.loads(json.dumps(one))
    more["bundles"][-1]["wh"][0] += 1
    broken: dict[str, Any] = {
        "more": json.dumps(more).encode(),
        "no json": b"{",
        "no proof": b"[]",
        "empty": b"{}",
        "negative": json.dumps(one).replace("600000", "-600000").encode(),
    }

    wrong = certificates_verify(broken)
    twice = certificates_verify({"a": json.dumps(one).encode(), "b": json.dumps(one).encode(),
                                 "c": json.dumps(other).encode()})  # fmt: skip
    stranger = book_in(_folder(tmp_path, "stranger"))
    unknown = certificates_verify(
        {"a": json.dumps(one).encode()}, book=Known(stranger.looked_up, stranger.ledger.books)
    )

    assert all(proof.faults for proof in wrong.proofs)
    assert [said.split(" Wh")[0] for said in twice.overlaps] == [f"a and b claim {sum(one['bundles'][-1]['wh'])}"]
    assert unknown.proofs[0].faults == ("the book has no such record",)


def test_no_byte_of_a_proof_can_be_changed_without_being_found_out(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    found = matched(tmp_path)
    book = book_in(tmp_path)
    known = Known(book.looked_up, book.ledger.books)
    sound = json.dumps(next(iter(claim_proofs(book, found.claims)))[1]).encode()
    chance = np.random.default_rng(1)
    let_pass = []
    for place in chance.integers(0, len(sound), 400):
        broken = sound[:place] + bytes([chance.integers(32, 127)]) + sound[place + 1 :]
        told = certificates_verify({"one": broken}, book=known)
        if told.holds and json.loads(broken) != json.loads(sound):
            let_pass.append(broken)

    assert let_pass == []


def _folder(folder: Path, name: str) -> Path:
    """A folder inside."""
    (folder / name).mkdir()
    return folder / name


STORED = """\
stores:
  battery: {owner: siteco, zone: north, capacity_mw: 5, efficiency: 0.8, charge: {file: charge.csv, column: kwh},
            discharge: {file: discharge.csv, column: kwh}}
contracts:
  - {name: line, devices: [wind, battery], users: [hall_a, hall_b]}
  - {name: storing, devices: [wind], users: [battery]}
"""


def test_what_was_stored_comes_out_as_green_as_it_went_in_less_its_losses(tmp_path: Path) -> None:
    meters(tmp_path, {**READINGS, "charge": [1000, 0, 500, 0], "discharge": [0, 600, 0, 500]})

    found = matched(tmp_path, more=STORED)
    again = matched(tmp_path, more=STORED)

    # First hour: 2000 of wind, 900 used, 1000 stored, all green; 800 may come out. 600 do in the second hour.
    # Third hour: 700 of wind all used, so that 500 are stored that are not green. In the fourth, 200 of the first
    # charge come out first, green, then 300 of the second, not green; 900 of wind have met all by then.
    assert of(found, "hall_a").taken_wh[:4].tolist() == [600_000, 375_000, 525_000, 500_000]
    assert of(found, "hall_a").by_source["battery"] == 375_000
    held = {(one.device, one.state, one.holder): one.amount for one in found.granular}
    assert held["wind", "stored", "battery"] == 1_000_000
    assert (held["battery", "claimed", "hall_a"], held["battery", "claimed", "hall_b"]) == (375_000, 225_000)
    assert held["battery", "active", "siteco"] == 200_000
    assert (again.head, again.new_claims) == (found.head, 0)
    books = ledger_verify(book_in(tmp_path).store).books  # type: ignore[arg-type]
    assert books.sums()["energy"] == (0, 0)


def test_a_store_whose_meters_are_corrected_downwards_is_told_and_gives_no_more(tmp_path: Path) -> None:
    meters(tmp_path, {**READINGS, "charge": [1000, 0, 500, 0], "discharge": [0, 600, 0, 500]})
    first = matched(tmp_path, more=STORED)
    meters(tmp_path, {"charge": [900, 0, 500, 0], "discharge": [0, 550, 0, 500]})

    later = matched(tmp_path, more=STORED)

    assert first.stores_over_wh == {}
    assert later.stores_over_wh == {"battery": 150_000}
    assert later.head == first.head


def test_what_came_out_of_a_store_is_proven_with_what_went_in(tmp_path: Path) -> None:
    meters(tmp_path, {**READINGS, "charge": [1000, 0, 500, 0], "discharge": [0, 600, 0, 500]})
    found, book = matched(tmp_path, more=STORED), book_in(tmp_path)
    proofs = {name: json.dumps(proof).encode() for name, proof in claim_proofs(book, found.claims)}

    told = certificates_verify(proofs, book=Known(book.looked_up, book.ledger.books))

    assert told.holds
    (went_in,) = [one for one in told.proofs if one.state == "stored"]
    assert (went_in.user, went_in.wh) == ("battery", 1_000_000)
    assert sum(one.wh for one in told.proofs if one.stored == went_in.claim) == 600_000


def test_cycles_end_when_a_store_gives_back() -> None:
    charge, discharge = np.array([5, 5, 0, 3, 0, 4]), np.array([0, 0, 4, 0, 2, 1])

    assert cycles(charge, discharge).tolist() == [0, 0, -1, 1, -1, 2]


def test_a_charge_that_was_half_green_comes_out_half_green(tmp_path: Path) -> None:
    meters(tmp_path, READINGS)
    matched(tmp_path, more="")
    bundle = book_in(tmp_path).of_month(MARCH, "active")[0]
    charge, discharge = np.array([4_000_000, 0, 0]), np.array([0, 1_000_000, 1_600_001])

    (out,) = came_out(charge, discharge, efficiency_ppm=800_000, inside=[Inside(bundle=bundle, allowed_wh=1_600_000)])

    assert out.tolist() == [0, 500_000, 800_000]
