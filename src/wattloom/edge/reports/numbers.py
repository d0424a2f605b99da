"""Which numbers does a run leave for machines? A short summary, all results, and the flows of every period."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from wattloom.edge.reports.answer import cost_reduction
from wattloom.edge.reports.energy import array
from wattloom.edge.reports.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.domain.flows import Flows
    from wattloom.domain.series import Series
    from wattloom.domain.time import TimeAxis
    from wattloom.plan.result import Outcome, SitePlan

FROM_MEASURES = (
    "load_mean_mw",
    "green_share_hourly",
    "green_share_annual",
    "green_share_with_certificates",
    "carbon_free_share_hourly",
    "self_use_of_generation",
    "self_use_of_load",
    "export_of_generation",
    "curtailment_of_generation",
    "pue",
    "carbon_location_t",
    "carbon_market_t",
    "import_peak_mw",
)
FROM_ECONOMICS = ("capital_cny", "npv_cny", "irr", "payback_years", "lcoe_cny_per_kwh", "lcoc_cny_per_kwh_it")
SOLVER = ("method", "cpu_s", "wall_s", "gap", "max_violation")
GRID_PRICE = "break_even_grid_price_cny_per_mwh"


def summary(plan: SitePlan) -> dict[str, Any]:
    """The figures that are asked for first, flat, by name with unit."""
    outcome, economics = plan.outcome, plan.economics
    figures: dict[str, Any] = {name: outcome.measures.get(name) for name in FROM_MEASURES}
    figures |= _sizes(outcome)
    figures |= {
        "energy_cost_cny_per_mwh": outcome.energy_cost_cny_per_mwh,
        "baseline_cost_cny_per_mwh": plan.baseline.energy_cost_cny_per_mwh,
        "cost_reduction": cost_reduction(plan),
        "billing_mode": outcome.mode,
        "break_even_grid_price": plan.break_even.get(GRID_PRICE),
        "max_load_at_green_080": plan.break_even.get("max_load_at_green_080"),
    }
    figures |= {name: getattr(economics, name) for name in FROM_ECONOMICS}
    figures["break_even"] = dict(plan.break_even)
    figures["compliance"] = [_verdict(verdict) for verdict in outcome.verdicts]
    figures["classification"] = {
        name: {"score": found.score, "grade": found.grade} for name, found in plan.classifications.items()
    }
    figures["price_basis"] = plan.project.money.price_basis
    figures["solver"] = {name: getattr(outcome.report, name) for name in SOLVER}
    figures["weather_of_site"] = plan.weather_of_site
    figures["to_be_confirmed"] = sorted(name for name, fact in plan.facts.items() if fact.to_be_confirmed)
    result: dict[str, Any] = plain(figures)
    return result


def results(plan: SitePlan) -> dict[str, Any]:
    """Everything that was found, without the flows of each period."""
    found = {
        "plan": _outcome(plan.outcome),
        "baseline": _outcome(plan.baseline),
        "modes": plan.modes,
        "economics": plan.economics,
        "years": plan.years,
        "break_even": plan.break_even,
        "scans": plan.scans,
        "facts": plan.facts,
        "weather": {"source": plan.weather_source, "kind": plan.weather_kind, "of_site": plan.weather_of_site},
        "classifications": plan.classifications,
        "notes": plan.notes,
    }
    result: dict[str, Any] = plain(found)
    return result


def flows_parquet(outcome: Outcome, *, time_zone: str) -> bytes:
    """Mean power of every period by source, store and load, with UTC start and local time."""
    return parquet(outcome.axis, flow_columns(outcome.flows, outcome.axis.count), time_zone=time_zone)


def series_parquet(series: Mapping[str, Series], *, time_zone: str) -> bytes | None:
    """The input series of a run, one column each; None where there are none. All lie on one axis."""
    if not series:
        return None
    axis = next(iter(series.values())).axis
    on_axis = {path: one for path, one in series.items() if one.axis == axis}
    columns = {path: one.values for path, one in on_axis.items()}
    return parquet(axis, columns, time_zone=time_zone, units={path: one.unit for path, one in on_axis.items()})


def flow_columns(flows: Flows, count: int) -> dict[str, NDArray[Any]]:
    """Every flow as an array, by asset and field with its unit."""
    columns: dict[str, Any] = {}
    for name, source in flows.sources.items():
        columns |= {f"{name}.{key}": getattr(source, key) for key in ("available_mw", "delivered_mw", "line_loss_mw")}
    for name, store in flows.storages.items():
        columns |= {f"{name}.{key}": getattr(store, key) for key in ("charged_mw", "discharged_mw", "stored_mwh")}
    for name, load in flows.loads.items():
        keys = ("it_mw", "overhead_mw", "reused_heat_mw", "backlog_mwh")
        columns |= {f"{name}.{key}": getattr(load, key) for key in keys}
    columns |= {key: getattr(flows, key) for key in ("imported_mw", "exported_mw", "contracted_mw")}
    return {key: array(values, count) for key, values in columns.items()}


def parquet(
    axis: TimeAxis, columns: Mapping[str, Any], *, time_zone: str, units: Mapping[str, str] | None = None
) -> bytes:
    """Columns over the periods of an axis."""
    # As integers of microseconds: pyarrow then needs no zone of pandas, and the local column shows the site's clocks.
    starts = axis.instants().as_unit("us").asi8
    names = ["start_utc", "start_local", *columns]
    arrays = [
        pa.array(starts, type=pa.timestamp("us", tz="UTC")),
        pa.array(starts, type=pa.timestamp("us", tz=time_zone)),
        *(pa.array(values, type=pa.float64()) for values in columns.values()),
    ]
    units = units or {}
    fields = [
        pa.field(name, one.type, metadata={"unit": units[name]} if name in units else None)
        for name, one in zip(names, arrays, strict=True)
    ]
    metadata = {"step_minutes": str(axis.step_minutes), "power": "mean over [start, start + step)"}
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=metadata))
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _sizes(outcome: Outcome) -> dict[str, float]:
    """The sizes that a reader asks for first; 0 where nothing of the kind is built."""
    wanted = {
        "solar_mw": ("solar", "power_mw"),
        "wind_mw": ("wind", "power_mw"),
        "nuclear_mw": ("nuclear", "power_mw"),
        "battery_mw": ("battery", "power_mw"),
        "battery_mwh": ("battery", "energy_mwh"),
        "grid_mva": ("grid", "capacity_mva"),
    }
    return {name: outcome.sizes_of_kind(kind).get(size, 0.0) for name, (kind, size) in wanted.items()}


def _verdict(verdict: Any) -> dict[str, Any]:
    """A verdict, flat."""
    clause = verdict.clause
    found = {name: getattr(verdict, name) for name in ("rule", "status", "figure", "limit", "sense")}
    return found | {
        "note": str(verdict.note),
        "document": str(clause.document),
        "article": str(clause.article),
        "in_force": clause.in_force,
        "confidence": clause.confidence,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    """A design without its flows."""
    return {
        "billing_mode": outcome.mode,
        "energy_cost_cny_per_mwh": outcome.energy_cost_cny_per_mwh,
        "yearly_cost_cny": outcome.yearly_cost_cny,
        "sizes": {name: dict(part.sizes) for name, part in outcome.parts.items() if part.sizes},
        "costs": outcome.costs,
        "measures": outcome.measures,
        "verdicts": outcome.verdicts,
        "bindings": outcome.bindings,
        "solver": outcome.report,
    }
