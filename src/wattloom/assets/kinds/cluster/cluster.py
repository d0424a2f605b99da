"""How much does a computing cluster draw in each period, and which of its work may wait?

IT power is firm work as it arrives plus the machines that run waiting work. Overhead is fixed(T) · rated plus
slope(T) · IT, so that PUE falls as machines fill up. All of it is linear in the rated IT power.

What may wait is told per class by an envelope: work that arrived may be done at once or up to its window later, between
a floor and a ceiling. Machines that catch up are those left over: rated power less firm work, over all classes.

What is left out: idle machines count as off (where they stay on, give their draw as a serving class); work inside a
class is interchangeable; the dead minutes of a restart are in `checkpoint_cost_cny_per_mwh` only; serving that could
move to another site is firm while there is one site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar

from wattloom.assets.contract import (
    Bounds,
    Choice,
    CostItem,
    Example,
    Help,
    Level,
    Part,
    Size,
    Stage,
    Surroundings,
    Unit,
)
from wattloom.assets.kinds.cluster import overhead
from wattloom.assets.kinds.cluster.arrivals import Arrivals, arrivals
from wattloom.assets.kinds.cluster.classes import classify
from wattloom.assets.kinds.cluster.overhead import ByTemperature, at_temperature
from wattloom.assets.kinds.cluster.shifting import Shifted, add_shifting, require_joint_ceiling
from wattloom.assets.kinds.cluster.workload import Fault, WorkloadClass
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.flows import Amount, LoadFlows, total
from wattloom.domain.text import Text
from wattloom.domain.workloads import Classification, Envelope, WorkloadKind

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from wattloom.domain.time import TimeAxis
    from wattloom.solve.program import Program

KW_PER_MW = 1000.0
SHARES_ROUNDING = 1e-6
"""How far the shares of the classes may miss 1."""


def _all_serving() -> dict[str, WorkloadClass]:
    """Without a word on classes nothing may wait."""
    return {"serving": WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A computing facility behind one connection point."""

    STAGE: ClassVar[Stage] = Stage.LOAD

    it_mw: Annotated[
        Size,
        Unit("MW"),
        Bounds(0, open_below=True),
        Help("Rated power of the IT equipment.", "IT设备额定功率"),
        Example(100.0),
    ]
    utilisation: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Mean IT power over rated IT power in the first year.", "首年平均IT功率与额定IT功率之比"),
        Example(0.7),
    ]
    overhead_fixed: Annotated[
        float | tuple[tuple[float, float], ...],
        Unit("1"),
        Help(
            "Overhead drawn whatever the load, of rated IT power: a number, or points [air temperature in °C, number].",
            "固定能耗（相对额定IT功率）：数值，或[气温°C, 数值]点列",
        ),
        Example(0.06),
    ]
    overhead_slope: Annotated[
        float | tuple[tuple[float, float], ...],
        Unit("MW/MW"),
        Help(
            "Overhead for each MW of IT power that runs: a number, or points [air temperature in °C, number].",
            "随IT功率增加的能耗（每兆瓦IT）：数值，或[气温°C, 数值]点列",
        ),
        Example(0.12),
    ]
    classes: Annotated[
        Mapping[str, WorkloadClass],
        Help(
            "Sorts of work by name; left away: all of it is firm serving.", "按名称列出的负载类别；缺省全部为刚性服务"
        ),
    ] = field(default_factory=_all_serving)
    load_shape: Annotated[
        Level,
        Unit("1"),
        Help("Shape of serving over time; its level does not matter.", "服务类负载的时间形状，仅取相对值"),
    ] = 1.0
    growth_per_year: Annotated[
        float,
        Unit("1"),
        Bounds(-0.5, 1),
        Help("Growth of the mean load a year, until full.", "平均负载年增长率，直至满载"),
    ] = 0.0
    cooling_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Part of the overhead that is cooling which a cold store may shift.", "附加能耗中可由蓄冷转移的制冷比例"),
    ] = 0.0
    heat_reuse_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Part of IT energy whose heat is used elsewhere.", "余热被利用的IT能量比例"),
    ] = 0.0
    backup_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help(
            "Part of serving, with the overhead that goes with it, that must run through an outage of the grid.",
            "电网中断时须保持运行的服务负载比例（含相应附加能耗）",
        ),
    ] = 1.0
    gpus_per_mw: Annotated[
        float | None,
        Unit("1/MW"),
        Bounds(0, open_below=True),
        Help("GPUs for each MW rated.", "每兆瓦额定IT功率的GPU数"),
    ] = None
    notice_minutes: Annotated[
        float | None,
        Unit("min"),
        Bounds(0),
        Help("From a signal until the load has changed; empty: unknown.", "从收到指令到负荷到位的时间；空：未知"),
    ] = None
    capital_cost_cny_per_kw_it: Annotated[
        float,
        Unit("CNY/kW"),
        Bounds(0),
        Help(
            "Electrical and mechanical plant; 0: the building is no part of the energy plan.",
            "机电设施投资；0表示不计入能源规划",
        ),
    ] = 0.0
    life_years: Annotated[
        float, Unit("year"), Bounds(0, open_below=True), Help("Life of that plant.", "机电设施寿命")
    ] = 20.0

    @property
    def needs_weather(self) -> bool:
        """Whether overhead is given by air temperature."""
        return isinstance(self.overhead_fixed, tuple) or isinstance(self.overhead_slope, tuple)

    @property
    def gpu_hours_per_mwh_it(self) -> float | None:
        """GPU-hours installed, busy or not, for each MWh of mean IT power in the first year; None if not known."""
        return None if self.gpus_per_mw is None else self.gpus_per_mw / self.utilisation

    def classification(self) -> Classification:
        """How flexible the facility is, explained: for management by class of task."""
        return classify(self)

    def problems(self) -> list[Fault]:
        """What does not fit together among the keys: key path, found, expected, remedy."""
        shares = sum(part.share for part in self.classes.values())
        faults: list[Fault] = []
        if abs(shares - 1.0) > SHARES_ROUNDING:
            faults.append(
                ("classes", f"shares that add up to {shares:g}", "1", "correct share, or add the missing class")
            )
        for key, value in (("overhead_fixed", self.overhead_fixed), ("overhead_slope", self.overhead_slope)):
            found = overhead.faults(value)
            if found:
                faults.append((key, found, "numbers at or above 0 over rising temperatures", "correct the table"))
        if isinstance(self.load_shape, float | int) and self.load_shape <= 0:
            faults.append(("load_shape", f"{self.load_shape:g}", "a shape above 0", "delete the key for a flat load"))
        for name, part in self.classes.items():
            faults.extend((f"classes.{name}.{key}", *rest) for key, *rest in part.faults())  # type: ignore[misc]
        return faults

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Write the waiting work; what the cluster draws, what of it is cooling, and what an outage must not stop."""
        self._refuse_problems(name)
        rated = site.sized(program, f"{name}.it_mw", self.it_mw)
        work = arrivals(self, site.axis, zone=site.zone, operating_year=site.operating_year)
        shifted = self._add_waiting(program, f"{site.prefix}{name}", work, rated)
        it = program.series(work.firm_mw) * rated + total(part.it_mw for part in shifted)
        count = program.axis.count
        fixed = program.series(at_temperature(self.overhead_fixed, site.weather, count)) * rated
        slope = program.series(at_temperature(self.overhead_slope, site.weather, count))
        extra = fixed + slope * it
        return Part(
            name=name,
            kind="cluster",
            draw_mw=it + extra,
            sizes={"it_mw": rated},
            costs=self._costs(rated, shifted),
            load=LoadFlows(
                it_mw=it,
                overhead_mw=extra,
                reused_heat_mw=self.heat_reuse_share * it if self.heat_reuse_share else 0.0,
                backlog_mwh=total(part.backlog_mwh for part in shifted),
            ),
            cooling_mw=self.cooling_share * extra if self.cooling_share else 0.0,
            firm_mw=self.backup_share * (program.series(work.serving_mw) * rated * (1.0 + slope) + fixed),
            notes=self._notes(work),
        )

    def envelope(self, window: TimeAxis, *, zone: ZoneInfo | None = None, operating_year: int = 1) -> Envelope | None:
        """All its waiting work together; None where nothing waits.

        Days end on the clocks of `zone`; without it they are counted from the start of the window. The window begins
        with nothing waiting and ends so.
        """
        self._refuse_problems("cluster")
        if isinstance(self.it_mw, Choice):
            raise InputError.one(
                "cluster.it_mw", found="a size still to be chosen", expected="a number", remedy="plan the site first"
            )
        work = arrivals(self, window, zone=zone, operating_year=operating_year)
        if not work.rooms:
            return None
        parts = (room.envelope for room in work.rooms.values())
        return Envelope.together(parts, rate_mw_max=work.spare_mw).scaled(self.it_mw)

    def _add_waiting(self, program: Program, label: str, work: Arrivals, rated: Amount) -> list[Shifted]:
        """The classes that may wait, and the ceiling over all of them."""
        shifted = [
            add_shifting(program, f"{label}.{key}", of_class=self.classes[key], room=room, rated_mw=rated)
            for key, room in work.rooms.items()
        ]
        rooms = list(work.rooms.values())
        require_joint_ceiling(program, label, shifted, rooms=rooms, spare_mw=work.spare_mw, rated_mw=rated)
        return shifted

    def _costs(self, rated: Amount, shifted: list[Shifted]) -> tuple[CostItem, ...]:
        """Plant, waiting and pausing, where they cost something."""
        items = []
        if self.capital_cost_cny_per_kw_it:
            capital = (self.capital_cost_cny_per_kw_it * KW_PER_MW) * rated
            items.append(CostItem(item="electromechanical", capital_cny=capital, life_years=self.life_years))
        if any(part.deferral_cost_cny_per_mwh_hour for part in self.classes.values() if part.waits):
            items.append(CostItem(item="deferral", variable_cny_per_year=total(part.deferral_cny for part in shifted)))
        if any(part.checkpoint_cost_cny_per_mwh for part in self.classes.values() if part.waits):
            paused = total(part.checkpoint_cny for part in shifted)
            items.append(CostItem(item="checkpoints", variable_cny_per_year=paused))
        return tuple(items)

    def _notes(self, work: Arrivals) -> tuple[Text, ...]:
        """What a reader must know about how its work was modelled."""
        notes = []
        if any(part.kind is WorkloadKind.MOVABLE_SERVING for part in self.classes.values()):
            notes.append(NOWHERE_TO_MOVE)
        if work.rooms:
            notes.append(OFF_WITHOUT_WORK)
        if any(part.kind is WorkloadKind.TRAINING and part.waits for part in self.classes.values()):
            notes.append(CATCHES_UP)
        if work.saturated:
            notes.append(MACHINES_FULL.filled(utilisation=f"{work.utilisation:.3f}"))
        notes += [part.note(name) for name, part in self.classes.items() if part.waits and part.power_work != "linear"]
        return tuple(notes)

    def _refuse_problems(self, name: str) -> None:
        """Raise all cross-field problems at once."""
        problems = [
            Problem(where=f"{name}.{key}", found=found, expected=expected, remedy=remedy)
            for key, found, expected, remedy in self.problems()
        ]
        if problems:
            raise InputError(problems)


NOWHERE_TO_MOVE = Text(
    "Movable serving is firm here: with one site there is nowhere to move it.",
    "可迁移推理按刚性负荷计：单一站点无处可迁。",
)
OFF_WITHOUT_WORK = Text(
    "Machines without work count as off; where they stay on, their draw belongs to firm serving.",
    "无任务的机器按关机计；若保持开机，其功率应计入刚性推理。",
)
CATCHES_UP = Text(
    "Training catches up on machines left over: its jobs must be able to take more of them.",
    "训练任务利用空余机器追赶进度：其作业须能扩展到更多机器。",
)
MACHINES_FULL = Text(
    "The load stopped growing at a utilisation of {utilisation}: the machines are full.",
    "利用率达到 {utilisation} 后负荷不再增长：机器已满。",
)

__all__ = ["ByTemperature", "Cluster", "WorkloadClass"]
