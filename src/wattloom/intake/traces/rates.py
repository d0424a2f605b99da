"""How much load was there, period by period? Single requests become rates; counts per tenant become series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.intake.traces.columns import EPOCH, MICROSECONDS, Columns
from wattloom.intake.traces.contract import Trace, TraceFormat
from wattloom.intake.traces.ordering import leave_out_of_period, note_backwards
from wattloom.intake.traces.promise import Promise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.time import Interval

PARTLY_COVERED = Text(
    "in a first or last period that the trace covers only in part", "处于记录仅部分覆盖的首个或末个时段"
)
MINUTE_US = 60 * MICROSECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Single requests of a serving trace, in order of time inside each group."""

    columns: Columns
    group: NDArray[np.object_]
    """Service or model of each."""
    times: NDArray[np.int64]
    """Microseconds since 1970."""
    time_column: str
    input_column: str
    """Tokens that it gave."""
    output_column: str
    """Tokens that it got."""


def trace_of_requests(
    form: TraceFormat, requests: Requests, promise: Promise, *, notes: tuple[Text, ...], lenient: bool
) -> Trace:
    """Requests and tokens a second of each group, as "QUANTITY/GROUP", by default each minute."""
    columns, faults = requests.columns, requests.columns.faults
    weights = {"requests_per_s": np.ones(len(columns))}
    for quantity, column in (("input_tokens", requests.input_column), ("output_tokens", requests.output_column)):
        weights[f"{quantity}_per_s"] = columns.number(column)
        faults.note(weights[f"{quantity}_per_s"] < 0, "negative", column=column, cells=columns.cells(column))
    groups, _ = pd.factorize(requests.group)
    note_backwards(columns, requests.times, column=requests.time_column, groups=groups)
    leave_out_of_period(faults, requests.times, promise.clock.period)
    faults.dropped(lenient=lenient)  # Before rates are made of what is left.
    series = _request_rates(requests, weights, step_of(form, promise, 1))
    return Trace(format=form.key, title=form.title, dropped=faults.dropped(lenient=lenient), series=series, notes=notes)


def _request_rates(
    requests: Requests, weights: Mapping[str, NDArray[np.float64]], step_minutes: int
) -> dict[str, Series]:
    """Rates in the whole periods between a group's first and last request.

    Requests in the periods at its edges, which the trace may cover only in part, are left out and told.
    """
    faults, step_us = requests.columns.faults, step_minutes * MINUTE_US
    series: dict[str, Series] = {}
    codes, names = pd.factorize(requests.group)
    partly = np.zeros(codes.size, dtype=np.bool_)
    for code, name in enumerate(names):
        mine = np.flatnonzero((codes == code) & faults.kept)
        if not mine.size:
            continue
        first, count = _whole_periods(requests.times[mine], step_us, f"{faults.name}, {name}")
        at = requests.times[mine] // step_us - first
        inside = (at >= 0) & (at < count)
        partly[mine[~inside]] = True
        axis = TimeAxis(EPOCH + timedelta(microseconds=first * step_us), step_minutes, count)
        for quantity, weight in weights.items():
            total = np.bincount(at[inside], weights=weight[mine[inside]], minlength=count)
            series[f"{quantity}/{name}"] = Series(
                axis=axis, values=total * MICROSECONDS / step_us, unit=unit_of(quantity), source=faults.name
            )
    faults.leave_out(partly, PARTLY_COVERED)
    return series


def unit_of(quantity: str) -> str:
    """The unit of a quantity by its name: "input_tokens_per_s" is in tokens/s."""
    return quantity.removesuffix("_per_s").split("_")[-1] + "/s"


def grouped_series(
    *,
    group: NDArray[np.object_],
    at: NDArray[np.int64],
    values: NDArray[np.float64],
    kept: NDArray[np.bool_],
    like: Series,
) -> dict[str, Series]:
    """A series for each group out of rows with a group, a period and a value; NaN where no row is kept.

    Axis, unit and source are those of `like`.
    """
    codes, names = pd.factorize(group)
    table = np.full((len(names), like.axis.count), np.nan)
    table[codes[kept], at[kept]] = values[kept]
    return {str(name): replace(like, values=row) for name, row in zip(names, table, strict=True)}


def on_steps(series: Series, promise: Promise) -> Series:
    """The series in the period and step that were asked for; what does not fit is refused."""
    step = promise.clock.step_minutes
    chosen = _within(series, promise.clock.period)
    if step is None or step == chosen.axis.step_minutes:
        return chosen
    if step % chosen.axis.step_minutes:
        raise InputError.one(
            f"promise, clock.step_minutes for {series.source}",
            found=f"{step} minutes",
            expected=f"a multiple of {chosen.axis.step_minutes}",
            remedy="choose one",
        )
    return chosen.coarser(step // chosen.axis.step_minutes)


def step_of(form: TraceFormat, promise: Promise, minutes: int) -> int:
    """The step that was asked for, or a format's own."""
    step = minutes if promise.clock.step_minutes is None else promise.clock.step_minutes
    if step < 1:
        raise InputError.one(
            f"promise, clock.step_minutes of {form.key}", found=str(step), expected="at least 1", remedy="raise it"
        )
    return step


def _whole_periods(times: NDArray[np.int64], step_us: int, name: str) -> tuple[int, int]:
    """Number of the first whole period since 1970, and how many there are."""
    first = int(-(-times.min() // step_us))
    count = int(times.max() // step_us) - first
    if count < 1:
        raise InputError.one(
            name,
            found="no whole period between the first and the last request",
            expected=f"requests over at least two periods of {step_us // MINUTE_US} minutes",
            remedy="choose a shorter step",
        )
    return first, count


def _within(series: Series, period: Interval | None) -> Series:
    """The part of a series in a period that begins and ends on its axis."""
    if period is None:
        return series
    axis = series.axis
    step = timedelta(minutes=axis.step_minutes)
    first, last = (period.start - axis.start) / step, (period.end - axis.start) / step
    if not (first.is_integer() and last.is_integer() and first >= 0 and last <= axis.count):
        raise InputError.one(
            f"promise, clock.period for {series.source}",
            found=f"{period.start.isoformat()} to {period.end.isoformat()}",
            expected=f"periods between {axis.start.isoformat()} and {axis.end.isoformat()}",
            remedy="choose a stretch that the trace covers",
        )
    part = TimeAxis(period.start, axis.step_minutes, int(last - first))
    return replace(series, axis=part, values=series.values[int(first) : int(last)])
