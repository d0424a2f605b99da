"""Is this tick fit to be matched? Every number finite and possible, and no two that contradict each other.

`sound` is the quick look inside the millisecond; `problems_of` names every site and field once something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from wattloom.dispatch.matching import rows
from wattloom.dispatch.matching.problem import CLASSES, window
from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.problem import Layout, Tick

POWER_MOST_MW = 1e7
"""Above what any site, line or province has: a larger number is a wrong unit."""
PRICE_MOST_CNY_PER_MWH = 1e6
PRICE_LEAST = 1e-9
"""Of energy that nobody has: it must cost something."""
ROUNDING = 1e-9

POWER = (0.0, POWER_MOST_MW)
PRICE = (-PRICE_MOST_CNY_PER_MWH, PRICE_MOST_CNY_PER_MWH)
COST = (0.0, PRICE_MOST_CNY_PER_MWH)
FACILITY = (1.0, 5.0)
SHARE = (0.0, 0.5)
INTENSITY = (0.0, 5.0)
LIMITS: dict[str, dict[str, tuple[float, float]]] = {
    "regions": {
        "supply_mw_max": POWER,
        "supply_price_cny_per_mwh": PRICE,
        "supply_carbon_t_per_mwh": INTENSITY,
        "other_draw_mw": POWER,
    },
    "lines": {"forward_mw_max": POWER, "backward_mw_max": POWER, "loss_share": SHARE, "fee_cny_per_mwh": COST},
    "corridors": {"it_mw_max": POWER, "in_flight_mw": POWER, "cost_cny_per_mwh": COST},
    "sites": {
        "demand_mw": POWER,
        "unserved_price_cny_per_mwh": COST,
        "facility_mw_per_it_mw": FACILITY,
        "it_mw_max": POWER,
        "it_mw_min": POWER,
        "previous_it_mw": POWER,
        "ramp_mw": POWER,
        "landing_mw": POWER,
        "reserve_cut_mw": POWER,
        "reserve_raise_mw": POWER,
        "move_out_inference_cny_per_mwh": COST,
        "move_out_batch_cny_per_mwh": COST,
        "move_in_cny_per_mwh": COST,
        "charge_mw_max": POWER,
        "discharge_mw_max": POWER,
        "charge_value_cny_per_mwh": PRICE,
        "discharge_value_cny_per_mwh": PRICE,
    },
}
"""Least and most of each field."""


def row_limits() -> NDArray[np.float64]:
    """Least and most of each row of the sites' matrix, shape (row, 2)."""
    fields = (*("demand_mw",) * len(CLASSES), *("unserved_price_cny_per_mwh",) * len(CLASSES), *rows.SINGLE)
    return np.array([LIMITS["sites"][field] for field in fields])


@njit(cache=True)
def count_outside(matrix: Any, limits: Any) -> int:
    """How many numbers of a matrix lie outside their row's limits; not-a-number lies outside all."""
    outside = 0
    for k in range(limits.shape[0]):
        low, high = limits[k, 0], limits[k, 1]
        row = matrix[k]
        for n in range(row.size):
            outside += 0 if (row[n] >= low) & (row[n] <= high) else 1
    value, worth = matrix[rows.CHARGE_VALUE], matrix[rows.DISCHARGE_VALUE]
    for n in range(value.size):
        outside += 1 if value[n] > worth[n] else 0
    return outside


def around_of(tick: Tick) -> NDArray[np.float64]:
    """All numbers that are not of sites in one row, in the order of `LIMITS`; the two single prices come last."""
    regions, lines, corridors = tick.regions, tick.lines, tick.corridors
    return np.concatenate(
        (
            regions.supply_mw_max.ravel(),
            regions.supply_price_cny_per_mwh.ravel(),
            regions.supply_carbon_t_per_mwh.ravel(),
            regions.other_draw_mw,
            lines.forward_mw_max,
            lines.backward_mw_max,
            lines.loss_share,
            lines.fee_cny_per_mwh,
            corridors.it_mw_max,
            corridors.in_flight_mw,
            corridors.cost_cny_per_mwh,
            (regions.carbon_price_cny_per_t, regions.shortfall_price_cny_per_mwh),
        )
    )


def around_limits(layout: Layout) -> NDArray[np.float64]:
    """Least and most of each number of `around_of`, shape (2, number)."""
    regions, steps, _, lines, corridors = layout.counts
    sizes = {"regions": regions, "lines": lines, "corridors": corridors}
    parts = [
        np.repeat(np.array([limits]).T, sizes[part] * (steps if field.startswith("supply") else 1), axis=1)
        for part in sizes
        for field, limits in LIMITS[part].items()
    ]
    return np.concatenate([*parts, np.array([COST, (PRICE_LEAST, PRICE_MOST_CNY_PER_MWH)]).T], axis=1)


def sound_around(around: NDArray[np.float64], limits: NDArray[np.float64]) -> bool:
    """Whether all numbers that are not of sites are possible."""
    return bool(((around >= limits[0]) & (around <= limits[1])).all())


def fits(tick: Tick) -> bool:
    """Whether every array has the layout's size."""
    regions, steps, sites, lines, corridors = tick.layout.counts
    return (
        tick.sites.demand_mw.shape == tick.sites.unserved_price_cny_per_mwh.shape == (sites, rows.UNSERVED)
        and all(getattr(tick.sites, field).shape == (sites,) for field in rows.SINGLE)
        and tick.regions.supply_mw_max.shape == (regions, steps)
        and tick.regions.supply_price_cny_per_mwh.shape == (regions, steps)
        and tick.regions.supply_carbon_t_per_mwh.shape == (regions, steps)
        and tick.regions.other_draw_mw.shape == (regions,)
        and all(getattr(tick.lines, field).shape == (lines,) for field in LIMITS["lines"])
        and all(getattr(tick.corridors, field).shape == (corridors,) for field in LIMITS["corridors"])
    )


def contradicts(tick: Tick) -> bool:
    """Whether a window is shut or a corridor overfull, at a quick look."""
    power, corridors = window(tick.sites), tick.corridors
    shut = power.it_mw_least > power.it_mw_most + ROUNDING * (1.0 + tick.sites.it_mw_max)
    return bool(shut.any() or (corridors.in_flight_mw > corridors.it_mw_max).any())


def problems_of(tick: Tick) -> list[Problem]:
    """Everything that is wrong with a tick, by site and field."""
    found = [problem for part, fields in LIMITS.items() for field in fields for problem in _of_field(tick, part, field)]
    found += _of_prices(tick)
    return found or [*_contradictions(tick)]


def shapes_of(tick: Tick) -> list[Problem]:
    """Fields whose shape is not the layout's."""
    regions, steps, sites, lines, corridors = tick.layout.counts
    wide = {"demand_mw": (sites, len(CLASSES)), "unserved_price_cny_per_mwh": (sites, len(CLASSES))}
    wide |= {field: (regions, steps) for field in LIMITS["regions"] if field.startswith("supply")}
    single = {"regions": (regions,), "lines": (lines,), "corridors": (corridors,), "sites": (sites,)}
    found = []
    for part, fields in LIMITS.items():
        for field in fields:
            shape, right = np.shape(getattr(getattr(tick, part), field)), wide.get(field, single[part])
            if shape != right:
                found.append(_problem(f"{part}.{field}", f"shape {shape}", f"shape {right}", "one value for each"))
    return found


@contextmanager
def named(name: str) -> Iterator[None]:
    """Problems inside the block with the name of what they belong to."""
    try:
        yield
    except InputError as error:
        raise InputError([replace(problem, where=f"{name}: {problem.where}") for problem in error.problems]) from None


def _of_field(tick: Tick, part: str, field: str) -> list[Problem]:
    """Numbers of a field that are not finite or beyond its limits."""
    low, high = LIMITS[part][field]
    value = np.asarray(getattr(getattr(tick, part), field))
    wrong = np.argwhere(~((value >= low) & (value <= high)))
    expected = f"a number from {low:g} to {high:g}"
    return [
        _problem(f"{_name(tick, part, place)}.{field}", f"{value[tuple(place)]:g}", expected, "mend the reading")
        for place in wrong
    ]


def _of_prices(tick: Tick) -> list[Problem]:
    """The two prices that stand for all regions."""
    regions = tick.regions
    found = []
    for field, least in (("carbon_price_cny_per_t", 0.0), ("shortfall_price_cny_per_mwh", PRICE_LEAST)):
        value = getattr(regions, field)
        if not least <= value <= PRICE_MOST_CNY_PER_MWH:
            expected = f"a number from {least:g} to {PRICE_MOST_CNY_PER_MWH:g}"
            found.append(_problem(f"regions.{field}", f"{value:g}", expected, "mend the price"))
    return found


def _contradictions(tick: Tick) -> list[Problem]:
    """Numbers that are possible each, and not together."""
    sites, corridors = tick.sites, tick.corridors
    power = window(sites)
    found = [
        _problem(
            f"site {tick.layout.sites[n]}.it_mw_max",
            f"room for {power.it_mw_most[n]:g} MW where {power.it_mw_least[n]:g} MW must run",
            "a cap, ramp, reserve and landing moves that leave a window",
            "lower the reserve or the landing moves, or raise the cap",
        )
        for n in np.flatnonzero(power.it_mw_least > power.it_mw_most + ROUNDING * (1.0 + sites.it_mw_max))
    ]
    found += [
        _problem(
            f"site {tick.layout.sites[n]}.charge_value_cny_per_mwh",
            f"{sites.charge_value_cny_per_mwh[n]:g}, above the discharge value",
            f"at most {sites.discharge_value_cny_per_mwh[n]:g}",
            "count the losses of the store on both sides",
        )
        for n in np.flatnonzero(sites.charge_value_cny_per_mwh > sites.discharge_value_cny_per_mwh)
    ]
    found += [
        _problem(
            f"{_name(tick, 'corridors', np.array([k]))}.in_flight_mw",
            f"{corridors.in_flight_mw[k]:g}",
            f"at most the corridor's {corridors.it_mw_max[k]:g} MW",
            "land the moves or raise the limit",
        )
        for k in np.flatnonzero(corridors.in_flight_mw > corridors.it_mw_max)
    ]
    return found


def _name(tick: Tick, part: str, place: NDArray[np.int64]) -> str:
    """What a person calls the thing at a place, with step or class where there is one."""
    layout, k = tick.layout, int(place[0])
    names = layout.regions
    if part == "sites":
        inner = f" {CLASSES[place[1]]}" if place.size > 1 else ""
        return f"site {layout.sites[k]}{inner}"
    if part == "regions":
        inner = f" {layout.steps[place[1]]}" if place.size > 1 else ""
        return f"region {names[k]}{inner}"
    if part == "lines":
        return f"line {names[layout.line_from[k]]} to {names[layout.line_to[k]]}"
    what = ("inference", "batch")[layout.corridor_class[k]]
    return f"corridor {names[layout.corridor_from[k]]} to {names[layout.corridor_to[k]]} ({what})"


def _problem(where: str, found: str, expected: str, remedy: str) -> Problem:
    """Four parts."""
    return Problem(where=where, found=found, expected=expected, remedy=remedy)
