"""Whose consumption did which certificates meet, period by period? Claims in the book, each with its proof.

Rounds follow the file: contracts in their order, then zones where it says so. Users and charging stores take what was
generated in the same period; what stores give back is matched in the same rounds afterwards. Run again it claims only
what is newly there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.app.certificates_book import CertificateBook, summed
from wattloom.app.certificates_inputs import MonthMeters, device_of, month_meters
from wattloom.app.certificates_rounds import Supplied, named_rounds, supplied
from wattloom.app.certificates_stored import bring_out
from wattloom.app.certificates_stores import PPM, cycles
from wattloom.domain.errors import InputError
from wattloom.domain.money import parted
from wattloom.domain.text import Text
from wattloom.ledger.certificates import Bundle, charged, claim, proof_of
from wattloom.ledger.certificates.bundles import digest
from wattloom.ledger.chain import entry_of
from wattloom.ledger.matching import Scores, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.certificates_book import Held
    from wattloom.ledger import Entry
    from wattloom.ledger.certificates.project import CertificatesProject, ContractEntry

WH_PER_MWH = 1_000_000
MONEY_STEPS_PER_CNY = 10_000
"""The money book's smallest unit is a ten-thousandth of a yuan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim in the book."""

    bundle: Bundle
    user: str
    contract: str
    record: int
    """Number in the book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMonth:
    """A user's month."""

    user: str
    load_wh: NDArray[np.int64]
    """Shape (periods,)."""
    taken_wh: NDArray[np.int64]
    """Claimed, shape (periods,)."""
    missing: int
    """Periods without a reading: nothing can be claimed in them."""
    scores: Scores
    by_contract: dict[str, int]
    """Watt-hours."""
    by_source: dict[str, int]
    overclaimed_wh: int
    """Claimed on a consumption that was corrected downwards since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What the matched watt-hours of a contract are worth, and who gets it; in ten-thousandths of a yuan."""

    contract: str
    matched_wh: int
    price_cny_per_mwh: float
    amount: int
    parts: dict[str, int]
    """Add up to the amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesMatch:
    """A month's matching, after this run."""

    project: CertificatesProject
    meters: MonthMeters
    users: tuple[UserMonth, ...]
    scores: Scores
    """Of all users together."""
    supply_wh: NDArray[np.int64]
    """Granular certificates of all sources, shape (periods,)."""
    stores_over_wh: dict[str, int]
    """By store: stored or given back on readings that were corrected downwards since."""
    incomes: tuple[Income, ...]
    claims: tuple[Claimed, ...]
    new_claims: int
    granular: tuple[Held, ...]
    gecs: tuple[Held, ...]
    head: tuple[int, str]
    notes: tuple[Text, ...]


def certificates_match(
    project: CertificatesProject, *, book: CertificateBook, month: str, folder: Path
) -> CertificatesMatch:
    """Match a month and post its claims; sent again it claims only what is newly there.

    Args:
        project: the certificates file.
        book: the ledger and the bundles beside it.
        month: of production and consumption.
        folder: of the file.
    """
    meters = month_meters(project, month, folder)
    before = len(_claims(project, book, month))
    _round_of(project, meters, book, sources=tuple(project.devices), takers=(*project.users, *project.stores))
    notes: tuple[Text, ...] = ()
    if project.stores:
        notes = bring_out(project, meters, book, folder)
        _round_of(project, meters, book, sources=tuple(project.stores), takers=tuple(project.users))
    return replace(_answer(project, meters, book, before=before), notes=(*meters.notes, *notes))


def claim_proofs(book: CertificateBook, claims: Sequence[Claimed]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The proof of each claim, and of what was put into a store for it, with the hash that names it."""
    for one in claims:
        yield one.bundle.hash, _proof(book, one.bundle, _claim_id(one.bundle))
    for name in dict.fromkeys(one.bundle.production.stored for one in claims if one.bundle.production.stored):
        stored = book.bundles.get(name)
        yield name, _proof(book, stored, f"store {stored.parent}")


def _proof(book: CertificateBook, bundle: Bundle, request: str) -> dict[str, Any]:
    """The proof of a bundle that an entry made."""
    record = book.looked_up.find([request])[request]
    line: list[Bundle] = []
    first, parent = digest(bundle.production.told()), bundle.parent
    while parent != first:
        above = book.bundles.get(parent)
        line.insert(0, above)
        parent = above.parent
    before = book.looked_up.mark_at(record.sequence - 1)
    return proof_of(bundle, line, record=record.body, mark_before=before, mark=record.mark)


def _claim_id(bundle: Bundle) -> str:
    """Id of the entry that made a claim."""
    return f"claim {bundle.hash}"


def _round_of(
    project: CertificatesProject,
    meters: MonthMeters,
    book: CertificateBook,
    *,
    sources: Sequence[str],
    takers: Sequence[str],
) -> None:
    """Match some sources with some takers, and post what comes of it in one step."""
    standing = book.of_month(meters.month, "active", "claimed", "stored")
    active = _active(project, meters, standing, sources)
    supply = {name: summed(active[name], meters.axis.count) for name in sources}
    had: dict[str, list[Bundle]] = {name: [] for name in takers}
    for bundle in standing:
        state = "claimed" if bundle.holder in meters.used else "stored"
        if bundle.state == state and bundle.holder in had:
            had[bundle.holder].append(bundle)
    wanted = {name: np.maximum(_wanted(meters, name) - summed(had[name], meters.axis.count), 0) for name in takers}
    entries: list[Entry] = []
    made: list[Bundle] = []
    for one in supplied(named_rounds(project, sources=sources, takers=takers), supply, wanted):
        for part in _by_cycle(one, meters, project):
            _used_up(part, active[one.source], project, meters.month, entries=entries, made=made)
    if entries:
        book.post(entries, made)


def _active(
    project: CertificatesProject, meters: MonthMeters, standing: Sequence[Bundle], sources: Sequence[str]
) -> dict[str, list[Bundle]]:
    """Active bundles of the month that their device's owner still holds."""
    found: dict[str, list[Bundle]] = {name: [] for name in sources}
    for bundle in standing:
        name = bundle.production.device
        if bundle.state == "active" and name in found and bundle.holder == device_of(project, name).owner:
            if bundle.production.axis != meters.axis:
                raise InputError.one(
                    f"certificates of {name}, {meters.month}",
                    found=f"periods of {bundle.production.axis.step_minutes} minutes from the month's issue",
                    expected=f"the file's {meters.axis.step_minutes} minutes",
                    remedy="keep step_minutes and zone as they were when the month was issued",
                )
            found[name].append(bundle)
    return found


def _wanted(meters: MonthMeters, name: str) -> NDArray[np.int64]:
    """What a user consumed or a store charged."""
    return (meters.used[name] if name in meters.used else meters.charged[name]).wh


def _by_cycle(one: Supplied, meters: MonthMeters, project: CertificatesProject) -> Iterator[Supplied]:
    """What a user takes as it is; what a store takes, cycle by cycle, as each comes out by itself."""
    if one.taker not in project.stores:
        yield one
        return
    of_period = cycles(meters.charged[one.taker].wh, meters.discharged[one.taker].wh)
    for number in np.unique(of_period[one.wh > 0]):
        yield replace(one, wh=np.where(of_period == number, one.wh, 0))


def _used_up(
    one: Supplied,
    bundles: list[Bundle],
    project: CertificatesProject,
    month: str,
    *,
    entries: list[Entry],
    made: list[Bundle],
) -> None:
    """Claim or store one pair's watt-hours out of a source's bundles, which are changed in their list."""
    need = one.wh
    for place, bundle in enumerate(list(bundles)):
        part = np.minimum(need, bundle.wh)
        if not part.any():
            continue
        if one.taker in project.stores:
            ppm = round(project.stores[one.taker].efficiency * PPM)
            store = device_of(project, one.taker)
            went, rest, more = charged(bundle, part, store=store, efficiency_ppm=ppm, request=f"store {bundle.hash}")
        else:
            went, rest, more = claim(bundle, part, beneficiary=one.taker, request="claim")
            told = {"contract": one.contract, "user": one.taker, "device": one.source, "month": month}
            more[-1] = replace(more[-1], id=_claim_id(went), why={**more[-1].why, **told})
        entries += more
        made += [went, rest]
        bundles[place] = rest
        need = need - part


def _claims(project: CertificatesProject, book: CertificateBook, month: str) -> list[Claimed]:
    """All claims of a month for the file's users."""
    bundles = [one for one in book.of_month(month, "claimed") if one.holder in project.users]
    records = book.looked_up.find([_claim_id(one) for one in bundles])
    found = []
    for bundle in bundles:
        record = records.get(_claim_id(bundle))
        if record is None:
            raise InputError.one(
                f"claim {bundle.hash[:12]}", found="a claim that another program posted under an id of its own",
                expected=f"the id {_claim_id(bundle)[:20]}…", remedy="post claims with `wattloom certificates match`",
            )  # fmt: skip
        why = entry_of(record.body)[0].why
        found.append(Claimed(bundle=bundle, user=bundle.holder, contract=why["contract"], record=record.sequence))
    return found


def _answer(
    project: CertificatesProject, meters: MonthMeters, book: CertificateBook, *, before: int
) -> CertificatesMatch:
    """Everything that a reader asks of the month."""
    claims = _claims(project, book, meters.month)
    standing = book.of_month(meters.month, "active", "claimed", "stored")
    made = {name: summed([one for one in standing if one.production.device == name], meters.axis.count)
            for name in project.devices}  # fmt: skip
    volume = _by_volume(project, made, meters)
    users = tuple(_user(name, meters, claims, volume_wh=volume.get(name, 0)) for name in project.users)
    supply = np.sum(list(made.values()), axis=0) if made else np.zeros(meters.axis.count, dtype=np.int64)
    load = np.concatenate([one.load_wh for one in users]) if users else np.zeros(1, dtype=np.int64)
    taken = np.concatenate([one.taken_wh for one in users]) if users else np.zeros(1, dtype=np.int64)
    sequence, mark = book.ledger.head
    return CertificatesMatch(
        project=project,
        meters=meters,
        users=users,
        scores=scores(supply, load, taken),
        supply_wh=supply,
        stores_over_wh=_stores_over(meters, standing),
        incomes=tuple(_income(one, claims) for one in project.contracts if one.income_shares),
        claims=tuple(claims),
        new_claims=len(claims) - before,
        granular=tuple(book.granular()),
        gecs=tuple(book.gecs()),
        head=(sequence, mark.hex()),
        notes=meters.notes,
    )


def _stores_over(meters: MonthMeters, standing: Sequence[Bundle]) -> dict[str, int]:
    """What stores took or gave by the book and not by their meters any more."""
    over = {}
    for name in meters.charged:
        took = summed([one for one in standing if (one.state, one.holder) == ("stored", name)], meters.axis.count)
        gave = summed([one for one in standing if one.production.device == name], meters.axis.count)
        excess = np.maximum(took - meters.charged[name].wh, 0) + np.maximum(gave - meters.discharged[name].wh, 0)
        if excess.any():
            over[name] = int(excess.sum())
    return over


def _by_volume(project: CertificatesProject, made: dict[str, NDArray[np.int64]], meters: MonthMeters) -> dict[str, int]:
    """What each user would have had if the month were one period: the figure that looks better than it is."""
    rounds = named_rounds(project, sources=tuple(project.devices), takers=tuple(project.users))
    supply = {name: np.array([wh.sum()]) for name, wh in made.items()}
    wanted = {name: np.array([one.wh.sum()]) for name, one in meters.used.items()}
    found: dict[str, int] = {}
    for one in supplied(rounds, supply, wanted):
        found[one.taker] = found.get(one.taker, 0) + int(one.wh.sum())
    return found


def _user(name: str, meters: MonthMeters, claims: Sequence[Claimed], *, volume_wh: int) -> UserMonth:
    """One user's month."""
    own = [one for one in claims if one.user == name]
    readings = meters.used[name]
    taken = summed([one.bundle for one in own], meters.axis.count)
    by_contract: dict[str, int] = {}
    by_source: dict[str, int] = {}
    for one in own:
        by_contract[one.contract] = by_contract.get(one.contract, 0) + one.bundle.total_wh
        device = one.bundle.production.device
        by_source[device] = by_source.get(device, 0) + one.bundle.total_wh
    load = readings.total_wh
    return UserMonth(
        user=name,
        load_wh=readings.wh,
        taken_wh=taken,
        missing=readings.missing,
        scores=Scores(
            period_share=int(np.minimum(taken, readings.wh).sum()) / load if load else 1.0,
            volume_share=volume_wh / load if load else 1.0,
        ),
        by_contract=by_contract,
        by_source=by_source,
        overclaimed_wh=int(np.maximum(taken - readings.wh, 0).sum()),
    )


def _income(contract: ContractEntry, claims: Sequence[Claimed]) -> Income:
    """A contract's income, rounded once, half up, and parted without a rest."""
    wh = sum(one.bundle.total_wh for one in claims if one.contract == contract.name)
    price = Decimal(repr(contract.price_cny_per_mwh)) * MONEY_STEPS_PER_CNY
    amount = int((price * wh / WH_PER_MWH).to_integral_value(rounding=ROUND_HALF_UP))
    shares = contract.income_shares
    return Income(
        contract=contract.name,
        matched_wh=wh,
        price_cny_per_mwh=contract.price_cny_per_mwh,
        amount=amount,
        parts=dict(zip(shares, parted(amount, list(shares.values())), strict=True)),
    )
