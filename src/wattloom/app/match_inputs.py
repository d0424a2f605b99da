"""What does a match file come to before it is matched? A layout, courses over the window, a fleet, the rules' figures.

A tick is drawn from courses: powers, shapes and temperatures go in straight lines between the middles of the hours,
prices hold for their hour. Energy from a region's supply bears that region's grid charges; energy over a line bears
those of where it is used, so a line's fee takes the difference up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom import rules
from wattloom.app.match_answer import RegionFacts
from wattloom.app.match_tables import Change, Fleet, drawn_fleet, read_fleet, read_record
from wattloom.dispatch.match_project import CLEAN, STEPS, MatchProject, RegionEntry
from wattloom.dispatch.matching import (
    CorridorNumbers,
    Layout,
    LineNumbers,
    Matcher,
    RegionNumbers,
    SiteNumbers,
    Tick,
)
from wattloom.domain.charges import Basis
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.intake.levels import Levels
from wattloom.rules.contract import Case

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_MINUTE = 60.0
WAITING = (2, 3)
"""Classes that may wait: training, batch."""
WORTH_WAITING = 1.02
"""Work waits for energy that is cheaper by so much at least; where prices are alike it is done."""
NEVER_LEFT_CNY_PER_MWH = 50_000.0
"""Price of leaving anything, in the pass that finds the day's prices: below it nothing waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Courses:
    """What changes over the window, by hour."""

    supply_mw: NDArray[np.float64]
    """Shape (hour, region, step)."""
    price_cny_per_mwh: NDArray[np.float64]
    """Shape (hour, region, step): energy and grid charges."""
    other_draw_mw: NDArray[np.float64]
    """Shape (hour, region)."""
    shape: NDArray[np.float64]
    """Shape (hour, region): inference, of its mean."""
    overhead: NDArray[np.float64]
    """Shape (hour, region): for each MW of IT."""

    def between(self, second: float) -> tuple[int, int, float]:
        """The two hours whose middles lie about an instant, and how far it is from the first to the second."""
        hours = self.shape.shape[0]
        place = float(np.clip(second / SECONDS_PER_HOUR - 0.5, 0.0, hours - 1.0))
        first = int(place)
        return first, min(first + 1, hours - 1), place - first


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What stands before a tick."""

    demand_mw: NDArray[np.float64]
    """Shape (site, class)."""
    unserved_cny_per_mwh: NDArray[np.float64]
    previous_it_mw: NDArray[np.float64]
    stored_mwh: NDArray[np.float64]
    """Shape (site,)."""
    hours: float
    """Length of the tick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchInputs:
    """A match file with everything it names read."""

    project: MatchProject
    layout: Layout
    courses: Courses
    carbon_t_per_mwh: NDArray[np.float64]
    """Shape (region, step)."""
    fleet: Fleet
    lines: LineNumbers
    corridors: CorridorNumbers
    record: tuple[Change, ...]
    facts: Mapping[str, RegionFacts]
    notes: tuple[Text, ...]
    reference_cny_per_mwh: NDArray[np.float64]
    """Shape (hour, region): price of energy where nothing waits: the day's plan for waiting and storing."""

    def regions_at(self, second: float) -> RegionNumbers:
        """What the regions offer at an instant of the window."""
        first, then, part = self.courses.between(second)
        hour = min(int(second // SECONDS_PER_HOUR), self.courses.shape.shape[0] - 1)
        supply = _mixed(self.courses.supply_mw, first, then, part)
        return RegionNumbers(
            supply_mw_max=supply,
            supply_price_cny_per_mwh=self.courses.price_cny_per_mwh[hour],
            supply_carbon_t_per_mwh=self.carbon_t_per_mwh,
            other_draw_mw=_mixed(self.courses.other_draw_mw, first, then, part),
            carbon_price_cny_per_t=self.project.carbon_price_cny_per_t,
            shortfall_price_cny_per_mwh=self.project.shortfall_price_cny_per_mwh,
        )

    def coming_mw(self, second: float) -> NDArray[np.float64]:
        """Work that comes at an instant, without chance: IT MW, shape (site, class)."""
        first, then, part = self.courses.between(second)
        coming = self.fleet.mean_mw.copy()
        coming[:, :2] *= _mixed(self.courses.shape, first, then, part)[self.fleet.region][:, None]
        return coming

    def facility_at(self, second: float) -> NDArray[np.float64]:
        """Facility MW for each IT MW, shape (site,)."""
        first, then, part = self.courses.between(second)
        overhead = _mixed(self.courses.overhead, first, then, part)[self.fleet.region]
        return 1.0 + overhead * self.fleet.overhead_factor

    def tick(self, second: float, work: Work) -> Tick:
        """The numbers of one decision."""
        entry, moves, fleet = self.project.fleet, self.project.moves, self.fleet
        count, none = fleet.it_mw.size, np.zeros(fleet.it_mw.size)
        worth = np.median(self.reference_cny_per_mwh, axis=0)[fleet.region]
        # A cycle's loss is shared between charging and discharging.
        way = float(np.sqrt(entry.battery_efficiency))
        room = np.maximum(fleet.battery_mwh - work.stored_mwh, 0.0) / way / work.hours
        held = work.stored_mwh * way / work.hours
        return Tick(
            layout=self.layout,
            regions=self.regions_at(second),
            lines=self.lines,
            corridors=self.corridors,
            sites=SiteNumbers(
                demand_mw=work.demand_mw,
                unserved_price_cny_per_mwh=work.unserved_cny_per_mwh,
                facility_mw_per_it_mw=self.facility_at(second),
                it_mw_max=fleet.it_mw,
                it_mw_min=entry.least_power * fleet.it_mw,
                previous_it_mw=work.previous_it_mw,
                ramp_mw=entry.ramp_per_minute * fleet.it_mw * work.hours * 60.0,
                landing_mw=none,
                reserve_cut_mw=none,
                reserve_raise_mw=none,
                move_out_inference_cny_per_mwh=np.full(count, moves.out_cost_cny_per_mwh),
                move_out_batch_cny_per_mwh=np.full(count, moves.out_cost_cny_per_mwh),
                move_in_cny_per_mwh=np.full(count, moves.in_cost_cny_per_mwh),
                charge_mw_max=np.minimum(fleet.battery_mw, room),
                discharge_mw_max=np.minimum(fleet.battery_mw, held),
                charge_value_cny_per_mwh=worth * way,
                discharge_value_cny_per_mwh=worth / way,
            ),
        )

    def waiting_price(self, second: float, pending_mwh: NDArray[np.float64]) -> NDArray[np.float64]:
        """What leaving waiting work costs now, CNY for each MWh of IT, shape (site, 2).

        Work that may wait is worth doing in the cheapest hours that it needs: of the hours until it is due, so many as
        machines at full power would take for what stands there and what will come. The dearest of those at home is the
        price; cheaper hours than that are better used than let go.
        """
        now, reference = int(second // SECONDS_PER_HOUR), self.reference_cny_per_mwh
        facility, fleet = self.facility_at(second), self.fleet
        free = np.maximum(fleet.it_mw - fleet.mean_mw[:, :2].sum(axis=1), 1e-9)
        prices = np.empty((fleet.it_mw.size, 2))
        for k, hours in enumerate(self.project.fleet.wait_hours):
            if hours <= 0:
                prices[:, k] = self.project.fleet.shed_price_cny_per_mwh[0]
                continue
            ahead = np.sort(np.take(reference, range(now, now + max(int(hours), 1)), axis=0, mode="wrap"), axis=0)
            coming = fleet.mean_mw[:, WAITING[k]] * hours
            needed = np.clip((pending_mwh[:, k] + coming) / (free * max(hours, 1.0)), 0.0, 1.0)
            rank = np.minimum((needed * ahead.shape[0]).astype(np.int64), ahead.shape[0] - 1)
            prices[:, k] = np.maximum(ahead[rank, fleet.region], 0.0) * facility * WORTH_WAITING
        return prices


def match_inputs(project: MatchProject, *, folder: Path) -> MatchInputs:
    """The project with its files read, its prices joined and the prices of its day known."""
    regions = list(project.regions)
    axis = TimeAxis(project.window.instant, 60, project.window.hours)
    levels = Levels(folder=folder, axis=axis, zone=project.zone, cny_per={})
    known = {name: levels.resolved(entry, where=f"regions.{name}") for name, entry in project.regions.items()}
    facts = {name: _facts(entry, project) for name, entry in project.regions.items()}
    courses = _courses(project, known, facts, axis)
    weights = np.array([entry.sites for entry in project.regions.values()])
    fleet = (
        read_fleet(folder / project.fleet.file, project)
        if project.fleet.file
        else drawn_fleet(project.fleet, regions=len(regions), weights=weights)
    )
    layout = _layout(project, fleet)
    lines, clipped = _lines(project, facts)
    inputs = MatchInputs(
        project=project,
        layout=layout,
        courses=courses,
        carbon_t_per_mwh=np.array([_carbon(entry) for entry in project.regions.values()]),
        fleet=fleet,
        lines=lines,
        corridors=_corridors(project, layout),
        record=read_record(folder / project.recorded, project, fleet) if project.recorded else (),
        facts=facts,
        notes=_notes(project, clipped),
        reference_cny_per_mwh=np.zeros((axis.count, len(regions))),
    )
    return replace(inputs, reference_cny_per_mwh=_reference(inputs))


def region_name(key: str) -> Text:
    """A region as people call it: the territory's name where the file's key is one, else the key."""
    if key not in rules.territory_keys():
        return Text.same(key.replace("_", " "))
    found = rules.territory(key)
    return Text(BESIDE.sub("", found.name_en), BESIDE.sub("", found.name_zh))


BESIDE = re.compile(r"\s*[(（].*?[)）]")
"""What a territory's name says in brackets, such as which city it leaves out."""


def start_work(inputs: MatchInputs, second: float, *, hours: float) -> Work:
    """What stands before a first tick: work as it comes, machines as it needs them, batteries half full."""
    coming = inputs.coming_mw(second)
    price = np.empty_like(coming)
    price[:, :2] = inputs.project.fleet.shed_price_cny_per_mwh
    price[:, 2:] = inputs.waiting_price(second, np.zeros((coming.shape[0], 2)))
    return Work(
        demand_mw=coming,
        unserved_cny_per_mwh=price,
        previous_it_mw=np.minimum(coming.sum(axis=1), inputs.fleet.it_mw),
        stored_mwh=0.5 * inputs.fleet.battery_mwh,
        hours=hours,
    )


def _reference(inputs: MatchInputs) -> NDArray[np.float64]:
    """Price of energy in each hour where all work is done as it comes and no battery moves."""
    matcher, found = Matcher(inputs.layout), np.empty_like(inputs.reference_cny_per_mwh)
    for hour in range(found.shape[0]):
        second = (hour + 0.5) * SECONDS_PER_HOUR
        work = start_work(inputs, second, hours=1.0)
        never = np.full_like(work.unserved_cny_per_mwh, NEVER_LEFT_CNY_PER_MWH)
        still = replace(inputs, fleet=replace(inputs.fleet, battery_mw=np.zeros_like(inputs.fleet.battery_mw)))
        found[hour] = matcher.match(still.tick(second, replace(work, unserved_cny_per_mwh=never))).prices_cny_per_mwh[0]
    return np.minimum(found, inputs.project.shortfall_price_cny_per_mwh)


def _courses(
    project: MatchProject, known: Mapping[str, RegionEntry], facts: Mapping[str, RegionFacts], axis: TimeAxis
) -> Courses:
    """Every level as an array over the hours."""
    supply = np.empty((axis.count, len(known), len(STEPS)))
    price, names = np.empty_like(supply), list(known)
    for r, (name, entry) in enumerate(known.items()):
        for k, step in enumerate(entry.steps):
            supply[:, r, k] = _values(step.mw, axis)
            energy = step.price_cny_per_mwh
            if energy is None:
                energy = _market_price(f"regions.{name}.{STEPS[k]}", entry, project)
            price[:, r, k] = _values(energy, axis) + facts[name].grid_charge_cny_per_mwh
    shapes = np.stack([_values(entry.load_shape, axis) for entry in known.values()], axis=1)
    bad = [f"regions.{name}.load_shape" for r, name in enumerate(names) if not shapes[:, r].min() > 0.0]
    bad += [
        f"regions.{name}.{STEPS[k]}.mw" for r, name in enumerate(names) for k in range(4) if supply[:, r, k].min() < 0
    ]
    if bad:
        raise InputError.one(
            ", ".join(bad), found="values of 0 or less", expected="powers of at least 0 and a shape above 0",
            remedy="correct the values",
        )  # fmt: skip
    return Courses(
        supply_mw=supply,
        price_cny_per_mwh=price,
        other_draw_mw=np.stack([_values(entry.other_draw_mw, axis) for entry in known.values()], axis=1),
        shape=shapes / shapes.mean(axis=0),
        overhead=np.stack([_overhead(entry, axis) for entry in known.values()], axis=1),
    )


def _layout(project: MatchProject, fleet: Fleet) -> Layout:
    """Regions, sites, lines in each direction, corridors: inference inside a ring, batch between all."""
    names = list(project.regions)
    rings = tuple(frozenset(names.index(end) for end in ring) for ring in project.latency_rings.values())
    near = {(a, b) for ring in rings for a in ring for b in ring if a != b}
    pairs = [(a, b) for a in range(len(names)) for b in range(len(names)) if a != b]
    inference = [(0, *pair) for pair in pairs if pair in near and project.moves.inference_it_mw_max]
    corridors = inference + [(1, *pair) for pair in pairs if project.moves.batch_it_mw_max]
    kind, start, end = np.array(corridors, dtype=np.int64).reshape(-1, 3).T
    ends = np.array([[names.index(end) for end in line.ends] for line in project.lines.values()], dtype=np.int64)
    ends = ends.reshape(-1, 2)
    return Layout(
        regions=tuple(names),
        steps=STEPS,
        sites=fleet.names,
        site_region=fleet.region,
        line_from=np.concatenate([ends[:, 0], ends[:, 1]]),
        line_to=np.concatenate([ends[:, 1], ends[:, 0]]),
        corridor_class=kind,
        corridor_from=start,
        corridor_to=end,
        latency_rings=rings,
    )


def _lines(project: MatchProject, facts: Mapping[str, RegionFacts]) -> tuple[LineNumbers, tuple[str, ...]]:
    """Each direction as a line of its own with its fee, and the lines whose fee would fall below 0."""
    entries = list(project.lines.values())
    charge = np.array(
        [[facts[end].grid_charge_cny_per_mwh for end in line.ends] for line in entries], dtype=np.float64
    ).reshape(-1, 2)
    fee = np.array([line.fee_cny_per_mwh for line in entries], dtype=np.float64)
    there, back = fee + charge[:, 1] - charge[:, 0], fee + charge[:, 0] - charge[:, 1]
    limits = [line.mw for line in entries] + [line.mw if line.back_mw is None else line.back_mw for line in entries]
    fees = np.concatenate([there, back])
    clipped = tuple(name for name, one in zip(project.lines, np.minimum(there, back), strict=True) if one < 0)
    loss = np.array([line.loss_share for line in entries], dtype=np.float64)
    numbers = LineNumbers(
        forward_mw_max=np.array(limits, dtype=np.float64),
        backward_mw_max=np.zeros(len(limits)),
        loss_share=np.concatenate([loss, loss]),
        fee_cny_per_mwh=np.maximum(fees, 0.0),
    )
    return numbers, clipped


def _corridors(project: MatchProject, layout: Layout) -> CorridorNumbers:
    """What the corridors carry, by class."""
    moves, batch = project.moves, layout.corridor_class == 1
    return CorridorNumbers(
        it_mw_max=np.where(batch, moves.batch_it_mw_max, moves.inference_it_mw_max).astype(np.float64),
        in_flight_mw=np.zeros(batch.size),
        cost_cny_per_mwh=np.where(batch, moves.batch_cost_cny_per_mwh, moves.inference_cost_cny_per_mwh).astype(float),
    )


def _facts(entry: RegionEntry, project: MatchProject) -> RegionFacts:
    """What the rules say of a region: charges of a plain customer of the grid, and the province's factor."""
    pack = _pack(entry, project)
    charges = pack.charges(0.0)[0]
    total = sum((charges.price_on(basis) for basis in (Basis.IMPORTED_ENERGY, Basis.ALL_CONSUMPTION)), start=0.0)
    documents = dict.fromkeys(charge.clause.document.en for charge in charges.items if charge.clause is not None)
    chinese = dict.fromkeys(charge.clause.document.zh for charge in charges.items if charge.clause is not None)
    factor = rules.emission_factor(pack.territory)
    return RegionFacts(
        grid_charge_cny_per_mwh=float(total),
        factor_t_per_mwh=None if factor.value is None else float(factor.value),
        sources={
            "grid_charge": Text("; ".join(documents), "；".join(chinese)),
            "factor": factor.clause.document,
        },
    )


def _pack(entry: RegionEntry, project: MatchProject) -> rules.RulePack:
    """The rules in the year of the window."""
    year = project.window.instant.year
    case = Case(year=year, commissioned=year, voltage_kv=project.voltage_kv, direct_connection=False)
    return rules.pack(entry.territory, case)


def _market_price(where: str, entry: RegionEntry, project: MatchProject) -> float:
    """The territory's reference price."""
    found = rules.market_price_cny_per_mwh(_pack(entry, project))
    if found is None:
        raise InputError.one(
            f"{where}.price_cny_per_mwh",
            found=f"nothing, and no reference price of {entry.territory}",
            expected="what energy costs, in CNY/MWh",
            remedy="give a number, 24 values by_hour, or a file with a series",
        )
    return found


def _carbon(entry: RegionEntry) -> list[float]:
    """Of each step: as given, else none for clean ones and the national fossil factor for the others."""
    fossil = float(rules.national_emission_factor("fossil").value or 0.0)
    usual = [0.0 if k in CLEAN else fossil for k in range(len(STEPS))]
    return [usual[k] if step.carbon_t_per_mwh is None else step.carbon_t_per_mwh for k, step in enumerate(entry.steps)]


def _overhead(entry: RegionEntry, axis: TimeAxis) -> NDArray[np.float64]:
    """Cooling and losses in each hour, by temperature where it is a table."""
    if isinstance(entry.overhead, float | int):
        return np.full(axis.count, float(entry.overhead))
    temperatures, numbers = zip(*entry.overhead, strict=True)
    return np.asarray(np.interp(_values(entry.air_temperature_c, axis), temperatures, numbers), dtype=np.float64)


def _values(level: Any, axis: TimeAxis) -> NDArray[np.float64]:
    """A number or series as values of each hour."""
    values = level.values if isinstance(level, Series) else float(level)
    return np.array(np.broadcast_to(values, (axis.count,)), dtype=np.float64)


def _mixed(values: NDArray[np.float64], first: int, then: int, part: float) -> NDArray[np.float64]:
    """On the straight line between two hours."""
    return np.asarray((1.0 - part) * values[first] + part * values[then], dtype=np.float64)


def _notes(project: MatchProject, clipped: tuple[str, ...]) -> tuple[Text, ...]:
    """What a reader must know."""
    drawn = [DRAWN.filled(count=f"{project.fleet.count:,}", seed=project.fleet.seed)] if not project.fleet.file else []
    ends = [project.lines[key].ends for key in clipped]
    named = [region_name(one) + Text.same("–") + region_name(other) for one, other in ends]
    below = [CLIPPED.filled(lines=Text.joined(named, Text(", ", "、")))] if clipped else []
    return tuple(dict.fromkeys((*map(Text.same, project.notes), *drawn, CHARGES, *below, WAIT, AT_ONCE)))


DRAWN = Text(
    "No table of sites is given: {count} sites were drawn by chance from the fleet's numbers (seed {seed}).",
    "未提供站点表：按站点群参数随机生成 {count} 个站点（种子 {seed}）。",
)
CHARGES = Text(
    "Every MWh bears the grid charges of where it is used (transmission and distribution energy price, losses, system "
    "operation fee, funds; without VAT, demand or capacity charges apart); energy over a line bears the "
    "inter-provincial fee and the difference of those charges.",
    "每兆瓦时承担用电所在地的电网收费（输配电量电价、线损、系统运行费、基金；不含税，容（需）量电费除外）；"
    "跨省电量另计跨省输电价及两地收费之差。",
)
CLIPPED = Text(
    "Where grid charges fall by more than the fee along a line ({lines}), its fee counts as 0 and not below.",
    "沿线电网收费降幅超过输电价的线路（{lines}），其费用按零计，不取负值。",
)
WAIT = Text(
    "The price of waiting is that of the day's hours in which all work is done as it comes; the dearest of the hours "
    "that waiting work needs until it is due is what leaving it costs.",
    "等待代价取自全部工作即到即做时的当日分时电价：到期前所需小时中最贵者即为推迟的代价。",
)
AT_ONCE = Text(
    "A move takes effect in its tick; data in transit and time lost on the way are in its cost alone.",
    "迁移在当拍生效；在途数据与途中时间仅计入其成本。",
)
