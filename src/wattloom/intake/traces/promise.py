"""What does a trace not say? Classes, deadlines, power, homes, clocks: each a field with its source or "assumed"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.jobs import JobClass
from wattloom.domain.text import Text
from wattloom.domain.time import Interval, utc

GPU_MW = 408e-6
NODE_REST_MW = 1776e-6
GPUS_PER_NODE = 8
MOVE_GB_PER_GPU = 80.0
ANY = "*"
"""A label that stands for all others."""
AS_STATED = Text("as stated", "由使用者给定")
DEFAULTS: Mapping[str, Text] = {
    "gpu_mw": Text(
        "assumed: 408 W, the 95th percentile of GPU power in the Seren cluster (Acme, NSDI 2024), for a busy GPU",
        "假定：408 W，取 Seren 集群 GPU 功率的第 95 百分位（Acme，NSDI 2024），视为满载 GPU",
    ),
    "node_mw": Text(
        "assumed: 1,776 W, the 95th percentile of an 8-GPU server's power in Seren less 8 × 408 W (Acme, NSDI 2024)",
        "假定：1,776 W，Seren 八卡服务器功率第 95 百分位减去 8 × 408 W（Acme，NSDI 2024）",
    ),
    "gpus_per_node": Text("the servers of the Acme clusters (NSDI 2024)", "Acme 集群服务器规格（NSDI 2024）"),
    "gang_from_gpus": Text(
        "assumed: a job of a whole node's GPUs or more holds whole nodes", "假定：占满一台及以上节点 GPU 的作业独占整机"
    ),
    "move_gb_per_gpu": Text(
        "assumed: 80 GB, the whole memory of an A100 of that size", "假定：80 GB，即该规格 A100 的全部显存"
    ),
    "gpus_per_unit": Text(
        "assumed: one GPU for each unit of a trace that counts units", "假定：以“单位”计量的记录，每单位一个 GPU"
    ),
    "home_rule": Text("assumed: tenants are dealt to the sites in turn", "假定：租户依次分配到各站点"),
    "deadlines": Text(
        "assumed: a class without a rule has no slack, its jobs are due when they would end at once",
        "假定：未给定规则的类别没有松弛，作业须立即运行完毕",
    ),
    "run_s_min": Text("every job, however short", "不设最短时长"),
}
"""Where each default is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """By when a job must be done: arrival + basis × (1 + slack_share) + window_hours.

    The basis is its run time; `from_time_limit`: the time limit that its owner asked for, where that is longer.
    """

    slack_share: float = 0.0
    window_hours: float = 0.0
    from_time_limit: bool = False

    def __post_init__(self) -> None:
        """Refuse a deadline that no job can keep."""
        if not (self.slack_share >= 0 and self.window_hours >= 0):
            raise InputError.one(
                "deadline",
                found=f"slack_share {self.slack_share:g}, window_hours {self.window_hours:g}",
                expected="both at or above 0",
                remedy="a job cannot be due before it could be done",
            )


AT_ONCE = Deadline()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The machines that the jobs run on."""

    gpu_mw: float = GPU_MW
    """IT power of one busy GPU."""
    node_mw: float = NODE_REST_MW
    """IT power of a busy node besides its GPUs; a job on part of a node bears that part."""
    gpus_per_node: int = GPUS_PER_NODE
    gang_from_gpus: float | None = None
    """Jobs of as many GPUs hold whole nodes; None: of a node's. A trace that tells nodes is believed."""
    move_gb_per_gpu: float = MOVE_GB_PER_GPU
    """Data that move with a job, for each of its GPUs."""
    gpus_per_unit: float = 1.0
    """GPUs for each unit of a trace that counts "units"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How a trace's times are to be read."""

    zone: ZoneInfo | None = None
    """Zone of times without one; None: the format's own, where it has one."""
    epoch: datetime | None = None
    """Instant of second 0 in traces that count; None: the format's own."""
    period: Interval | None = None
    """Jobs that arrive outside are left out; None: all."""
    step_minutes: int | None = None
    """Length of a period of the series; None: the format's own."""

    def __post_init__(self) -> None:
        """Convert the epoch to UTC."""
        if self.epoch is not None:
            object.__setattr__(self, "epoch", utc(self.epoch))


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate:
    """How many jobs to make out of class tables, and by which seed."""

    cluster: str
    """Such as Seren or Kalos."""
    jobs: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """All that must be said beside a trace of jobs before it can be dispatched."""

    classes: tuple[JobClass, ...] = ()
    sites: tuple[str, ...] = ()
    class_of: Mapping[str, str] = field(default_factory=dict)
    """Class by the trace's label; "*" for all other labels. Empty: labels are names of classes, or there is one."""
    label_column: str = ""
    """Which column is the label, of formats that leave the choice; empty: the format's own."""
    tenant_column: str = ""
    """Which column is the tenant, as `label_column`."""
    length_bands: tuple[tuple[float, str], ...] = ()
    """Run hours up to which a job is of a class, rising; given, they decide instead of the labels."""
    deadlines: Mapping[str, Deadline] = field(default_factory=dict)
    """By class; others have no slack."""
    machines: Machines = field(default_factory=Machines)
    homes: Mapping[str, str] = field(default_factory=dict)
    """Site of some tenants; the others as `home_rule` says."""
    home_rule: Literal["tenant", "round_robin", "stated"] = "tenant"
    """Tenants dealt to the sites in turn, by name; jobs dealt in turn, by arrival; or only as `homes` states."""
    run_s_min: float = 0.0
    """Shorter jobs are left out."""
    gpu_resource: str = "nvidia.com/gpu"
    """Which resource of a Kubernetes container is a GPU."""
    clock: Clock = field(default_factory=Clock)
    generate: Generate | None = None
    """For class tables only."""

    def __post_init__(self) -> None:
        """Refuse words that name nothing, all at once."""
        problems = _unknown(self)
        if problems:
            raise InputError(problems)

    def stated_of_unit(self) -> tuple[Text, ...]:
        """What a unit is taken for, of traces that count units."""
        return tuple(_told(self.machines, ("gpus_per_unit",)))

    def stated(self) -> tuple[Text, ...]:
        """Every assumption as a sentence: the field, its value, and whose it is."""
        told = [*_told(self.machines, TOLD_OF_MACHINES), *_told(self, ("home_rule", "run_s_min"))]
        open_classes = [one.name for one in self.classes if one.name not in self.deadlines]
        rules = [_rule(name, rule) for name, rule in self.deadlines.items()]
        if open_classes:
            names = ", ".join(open_classes)
            rules.append(
                Text(f"deadlines of {names}: {DEFAULTS['deadlines'].en}", f"{names} 的期限：{DEFAULTS['deadlines'].zh}")
            )
        return (*told, *rules)


TOLD_OF_MACHINES = tuple(one.name for one in fields(Machines) if one.name != "gpus_per_unit")
"""The last concerns one format, which tells it itself."""


def _told(values: Machines | Promise, names: tuple[str, ...]) -> list[Text]:
    """A sentence for each field."""
    sentences = []
    for one in fields(values):
        if one.name in names:
            value: Any = getattr(values, one.name)
            source = DEFAULTS[one.name] if value == one.default else AS_STATED
            shown = "—" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
            sentences.append(Text(f"{one.name} = {shown}: {source.en}", f"{one.name} = {shown}：{source.zh}"))
    return sentences


def _rule(name: str, rule: Deadline) -> Text:
    """A class's deadline as a sentence."""
    basis = Text("time limit", "时限") if rule.from_time_limit else Text("run time", "运行时长")
    kept = f"{1 + rule.slack_share:g} + {rule.window_hours:g}"
    return Text(
        f"deadlines of {name}: arrival + {basis.en} × {kept} h: {AS_STATED.en}",
        f"{name} 的期限：到达 + {basis.zh} × {kept} 小时：{AS_STATED.zh}",
    )


def _unknown(promise: Promise) -> list[Problem]:
    """Names of classes and sites that are none, and numbers that cannot be."""
    classes = {one.name for one in promise.classes}
    named = [(f"class_of[{label!r}]", name) for label, name in promise.class_of.items()]
    named += [(f"length_bands, up to {hours:g} h", name) for hours, name in promise.length_bands]
    named += [(f"deadlines[{name!r}]", name) for name in promise.deadlines]
    problems = [
        _problem(where, found=name, expected=f"a class, one of {', '.join(sorted(classes)) or 'none'}")
        for where, name in named
        if name not in classes
    ]
    problems += [
        _problem(f"homes[{tenant!r}]", found=site, expected=f"a site, one of {', '.join(promise.sites) or 'none'}")
        for tenant, site in promise.homes.items()
        if site not in promise.sites
    ]
    problems += [
        _problem(f"two {what}", found=", ".join(names), expected="names of their own")
        for what, names in (("classes", [one.name for one in promise.classes]), ("sites", list(promise.sites)))
        if len(set(names)) < len(names)
    ]
    hours = [upper for upper, _ in promise.length_bands]
    if hours != sorted(set(hours)):
        problems.append(_problem("length_bands", found=str(hours), expected="hours that rise"))
    machines = promise.machines
    numbers = {
        "gpu_mw": (machines.gpu_mw, machines.gpu_mw > 0, "above 0"),
        "node_mw": (machines.node_mw, machines.node_mw >= 0, "at or above 0"),
        "gpus_per_node": (machines.gpus_per_node, machines.gpus_per_node >= 1, "at least 1"),
        "move_gb_per_gpu": (machines.move_gb_per_gpu, machines.move_gb_per_gpu >= 0, "at or above 0"),
        "gpus_per_unit": (machines.gpus_per_unit, machines.gpus_per_unit > 0, "above 0"),
        "run_s_min": (promise.run_s_min, promise.run_s_min >= 0, "at or above 0"),
    }
    problems += [
        _problem(name, found=f"{value:g}", expected=f"a number {right}")
        for name, (value, fits, right) in numbers.items()
        if not fits
    ]
    return problems


def _problem(where: str, *, found: str, expected: str) -> Problem:
    """A word of the promise that means nothing."""
    return Problem(where=f"promise, {where}", found=found, expected=expected, remedy="correct the promise")


NOTHING_PROMISED = Promise()
"""Enough for series: no classes, no sites."""
