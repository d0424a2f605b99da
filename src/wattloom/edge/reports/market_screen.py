"""What does the screen say of a bid and of its back-test? Warnings, one paragraph, the table asked for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from wattloom.edge.reports import market_page as said
from wattloom.edge.reports import market_tables as tables
from wattloom.edge.reports.terminal import grid, warned
from wattloom.edge.reports.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wattloom.app.market_backtest_answer import MarketBacktest
    from wattloom.app.market_bid import MarketBid


def market_bid_answer(found: MarketBid, lang: Lang = "en") -> RenderableType:
    """The answer of a bid."""
    words = Words(lang)
    return Group(
        Text(found.inputs.project.name, style="bold"),
        *warned(said.bid_alerts(found, words)),
        Padding(Text(said.bid_paragraph(found, words)), (0, 0, 1, 0)),
        grid(tables.curves(found), words),
        *(Text(note.of(lang)) for note in found.notes),
    )


def market_backtest_answer(found: MarketBacktest, lang: Lang = "en") -> RenderableType:
    """The answer of a back-test."""
    words = Words(lang)
    rows = () if found.refused else (grid(tables.rows_short(found), words),)
    return Group(
        Text(found.name, style="bold"),
        *warned(said.backtest_alerts(found, words)),
        Padding(Text(said.backtest_paragraph(found, words)), (0, 0, 1, 0)),
        *rows,
        *(Text(note.of(lang)) for note in found.notes),
    )
