"""Which files does a run leave? Each by its name, complete in memory, so that a folder is whole or not there."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from wattloom.edge.reports import numbers, page
from wattloom.edge.reports.plain import SERIES_FILE, as_json, plain
from wattloom.edge.reports.workbook import scan_workbook, workbook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattloom.domain.series import Series
    from wattloom.edge.reports.words import Lang
    from wattloom.plan.result import Scan, SitePlan

REPORT = "report.html"


def plan_files(plan: SitePlan, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a site plan's run folder: report, summary, results, tables, flows, inputs, provenance."""
    zone = plan.project.site.time_zone
    series: dict[str, Series] = {}
    asked = plain(plan.project, series=series)
    files = {
        REPORT: page.site_plan(plan, lang=lang).encode(),
        "summary.json": as_json(numbers.summary(plan)),
        "results.json": as_json(numbers.results(plan)),
        "workbook.xlsx": workbook(plan, lang=lang),
        "flows.parquet": numbers.flows_parquet(plan.outcome, time_zone=zone),
        "baseline_flows.parquet": numbers.flows_parquet(plan.baseline, time_zone=zone),
        "project.json": as_json(asked),
    }
    inputs = numbers.series_parquet(series, time_zone=zone)
    if inputs is not None:
        files[SERIES_FILE] = inputs
    files["provenance.json"] = as_json(_provenance(plan, files))
    return files


def scan_files(
    scans: Sequence[Scan], *, title: str, notes: Mapping[Lang, Sequence[str]], lang: Lang = "en"
) -> dict[str, bytes]:
    """Every file of a comparison or a frontier: page, tables, numbers."""
    made = page.scan_page({"en": title, "zh": title}, scans, dict(notes), lang=lang)
    return {
        REPORT: made.encode(),
        "results.json": as_json(plain({scan.key: _rows(scan) for scan in scans})),
        "workbook.xlsx": scan_workbook(list(scans), lang=lang),
    }


def _rows(scan: Scan) -> list[dict[str, Any]]:
    """Rows with the names of their columns."""
    return [dict(zip(scan.columns, row, strict=True)) for row in scan.rows]


def _provenance(plan: SitePlan, files: dict[str, bytes]) -> dict[str, Any]:
    """Versions, rules with their documents and confidence, data, and the checksum of every other file of the run."""
    used = {
        name: {
            "document": fact.clause.document,
            "article": fact.clause.article,
            "source": fact.clause.source,
            "in_force": fact.clause.in_force,
            "confidence": fact.clause.confidence,
        }
        for name, fact in plan.facts.items()
    }
    found = {
        "wattloom": version("wattloom"),
        "computed_with": dict(plan.provenance),
        "territory": plan.project.connection.territory,
        "rules_of_year": plan.project.study.year,
        "weather": {"source": plan.weather_source, "of_site": plan.weather_of_site},
        "facts": used,
        "page": page.vendored(),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    result: dict[str, Any] = plain(found)
    return result
