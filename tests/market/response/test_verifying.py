"""Is a response judged and paid as its rule says, to the fen?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloom.domain.errors import InputError
from wattloom.domain.verdicts import Confidence
from wattloom.market.response import ResponseRule, paid, plain_rule, response_rule, verified

DAY = date(2026, 8, 3)
SICHUAN = {"price_cny_per_mwh": 2000.0}


def amounts(baseline: list[float], metered: list[float], called: float, rule: ResponseRule) -> dict[str, int]:
    event = verified(baseline, metered, called_kw=called, step_minutes=15, rule=rule)
    return {line.item.en: line.amount_fen for line in paid(event, rule)}


def test_sichuan_pays_the_whole_to_110_percent_half_beyond_and_charges_what_lacks_to_90() -> None:
    rule = response_rule("sichuan_shave", DAY, price_cny_per_mwh=2000.0)
    baseline, metered = [10_000.0] * 8, [7_000.0] * 4 + [9_500.0] * 4

    found = amounts(baseline, metered, 2_000.0, rule)

    # First hour: 3,000 delivered of 2,000 kWh: 2,200 whole, and half of the other 800. Second: 500 of 2,000.
    # (2,600 + 500) kWh × 2 CNY = 6,200 CNY. Short of 1,800 by 1,300 kWh × 2 × 1.1 = 2,860 CNY.
    assert found == {"response, energy": 620_000, "response, shortfall": -286_000}


def test_each_hour_is_judged_by_itself_so_that_a_good_one_does_not_make_up_for_a_bad_one() -> None:
    rule = response_rule("sichuan_shave", DAY, price_cny_per_mwh=1000.0)

    even = amounts([10_000.0] * 8, [8_000.0] * 8, 2_000.0, rule)
    uneven = amounts([10_000.0] * 8, [6_000.0] * 4 + [10_000.0] * 4, 2_000.0, rule)

    assert even == {"response, energy": 400_000}
    assert uneven == {"response, energy": 310_000, "response, shortfall": -198_000}


def test_below_the_share_that_is_paid_from_nothing_is_earned() -> None:
    rule = plain_rule("2.7", paid_from_share="0.8", paid_to_share="1.2")

    below = amounts([10_000.0] * 4, [8_401.0] * 4, 2_000.0, rule)
    reached = amounts([10_000.0] * 4, [8_400.0] * 4, 2_000.0, rule)

    assert below["response, energy"] == 0
    assert reached["response, energy"] == 432_000


def test_beyond_the_share_that_is_paid_to_nothing_more_is_earned() -> None:
    rule = plain_rule("2.7", paid_from_share="0.8", paid_to_share="1.2")

    assert amounts([10_000.0] * 4, [1_000.0] * 4, 2_000.0, rule) == {"response, energy": 648_000}


def test_more_drawn_than_the_baseline_earns_nothing_and_owes_for_the_whole() -> None:
    rule = plain_rule("1", penalty_of_price="1.5")

    found = amounts([1_000.0] * 4, [1_500.0] * 4, 400.0, rule)

    assert found == {"response, energy": 0, "response, shortfall": -60_000}


def test_a_platform_refuses_an_event_whose_peak_reaches_the_baselines() -> None:
    rule = response_rule("platform_shave", DAY, price_cny_per_mwh=3000.0, given={
        "paid_to_share": 1.2, "penalty_below_share": 0.8, "penalty_of_price": 0.0,
    })  # fmt: skip
    metered = [500.0, 500.0, 500.0, 1_000.0]

    event = verified([1_000.0] * 4, metered, called_kw=300.0, step_minutes=15, rule=rule)

    assert (event.valid, event.counted_kwh) == (False, Fraction(0))
    assert event.why_not.zh == "响应时段最大负荷未低于基线最大负荷"


def test_an_event_shorter_than_the_rule_wants_does_not_count() -> None:
    rule = response_rule("guangdong_shave", DAY, price_cny_per_mwh=2700.0, given={
        "paid_from_share": 0.8, "paid_to_share": 1.2, "penalty_below_share": 0.0, "penalty_of_price": 0.0,
    })  # fmt: skip

    event = verified([1_000.0] * 2, [0.0] * 2, called_kw=900.0, step_minutes=15, rule=rule)

    assert event.why_not.en == "the event lasted 30 min, the rule wants 60 min"


def test_filling_a_valley_counts_what_is_drawn_more() -> None:
    rule = response_rule("guangdong_fill", date(2026, 2, 6), price_cny_per_mwh=400.0, given={
        "paid_from_share": 0.8, "paid_to_share": 1.2, "penalty_below_share": 0.0, "penalty_of_price": 0.0,
    })  # fmt: skip

    found = amounts([1_000.0] * 4, [1_500.0] * 4, 500.0, rule)

    assert found == {"response, energy": 20_000}


def test_what_a_document_leaves_open_must_be_given_and_all_of_it_is_named() -> None:
    with pytest.raises(InputError) as refused:
        response_rule("guangdong_shave", DAY, given={"paid_from": 0.8})

    assert [problem.where for problem in refused.value.problems] == [
        "guangdong_shave, paid_from",
        "guangdong_shave, paid_from_share",
        "guangdong_shave, paid_to_share",
        "guangdong_shave, penalty_below_share",
        "guangdong_shave, penalty_of_price",
        "guangdong_shave, price",
    ]


def test_a_price_above_the_programmes_cap_is_refused() -> None:
    own = {"paid_from_share": 0.8, "paid_to_share": 1.2, "penalty_below_share": 0.0, "penalty_of_price": 0.0}

    with pytest.raises(InputError, match=r"1501 CNY/MWh; expected 0 to 1500"):
        response_rule("hainan_shave", DAY, price_cny_per_mwh=1501.0, given=own)


def test_what_the_user_gave_is_told_beside_the_documents_clause() -> None:
    rule = response_rule("sichuan_shave", DAY, price_cny_per_mwh=2000.0, given={"paid_from_share": 0.5})

    assert list(rule.assumed) == ["paid_from_share"]
    assert rule.clause.confidence is Confidence.UNVERIFIED


def test_prices_may_differ_by_the_hour_and_must_be_as_many() -> None:
    rule = ResponseRule(
        price_cny_per_kwh=(Fraction(1), Fraction(3)), paid_from_share=Fraction(0), paid_to_share=Fraction(1),
        judged_minutes=60,
    )  # fmt: skip

    assert amounts([100.0] * 8, [0.0] * 8, 100.0, rule) == {"response, energy": 40_000}
    with pytest.raises(InputError, match="2 prices; expected one for each of 1 stretches"):
        amounts([100.0] * 4, [0.0] * 4, 100.0, rule)


@pytest.mark.parametrize(
    ("metered", "called", "found"),
    [([1.0] * 3, 1.0, "periods"), ([1.0] * 4, 0.0, "called_kw"), ([1.0, np.nan, 1.0, 1.0], 1.0, "missing")],
)
def test_what_cannot_be_judged_is_refused(metered: list[float], called: float, found: str) -> None:
    with pytest.raises(InputError, match=found):
        amounts([2.0] * 4, metered, called, plain_rule("1"))


POWER = st.integers(0, 50_000)


@settings(deadline=None)
@given(st.lists(st.tuples(POWER, POWER), min_size=4, max_size=16).filter(lambda rows: len(rows) % 4 == 0),
       st.integers(1, 30_000))  # fmt: skip
def test_the_statement_is_what_decimal_arithmetic_says(rows: list[tuple[int, int]], called: int) -> None:
    """The second judge: hour by hour in decimals, from the sentences of the rule."""
    rule = response_rule("sichuan_shave", DAY, price_cny_per_mwh=1234.0)
    baseline, metered = [float(row[0]) for row in rows], [float(row[1]) for row in rows]
    energy = short = Decimal(0)
    for hour in range(0, len(rows), 4):
        delivered = Decimal(sum(a - b for a, b in rows[hour : hour + 4])) / 4
        full = Decimal("1.1") * called
        if delivered > 0:
            energy += delivered if delivered <= full else full + (delivered - full) * Decimal("0.5")
        short += max(Decimal("0.9") * called - max(delivered, Decimal(0)), Decimal(0))

    found = amounts(baseline, metered, float(called), rule)

    cent = Decimal("0.01")
    assert found["response, energy"] == int((energy * Decimal("1.234")).quantize(cent, "ROUND_HALF_UP") * 100)
    owed = (short * Decimal("1.234") * Decimal("1.1")).quantize(cent, "ROUND_HALF_UP")
    assert found.get("response, shortfall", 0) == -int(owed * 100)
