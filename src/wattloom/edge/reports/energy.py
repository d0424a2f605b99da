"""Where did the energy go? Series, months, weeks and days of a solved year, on the site's own clocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import xarray as xr

from wattloom.domain.flows import Trait
from wattloom.edge.reports.words import Named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.assets.contract import Part
    from wattloom.domain.time import TimeAxis
    from wattloom.plan.result import Outcome

Values = "NDArray[np.float64]"

HOURS_PER_DAY, DAYS_PER_WEEK, MINUTES_PER_HOUR = 24, 7, 60
SUMMER, WINTER = (6, 7, 8), (12, 1, 2)
"""Months on the northern half of the earth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Mean power of each period, non-negative, and what it is."""

    key: str
    """Glossary key of its role: solar, wind, discharge, import, charge, export, load."""
    asset: Named | None
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A solved stretch of time as arrays, with its clocks."""

    axis: TimeAxis
    zone: ZoneInfo
    south: bool
    """Whether summer is in January."""
    given: tuple[Stream, ...]
    """What the bus receives: sources, discharge, import."""
    taken: tuple[Stream, ...]
    """What leaves it besides the load: charge, export."""
    load: NDArray[np.float64]
    available: NDArray[np.float64]
    """Of wind and sun."""
    curtailed: NDArray[np.float64]
    imported: NDArray[np.float64]
    exported: NDArray[np.float64]
    not_green: NDArray[np.float64]
    """What entered without being green: import, nuclear, fuel."""

    @property
    def local(self) -> pd.DatetimeIndex:
        """Starts of the periods on the site's clocks."""
        return self.axis.local(self.zone)


def year_of(outcome: Outcome, *, time_zone: str, latitude_deg: float) -> Year:
    """The arrays behind every picture and table of energy."""
    flows, count = outcome.flows, outcome.axis.count
    names = named_parts(outcome.parts)
    sources = [
        Stream(key=names[n].kind, asset=names[n], values=array(s.delivered_mw, count)) for n, s in flows.sources.items()
    ]
    storages = [(names[n], s) for n, s in flows.storages.items()]
    discharge = [Stream(key="discharge", asset=n, values=array(s.discharged_mw, count)) for n, s in storages]
    charge = [Stream(key="charge", asset=n, values=array(s.charged_mw, count)) for n, s in storages]
    imported, exported = array(flows.imported_mw, count), array(flows.exported_mw, count)
    not_green = imported + array(flows.delivered_mw(Trait.GREEN, without=True), count)
    return Year(
        axis=outcome.axis,
        zone=ZoneInfo(time_zone),
        south=latitude_deg < 0,
        given=(*sources, *discharge, Stream(key="import", asset=None, values=imported)),
        taken=(*charge, Stream(key="export", asset=None, values=exported)),
        load=array(flows.load_mw(), count),
        available=array(flows.available_mw(Trait.NEW_ENERGY), count),
        curtailed=array(flows.curtailed_mw(Trait.NEW_ENERGY), count),
        imported=imported,
        exported=exported,
        not_green=not_green,
    )


def named_parts(parts: Mapping[str, Part]) -> dict[str, Named]:
    """How each asset is called: by its kind where it is the only one of it."""
    kinds = [part.kind for part in parts.values()]
    return {name: Named(name=name, kind=part.kind, alone=kinds.count(part.kind) == 1) for name, part in parts.items()}


def array(power: Any, count: int) -> NDArray[np.float64]:
    """A power as one number a period."""
    values = power.values if isinstance(power, xr.DataArray) else power
    return np.array(np.broadcast_to(np.asarray(values, dtype=np.float64), (count,)))


def by_month(year: Year, values: NDArray[np.float64]) -> dict[str, float]:
    """Energy of each local calendar month, MWh, by its name such as 2027-03."""
    keys = np.asarray(year.local.strftime("%Y-%m"))
    months = dict.fromkeys(keys.tolist(), 0.0)
    for key, amount in zip(keys.tolist(), (values * year.axis.step_hours).tolist(), strict=True):
        months[key] += amount
    return months


def months_worth_showing(year: Year) -> list[str]:
    """Months that the year fills by more than a day: a zone's offset must not leave a month of hours."""
    keys, counts = np.unique(np.asarray(year.local.strftime("%Y-%m")), return_counts=True)
    return [str(k) for k, c in zip(keys, counts, strict=True) if c * year.axis.step_hours > HOURS_PER_DAY]


def weeks(year: Year) -> dict[str, slice]:
    """Stretches worth a picture: a typical summer and winter week, and the hardest; by glossary key.

    Typical is the week of the season whose residual load (load less available wind and sun) is nearest to the season's
    median; hardest is the week that draws most from the grid, or has least to spare where nothing is drawn.
    """
    per_week = int(DAYS_PER_WEEK * HOURS_PER_DAY / year.axis.step_hours)
    if year.axis.count < 2 * per_week:
        return {"whole_stretch": slice(0, year.axis.count)}
    first = int(np.argmax(np.asarray(year.local.hour) == 0))
    starts = np.arange(first, year.axis.count - per_week + 1, per_week)
    residual = np.array([(year.load - year.available)[s : s + per_week].mean() for s in starts])
    drawn = np.array([year.imported[s : s + per_week].sum() for s in starts])
    months = np.asarray(year.local.month)[starts + per_week // 2]
    summer, winter = (WINTER, SUMMER) if year.south else (SUMMER, WINTER)
    found = {
        "summer_week": _typical(residual, np.isin(months, summer)),
        "winter_week": _typical(residual, np.isin(months, winter)),
    }
    found["hardest_week"] = int(np.argmax(drawn)) if drawn.max() > 0 else int(np.argmax(residual))
    return {key: slice(int(starts[i]), int(starts[i]) + per_week) for key, i in found.items() if i is not None}


def _typical(residual: NDArray[np.float64], inside: NDArray[np.bool_]) -> int | None:
    """The week of a season nearest to its median; None where the stretch has no such week."""
    if not inside.any():
        return None
    distance = np.where(inside, np.abs(residual - np.median(residual[inside])), np.inf)
    return int(np.argmin(distance))


def by_hour_and_day(year: Year, values: NDArray[np.float64]) -> list[list[float | None]]:
    """Means by local hour (24 rows) and local day (columns); None where a clock change leaves no such hour."""
    days = year.axis.days(year.zone)
    frame = pd.DataFrame({"day": days, "hour": year.local.hour, "value": values})
    grid = frame.pivot_table(index="hour", columns="day", values="value", aggfunc="mean")
    grid = grid.reindex(index=range(HOURS_PER_DAY), columns=range(int(days.max()) + 1))
    if year.axis.step_minutes > MINUTES_PER_HOUR:  # A period of some hours fills all of them.
        grid = grid.ffill(limit=year.axis.step_minutes // MINUTES_PER_HOUR - 1)
    return [[None if pd.isna(x) else round(float(x), 3) for x in row] for row in grid.to_numpy()]


def by_month_and_hour(year: Year, values: NDArray[np.float64], *, weights: NDArray[np.float64]) -> pd.DataFrame:
    """Weighted means by local hour (rows) and month (columns), for the table behind a heat map."""
    frame = pd.DataFrame(
        {"month": year.local.strftime("%Y-%m"), "hour": year.local.hour, "sum": values * weights, "weight": weights}
    )
    sums = frame.pivot_table(index="hour", columns="month", values=["sum", "weight"], aggfunc="sum")
    return sums["sum"] / sums["weight"].where(sums["weight"] > 0)


def green_share(year: Year) -> NDArray[np.float64]:
    """Of each period's load, what green energy of the site served; between 0 and 1."""
    served = np.maximum(0.0, year.load - year.not_green)
    return np.divide(served, year.load, out=np.zeros_like(served), where=year.load > 0)
