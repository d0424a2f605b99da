"""Does the screen say the answer?"""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from wattloom.edge.reports import terminal
from wattloom.edge.reports.words import Lang
from wattloom.plan.result import SitePlan


def shown(renderable: object) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("lang", "figure", "warning"),
    [("en", "557 million CNY", "not of this site"), ("zh", "5.57 亿元", "气象数据并非取自本场址")],
)
def test_paragraph_figures_and_warnings_are_on_screen(plan: SitePlan, lang: Lang, figure: str, warning: str) -> None:
    text = shown(terminal.answer(plan, lang)).replace("\u00a0", " ")

    assert figure in text
    assert warning in text


def test_names_are_not_taken_for_markup(hostile_plan: SitePlan) -> None:
    assert '<script>alert("x")</script>' in shown(terminal.answer(hostile_plan)).replace("\n", "")


def test_a_scan_is_a_table_with_units(plan: SitePlan) -> None:
    text = shown(terminal.scan(plan.scans[0]))

    assert "Mean load (MW)" in text
    assert "94.0" in text
