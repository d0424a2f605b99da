"""What does the energy manager hold in hands after a day's dispatch? One page in both languages that loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.edge.reports import dispatch_charts as charts
from wattloom.edge.reports import dispatch_said as answer
from wattloom.edge.reports import dispatch_tables as tables
from wattloom.edge.reports.dispatch_words import days, of_sites
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.words import LANGUAGES, Lang, Words

if TYPE_CHECKING:
    from wattloom.dispatch.answer import DispatchDay
    from wattloom.edge.reports.charts import Payload
    from wattloom.edge.reports.table import Table

SECTIONS = (
    "answer",
    "dispatch_load",
    "dispatch_jobs",
    "dispatch_sites",
    "dispatch_costs",
    "dispatch_asked",
    "dispatch_sources",
)


def dispatch_page(day: DispatchDay, *, lang: Lang = "en") -> str:
    """The report of a day's dispatch; `lang` is the language that it opens in, a switch shows the other."""
    payload = charts.of_day(day)
    made = tables_of(day)
    return rendered(
        [_article(day, Words(language), payload, made) for language in LANGUAGES], payload=payload, lang=lang
    )


def _article(day: DispatchDay, words: Words, payload: Payload, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    names = {site.name: words.cell(label) for site, label in zip(day.plan.sites, of_sites(day.project), strict=True)}
    drawn, jobs = len(payload.charts["gantt"]["rows"]), len(day.question.jobs)
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("dispatch_title", name=day.project.name),
        "subtitle": words.say(
            "dispatch_subtitle",
            start=day.plan.axis.start.astimezone(day.project.zone).strftime("%Y-%m-%d %H:%M"),
            days=days(day.project.window.days, words),
            sites=len(day.question.sites),
            zone=str(day.project.zone),
        ),
        "sections": SECTIONS,
        "paragraph": answer.paragraph(day, words),
        "tiles": answer.tiles(day, words),
        "alerts": answer.alerts(day, words),
        "tables": made,
        "by_hour": [(names[name], table) for name, table in tables.by_hour(day).items()],
        "chosen": words.say("gantt_all" if drawn == jobs else "gantt_largest", drawn=drawn, jobs=f"{jobs:,}"),
        "differs": words.say("saving_of_jobs_only") if answer.saving_differs(day) else "",
        "notes": list(dict.fromkeys(note.of(words.lang) for note in day.notes)),
    }


def tables_of(day: DispatchDay) -> dict[str, Table]:
    """Every table of the report by its key."""
    question = day.question
    price, carbon, firm = (
        np.array([getattr(site, field) for site in question.sites])[:, : day.arrivals_end]
        for field in ("import_price_cny_per_mwh", "carbon_kg_per_mwh", "firm_it_mw")
    )
    made = (
        tables.key_figures(day),
        tables.saving(day.saving),
        tables.costs(day.at_once.costs_cny, day.plan.costs_cny),
        tables.sites(day),
        tables.why(day),
        tables.exchanged(day),
        tables.classes(day),
        tables.jobs_drawn(day),
        tables.asked(day.project, len(question.jobs)),
        tables.sites_asked(day.project, price, carbon, firm=firm),
        tables.promises(day.project),
        tables.solver(day.plan),
        tables.provenance(day.provenance),
    )
    return {table.key: table for table in made}
