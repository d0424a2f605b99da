"""What do many points owe that are billed alike? The same figures as one by one, to the fen, at the speed of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.charges import Basis, PriceBasis
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.money import FEN_PER_CNY, fen, rounded
from wattloom.market.counting import demand_w, energy_and_value_by_cell, energy_by_cell, value_by_cell
from wattloom.market.month import Count, Entry, MonthRules
from wattloom.market.power_factor import power_factor_hundredths, share_at
from wattloom.market.tariffs import MARKET

if TYPE_CHECKING:
    from numpy.typing import NDArray

POWER_FACTOR_ITEM = "power_factor_adjustment"
Numbers = Sequence[int | Fraction]
"""Whole numbers, but for the floor of a demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What the meters of some points counted, on one axis."""

    points: tuple[str, ...]
    capacity_va: NDArray[np.int64]
    """Capacity of each point's connection, shape (points,)."""
    drawn_wh: NDArray[np.int64]
    """From the public grid, shape (points, periods), any whole type; none below zero."""
    fed_wh: NDArray[np.int64] | None = None
    """Given to the public grid; None where nothing is."""
    self_used_wh: NDArray[np.int64] | None = None
    """Own generation used on site; None where there is none."""
    consumed_wh: NDArray[np.int64] | None = None
    """All consumption; None where it is what is drawn and self-used."""
    drawn_varh: NDArray[np.int64] | None = None
    """Reactive energy of the whole stretch, shape (points,); None where it is not metered."""

    def __post_init__(self) -> None:
        """Refuse shapes that do not match, fractions, and energy below zero."""
        problems = [
            Problem(
                where=f"readings.{name}",
                found=told,
                expected=f"whole numbers from zero up, shape {shape}",
                remedy="bring the meter's values onto the axis, each direction by itself",
            )
            for name, shape in self._shapes().items()
            if (told := _fault(getattr(self, name), shape))
        ]
        if problems:
            raise InputError(problems)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """What each array must look like."""
        periods, points = self.drawn_wh.shape[-1:], (len(self.points),)
        energies = ("drawn_wh", "fed_wh", "self_used_wh", "consumed_wh")
        return {**dict.fromkeys(energies, points + periods), "capacity_va": points, "drawn_varh": points}

    def of(self, basis: Basis) -> NDArray[np.int64] | None:
        """The energy that a charge counts; None where there is none."""
        if basis is Basis.ALL_CONSUMPTION:
            if self.consumed_wh is not None:
                return self.consumed_wh
            return self.drawn_wh if self.self_used_wh is None else self.drawn_wh + self.self_used_wh
        found: dict[Basis, NDArray[np.int64] | None] = {
            Basis.IMPORTED_ENERGY: self.drawn_wh,
            Basis.EXPORTED_ENERGY: self.fed_wh,
            Basis.SELF_USED_ENERGY: self.self_used_wh,
        }
        return found[basis]


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """What each point owes."""

    points: tuple[str, ...]
    items: tuple[str, ...]
    """Official item names, in the order of the bill."""
    amount_fen: NDArray[np.int64]
    """Shape (points, items); below zero is income or taken off."""
    vat_fen: NDArray[np.int64]
    """Tax within or on top of the items, as `price_basis` says; shape (points,)."""
    total_fen: NDArray[np.int64]
    """To be paid, tax included; shape (points,)."""
    price_basis: PriceBasis
    counted: Mapping[Count, Numbers] = field(default_factory=dict, repr=False)
    """What the meters counted, by point."""
    power_factor_hundredths: Sequence[int] = ()


def bills(readings: Readings, rules: MonthRules) -> Billed:
    """What each point owes for the stretch of the rules."""
    if readings.drawn_wh.shape[1] != rules.axis.count:
        raise InputError.one(
            "readings",
            found=f"{readings.drawn_wh.shape[1]} periods",
            expected=f"{rules.axis.count}, as the rules' axis has",
            remedy="bring the readings onto the axis that is billed",
        )
    counted = _counted(readings, rules)
    points = len(readings.points)
    amounts = {item: _rounded(entries, counted, rules, points) for item, entries in rules.entries.items()}
    factors: Sequence[int] = ()
    if rules.power_factor is not None and readings.drawn_varh is not None:
        active = readings.drawn_wh.sum(axis=1, dtype=np.int64).tolist()
        factors = [power_factor_hundredths(p, q) for p, q in zip(active, readings.drawn_varh.tolist(), strict=True)]
        amounts[POWER_FACTOR_ITEM] = _adjustments(rules, counted, factors)
    table = np.array(list(amounts.values()), dtype=np.int64).T.reshape(points, len(amounts))
    vat, total = taxed(table.sum(axis=1).tolist(), rules)
    return Billed(
        points=readings.points,
        items=tuple(amounts),
        amount_fen=table,
        vat_fen=np.array(vat, dtype=np.int64),
        total_fen=np.array(total, dtype=np.int64),
        price_basis=rules.price_basis,
        counted=counted,
        power_factor_hundredths=factors,
    )


def exact_cny(entries: Sequence[Entry], counted: Mapping[Count, Numbers], point: int) -> Fraction:
    """An item of one point before it is rounded."""
    return sum((counted[entry.count][point] * entry.cny_each for entry in entries), start=Fraction(0))


def _fault(values: NDArray[np.int64] | None, shape: tuple[int, ...]) -> str:
    """What is wrong with an array of a meter; empty where nothing is."""
    if values is None:
        return ""
    if values.shape != shape or values.dtype.kind not in "iu":
        return f"{values.dtype} of shape {values.shape}"
    return f"{values.min()}" if values.size and values.min() < 0 else ""


def _counted(readings: Readings, rules: MonthRules) -> dict[Count, Numbers]:
    """Everything that the rules ask of the meters, by point."""
    asked, points = rules.counts(), len(readings.points)
    found: dict[Count, Numbers] = {}
    peak_wh = None
    for basis in sorted({count.basis for count in asked}):
        wanted = [count for count in asked if count.basis is basis]
        if basis is Basis.CONNECTION_CAPACITY:
            found |= dict.fromkeys(wanted, readings.capacity_va.tolist())
        elif basis is Basis.FIXED:
            found |= dict.fromkeys(wanted, [1] * points)
        elif basis is not Basis.MONTHLY_PEAK:
            energy = readings.of(basis)
            counts, peak = ({}, None) if energy is None else _energies(energy, rules, wanted)
            peak_wh = peak if basis is Basis.IMPORTED_ENERGY else peak_wh
            found |= _nothing(wanted, points) if energy is None else counts
    for count in (one for one in asked if one.basis is Basis.MONTHLY_PEAK):
        peak_wh = readings.drawn_wh.max(axis=1) if peak_wh is None else peak_wh
        demand = demand_w(peak_wh.astype(np.int64), rules.axis.step_minutes).tolist()
        floor = rules.tariffs[count.place].demand_floor_of_capacity
        found[count] = [_whole(max(w, floor * va)) for w, va in zip(demand, readings.capacity_va.tolist(), strict=True)]
    return found


def _whole(demand_w: int | Fraction) -> int | Fraction:
    """A demand, as a plain number where it is whole watts; the floor of a capacity need not be."""
    return demand_w.numerator if demand_w.denominator == 1 else demand_w


def _nothing(wanted: Sequence[Count], points: int) -> dict[Count, Numbers]:
    """Counts of a direction in which nothing passes."""
    both = (*wanted, *(replace(count, series="") for count in wanted))
    return dict.fromkeys(both, [0] * points)


def _energies(
    energy: NDArray[np.int64], rules: MonthRules, wanted: Sequence[Count]
) -> tuple[dict[Count, Numbers], NDArray[np.int64] | None]:
    """Energy by cell of one direction, its value at each price asked for, and its largest period where that is free."""
    cell, cells = rules.cell_of_period, len(rules.cells)
    series = {count.series for count in wanted} - {""}
    sums: dict[str, NDArray[np.int64]] = {}
    peak = None
    if MARKET in series:
        sums[""], sums[MARKET], peak = energy_and_value_by_cell(energy, rules.steps_of(MARKET), cell, cells)
    else:
        sums[""] = energy_by_cell(energy, cell, cells)
    for name in series - {MARKET}:
        sums[name] = value_by_cell(energy, rules.steps_of(name), cell, cells)
    basis = wanted[0].basis
    found = {
        Count(basis=basis, place=place, series=name): of_cells[:, place].tolist()
        for name, of_cells in sums.items()
        for place in range(cells)
    }
    return found, peak


def _rounded(entries: Sequence[Entry], counted: Mapping[Count, Numbers], rules: MonthRules, points: int) -> list[int]:
    """An item of every point in fen, rounded once."""
    under = lcm(*(entry.cny_each.denominator for entry in entries))
    weights = [int(entry.cny_each * under) * FEN_PER_CNY for entry in entries]
    columns = [counted[entry.count] for entry in entries]
    totals: list[int | Fraction] = [0] * points
    for weight, column in zip(weights, columns, strict=True):
        totals = [total + weight * value for total, value in zip(totals, column, strict=True)]
    return [_round_one(total, under, rules) for total in totals]


def _round_one(total: int | Fraction, under: int, rules: MonthRules) -> int:
    """A sum over its denominator, in whole fen."""
    return rounded(total.numerator, total.denominator * under, rules.rounding)


def _adjustments(rules: MonthRules, counted: Mapping[Count, Numbers], factors: Sequence[int]) -> list[int]:
    """The power-factor adjustment of every point in fen."""
    table = rules.power_factor
    if table is None:
        return []
    based = [entry for item, entries in rules.entries.items() if item in table.base_items for entry in entries]
    return [
        fen(share_at(table, factor) * exact_cny(based, counted, point), rules.rounding)
        for point, factor in enumerate(factors)
    ]


def taxed(sums_fen: Sequence[int], rules: MonthRules) -> tuple[list[int], list[int]]:
    """Tax and total of every point: tax lies within items that hold it, and comes on top of those that do not."""
    rate = rules.vat_rate
    if rules.price_basis is PriceBasis.WITHOUT_VAT:
        vat = [rounded(fen_ * rate.numerator, rate.denominator, rules.rounding) for fen_ in sums_fen]
        return vat, [fen_ + tax for fen_, tax in zip(sums_fen, vat, strict=True)]
    gross = 1 + rate
    net = [rounded(fen_ * gross.denominator, gross.numerator, rules.rounding) for fen_ in sums_fen]
    return [fen_ - without for fen_, without in zip(sums_fen, net, strict=True)], list(sums_fen)
