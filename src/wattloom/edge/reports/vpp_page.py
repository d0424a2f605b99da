"""What does the operator of a virtual power plant hold in hands? Pages in both languages, and the files of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.edge.reports import vpp_tables as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.dispatch_files import project_files, sheets_of
from wattloom.edge.reports.dispatch_files import provenance as provenance_of
from wattloom.edge.reports.dispatch_tables import provenance
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.vpp_json import vpp_event_json, vpp_nominate_json
from wattloom.edge.reports.words import LANGUAGES, Lang, Words
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from wattloom.app.vpp_event import VppEvent
    from wattloom.app.vpp_nominate import VppNomination
    from wattloom.edge.reports.table import Table

NOMINATE_SECTIONS = ("answer", "vpp_promise", "vpp_offers", "dispatch_sources")
EVENT_SECTIONS = (
    "answer", "vpp_steps", "vpp_course", "vpp_members", "vpp_payment", "vpp_parts", "vpp_ledger", "vpp_frequency",
    "dispatch_sources",
)  # fmt: skip
NOMINATE_SHEETS = {"sheet_answer": ("vpp_promise", "vpp_offers"), "sheet_sources": ("provenance",)}
EVENT_SHEETS = {
    "sheet_answer": ("vpp_steps", "vpp_promise", "vpp_offers"),
    "sheet_vpp_members": ("vpp_members", "vpp_course"),
    "sheet_vpp_money": ("vpp_payment", "vpp_parts", "vpp_ledger", "vpp_frequency"),
    "sheet_sources": ("provenance",),
}
DECIMALS = 4
DIRECTIONS = {"down": "vpp_down", "up": "vpp_up"}


def vpp_nominate_files(found: VppNomination, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of a nomination's run folder."""
    made, words = nominate_tables(found), Words(lang)
    files = {
        REPORT: nominate_page(found, lang=lang).encode(),
        "summary.json": as_json(vpp_nominate_json(found)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, NOMINATE_SHEETS, words), title=found.project.name,
            paragraph=nominate_paragraph(found, words), words=words,
        ),
        **project_files(found.project),  # type: ignore[arg-type]
    }  # fmt: skip
    files["provenance.json"] = as_json(provenance_of(found.provenance, files))
    return files


def vpp_event_files(found: VppEvent, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of an event's run folder; the ledger's entries in a file of their own."""
    made, words, told = event_tables(found), Words(lang), vpp_event_json(found)
    files = {
        REPORT: event_page(found, lang=lang).encode(),
        "summary.json": as_json(told),
        "ledger.json": as_json(told["entries"]),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, EVENT_SHEETS, words), title=found.project.name, paragraph=event_paragraph(found, words),
            words=words,
        ),
        **project_files(found.project),  # type: ignore[arg-type]
    }  # fmt: skip
    files["provenance.json"] = as_json(provenance_of(found.provenance, files))
    return files


def nominate_page(found: VppNomination, *, lang: Lang = "en") -> str:
    """The report of a promise."""
    payload, made = Payload(), nominate_tables(found)
    articles = [
        {
            **_article(found, words, made),
            "title": words.say("vpp_title_nominate", name=found.project.name),
            "sections": NOMINATE_SECTIONS,
            "paragraph": nominate_paragraph(found, words),
            "tiles": nominate_tiles(found, words),
            "alerts": nominate_alerts(found, words),
            "notes": [note.of(words.lang) for note in found.notes],
        }
        for words in map(Words, LANGUAGES)
    ]
    return rendered(articles, payload=payload, lang=lang)


def event_page(found: VppEvent, *, lang: Lang = "en") -> str:
    """The report of an event."""
    payload, made = Payload(), event_tables(found)
    payload.charts["vpp_course"] = course(found, payload)
    sections = [name for name in EVENT_SECTIONS if name != "vpp_frequency" or found.frequency]
    articles = [
        {
            **_article(found.nominated, words, made),
            "title": words.say("vpp_title_event", name=found.project.name),
            "sections": sections,
            "paragraph": event_paragraph(found, words),
            "tiles": event_tiles(found, words),
            "alerts": event_alerts(found, words),
            "notes": [note.of(words.lang) for note in found.notes],
        }
        for words in map(Words, LANGUAGES)
    ]
    return rendered(articles, payload=payload, lang=lang)


def nominate_tables(found: VppNomination) -> dict[str, Table]:
    """Every table of a promise by its key."""
    made = (tables.promise(found), tables.offers(found), provenance(found.provenance))
    return {table.key: table for table in made}


def event_tables(found: VppEvent) -> dict[str, Table]:
    """Every table of an event by its key."""
    made = (
        tables.steps(found),
        tables.members(found),
        tables.course(found),
        tables.payment(found),
        tables.parts(found),
        tables.ledger(found),
        tables.frequency(found),
    )
    return {**nominate_tables(found.nominated), **{table.key: table for table in made}}


def course(found: VppEvent, payload: Payload) -> Spec:
    """What members gave, one above the other, against what was called for."""
    window = found.nominated.crew.window
    series: list[Spec] = [
        {
            "label": payload.label(f"member.{one.name}", tables.named(one.name)),
            "role": f"line{number % len(ROLES_OF_LINES)}",
            "stack": "all",
            "values": np.round(np.maximum(one.delivered_mw, 0.0), DECIMALS).tolist(),
        }
        for number, one in enumerate(one for one in found.members if np.any(one.delivered_mw > 0))
    ]
    series.append(
        {
            "label": payload.word("vpp_awarded_mw"),
            "role": "load",
            "line": True,
            "values": np.round(found.awarded_mw, DECIMALS).tolist(),
        }
    )
    clocks = [clock.strftime("%H:%M") for clock in window.local(found.project.zone)]
    variant = {"label": payload.word("vpp_delivered_mw"), "x": clocks, "series": series}
    return {"kind": "stack", "unit": "MW", "steps": True, "variants": [variant]}


def nominate_paragraph(found: VppNomination, words: Words) -> str:
    """What may be promised, and how surely."""
    said = found.nomination
    return words.say(
        "vpp_nominate_said",
        mw=words.figure(float(said.mw.min()), "MW"),
        hours=words.figure(found.project.event.hours, "h"),
        start=found.project.event.start,
        probability=words.figure(said.probability, "1"),
        foreseen=words.figure(found.foreseen_mw, "MW"),
    )


def event_paragraph(found: VppEvent, words: Words) -> str:
    """What came of the call."""
    return words.say(
        "vpp_event_said",
        called=words.figure(float(found.verified.called_kwh) / 1000, "MWh"),
        delivered=words.figure(float(found.verified.delivered_kwh) / 1000, "MWh"),
        share=words.figure(float(found.verified.share), "1"),
        paid=tables.yuan(found.paid_fen),
        members=sum(one.out is None for one in found.members),
    )


def nominate_tiles(found: VppNomination, words: Words) -> list[Tile]:
    """The figures asked for first."""
    held = [
        Tile(name=words.term("vpp_coverage"), figure=words.figure(min(one.share for one in found.coverage), "1"))
    ] if found.coverage else []  # fmt: skip
    return [
        Tile(name=words.term("vpp_nominated_mw"), figure=words.figure(float(found.nomination.mw.min()), "MW")),
        Tile(name=words.term("vpp_foreseen_mw"), figure=words.figure(found.foreseen_mw, "MW")),
        Tile(name=words.term("vpp_probability"), figure=words.figure(found.nomination.probability, "1")),
        *held,
    ]


def event_tiles(found: VppEvent, words: Words) -> list[Tile]:
    """The figures asked for first."""
    return [
        Tile(name=words.term("vpp_awarded_mw"), figure=words.figure(float(found.awarded_mw.min()), "MW")),
        Tile(
            name=words.term("vpp_delivered_mwh"),
            figure=words.figure(float(found.verified.delivered_kwh) / 1000, "MWh"),
            beside=words.figure(float(found.verified.share), "1"),
        ),
        Tile(name=words.term("vpp_paid_cny"), figure=words.figure(found.paid_fen / tables.FEN_PER_CNY, "CNY")),
        Tile(name=words.term("vpp_cost_cny"), figure=words.figure(found.member_cost_cny, "CNY")),
    ]


def nominate_alerts(found: VppNomination, words: Words) -> list[Alert]:
    """Limits missed, a promise that fresh draws speak against, members that stay out."""
    told = [] if found.admitted else [Alert(text=words.say("vpp_not_admitted"), bad=True, first=True)]
    if any(one.speaks_against(found.nomination.probability) for one in found.coverage):
        told.append(Alert(text=words.say("vpp_not_covered"), bad=True, first=True))
    told += [
        Alert(text=words.say("vpp_out", member=tables.named(name).of(words.lang), why=why.of(words.lang)))
        for name, why in found.crew.out.items()
    ]
    return told


def event_alerts(found: VppEvent, words: Words) -> list[Alert]:
    """What the promise says, and what nobody could give, or does not count."""
    told = nominate_alerts(found.nominated, words)
    if not found.verified.valid:
        why = found.verified.why_not.of(words.lang)
        told.append(Alert(text=words.say("vpp_not_valid", why=why), bad=True, first=True))
    if found.told.short_mw.any():
        told.append(Alert(text=words.say("vpp_short"), bad=True))
    if found.rule.assumed:
        told.append(Alert(text=words.say("vpp_assumed", names=", ".join(sorted(found.rule.assumed)))))
    return told


def _article(found: VppNomination, words: Words, made: dict[str, Table]) -> dict[str, Any]:
    """What both articles show."""
    event = found.project.event
    return {
        "words": words,
        "lang": words.lang,
        "subtitle": words.say(
            "vpp_subtitle", territory=words.term(found.project.territory), start=event.start,
            hours=words.figure(event.hours, "h"), members=len(found.project.members),
            direction=words.say(DIRECTIONS[event.direction]),
        ),
        "tables": made,
    }  # fmt: skip


ROLES_OF_LINES = tuple(f"line{number}" for number in range(8))
"""Colours for members; more are told by the same ones again."""
