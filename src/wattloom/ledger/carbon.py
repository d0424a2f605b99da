"""How many grams of CO₂ does a consumption carry, by which method, and how do they stand in the book?

By location everything that was used counts at the grid's average factor; by market what certificates cover counts at
their source's factor and the rest at the factor of untracked energy. The two are never added; what a change avoided
elsewhere is no part of either. Whole watt-hours times a factor in t/MWh, which is grams a watt-hour, rounded once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Literal

from wattloom.ledger.certificates.energy import account, opening
from wattloom.ledger.entries import Entry, Kind, Line

if TYPE_CHECKING:
    from wattloom.domain.text import Text

CARBON, GRAM = "carbon", "gCO2"
GRAMS_PER_T = 1_000_000
Method = Literal["location", "location_hourly", "market"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """Tonnes a megawatt-hour, and who says so."""

    name: str
    t_per_mwh: Decimal
    source: Text
    """Document, article, data year."""
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonLine:
    """One product of an energy and a factor."""

    method: Method
    what: Literal["all", "untracked", "claimed", "certificates"]
    wh: int
    factor: Factor
    grams: int


def carbon_line(method: Method, what: Literal["all", "untracked", "claimed", "certificates"], wh: int,
                factor: Factor) -> CarbonLine:  # fmt: skip
    """A line, rounded once to the gram, half to even.

    Example:
        >>> from wattloom.domain.text import Text
        >>> factor = Factor(name="grid", t_per_mwh=Decimal("0.6187"), source=Text.same("2023"), confidence="verified")
        >>> carbon_line("location", "all", 100_000_000_000, factor).grams
        61870000000
    """
    grams = int((wh * factor.t_per_mwh).to_integral_value(rounding=ROUND_HALF_EVEN))
    return CarbonLine(method=method, what=what, wh=wh, factor=factor, grams=grams)


def by_market(
    load_wh: int, *, claimed_wh: int, certificates_wh: int, untracked: Factor, source: Factor
) -> list[CarbonLine]:
    """Carbon by market: what is claimed in its period, then certificates, then the rest as untracked energy.

    Args:
        load_wh: all that was used.
        claimed_wh: covered in the same period; never more than was used in it.
        certificates_wh: covered by volume; what passes the rest of the consumption covers nothing.
        untracked: factor of the rest.
        source: factor of what the certificates stand for: 0 for wind, sun and water.
    """
    covered = min(certificates_wh, load_wh - claimed_wh)
    lines = [carbon_line("market", "untracked", load_wh - claimed_wh - covered, untracked)]
    if claimed_wh:
        lines.append(carbon_line("market", "claimed", claimed_wh, source))
    if covered:
        lines.append(carbon_line("market", "certificates", covered, source))
    return lines


def grams_of(lines: Sequence[CarbonLine], method: Method) -> int:
    """Sum of one method."""
    return sum(line.grams for line in lines if line.method == method)


def carbon_entries(
    user: str, year: int, method: Method, lines: Sequence[CarbonLine], *, found: Callable[[str], Entry | None]
) -> list[Entry]:
    """Entries that put a year's carbon by one method into the book; one that stood there is reversed where it differs.

    Args:
        user: who consumed.
        year: of consumption.
        method: one of them: each has accounts of its own.
        lines: of any method; those of this one are taken.
        found: looks up an entry of the book.
    """
    number, standing = 0, None
    while (known := found(carbon_id(user, year, method, number))) is not None:
        number, standing = number + 1, known
    own, grid = account("carbon", user, str(year), method), account("carbon", "counted", method)
    told = {f"line {place}": f"{one.what}: {one.wh} Wh at {one.factor.t_per_mwh} t/MWh, {one.factor.source.en}"
            for place, one in enumerate(lines) if one.method == method}  # fmt: skip
    grams = grams_of(lines, method)
    if (standing is None and not grams) or (standing is not None and standing.why == told):
        return []
    entries = [opening(own, CARBON, GRAM), opening(grid, CARBON, GRAM)]
    if standing is not None:
        entries.append(Entry(id=f"reverse {standing.id}", kind=Kind.REVERSE, of=standing.id))
    if grams:
        moved = (Line(own, "debit", grams), Line(grid, "credit", grams))
        entries.append(Entry(id=carbon_id(user, year, method, number), kind=Kind.FINAL, lines=moved, why=told))
    return entries


def carbon_id(user: str, year: int, method: Method, number: int) -> str:
    """Id of a year's entry: the first, or a corrected one."""
    return f"carbon {user} {year} {method}" + (f", correction {number}" if number else "")
