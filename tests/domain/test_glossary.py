"""Does every word of the glossary say itself in both languages?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import wattloom
from wattloom.domain.glossary import glossary, inside, named
from wattloom.domain.text import Text

HAN = re.compile(r"[\u4e00-\u9fff]")
ACRONYMS = {"pue", "ref", "erf"}
SOURCE = Path(wattloom.__file__).parent
CONSOLE = SOURCE.parents[1] / "console" / "src"
SPOKEN = {".py", ".toml", ".jinja", ".ts", ".tsx"}
LISTS = {"glossary.toml", "terms.ts"}
"""The glossary and the console's copy of its share: standing there is no use."""


def test_a_term_knows_english_chinese_unit_and_source() -> None:
    term = glossary()["green_share_hourly"]

    assert (term.en, term.zh, term.unit) == ("Green share, hour by hour", "逐时绿电占比", "1")
    assert term.source


def test_every_term_is_complete_in_both_languages() -> None:
    wanting = [
        term.key
        for term in glossary().values()
        if not term.en
        or not term.source
        or not HAN.search(term.zh)
        or bool(term.definition_en) != bool(term.definition_zh)
    ]

    assert wanting == []


def test_no_english_text_holds_chinese_signs() -> None:
    assert [t.key for t in glossary().values() if HAN.search(t.en + t.definition_en + t.unit)] == []


def test_every_word_is_used_by_something() -> None:
    """By its name, or put together as f"limit_{word}" and f"{document}_voltage"."""
    files = (path for folder in (SOURCE, CONSOLE) for path in folder.rglob("*") if path.suffix in SPOKEN)
    text = "\n".join(path.read_text("utf-8") for path in files if path.name not in LISTS)
    words = set(re.findall(r"[a-z_][\w-]*", text, re.IGNORECASE))
    beginnings, endings = set(re.findall(r'f"([a-z_]+_)\{', text)), set(re.findall(r'\}_([a-z_]+)"', text))
    used = words | endings | {beginning + word for beginning in beginnings for word in words}

    assert "limit_rigid" in used - words, "no beginning was found"
    assert [key for key in glossary() if key not in used] == []


@pytest.mark.parametrize(
    "key",
    ["green_share_hourly", "green_share_annual", "self_use_of_generation", "self_use_of_load", "export_of_generation"],
)
def test_every_share_says_what_stands_below_the_line(key: str) -> None:
    term = glossary()[key]

    assert term.unit == "1"
    assert "÷" in term.definition_en
    assert "÷" in term.definition_zh


def test_a_name_that_ends_in_a_unit_has_that_unit() -> None:
    endings = {
        r"_mw": "MW",
        r"(?<!_per)_mwh": "MWh",
        r"_mva": "MVA",
        r"_cny": "CNY",
        r"_cny_per_mwh": "CNY/MWh",
        r"_cny_per_kwh": "CNY/kWh",
    }
    wrong = [
        (term.key, term.unit)
        for term in glossary().values()
        for ending, unit in endings.items()
        if re.search(ending + "$", term.key) and term.unit != unit
    ]

    assert wrong == []


def test_the_glossary_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        glossary()["pue"] = glossary()["ref"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("key", "word", "sentence"),
    [
        (
            "green_share_hourly_min",
            Text("Green share, hour by hour, at least", "逐时绿电占比下限"),
            Text("hourly green share of load", "逐时绿电占比"),
        ),
        (
            "doc650_export_of_generation",
            Text("Export, of available generation (Doc 650)", "上网占可用发电量比例（650 号文）"),
            Text("export of available generation (Doc 650)", "上网占可用发电量比例（650 号文）"),
        ),
        (
            "doc688_in_force",
            Text("The rule is in force (Doc 688)", "规则已生效（688 号文）"),
            Text("the rule is in force (Doc 688)", "规则已生效（688 号文）"),
        ),
        ("pue", Text("PUE", "PUE（电能利用效率）"), Text("PUE", "PUE（电能利用效率）")),
        ("of_nobody", Text.same("of nobody"), Text.same("of nobody")),
    ],
)
def test_a_key_is_a_word_alone_and_inside_a_sentence(key: str, word: Text, sentence: Text) -> None:
    assert named(key) == word
    assert inside(key) == sentence
