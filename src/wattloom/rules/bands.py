"""By how much does an administrative time-of-use band raise or lower the price of each period?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.time import MONTHS_PER_YEAR, TimeAxis
from wattloom.rules.contract import Case, TimeOfUse
from wattloom.rules.reading import HALF_HOURS_PER_DAY

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

MINUTES_PER_HALF_HOUR = 30


def binds(case: Case, time_of_use: TimeOfUse | None = None) -> bool:
    """Whether administrative bands apply: to users whose energy the grid company buys, never to a direct connection.

    A notice that says so binds users on the market too, as Yunnan's did until 2026-02-28.
    """
    if case.direct_connection or case.connection != "public_grid":
        return False
    return case.agency_purchase or (time_of_use is not None and time_of_use.binds_market_users is True)


def multipliers(time_of_use: TimeOfUse, axis: TimeAxis, zone: ZoneInfo) -> NDArray[np.float64]:
    """Mean multiplier of each period on the flat price of the float base; refused where no notice states one.

    Holiday and hot-day rules are not in the bands of a month: see `days.multipliers_by_day`.
    """
    table = np.full((MONTHS_PER_YEAR, HALF_HOURS_PER_DAY), np.nan)
    for month, letters in time_of_use.bands.items():
        table[month - 1] = [_multiplier(time_of_use, month, letter) for letter in letters]
    fine = half_hours_or_finer(axis)
    local = fine.local(zone)
    slots = np.asarray(local.hour * 2 + local.minute // MINUTES_PER_HALF_HOUR)
    values = table[fine.months(zone) - 1, slots]
    return np.asarray(values.reshape(axis.count, -1).mean(axis=1), dtype=np.float64)


def half_hours_or_finer(axis: TimeAxis) -> TimeAxis:
    """The same stretch in periods that lie in one half hour each."""
    step = min(axis.step_minutes, MINUTES_PER_HALF_HOUR)
    if axis.step_minutes % step or MINUTES_PER_HALF_HOUR % step:
        raise InputError.one(
            "study.step_minutes",
            found=f"{axis.step_minutes} min",
            expected="a step that divides or is divided by half an hour",
            remedy="choose 15, 30 or 60 minutes",
        )
    return TimeAxis(axis.start, step, axis.count * (axis.step_minutes // step))


def _multiplier(time_of_use: TimeOfUse, month: int, letter: str) -> float:
    """The multiplier of one band in one month."""
    known = time_of_use.multipliers[month]
    if letter not in known:
        raise InputError.one(
            f"time of use, {time_of_use.clause.document}",
            found=f"no multiplier for band {letter} in month {month}",
            expected="a multiplier that a notice states",
            remedy="give the price as a series of your own",
        )
    return known[letter]
