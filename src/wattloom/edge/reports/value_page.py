"""What is a facility's flexibility worth? The page in both languages, the screen, and the files of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.text import Text as Line

from wattloom.app.flexibility_value_verdict import STREAMS
from wattloom.edge.reports import value_tables as tables
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.charts import Payload
from wattloom.edge.reports.dispatch_files import provenance as provenance_of
from wattloom.edge.reports.dispatch_files import sheets_of
from wattloom.edge.reports.page import rendered
from wattloom.edge.reports.plain import as_json, plain
from wattloom.edge.reports.run_files import REPORT
from wattloom.edge.reports.terminal import grid, warned
from wattloom.edge.reports.words import LANGUAGES, Lang, Words, said_of
from wattloom.edge.reports.workbook import sheets_workbook

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wattloom.app.flexibility_value import FlexibilityValue
    from wattloom.edge.reports.charts import Spec
    from wattloom.edge.reports.table import Table

SECTIONS = ("answer", "value_streams", "value_what_ifs", "dispatch_sources")
SHEETS = {
    "sheet_value": ("value_territories", "value_streams"),
    "sheet_value_asked": ("value_what_ifs", "value_asked"),
    "sheet_sources": ("provenance",),
}
ROLES = {"time_of_use": "line1", "spot": "line2", "response": "green", "frequency": "line4", "reserve": "line3"}


def flexibility_value_files(found: FlexibilityValue, *, lang: Lang = "en") -> dict[str, bytes]:
    """Every file of the run folder."""
    made, words = tables_of(found), Words(lang)
    files = {
        REPORT: value_page(found, lang=lang).encode(),
        "summary.json": as_json(summary(found)),
        "workbook.xlsx": sheets_workbook(
            sheets_of(made, SHEETS, words), title=found.project.name, paragraph=found.conclusion.paragraph.of(lang),
            words=words,
        ),
        "project.json": as_json(plain(found.project)),
    }  # fmt: skip
    files["provenance.json"] = as_json(provenance_of(found.provenance, files))
    return files


def flexibility_value_answer(found: FlexibilityValue, lang: Lang = "en") -> RenderableType:
    """The screen: warnings, the verdict, territories, findings."""
    words = Words(lang)
    return Group(
        Line(found.project.name, style="bold"),
        *warned(alerts(found, words)),
        Padding(Line(found.conclusion.paragraph.of(lang)), (0, 0, 1, 0)),
        grid(tables.territories_short(found), words),
        Line(),
        *(Line(one.of(lang)) for one in found.conclusion.findings),
    )


def value_page(found: FlexibilityValue, *, lang: Lang = "en") -> str:
    """The report."""
    payload, made = Payload(), tables_of(found)
    payload.charts["value_streams"] = net_by_territory(found, payload)
    articles = [_article(found, Words(one), made) for one in LANGUAGES]
    return rendered(articles, payload=payload, lang=lang)


def tables_of(found: FlexibilityValue) -> dict[str, Table]:
    """Every table by its key."""
    made = (
        tables.territories(found), tables.streams(found), tables.what_ifs(found), tables.asked(found),
        tables.origin(found),
    )  # fmt: skip
    return {table.key: table for table in made}


def summary(found: FlexibilityValue) -> dict[str, Any]:
    """What a machine asks."""
    lands = {
        one.key: {
            "alone_cny": one.alone_cny(),
            "stacked_cny": one.stacked_cny(),
            "response_cny": one.of_response_cny(),
            "many_alone_cny": one.alone_cny(many=True),
            "sites": one.sites,
            "streams": one.streams,
        }
        for one in found.territories
    }
    result: dict[str, Any] = plain({"conclusion": found.conclusion, "territories": lands, "what_ifs": found.what_ifs,
                                    "notes": found.notes})  # fmt: skip
    return result


def alerts(found: FlexibilityValue, words: Words) -> list[Alert]:
    """Whether anything behind the figures is to be confirmed."""
    streams = [one for land in found.territories for one in land.streams]
    open_ones = sum(not one.confirmed for one in streams)
    if not open_ones:
        return []
    return [Alert(text=words.say("value_to_confirm", open=open_ones, all=len(streams)), first=True)]


def net_by_territory(found: FlexibilityValue, payload: Payload) -> Spec:
    """A bar a stream for each territory, net."""
    series = [
        {
            "label": payload.label(f"stream.{kind}", STREAMS[kind]),
            "role": role,
            "values": [
                sum(one.net_cny for one in land.streams if one.kind == kind) / 1e6 for land in found.territories
            ],
        }
        for kind, role in ROLES.items()
        if any(one.kind == kind for land in found.territories for one in land.streams)
    ]
    names = [(land.key, said_of(land.key)) for land in found.territories]
    heads = [payload.label(f"territory.{key}", name) for key, name in names if name is not None]
    return {"kind": "rows", "unit": "million CNY", "x": heads, "x_words": True, "series": series}


def _article(found: FlexibilityValue, words: Words, made: dict[str, Table]) -> dict[str, Any]:
    """Everything one language's article shows."""
    asked = found.project
    most = max(found.territories, key=lambda one: one.alone_cny())
    responding = max(found.territories, key=lambda one: one.of_response_cny())
    return {
        "words": words,
        "lang": words.lang,
        "title": words.say("value_title", name=asked.name),
        "subtitle": words.say("value_subtitle", year=asked.year, territories=len(asked.territories)),
        "sections": SECTIONS,
        "paragraph": found.conclusion.paragraph.of(words.lang),
        "tiles": [
            Tile(name=words.term("value_response_cny"), figure=words.figure(responding.of_response_cny(), "CNY"),
                 beside=words.term(responding.key)),
            Tile(name=words.term("value_alone_cny"), figure=words.figure(most.alone_cny(), "CNY"),
                 beside=words.term(most.key)),
            Tile(name=words.term("value_stacked_cny"), figure=words.figure(most.stacked_cny(), "CNY"),
                 beside=words.term(most.key)),
            Tile(name=words.term("value_many_cny"), figure=words.figure(most.alone_cny(many=True), "CNY"),
                 beside=words.term(most.key)),
        ],
        "alerts": alerts(found, words),
        "findings": [one.of(words.lang) for one in found.conclusion.findings],
        "notes": [note.of(words.lang) for note in found.notes] + list(asked.notes),
        "tables": made,
    }  # fmt: skip
