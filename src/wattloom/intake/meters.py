"""What did this meter count in each period of the month, in whole watt-hours, and what does nobody know?

Three sorts of column are read: energy of each interval, mean power, and the running total of a register. Watt-hours are
rounded down once, on the running sum: what is left over goes into the meter's next interval, never to another meter. An
interval that nobody knows holds nothing and says so; nothing is filled in. A register that falls has rolled over, was
replaced, or is wrong: the first needs its number of digits, the second to be told.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.intake.stations import TOLD_AGAIN, Rows, read_rows
from wattloom.intake.tables import Layout
from wattloom.intake.units import UNITS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

Sort = Literal["interval", "power", "register"]
MINUTES_PER_HOUR = 60
SECONDS_PER_MINUTE = 60
WH_PER_MWH = 1_000_000
ABOVE_CAPACITY_SHARE = Decimal("0.05")
"""Assumed: by how much a device may pass its rating before its meter is not believed."""
OF_SORT = {"interval": "energy in MWh", "register": "energy in MWh", "power": "power in MW"}
SHOWN_MAX = 3
"""Instants that a note names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A register that was taken away, and the one that came in its place."""

    at: datetime
    last: Decimal
    """Reading of the old one when it was taken away."""
    first: Decimal
    """Reading of the new one when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRules:
    """How a column of readings is to be understood."""

    sort: Sort
    unit: str
    zone: ZoneInfo
    ratio: Decimal = Decimal(1)
    """Of the transformers before the meter."""
    rolls_over_at: Decimal | None = None
    """Reading at which a register begins again at nought, such as 1,000,000."""
    most_w: int | None = None
    """What the device can give; a reading that passes it is not believed."""
    replaced: tuple[Replacement, ...] = ()
    issue_column: str = ""
    """With the time of publication: the latest stands."""
    spread: bool = False
    """Whether what a register counted over a gap is spread over it evenly: an estimate, and told so."""

    @property
    def wh_per_unit(self) -> Decimal:
        """Watt-hours (or watts) a unit, transformers included; exact."""
        known = UNITS.get(self.unit)
        if known is None or known.family != OF_SORT[self.sort]:
            fitting = [name for name, unit in UNITS.items() if unit.family == OF_SORT[self.sort]]
            raise InputError.one("unit of a meter", found=repr(self.unit), expected=f"one of {', '.join(fitting)}",
                                 remedy="name the column's unit as it is")  # fmt: skip
        return Decimal(repr(known.factor)) * WH_PER_MWH * self.ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReadings:
    """A meter on an axis."""

    name: str
    """File and column."""
    file_sha256: str
    axis: TimeAxis
    wh: NDArray[np.int64]
    """Whole watt-hours; 0 where nothing is known; shape (axis.count,)."""
    known: NDArray[np.bool_]
    """Shape (axis.count,)."""
    estimated: NDArray[np.bool_]
    """Spread over a gap; shape (axis.count,)."""
    remainder_wh: Decimal
    """Less than one: left over at the end, kept on the meter."""
    notes: tuple[Text, ...] = ()
    generated: bool = False
    """Drawn with a seed: no real meter."""

    @property
    def total_wh(self) -> int:
        """Of all periods known."""
        return int(self.wh.sum())

    @property
    def missing(self) -> int:
        """How many periods nobody knows."""
        return int((~self.known).sum())


@dataclass(slots=True)
class _Told:
    """What was left out or put right, by rule, to be told."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def note(self, rule: str, at: object) -> None:
        """Once more."""
        self.found.setdefault(rule, []).append(str(at))

    def texts(self, name: str) -> list[Text]:
        """One sentence a rule."""
        made = []
        for rule, places in self.found.items():
            shown = ", ".join(places[:SHOWN_MAX]) + (" …" if len(places) > SHOWN_MAX else "")
            told = RULES[rule].filled(count=len(places), places=shown)
            made.append(Text(f"{name}: {told.en}", f"{name}：{told.zh}"))
        return made


RULES = {
    "gap": Text(
        "{count} periods have no reading ({places}); they hold nothing, and nobody can claim them.",
        "{count} 个时段无读数（{places}），按无电量处理，任何人不得主张。",
    ),
    "double": Text(
        "{count} periods are told twice with different values ({places}); both are left out, as nothing says which is "
        "right. Name issue_column, or delete the wrong row.",
        "{count} 个时段有两个不同读数（{places}），无从判断，均不采用；请指明发布时间列或删除错误行。",
    ),
    "again": Text("{count} rows repeat a value that was there ({places}); counted once.",
                  "{count} 行重复同一读数（{places}），只计一次。"),
    "corrected": Text("{count} periods were published again with another value ({places}); the latest stands.",
                      "{count} 个时段经重新发布更正（{places}），以最新发布为准。"),
    "negative": Text("{count} readings are below zero ({places}); they count as nothing generated or used.",
                     "{count} 个读数为负（{places}），按零计。"),
    "too_much": Text("{count} periods show more than the device can give ({places}); they are left out.",
                     "{count} 个时段超过设备能力（{places}），不予采用。"),
    "rolled": Text("the register rolled over {count} times ({places}).", "表底翻转 {count} 次（{places}）。"),
    "replaced": Text("the meter was replaced {count} times, as told ({places}).",
                     "换表 {count} 次（{places}），按记录计。"),
    "fell": Text(
        "the register fell {count} times ({places}) with neither a roll-over that the device allows nor a replacement "
        "that was told; those periods hold nothing.",
        "表底回落 {count} 次（{places}），既非可信翻转亦无换表记录，相应时段按无电量处理。",
    ),
    "spread": Text(
        "over {count} gaps ({places}) the register's difference is spread evenly: an estimate.",
        "{count} 处缺口（{places}）按表底差平均分摊，属估计值。",
    ),
    "unplaced": Text(
        "between {count} pairs of readings ({places}) the register counted energy that belongs to no period; it is not "
        "issued. Say `spread: true` to spread it.",
        "{count} 处缺口（{places}）之间的表底差无法归入时段，不予核发；可设 spread: true 平均分摊。",
    ),
}  # fmt: skip


def read_meter(
    path: Path, *, column: str, how: MeterRules, axis: TimeAxis, layout: Layout, called: str = ""
) -> MeterReadings:
    """A meter's column on an axis, every rule that was applied told.

    Args:
        path: CSV, XLSX or Parquet; also one row a day with 24, 48 or 96 columns.
        column: of the readings, or the word that its rows carry.
        how: what the readings mean.
        axis: such as a month in periods of settlement.
        layout: time column, labels, sheet.
        called: the meter, as notes name it; the file and column by default.
    """
    own = layout if how.sort != "register" else Layout(time=layout.time, labels="start", sheet=layout.sheet)
    rows = read_rows(path, columns=[column], zone=how.zone, layout=own, issue_column=how.issue_column)
    name = f"{rows.name}, {column}"
    told = _Told()
    values = _once(rows, column, told)
    counted = (_registered if how.sort == "register" else _summed)(values, rows, how, axis, told)
    wh, known, remainder = _whole(counted, how, axis, told)
    estimated = np.array([entry is not None and entry[1] for entry in counted]) & known
    notes = [note for note in rows.notes if TOLD_AGAIN not in note.en]  # Told here, by another rule.
    return MeterReadings(
        name=name,
        file_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        axis=axis,
        wh=wh,
        known=known,
        estimated=estimated,
        remainder_wh=remainder,
        notes=(*notes, *told.texts(called or name)),
    )


def month_axis(month: str, zone: ZoneInfo, step_minutes: int, *, months: int = 1) -> TimeAxis:
    """The periods of a calendar month of a zone, or of some in a row.

    Example:
        >>> from zoneinfo import ZoneInfo
        >>> month_axis("2028-02", ZoneInfo("Asia/Shanghai"), 15).count
        2784
    """
    year, number = map(int, month.split("-"))
    last = year * 12 + number - 1 + months
    start = datetime(year, number, 1, tzinfo=zone)
    end = datetime(last // 12, last % 12 + 1, 1, tzinfo=zone)
    return TimeAxis(
        start, step_minutes, round((end.astimezone(UTC) - start.astimezone(UTC)) / timedelta(minutes=step_minutes))
    )


def _once(rows: Rows, column: str, told: _Told) -> dict[int, Decimal]:
    """One reading an instant: the latest published; two that differ without a time of publication count as none."""
    values, issued = rows.columns[column], rows.issued_s
    order = np.arange(len(values)) if issued is None else np.argsort(issued, kind="stable")
    found: dict[int, Decimal] = {}
    broken: set[int] = set()
    for i in order:
        at, value = int(rows.starts_s[i]), float(values[i])
        if np.isnan(value):
            continue
        exact = Decimal(repr(value))
        if at not in found:
            found[at] = exact
        elif found[at] == exact:
            told.note("again", _clock(at))
        elif issued is not None:
            told.note("corrected", _clock(at))
            found[at] = exact
        else:
            broken.add(at)
    for at in sorted(broken):
        told.note("double", _clock(at))
        del found[at]
    return found


_Counted = list[tuple[Decimal, bool] | None]
"""Energy of each period in sixtieths of a watt-hour, and whether it is estimated; None: not known."""


def _summed(values: dict[int, Decimal], rows: Rows, how: MeterRules, axis: TimeAxis, told: _Told) -> _Counted:
    """Energy or mean power of intervals that fit into the periods."""
    step, own = axis.step_minutes, rows.step_minutes
    if step % own:
        raise InputError.one(
            rows.name,
            found=f"a reading every {own} minutes",
            expected=f"every {step} minutes, or a part of them",
            remedy="set step_minutes to the meter's own step; an hour is never cut into quarters here",
        )
    # An energy counts sixty times, a power once for each of its minutes: sixtieths of a watt-hour either way.
    each = how.wh_per_unit * (own if how.sort == "power" else MINUTES_PER_HOUR)
    parts, first = step // own, int(axis.start.timestamp())
    counted: _Counted = []
    for period in range(axis.count):
        start = first + period * step * SECONDS_PER_MINUTE
        inside = [values.get(start + part * own * SECONDS_PER_MINUTE) for part in range(parts)]
        whole = [value for value in inside if value is not None]
        if len(whole) < parts:
            told.note("gap", _clock(start))
            counted.append(None)
            continue
        if min(whole) < 0:
            told.note("negative", _clock(start))
        counted.append((sum((max(value, Decimal(0)) * each for value in whole), Decimal(0)), False))
    return counted


def _registered(values: dict[int, Decimal], rows: Rows, how: MeterRules, axis: TimeAxis, told: _Told) -> _Counted:
    """Differences of a register between the ends of periods."""
    del rows
    step_s, first = axis.step_minutes * SECONDS_PER_MINUTE, int(axis.start.timestamp())
    at = [period for period in range(axis.count + 1) if first + period * step_s in values]
    counted: _Counted = [None] * axis.count
    for before, after in pairwise(at):
        since, until = first + before * step_s, first + after * step_s
        grown = _grown(values, since, until, how, told)
        count = after - before
        if count > 1:
            told.note("spread" if how.spread else "unplaced", _clock(since))
        if grown is None or (count > 1 and not how.spread):
            continue
        energy = grown * how.wh_per_unit * MINUTES_PER_HOUR
        each = energy // count
        for period in range(before, after):
            counted[period] = (each, count > 1)
        counted[after - 1] = (energy - each * (count - 1), count > 1)
    for period in (period for period, entry in enumerate(counted) if entry is None):
        told.note("gap", _clock(first + period * step_s))
    return counted


def _grown(values: dict[int, Decimal], since: int, until: int, how: MeterRules, told: _Told) -> Decimal | None:
    """What a register counted between two instants; None where that cannot be said."""
    old, new = values[since], values[until]
    change = next((one for one in how.replaced if since < one.at.timestamp() <= until), None)
    if change is not None:
        told.note("replaced", _clock(int(change.at.timestamp())))
        grown = change.last - old + new - change.first
        if change.last >= old and new >= change.first:
            return grown
        told.note("fell", _clock(until))
        return None
    if new >= old:
        return new - old
    if how.rolls_over_at is not None:
        grown = new + how.rolls_over_at - old
        hours = Decimal(until - since) / (SECONDS_PER_MINUTE * MINUTES_PER_HOUR)
        if how.most_w is not None and grown * how.wh_per_unit <= _most(how.most_w) * hours:
            told.note("rolled", _clock(until))
            return grown
    told.note("fell", _clock(until))
    return None


def _whole(
    counted: _Counted, how: MeterRules, axis: TimeAxis, told: _Told
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Decimal]:
    """Whole watt-hours: the running sum is rounded down, so that a part of one goes into the next period."""
    wh, known = np.zeros(axis.count, dtype=np.int64), np.ones(axis.count, dtype=np.bool_)
    most = None if how.most_w is None else _most(how.most_w) * axis.step_minutes
    left = Decimal(0)
    for period, entry in enumerate(counted):
        if entry is not None and most is not None and entry[0] > most:
            told.note("too_much", _clock(int(axis.start.timestamp()) + period * axis.step_minutes * SECONDS_PER_MINUTE))
            entry = None  # noqa: PLW2901 - not believed
        if entry is None:
            known[period] = False
            continue
        whole, left = divmod(left + entry[0], MINUTES_PER_HOUR)
        wh[period] = int(whole)
    wh.flags.writeable = known.flags.writeable = False
    return wh, known, left / MINUTES_PER_HOUR


def _most(most_w: int) -> Decimal:
    """A rating with its margin."""
    return most_w * (1 + ABOVE_CAPACITY_SHARE)


def _clock(second: int) -> str:
    """An instant for a reader."""
    return datetime.fromtimestamp(second, tz=UTC).strftime("%Y-%m-%dT%H:%MZ")
