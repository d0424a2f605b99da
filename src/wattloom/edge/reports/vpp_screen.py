"""What does the screen say of a pool? Warnings, one paragraph, the table that is asked for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from wattloom.edge.reports import vpp_page as page
from wattloom.edge.reports import vpp_tables as tables
from wattloom.edge.reports.terminal import grid, warned
from wattloom.edge.reports.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wattloom.app.vpp_event import VppEvent
    from wattloom.app.vpp_nominate import VppNomination


def vpp_nominate_answer(found: VppNomination, lang: Lang = "en") -> RenderableType:
    """The answer of a nomination."""
    words = Words(lang)
    return Group(
        Text(found.project.name, style="bold"),
        *warned(page.nominate_alerts(found, words)),
        Padding(Text(page.nominate_paragraph(found, words)), (0, 0, 1, 0)),
        grid(tables.promise(found), words),
    )


def vpp_event_answer(found: VppEvent, lang: Lang = "en") -> RenderableType:
    """The answer of an event."""
    words = Words(lang)
    return Group(
        Text(found.project.name, style="bold"),
        *warned(page.event_alerts(found, words)),
        Padding(Text(page.event_paragraph(found, words)), (0, 0, 1, 0)),
        grid(tables.steps(found), words),
        Text(),
        grid(tables.parts(found), words),
    )
