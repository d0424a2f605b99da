"""How much CO2 does a MWh from the public grid carry? Official factors by place, kind and data year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from wattloom.domain.errors import InputError
from wattloom.rules.contract import Fact, Territory
from wattloom.rules.reading import national_facts
from wattloom.rules.vocabulary import FACTOR_YEARS

Kind = Literal["national", "untracked", "fossil"]
"""Average of the country; average without market-traded non-fossil energy; fossil energy only."""


def emission_factor(territory: Territory, *, data_year: int | None = None) -> Fact:
    """Average factor of the territory's province in t/MWh: of a data year, or the newest. For carbon by location."""
    return _factor("emission_factor_t_per_mwh", territory.facts, territory.name_en, data_year)


def national_emission_factor(kind: Kind, *, data_year: int | None = None) -> Fact:
    """Factor of the country in t/MWh: of a data year, or the newest. For carbon by market take `untracked`."""
    return _factor(f"{kind}_emission_factor_t_per_mwh", national_facts(), "China", data_year)


def _factor(stem: str, facts: Mapping[str, tuple[Fact, ...]], place: str, data_year: int | None) -> Fact:
    """The factor of a data year, or the newest."""
    years = [year for year in FACTOR_YEARS if f"{stem}_{year}" in facts]
    wanted = data_year if data_year is not None else years[-1]
    if wanted not in years:
        raise InputError.one(
            f"emission factor of {place}",
            found=f"data year {wanted}",
            expected=f"one of {', '.join(map(str, years))}",
            remedy="take a published data year",
        )
    return facts[f"{stem}_{wanted}"][-1]
