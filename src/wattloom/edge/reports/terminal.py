"""What does the screen say? The answer as a paragraph and a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from wattloom.edge.reports import tables
from wattloom.edge.reports.answer import alerts, classified, paragraph
from wattloom.edge.reports.table import Table
from wattloom.edge.reports.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wattloom.plan.result import Scan, SitePlan


def answer(plan: SitePlan, lang: Lang = "en") -> RenderableType:
    """The answer of a site plan: warnings, one paragraph, the key figures."""
    words = Words(lang)
    warned = [
        Text(f"{'✕' if alert.bad else '!'} {alert.text}", style="red" if alert.bad else "yellow")
        for alert in alerts(plan, words)
    ]
    return Group(
        Text(plan.project.name, style="bold"),
        Padding(Text(paragraph(plan, words)), (0, 0, 1, 0)),
        grid(tables.key_figures(plan), words),
        *(Text(sentence) for sentence in classified(plan, words)),
        *warned,
    )


def scan(scan: Scan, lang: Lang = "en") -> RenderableType:
    """A scan as a table."""
    words = Words(lang)
    table = tables.of_scan(scan)
    shown = grid(table, words)
    shown.title = words.word(scan.key)
    return Group(shown, *(Text(footnote.of(lang)) for footnote in table.footnotes))


def grid(table: Table, words: Words) -> Grid:
    """A table for the screen, numbers to the right."""
    shown = Grid(show_header=True, header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, head in enumerate(table.heads(words)):
        shown.add_column(Text(head), justify="right" if table.numeric(index) else "left", overflow="fold")
    for row in table.shown(words):
        shown.add_row(*(Text(cell) for cell in row))
    return shown
