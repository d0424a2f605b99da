"""How much did each site draw in a settlement period, and what is owed for it so far? Whole numbers when it closes.

Energy is used power times time; money takes the price of the match at each tick, grid charges in it, VAT not. Both are
provisional: the month's settlement posts what holds in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from wattloom.app.live_state import packed, unpacked
from wattloom.ledger import Entry, Kind, Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERIOD_S = 900.0
"""Settlement period of the spot markets' meters: 15 minutes."""
WH_PER_MWH = 1_000_000
UNITS_PER_CNY = 10_000
"""Of the money book: a ten-thousandth of a yuan."""
GAP_S = 900.0
"""After a longer silence of the room itself nothing is counted in between: it is told as missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The open period; arrays of shape (site,)."""

    start_s: float
    """Its first instant."""
    until_s: float
    """Up to which it is counted."""
    draw_mwh: NDArray[np.float64]
    cost_cny: NDArray[np.float64]
    estimated_mwh: NDArray[np.float64]
    """Of the draw, what no good reading stands behind."""
    missing_s: float = 0.0

    @classmethod
    def begun(cls, at_s: float, sites: int) -> Account:
        """Nothing counted yet."""
        none = np.zeros(sites)
        return cls(start_s=period_of(at_s), until_s=at_s, draw_mwh=none, cost_cny=none, estimated_mwh=none)

    def counted(self, at_s: float, draw_mw: NDArray[np.float64], price: NDArray[np.float64],
                sure: NDArray[np.bool_]) -> Account:  # fmt: skip
        """With the time up to an instant of the same period; all shape (site,), price in CNY/MWh."""
        seconds = max(at_s - self.until_s, 0.0)
        if seconds > GAP_S:
            return replace(self, until_s=at_s, missing_s=self.missing_s + seconds)
        energy = draw_mw * (seconds / 3600.0)
        return replace(
            self,
            until_s=max(self.until_s, at_s),
            draw_mwh=self.draw_mwh + energy,
            cost_cny=self.cost_cny + energy * price,
            estimated_mwh=self.estimated_mwh + np.where(sure, 0.0, energy),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A closed period, as it is posted; a record of the journal. Arrays of shape (site,), whole numbers."""

    KIND: ClassVar[str] = "period"
    start_s: float
    end_s: float
    draw_wh: NDArray[np.int64]
    owed: NDArray[np.int64]
    """In ten-thousandths of a yuan."""
    estimated_wh: NDArray[np.int64]
    missing_s: float

    def packed(self) -> bytes:
        """As bytes."""
        plain = {"start_s": self.start_s, "end_s": self.end_s, "missing_s": self.missing_s}
        return packed(plain, {name: getattr(self, name) for name in ("draw_wh", "owed", "estimated_wh")})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        plain, arrays = unpacked(content)
        return cls(**plain, **dict[str, Any](arrays))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The ledger has a period; a record of the journal."""

    KIND: ClassVar[str] = "posted"
    start_s: float
    after_s: float
    """From the end of the period to the ledger's word."""

    def packed(self) -> bytes:
        """As bytes."""
        return packed({"start_s": self.start_s, "after_s": self.after_s}, {})

    @classmethod
    def unpacked(cls, content: bytes) -> Self:
        """From bytes."""
        return cls(**unpacked(content)[0])


def period_of(at_s: float) -> float:
    """The start of the period that an instant lies in."""
    return at_s - at_s % PERIOD_S


def closed(account: Account, at_s: float) -> Period:
    """The open period as it stands, in whole numbers, rounded half to even once."""
    return Period(
        start_s=account.start_s,
        end_s=min(at_s, account.start_s + PERIOD_S),
        draw_wh=np.rint(account.draw_mwh * WH_PER_MWH).astype(np.int64),
        owed=np.rint(account.cost_cny * UNITS_PER_CNY).astype(np.int64),
        estimated_wh=np.rint(account.estimated_mwh * WH_PER_MWH).astype(np.int64),
        missing_s=account.missing_s,
    )


def openings(sites: Sequence[str], regions: Sequence[str]) -> list[Entry]:
    """Entries that open the accounts of a room; sent again they change nothing."""
    energy = [*(f"live draw of {site}" for site in sites), *(f"live supply of {region}" for region in regions)]
    money = [*(f"live owed by {site}" for site in sites), *(f"live billed in {region}" for region in regions)]
    books = [*((name, "energy", "Wh") for name in energy), *((name, "money", "CNY/10000") for name in money)]
    return [Entry(id=f"open {name}", kind=Kind.OPEN, account=name, book=book, unit=unit) for name, book, unit in books]


def postings(period: Period, *, series: str, sites: Sequence[str], regions: Sequence[str],
             region_of: NDArray[np.int64]) -> Iterator[Entry]:  # fmt: skip
    """A period as provisional entries, two a region: energy in Wh, money in ten-thousandths of a yuan."""
    start = datetime.fromtimestamp(period.start_s, tz=UTC).isoformat()
    for r, region in enumerate(regions):
        here = np.flatnonzero(region_of == r)
        why = {
            "from": start,
            "to": datetime.fromtimestamp(period.end_s, tz=UTC).isoformat(),
            "price": "of the match at each tick, grid charges in it, without VAT",
            "estimated_wh": str(int(period.estimated_wh[here].sum())),
            "missing_s": f"{period.missing_s:g}",
        }
        yield from _entry(f"{series} energy {region} {start}", "live draw of", f"live supply of {region}",
                          _amounts(sites, here, period.draw_wh), why)  # fmt: skip
        yield from _entry(f"{series} money {region} {start}", "live owed by", f"live billed in {region}",
                          _amounts(sites, here, period.owed), why)  # fmt: skip


def _amounts(sites: Sequence[str], here: NDArray[np.int64], values: NDArray[np.int64]) -> dict[str, int]:
    """What is not nothing, by site."""
    return {sites[n]: int(values[n]) for n in here.tolist() if values[n]}


def _entry(name: str, prefix: str, against: str, amounts: Mapping[str, int], why: Mapping[str, str]) -> Iterator[Entry]:
    """An entry with a line for each site and one against them all; none where nothing moved."""
    total = sum(amounts.values())
    lines = [
        Line(f"{prefix} {site}", "debit" if amount > 0 else "credit", abs(amount)) for site, amount in amounts.items()
    ]
    if total:
        lines.append(Line(against, "credit" if total > 0 else "debit", abs(total)))
    if len(lines) > 1:
        yield Entry(id=name, kind=Kind.PROVISIONAL, lines=tuple(lines), why=why)
