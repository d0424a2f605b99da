"""Is everything that a result may hold said in both languages?"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import wattloom
from wattloom.assets import kinds
from wattloom.domain.members import names_of
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Confidence, Status
from wattloom.edge.reports.words import Amount, Named, Said, Word, Words, said_of, sentences
from wattloom.plan.figures import SHARES

SOURCE = Path(wattloom.__file__).parent
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_sentence_has_both_languages_with_the_same_blanks() -> None:
    wrong = []
    for key, said in sentences().items():
        blanks = {
            lang: {name for _, name, _, _ in string.Formatter().parse(said[lang]) if name} for lang in ("en", "zh")
        }
        if blanks["en"] != blanks["zh"] or HAN.search(said["en"]):
            wrong.append(key)
        if re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", said["zh"])) and not HAN.search(said["zh"]):
            wrong.append(key)

    assert wrong == []


def test_every_sentence_is_used() -> None:
    text = "".join(
        path.read_text("utf-8") for path in (SOURCE / "edge" / "reports").rglob("*") if path.suffix in {".py", ".jinja"}
    )
    composed = re.compile(r"section_\w+|(with|without)_vat|match_by_(prices|exact)")

    assert [key for key in sentences() if f'"{key}"' not in text and not composed.fullmatch(key)] == []


def test_every_key_that_templates_say_exists() -> None:
    folder = SOURCE / "edge" / "reports" / "templates"
    said = {key for path in folder.rglob("*.jinja") for key in re.findall(r'say\(\s*"(\w+)"', path.read_text("utf-8"))}

    assert len(said) > 30
    assert sorted(said - set(sentences()) - {"section_"}) == []


def _keys_of_results() -> Iterator[tuple[str, str]]:
    """Keys that other rooms put into results, with where they stand; read from the sources themselves."""
    for kind in names_of(kinds):
        yield "asset kind", kind
    for name in SHARES:
        yield "plan/figures.py", name
    for member in (*Status, *Confidence):
        yield "domain/verdicts.py", member.value
    for room in ("assets", "rules", "plan", "app"):
        for path in sorted((SOURCE / room).rglob("*.py")):
            place = str(path.relative_to(SOURCE))
            yield from ((place, key) for key in _keys_in(path))


def _keys_in(path: Path) -> Iterator[str]:
    """Cost items, sizes, rules, billing modes, figures and columns of scans that a module names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for keyword in node.keywords:
                wanted = {
                    "CostItem": {"item"},
                    "Charge": {"item"},
                    "Scan": {"key"},
                    "Verdict": {"rule"},
                    "Requirement": {"rule"},
                }
                if keyword.arg in wanted.get(called, set()):
                    yield from _text(keyword.value)
                if keyword.arg == "sizes" and isinstance(keyword.value, ast.Dict):
                    yield from (key for part in keyword.value.keys if part is not None for key in _text(part))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").lower() == "columns":
            yield from (key for part in getattr(node.value, "elts", ()) for key in _text(part))
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and path.stem == "pricing":
            yield from _text(node.value.elts[0])
        if isinstance(node, ast.Dict) and path.parent.name == "plan" and path.stem == "figures":
            yield from (key for part in node.keys if part is not None for key in _text(part))


def _text(node: ast.AST) -> Iterator[str]:
    """A literal text, or one whose first blank is the document of a rule."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.FormattedValue) and len(node.values) == 2:
        yield f"doc650{node.values[1].value}"  # type: ignore[attr-defined]


def test_every_key_that_results_may_hold_has_a_word() -> None:
    keys = list(_keys_of_results())

    assert len(keys) > 100
    assert sorted({f"{place}: {key}" for place, key in keys if said_of(key) is None}) == []


@pytest.mark.parametrize(
    ("key", "en", "zh"),
    [
        ("doc650_voltage", "Voltage of the connection (Doc 650)", "接入电压等级（650 号文）"),
        ("doc688_self_use_of_load", "Self-use, of consumption (Doc 688)", "自发自用占总用电量比例（688 号文）"),
        ("xinjiang", "Xinjiang", "新疆"),
        ("loss_rate", "Line loss, of the energy drawn from the public grid", "线损率"),
        ("pv_east.power", "pv east: power", "pv east: power"),
    ],
)
def test_rules_territories_and_facts_are_said_in_words(key: str, en: str, zh: str) -> None:
    assert Words("en").term(key) == en
    assert Words("zh").term(key) == zh


def test_cells_are_shown_in_both_languages() -> None:
    cells = [Word("solar"), Said("yes"), Text("a", "甲"), Named("pv", "solar"), Named("pv", "solar", alone=True)]
    cells += [Amount(0.25, "1"), Amount(None, "MW"), None, True, date(2026, 8, 1), "as is"]

    assert [Words("en").cell(c) for c in cells] == [
        "Solar power", "yes", "a", "pv (Solar power)", "Solar power", "25.0\u00a0%", "—", "—", "yes",
        "2026-08-01", "as is",
    ]  # fmt: skip
    assert [Words("zh").cell(c) for c in cells] == [
        "光伏", "是", "甲", "pv（光伏）", "光伏", "25.0%", "—", "—", "是", "2026-08-01", "as is",
    ]  # fmt: skip
