"""A site plan made up for these tests: consistent in its energy, invented in its prices, of no real site."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

from wattloom.assets.contract import Part, Stage
from wattloom.domain import measures
from wattloom.domain.flows import WIND_AND_SUN, Flows, LoadFlows, SourceFlows, StorageFlows, Trait
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.verdicts import Clause, Confidence, Status, Verdict
from wattloom.domain.weather import Place
from wattloom.domain.workloads import Classification, Contribution, FlexibilityClass
from wattloom.edge import reports
from wattloom.plan.project import Claim, Connection, Finance, Goals, Project
from wattloom.plan.result import Binding, CostLine, Economics, Mode, Outcome, Scan, SitePlan
from wattloom.rules.contract import Fact
from wattloom.solve.lp import SolveReport

HOURS = 8760
URUMQI_OFFSET_H = 2
"""Solar noon falls at 14:00 on Beijing's clock there."""
IT_MW, PUE = 24.0, 1.25
SOLAR_MW, WIND_MW, BATTERY_MW, BATTERY_MWH, GRID_MVA = 92.0, 48.0, 38.0, 152.0, 26.0
DOC_650 = Clause(
    document=Text("NDRC/NEA Energy [2025] No. 650", "发改能源〔2025〕650号"),
    article=Text("art. 6", "第六条"),
    in_force=date(2025, 5, 21),
    source=Text.same("https://www.nea.gov.cn/20250530/2d67a6e49c044f2eacabe1fddf48d20f/c.html"),
    confidence=Confidence.VERIFIED_PRIMARY,
)
GUESS = Clause(document=Text("no published value found", "未查到公布值"), confidence=Confidence.ASSUMED)
BY_USER = Clause(
    document=Text("project file", "项目文件"), article=Text.same("connection.facts"), confidence=Confidence.USER
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """An asset for project files of these tests; it adds nothing."""

    STAGE: ClassVar[Stage] = Stage.SOURCE
    power_mw: float

    def add_to(self, program: Any, name: str, site: Any) -> Part:
        """Never asked."""
        raise NotImplementedError

    def envelope(self, window: Any) -> None:
        """Nothing to shift."""


def _array(values: Any) -> xr.DataArray:
    return xr.DataArray(np.asarray(values, dtype=float), dims=["time"])


def _resource(axis: TimeAxis) -> tuple[np.ndarray, np.ndarray]:
    """Shares of installed power: a smooth sun and a gusty wind, drawn with a fixed seed."""
    hour = (np.arange(axis.count) * axis.step_hours) % 24
    day = np.arange(axis.count) * axis.step_hours / 24
    season = -np.cos(2 * math.pi * (day + 10) / 365)
    length = 12 + 3.2 * season
    height = np.cos((hour - 12 - URUMQI_OFFSET_H) * math.pi / length)
    dice = np.random.default_rng(20270101)
    clear = np.repeat(dice.beta(5, 2, size=int(day[-1]) + 1), int(24 / axis.step_hours))[: axis.count]
    sun = np.clip(height, 0, None) * (0.72 + 0.2 * season) * clear
    steps = dice.normal(size=axis.count)
    gust = np.zeros(axis.count)
    for i in range(1, axis.count):
        gust[i] = 0.985 * gust[i - 1] + 0.17 * steps[i]
    wind = np.clip(0.34 - 0.05 * season + 0.24 * gust, 0, 1)
    return sun, wind


def _dispatch(load: np.ndarray, new: np.ndarray, hours: float) -> dict[str, np.ndarray]:
    """Green first, the battery next, the grid last; what is too much is exported up to a limit."""
    names = ("charge", "discharge", "stored", "import", "export", "curtailed")
    out = {name: np.zeros(len(load)) for name in names}
    held, efficiency = 0.5 * BATTERY_MWH, 0.95
    for i, (need, have) in enumerate(zip(load, new, strict=True)):
        spare = have - need
        if spare >= 0:
            charge = min(spare, BATTERY_MW, (BATTERY_MWH - held) / efficiency / hours)
            out["charge"][i] = charge
            out["export"][i] = min(spare - charge, 12.0)
            out["curtailed"][i] = spare - charge - out["export"][i]
            held += charge * efficiency * hours
        else:
            out["discharge"][i] = min(-spare, BATTERY_MW, held * efficiency / hours)
            out["import"][i] = -spare - out["discharge"][i]
            held -= out["discharge"][i] / efficiency * hours
        out["stored"][i] = held
    return out


def _flows(axis: TimeAxis) -> Flows:
    sun, wind = _resource(axis)
    it = IT_MW * (0.93 + 0.07 * np.sin(2 * math.pi * (np.arange(axis.count) * axis.step_hours - 9) / 24))
    load = it * PUE
    available = {"pv": SOLAR_MW * sun, "wind": WIND_MW * wind}
    new = available["pv"] + available["wind"]
    flow = _dispatch(load, new, axis.step_hours)
    kept = np.divide(new - flow["curtailed"], new, out=np.zeros_like(new), where=new > 0)
    return Flows(
        step_hours=axis.step_hours,
        sources={
            name: SourceFlows(available_mw=_array(power), delivered_mw=_array(power * kept), traits=WIND_AND_SUN)
            for name, power in available.items()
        },
        storages={
            "battery": StorageFlows(
                charged_mw=_array(flow["charge"]),
                discharged_mw=_array(flow["discharge"]),
                stored_mwh=_array(flow["stored"]),
            )
        },
        loads={"cluster": LoadFlows(it_mw=_array(it), overhead_mw=_array(load - it))},
        imported_mw=_array(flow["import"]),
        exported_mw=_array(flow["export"]),
    )


def _grid_only(axis: TimeAxis, flows: Flows) -> Flows:
    return Flows(step_hours=axis.step_hours, loads=flows.loads, imported_mw=flows.load_mw())


def _energy(flows: Flows, power: Any) -> float:
    energy = flows.energy_mwh(power)
    return float(energy)


def _measures(flows: Flows) -> dict[str, float | None]:
    shares = {
        "green_share_hourly": measures.green_share_hourly_of_load,
        "green_share_annual": measures.green_share_annual_of_load,
        "green_share_with_certificates": measures.green_share_with_certificates_of_load,
        "carbon_free_share_hourly": measures.carbon_free_share_hourly_of_load,
        "self_use_of_generation": measures.self_use_of_generation,
        "self_use_of_load": measures.self_use_of_load,
        "export_of_generation": measures.export_of_generation,
        "curtailment_of_generation": measures.curtailment_of_generation,
        "pue": measures.pue,
        "ref": measures.ref,
        "erf": measures.erf,
    }
    found: dict[str, float | None] = {name: share(flows).value for name, share in shares.items()}
    imported = _energy(flows, flows.imported_mw)
    load = _energy(flows, flows.load_mw())
    return found | {
        "load_mwh": load,
        "it_mwh": _energy(flows, flows.it_mw()),
        "load_mean_mw": load / HOURS,
        "available_mwh": _energy(flows, flows.available_mw(Trait.NEW_ENERGY)),
        "delivered_mwh": _energy(flows, flows.delivered_mw()),
        "import_mwh": imported,
        "export_mwh": _energy(flows, flows.exported_mw),
        "contracted_mwh": 0.0,
        "certificates_mwh": 0.0,
        "import_peak_mw": measures.peak_import_mw(flows),
        "islanded_hours": measures.islanded_hours(flows),
        "storage_loss_mwh": sum(
            _energy(flows, s.charged_mw) - _energy(flows, s.discharged_mw) for s in flows.storages.values()
        ),
        "carbon_location_t": imported * 0.5,
        "carbon_market_t": imported * 0.6,
        "cue_kg_per_kwh": imported * 0.5 / _energy(flows, flows.it_mw()),
    }


def _parts(flows: Flows) -> dict[str, Part]:
    return {
        "cluster": Part(name="cluster", kind="cluster", draw_mw=flows.load_mw(), load=flows.loads["cluster"]),
        "pv": Part(name="pv", kind="solar", sizes={"power_mw": SOLAR_MW}, source=flows.sources["pv"]),
        "wind": Part(name="wind", kind="wind", sizes={"power_mw": WIND_MW}, source=flows.sources["wind"]),
        "battery": Part(
            name="battery",
            kind="battery",
            sizes={"power_mw": BATTERY_MW, "energy_mwh": BATTERY_MWH},
            storage=flows.storages["battery"],
            notes=(Text("the battery's ageing is counted by throughput", "储能老化按吞吐量计"),),
        ),
        "grid": Part(name="grid", kind="grid", sizes={"capacity_mva": GRID_MVA}, imported_mw=flows.imported_mw),
    }


def _costs(flows: Flows) -> tuple[CostLine, ...]:
    imported, exported = _energy(flows, flows.imported_mw), _energy(flows, flows.exported_mw)
    line = lambda asset, item, capital, yearly: CostLine(  # noqa: E731 - a table
        asset=asset, item=item, capital_cny=capital, yearly_cny=yearly
    )
    return (
        line("pv", "solar_plant", SOLAR_MW * 2.9e6, SOLAR_MW * 2.9e6 * 0.0858 + SOLAR_MW * 4e4),
        line("wind", "wind_farm", WIND_MW * 3.8e6, WIND_MW * 3.8e6 * 0.0858 + WIND_MW * 8e4),
        line("battery", "cells", BATTERY_MWH * 6e5, BATTERY_MWH * 6e5 * 0.11),
        line("battery", "power_conversion", BATTERY_MW * 3e5, BATTERY_MW * 3e5 * 0.11),
        line("grid", "connection", GRID_MVA * 2e5, GRID_MVA * 2e5 * 0.0858),
        line("grid", "market_energy", 0.0, imported * 262.0),
        line("grid", "td_energy", 0.0, imported * 92.0),
        line("grid", "td_capacity_1192", 0.0, GRID_MVA * 1000 * 18.5 * 12),
        line("grid", "government_funds", 0.0, _energy(flows, flows.load_mw()) * 27.0),
        line("grid", "export_income", 0.0, -exported * 150.0),
    )


def _baseline_costs(flows: Flows) -> tuple[CostLine, ...]:
    load = _energy(flows, flows.load_mw())
    return (
        CostLine(asset="grid", item="market_energy", capital_cny=0.0, yearly_cny=load * 262.0),
        CostLine(asset="grid", item="td_energy", capital_cny=0.0, yearly_cny=load * 92.0),
        CostLine(asset="grid", item="td_capacity_1192", capital_cny=0.0, yearly_cny=32_000 * 18.5 * 12),
        CostLine(asset="grid", item="government_funds", capital_cny=0.0, yearly_cny=load * 27.0),
        CostLine(asset="grid", item="connection", capital_cny=32 * 2e5, yearly_cny=32 * 2e5 * 0.0858),
    )


def _verdicts(figures: dict[str, float | None]) -> tuple[Verdict, ...]:
    def judged(rule: str, figure: float | None, sense: str, limit: float) -> Verdict:
        kept = figure is not None and (figure >= limit if sense == ">=" else figure <= limit)
        status = Status.PASS if kept else Status.FAIL
        return Verdict(rule=rule, status=status, figure=figure, limit=limit, sense=sense, clause=DOC_650)

    return (
        judged("doc650_self_use_of_generation", figures["self_use_of_generation"], ">=", 0.6),
        judged("doc650_self_use_of_load", figures["self_use_of_load"], ">=", 0.3),
        judged("doc650_export_of_generation", figures["export_of_generation"], "<=", 0.01),
        Verdict(
            rule="hub_node_green_share",
            status=Status.TO_BE_CONFIRMED,
            clause=GUESS,
            note=Text("nobody has said whether the site lies in a hub node", "未说明是否位于枢纽节点"),
        ),
        Verdict(
            rule="doc650_voltage",
            status=Status.EXEMPT,
            clause=DOC_650,
            note=Text("connected to the public grid", "已接入公共电网"),
        ),
    )


def _outcome(axis: TimeAxis, flows: Flows, *, baseline: bool) -> Outcome:
    figures = _measures(flows)
    costs = _baseline_costs(flows) if baseline else _costs(flows)
    parts = _parts(flows) if not baseline else {}
    grid = Part(name="grid", kind="grid", sizes={"capacity_mva": 32.0}, imported_mw=flows.imported_mw)
    return Outcome(
        mode="capacity_1192",
        axis=axis,
        parts=parts or {"grid": grid, "cluster": Part(name="cluster", kind="cluster", load=flows.loads["cluster"])},
        flows=flows,
        costs=costs,
        measures=figures,
        verdicts=() if baseline else _verdicts(figures),
        bindings=()
        if baseline
        else (
            Binding(
                requirement="green_share_hourly_min",
                price=1_310_000.0,
                unit="CNY/a per percentage point",
                sentence=Text(
                    "Hourly green share of load stands at its limit of 75 %: one percentage point more costs "
                    "1.31 million CNY a year",
                    "逐时绿电占比达到限值 75%：再提高一个百分点，每年成本增加 131 万元",
                ),
            ),
        ),
        yearly_cost_cny=sum(line.yearly_cny for line in costs),
        report=SolveReport(
            method="simplex", cpu_s=4.2, wall_s=5.1, gap=2.3e-9, max_violation=4e-10, rows=78_000, columns=70_000,
            nonzeros=300_000, steps=("simplex: 12,345 iterations",),
        ),
    )  # fmt: skip


def _economics(plan: Outcome, baseline: Outcome) -> Economics:
    capital = sum(line.capital_cny for line in plan.costs)
    gain = baseline.yearly_cost_cny * 0.86
    cash = [(0, capital, 0.0, -capital, -0.3 * capital)]
    cash += [(year, 0.0, gain, gain, gain - 0.06 * capital) for year in range(1, 26)]
    return Economics(
        capital_cny=capital,
        npv_cny=2.1e8,
        irr=0.0913,
        equity_npv_cny=1.6e8,
        equity_irr=0.142,
        payback_years=9.4,
        lcoe_cny_per_kwh=0.171,
        lcoc_cny_per_kwh_it=0.312,
        lcoc_cny_per_gpu_hour=None,
        ppa_lowest_cny_per_mwh=168.0,
        ppa_highest_cny_per_mwh=243.0,
        cash=Scan(
            key="cash",
            columns=("operating_year", "capital_cny", "gain_cny", "project_cash_cny", "equity_cash_cny"),
            rows=tuple(cash),
        ),
    )


def _scans() -> tuple[Scan, ...]:
    loads = tuple(
        (float(load), 0.94 - 0.006 * (load - 15), 180.0 + 2.2 * load, min(1.0, 1.4 - 0.01 * load))
        for load in range(15, 50, 5)
    )
    return (
        Scan(
            key="load_sweep",
            columns=("load_mean_mw", "green_share_hourly", "energy_cost_cny_per_mwh", "green_share_annual"),
            rows=loads,
        ),
        Scan(
            key="break_even",
            columns=("lever", "value_now", "value_needed", "cost_reduction_at_lowest", "cost_reduction_at_highest"),
            rows=(
                ("discount_rate", 0.07, 0.031, 0.44, 0.11),
                ("storage_cost_factor", 1.0, None, 0.36, 0.19),
                ("grid_price_cny_per_mwh", 262.0, 402.0, -0.04, 0.61),
            ),
        ),
    )


def made_plan(*, step_minutes: int = 60, name: str = "Example 30 MW (made up)") -> SitePlan:
    """The whole plan, at a step."""
    start = datetime(2026, 12, 31, 16, tzinfo=UTC)
    axis = TimeAxis(start, step_minutes, HOURS * 60 // step_minutes)
    flows = _flows(axis)
    outcome = _outcome(axis, flows, baseline=False)
    baseline = _outcome(axis, _grid_only(axis, flows), baseline=True)
    return SitePlan(
        project=Project(
            name=name,
            site=Place(
                latitude_deg=43.8, longitude_deg=87.6, altitude_m=900.0, time_zone="Asia/Shanghai", name="Urumqi"
            ),
            connection=Connection(territory="xinjiang", voltage_kv=110.0),
            assets={"pv": Machine(power_mw=SOLAR_MW), "battery": Machine(power_mw=BATTERY_MW)},
            finance=Finance(),
            goals=Goals(green_share_hourly_min=0.75),
            claim=Claim(cost_reduction=0.4, source="made up for these tests"),
            notes=("Prices are invented for the tests of the report.",),
        ),
        outcome=outcome,
        baseline=baseline,
        modes=(
            Mode(mode="capacity_1192", yearly_cost_cny=outcome.yearly_cost_cny, chosen=True),
            Mode(mode="demand_1192", yearly_cost_cny=outcome.yearly_cost_cny * 1.02, chosen=False),
            Mode(mode="two_part_capacity", yearly_cost_cny=outcome.yearly_cost_cny * 1.09, chosen=False),
        ),
        economics=_economics(outcome, baseline),
        years=Scan(
            key="years",
            columns=("case", "energy_cost_cny_per_mwh", "green_share_hourly"),
            rows=(
                ("operating_year 1", 307.0, 0.90),
                ("operating_year 10", 316.0, 0.88),
                ("operating_year 20", 327.0, 0.85),
            ),
        ),
        break_even={
            "max_load_at_green_080": 27.5,
            "break_even_discount_rate": 0.031,
            "break_even_storage_cost_factor": None,
            "break_even_grid_price_cny_per_mwh": 402.0,
        },
        scans=_scans(),
        facts={
            "loss_rate": Fact(value=0.0312, unit="1", clause=DOC_650),
            "average_load_rate": Fact(value=0.65, unit="1", clause=GUESS),
            "spot_continuous": Fact(value=False, unit="", clause=BY_USER),
            "government_funds_cny_per_mwh": Fact(value=27.0, unit="CNY/MWh", clause=DOC_650),
        },
        weather_source=Text("invented for tests", "测试自拟"),
        weather_kind="typical",
        weather_of_site=False,
        notes=(
            Text.same("Prices are invented for the tests of the report."),
            Text("Energy from the grid that was stored is never counted as green.", "下网电经储能放出不计为绿电。"),
            Text("battery: the battery's ageing is counted by throughput", "battery：储能老化按吞吐量计"),
        ),
        classifications={
            "cluster": Classification(
                score=42.4,
                grade=FlexibilityClass.MEDIUM,
                contributions=(
                    Contribution(
                        workload="jobs",
                        ability="waiting",
                        points=42.4,
                        sentence=Text("jobs: 70% of the mean power may wait", "jobs：平均功率的 70% 可等待"),
                    ),
                ),
                stated=Text("No official thresholds exist.", "尚无官方分级标准。"),
            )
        },
        provenance={"wattloom": "0.1.0", "solver": "HiGHS 1.15", "weather sha256": "0" * 64},
    )


@pytest.fixture(scope="session")
def plan() -> SitePlan:
    """The made-up plan, hourly."""
    return made_plan()


@pytest.fixture
def hostile_plan(plan: SitePlan) -> SitePlan:
    """The same plan under a name that tries to run a script."""
    name = '</script><script>alert("x")</script><img src=x onerror=alert(1)>'
    return replace(plan, project=replace(plan.project, name=name))


@pytest.fixture(scope="session")
def made() -> Callable[..., SitePlan]:
    """The maker of plans, for other steps and names."""
    return made_plan


@pytest.fixture(scope="session")
def page(plan: SitePlan) -> str:
    """The report of the made-up plan, opened in English."""
    return reports.site_plan(plan, lang="en")
