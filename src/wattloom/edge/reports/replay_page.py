"""What do replays of the same jobs tell? One page in both languages that loads nothing, and its run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloom.edge.reports import dispatch_tables, numbers, replay_charts
from wattloom.edge.reports import replay_said as answer
from wattloom.edge.reports import replay_tables as tables
from wattloom.edge.reports.dispatch_energy import HOURS_PER_DAY
from wattloom.edge.reports.dispatch_files import project_files, provenance, segments_parquet, sheets_of
from wattloom.edge.reports.dispatch_words import days
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattloom.app.replay_answer import DispatchReplay
    from wattloom.edge.reports.charts import Payload
    from wattloom.edge.reports.table import Table
    from wattloom.twin.result import ReplayResult

SECTIONS = ("answer", "replay_policies", "replay_load", "replay_classes", "dispatch_asked", "dispatch_sources")
SHEETS = {
    "sheet_answer": ("policies", "savings", "happened", "further"),
    "sheet_dispatch_jobs": ("replay_classes", "promises"),
    "sheet_dispatch_sites": ("sites_asked", "asked"),
    "sheet_sources": ("provenance",),
}
COUNTED = (
    "policy", "cost_cny", "energy_mwh", "carbon_t", "deadline_misses", "jobs", "done", "still_open", "migrations",
    "moves_failed", "restarts_failed", "pauses", "cap_excess_mwh", "events",
)  # fmt: skip


def replay_page(replay: DispatchReplay, *, lang: Lang = "en") -> str:
    """The report of some replays; `lang` is the language that it opens in, a switch shows the other."""
    payload = replay_charts.of_replay(replay)
    made = tables_of(replay)
    articles = [_article(replay, Words(language), payload, made) for language in LANGUAGES]
    return rendered(articles, payload=payload, lang=lang)


def replay_files(replay: DispatchReplay, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a replay's run folder: report, summary, results, tables, what really ran, sites, provenance."""
    made, words = tables_of(replay), Words(lang)
    files = {
        REPORT: replay_page(replay, lang=lang).encode(),
        "summary.json": as_json(summary(replay)),
        "results.json": as_json(results(replay)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words),
            title=replay.project.name,
            paragraph=answer.paragraph(replay, words),
            words=words,
        ),
        "site_periods.parquet": numbers.parquet(replay.axis, _site_columns(replay), time_zone=str(replay.project.zone)),
    }
    for number, result in enumerate(replay.results):
        files[f"segments_{number}_{_file_name(result)}.parquet"] = segments_parquet(result.segments, replay.jobs)
    files |= project_files(replay.project)
    files["provenance.json"] = as_json(provenance(replay.provenance, files))
    return files


def tables_of(replay: DispatchReplay) -> dict[str, Table]:
    """Every table of the report by its key."""
    made = (
        tables.policies(replay),
        tables.savings(replay),
        tables.happened(replay),
        tables.further(replay),
        tables.classes(replay),
        dispatch_tables.asked(replay.project, len(replay.jobs)),
        dispatch_tables.sites_asked(
            replay.project, replay.import_price_cny_per_mwh, replay.carbon_kg_per_mwh, firm=None
        ),
        dispatch_tables.promises(replay.project),
        dispatch_tables.provenance(replay.provenance),
    )
    return {table.key: table for table in made}


def summary(replay: DispatchReplay) -> dict[str, Any]:
    """The figures that are asked for first, flat for each policy."""
    saved = [None, *replay.savings]
    found = {
        "jobs": len(replay.jobs),
        "policies": [
            {name: getattr(one, name) for name in COUNTED}
            | {"waited_hours_mean": tables.waited_hours(one), "work_kept": tables.work_kept(one)}
            | ({} if saving is None else {"saving": saving})
            for one, saving in zip(replay.results, saved, strict=True)
        ],
    }
    result: dict[str, Any] = plain(found)
    return result


def results(replay: DispatchReplay) -> dict[str, Any]:
    """Everything that was found, without what is told period by period or job by job."""
    found = {
        "policies": {
            one.policy: {name: getattr(one, name) for name in COUNTED}
            | {"refused": one.refused, "classes": one.classes, "figures": one.notes}
            for one in replay.results
        },
        "savings": dict(zip((one.policy for one in replay.results[1:]), replay.savings, strict=True)),
        "notes": replay.notes,
    }
    result: dict[str, Any] = plain(found)
    return result


def _article(replay: DispatchReplay, words: Words, payload: Payload, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("replay_title", name=replay.project.name),
        "subtitle": words.say(
            "dispatch_subtitle",
            start=replay.axis.start.astimezone(replay.project.zone).strftime("%Y-%m-%d %H:%M"),
            days=days(round(replay.axis.hours / HOURS_PER_DAY), words),
            sites=len(replay.project.sites),
            zone=str(replay.project.zone),
        ),
        "sections": SECTIONS,
        "paragraph": answer.paragraph(replay, words),
        "tiles": answer.tiles(replay, words),
        "alerts": answer.alerts(replay, words),
        "tables": made,
        "savings_drawn": "savings" in payload.charts,
        "notes": list(dict.fromkeys(note.of(words.lang) for note in replay.notes)),
    }


def _site_columns(replay: DispatchReplay) -> dict[str, NDArray[np.float64]]:
    """Power of each site under each policy, and the price and carbon of its grid energy."""
    columns: dict[str, NDArray[np.float64]] = {}
    for place, name in enumerate(replay.project.sites):
        for number, one in enumerate(replay.results):
            columns[f"{name}.{number}_{_file_name(one)}.draw_mw"] = one.draw_mw[place]
        columns[f"{name}.import_price_cny_per_mwh"] = replay.import_price_cny_per_mwh[place]
        columns[f"{name}.carbon_kg_per_mwh"] = replay.carbon_kg_per_mwh[place]
    return columns


def _file_name(result: ReplayResult) -> str:
    """A policy's name as part of a file's."""
    return "".join(sign if sign.isalnum() else "_" for sign in result.policy.lower())
