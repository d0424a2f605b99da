"""Does the statement say what was billed, in both languages, and does every figure lead back to meter and clause?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.app.settle_months import PLAIN, settled, steady

from wattloom.app.settle_month import SettledMonth
from wattloom.domain.errors import InputError
from wattloom.edge.reports.settle_files import settle_explained, settle_month_files
from wattloom.edge.reports.settle_pdf import pdf_of, statement_pdf
from wattloom.edge.reports.settle_statement import statement_page
from wattloom.edge.reports.settle_trace import trace
from wattloom.edge.reports.settle_words import DIGITS, in_characters


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SettledMonth:
    """A plain month of 5 MW on demand."""
    folder = tmp_path_factory.mktemp("settle")
    steady(folder, "hall", 5000, other={100: 9000})
    return settled(folder, f"  hall:\n{PLAIN.replace('two_part_capacity', 'two_part_demand')}")


def text_of(page: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_the_page_shows_every_amount_under_its_official_name(found: SettledMonth) -> None:
    english = text_of(statement_page(found, languages=("en",)))
    chinese = text_of(statement_page(found, lang="zh", languages=("zh",)))

    for shown in ("Line losses", "3,724,000 kWh", "0.2595", "966,378.00", "To be paid"):
        assert shown in english
    for shown in ("上网环节线损费用", "输配需量电费", "966,378.00", "发改价格〔2026〕1077号", "应付合计", "人民币"):
        assert shown in chinese


def test_the_page_fetches_nothing_and_holds_both_languages(found: SettledMonth) -> None:
    page = statement_page(found)

    assert "src=" not in page
    assert "@import" not in page
    assert 'id="en-hall"' in page
    assert 'id="zh-hall"' in page


def test_a_figure_leads_back_to_meter_periods_price_value_and_clause(found: SettledMonth) -> None:
    item = next(one for one in trace(found)["points"]["hall"]["items"] if one["item"] == "td_demand")

    summand = item["summands"][0]
    assert (summand["quantity"], summand["unit"], summand["price_cny"]) == ("9000000", "W", "25.6")
    assert summand["periods"] == {"count": 1, "first": "2026-08-05 04:00", "last": "2026-08-05 04:00"}
    assert item["amount_fen"] == 9000 * 2560
    assert item["meters"][0]["file_sha256"] == found.points[0].readings.meters["drawn"][0].file_sha256
    value = item["rules"]["td_demand_cny_per_kw_month"][0]
    assert (value["value"], value["document"]["zh"][:15]) == (25.6, "发改价格〔2026〕1077号")


def test_the_trace_adds_up_to_the_bill(found: SettledMonth) -> None:
    point = trace(found)["points"]["hall"]

    assert sum(item["amount_fen"] for item in point["items"]) == point["total_fen"]


@pytest.mark.parametrize("asked", ["line_loss", "Line losses", "上网环节线损费用", "hall:line_loss"])
def test_an_item_is_explained_by_any_of_its_names(found: SettledMonth, asked: str) -> None:
    said = settle_explained(found, asked)

    assert "hall · Line losses = 24,932.55 CNY" in said  # 966,378 × 0.0258 = 24,932.5524
    assert "0.0258" in said
    assert "NDRC Price [2026] No. 1077" in said


def test_an_item_that_is_not_on_the_bill_is_refused_with_those_that_are(found: SettledMonth) -> None:
    with pytest.raises(InputError, match="expected one of government_funds, line_loss"):
        settle_explained(found, "frequency_income")


def test_every_period_is_in_the_file_of_periods(found: SettledMonth) -> None:
    lines = settle_month_files(found)["periods.csv"].decode().splitlines()

    assert len(lines) == 1 + 744
    assert lines[1 + 100].startswith("hall,2026-08-05 04:00,1,1,1.0,9000000,")


def test_a_pdf_is_made_with_chinese_in_it(found: SettledMonth) -> None:
    pytest.importorskip("weasyprint")

    content = statement_pdf(found, lang="zh")

    assert content.startswith(b"%PDF")
    assert len(content) > 20_000


def test_a_character_that_would_be_printed_as_a_box_is_an_error_that_names_the_font_package() -> None:
    pytest.importorskip("weasyprint")

    with pytest.raises(InputError, match="fonts-noto-cjk"):
        pdf_of("<p>\U000f1234</p>")  # A private character: no font draws it.


def test_without_the_extra_the_error_names_it(found: SettledMonth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)

    with pytest.raises(InputError, match=r"wattloom\[pdf\]"):
        statement_pdf(found)


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (1_007, "人民币壹拾元零柒分"),
        (10_050, "人民币壹佰元伍角整"),
        (100_100_000, "人民币壹佰万壹仟元整"),
        (100_000_100, "人民币壹佰万零壹元整"),
        (162_649_877, "人民币壹佰陆拾贰万陆仟肆佰玖拾捌元柒角柒分"),
        (1_000_000_000_000, "人民币壹佰亿元整"),
        (-250, "人民币（负）贰元伍角整"),
    ],
)
def test_amounts_are_written_as_on_a_cheque(fen: int, said: str) -> None:
    assert in_characters(fen) == said


@given(st.integers(min_value=1, max_value=10**15))
def test_a_written_amount_reads_back_as_itself(fen: int) -> None:
    """Read by its own rule: each figure times the place behind it, groups of four."""
    text = in_characters(fen).removeprefix("人民币").replace("整", "").replace("零", "")
    whole, _, rest = text.rpartition("元")
    places, groups = {"拾": 10, "佰": 100, "仟": 1000}, (("万亿", 10**12), ("亿", 10**8), ("万", 10**4), ("", 1))
    total, left = 0, whole
    for sign, size in groups:
        part, found, after = left.partition(sign) if sign else (left, "", "")
        if sign and not found:
            continue
        left, group, digit = after, 0, 0
        for character in part:
            if character in DIGITS:
                digit = DIGITS.index(character)
            else:
                group, digit = group + digit * places[character], 0
        total += (group + digit) * size
    small = sum(DIGITS.index(rest[i - 1]) * {"角": 10, "分": 1}[rest[i]] for i in range(1, len(rest), 2))

    assert total * 100 + small == fen
