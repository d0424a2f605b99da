"""What decides a month's bill, apart from the meter? Tariffs by day, prices and bands by period, ways of rounding.

Periods that are charged alike form a cell: one tariff, one band. All that a bill needs of a meter is counted by cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.domain.charges import Basis, PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.money import AMOUNT_GRID_PER_CNY, Rounding
from wattloom.market.tariffs import OF_THE_MONTH, UNITS, Price, Rate, Tariff, Terms, last_day_of, tariffs_of
from wattloom.rules.days import multipliers_by_day
from wattloom.rules.packs import territory as territory_of
from wattloom.rules.power_factor import PowerFactorTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis

CHINA = ZoneInfo("Asia/Shanghai")
BAND_STEPS = 10**6
"""Multipliers of bands are whole millionths."""
STEPS_MINUTES = (15, 30, 60)
"""Meters of the market keep 15-minute or hourly values; the demand of a longer period than 15 minutes is its mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Periods that are charged alike."""

    tariff: int
    """Place of the tariff in the month."""
    band: Fraction
    """Multiplier of what floats; 1 where no band binds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Something that is counted at a meter: what, in which cell, at which price series."""

    basis: Basis
    place: int
    """Cell, or for what is charged once a month its tariff."""
    series: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One summand of an item: a count, and what each of it comes to."""

    rate: Rate
    count: Count
    cny_each: Fraction
    """Exact amount for each Wh, VA or W; for each step of the amount grid where a price series is counted."""
    band: Fraction
    share_of_month: Fraction
    first_day: date
    last_day: date
    tariff: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRules:
    """Everything that a bill follows from, but the meter."""

    axis: TimeAxis
    """The stretch that is billed, whole days on the clocks of `zone`, as a rule a month."""
    tariffs: tuple[Tariff, ...]
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By the name of their series: market, export."""
    band: NDArray[np.int64] | None = None
    """Multiplier of each period in millionths; None where no band binds."""
    power_factor: PowerFactorTable | None = None
    rounding: Rounding = Rounding.HALF_UP
    zone: ZoneInfo = CHINA
    cells: tuple[Cell, ...] = field(init=False)
    cell_of_period: NDArray[np.int64] = field(init=False)
    entries: Mapping[str, tuple[Entry, ...]] = field(init=False)
    """Summands of each item, items in the order of the bill."""

    def __post_init__(self) -> None:
        """Find the cells, and work out what each count comes to."""
        self._check()
        cells, of_period = _cells(self)
        object.__setattr__(self, "cells", cells)
        object.__setattr__(self, "cell_of_period", of_period)
        found: dict[str, list[Entry]] = {}
        for entry in self._entries():
            found.setdefault(entry.rate.item, []).append(entry)
        object.__setattr__(self, "entries", {item: tuple(entries) for item, entries in found.items()})

    @property
    def days(self) -> int:
        """Days that are billed."""
        return int(self.axis.days(self.zone)[-1]) + 1

    @property
    def first_day(self) -> date:
        """The first of them."""
        return self.axis.start.astimezone(self.zone).date()

    @property
    def price_basis(self) -> PriceBasis:
        """Whether the items hold tax."""
        return self.tariffs[-1].price_basis

    @property
    def vat_rate(self) -> Fraction:
        """The one rate of tax."""
        return self.tariffs[-1].vat_rate

    def counts(self) -> frozenset[Count]:
        """All that must be counted at a meter."""
        return frozenset(entry.count for entries in self.entries.values() for entry in entries)

    def steps_of(self, series: str) -> NDArray[np.int64]:
        """A price series on the axis; shape (periods,)."""
        steps = np.asarray(self.prices[series].steps, dtype=np.int64)
        return np.ascontiguousarray(np.broadcast_to(steps, (self.axis.count,)))

    def days_of(self, tariff: int) -> tuple[date, date]:
        """First and last day of a tariff within the stretch."""
        last = last_day_of(self.first_day, self.days)
        if tariff + 1 < len(self.tariffs):
            last = self.tariffs[tariff + 1].first_day - timedelta(days=1)
        return self.tariffs[tariff].first_day, last

    def _entries(self) -> Iterator[Entry]:
        """Every rate in every cell, or once for what is charged by the month."""
        for place, tariff in enumerate(self.tariffs):
            first, last = self.days_of(place)
            share = Fraction((last - first).days + 1, self.days)
            for rate in tariff.rates:
                monthly = rate.basis in OF_THE_MONTH
                places = [place] if monthly else [n for n, cell in enumerate(self.cells) if cell.tariff == place]
                for where in places:
                    band = Fraction(1) if monthly or not rate.floats else self.cells[where].band
                    part = share if monthly else Fraction(1)
                    each = rate.price_cny * band * part * self._tax(rate, tariff) / self._per_price(rate)
                    yield Entry(
                        rate=rate,
                        count=Count(basis=rate.basis, place=where, series=rate.of_series),
                        cny_each=each,
                        band=band,
                        share_of_month=part,
                        first_day=first,
                        last_day=last,
                        tariff=place,
                    )

    def _tax(self, rate: Rate, tariff: Tariff) -> Fraction:
        """What brings a price to the basis of the bill: official ones hold tax, a series says for itself."""
        given = self.prices[rate.of_series].basis if rate.of_series else PriceBasis.WITH_VAT
        if given is tariff.price_basis:
            return Fraction(1)
        return 1 + tariff.vat_rate if given is PriceBasis.WITHOUT_VAT else 1 / (1 + tariff.vat_rate)

    @staticmethod
    def _per_price(rate: Rate) -> int:
        """Units that are counted, in one unit of the price."""
        return AMOUNT_GRID_PER_CNY if rate.of_series else UNITS[rate.basis][1]

    def _check(self) -> None:
        """Whole days of known steps, prices for every series, one rate of tax."""
        ends = [instant.astimezone(self.zone) for instant in (self.axis.start, self.axis.end)]
        if self.axis.step_minutes not in STEPS_MINUTES or any(end.hour or end.minute for end in ends):
            raise InputError.one(
                "bill_of",
                found=f"{self.axis.count} periods of {self.axis.step_minutes} min from {ends[0].isoformat()}",
                expected="whole days in periods of 15, 30 or 60 minutes",
                remedy="give the meter's values from midnight of the first day",
            )
        asked = {rate.of_series for tariff in self.tariffs for rate in tariff.rates if rate.of_series}
        absent = sorted(asked - set(self.prices))
        lengths = [np.size(price.steps) for price in self.prices.values()]
        if absent or any(length not in {1, self.axis.count} for length in lengths):
            raise InputError.one(
                "prices",
                found=f"no {' and '.join(absent)}" if absent else f"series of {lengths} prices",
                expected=f"a price for each of {self.axis.count} periods, or one for all",
                remedy="give the price in CNY/kWh on the grid of a millionth",
            )
        if len({(tariff.vat_rate, tariff.price_basis) for tariff in self.tariffs}) > 1:
            raise InputError.one(
                "bill", found="two rates of value-added tax", expected="one", remedy="bill the two stretches apart"
            )


def month_rules(terms: Terms, axis: TimeAxis, prices: Mapping[str, Price], *, zone: ZoneInfo = CHINA) -> MonthRules:
    """The rules of a stretch under the terms of a point, as in force on each of its days."""
    days = int(axis.days(zone)[-1]) + 1
    first_day = axis.start.astimezone(zone).date()
    found = tariffs_of(terms, first_day, last_day_of(first_day, days))
    return MonthRules(
        axis=axis,
        tariffs=found,
        prices=prices,
        band=_band(terms, axis, zone) if any(r.floats for tariff in found for r in tariff.rates) else None,
        power_factor=terms.power_factor,
        rounding=terms.rounding,
        zone=zone,
    )


def _band(terms: Terms, axis: TimeAxis, zone: ZoneInfo) -> NDArray[np.int64]:
    """The administrative bands of the territory on the axis, holidays and heat included."""
    factors = multipliers_by_day(territory_of(terms.territory), axis, zone, terms.day_inputs)
    return np.rint(factors * BAND_STEPS).astype(np.int64)


def _cells(rules: MonthRules) -> tuple[tuple[Cell, ...], NDArray[np.int64]]:
    """The cells, and the cell of each period."""
    day = rules.axis.days(rules.zone)
    starts = np.array([(tariff.first_day - rules.first_day).days for tariff in rules.tariffs])
    tariff = np.searchsorted(starts, day, side="right") - 1
    band = np.full(rules.axis.count, BAND_STEPS) if rules.band is None else rules.band
    known, of_period = np.unique(np.stack([tariff, band]), axis=1, return_inverse=True)
    cells = tuple(Cell(tariff=int(t), band=Fraction(int(b), BAND_STEPS)) for t, b in known.T)
    return cells, np.ascontiguousarray(of_period.reshape(-1), dtype=np.int64)
