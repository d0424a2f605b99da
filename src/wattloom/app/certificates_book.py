"""Which bundles stand in the book now, and who holds them? The book has their hashes, files beside it their ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.ledger import Ledger, Outcome
from wattloom.ledger.certificates.energy import account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.ledger import Entry
    from wattloom.ledger.certificates import Bundle
    from wattloom.ledger.keeping import Record, Store

GRANULAR, GEC = "granular/", "gec/"


class Bundles(Protocol):
    """Where bundles lie, by their hash."""

    def put(self, bundle: Bundle) -> None:
        """Keep one."""

    def get(self, name: str) -> Bundle:
        """Bring one, checked against its name."""


class BookStore(Protocol):
    """A book that is written and looked up."""

    def find(self, ids: Sequence[str]) -> Mapping[str, Record]:
        """Records by their ids."""

    def endings(self, ids: Sequence[str]) -> Mapping[str, Record]:
        """Records that reversed others, by the ids of those."""

    def mark_at(self, sequence: int) -> bytes:
        """Mark of a record by its number."""


@dataclass(frozen=True, slots=True)
class Held:
    """So much of one state."""

    holder: str
    state: str
    device: str
    month: str
    amount: int
    """Watt-hours of bundles, pieces of certificates."""


@dataclass(frozen=True, slots=True)
class CertificateBook:
    """A ledger, its store, and the bundles beside it."""

    ledger: Ledger
    store: Store
    looked_up: BookStore
    bundles: Bundles

    def net(self, name: str) -> int:
        """Balance of an account; 0 where it is not open."""
        return self.ledger.balance(name).net if name in self.ledger.books.balances else 0

    def living(self, *states: str) -> Iterator[Bundle]:
        """Bundles that stand in some states, in the order in which they came."""
        wanted = tuple(f"{GRANULAR}{state}/" for state in states)
        for name, balance in self.ledger.books.balances.items():
            if name.startswith(wanted) and balance.net > 0:
                yield self.bundles.get(name.rpartition("/")[2])

    def of_month(self, month: str, *states: str) -> list[Bundle]:
        """Bundles of a month's production in some states."""
        return [bundle for bundle in self.living(*states) if bundle.production.month == month]

    def granular(self) -> list[Held]:
        """Watt-hours of granular certificates by holder, state, device and month."""
        sums: dict[tuple[str, str, str, str], int] = {}
        states = sorted({name.split("/")[1] for name in self.ledger.books.accounts if name.startswith(GRANULAR)})
        for bundle in self.living(*states):
            key = (bundle.holder, bundle.state, bundle.production.device, bundle.production.month)
            sums[key] = sums.get(key, 0) + bundle.total_wh
        return [Held(*key, amount) for key, amount in sorted(sums.items())]

    def gecs(self) -> list[Held]:
        """Certificates by holder, state, device and month."""
        found = []
        for name, balance in sorted(self.ledger.books.balances.items()):
            parts = name.split("/")
            if not name.startswith(GEC) or parts[-1] == "issued" or not balance.net:
                continue
            device, _, month = parts[1].removesuffix(" self-use").rpartition(" ")
            holder = parts[2] if len(parts) > len(("gec", "batch", "state")) else ""
            found.append(Held(holder, parts[-1], device, month, balance.net))
        return found

    def post(self, entries: Sequence[Entry], bundles: Sequence[Bundle]) -> int:
        """Make entries, all or none, after their bundles' files are safe; how many were new.

        Raises:
            InputError: why the book refuses them; nothing was made.
        """
        for bundle in bundles:
            if bundle.total_wh:
                self.bundles.put(bundle)
        receipts = self.ledger.post(entries, together=True)
        problems = [problem for receipt in receipts for problem in receipt.problems]
        if problems:
            raise InputError([one for one in problems if "beside it" not in one.found] or problems)
        return sum(receipt.outcome is Outcome.ACCEPTED for receipt in receipts)


def carried_over(device: str) -> str:
    """Account of what is left of a megawatt-hour."""
    return account("energy", device, "carried over")


def summed(bundles: Sequence[Bundle], count: int) -> NDArray[np.int64]:
    """Watt-hours of some bundles of one axis, interval by interval; shape (count,)."""
    return np.sum([bundle.wh for bundle in bundles], axis=0) if bundles else np.zeros(count, dtype=np.int64)
