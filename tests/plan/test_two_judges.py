"""Does PyPSA, given the 5 MW example in its own words, come to the same cost?"""

import warnings
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from wattloom.app.plan_inputs import question_of
from wattloom.assets.site import annuity
from wattloom.domain.charges import Basis, Charges
from wattloom.plan.coarse import coarser
from wattloom.plan.design import modes_of
from wattloom.plan.result import Outcome
from wattloom.plan.sizing import Question, answer
from wattloom.wiring import find

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pypsa

EXAMPLE = Path(__file__).parents[2] / "examples" / "small_5mw.yaml"
STEP_HOURS = 4
GREEN, EXPORT_MAX, SELF_USE_GENERATION, SELF_USE_LOAD, HUB = 0.85, 0.20, 0.60, 0.30, 0.80


@pytest.fixture(scope="module")
def question() -> Question:
    project = find("read_project")(EXAMPLE)
    return coarser(question_of(project, folder=EXAMPLE.parent).question, STEP_HOURS)


@pytest.fixture(scope="module")
def charges(question: Question) -> Charges:
    return next(c for c in modes_of(question) if c is not None and c.mode == "capacity_1192")


@pytest.fixture(scope="module")
def ours(question: Question, charges: Charges) -> Outcome:
    return answer(question, charges)


def _judge(question: Question, charges: Charges) -> tuple[float, dict[str, float]]:
    """Yearly cost and sizes by PyPSA; every number is read off the project, none off our program."""
    n, rate = pypsa.Network(), question.finance.discount_rate
    n.set_snapshots(range(question.axis.count))
    n.snapshot_weightings.loc[:, :] = float(STEP_HOURS)
    n.add("Bus", ["bus", "work", "cells"])
    cluster, sun, wind, battery, grid = (question.assets[k] for k in ("computing", "sun", "wind", "storage", "grid"))
    rated, mean, slope = cluster.it_mw, cluster.it_mw * cluster.utilisation, cluster.overhead_slope
    firm = cluster.classes["serving"].share * mean
    batch = cluster.classes["batch"].share * mean
    n.add("Load", "firm", bus="bus", p_set=firm * (1 + slope) + cluster.overhead_fixed * rated)
    _add_batch(n, question, batch=batch, spare=rated - mean, slope=slope)
    for name, plant in (("sun", sun), ("wind", wind)):
        yearly = plant.capital_cost_cny_per_kw * annuity(rate, plant.life_years) + plant.fixed_cny_per_kw_year
        n.add(
            "Generator",
            name,
            bus="bus",
            p_nom_extendable=True,
            p_nom_max=plant.power_mw.max,
            p_max_pu=np.asarray(plant.capacity_factor.values),
            capital_cost=1000 * yearly,
        )
    each_way = 0.85**0.5
    power = battery.capital_cost_cny_per_kw * annuity(rate, battery.life_years) + battery.fixed_cny_per_kw_year
    n.add(
        "Link",
        "charge",
        bus0="bus",
        bus1="cells",
        efficiency=each_way,
        p_nom_extendable=True,
        capital_cost=1000 * power,
    )
    n.add("Link", "discharge", bus0="cells", bus1="bus", efficiency=each_way, p_nom_extendable=True)
    cells = battery.capital_cost_cny_per_kwh * annuity(rate, battery.life_years)
    n.add("Store", "cells", bus="cells", e_nom_extendable=True, e_cyclic=True, capital_cost=1000 * cells)
    capacity = sum(c.price for c in charges.on(Basis.CONNECTION_CAPACITY)) / grid.power_factor
    energy = sum(c.price for c in charges.on(Basis.IMPORTED_ENERGY))
    n.add("Generator", "import", bus="bus", p_nom_extendable=True, capital_cost=capacity, marginal_cost=energy)
    n.add(
        "Generator", "export", bus="bus", sign=-1, p_nom_extendable=True, marginal_cost=-grid.export_price_cny_per_mwh
    )
    load = float((firm + batch) * (1 + slope) + cluster.overhead_fixed * rated) * question.axis.hours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        n.optimize(
            solver_name="highs",
            solver_options={"solver": "hipo", "run_crossover": "off", "output_flag": False},
            extra_functionality=lambda network, _: _rules(network, load),
            log_to_console=False,
        )
    funds = sum(c.price for c in charges.on(Basis.ALL_CONSUMPTION))
    return float(n.objective) + funds * load, {**n.generators.p_nom_opt, **n.stores.e_nom_opt}


def _add_batch(n: pypsa.Network, question: Question, *, batch: float, spare: float, slope: float) -> None:
    """Work that may wait until the end of its local day: a store that runs a debt and starts each day without one."""
    local = question.axis.local(ZoneInfo(question.place.time_zone))
    arrived = batch * (np.asarray(local.hour) + STEP_HOURS)  # since midnight, by the end of each period
    debt = np.where(np.asarray(local.hour) == 24 - STEP_HOURS, 0.0, arrived)
    largest = float(debt.max())
    n.add("Load", "arrivals", bus="work", p_set=batch)
    n.add("Link", "serve", bus0="bus", bus1="work", efficiency=1 / (1 + slope), p_nom=(batch + spare) * (1 + slope))
    n.add("Store", "debt", bus="work", e_nom=largest, e_min_pu=-debt / largest, e_max_pu=0.0, e_initial=0.0)


def _rules(n: pypsa.Network, load_mwh: float) -> None:
    """Equal converter both ways, one connection both ways, and the ratios."""
    m = n.model
    power, links = m["Generator-p_nom"], m["Link-p_nom"]
    m.add_constraints(links.sel(name="charge") - 0.85**0.5 * links.sel(name="discharge") == 0, name="converter")
    m.add_constraints(power.sel(name="export") - power.sel(name="import") <= 0, name="connection")
    p = m["Generator-p"]
    given = {name: p.sel(name=name).sum("snapshot") * STEP_HOURS for name in ("sun", "wind", "import", "export")}
    available = sum(
        power.sel(name=name) * float(n.generators_t.p_max_pu[name].sum() * STEP_HOURS) for name in ("sun", "wind")
    )
    self_used = given["sun"] + given["wind"] - given["export"]
    m.add_constraints(given["import"] <= (1 - max(GREEN, HUB)) * load_mwh, name="green")
    m.add_constraints(self_used - SELF_USE_GENERATION * available >= 0, name="self_use_of_generation")
    m.add_constraints(self_used >= SELF_USE_LOAD * load_mwh, name="self_use_of_load")
    m.add_constraints(given["export"] - EXPORT_MAX * available <= 0, name="export")


@pytest.fixture(scope="module")
def judged(question: Question, charges: Charges) -> tuple[float, dict[str, float]]:
    return _judge(question, charges)


def test_cost_agrees_with_pypsa(ours: Outcome, judged: tuple[float, dict[str, float]]) -> None:
    assert ours.yearly_cost_cny == pytest.approx(judged[0], rel=1e-5)


def test_sizes_agree_with_pypsa(ours: Outcome, judged: tuple[float, dict[str, float]]) -> None:
    """Cost is flat around the optimum, so sizes may differ more than cost."""
    sizes = judged[1]

    assert ours.parts["sun"].sizes["power_mw"] == pytest.approx(sizes["sun"], rel=0.02)
    assert ours.parts["wind"].sizes["power_mw"] == pytest.approx(sizes["wind"], rel=0.02)
    assert ours.parts["storage"].sizes["energy_mwh"] == pytest.approx(sizes["cells"], rel=0.02)


def test_everything_is_at_work(ours: Outcome) -> None:
    """Sun, wind, battery, capacity charge, waiting work, a 650 ratio and the green share are all active."""
    assert all(ours.parts[name].sizes["power_mw"] > 0.1 for name in ("sun", "wind", "storage"))
    assert any(line.item == "td_capacity_1192" and line.yearly_cny > 0 for line in ours.costs)
    assert float(ours.flows.loads["computing"].backlog_mwh.max()) > 0.1
    assert ours.measures["green_share_hourly"] == pytest.approx(GREEN, abs=1e-6)
    assert {v.rule: v.status for v in ours.verdicts}["doc650_self_use_of_generation"] == "pass"
