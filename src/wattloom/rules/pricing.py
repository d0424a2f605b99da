"""What does the public grid charge? Every admissible way of being billed, item by item.

Official prices hold value-added tax and are brought onto the basis that is asked for. Power-factor adjustment is not
charged here: it turns on the meter's reactive energy, which a plan does not have. New cross-subsidies on self-use are
waived for now (Doc 1192), so there is no item for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wattloom.domain.charges import Basis, Charge, Charges, PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.time import MONTHS_PER_YEAR
from wattloom.rules.contract import Case, Fact
from wattloom.rules.dating import number
from wattloom.rules.national import is_direct
from wattloom.rules.reading import document_clause

HOURS_PER_MONTH_1192 = 730.0
"""Hours of a month in the formula of Doc 1192."""

KILO = 1000.0
"""kWh in a MWh, kVA in an MVA."""


def charges(energy_price_cny_per_mwh: Any, *, case: Case, facts: Mapping[str, Fact]) -> tuple[Charges, ...]:
    """Every admissible way of being billed for a market energy price on the case's price basis; none off-grid.

    A direct connection pays by Doc 1192, and may keep two parts where the grid stands by for its whole load. A plain
    customer pays two parts on capacity or on demand, or a single part where that is open to it.
    """
    if case.connection == "off_grid":
        return ()
    tariff = _Tariff(case, facts)
    always = tuple(tariff.in_every_mode(energy_price_cny_per_mwh))
    modes = tuple(
        Charges(
            mode=mode,
            items=(always[0], *items, *always[1:]),
            price_basis=case.price_basis,
            monthly_peak_floor_of_capacity=tariff.floor() if any(i.basis is Basis.MONTHLY_PEAK for i in items) else 0.0,
        )
        for mode, items in tariff.modes()
    )
    if not modes:
        raise InputError.one(
            "connection.voltage_kv",
            found=f"{case.voltage_kv:g} kV, whose tier has no two-part price",
            expected="a tier with a two-part price",
            remedy="connect at a higher voltage",
        )
    return modes


def on_basis(value: float, *, given: PriceBasis | None, wanted: PriceBasis, vat_rate: float) -> float:
    """A price with tax put in or taken out.

    Example:
        >>> on_basis(0.5, given=PriceBasis.WITH_VAT, wanted=PriceBasis.WITHOUT_VAT, vat_rate=0.25)
        0.4
    """
    if given is None or given is wanted:
        return value
    return value / (1 + vat_rate) if wanted is PriceBasis.WITHOUT_VAT else value * (1 + vat_rate)


class _Tariff:
    """The prices of one case, on its basis."""

    def __init__(self, case: Case, facts: Mapping[str, Fact]) -> None:
        """Keep the case and its facts."""
        self.case = case
        self.facts = facts

    def price(self, name: str) -> float | None:
        """A price of the case on its basis; None where the tier has none."""
        value = number(self.facts, name)
        if value is None:
            return None
        vat_rate = number(self.facts, "vat_rate") or 0.0
        given = self.facts[name].price_basis
        return on_basis(value, given=given, wanted=self.case.price_basis, vat_rate=vat_rate)

    def in_every_mode(self, energy_price: Any) -> Iterator[Charge]:
        """What every mode pays: energy first, then losses, system operation and funds."""
        yield Charge(item="market_energy", basis=Basis.IMPORTED_ENERGY, price=energy_price)
        yield Charge(
            item="line_loss",
            basis=Basis.IMPORTED_ENERGY,
            price=energy_price * (number(self.facts, "loss_rate") or 0.0),
            clause=self.facts["loss_rate"].clause,
        )
        yield self.charge("system_operation_fee", Basis.IMPORTED_ENERGY, "system_operation_fee_cny_per_mwh")
        # Funds are owed on all consumption, self-use included: Doc 1192.
        yield self.charge("government_funds", Basis.ALL_CONSUMPTION, "government_funds_cny_per_mwh")

    def modes(self) -> Iterator[tuple[str, tuple[Charge, ...]]]:
        """The transmission and distribution items of each admissible mode."""
        two_part = self.price("td_energy_cny_per_kwh") is not None
        if is_direct(self.case):
            if two_part:
                yield "capacity_1192", (self.capacity_1192(with_capacity_price=True),)
                yield "demand_1192", (self.demand(), self.capacity_1192(with_capacity_price=False))
            if two_part and self.case.full_backup:
                # Doc 1192: who needs capacity standby may keep two parts, with energy paid on self-use too.
                energy = (self.energy(Basis.IMPORTED_ENERGY), self.energy(Basis.SELF_USED_ENERGY))
                yield "two_part_capacity", (*energy, self.capacity())
                yield "two_part_demand", (*energy, self.demand())
            return
        if two_part:
            yield "two_part_capacity", (self.energy(Basis.IMPORTED_ENERGY), self.capacity())
            yield "two_part_demand", (self.energy(Basis.IMPORTED_ENERGY), self.demand())
        open_to_single = self.facts["single_part_admissible"].value is True or not two_part
        if open_to_single and self.price("td_single_part_cny_per_kwh") is not None:
            yield "single_part", (self.charge("td_energy", Basis.IMPORTED_ENERGY, "td_single_part_cny_per_kwh", KILO),)

    def charge(self, item: str, basis: Basis, name: str, factor: float = 1.0) -> Charge:
        """A charge of one fact, times a factor that brings its unit to the basis'."""
        return Charge(item=item, basis=basis, price=(self.price(name) or 0.0) * factor, clause=self.facts[name].clause)

    def energy(self, basis: Basis) -> Charge:
        """The energy part, in CNY/MWh."""
        return self.charge("td_energy", basis, "td_energy_cny_per_kwh", KILO)

    def capacity(self) -> Charge:
        """The capacity part, in CNY/MVA and year."""
        return self.charge(
            "td_capacity", Basis.CONNECTION_CAPACITY, "td_capacity_cny_per_kva_month", KILO * MONTHS_PER_YEAR
        )

    def demand(self) -> Charge:
        """The demand part, in CNY/MW of each month's peak."""
        return self.charge("td_demand", Basis.MONTHLY_PEAK, "td_demand_cny_per_kw_month", KILO)

    def capacity_1192(self, *, with_capacity_price: bool) -> Charge:
        """Doc 1192 in CNY/MVA and year: 12 · 1000 · (P_cap + P_energy · average load rate · 730 h).

        On demand basis P_cap falls away and the demand part is charged beside it.
        """
        energy = self.price("td_energy_cny_per_kwh") or 0.0
        monthly = energy * (number(self.facts, "average_load_rate") or 0.0) * HOURS_PER_MONTH_1192
        if with_capacity_price:
            monthly += self.price("td_capacity_cny_per_kva_month") or 0.0
        return Charge(
            item="td_capacity_1192",
            basis=Basis.CONNECTION_CAPACITY,
            price=monthly * KILO * MONTHS_PER_YEAR,
            clause=document_clause("doc1192"),
        )

    def floor(self) -> float:
        """Least demand billed, of the connection capacity."""
        return number(self.facts, "demand_floor_of_capacity") or 0.0
