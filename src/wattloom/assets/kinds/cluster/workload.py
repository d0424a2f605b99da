"""What sort of work does a cluster do, how long may it wait, how slowly may it run, and what does waiting cost?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from wattloom.assets.contract import Bounds, Example, Help, Level, Unit
from wattloom.assets.kinds.cluster import power_work
from wattloom.assets.kinds.cluster.power_work import Point
from wattloom.domain.text import Text
from wattloom.domain.workloads import WorkloadKind

Fault = tuple[str, str, str, str]
"""Key, what was found, what was expected, what to do."""

GPU_SHARE_OF_SERVER_POWER = 0.65
"""8 GPUs at 408 W of a server at 5.04 kW: the 95th percentiles of the Seren cluster (Acme trace, CC BY 4.0)."""

WAITING_KINDS = frozenset({WorkloadKind.BATCH, WorkloadKind.TRAINING})


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadClass:
    """Work of one sort inside a cluster."""

    kind: Annotated[
        WorkloadKind,
        Help(
            "Firm serving answers people now; movable serving may answer from another site; batch is many jobs with a "
            "time window; training is few long jobs.",
            "刚性服务即时响应；可迁移服务可由其他站点响应；批处理为多个有时限的任务；训练为少数长任务",
        ),
        Example("firm_serving"),
    ]
    share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help("Part of the cluster's mean IT power; the classes add up to 1.", "占集群平均IT功率的比例，各类之和为1"),
        Example(1.0),
    ]
    window_hours: Annotated[
        float, Unit("h"), Bounds(0), Help("How long work of this class may wait.", "该类任务可等待的时长")
    ] = 0.0
    cleared: Annotated[
        Literal["rolling", "daily"],
        Help("daily: besides, nothing waits past the end of a local day.", "daily：此外，当地日终前须全部完成"),
    ] = "rolling"
    least_power: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1),
        Help(
            "Share of its mean that must always run; it may run capped where power_work allows.",
            "须始终运行的比例（相对该类平均）；若给出power_work可限功率运行",
        ),
    ] = 0.0
    power_max: Annotated[
        float | None,
        Unit("1"),
        Bounds(0, open_below=True),
        Help(
            "Most it may take, in multiples of its mean; empty: its mean plus all that the cluster has spare.",
            "功率上限（平均值的倍数）；空：平均值加集群全部余量",
        ),
    ] = None
    power_work: Annotated[
        str | tuple[tuple[float, float], ...],
        Unit("1"),
        Help(
            "linear, the name of a fitted curve, or points [power share, work share] of whole machines up to [1, 1].",
            "linear、拟合曲线名，或整机的[功率占比, 工作量占比]点列，止于[1, 1]",
        ),
    ] = "linear"
    power_work_case: Annotated[
        Literal["median", "lowest", "highest"],
        Help("Which of the measured set-ups of a fitted curve.", "取拟合曲线的中位、最低或最高"),
    ] = "median"
    capped_share: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help(
            "Part of a machine's full power that a cap acts on (its GPUs); turns a fitted GPU curve into a machine's.",
            "整机满功率中受功率上限控制的部分（GPU），用于把GPU曲线换算为整机曲线",
        ),
    ] = GPU_SHARE_OF_SERVER_POWER
    deferral_cost_cny_per_mwh_hour: Annotated[
        float,
        Unit("CNY/MWh/h"),
        Bounds(0),
        Help("Cost of a MWh of work waiting an hour.", "每兆瓦时工作等待一小时的成本"),
    ] = 0.0
    checkpoint_cost_cny_per_mwh: Annotated[
        float,
        Unit("CNY/MWh"),
        Bounds(0),
        Help("Cost of each MWh whose machines pause: checkpoint and restart.", "每暂停一兆瓦时的检查点与重启成本"),
    ] = 0.0
    arrival_shape: Annotated[
        Level,
        Unit("1"),
        Help("Relative shape over time in which batch or training work arrives.", "批处理或训练任务到达的相对形状"),
    ] = 1.0

    @property
    def waits(self) -> bool:
        """Whether this work may wait at this site."""
        return self.kind in WAITING_KINDS and self.window_hours > 0

    @property
    def serves(self) -> bool:
        """Whether people wait for it, so that an outage must not stop it."""
        return self.kind not in WAITING_KINDS

    @property
    def points(self) -> tuple[Point, ...]:
        """Measured or given points of whole machines, by rising power."""
        if self.power_work == "linear":
            return power_work.LINEAR
        if isinstance(self.power_work, str):
            return power_work.of_whole_machine(
                power_work.curve(self.power_work).points(self.power_work_case), self.capped_share
            )
        return tuple((float(power), float(work)) for power, work in self.power_work)

    @property
    def running_points(self) -> tuple[Point, ...]:
        """Points at which its machines may run, any mix of them possible: from "off" for many jobs only."""
        return power_work.upper_hull(self.points, from_off=self.kind is WorkloadKind.BATCH)

    def note(self, name: str) -> Text:
        """What a reader must know about its curve."""
        if isinstance(self.power_work, str):
            fit = power_work.curve(self.power_work)
            case = Text(self.power_work_case, CASES_ZH[self.power_work_case])
            curve = FITTED.filled(title=fit.title, case=case, setups=fit.setups, source=fit.source, caveat=fit.caveat)
        else:
            curve = Text("the points given in the project file", "项目文件给出的各点")
        hull = HULL_FROM_OFF if self.kind is WorkloadKind.BATCH else HULL_FROM_LOWEST
        return Text("{name}: capped power is priced by {hull}. Curve: {curve}", "{name}：{hull}。曲线：{curve}").filled(
            name=name, hull=hull, curve=curve
        )

    def faults(self) -> Iterator[Fault]:
        """What does not fit together among its keys."""
        if self.kind not in WAITING_KINDS:
            for key, found in (("window_hours", self.window_hours), ("least_power", self.least_power)):
                if found:
                    yield key, f"{found:g} for {self.kind}", "0", "make it batch or training, or delete the key"
            if self.power_work != "linear":
                yield "power_work", f"a curve for {self.kind}", "linear", "serving is not slowed down: delete the key"
        if self.power_max is not None and self.power_max < 1:
            yield "power_max", f"{self.power_max:g}", "at least 1", "what arrives must be served on the mean"
        yield from self._curve_faults()

    def _curve_faults(self) -> Iterator[Fault]:
        """What is wrong with its curve."""
        if isinstance(self.power_work, str):
            names = ("linear", *power_work.curve_names())
            if self.power_work not in names:
                yield "power_work", f'"{self.power_work}"', f"one of {', '.join(names)}", "name one, or give points"
            return
        found = power_work.faults(self.power_work)
        if found:
            yield "power_work", found, "points above 0 that rise to (1, 1)", "correct the points"


CASES_ZH = {"median": "中位", "lowest": "最低", "highest": "最高"}
FITTED = Text(
    "{title} ({case} of {setups}; {source}); {caveat}", "{title}（{setups} 组测量取{case}；{source}）；{caveat}"
)
HULL_FROM_OFF = Text(
    "its upper hull from off, since of many jobs some can run capped while the rest are off",
    "限功率按自关机点起的上凸包计，因众多作业可部分限功率、部分关机",
)
HULL_FROM_LOWEST = Text(
    "its upper hull from the lowest measured point, since a long job cannot be half off; pausing is apart",
    "限功率按自最低实测点起的上凸包计，因单个长作业不能半关；暂停另计",
)
