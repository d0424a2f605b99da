"""What can a battery, a load, a fleet of cars or a computing cluster give in an event, and why not more?

Each answers with a `Giver`, or with the reason why it stays out. All are sound: what a giver says it can give, the
machine behind it can give on any course within it, and what is put off is made up after the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from wattloom.assets.contract import Bounds, Example, Help, Unit
from wattloom.assets.kinds.pool.reach import Giver
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

Direction = Literal["down", "up"]
Fault = tuple[str, str, str, str]
"""Key path, found, expected, remedy."""
KW_PER_MW = 1000.0
SECONDS_PER_HOUR = 3600.0
WHOLE_PERIOD = 1e-9
"""Share of a period by which a length may miss a whole number of them by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An event as members see it."""

    window: TimeAxis
    direction: Direction
    notice_minutes: float
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What every member says of itself."""

    DOUBT: ClassVar[Literal["all", "energy"]] = "all"
    """What a forecast error touches: rate and energy, or the energy alone."""

    owner: Annotated[str, Help("Whom its income belongs to.", "收益归属方")] = ""
    cost_cny_per_mwh: Annotated[
        float, Unit("CNY/MWh"), Bounds(0), Help("What a MWh given costs it.", "响应边际成本")
    ] = 0.0
    availability: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Probability that it can answer at all.", "可响应概率"),
    ] = 1.0
    error_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Standard deviation of what it can give, of what is foreseen.", "可响应能力的预测误差标准差（占预测值）"),
    ] = 0.0
    income_shares: Annotated[
        Mapping[str, int],
        Bounds(0),
        Help("Among whom its income is parted, such as owner, load, storage.", "收益分配比例，如业主、负荷、储能"),
    ] = field(default_factory=dict)
    ramp_mw_per_min: Annotated[
        float | None,
        Unit("MW/min"),
        Bounds(0, open_below=True),
        Help("How fast it follows a signal; empty: it follows none.", "跟踪指令的爬坡速率；空则不参与调频"),
    ] = None
    delay_s: Annotated[
        float, Unit("s"), Bounds(0), Help("Until it begins to follow a signal.", "跟踪指令的响应延时")
    ] = 0.0

    @property
    def swing_mw(self) -> tuple[float, float]:
        """How far it can be moved by a signal: given more, and taken more; nothing where a kind cannot."""
        return 0.0, 0.0

    def problems(self) -> list[Fault]:
        """Shares that part nothing."""
        if not self.income_shares or sum(self.income_shares.values()) > 0:
            return []
        return [("income_shares", str(dict(self.income_shares)), "one share above 0", "correct the shares")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryMember(Member):
    """A battery at rest but for events."""

    DOUBT: ClassVar[Literal["all", "energy"]] = "energy"

    power_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("The same in and out.", "充放电功率")]
    energy_mwh: Annotated[float, Unit("MWh"), Bounds(0, open_below=True), Help("Usable.", "可用能量")]
    content_share: Annotated[
        float, Unit("1"), Bounds(0, 1), Help("Content when the event begins.", "事件开始时荷电状态"), Example(0.9)
    ]
    least_share: Annotated[float, Unit("1"), Bounds(0, 1), Help("Content that is kept.", "保留荷电状态")] = 0.0
    efficiency: Annotated[
        float, Unit("1"), Bounds(0, 1, open_below=True), Help("One way, bus to cells or back.", "单程效率")
    ] = 0.92

    @property
    def swing_mw(self) -> tuple[float, float]:
        """Its power, either way."""
        return self.power_mw, self.power_mw

    def giver(self, name: str, asked: Asked) -> Giver | Text:
        """Its power, for as long as its content, or its room, lasts."""
        if asked.direction == "down":
            energy = max(self.content_share - self.least_share, 0.0) * self.energy_mwh * self.efficiency
        else:
            energy = (1.0 - self.content_share) * self.energy_mwh / self.efficiency
        return (
            EMPTY if energy <= 0 else _giver(name, np.full(asked.window.count, self.power_mw), self, energy_mwh=energy)
        )

    def baseline_mw(self, window: TimeAxis, zone: ZoneInfo) -> NDArray[np.float64]:  # noqa: ARG002 - as all members
        """It rests."""
        return np.zeros(window.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadMember(Member):
    """A load that may be interrupted under a contract."""

    load_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("What it draws.", "正常负荷")]
    interruptible_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("Of it.", "可中断负荷")]
    adjustable: Annotated[
        bool, Help("Whether any part may be asked for, or all or nothing.", "可连续调节，或仅可整体中断")
    ] = True
    notice_minutes: Annotated[float, Unit("min"), Bounds(0), Help("Least notice.", "最短通知时间")] = 0.0
    hours_min: Annotated[float, Unit("h"), Bounds(0), Help("Shortest interruption.", "最短中断时长")] = 0.0
    hours_max: Annotated[
        float, Unit("h"), Bounds(0, open_below=True), Help("Longest interruption, in one stretch.", "最长连续中断时长")
    ] = 24.0
    events_max: Annotated[
        int | None, Unit("1"), Bounds(0), Help("Events in a contract year; empty: any number.", "合同年内中断次数上限")
    ] = None
    events_used: Annotated[int, Unit("1"), Bounds(0), Help("Of them so far.", "已用次数")] = 0

    def problems(self) -> list[Fault]:
        """More to interrupt than there is, lengths that exclude each other."""
        found = Member.problems(self)
        if self.interruptible_mw > self.load_mw:
            found.append(("interruptible_mw", f"{self.interruptible_mw:g} MW of {self.load_mw:g} MW",
                          "at most load_mw", "correct one of the two"))  # fmt: skip
        if self.hours_min > self.hours_max:
            found.append(("hours_min", f"{self.hours_min:g} h", f"at most hours_max, {self.hours_max:g} h",
                          "correct one of the two"))  # fmt: skip
        return found

    @property
    def swing_mw(self) -> tuple[float, float]:
        """It can draw less, where any part may be asked for."""
        return (self.interruptible_mw if self.adjustable else 0.0), 0.0

    def giver(self, name: str, asked: Asked) -> Giver | Text:
        """Its part that may be interrupted, from the start on for as long as its contract lets it."""
        window = asked.window
        periods = min(int(self.hours_max / window.step_hours + WHOLE_PERIOD), window.count)
        refusals = (
            (asked.direction == "up", NO_MORE),
            (asked.notice_minutes < self.notice_minutes, NOTICE.filled(wants=f"{self.notice_minutes:g}",
                                                                       given=f"{asked.notice_minutes:g}")),
            (self.events_max is not None and self.events_used >= self.events_max,
             USED_UP.filled(count=self.events_used)),
            (window.hours < self.hours_min or periods == 0, LENGTH.filled(hours=f"{window.hours:g}")),
        )  # fmt: skip
        for refused, why in refusals:
            if refused:
                return why
        rate = np.where(np.arange(window.count) < periods, self.interruptible_mw, 0.0)
        return _giver(name, rate, self, whole=not self.adjustable)

    def baseline_mw(self, window: TimeAxis, zone: ZoneInfo) -> NDArray[np.float64]:  # noqa: ARG002 - as all members
        """It draws what it always does."""
        return np.full(window.count, self.load_mw)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMember(Member):
    """Cars of one kind: when they come, when they go, and what they need until then. They charge as they come."""

    vehicles: Annotated[int, Unit("1"), Bounds(1), Help("Plugged in a day.", "每日接入车辆数")]
    charger_kw: Annotated[float, Unit("kW"), Bounds(0, open_below=True), Help("Of each.", "单车充电功率")]
    need_kwh: Annotated[float, Unit("kWh"), Bounds(0, open_below=True), Help("Of each, until it goes.", "单车所需电量")]
    arrive: Annotated[str, Help("Local clock, such as 18:00.", "到达时刻（当地时间）"), Example("18:00")]
    depart: Annotated[
        str, Help("Local clock; the next day where earlier.", "离开时刻；早于到达则为次日"), Example("07:00")
    ]

    def problems(self) -> list[Fault]:
        """Clocks that are none, a need that no charger meets."""
        found = Member.problems(self)
        for key in ("arrive", "depart"):
            if clock_of(getattr(self, key)) is None:
                found.append((key, f'"{getattr(self, key)}"', "a clock time such as 18:00", 'write it as "18:00"'))
        if not found and self.need_kwh > self.charger_kw * self.plugged_hours:
            most = self.charger_kw * self.plugged_hours
            found.append(("need_kwh", f"{self.need_kwh:g} kWh", f"at most {most:g} kWh while plugged in",
                          "lower the need, or leave the cars longer"))  # fmt: skip
        return found

    @property
    def plugged_hours(self) -> float:
        """From arrival to departure."""
        arrive, depart = clock_of(self.arrive), clock_of(self.depart)
        if arrive is None or depart is None:
            return 0.0
        minutes = (depart.hour - arrive.hour) * 60 + depart.minute - arrive.minute
        return (minutes if minutes > 0 else minutes + 24 * 60) / 60

    def giver(self, name: str, asked: Asked) -> Giver | Text:
        """What they would draw, as far as it can be made up between the end of the event and departure."""
        if asked.direction == "up":
            return NO_EARLIER
        window = asked.window
        # Cars of one arrival are alike and stand for each other; those of two are not: the day that gives more counts.
        days = [
            (min(self._drawn_mwh(come, window.start, window.end), self._room_mwh(come, window.end)), come)
            for come in self._arrivals(window, asked.zone)
        ]
        room, come = max(days)
        return AWAY if room <= 0 else _giver(name, self._charging_mw(window, [come]), self, energy_mwh=room)

    def baseline_mw(self, window: TimeAxis, zone: ZoneInfo) -> NDArray[np.float64]:
        """Charging from arrival on at full power, mean of each period."""
        return self._charging_mw(window, self._arrivals(window, zone))

    def _charging_mw(self, window: TimeAxis, arrivals: list[datetime]) -> NDArray[np.float64]:
        """Of cars that came at some instants."""
        step = timedelta(minutes=window.step_minutes)
        drawn = [
            sum(self._drawn_mwh(come, window.start + at * step, window.start + (at + 1) * step) for come in arrivals)
            for at in range(window.count)
        ]
        return np.asarray(drawn, dtype=np.float64) / window.step_hours

    def _arrivals(self, window: TimeAxis, zone: ZoneInfo) -> list[datetime]:
        """Arrivals whose stay may touch the window: of its days, and of the day before."""
        clock = clock_of(self.arrive) or time()
        first = (window.start.astimezone(zone) - timedelta(days=1)).date()
        last = window.end.astimezone(zone).date()
        return [
            datetime.combine(first + timedelta(days=day), clock, tzinfo=zone) for day in range((last - first).days + 1)
        ]

    def _drawn_mwh(self, come: datetime, start: datetime, end: datetime) -> float:
        """What cars that came then draw between two instants when nobody asks."""
        full = come + timedelta(hours=self.need_kwh / self.charger_kw)
        hours = (min(full, end) - max(come, start)).total_seconds() / SECONDS_PER_HOUR
        return max(hours, 0.0) * self.vehicles * self.charger_kw / KW_PER_MW

    def _room_mwh(self, come: datetime, end: datetime) -> float:
        """What they could draw between the end of an event and departure, beyond what they would."""
        leave = come + timedelta(hours=self.plugged_hours)
        hours = (leave - max(end, come)).total_seconds() / SECONDS_PER_HOUR
        most = max(hours, 0.0) * self.vehicles * self.charger_kw / KW_PER_MW
        return most - self._drawn_mwh(come, max(end, come), max(leave, end))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMember(Member):
    """A computing facility with a line of its flexibility sheet: what it offers at a notice, for a duration."""

    draw_mw: Annotated[float, Unit("MW"), Bounds(0, open_below=True), Help("At the meter.", "计量点负荷")]
    offer_mw: Annotated[
        float,
        Unit("MW"),
        Bounds(0),
        Help("As the sheet says (wattloom flexibility assess).", "灵活性评估给出的可调功率"),
    ]
    notice_minutes: Annotated[float, Unit("min"), Bounds(0), Help("Of that line.", "对应通知时间")] = 0.0
    hours_max: Annotated[
        float, Unit("h"), Bounds(0, open_below=True), Help("Of that line.", "对应持续时间")
    ] = 4.0  # fmt: skip

    def problems(self) -> list[Fault]:
        """More on offer than is drawn."""
        found = Member.problems(self)
        if self.offer_mw > self.draw_mw:
            found.append(("offer_mw", f"{self.offer_mw:g} MW of {self.draw_mw:g} MW", "at most draw_mw",
                          "correct one of the two"))  # fmt: skip
        return found

    @property
    def swing_mw(self) -> tuple[float, float]:
        """It can draw less."""
        return self.offer_mw, 0.0

    def giver(self, name: str, asked: Asked) -> Giver | Text:
        """Its offer, in an event no longer and no sooner than the sheet's line speaks of."""
        if asked.direction == "up":
            return NO_MORE
        if asked.notice_minutes < self.notice_minutes:
            return NOTICE.filled(wants=f"{self.notice_minutes:g}", given=f"{asked.notice_minutes:g}")
        if asked.window.hours > self.hours_max + WHOLE_PERIOD:
            return LENGTH.filled(hours=f"{asked.window.hours:g}")
        return _giver(name, np.full(asked.window.count, self.offer_mw), self)

    def baseline_mw(self, window: TimeAxis, zone: ZoneInfo) -> NDArray[np.float64]:  # noqa: ARG002 - as all members
        """It draws what the sheet says."""
        return np.full(window.count, self.draw_mw)


AnyMember = BatteryMember | LoadMember | FleetMember | ClusterMember


def clock_of(text: str) -> time | None:
    """A time of day; None where it is none."""
    try:
        found = time.fromisoformat(text)
    except ValueError:
        return None
    return None if found.tzinfo else found


def _giver(
    name: str, rate_mw: NDArray[np.float64], member: Member, *, energy_mwh: float = np.inf, whole: bool = False
) -> Giver:
    """A giver at the member's own cost."""
    return Giver(
        name=name, rate_mw=rate_mw, energy_mwh=energy_mwh, whole=whole, cost_cny_per_mwh=member.cost_cny_per_mwh
    )


EMPTY = Text("its content leaves nothing to give", "荷电状态不足，无可响应电量")
NO_MORE = Text("it cannot draw more than it does", "无法增加用电")
NO_EARLIER = Text("its cars charge as they come: nothing can be done earlier", "车辆即到即充，无法提前充电")
AWAY = Text("no car could make up for what it leaves", "无车辆可在离开前补足电量")
NOTICE = Text("it wants {wants} min of notice, {given} min are given", "要求提前 {wants} 分钟通知，实际 {given} 分钟")
USED_UP = Text("its {count} events of the contract year are used up", "合同年内 {count} 次中断已用完")
LENGTH = Text("an event of {hours} h is not what its contract allows", "合同不允许 {hours} 小时的事件")
