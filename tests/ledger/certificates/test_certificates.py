"""One watt-hour backs one claim: inside a scheme, across schemes, through splits and stores, and provably so."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Entry, Ledger, Outcome, verify
from wattloom.ledger.certificates import (
    Batch,
    Bundle,
    Device,
    Use,
    cancel,
    charged,
    claim,
    cut,
    discharged,
    expire,
    freeze,
    issue,
    issue_gec,
    last_valid_month,
    metered,
    proof_of,
    proven,
    split,
    transfer,
    transfer_gec,
    unfreeze,
)
from wattloom.ledger.certificates.energy import opening

MONTH = "2026-03"
AXIS = TimeAxis(datetime(2026, 2, 28, 16, tzinfo=UTC), 60, 4)
WIND = Device(id="wind 1", owner="windco", technology="wind", capacity_w=50_000_000, zone="ningxia")
ROOF = Device(id="roof", owner="campus", technology="solar", capacity_w=9_000_000, zone="ningxia", use=Use.SELF_USE)
STORE = Device(id="store", owner="campus", technology="storage", capacity_w=5_000_000, zone="ningxia", use=Use.STORAGE)
METER = np.array([2_000_000, 0, 700_000, 900_000])


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty book."""
    return Ledger(SqliteBook(tmp_path / "book.sqlite"), lambda: datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture
def march(ledger: Ledger) -> Bundle:
    """The wind farm's metered month, in the book."""
    return brought(ledger, WIND, MONTH, METER)


def brought(ledger: Ledger, device: Device, month: str, wh: np.ndarray[Any, Any]) -> Bundle:
    """A device's month, in the book."""
    bundle, entries = metered(device, month, AXIS, wh, request=f"meter of {device.id}, {month}")
    done(ledger, entries)
    return bundle


def done(ledger: Ledger, entries: list[Entry]) -> None:
    """Made, all of it."""
    receipts = ledger.post(entries, together=True)
    assert not [one.problems for one in receipts if one.outcome is Outcome.REFUSED]


def refused(ledger: Ledger, entries: list[Entry]) -> str:
    """Refused, all of it; why."""
    head = ledger.head
    receipts = ledger.post(entries, together=True)
    assert ledger.head == head
    return " ".join(str(problem) for one in receipts for problem in one.problems)


def test_a_month_is_cut_into_megawatt_hours_and_the_rest_is_carried_over(ledger: Ledger, march: Bundle) -> None:
    assert cut(3_600_000, 0) == (3, 600_000)
    batch, entries = issue_gec(march, WIND, carry_wh=0, request="gec march")
    done(ledger, entries)
    assert ledger.balance(batch.held("windco")).net == 3
    assert ledger.balance("energy/wind 1/carried over").net == 600_000
    april = brought(ledger, WIND, "2026-04", np.array([400_000, 0, 0, 0]))
    batch, entries = issue_gec(april, WIND, carry_wh=600_000, request="gec april")
    done(ledger, entries)
    assert ledger.balance(batch.held("windco")).net == 1
    assert ledger.balance("energy/wind 1/carried over").net == 0
    assert ledger.books.sums() == {"energy": (0, 0), "certificates": (0, 0)}


def test_a_carry_over_that_is_not_there_is_refused(ledger: Ledger, march: Bundle) -> None:
    _, entries = issue_gec(march, WIND, carry_wh=400_000, request="gec march")
    assert "energy/wind 1/carried over short by 400000" in refused(ledger, entries)


def test_a_watt_hour_of_one_scheme_is_not_there_for_the_other(ledger: Ledger, march: Bundle) -> None:
    granular, left, entries = issue(march, METER, request="granular march")
    done(ledger, entries)
    assert (granular.total_wh, left.total_wh) == (3_600_000, 0)
    _, again = issue_gec(march, WIND, carry_wh=0, request="gec march")
    assert "short by 3600000" in refused(ledger, again)
    _, _, twice = issue(march, METER // 2, request="granular march, again")
    assert "short by 3600000" in refused(ledger, twice)
    with pytest.raises(InputError, match="a bundle of wind 1 that is active"):
        issue_gec(granular, WIND, carry_wh=0, request="x")


def test_both_schemes_share_a_month_to_the_watt_hour(ledger: Ledger, march: Bundle) -> None:
    _, left, entries = issue(march, np.array([600_000, 0, 0, 0]), request="granular")
    done(ledger, entries)
    batch, entries = issue_gec(left, WIND, carry_wh=0, request="gec")
    done(ledger, entries)
    assert ledger.balance(batch.held("windco")).net == 3
    assert ledger.balance(left.account).net == 0


def test_a_certificate_is_sold_once_used_once_and_frozen_in_between(ledger: Ledger, march: Bundle) -> None:
    batch, entries = issue_gec(march, WIND, carry_wh=0, request="gec")
    done(ledger, entries)
    done(ledger, transfer_gec(batch, 2, owner="windco", to="data centre", request="sale"))
    resale = transfer_gec(batch, 1, owner="data centre", to="somebody", request="resale")
    assert "gec/wind 1 2026-03/data centre/held, which is not open" in refused(ledger, resale)
    buyer: dict[str, Any] = {"holder": "data centre", "state": "bought"}
    done(ledger, freeze(batch, 1, **buyer, request="dispute", why="claim 7"))
    use = cancel(batch, 2, **buyer, beneficiary="data centre", month="2026-06", request="use")
    assert "short by 1" in refused(ledger, use)
    done(ledger, unfreeze(batch, 1, **buyer, request="settled", why="claim 7 withdrawn"))
    done(ledger, use)
    again = cancel(batch, 1, **buyer, beneficiary="other", month="2026-06", request="use again")
    assert "short by 1" in refused(ledger, again)


def test_self_use_gives_certificates_that_cannot_be_sold_and_stores_none(ledger: Ledger) -> None:
    roof = brought(ledger, ROOF, MONTH, METER)
    batch, entries = issue_gec(roof, ROOF, carry_wh=0, request="gec roof")
    done(ledger, entries)
    with pytest.raises(InputError, match="a sale of certificates on self-use"):
        transfer_gec(batch, 1, owner="campus", to="anybody", request="sale")
    done(ledger, cancel(batch, 3, holder="campus", beneficiary="campus", month="2026-12", request="own use"))
    with pytest.raises(InputError, match="the discharge of a store"):
        metered(STORE, MONTH, AXIS, METER, request="x")


def test_certificates_live_two_years_the_month_of_production_included(ledger: Ledger, march: Bundle) -> None:
    assert (last_valid_month("2026-03"), last_valid_month("2026-01"), last_valid_month("2025-12")) == (
        "2028-02", "2027-12", "2027-11",
    )  # fmt: skip
    batch, entries = issue_gec(march, WIND, carry_wh=0, request="gec")
    done(ledger, entries)
    done(ledger, cancel(batch, 1, holder="windco", beneficiary="a", month="2028-02", request="last day"))
    with pytest.raises(InputError, match="found a cancellation in 2028-03; expected one up to 2028-02"):
        cancel(batch, 1, holder="windco", beneficiary="a", month="2028-03", request="late")
    with pytest.raises(InputError, match="expected one after 2028-02"):
        expire(batch, 1, holder="windco", month="2028-02", request="early")
    done(ledger, expire(batch, 2, holder="windco", month="2028-03", request="over"))


def test_a_split_loses_nothing_and_shares_nothing(march: Bundle) -> None:
    left, right = split(march, np.array([500_000, 0, 700_000, 1]))
    assert (left.wh + right.wh).tolist() == METER.tolist()
    assert (left.first + left.wh).tolist() == right.first.tolist()
    assert left.parent == right.parent == march.hash
    with pytest.raises(InputError, match=r"interval 1: found 1 Wh to be split off; expected at most the 0 Wh"):
        split(march, np.array([0, 1, 0, 0]))


def test_a_claimed_watt_hour_cannot_be_claimed_moved_or_stored_again(ledger: Ledger, march: Bundle) -> None:
    bundle, _, entries = issue(march, METER, request="g")
    done(ledger, entries)
    claimed, rest, entries = claim(bundle, METER // 2, beneficiary="data centre", request="claim")
    done(ledger, entries)
    for attempt in (
        lambda: claim(claimed, METER // 2, beneficiary="other", request="x"),
        lambda: transfer(claimed, METER // 2, to="other", request="x"),
        lambda: charged(claimed, METER // 2, store=STORE, efficiency_ppm=900_000, request="x"),
    ):
        with pytest.raises(InputError, match="found one that is claimed"):
            attempt()
    done(ledger, transfer(rest, rest.wh, to="other", request="sale")[2])


def test_an_old_copy_of_a_bundle_is_worth_nothing_even_for_less_than_is_left(ledger: Ledger, march: Bundle) -> None:
    bundle, _, entries = issue(march, METER, request="g")
    done(ledger, entries)
    noon = np.array([2_000_000, 0, 0, 0])
    done(ledger, claim(bundle, noon, beneficiary="first", request="claim")[2])
    # 1.6 MWh of other hours are left; the same hour is not to be had again.
    _, _, stale = claim(bundle, noon // 2, beneficiary="cheat", request="stale")
    assert f"{bundle.account} short by 3600000" in refused(ledger, stale)


def test_what_comes_out_of_a_store_is_what_went_in_less_its_losses(ledger: Ledger, march: Bundle) -> None:
    bundle, _, entries = issue(march, METER, request="g")
    done(ledger, entries)
    noon = np.array([1_000_000, 0, 0, 0])
    stored, rest, entries = charged(bundle, noon, store=STORE, efficiency_ppm=875_000, request="charge")
    done(ledger, entries)
    assert rest.total_wh == 2_600_000
    evening = TimeAxis(datetime(2026, 2, 28, 17, tzinfo=UTC), 60, 2)
    out, entries = discharged(stored, STORE, MONTH, evening, np.array([875_000, 0]), request="discharge")
    done(ledger, entries)
    assert (out.production.stored, out.production.technology, out.holder) == (stored.hash, "wind", "campus")
    _, more = discharged(stored, STORE, MONTH, evening, np.array([0, 1]), request="more")
    assert "short by 1" in refused(ledger, more)
    before = TimeAxis(datetime(2026, 2, 28, 16, tzinfo=UTC), 30, 2)
    with pytest.raises(InputError, match="after the charging has ended"):
        discharged(stored, STORE, MONTH, before, np.array([1, 0]), request="early")
    done(ledger, claim(out, out.wh, beneficiary="campus", request="evening use")[2])
    assert ledger.books.sums() == {"energy": (0, 0)}


def test_a_claim_is_proven_by_a_file_alone(ledger: Ledger, march: Bundle, tmp_path: Path) -> None:
    bundle, _, entries = issue(march, METER, request="g")
    done(ledger, entries)
    bought, _, entries = transfer(bundle, METER // 2, to="data centre", request="sale")
    done(ledger, entries)
    claimed, _, entries = claim(bought, METER // 4, beneficiary="data centre", request="claim")
    done(ledger, entries)
    with SqliteBook(tmp_path / "book.sqlite") as copy:
        records = list(copy.records())
        assert verify(records).mark == ledger.head[1]
    record = next(one for one in records if one.id == "claim")
    mark_before = records[record.sequence - 2].mark
    line = [march, bundle, bought]
    proof = json.loads(
        json.dumps(proof_of(claimed, line, record=record.body, mark_before=mark_before, mark=record.mark))
    )
    assert proven(proof) == []
    assert stranger(proof)
    for path, value in (("bundles.3.wh.0", 500_001), ("bundles.1.first.0", 1), ("production.technology", "coal"),
                        ("record", proof["record"].replace("claim", "blame")), ("bundles.3.holder", "cheat"),
                        ("claim", "00"), ("format", "other")):  # fmt: skip
        forged = json.loads(json.dumps(proof))
        put(forged, path, value)
        assert proven(forged), path


def put(proof: dict[str, Any], path: str, value: object) -> None:
    """Change one value of a proof."""
    *way, last = path.split(".")
    at: Any = proof
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    at[int(last) if last.isdigit() else last] = value


def stranger(proof: dict[str, Any]) -> bool:
    """A checker that knows SHA-256 and JSON, and nothing of this package."""

    def sha(thing: object, *, ordered: bool = True) -> str:
        return hashlib.sha256(json.dumps(thing, sort_keys=ordered, separators=(",", ":")).encode()).hexdigest()

    parent = sha(proof["production"])
    for bundle in proof["bundles"]:
        told = {"parent": parent, "holder": bundle["holder"], "state": bundle["state"],
                "first_sha256": sha(bundle["first"]), "wh_sha256": sha(bundle["wh"])}  # fmt: skip
        parent = sha(told)
    chained = hashlib.sha256(bytes.fromhex(proof["mark_before"]) + proof["record"].encode()).hexdigest()
    return parent == proof["claim"] and chained == proof["mark"]


def test_ten_thousand_attempts_at_a_second_claim_are_refused(ledger: Ledger, march: Bundle) -> None:
    chance = np.random.default_rng(3)
    bundle, left, entries = issue(march, METER // 2, request="g")
    done(ledger, entries)
    batch, entries = issue_gec(left, WIND, carry_wh=0, request="gec")
    done(ledger, entries)
    done(ledger, claim(bundle, bundle.wh // 2, beneficiary="first", request="claim")[2])
    done(ledger, cancel(batch, 1, holder="windco", beneficiary="first", month=MONTH, request="cancel"))
    attempts = []
    for number in range(10_000):
        wh = chance.integers(0, METER // 2 + 1)
        wh[0] = max(1, wh[0])
        kind = number % 5
        if kind == 0:
            entry = claim(bundle, wh, beneficiary="cheat", request=f"c{number}")[2][-1]
        elif kind == 1:
            entry = issue(march, wh, request=f"i{number}")[2][-1]
        elif kind == 2:
            entry = issue_gec(left, WIND, carry_wh=int(chance.integers(0, 800_001)), request=f"g{number}")[1][-1]
        elif kind == 3:
            entry = transfer(bundle, wh, to="cheat", request=f"t{number}")[2][-1]
        else:
            count = int(chance.integers(1, 9))
            entry = cancel(batch, count, holder="windco", beneficiary="cheat", month=MONTH, request=f"x{number}")[-1]
        attempts.append(entry)
    # Their accounts are open, so that nothing but the balance stands in the way.
    names = sorted({line.account for entry in attempts for line in entry.lines} - set(ledger.books.accounts))
    assert not [name for name in names if not name.startswith(("granular", "gec"))]
    ledger.post([opening(name, "energy", "Wh") for name in names if name.startswith("granular")])
    ledger.post([opening(name, "certificates", "GEC") for name in names if name.startswith("gec")])
    head = ledger.head
    receipts = ledger.post(attempts)
    assert {one.outcome for one in receipts} == {Outcome.REFUSED}
    assert all("short by" in str(one.problems[0]) for one in receipts)
    assert ledger.head == head
    assert isinstance(batch, Batch)
