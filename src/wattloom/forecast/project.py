"""What does somebody who needs forecasts ask? A forecast file: stations, their tables, when, by which models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from wattloom.domain.fields import Bounds, Example, Help, Names, Unit
from wattloom.domain.forecasts import LEVELS, MEDIAN, TargetKind
from wattloom.domain.weather import Place
from wattloom.forecast.task import Task

Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MINUTES_PER_HOUR = 60
LATER, SHOWN_SINCE_EVER = "issued", "oracle"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """Where the values stand."""

    file: Annotated[str, Names("file"), Help("CSV, XLSX or Parquet beside this file.", "本文件旁的数据表")]
    time: Annotated[str, Help("Time column; empty: the one with a usual name.", "时间列；空则按常用列名识别")] = ""
    labels: Annotated[
        Literal["auto", "start", "end"],
        Help("Whether a label names the start or the end of its interval.", "时间标签为时段起点还是终点"),
    ] = "auto"
    zone: Annotated[
        str,
        Names("time zone"),
        Help("Of times that name none; empty: the station's.", "无时区时间所用时区；空则按站点"),
    ] = ""
    sheet: Annotated[str, Help("Of a workbook with several.", "工作表名")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedEntry:
    """A made-up record in place of a table, for trying out; every output says that it is generated."""

    days: Annotated[int, Unit("day"), Bounds(7, 1500), Help("Length of the record.", "记录长度")] = 420
    start: Annotated[str, Help("First day.", "首日")] = "2026-01-01"
    seed: Annotated[int, Unit("1"), Bounds(0), Help("Of the drawing.", "随机种子")] = 1

    def problems(self) -> list[Fault]:
        """A start that is no day."""
        return [] if day_of(self.start) else [("start", f'"{self.start}"', "a day", "write it as 2026-01-01")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEntry:
    """A column that may explain the target, and when each of its values became known."""

    column: Annotated[str, Help("In the table.", "列名"), Example("ghi")]
    unit: Annotated[
        str,
        Names("unit"),
        Help("Of the column; turned into the one that the channel's name ends in.", "列的单位；按通道名后缀换算"),
        Example("W/m2"),
    ]
    known: Annotated[
        Literal["measured", "issued", "calendar", "oracle"],
        Help(
            "measured: when its period has ended; issued: when it was published; calendar: ever since; oracle: what "
            "happened later, shown before, for bounds only, and told so.",
            "measured 时段结束后可知；issued 发布时可知；calendar 始终可知；oracle 事后值，仅作上界并标明",
        ),
        Example("issued"),
    ]
    delay_minutes: Annotated[
        int, Unit("min"), Bounds(0), Help("Of measured: from the period's end until it is known.", "量测值到达延迟")
    ] = 0
    issue_clock: Annotated[
        str, Help("Of issued: time of day at which a day's values are published.", "发布时刻，如 17:00")
    ] = ""
    issue_days_before: Annotated[
        int, Unit("day"), Bounds(0, 30), Help("Of issued: days before the day spoken of.", "提前发布天数")
    ] = 1
    issue_column: Annotated[
        str,
        Help(
            "Of issued: column with the time of publication, in place of issue_clock.", "发布时间列（代替 issue_clock）"
        ),
    ] = ""
    table: Annotated[TableEntry | None, Help("Where it is not the station's.", "另表时填写")] = None

    def problems(self) -> list[Fault]:
        """A publication without its time, or a time where nothing is published."""
        said = bool(self.issue_clock) + bool(self.issue_column)
        if self.known == LATER and said != 1:
            found = "both issue_clock and issue_column" if said else "no time of publication"
            return [
                ("", found, "one of issue_clock and issue_column", 'write `issue_clock: "17:00"`, or name the column')
            ]
        if self.known != LATER and said:
            return [("", f"a time of publication of what is {self.known}", "known: issued", "correct `known:`")]
        if self.issue_clock and minute_of(self.issue_clock) is None:
            return [("issue_clock", f'"{self.issue_clock}"', "a time of day", 'write it as "17:00"')]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsEntry:
    """Which model is asked, and which stand behind it."""

    asked: Annotated[
        str, Names("model"), Help("First choice; empty: the usual one of the kind.", "首选模型；空则按类别取常用模型")
    ] = ""
    fall_back: Annotated[
        tuple[str, ...],
        Names("model"),
        Help(
            "In this order when the one before cannot; climatology and the plain prior always stand behind them.",
            "依次回退；其后总有气候态与先验",
        ),
    ] = ("seasonal_naive",)
    beside: Annotated[
        tuple[str, ...], Names("model"), Help("Back-tested and ranked beside them.", "一并回测与排名的模型")
    ] = ()
    calibrated: Annotated[
        bool, Help("Whether quantiles are calibrated on what came true lately.", "是否按近期实况自适应校准分位数")
    ] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEntry:
    """One station, area, market or queue."""

    kind: Annotated[TargetKind, Help("What is forecast.", "预测对象"), Example("solar")]
    unit: Annotated[str, Help("Of the target, capacity and limits.", "预测量、容量与上下限的单位"), Example("MW")]
    column: Annotated[str, Help("Target column of the table.", "目标列名")] = ""
    table: Annotated[TableEntry | None, Help("Its record; or generated.", "记录数据表")] = None
    generated: Annotated[GeneratedEntry | None, Help("A made-up record.", "生成的示例记录")] = None
    place: Annotated[Place | None, Help("Where it stands.", "地点")] = None
    zone: Annotated[str, Names("time zone"), Help("Where it has no place.", "无地点时的时区")] = ""
    capacity: Annotated[
        float | None, Bounds(0, open_below=True), Help("Start-up capacity, in its unit.", "开机容量（按 unit）")
    ] = None
    lowest: Annotated[float | None, Help("Least that it can be.", "下限")] = None
    highest: Annotated[float | None, Help("Most that it can be; empty: its capacity.", "上限；空则取容量")] = None
    delay_minutes: Annotated[
        int, Unit("min"), Bounds(0), Help("From a period's end until its value is known.", "目标值到达延迟")
    ] = 0
    cleaned: Annotated[
        bool,
        Help(
            "Of solar and wind: whether codes, stuck meters, night power and the like are taken out, each told.",
            "光伏、风电：是否剔除代码值、卡滞、夜间出力等脏数据并逐项说明",
        ),
    ] = True
    channels: Annotated[
        Mapping[str, ChannelEntry],
        Help("By the names that models know, such as nwp_ghi_w_per_m2.", "按模型所用名称，如 nwp_ghi_w_per_m2"),
    ] = field(default_factory=dict)
    models: Annotated[ModelsEntry | None, Help("Where they differ from the file's.", "与全局不同时填写")] = None

    @property
    def cleans_target(self) -> bool:
        """Whether its record is judged by the rules of cleaning: they know the power that a plant generates."""
        return self.cleaned and self.table is not None and self.kind in {TargetKind.SOLAR, TargetKind.WIND}

    def cleans(self, channel: ChannelEntry) -> bool:
        """Whether a channel is judged with it: one of the same table, measured beside the power."""
        return self.cleans_target and channel.table is None and channel.known == "measured"

    @property
    def clock(self) -> ZoneInfo:
        """Clock of its days."""
        return ZoneInfo(self.place.time_zone if self.place is not None else self.zone)

    def problems(self) -> list[Fault]:
        """No record or two, no clock, limits in the wrong order."""
        found: list[Fault] = []
        if (self.table is None) == (self.generated is None):
            what = "neither table nor generated" if self.table is None else "both table and generated"
            found.append(("", what, "one of the two", "keep `table:` with `column:`, or `generated:`"))
        if self.table is not None and not self.column:
            found.append(("", "no column", "the target's column in the table", "add `column:`"))
        if self.place is None and not self.zone:
            found.append(("", "neither place nor zone", "one of the two", "add `zone: Asia/Shanghai`, or the place"))
        if self.kind in {TargetKind.SOLAR, TargetKind.WIND} and self.capacity is None:
            found.append(("", "no capacity", f"capacity, in {self.unit}", "add `capacity:`"))
        if self.generated is not None and self.channels:
            found.append(("channels", "channels of a generated record", "none: they are generated too", "delete them"))
        low, high = self.limits
        if not low < high:
            found.append(
                ("", f"lowest {low:g} and highest {high:g}", "lowest below highest", "swap or correct the two")
            )
        return found

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value; generation, load and arrivals do not fall below zero unless the file says so."""
        low = self.lowest
        if low is None:
            low = float("-inf") if self.kind is TargetKind.PRICE else 0.0
        high = self.highest if self.highest is not None else self.capacity
        return low, float("inf") if high is None else high


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAheadEntry:
    """When the next day is forecast."""

    issue_clock: Annotated[
        str, Help("Local time of issue; 00:00: of the day itself.", "发布时刻（当地）；00:00 为当日零点")
    ] = "09:00"

    def problems(self) -> list[Fault]:
        """A clock that is none."""
        if minute_of(self.issue_clock) is not None:
            return []
        return [("issue_clock", f'"{self.issue_clock}"', "a time of day", 'write it as "09:00"')]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntradayEntry:
    """How far ahead and how often the next periods are forecast."""

    leads: Annotated[int, Unit("1"), Bounds(1, 2000), Help("Periods ahead.", "预测时段数")] = 16
    every_minutes: Annotated[int, Unit("min"), Bounds(1, 1440), Help("Between issues.", "发布间隔")] = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestEntry:
    """What is tested, and how often models learn anew."""

    task: Annotated[Literal["day_ahead", "intraday"], Help("Which of the two.", "日前或日内")] = "day_ahead"
    start: Annotated[str, Help("First day tested; empty: the last 90 of the record.", "回测首日；空则取末90天")] = ""
    end: Annotated[str, Help("First day not tested; empty: the record's end.", "回测止日（不含）")] = ""
    refit_days: Annotated[
        float, Unit("day"), Bounds(0, open_below=True), Help("From one fit to the next.", "重新训练间隔")
    ] = 30.0
    train_days: Annotated[
        float | None,
        Unit("day"),
        Bounds(0, open_below=True),
        Help("Length of the past learnt from; empty: all of it.", "训练窗口长度；空则用全部历史"),
    ] = None

    def problems(self) -> list[Fault]:
        """Days that are none, or in the wrong order."""
        wrong = [
            (name, f'"{said}"', "a day, such as 2026-10-01", "correct it")
            for name, said in (("start", self.start), ("end", self.end))
            if said and day_of(said) is None
        ]
        first, last = day_of(self.start), day_of(self.end)
        if first and last and first >= last:
            wrong.append(("end", self.end, f"a day after {self.start}", "swap or correct the two"))
        return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingEntry:
    """When is a record no longer good enough, and how long is looked back?"""

    stale_hours: Annotated[
        float,
        Unit("h"),
        Bounds(0, open_below=True),
        Help(
            "A newest value older than this, beyond its usual delay, counts as stopped data.",
            "最新值超过此时长（不含正常延迟）视为数据中断",
        ),
    ] = 6.0
    look_back_days: Annotated[
        int,
        Unit("day"),
        Bounds(14, 400),
        Help("Past issues replayed to calibrate the quantiles and to watch for drift.", "回放用于校准与漂移监测的天数"),
    ] = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastProject:
    """A forecast question, complete."""

    name: Annotated[str, Example("My stations"), Help("Shown on the report.", "报告所示名称")]
    stations: Mapping[str, StationEntry]
    step_minutes: Annotated[Literal[5, 10, 15, 30, 60], Unit("min"), Help("Length of a period.", "时段长度")] = 15
    levels: Annotated[tuple[float, ...], Bounds(0, 1, open_below=True), Help("Of the quantiles.", "分位水平")] = LEVELS
    day_ahead: DayAheadEntry = field(default_factory=DayAheadEntry)
    intraday: IntradayEntry = field(default_factory=IntradayEntry)
    models: ModelsEntry = field(default_factory=ModelsEntry)
    backtest: BacktestEntry = field(default_factory=BacktestEntry)
    serving: ServingEntry = field(default_factory=ServingEntry)
    seed: Annotated[int, Unit("1"), Bounds(0), Help("Of whatever is random in a fit.", "随机种子")] = 0
    notes: Annotated[
        tuple[str, ...], Help("What a reader must know; printed in the report.", "读者须知，印入报告")
    ] = ()

    def models_of(self, station: str) -> ModelsEntry:
        """The station's own choice, or the file's."""
        return self.stations[station].models or self.models

    def task(self, kind: str) -> Task:
        """The geometry of "day_ahead" or "intraday"."""
        if kind == "day_ahead":
            minute = minute_of(self.day_ahead.issue_clock) or 0
            return Task.day_ahead(step_minutes=self.step_minutes, issue_minute=minute, levels=self.levels)
        return Task.intraday(
            step_minutes=self.step_minutes,
            leads=self.intraday.leads,
            every_minutes=self.intraday.every_minutes,
            levels=self.levels,
        )

    def problems(self) -> list[Fault]:
        """What does not fit together among the sections."""
        found: list[Fault] = []
        if not self.stations:
            found.append(("stations", "nothing", "at least one", "add one under stations"))
        levels = self.levels
        if MEDIAN not in levels or sorted(set(levels)) != list(levels) or not max(levels, default=0.0) < 1:
            found.append(("levels", f"{list(levels)}", "rising levels below 1 with 0.5 among them", "correct them"))
        minute = minute_of(self.day_ahead.issue_clock)
        if minute is not None and minute % self.step_minutes:
            expected = f"the start of a period of {self.step_minutes} minutes"
            found.append(("day_ahead.issue_clock", self.day_ahead.issue_clock, expected, "move it"))
        every = self.intraday.every_minutes
        if every % self.step_minutes or 1440 % every:
            expected = f"whole periods of {self.step_minutes} minutes that divide a day"
            found.append(("intraday.every_minutes", str(every), expected, "correct it"))
        return found


def minute_of(clock: str) -> int | None:
    """Minutes after midnight of a time of day; None where it is none.

    Example:
        >>> minute_of("09:15"), minute_of("25:00")
        (555, None)
    """
    match = CLOCK.fullmatch(clock.strip())
    return int(match[1]) * MINUTES_PER_HOUR + int(match[2]) if match else None


def day_of(text: str) -> date | None:
    """The day that a text names; None where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), tzinfo=zone)
