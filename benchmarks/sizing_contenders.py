"""How does each contender write and solve the sizing problem? One function each, run in a process of its own."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import sizing_problem as problem

Result = dict[str, Any]


class Clock:
    """CPU seconds of all threads of this process, lap by lap."""

    def __init__(self) -> None:
        """Start now."""
        self._last = time.process_time()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Note what was spent since the last lap."""
        now = time.process_time()
        self.laps[f"{name}_cpu_s"] = now - self._last
        self._last = now


def solve_wattloom(sites: list[problem.SiteData], *, exact: bool) -> Result:
    """Ours: built from its assets, solved and checked."""
    from sizing_site import DOLLARS, sites_program  # noqa: PLC0415
    from wattloom.solve.path import Path  # noqa: PLC0415

    clock = Clock()
    program = sites_program(sites)
    clock.lap("build")
    solution = program.solve(Path(method="auto", exact=exact, seconds_max=3600))
    clock.lap("solve")
    report = solution.report
    return {
        "objective": solution.objective / DOLLARS,
        "green_price": -solution.dual("0.green") / (program.axis.count * DOLLARS),
        "method": report.method,
        "steps": list(report.steps),
        "gap": report.gap,
        "max_violation": report.max_violation,
        "rows": report.rows,
        "columns": report.columns,
        **clock.laps,
    }


def build_wattloom(sites: list[problem.SiteData]) -> Result:
    """Ours, built up to the arrays that a solver takes."""
    from sizing_site import sites_program  # noqa: PLC0415

    clock = Clock()
    lp = sites_program(sites).as_linear_program()
    clock.lap("build")
    return {"rows": lp.matrix.shape[0], "columns": lp.matrix.shape[1], **clock.laps}


def linopy_model(sites: list[problem.SiteData]) -> Any:
    """The problem in plain linopy, all sites at once along one dimension."""
    import linopy  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    import xarray as xr  # noqa: PLC0415

    hours = len(sites[0].price)
    site, time_ = pd.RangeIndex(len(sites), name="site"), pd.RangeIndex(hours, name="time")

    def series(values: list[problem.Array]) -> xr.DataArray:
        return xr.DataArray(np.array(values), coords=[site, time_])

    m = linopy.Model()
    size = {key: m.add_variables(lower=0, coords=[site], name=f"size_{key}") for key in problem.YEARLY_COST}
    names = ("solar", "wind", "bought", "charged", "discharged", "stored")
    flow = {key: m.add_variables(lower=0, coords=[site, time_], name=key) for key in names}
    served = m.add_variables(lower=0, upper=problem.SERVED_MW_MAX, coords=[site, time_], name="served")
    limit = series([problem.waiting_mwh_max(hours)] * len(sites))
    waiting = m.add_variables(lower=0, upper=limit, coords=[site, time_], name="waiting")
    firm = series([s.firm_mw for s in sites])
    balance = flow["solar"] + flow["wind"] + flow["bought"] + flow["discharged"] - flow["charged"] - served
    cost = (series([s.price for s in sites]) * flow["bought"]).sum()
    tied = problem.links(len(sites))
    if tied:
        link = pd.RangeIndex(len(tied), name="link")
        carried = m.add_variables(lower=0, upper=problem.LINK_MW_MAX, coords=[link, time_], name="carried")
        meets = np.array([[(i == s) - (j == s) for i, j in tied] for s in site], dtype=float)
        balance = balance - (xr.DataArray(meets, coords=[site, link]) * carried).sum("link")
        cost = cost + problem.LINK_COST * carried.sum()
    m.add_constraints(balance == firm, name="balance")
    m.add_constraints(flow["solar"] - series([s.solar for s in sites]) * size["solar"] <= 0, name="solar resource")
    m.add_constraints(flow["wind"] - series([s.wind for s in sites]) * size["wind"] <= 0, name="wind resource")
    m.add_constraints(flow["bought"] - size["grid"] <= 0, name="grid limit")
    m.add_constraints(flow["charged"] - size["battery_mw"] <= 0, name="charge limit")
    m.add_constraints(flow["discharged"] - size["battery_mw"] <= 0, name="discharge limit")
    m.add_constraints(flow["stored"] - size["battery_mwh"] <= 0, name="content limit")
    gained = problem.EFFICIENCY * flow["charged"] - (1 / problem.EFFICIENCY) * flow["discharged"]
    m.add_constraints(flow["stored"] - flow["stored"].roll(time=1) - gained == 0, name="content")
    m.add_constraints(waiting - waiting.roll(time=1) + served == problem.ARRIVING_MW, name="work")
    allowed = xr.DataArray([s.import_mw_mean_max for s in sites], coords=[site])
    m.add_constraints(flow["bought"].sum("time") / hours <= allowed, name="green")
    for key, amount in problem.YEARLY_COST.items():
        cost = cost + (amount * size[key]).sum()
    m.add_objective(cost)
    return m


def build_linopy(sites: list[problem.SiteData]) -> Result:
    """Plain linopy, built up to the arrays that a solver takes."""
    clock = Clock()
    arrays = linopy_model(sites).matrices
    columns = len(arrays.c)
    clock.lap("build")
    return {"rows": arrays.A.shape[0], "columns": columns, **clock.laps}


def solve_linopy_hipo(sites: list[problem.SiteData]) -> Result:
    """Plain linopy with HiPO without crossover."""
    clock = Clock()
    m = linopy_model(sites)
    clock.lap("build")
    m.solve("highs", io_api="direct", solver="hipo", run_crossover="off", output_flag=False)
    _see_that_it_took(m, "hipo")
    clock.lap("solve")
    green = m.constraints["green"].dual.values.ravel()[0]
    return {"objective": float(m.objective.value), "green_price": -green / len(sites[0].price), **clock.laps}


def solve_pypsa(sites: list[problem.SiteData], *, hipo: bool) -> Result:
    """PyPSA, with its default settings for HiGHS or with HiPO without crossover."""
    clock = Clock()
    network = _pypsa_network(sites)
    clock.lap("build")
    options = {"solver": "hipo", "run_crossover": "off"} if hipo else {}
    hours = len(sites[0].price)

    def limits(n: Any, _snapshots: Any) -> None:
        links, bought = n.model["Link-p_nom"], n.model["Generator-p"]
        for s, site in enumerate(sites):
            # A link's size counts where it draws; the battery's power counts at the site's bus, both ways.
            charge, discharge = links.loc[f"charge {s}"], links.loc[f"discharge {s}"]
            n.model.add_constraints(charge - problem.EFFICIENCY * discharge == 0, name=f"power {s}")
            mean = bought.loc[:, f"grid {s}"].sum() / hours
            n.model.add_constraints(mean <= site.import_mw_mean_max, name=f"green {s}")

    network.optimize(
        solver_name="highs",
        solver_options={"output_flag": False, **options},
        io_api="direct",
        extra_functionality=limits,
        include_objective_constant=False,
    )
    if hipo:
        _see_that_it_took(network.model, "hipo")
    clock.lap("solve")
    dual = float(network.model.constraints["green 0"].dual)
    return {"objective": float(network.objective), "green_price": -dual / hours, **clock.laps}


def _pypsa_network(sites: list[problem.SiteData]) -> Any:
    """Buses for the site, the battery and the waiting work; a store whose content is minus the work that waits."""
    import pandas as pd  # noqa: PLC0415
    import pypsa  # noqa: PLC0415

    n = pypsa.Network()
    hours, cost = len(sites[0].price), problem.YEARLY_COST
    n.set_snapshots(pd.RangeIndex(hours))
    for s, site in enumerate(sites):
        for bus in ("site", "battery", "work"):
            n.add("Bus", f"{bus} {s}")
        bus, sized = f"site {s}", {"p_nom_extendable": True}
        n.add("Generator", f"solar {s}", bus=bus, p_max_pu=site.solar, capital_cost=cost["solar"], **sized)
        n.add("Generator", f"wind {s}", bus=bus, p_max_pu=site.wind, capital_cost=cost["wind"], **sized)
        n.add("Generator", f"grid {s}", bus=bus, marginal_cost=site.price, capital_cost=cost["grid"], **sized)
        link = {"efficiency": problem.EFFICIENCY, **sized}
        n.add("Link", f"charge {s}", bus0=bus, bus1=f"battery {s}", capital_cost=cost["battery_mw"], **link)
        n.add("Link", f"discharge {s}", bus0=f"battery {s}", bus1=bus, **link)
        battery = {"e_nom_extendable": True, "e_cyclic": True, "capital_cost": cost["battery_mwh"]}
        n.add("Store", f"battery {s}", bus=f"battery {s}", **battery)
        n.add("Link", f"serve {s}", bus0=bus, bus1=f"work {s}", p_nom=problem.SERVED_MW_MAX)
        n.add("Load", f"arriving {s}", bus=f"work {s}", p_set=problem.ARRIVING_MW)
        least = -problem.waiting_mwh_max(hours) / problem.WAITING_MWH_MAX
        n.add("Store", f"waiting {s}", bus=f"work {s}", e_nom=problem.WAITING_MWH_MAX, e_min_pu=least, e_max_pu=0.0)
        n.add("Load", f"firm {s}", bus=bus, p_set=site.firm_mw)
    for i, j in problem.links(len(sites)):
        # Load that moves from i to j is power that moves from j to i.
        n.add("Link", f"{i} to {j}", bus0=f"site {j}", bus1=f"site {i}", p_nom=100.0, marginal_cost=problem.LINK_COST)
    return n


def _see_that_it_took(model: Any, solver: str) -> None:
    """HiGHS keeps its default in silence where a solver is not built in."""
    taken = model.solver_model.getOptionValue("solver")[1]
    if taken != solver:
        raise SystemExit(f"HiGHS took {taken!r} where {solver!r} was asked; install highspy-extras")


CONTENDERS: dict[str, Callable[[list[problem.SiteData]], Result]] = {
    "wattloom": lambda sites: solve_wattloom(sites, exact=False),
    "wattloom_exact": lambda sites: solve_wattloom(sites, exact=True),
    "wattloom_build": build_wattloom,
    "linopy_build": build_linopy,
    "linopy_hipo": solve_linopy_hipo,
    "pypsa": lambda sites: solve_pypsa(sites, hipo=False),
    "pypsa_hipo": lambda sites: solve_pypsa(sites, hipo=True),
}


# Of each contender: loaded before the clock starts, so that imports count for nobody.
MODULES = {
    "wattloom": ("sizing_site", "wattloom.solve.path"),
    "linopy": ("linopy", "highspy"),
    "pypsa": ("pypsa", "highspy"),
}


def run(name: str, sites: list[problem.SiteData]) -> Result:
    """Run one contender and note its peak memory."""
    import importlib  # noqa: PLC0415

    for module in MODULES[name.partition("_")[0]]:
        importlib.import_module(module)
    result = CONTENDERS[name](sites)
    result["cpu_s"] = sum(value for key, value in result.items() if key.endswith("_cpu_s"))
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return result
