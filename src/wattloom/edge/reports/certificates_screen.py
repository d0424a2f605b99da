"""What does the screen say of certificates and carbon? Warnings, one paragraph, the table that is asked for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from wattloom.edge.reports import carbon_page as carbon
from wattloom.edge.reports import certificates_said as said
from wattloom.edge.reports import certificates_tables as tables
from wattloom.edge.reports.terminal import grid, warned
from wattloom.edge.reports.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wattloom.app.carbon_report import CarbonReport
    from wattloom.app.certificates_issue import CertificatesIssue
    from wattloom.app.certificates_match import CertificatesMatch


def certificates_issue_answer(found: CertificatesIssue, lang: Lang = "en") -> RenderableType:
    """The answer of an issue."""
    words = Words(lang)
    return Group(
        Text(found.project.name, style="bold"),
        *warned(said.issue_alerts(found, words)),
        Padding(Text(said.issue_paragraph(found, words)), (0, 0, 1, 0)),
        grid(tables.devices_short(found), words),
    )


def certificates_match_answer(found: CertificatesMatch, lang: Lang = "en") -> RenderableType:
    """The answer of a match."""
    words = Words(lang)
    return Group(
        Text(found.project.name, style="bold"),
        *warned(said.match_alerts(found, words)),
        Padding(Text(said.match_paragraph(found, words)), (0, 0, 1, 0)),
        grid(tables.users(found), words),
    )


def carbon_report_answer(found: CarbonReport, lang: Lang = "en") -> RenderableType:
    """The answer of a carbon report."""
    words = Words(lang)
    return Group(
        Text(found.project.name, style="bold"),
        *warned(carbon.alerts(found, words)),
        Padding(Text(carbon.paragraph(found, words)), (0, 0, 1, 0)),
        grid(carbon.methods(found), words),
        Text(),
        grid(carbon.choices(found), words),
    )
