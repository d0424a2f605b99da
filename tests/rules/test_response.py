"""Do the programmes of demand response say what was read in their sources, a second time?"""

from __future__ import annotations

from datetime import date

import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.verdicts import Confidence
from wattloom.rules.response import parse_response, programme, programmes

READ_AGAIN = {
    "guangdong_shave": {"price_floor_cny_per_mwh": 0, "hours_min": 1, "pool_mw_min": 5},
    "guangdong_fill": {
        "price_floor_cny_per_mwh": 297.6, "price_cap_cny_per_mwh": 554, "hours_min": 1, "pool_mw_min": 5,
    },
    "sichuan_shave": {
        "price_cap_cny_per_mwh": 3000, "paid_from_share": 0, "paid_to_share": 1.1, "share_above": 0.5,
        "penalty_below_share": 0.9, "penalty_of_price": 1.1, "judged_minutes": 60,
    },
    "hainan_shave_contracted": {"price_cny_per_mwh": 1000, "reserve_cny_per_kw_month": 0.3},
    "hainan_shave": {"price_cap_cny_per_mwh": 1500},
    "hainan_shave_intraday": {"price_cap_cny_per_mwh": 2000},
    "hainan_fill": {"price_cap_cny_per_mwh": 300},
    "hainan_fill_intraday": {"price_cap_cny_per_mwh": 400},
    "zhejiang_shave": {"price_cap_cny_per_mwh": 4000},
    "ningxia_shave": {"price_cny_per_mwh": 2000},
    "ningxia_fill": {"price_cny_per_mwh": 350},
    "yunnan_shave": {"price_floor_cny_per_mwh": 0, "price_cap_cny_per_mwh": 5000},
    "guizhou_shave": {"price_cap_cny_per_mwh": 1500},
    "platform_shave": {"paid_from_share": 0.8, "hours_min": 1, "peak_below_baseline": 1},
    "beijing_2015": {"days_back": 10, "days_kept": 5, "days_gap": 2},
    "jiangsu_2015": {"days_back": 5, "days_kept": 5, "days_gap": 1},
    "high_5_of_10_adjusted": {
        "days_back": 10, "days_kept": 5, "days_gap": 1, "adjustment_cap": 0.2, "adjustment_hours": 4,
    },
}  # fmt: skip
"""Read from the sources a second time: a change of the file must be made here too."""


def test_every_parameter_is_what_was_read() -> None:
    found = {one.key: {name: stated.value for name, stated in one.parameters.items()} for one in programmes()}

    assert found == READ_AGAIN


def test_what_fills_a_valley_is_told_from_what_shaves_a_peak() -> None:
    up = {one.key for one in programmes() if one.direction == "up"}

    assert up == {"guangdong_fill", "hainan_fill", "hainan_fill_intraday", "ningxia_fill"}


def test_general_knowledge_is_to_be_confirmed_and_a_draft_that_was_read_is_not() -> None:
    assert programme("zhejiang_shave").clause.confidence is Confidence.UNVERIFIED
    assert programme("hainan_shave").clause.confidence is Confidence.VERIFIED
    assert programme("sichuan_shave").clause.confidence.to_be_confirmed


def test_a_value_of_the_territory_holds_from_its_day() -> None:
    assert programme("guangdong_fill", date(2026, 2, 6)).value("price_cap_cny_per_mwh") == 554.0
    assert programme("guangdong_fill", date(2026, 1, 6)).value("price_cap_cny_per_mwh") is None


def test_an_unknown_programme_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="expected one of guangdong_shave"):
        programme("shenzhen_shave")


WRONG = """
[[programmes]]
key = "a"
territory = "atlantis"
name = "A"
name_zh = "甲"
source = "assumed"
paid_to_share = 0.5
paid_until = 3

[[programmes]]
key = "a"
territory = "ningxia"
name = "B"
name_zh = "乙"
source = "nobody"
facts = { price_cap_cny_per_mwh = "response_cap" }
"""


def test_every_fault_of_a_file_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        parse_response(WRONG)

    places = [problem.where for problem in refused.value.problems]
    assert places == [
        "response.toml a",
        "response.toml a paid_to_share",
        "response.toml a paid_until",
        "response.toml a",
        "response.toml a price_cap_cny_per_mwh",
        "response.toml a",
    ]
