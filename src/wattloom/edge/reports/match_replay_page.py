"""What does a day of ticks tell? One page in both languages, and the files of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.edge.reports import match_day as day
from wattloom.edge.reports import match_tables as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.dispatch_files import provenance, sheets_of
from wattloom.edge.reports.dispatch_words import money
from wattloom.edge.reports.match_said import joined
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from wattloom.app.match_answer import MatchReplay
    from wattloom.edge.reports.table import Table

SECTIONS = (
    "answer",
    "match_flows",
    "match_course",
    "match_why_day",
    "match_latency",
    "match_asked",
    "dispatch_sources",
)
SHEETS = {
    "sheet_answer": ("key_figures", "match_money", "match_latency"),
    "sheet_match_regions": ("match_regions", "match_sides", "match_hours"),
    "sheet_match_asked": ("match_asked", "match_supply_asked", "match_lines_asked"),
    "sheet_sources": ("provenance",),
}
OVERDUE_MWH = 1e-3


def match_replay_page(replay: MatchReplay, *, lang: Lang = "en") -> str:
    """The report of a day; `lang` is the language that it opens in, a switch shows the other."""
    payload, made = day.charts(replay), tables_of(replay)
    articles = [_article(replay, Words(language), made) for language in LANGUAGES]
    return rendered(articles, payload=payload, lang=lang)


def match_replay_files(replay: MatchReplay, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a day's run folder."""
    made, words = tables_of(replay), Words(lang)
    files = {
        REPORT: match_replay_page(replay, lang=lang).encode(),
        "summary.json": as_json(summary(replay)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words), title=replay.project.name, paragraph=paragraph(replay, words), words=words
        ),
        "project.json": as_json(plain(replay.project)),
    }
    files["provenance.json"] = as_json(provenance(replay.provenance, files))
    return files


def tables_of(replay: MatchReplay) -> dict[str, Table]:
    """Every table of the report by its key."""
    made = (
        day.key_figures(replay),
        day.money(replay),
        day.regions(replay),
        day.sides(replay),
        day.hours(replay),
        day.latency(replay),
        tables.asked(replay.project, len(replay.layout.sites), replay.fleet_it_mw),
        tables.supply_asked(replay.project, replay.facts),
        tables.lines_asked(replay.project),
        tables.provenance(replay.provenance),
    )
    return {table.key: table for table in made}


def summary(replay: MatchReplay) -> dict[str, Any]:
    """The figures that are asked for first, flat, by name with unit."""
    p50, p95, p99 = np.percentile(replay.cpu_ms, [50, 95, 99])
    found = {
        "ticks": replay.ticks,
        "sites": len(replay.layout.sites),
        "cost_cny": replay.cost_cny,
        "home_cost_cny": replay.home_cost_cny,
        "saving_share": day.saving_share(replay),
        "green_share": day.green_share(replay.hours.step_mwh),
        "home_green_share": day.green_share(replay.hours.home_step_mwh),
        "moved_it_mwh": float(replay.hours.corridor_mwh.sum()),
        "moved_mw_per_h": replay.hours.started_mw.tolist(),
        "overdue_mwh": replay.overdue_mwh,
        "left_it_mwh": replay.left_mwh,
        "left_cost_cny": replay.left_cost_cny,
        "stored_cny": replay.stored_cny,
        "p50_ms": float(p50),
        "p95_ms": float(p95),
        "p99_ms": float(p99),
        "certified_share": replay.certified_share,
        "exact_ticks": replay.exact,
        "worst_gap": float(replay.gap.max()),
        "worst_residual": float(replay.residual.max()),
        "replay_s": replay.wall_s,
        "replay_cpu_s": replay.cpu_s,
    }
    result: dict[str, Any] = plain(found)
    return result


def paragraph(replay: MatchReplay, words: Words) -> str:
    """What the day cost and would have cost, how green it was, what moved, what waited, how sure and how quick."""
    hours = replay.hours
    p50, p99 = np.percentile(replay.cpu_ms, [50, 99])
    saved = replay.home_cost_cny - replay.cost_cny
    sentences = [
        words.say(
            "match_day_cost" if saved >= 0 else "match_day_cost_more",
            ticks=f"{replay.ticks:,}",
            home=money(replay.home_cost_cny, words),
            matched=money(replay.cost_cny, words),
            saved=money(abs(saved), words),
            share=words.figure(abs(day.saving_share(replay)), "1"),
        ),
        words.say(
            "match_day_green",
            before=words.figure(day.green_share(hours.home_step_mwh), "1"),
            after=words.figure(day.green_share(hours.step_mwh), "1"),
        ),
        words.say(
            "match_day_moved",
            energy=words.figure(float(hours.corridor_mwh.sum()), "MWh"),
            rate=words.figure(float(hours.started_mw.mean()), "MW"),
            most=words.figure(float(hours.started_mw.max()), "MW"),
        ),
        words.say(
            "match_day_quick", p50=f"{p50:.2f}", p99=f"{p99:.2f}", share=words.figure(replay.certified_share, "1")
        ),
    ]
    if replay.overdue_mwh < OVERDUE_MWH:
        sentences.append(words.say("match_day_kept"))
    return joined(sentences, words)


def tiles(replay: MatchReplay, words: Words) -> list[Tile]:
    """The figures that a reader asks for first."""
    hours = replay.hours
    p50, p99 = np.percentile(replay.cpu_ms, [50, 99])
    before = words.say("tile_home", value=words.figure(day.green_share(hours.home_step_mwh), "1"))
    return [
        Tile(
            name=words.term("saved_cny"),
            figure=money(replay.home_cost_cny - replay.cost_cny, words),
            beside=words.figure(day.saving_share(replay), "1"),
        ),
        Tile(
            name=words.term("match_green_share"),
            figure=words.figure(day.green_share(hours.step_mwh), "1"),
            beside=before,
        ),
        Tile(name=words.term("moved_per_h"), figure=words.figure(float(hours.started_mw.mean()), "MW")),
        Tile(
            name=words.term("overdue_mwh"),
            figure=words.figure(replay.overdue_mwh if replay.overdue_mwh >= OVERDUE_MWH else 0.0, "MWh"),
        ),
        Tile(
            name=words.term("match_p50_ms"),
            figure=words.figure(float(p50), "ms"),
            beside=words.say("tile_p99", value=words.figure(float(p99), "ms")),
        ),
        Tile(name=words.term("certified_share"), figure=words.figure(replay.certified_share, "1")),
    ]


def alerts(replay: MatchReplay, words: Words) -> list[Alert]:
    """Work that came too late, energy that nobody had, and what is left over."""
    found = []
    if replay.overdue_mwh >= OVERDUE_MWH:
        found.append(
            Alert(text=words.say("match_alert_overdue", mwh=words.figure(replay.overdue_mwh, "MWh")), bad=True)
        )
    short = float(replay.hours.step_mwh[:, :, -1].sum())
    if short >= OVERDUE_MWH:
        found.append(Alert(text=words.say("match_alert_short", mwh=words.figure(short, "MWh")), bad=True))
    if replay.left_mwh >= OVERDUE_MWH:
        cost = money(replay.left_cost_cny, words)
        found.append(Alert(text=words.say("match_alert_left", mwh=words.figure(replay.left_mwh, "MWh"), cost=cost)))
    return found


def _article(replay: MatchReplay, words: Words, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    start = replay.project.window.instant.astimezone(replay.project.zone).strftime("%Y-%m-%d %H:%M")
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("match_replay_title", name=replay.project.name),
        "subtitle": words.say(
            "match_replay_subtitle",
            start=start,
            zone=str(replay.project.zone),
            hours=replay.project.window.hours,
            seconds=replay.project.window.tick_seconds,
            sites=f"{len(replay.layout.sites):,}",
        ),
        "sections": SECTIONS,
        "paragraph": paragraph(replay, words),
        "tiles": tiles(replay, words),
        "alerts": alerts(replay, words),
        "why": day.why(replay, words),
        "tables": made,
        "notes": list(dict.fromkeys(note.of(words.lang) for note in replay.notes)),
    }
