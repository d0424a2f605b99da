"""Who is supplied by whom, before whom? The rounds of a certificates file, and each pair's watt-hours by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.ledger.matching import Round, match, pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.ledger.certificates.project import CertificatesProject


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """What one source gave to one taker in one round."""

    contract: str
    source: str
    taker: str
    wh: NDArray[np.int64]
    """Shape (periods,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A round by the names of the file."""

    contract: str
    sources: tuple[str, ...]
    takers: tuple[str, ...]


def zone_round(zone: str) -> str:
    """How a round inside a zone is called."""
    return f"zone {zone}"


def named_rounds(project: CertificatesProject, *, sources: Sequence[str], takers: Sequence[str]) -> list[Named]:
    """The rounds among some sources and takers: contracts in their order, then zones where the file says so."""
    found = [
        Named(
            contract=contract.name,
            sources=tuple(name for name in contract.devices if name in sources),
            takers=tuple(name for name in contract.users if name in takers),
        )
        for contract in project.contracts
    ]
    if project.zones_after:
        zones = {**{name: one.zone for name, one in project.devices.items()},
                 **{name: one.zone for name, one in project.stores.items()}}  # fmt: skip
        for zone in dict.fromkeys(user.zone for user in project.users.values()):
            inside = tuple(name for name, user in project.users.items() if user.zone == zone and name in takers)
            here = tuple(name for name in sources if zones[name] == zone)
            found.append(Named(contract=zone_round(zone), sources=here, takers=inside))
    return [one for one in found if one.sources and one.takers]


def supplied(
    rounds: Sequence[Named], supply: Mapping[str, NDArray[np.int64]], wanted: Mapping[str, NDArray[np.int64]]
) -> list[Supplied]:
    """Every pair's watt-hours, round by round; nothing is given or taken twice.

    Args:
        rounds: by priority.
        supply: whole watt-hours by source, shape (periods,) each.
        wanted: whole watt-hours by taker.
    """
    if not rounds:
        return []
    row_of = {name: row for row, name in enumerate(supply)}
    place_of = {name: row for row, name in enumerate(wanted)}
    left, still = np.array(list(supply.values())), np.array(list(wanted.values()))
    found = []
    for one in rounds:
        asked = Round(
            name=one.contract,
            sources=np.array([row_of[name] for name in one.sources], dtype=np.int64),
            users=np.array([place_of[name] for name in one.takers], dtype=np.int64),
        )
        matched = match(left, still, [asked])
        left, still = left - matched.given, still - matched.taken
        given, taken = matched.given[asked.sources], matched.taken[asked.users]
        for (source, taker), wh in _paired(given, taken).items():
            found.append(Supplied(contract=one.contract, source=one.sources[source], taker=one.takers[taker], wh=wh))
    return found


def _paired(given: NDArray[np.int64], taken: NDArray[np.int64]) -> dict[tuple[int, int], NDArray[np.int64]]:
    """Which row gave to which, period by period, of one round."""
    found: dict[tuple[int, int], NDArray[np.int64]] = {}
    for period in np.flatnonzero(given.sum(axis=0)):
        for source, taker, wh in pairs(given[:, period], taken[:, period]).tolist():
            row = found.get((source, taker))
            if row is None:
                row = found[source, taker] = np.zeros(given.shape[1], dtype=np.int64)
            row[period] += wh
    return dict(sorted(found.items()))
