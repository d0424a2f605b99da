"""Which band and multiplier holds in each period of a local day, given its holiday and its heat?

`rules.bands` reads the months alone; here the day has its say: the notice in force on it, festivals, rest days, heat
and stretches of dates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.rules.band_reading import HALF_HOURS_PER_DAY, UNCHANGED
from wattloom.rules.bands import MINUTES_PER_HALF_HOUR, half_hours_or_finer
from wattloom.rules.contract import DayRule, Territory, TimeOfUse
from wattloom.rules.holidays import HolidayCalendar, official_calendar

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

MINUTES_PER_DAY = 24 * 60
FOR_OTHERS = {"S": "P", "D": "V"}
"""What a band is for users that it is not meant for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInputs:
    """What the notices ask of the world and of the user."""

    calendar: HolidayCalendar = field(default_factory=official_calendar)
    hot_days: frozenset[date] | None = None
    """Days whose highest temperature reached the limit of the notice, at its station; None: not known."""
    large_industry: bool = True
    """Whether the user is large industry: sharp and deep bands of some territories are for it alone."""
    user_class: str = ""
    """Key of `TimeOfUse.other_classes`; empty: the class that the notice's own multipliers are for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBands:
    """One local day in equal periods."""

    letters: tuple[str, ...]
    """Letter of each period; two where its halves lie in two bands."""
    multipliers: NDArray[np.float64]
    """Mean multiplier of each period; NaN where no notice states one."""
    version: TimeOfUse


def time_of_use_on(territory: Territory, day: date) -> TimeOfUse | None:
    """The newest notice in force on a day; None where none is known.

    Example:
        >>> from wattloom.rules.packs import territory
        >>> time_of_use_on(territory("zhejiang"), date(2026, 6, 30)).multipliers[7]
        {}
    """
    begun = [one for one in territory.time_of_use_versions if (one.clause.in_force or date.min) <= day]
    return begun[-1] if begun else None


def bands_of_day(
    territory: Territory, day: date, inputs: DayInputs | None = None, *, step_minutes: int = 15
) -> DayBands:
    """Letter and multiplier of each period of a local day; what the notice asks and nobody has given is refused."""
    if step_minutes <= 0 or MINUTES_PER_DAY % step_minutes or not _divides(step_minutes):
        raise InputError.one(
            "step_minutes",
            found=f"{step_minutes} min",
            expected="a step that divides or is divided by half an hour",
            remedy="choose 15, 30 or 60 minutes",
        )
    version = _version(territory, day)
    letters, multipliers = _half_hours(version, day, inputs or DayInputs())
    each = max(1, MINUTES_PER_HALF_HOUR // step_minutes)
    fine, factors = np.repeat(letters, each), np.repeat(multipliers, each)
    joined = fine.reshape(-1, max(1, step_minutes // MINUTES_PER_HALF_HOUR))
    return DayBands(
        letters=tuple("".join(dict.fromkeys(row)) for row in joined.tolist()),
        multipliers=factors.reshape(joined.shape).mean(axis=1),
        version=version,
    )


def multipliers_by_day(
    territory: Territory, axis: TimeAxis, zone: ZoneInfo, inputs: DayInputs | None = None
) -> NDArray[np.float64]:
    """Mean multiplier of each period of an axis, each day by its own notice; refused where no notice states one.

    Like `bands.multipliers`, with holidays, heat and changes of notice inside the stretch.
    """
    fine = half_hours_or_finer(axis)
    local = fine.local(zone)
    slots = np.asarray(local.hour * 2 + local.minute // MINUTES_PER_HALF_HOUR)
    number = fine.days(zone)
    first = axis.start.astimezone(zone).date()
    table = np.empty((int(number[-1]) + 1, HALF_HOURS_PER_DAY))
    for offset in range(len(table)):
        day = first + timedelta(days=offset)
        version = _version(territory, day)
        letters, table[offset] = _half_hours(version, day, inputs or DayInputs())
        _refuse_unstated(version, day, letters, table[offset])
    return np.asarray(table[number, slots].reshape(axis.count, -1).mean(axis=1), dtype=np.float64)


def _divides(step_minutes: int) -> bool:
    """Whether periods and half hours fit into each other."""
    return not (step_minutes % MINUTES_PER_HALF_HOUR and MINUTES_PER_HALF_HOUR % step_minutes)


def _version(territory: Territory, day: date) -> TimeOfUse:
    """The notice in force, which must be there."""
    version = time_of_use_on(territory, day)
    if version is None:
        raise InputError.one(
            f"time of use of {territory.key}",
            found=f"no bands known on {day}",
            expected="a territory and a day with administrative bands",
            remedy="give the price as a series of your own",
        )
    return version


def _half_hours(version: TimeOfUse, day: date, inputs: DayInputs) -> tuple[list[str], NDArray[np.float64]]:
    """Letters and multipliers of the 48 half hours; NaN where no notice states one."""
    stated = _stated(version, day, inputs)
    letters = [_for_user(letter, version, inputs) for letter in version.bands[day.month]]
    factors = [stated.get(letter, np.nan) for letter in letters]
    for rule in version.day_rules:
        if not _holds(rule, day, inputs):
            continue
        for slot, wanted in enumerate(rule.half_hours):
            if wanted == UNCHANGED:
                continue
            letters[slot] = letter = _for_user(wanted, version, inputs)
            own = rule.times is not None and letter == wanted
            factors[slot] = (
                (rule.times or 0.0) * stated.get(rule.times_of, np.nan) if own else stated.get(letter, np.nan)
            )
    return letters, np.asarray(factors, dtype=np.float64)


def _stated(version: TimeOfUse, day: date, inputs: DayInputs) -> dict[str, float]:
    """Multipliers by letter for the user's class."""
    if not inputs.user_class:
        return dict(version.multipliers[day.month])
    if inputs.user_class not in version.other_classes:
        raise InputError.one(
            f"time of use, {version.clause.document}",
            found=f"user class {inputs.user_class!r}",
            expected=f"one of {', '.join(version.other_classes) or 'none: the notice has one class'}",
            remedy="leave the class empty, or take a class of the notice",
        )
    return dict(version.other_classes[inputs.user_class])


def _for_user(letter: str, version: TimeOfUse, inputs: DayInputs) -> str:
    """The band that a letter is for this user."""
    meant_for_others = letter in version.large_industry_only and not inputs.large_industry
    return FOR_OTHERS[letter] if meant_for_others else letter


def _holds(rule: DayRule, day: date, inputs: DayInputs) -> bool:
    """Whether a rule changes the bands of a day."""
    if day.month not in rule.months:
        return False
    if rule.when == "rest_day":
        return inputs.calendar.is_rest_day(day)
    if rule.when == "festival":
        festival = inputs.calendar.festival(day)
        return (
            festival is not None
            and festival.days >= rule.days_min
            and festival.key in (rule.festivals or {festival.key})
        )
    if rule.when == "dates":
        return rule.dates is not None and _within(rule.dates, day)
    return _is_hot(rule, day, inputs)


def _within(dates: tuple[tuple[int, int], tuple[int, int]], day: date) -> bool:
    """Whether a day lies in a stretch of dates, which may run over the new year."""
    (first, last), this = dates, (day.month, day.day)
    return first <= this <= last if first <= last else this >= first or this <= last


def _is_hot(rule: DayRule, day: date, inputs: DayInputs) -> bool:
    """Whether the day, and those before it that the rule asks for, were hot."""
    if inputs.hot_days is None:
        raise InputError.one(
            f"hot days, {rule.clause.document}",
            found=f"nothing known of {day}",
            expected=f"the days whose highest temperature reached {rule.celsius_min:g} °C",
            remedy="give DayInputs(hot_days=…), an empty set where there was none",
        )
    return all(day - timedelta(days=back) in inputs.hot_days for back in range(rule.days_min))


def _refuse_unstated(version: TimeOfUse, day: date, letters: list[str], factors: NDArray[np.float64]) -> None:
    """No price without a multiplier."""
    lacking = sorted({letter for letter, factor in zip(letters, factors, strict=True) if np.isnan(factor)})
    if lacking:
        raise InputError.one(
            f"time of use, {version.clause.document}",
            found=f"no multiplier for band {', '.join(lacking)} on {day}",
            expected="a multiplier that a notice states",
            remedy="give the price as a series of your own",
        )


__all__ = ["DayBands", "DayInputs", "bands_of_day", "multipliers_by_day", "time_of_use_on"]
