"""What may a VPP or a grid company ask of these sites? A printable sheet in both languages, and its run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.edge.reports import dispatch_energy as energy
from wattloom.edge.reports import dispatch_tables, numbers
from wattloom.edge.reports import offer_said as told
from wattloom.edge.reports import offer_tables as tables
from wattloom.edge.reports.charts import Payload
from wattloom.edge.reports.dispatch_charts import clock, course_of, line, named
from wattloom.edge.reports.dispatch_files import project_files, provenance, sheets_of
from wattloom.edge.reports.dispatch_words import of_sites
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from wattloom.app.flexibility_assess import FlexibilityAssessment
    from wattloom.edge.reports.table import Table

SECTIONS = ("answer", "offer_sheet", "offer_prices", "offer_baseline", "dispatch_sources")
SHEETS = {
    "sheet_offer": ("offer_lines", "offer_terms"),
    "sheet_offer_prices": ("offer_prices", "floors"),
    "sheet_sources": ("provenance",),
}


def offer_page(answer: FlexibilityAssessment, *, lang: Lang = "en") -> str:
    """The sheet; `lang` is the language that it opens in, a switch shows the other."""
    payload = Payload()
    payload.charts["baseline"] = _baseline(answer, payload)
    made = tables_of(answer)
    return rendered([_article(answer, Words(language), made) for language in LANGUAGES], payload=payload, lang=lang)


def offer_files(answer: FlexibilityAssessment, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of an offer's run folder: sheet, summary, results, tables, baseline, provenance."""
    made, words = tables_of(answer), Words(lang)
    baseline = {f"{name}.baseline_mw": row for name, row in zip(answer.project.sites, answer.baseline_mw, strict=True)}
    files = {
        REPORT: offer_page(answer, lang=lang).encode(),
        "summary.json": as_json(summary(answer)),
        "results.json": as_json(
            plain({"terms": answer.offer.terms, "lines": answer.offer.lines, "notes": answer.notes})
        ),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words),
            title=answer.project.name,
            paragraph=told.paragraph(answer, words),
            words=words,
        ),
        "baseline.parquet": numbers.parquet(answer.offer.axis, baseline, time_zone=str(answer.project.zone)),
    }
    files |= project_files(answer.project)
    files["provenance.json"] = as_json(provenance(answer.provenance, files))
    return files


def tables_of(answer: FlexibilityAssessment) -> dict[str, Table]:
    """Every table of the sheet by its key."""
    made = (
        tables.lines(answer),
        tables.prices(answer),
        tables.prices(answer, key="first_prices", notice_minutes=min(answer.offer.terms.notices_minutes)),
        tables.floors(answer),
        tables.terms(answer),
        dispatch_tables.provenance(answer.provenance),
    )
    return {table.key: table for table in made}


def summary(answer: FlexibilityAssessment) -> dict[str, Any]:
    """What each site offers down with the shortest notice for the middle duration."""
    found = {
        "probability": answer.offer.terms.probability,
        "ramp_minutes": answer.offer.terms.ramp_minutes,
        "sites": {
            one.site: {
                "mw": one.mw,
                "share_of_power": one.share_of_power,
                "notice_minutes": one.notice_minutes,
                "duration_hours": one.duration_hours,
                "cost_cny_per_mwh": one.cost_cny_per_mwh,
                "limited_by": one.limited_by,
            }
            for one in told.first_lines(answer)
        },
    }
    result: dict[str, Any] = plain(found)
    return result


def _article(answer: FlexibilityAssessment, words: Words, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("offer_title", name=answer.project.name),
        "subtitle": words.say(
            "offer_subtitle",
            start=answer.offer.axis.start.astimezone(answer.project.zone).strftime("%Y-%m-%d %H:%M"),
            end=answer.offer.axis.end.astimezone(answer.project.zone).strftime("%Y-%m-%d %H:%M"),
            zone=str(answer.project.zone),
        ),
        "sections": SECTIONS,
        "paragraph": told.paragraph(answer, words),
        "tiles": told.tiles(answer, words),
        "alerts": (),
        "tables": made,
        "grids": tables.grids(answer),
        "nothing": [
            words.say(
                "offer_nothing",
                site=words.cell(site),
                direction=told.inside(words.cell(direction), words),
                limit=told.inside(words.cell(limit), words),
            )
            for site, direction, limit in tables.nothing_offered(answer)
        ],
        "baseline": answer.baseline_said.of(words.lang),
        "notes": list(dict.fromkeys(note.of(words.lang) for note in answer.notes)),
    }


def _baseline(answer: FlexibilityAssessment, payload: Payload) -> dict[str, Any]:
    """The power of each site against which an event is measured."""
    axis = answer.offer.axis
    block = energy.block_for(axis.count, axis.step_minutes)
    variants = [
        {
            **named(payload, f"site.{key}", cell),
            "x": clock(axis, answer.project.zone, block=block),
            "series": [line(payload, "baseline_mw", "chosen", "area", np.asarray(row), block)],
        }
        for (key, cell), row in zip(
            zip(answer.project.sites, of_sites(answer.project), strict=True), answer.baseline_mw, strict=True
        )
    ]
    return course_of(variants, payload)
