"""What does the operator hold in hands after a tick? One page in both languages, and the files of the run."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from wattloom.edge.reports import match_charts as charts
from wattloom.edge.reports import match_said as answer
from wattloom.edge.reports import match_tables as tables
from wattloom.edge.reports import match_view as view
from wattloom.edge.reports.cells import harmless
from wattloom.edge.reports.dispatch_files import provenance, sheets_of
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from wattloom.app.match_answer import MatchNow
    from wattloom.edge.reports.charts import Payload
    from wattloom.edge.reports.table import Table

SECTIONS = (
    "answer",
    "match_flows",
    "match_why",
    "match_regions",
    "match_certificate",
    "match_asked",
    "dispatch_sources",
)
SHEETS = {
    "sheet_answer": ("key_figures", "match_money", "match_certificate"),
    "sheet_match_regions": ("match_regions", "match_sides"),
    "sheet_match_flows": ("match_flows", "match_moves"),
    "sheet_match_asked": ("match_asked", "match_supply_asked", "match_lines_asked"),
    "sheet_sources": ("provenance",),
}
SETPOINTS = (
    "site", "region", "fixed_inference_it_mw", "movable_inference_it_mw", "training_it_mw", "batch_it_mw",
    "moved_out_inference_it_mw", "moved_out_batch_it_mw", "moved_in_it_mw", "idle_it_mw", "charge_mw", "discharge_mw",
)  # fmt: skip


def match_now_page(now: MatchNow, *, lang: Lang = "en") -> str:
    """The report of a tick; `lang` is the language that it opens in, a switch shows the other."""
    payload, made = charts.of_now(now), tables_of(now)
    articles = [_article(now, Words(language), payload, made) for language in LANGUAGES]
    return rendered(articles, payload=payload, lang=lang)


def match_now_files(now: MatchNow, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a tick's run folder: report, summary, tables, set-points by site, provenance."""
    made, words = tables_of(now), Words(lang)
    files = {
        REPORT: match_now_page(now, lang=lang).encode(),
        "summary.json": as_json(summary(now)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words), title=now.project.name, paragraph=answer.paragraph(now, words), words=words
        ),
        "setpoints.csv": setpoints(now),
        "project.json": as_json(plain(now.project)),
    }
    files["provenance.json"] = as_json(provenance(now.provenance, files))
    return files


def tables_of(now: MatchNow) -> dict[str, Table]:
    """Every table of the report by its key."""
    made = (
        tables.key_figures(now),
        tables.money(now),
        tables.regions(now),
        tables.sides(now),
        tables.flows(now),
        tables.moves(now),
        tables.certificate(now.match.certificate, now.match.cpu_s),
        tables.asked(now.project, len(now.tick.layout.sites), float(now.tick.sites.it_mw_max.sum())),
        tables.supply_asked(now.project, now.facts),
        tables.lines_asked(now.project),
        tables.provenance(now.provenance),
    )
    return {table.key: table for table in made}


def summary(now: MatchNow) -> dict[str, Any]:
    """The figures that are asked for first, flat, by name with unit."""
    found = {
        "at": now.at,
        "sites": len(now.tick.layout.sites),
        "cost_cny_per_h": now.money.total,
        "home_cost_cny_per_h": now.home_money.total,
        "saving_cny_per_h": now.saving_cny_per_h,
        "saving_share": answer.share(now),
        "green_share": view.green_share(view.supply_mw(now)),
        "home_green_share": view.green_share(now.home_supply_mw),
        "moved_it_mw": float(now.match.corridor_it_mw.sum()),
        "waiting_it_mw": float(view.waiting_mw(now).sum()),
        "unserved_mw": float(view.shed_mw(now).sum()),
        "prices_cny_per_mwh": dict(zip(now.project.regions, now.match.prices_cny_per_mwh[0].tolist(), strict=True)),
        "money": now.money,
        "home_money": now.home_money,
        "certificate": now.match.certificate,
        "cpu_s": now.match.cpu_s,
    }
    result: dict[str, Any] = plain(found)
    return result


def setpoints(now: MatchNow) -> bytes:
    """What each site is told, as a table."""
    match, layout = now.match, now.tick.layout
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SETPOINTS)
    columns = (*match.served_it_mw, *match.moved_out_it_mw, match.moved_in_it_mw, match.idle_it_mw)
    columns += (match.charge_mw, match.discharge_mw)
    for n, name in enumerate(layout.sites):
        region = layout.regions[int(layout.site_region[n])]
        writer.writerow([harmless(name), harmless(region), *(f"{max(column[n], 0.0):.6f}" for column in columns)])
    return text.getvalue().encode()


def _article(now: MatchNow, words: Words, payload: Payload, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    at = now.at.astimezone(now.project.zone).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("match_now_title", name=now.project.name),
        "subtitle": words.say(
            "match_subtitle",
            at=at,
            zone=str(now.project.zone),
            sites=f"{len(now.tick.layout.sites):,}",
            regions=len(now.project.regions),
        ),
        "sections": SECTIONS,
        "paragraph": answer.paragraph(now, words),
        "tiles": answer.tiles(now, words),
        "alerts": answer.alerts(now, words),
        "why": answer.why(now, words),
        "tables": made,
        "supply_drawn": "supply" in payload.charts,
        "notes": list(dict.fromkeys(note.of(words.lang) for note in now.notes)),
    }
