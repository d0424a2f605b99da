"""Which instant does this label mean? Market labels (24:00, interval end) and local clocks become UTC, once, here."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.intake.findings import Findings

Labels = Literal["auto", "start", "end"]
"""Whether a label names the start or the end of its interval; auto decides where the labels leave no doubt."""

MINUTES_PER_DAY = 1440
SECONDS_PER_MINUTE = 60
YEAR_MIN, YEAR_MAX = 1980, 2100
"""Outside these a year is a mistake of the file, such as 3912."""
EXCEL_DAY_0 = date(1899, 12, 30)
"""Excel's day 0; a time of day without a date stands on it or on the day after."""

_DATE = r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
_COMPACT = r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
_GERMAN = r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"
_CLOCK = r"(?P<hour>\d{1,2})\s*[:：时]\s*(?P<minute>\d{2})?\s*分?(?:\s*[:：]?\s*(?P<second>\d{2})(?:\.\d+)?\s*秒?)?"
_ZONE = r"(?P<zone>Z|[+-]\d{2}:?\d{2})"
_STAMPS = (
    *(re.compile(rf"^{day}(?:(?:\s+|T){_CLOCK}\s*{_ZONE}?)?$") for day in (_DATE, _COMPACT, _GERMAN)),
    re.compile(rf"^{_COMPACT}(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?(?P<zone>Z)?$"),
)
_CLOCK_ALONE = re.compile(rf"^{_CLOCK}$")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A label as it is written: minutes on its own clock, and that clock's offset where it is said."""

    minutes: int
    """Since 1970-01-01 00:00 on the label's own clock."""
    offset_minutes: int | None = None
    """From UTC, east positive; None for a local clock."""
    says_24: bool = False
    """Written as 24:00, which only an interval's end can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Rows of a table with the interval that each speaks of."""

    starts: NDArray[np.int64]
    """Start of each placed row's interval, in minutes since 1970-01-01 00:00 UTC."""
    rows: NDArray[np.int64]
    """Which row of the table each is, in the order of time."""
    step_minutes: int


def stamp_of(cell: Any) -> Stamp | None:
    """The label in a cell; None where it is none.

    Example:
        >>> stamp_of("2026-03-01 24:00") == Stamp(stamp_of("2026-03-02 00:00").minutes, says_24=True)
        True
    """
    if isinstance(cell, datetime):
        offset = cell.utcoffset()
        clock = _whole_minutes(cell.hour * 60 + cell.minute, cell.second + cell.microsecond / 1e6)
        return None if clock is None else _stamp(cell.date(), clock, None if offset is None else _minutes(offset))
    if isinstance(cell, date):
        return _stamp(cell, 0, None)
    text = str(cell).strip()
    match = next((found for pattern in _STAMPS if (found := pattern.match(text))), None)
    if match is None:
        return None
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    clock = _whole_minutes(int(match["hour"] or 0) * 60 + int(match["minute"] or 0), float(match["second"] or 0))
    return None if clock is None or clock > MINUTES_PER_DAY else _stamp(day, clock, _offset(match["zone"]))


def clock_minutes(cell: Any) -> int | None:
    """Minutes after midnight of a time of day, 0 to 1440; a whole number is an hour, a fraction a part of the day.

    Example:
        >>> clock_minutes("00:15"), clock_minutes("24:00"), clock_minutes(24), clock_minutes(0.5)
        (15, 1440, 1440, 720)
    """
    if isinstance(cell, datetime):
        days = (cell.date() - EXCEL_DAY_0).days
        return days % 2 * MINUTES_PER_DAY + cell.hour * 60 + cell.minute if days in {0, 1} else None
    if isinstance(cell, time):
        return cell.hour * 60 + cell.minute
    if isinstance(cell, timedelta):
        minutes = _minutes(cell)
    elif isinstance(cell, float) and cell % 1:
        minutes = round(cell * MINUTES_PER_DAY)
    elif isinstance(cell, int | float):
        minutes = int(cell) * 60
    else:
        match = _CLOCK_ALONE.match(str(cell).strip())
        minutes = int(match["hour"]) * 60 + int(match["minute"] or 0) if match else -1
    return minutes if 0 <= minutes <= MINUTES_PER_DAY else None


def timed(
    stamps: Sequence[Stamp | None], lines: Sequence[int], *, zone: ZoneInfo, labels: Labels, findings: Findings
) -> Timed:
    """The intervals of rows, in order; whatever stands in the way is noted in `findings`.

    An hour that the clock shows twice must be there twice; an hour that it skips must not be there.
    """
    rows = np.array([i for i, stamp in enumerate(stamps) if stamp is not None], dtype=np.int64)
    known = [stamp for stamp in stamps if stamp is not None]
    if len(known) < 2:  # noqa: PLR2004 - a step needs two labels
        raise InputError.one(
            findings.name, found=f"{len(known)} readable times", expected="at least two", remedy="check the time column"
        )
    minutes = np.array([stamp.minutes for stamp in known], dtype=np.int64)
    if minutes[0] > minutes[-1]:  # Newest first is as good an order as oldest first.
        rows, minutes, known = rows[::-1], minutes[::-1], known[::-1]
    at = np.asarray(lines, dtype=np.int64)[rows]
    aware = [stamp.offset_minutes is not None for stamp in known]
    if any(aware) and not all(aware):
        findings.add(
            int(at[aware.index(not aware[0])]),
            "time",
            found="times with a zone among times without",
            expected="one or the other",
            remedy="write all times the same way",
        )
        findings.check()
    offsets = np.array([stamp.offset_minutes or 0 for stamp in known], dtype=np.int64)
    step = _step(minutes - offsets, findings)
    ends = _names_ends(labels, known, step, findings)
    starts, placed = (
        (minutes - offsets - step * ends, np.ones(len(rows), dtype=bool))
        if all(aware)
        else _localized(minutes, at, step=step * ends, zone=zone, findings=findings)
    )
    starts, rows, at = starts[placed], rows[placed], at[placed]
    _check_order(starts, at, findings)
    return Timed(starts=starts, rows=rows, step_minutes=step)


def axis_of(timed_rows: Timed, lines: Sequence[int], findings: Findings) -> TimeAxis:
    """The axis that rows fill; every hole, double and stray label is noted in `findings`."""
    starts, step = timed_rows.starts, timed_rows.step_minutes
    at = np.asarray(lines, dtype=np.int64)[timed_rows.rows]
    for i in np.flatnonzero(np.diff(starts) == 0):
        findings.add(
            int(at[i + 1]),
            "time",
            kind="double",
            found=f"{_iso(starts[i + 1])} again",
            expected="every interval once",
            remedy="remove the row that is wrong",
        )
    for i in np.flatnonzero((starts - starts[0]) % step):
        findings.add(
            int(at[i]),
            "time",
            kind="stray",
            found=f"{_iso(starts[i])}",
            expected=f"labels every {step} minutes",
            remedy="bring the readings onto one step first",
        )
    for i in np.flatnonzero(np.diff(starts) > step):
        findings.add(
            int(at[i + 1]),
            "time",
            found=f"{(starts[i + 1] - starts[i]) // step - 1} intervals missing from {_iso(starts[i] + step)}",
            expected="every interval",
            remedy="add the rows; a gap is never filled here",
        )
    return TimeAxis(_instant(starts[0]), step, int((starts[-1] - starts[0]) // step) + 1)


def _localized(
    minutes: NDArray[np.int64], at: NDArray[np.int64], *, step: int, zone: ZoneInfo, findings: Findings
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Starts on a local clock in UTC. End labels may mean the clock at the end, or the start's clock plus the step."""
    attempts = []
    for before, after in ((0, step), (step, 0)) if step else ((0, 0),):
        starts, odd = _to_utc(minutes - before, zone)
        attempts.append((len(odd), starts - after, odd))
    _, starts, odd = min(attempts, key=lambda attempt: attempt[0])
    placed = np.ones(len(minutes), dtype=bool)
    for i, what in odd.items():
        placed[i] = what.startswith("twice")
        findings.add(
            int(at[i]),
            "time",
            kind=what,
            found=f"{_iso(minutes[i]).removesuffix('Z')} on the clock of {zone.key}, {what.split(': ')[1]}",
            expected="local hours as the clock shows them at a change to or from summer time",
            remedy="give times in UTC or with their offset, or name a zone without summer time such as Etc/GMT-1",
        )
    return starts, placed


def _to_utc(minutes: NDArray[np.int64], zone: ZoneInfo) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Local clock minutes in UTC, and the rows that the clock does not allow."""
    local = pd.DatetimeIndex(minutes.astype("datetime64[m]").astype("datetime64[s]"))
    early, late = (
        local.tz_localize(zone, ambiguous=np.full(len(local), dst), nonexistent="NaT").tz_convert("UTC")
        for dst in (True, False)
    )
    skipped = np.asarray(early.isna())
    odd = {int(i): "skipped: which the clock skips" for i in np.flatnonzero(skipped)}
    chosen = _epoch_minutes(early)
    seen: Counter[int] = Counter()
    twice = np.flatnonzero(np.asarray(early != late) & ~skipped)
    for i in twice:
        seen[int(minutes[i])] += 1
        if seen[int(minutes[i])] > 1:
            chosen[i] = _epoch_minutes(late[[i]])[0]
    odd.update({int(i): "twice: there once for an hour that comes twice" for i in twice if seen[int(minutes[i])] == 1})
    return chosen, odd


def _step(minutes: NDArray[np.int64], findings: Findings) -> int:
    """The commonest distance between neighbours, in minutes."""
    distances = np.diff(np.unique(minutes))
    if distances.size == 0:
        raise InputError.one(
            findings.name,
            found="one and the same time in all rows",
            expected="one interval a row",
            remedy="check the time column",
        )
    counted: Counter[int] = Counter(distances.tolist())
    step = max(counted, key=lambda distance: (counted[distance], -distance))
    if MINUTES_PER_DAY % step:
        raise InputError.one(
            findings.name,
            found=f"a step of {step} minutes",
            expected="a step that divides the day",
            remedy="check the time column; daily and longer steps are too coarse to plan with",
        )
    return step


def _names_ends(labels: Labels, stamps: Sequence[Stamp], step: int, findings: Findings) -> int:
    """1 where the labels name interval ends, else 0; refused where they leave a doubt."""
    if labels != "auto":
        return int(labels == "end")
    first = stamps[0].minutes % MINUTES_PER_DAY
    if any(stamp.says_24 for stamp in stamps) or first == step % MINUTES_PER_DAY != 0:
        return 1
    if first == 0:
        return 0
    raise InputError.one(
        findings.name,
        found=f"a first label at {first // 60:02d}:{first % 60:02d}",
        expected="a first label that shows whether labels name starts (00:00) or ends (00:15, 01:00, 24:00)",
        remedy="say labels: start or labels: end",
    )


def _check_order(starts: NDArray[np.int64], at: NDArray[np.int64], findings: Findings) -> None:
    """Note rows that go back in time and years that cannot be."""
    for i in np.flatnonzero(np.diff(starts) < 0):
        findings.add(
            int(at[i + 1]),
            "time",
            found=f"{_iso(starts[i + 1])} after {_iso(starts[i])}",
            expected="rows in the order of time",
            remedy="sort the rows",
        )
    years = starts.astype("datetime64[m]").astype("datetime64[Y]").astype(np.int64) + 1970
    for i in np.flatnonzero((years < YEAR_MIN) | (years > YEAR_MAX)):
        findings.add(
            int(at[i]),
            "time",
            kind="year",
            found=f"the year {years[i]}",
            expected=f"{YEAR_MIN} to {YEAR_MAX}",
            remedy="correct the date",
        )


def _whole_minutes(minutes: int, seconds: float) -> int | None:
    """Minutes of a label: a second off is a rounding, such as 23:59:59 for 24:00; more is not a label."""
    if seconds <= 1:
        return minutes
    return minutes + 1 if seconds >= SECONDS_PER_MINUTE - 1 else None


def _stamp(day: date, clock_min: int, offset: int | None) -> Stamp:
    """A label from its day and its minutes after midnight."""
    return Stamp(
        (day - date(1970, 1, 1)).days * MINUTES_PER_DAY + clock_min, offset, says_24=clock_min == MINUTES_PER_DAY
    )


def _offset(text: str | None) -> int | None:
    """+08:00 as 480; Z as 0."""
    if text is None:
        return None
    if text == "Z":
        return 0
    sign = -1 if text[0] == "-" else 1
    return sign * (int(text[1:3]) * 60 + int(text[-2:]))


def _minutes(span: timedelta) -> int:
    """Whole minutes of a span."""
    return round(span / timedelta(minutes=1))


def _epoch_minutes(index: Any) -> NDArray[np.int64]:
    """Minutes since 1970 of UTC instants; a placeholder where there is none."""
    return np.array(index.tz_localize(None).to_numpy().astype("datetime64[m]").astype(np.int64))


def _instant(minutes: int | np.integer[Any]) -> datetime:
    """An instant from minutes since 1970."""
    return datetime.fromtimestamp(int(minutes) * 60, tz=UTC)


def _iso(minutes: int | np.integer[Any]) -> str:
    """An instant for a reader, such as 2026-03-01T16:00Z."""
    return f"{np.datetime64(int(minutes), 'm')}Z"
