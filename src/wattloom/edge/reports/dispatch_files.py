"""Which files does a day's dispatch leave? Each by its name, complete in memory."""

from __future__ import annotations

import hashlib
import io
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.edge.reports import dispatch_said as answer
from wattloom.edge.reports import numbers
from wattloom.edge.reports.dispatch_page import dispatch_page, tables_of
from wattloom.edge.reports.dispatch_tables import totals
from wattloom.edge.reports.page import vendored
from wattloom.edge.reports.plain import SERIES_FILE, as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattloom.dispatch.answer import DispatchDay
    from wattloom.dispatch.project import DispatchProject
    from wattloom.dispatch.question import DayPlan
    from wattloom.domain.jobs import Jobs, Segments
    from wattloom.domain.series import Series
    from wattloom.edge.reports.table import Table
    from wattloom.edge.reports.words import Lang

SHEETS = {
    "sheet_answer": ("key_figures", "saving", "asked"),
    "sheet_dispatch_sites": ("why", "sites", "exchanged", "sites_asked"),
    "sheet_dispatch_costs": ("costs",),
    "sheet_dispatch_jobs": ("classes", "promises", "jobs_drawn"),
    "sheet_sources": ("solver", "provenance"),
}
OF_A_PROGRAM = ("program_cny", "solver", "split_cpu_s")
"""What only a plan that was solved can tell."""
MICROSECONDS = 1_000_000
SITE_FIELDS = (
    "flexible_it_mw",
    "it_mw",
    "draw_mw",
    "import_mw",
    "export_mw",
    "generated_mw",
    "charged_mw",
    "discharged_mw",
)


def dispatch_files(day: DispatchDay, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a day's run folder: report, summary, results, tables, both schedules, sites, inputs, provenance."""
    jobs, made, words = day.question.jobs, tables_of(day), Words(lang)
    files = {
        REPORT: dispatch_page(day, lang=lang).encode(),
        "summary.json": as_json(summary(day)),
        "results.json": as_json(results(day)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words),
            title=day.project.name,
            paragraph=answer.paragraph(day, words),
            words=words,
        ),
        "segments.parquet": segments_parquet(day.plan.segments, jobs),
        "at_once_segments.parquet": segments_parquet(day.at_once.segments, jobs),
        "site_periods.parquet": numbers.parquet(day.plan.axis, _site_columns(day), time_zone=str(day.project.zone)),
    }
    files |= project_files(day.project)
    files["provenance.json"] = as_json(provenance(day.provenance, files))
    return files


def sheets_of(made: Mapping[str, Table], sheets: Mapping[str, tuple[str, ...]], words: Words) -> dict[str, list[Table]]:
    """The tables of each sheet, by its name in a language."""
    return {words.say(sheet): [made[key] for key in keys if key in made] for sheet, keys in sheets.items()}


def project_files(project: DispatchProject) -> dict[str, bytes]:
    """The project as it was asked, and its series where it holds any."""
    series: dict[str, Series] = {}
    files = {"project.json": as_json(plain(project, series=series))}
    inputs = numbers.series_parquet(series, time_zone=str(project.zone))
    return files if inputs is None else {**files, SERIES_FILE: inputs}


def provenance(computed_with: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
    """Versions, what the run was computed with, and the checksum of every other file."""
    found = {
        "wattloom": version("wattloom"),
        "computed_with": dict(computed_with),
        "page": vendored(),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    result: dict[str, Any] = plain(found)
    return result


def summary(day: DispatchDay) -> dict[str, Any]:
    """The figures that are asked for first, flat, by name with unit."""
    plan, before, after = day.plan, totals(day.at_once), totals(day.plan)
    found = {
        "jobs": len(day.question.jobs),
        "sites": len(day.question.sites),
        "saved_cny": day.saving.saved_cny,
        "saved_share": day.saving.share,
        "saved_low_cny": day.saving.low_cny,
        "saved_high_cny": day.saving.high_cny,
        "saving_confidence": day.saving.confidence,
        "at_once_cny": before.cost_cny,
        "plan_cny": after.cost_cny,
        "program_cny": plan.plan_cost_cny,
        "load_mwh": after.load_mwh,
        "import_mwh": after.import_mwh,
        "carbon_t": after.carbon_t,
        "carbon_at_once_t": before.carbon_t,
        "moved_mwh": plan.moved_mwh,
        "moved_share": answer.moved_share(day),
        "deadline_misses": plan.deadline_misses,
        "cap_excess_mwh": plan.cap_excess_mwh,
        "solver": {name: getattr(plan.report, name) for name in numbers.SOLVER},
        "split_cpu_s": plan.split_cpu_s,
    }
    result: dict[str, Any] = plain(found)
    return result


def results(day: DispatchDay) -> dict[str, Any]:
    """Everything that was found, without what is told period by period or job by job."""
    found = {
        "plan": _plan(day.plan),
        "at_once": {key: value for key, value in _plan(day.at_once).items() if key not in OF_A_PROGRAM},
        "saving": day.saving,
        "classes": _rows(tables_of(day)["classes"]),
        "why": {
            str(site.name): str(row[1]) for site, row in zip(day.plan.sites, tables_of(day)["why"].rows, strict=True)
        },
        "arrivals_end": day.arrivals_end,
        "notes": day.notes,
    }
    result: dict[str, Any] = plain(found)
    return result


def _plan(plan: DayPlan) -> dict[str, Any]:
    """A schedule in sums."""
    hours = plan.axis.step_hours
    energies = {field: field.replace("_mw", "_mwh") for field in SITE_FIELDS}
    return {
        "cost_cny": plan.cost_cny,
        "costs_cny": plan.costs_cny,
        "program_cny": plan.plan_cost_cny,
        "deadline_misses": plan.deadline_misses,
        "cap_excess_mwh": plan.cap_excess_mwh,
        "moved_mwh": plan.moved_mwh,
        "sites": {
            site.name: {name: float(getattr(site, field).sum()) * hours for field, name in energies.items()}
            | {
                key: getattr(site, key)
                for key in ("energy_cost_cny", "carbon_t", "demand_charge_cny", "peak_import_mw")
            }
            for site in plan.sites
        },
        "solver": plan.report,
        "split_cpu_s": plan.split_cpu_s,
    }


def _rows(table: Table) -> list[dict[str, Any]]:
    """Rows with the names of their columns."""
    words = Words("en")
    return [
        {
            column.key: cell if isinstance(cell, int | float) or cell is None else words.cell(cell)
            for column, cell in zip(table.columns, row, strict=True)
        }
        for row in table.rows
    ]


def _site_columns(day: DispatchDay) -> dict[str, NDArray[np.float64]]:
    """What each site does as planned and at once, and the price and carbon of its grid energy."""
    columns: dict[str, NDArray[np.float64]] = {}
    for now, before, site in zip(day.plan.sites, day.at_once.sites, day.question.sites, strict=True):
        columns |= {f"{now.name}.{field}": getattr(now, field) for field in SITE_FIELDS}
        columns |= {
            f"{now.name}.at_once_{field}": getattr(before, field) for field in ("it_mw", "draw_mw", "import_mw")
        }
        columns |= {
            f"{now.name}.{field}": getattr(site, field)
            for field in ("import_price_cny_per_mwh", "carbon_kg_per_mwh", "it_mw_max")
        }
    return columns


def segments_parquet(segments: Segments, jobs: Jobs) -> bytes:
    """A schedule as a table: job, class, home, site, start and end in UTC, level, seconds without work, power."""
    base = round(jobs.start.timestamp() * MICROSECONDS)
    job = segments.job

    def instant(seconds: NDArray[np.float64]) -> pa.Array:
        return pa.array(base + np.rint(seconds * MICROSECONDS).astype(np.int64), type=pa.timestamp("us", tz="UTC"))

    def names(of: tuple[str, ...], index: NDArray[np.int64]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), pa.array(list(of), type=pa.string()))

    table = pa.table(
        {
            "job": pa.array(jobs.id[job].tolist(), type=pa.string()),
            "class": names(tuple(one.name for one in jobs.classes), jobs.class_index[job]),
            "home": names(jobs.sites, jobs.home[job]),
            "site": names(jobs.sites, segments.site),
            "start_utc": instant(segments.start_s),
            "end_utc": instant(segments.end_s),
            "level": pa.array(segments.level),
            "dead_s": pa.array(segments.dead_s),
            "power_mw": pa.array(segments.level * jobs.power_mw[job]),
            "it_mwh": pa.array(
                (segments.end_s - segments.start_s) / SECONDS_PER_HOUR * segments.level * jobs.power_mw[job]
            ),
        }
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
