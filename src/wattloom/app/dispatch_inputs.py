"""What does a dispatch project come to before it is solved? Prices, carbon, jobs and sites as one question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from wattloom import rules
from wattloom.app.dispatch_outlook import Forecasts, Outlook, asked_of, outlook_of
from wattloom.assets.kinds.cluster import power_work
from wattloom.assets.kinds.cluster.workload import GPU_SHARE_OF_SERVER_POWER
from wattloom.dispatch.project import DispatchProject, JobClassEntry, SiteEntry
from wattloom.dispatch.question import DispatchQuestion, DispatchSite
from wattloom.domain.charges import Basis
from wattloom.domain.errors import InputError
from wattloom.domain.jobs import SECONDS_PER_HOUR, JobClass, Jobs
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import Interval, TimeAxis
from wattloom.intake.levels import Foreseen, Levels
from wattloom.intake.traces import Clock, Deadline, Promise, read_trace, trace_format
from wattloom.intake.traces import Machines as TraceMachines
from wattloom.rules.bands import multipliers
from wattloom.rules.contract import Case
from wattloom.twin.drawn import Arrivals, Drawing, Machines, drawn_jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.assets.contract import FromForecast

SECONDS_PER_MINUTE = 60.0
TAIL_DAYS_MAX = 14
"""How long after the window the last job may be due: farther than any price is known."""
KG_PER_T = 1000.0
KW_PER_MW = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchInputs:
    """A question, and what a reader must know of where it came from."""

    question: DispatchQuestion
    """Where something is forecast: as foreseen when the window begins."""
    arrivals_end: int
    """Period of the axis at which the window ends; what follows is the tail in which the last jobs are done."""
    notes: tuple[Text, ...]
    project: DispatchProject
    folder: Path
    outlook: Outlook | None = None
    """None where nothing is forecast."""

    def sites_at(self, now_s: float) -> tuple[DispatchSite, ...]:
        """The sites as foreseen at a second of the axis."""
        if self.outlook is None:
            return self.question.sites
        return _sites(self.project, self.question.axis, self.folder, self.outlook.known_at(now_s))[0]

    def happened(self) -> DispatchQuestion:
        """The question as it came true: for a replay, and for the bill."""
        if self.outlook is None:
            return self.question
        sites = _sites(self.project, self.question.axis, self.folder, self.outlook.happened())[0]
        return replace(self.question, sites=sites)


def dispatch_inputs(
    project: DispatchProject, *, folder: Path, forecasts: Forecasts | None = None, again: bool = False
) -> DispatchInputs:
    """The project with its files read and its jobs known, on an axis that reaches to the last deadline.

    `forecasts` are the forecast files that it names; with `again`, they are issued anew all through the window.
    """
    window = project.window
    count = window.days * 24 * 60 // window.step_minutes
    arriving = TimeAxis(window.instant, window.step_minutes, count)
    jobs, notes = _jobs(project, folder, arriving)
    axis, beyond = _reaching(arriving, jobs)
    notes += beyond
    outlook = outlook_of(asked_of(project.sites), forecasts or {}, axis=axis, again=again)
    sites, told = _sites(project, axis, folder, outlook.known_at(0.0) if outlook else {})
    notes += [*told, *(outlook.notes if outlook else ())]
    cost = project.links.migration_cost_cny_per_mwh
    question = DispatchQuestion(
        axis=axis,
        sites=sites,
        jobs=jobs,
        latency_ms=latencies(project),
        migration_cost_cny_per_mwh=cost * (1.0 - np.eye(len(sites))),
        carbon_price_cny_per_t=project.carbon_price_cny_per_t,
    )
    every = tuple(dict.fromkeys((*map(Text.same, project.notes), *notes)))
    return DispatchInputs(
        question=question, arrivals_end=count, notes=every, project=project, folder=folder, outlook=outlook
    )


def latencies(project: DispatchProject) -> NDArray[np.float64]:
    """Between sites, shape (site, site); without a word, infinite: nothing moves there that asks for nearness."""
    names = list(project.sites)
    table = np.full((len(names), len(names)), np.inf)
    np.fill_diagonal(table, 0.0)
    for one, row in project.links.latency_ms.items():
        for other, value in row.items():
            table[names.index(one), names.index(other)] = table[names.index(other), names.index(one)] = value
    return table


def job_class(name: str, entry: JobClassEntry) -> JobClass:
    """A class of the file as dispatch knows it."""
    return JobClass(
        name=name,
        kind=entry.kind,
        interruptible=entry.interruptible,
        least_power=entry.least_power,
        service_floor=entry.service_floor,
        power_work=_points(name, entry),
        pause_s=entry.pause_minutes * SECONDS_PER_MINUTE,
        restart_s=entry.restart_minutes * SECONDS_PER_MINUTE,
        recap_s=entry.recap_minutes * SECONDS_PER_MINUTE,
        latency_ms_max=entry.latency_ms_max,
        move_gbit_per_s=entry.move_gbit_per_s,
        deferral_cost_cny_per_gpu_hour=entry.deferral_cost_cny_per_gpu_hour,
        loss_cost_cny_per_gpu_hour=entry.loss_cost_cny_per_gpu_hour,
    )


def _points(name: str, entry: JobClassEntry) -> tuple[tuple[float, float], ...]:
    """The class's power–work curve, of whole machines."""
    if entry.power_work == "linear":
        return ((1.0, 1.0),)
    if isinstance(entry.power_work, str):
        if entry.power_work not in power_work.curve_names():
            raise InputError.one(
                f"classes.{name}.power_work",
                found=f'"{entry.power_work}"',
                expected=f"linear, points, or one of {', '.join(power_work.curve_names())}",
                remedy="name one of these, or give points",
            )
        return power_work.of_whole_machine(power_work.curve(entry.power_work).points(), GPU_SHARE_OF_SERVER_POWER)
    return tuple((float(power), float(work)) for power, work in entry.power_work)


def _jobs(project: DispatchProject, folder: Path, axis: TimeAxis) -> tuple[Jobs, list[Text]]:
    """The jobs of the window: drawn, or read from a trace."""
    if project.jobs.file:
        return _traced(project, folder, axis)
    sites = tuple(project.sites)
    spare = tuple(max(entry.it_mw - _mean(entry.firm_it_mw), 0.0) for entry in project.sites.values())
    jobs = drawn_jobs(
        axis,
        sites=sites,
        classes=[(job_class(name, entry), _drawing(entry)) for name, entry in project.classes.items()],
        arrivals=Arrivals(
            per_day=project.jobs.per_day or 1,
            seed=project.jobs.seed,
            zone=project.zone,
            site_weights=spare if sum(spare) else (1.0,) * len(sites),
            by_hour=project.jobs.by_hour,
        ),
        machines=Machines(kw_per_gpu=project.jobs.kw_per_gpu, gpus_per_node=project.jobs.gpus_per_node),
    )
    return jobs, [DRAWN.filled(count=f"{len(jobs):,}", seed=project.jobs.seed)]


def _traced(project: DispatchProject, folder: Path, axis: TimeAxis) -> tuple[Jobs, list[Text]]:
    """The jobs of a trace that arrive in the window, told on the window's clock."""
    said = project.jobs
    begin = _instant("jobs.trace_start", said.trace_start) if said.trace_start else axis.start
    promise = Promise(
        classes=tuple(job_class(name, entry) for name, entry in project.classes.items()),
        sites=tuple(project.sites),
        class_of={label: name for name, entry in project.classes.items() for label in entry.labels},
        length_bands=_bands_of_length(project),
        deadlines={name: Deadline(window_hours=entry.window_hours) for name, entry in project.classes.items()},
        machines=TraceMachines(gpu_mw=said.kw_per_gpu / KW_PER_MW, node_mw=0.0, gpus_per_node=said.gpus_per_node),
        homes={site: site for site in project.sites},
        clock=Clock(
            zone=_trace_zone(project),
            period=Interval(begin, begin + (axis.end - axis.start)),
        ),
    )
    trace = read_trace(folder / said.file, format=said.format, promise=promise, lenient=said.lenient)
    if trace.jobs is None or not len(trace.jobs):
        raise InputError.one(
            f"jobs.file {said.file}",
            found="no job that arrives in the window",
            expected=f"jobs from {begin.isoformat()} on",
            remedy="correct trace_start, or the window",
        )
    shift_s = (trace.jobs.start - begin).total_seconds()
    jobs = replace(
        trace.jobs,
        start=axis.start,
        arrive_s=trace.jobs.arrive_s + shift_s,
        due_s=trace.jobs.due_s + shift_s,
    )
    return jobs, [*trace.notes, *trace.dropped.words()]


def _trace_zone(project: DispatchProject) -> ZoneInfo | None:
    """The zone of times that name none: as stated, else the format's own, else that of the sites."""
    if project.jobs.trace_zone:
        return ZoneInfo(project.jobs.trace_zone)
    return None if trace_format(project.jobs.format).zone else project.zone


def _bands_of_length(project: DispatchProject) -> tuple[tuple[float, str], ...]:
    """Classes by the length of a job, where the file says so."""
    bands = [(entry.run_hours_up_to, name) for name, entry in project.classes.items() if entry.run_hours_up_to]
    return tuple(sorted((float(hours), name) for hours, name in bands))


def _instant(where: str, text: str) -> datetime:
    """An instant with its zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InputError.one(
            where,
            found=f'"{text}"',
            expected="an instant with its zone",
            remedy="write it as 2017-10-03T00:00-07:00",
        )
    return found


def _drawing(entry: JobClassEntry) -> Drawing:
    """What the jobs of a class are like, as the file says."""
    return Drawing(
        share=entry.share,
        run_hours_median=entry.run_hours_median,
        run_hours_spread=entry.run_hours_spread,
        run_hours_max=entry.run_hours_max,
        gpus=entry.gpus,
        window_hours=entry.window_hours,
        move_gb=entry.move_gb,
    )


def _reaching(axis: TimeAxis, jobs: Jobs) -> tuple[TimeAxis, list[Text]]:
    """The axis, longer by what the last deadline asks for, up to two weeks; and what lies beyond them."""
    step = axis.step_hours * SECONDS_PER_HOUR
    furthest = axis.count + round(TAIL_DAYS_MAX * 24 / axis.step_hours)
    last = int(np.ceil(np.max(jobs.due_s, initial=0.0) / step))
    beyond = int(np.sum(jobs.due_s > furthest * step))
    notes = [BEYOND.filled(count=f"{beyond:,}", days=TAIL_DAYS_MAX)] if beyond else []
    return TimeAxis(axis.start, axis.step_minutes, min(max(axis.count, last), furthest)), notes


def _sites(
    project: DispatchProject, axis: TimeAxis, folder: Path, foreseen: Mapping[FromForecast, Foreseen]
) -> tuple[tuple[DispatchSite, ...], list[Text]]:
    """All sites with their series on the axis."""
    sites, notes = [], []
    for name, entry in project.sites.items():
        levels = Levels(folder=folder, axis=axis, zone=ZoneInfo(entry.place.time_zone), cny_per={}, foreseen=foreseen)
        site, told = _site(name, entry, axis, levels)
        sites.append(site)
        notes.extend(told)
    return tuple(sites), notes


def _site(name: str, entry: SiteEntry, axis: TimeAxis, levels: Levels) -> tuple[DispatchSite, list[Text]]:
    """A site with its series on the axis."""
    known: SiteEntry = levels.resolved(entry, where=f"sites.{name}")
    pack = _pack(known, axis) if known.territory else None
    price, notes = _import_price(name, known, axis, pack)
    fixed = _overhead(known, known.overhead_fixed, axis) * known.it_mw
    site = DispatchSite(
        name=name,
        place=entry.place,
        import_price_cny_per_mwh=price,
        carbon_kg_per_mwh=_carbon(name, known, axis),
        it_mw_max=np.full(axis.count, known.it_mw),
        firm_it_mw=_values(known.firm_it_mw, axis),
        overhead_fixed_mw=fixed,
        overhead_slope=_overhead(known, known.overhead_slope, axis),
        import_mw_max=np.full(axis.count, np.inf if known.import_mw_max is None else known.import_mw_max),
        cooling_share=known.cooling_share,
        assets=known.assets,
        export_price_cny_per_mwh=None
        if known.export_price_cny_per_mwh is None
        else _values(known.export_price_cny_per_mwh, axis),
        demand_charge_cny_per_mw=known.demand_charge_cny_per_mw,
        peak_mw_so_far=known.peak_mw_so_far,
        gpus=known.gpus,
        nodes=known.nodes,
    )
    return site, notes


def _pack(entry: SiteEntry, axis: TimeAxis) -> rules.RulePack:
    """The rules of a plain customer of the grid in the year of the window."""
    case = Case(
        year=axis.start.year, commissioned=axis.start.year, voltage_kv=entry.voltage_kv, direct_connection=False
    )
    return rules.pack(entry.territory, case)


def _import_price(
    name: str, entry: SiteEntry, axis: TimeAxis, pack: rules.RulePack | None
) -> tuple[NDArray[np.float64], list[Text]]:
    """All that a MWh drawn costs in each period, and how it was put together."""
    if entry.import_price_cny_per_mwh is not None:
        return _values(entry.import_price_cny_per_mwh, axis), []
    if pack is None:
        raise InputError.one(
            f"sites.{name}",
            found="no territory and no import price",
            expected="one of the two",
            remedy="name the territory, or give import_price_cny_per_mwh",
        )
    energy = entry.market_price_cny_per_mwh
    if energy is None:
        energy = rules.market_price_cny_per_mwh(pack)
    if energy is None:
        raise InputError.one(
            f"sites.{name}.market_price_cny_per_mwh",
            found="nothing, and no reference price of the territory",
            expected="what energy costs on the market, in CNY/MWh",
            remedy="give a number, 24 values by_hour, or a file with a series",
        )
    price = _values(energy, axis)
    notes = []
    if entry.time_of_use:
        price = price * _bands(name, entry, axis, pack)
        notes.append(BANDS)
    charges = pack.charges(price)[0]
    total = sum((charges.price_on(basis) for basis in (Basis.IMPORTED_ENERGY, Basis.ALL_CONSUMPTION)), start=0.0)
    return np.broadcast_to(np.asarray(total, dtype=np.float64), (axis.count,)), notes


def _bands(name: str, entry: SiteEntry, axis: TimeAxis, pack: rules.RulePack) -> NDArray[np.float64]:
    """The administrative bands of the territory, as multipliers."""
    if pack.territory.time_of_use is None:
        raise InputError.one(
            f"sites.{name}.time_of_use",
            found=f"no bands known for {entry.territory}",
            expected="a territory with administrative bands",
            remedy="write time_of_use: false and give market_price_cny_per_mwh by_hour",
        )
    return multipliers(pack.territory.time_of_use, axis, ZoneInfo(entry.place.time_zone))


def _carbon(name: str, entry: SiteEntry, axis: TimeAxis) -> NDArray[np.float64]:
    """The factor of grid energy in each period."""
    if entry.carbon_kg_per_mwh is not None:
        return _values(entry.carbon_kg_per_mwh, axis)
    fact = rules.emission_factor(rules.territory(entry.territory))
    if fact.value is None:
        raise InputError.one(
            f"sites.{name}.carbon_kg_per_mwh",
            found=f"no factor known for {entry.territory}",
            expected="kilograms of CO2 for each MWh",
            remedy="give it",
        )
    return np.full(axis.count, float(fact.value) * KG_PER_T)


def _overhead(entry: SiteEntry, value: Any, axis: TimeAxis) -> NDArray[np.float64]:
    """Overhead of each period, by temperature where it is a table."""
    if isinstance(value, float | int):
        return np.full(axis.count, float(value))
    if entry.air_temperature_c is None:
        raise InputError.one(
            "overhead",
            found="a table over air temperature and no temperature",
            expected="air_temperature_c of the site",
            remedy="give air_temperature_c, or a single number",
        )
    temperatures, numbers = zip(*value, strict=True)
    return np.asarray(np.interp(_values(entry.air_temperature_c, axis), temperatures, numbers), dtype=np.float64)


def _values(level: Any, axis: TimeAxis) -> NDArray[np.float64]:
    """A number or series as values of each period."""
    values = level.values if isinstance(level, Series) else float(level)
    return np.array(np.broadcast_to(values, (axis.count,)), dtype=np.float64)


def _mean(level: Any) -> float:
    """The mean of a number, profile or series; 0 for a file that is not read yet."""
    if isinstance(level, float | int):
        return float(level)
    return float(np.mean(getattr(level, "by_hour", None) or getattr(level, "by_month", None) or 0.0))


DRAWN = Text(
    "No trace is given: {count} jobs were drawn by chance from what each class says (seed {seed}).",
    "未提供作业记录：按各类设定随机生成 {count} 个作业（种子 {seed}）。",
)
BEYOND = Text(
    "{count} jobs are due more than {days} days after the window: they are planned to that day, and what is left of "
    "them then is not counted.",
    "{count} 个作业的期限晚于窗口结束后 {days} 天：计划仅排至该日，其后剩余部分不计。",
)
BANDS = Text(
    "The energy price follows the administrative bands of the territory; holidays, hot days and items that float "
    "besides energy are settled in the bill.",
    "电能价按该地区分时时段浮动；节假日、高温日及其他随时段浮动的项目以账单结算为准。",
)
