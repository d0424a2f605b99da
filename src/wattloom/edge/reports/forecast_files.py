"""Which files does a forecast leave? Report, summary, quantiles as Parquet and CSV, workbook, file, provenance."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wattloom.edge.reports import forecast_said as answer
from wattloom.edge.reports import forecast_tables as tables
from wattloom.edge.reports.cells import harmless
from wattloom.edge.reports.dispatch_files import provenance, sheets_of
from wattloom.edge.reports.forecast_page import forecast_page, tables_of
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from wattloom.app.forecast_answer import ForecastRun

SHEETS = {
    "sheet_answer": ("forecast_stations",),
    "sheet_forecast_quality": ("forecast_quality", "forecast_fallbacks"),
    "sheet_forecast_record": ("forecast_record", "forecast_edits"),
    "sheet_forecast_asked": ("forecast_asked", "forecast_terms"),
    "sheet_sources": ("provenance",),
}


def forecast_files(run: ForecastRun, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a forecast's run folder."""
    made, words = tables_of(run), Words(lang)
    files = {
        REPORT: forecast_page(run, lang=lang).encode(),
        "summary.json": as_json(summary(run)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words), title=run.project.name, paragraph=answer.paragraph(run, words), words=words
        ),
        "forecast.parquet": forecast_parquet(run),
        "forecast.csv": forecast_csv(run),
        "fallbacks.json": as_json(plain({one.key: one.issued.fallbacks for one in run.stations})),
        "project.json": as_json(plain(run.project)),
    }
    files["provenance.json"] = as_json(provenance(run.provenance, files))
    return files


def summary(run: ForecastRun) -> dict[str, Any]:
    """What is asked for first, by station: who answered, why, what is expected, how it did lately."""
    found = {
        "task": run.task.name,
        "stations": {
            one.key: {
                "kind": one.issued.forecast.kind,
                "issued_at": one.issued.forecast.issued_at,
                "start": one.issued.forecast.axis.start,
                "end": one.issued.forecast.axis.end,
                "unit": one.issued.forecast.unit,
                "asked": one.issued.asked,
                "used": one.issued.used,
                "model": one.issued.forecast.model,
                "fallbacks": one.issued.forecast.fallbacks,
                "median_mean": float(one.issued.forecast.median.values.mean()),
                "coverage_lately": tables.lately(one)[0],
                "pinball_lately": tables.lately(one)[1],
                "own_share": tables.own_share(one),
                "watch": one.watch,
                "cpu_s": one.cpu_s,
                "notes": one.notes,
            }
            for one in run.stations
        },
    }
    result: dict[str, Any] = plain(found)
    return result


def forecast_parquet(run: ForecastRun) -> bytes:
    """One row a station and period: start and end in UTC, issue, quantiles, model, and why not the asked one."""
    buffer = io.BytesIO()
    columns = _columns(run)
    utc = pa.timestamp("us", tz="UTC")
    arrays = {
        name: pa.array(values, type=utc) if name in TIMES else pa.array(values) for name, values in columns.items()
    }
    pq.write_table(pa.table(arrays), buffer, compression="zstd")
    return buffer.getvalue()


TIMES = ("start_utc", "end_utc", "issued_utc")


def forecast_csv(run: ForecastRun) -> bytes:
    """The same rows as text, with the station's clock beside UTC."""
    columns = _columns(run)
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        cells = zip(columns, row, strict=True)
        told = (cell.strftime("%Y-%m-%dT%H:%MZ") if name in TIMES else cell for name, cell in cells)
        writer.writerow(harmless(cell) if isinstance(cell, str) else cell for cell in told)
    return lines.getvalue().encode()


def _columns(run: ForecastRun) -> dict[str, list[Any]]:
    """The rows of all stations, column by column."""
    columns: dict[str, list[Any]] = {}
    for one in run.stations:
        forecast = one.issued.forecast
        starts = forecast.axis.instants()
        ends = starts + (starts[1] - starts[0] if len(starts) > 1 else forecast.axis.end - forecast.axis.start)
        why = " ".join(reason.en for reason in forecast.fallbacks)
        count = forecast.axis.count
        found: dict[str, Any] = {
            "station": [one.key] * count,
            "start_local": [moment.strftime("%Y-%m-%dT%H:%M%z") for moment in forecast.axis.local(one.about.zone)],
            "start_utc": list(starts.to_pydatetime()),
            "end_utc": list(ends.to_pydatetime()),
            "issued_utc": [forecast.issued_at] * count,
            **{f"q{level:g}": np.round(forecast.at_level(level).values, 6).tolist() for level in forecast.levels},
            "unit": [forecast.unit] * count,
            "model": [forecast.model] * count,
            "fallback": [why] * count,
        }
        for name, values in found.items():
            columns.setdefault(name, []).extend(values)
    return columns
