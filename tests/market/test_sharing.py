"""Do a project's items come apart among its users to the fen, also those that are a share of others?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from tests.market.months import plain_case

from wattloom.market import MeterMonth, MonthRules
from wattloom.market.sharing import Users, among_users, line_among
from wattloom.rules.power_factor import power_factor_table

Of = Callable[..., MonthRules]


def test_the_power_factor_adjustment_goes_by_what_it_is_a_share_of(ningxia: Of) -> None:
    """At 0.60 a quarter of the energy items is owed: 3 and 1 MW pay 3 : 1 of it."""
    table = replace(power_factor_table(90), base_items=frozenset({"market_energy"}))
    rules = ningxia("capacity_1192", case=plain_case(direct_connection=True), power_factor=table)
    hours = rules.axis.count
    load = np.stack([np.full(hours, 3_000_000), np.full(hours, 1_000_000)])
    users = Users(names=("a", "b"), load_wh=load, taken_wh=np.zeros_like(load), key=(1, 1))
    meter = MeterMonth(point="x", capacity_va=10_000_000, drawn_wh=load.sum(axis=0), consumed_wh=load.sum(axis=0),
                       drawn_varh=4 * hours * 4_000_000 // 3)  # fmt: skip

    found = among_users(meter.readings(), rules, users)

    amounts = dict(zip(found.items, found.amount_fen.T.tolist(), strict=True))
    assert amounts["market_energy"] == [56_052_000, 18_684_000]  # 2,160,000 and 720,000 kWh at 0.2595
    assert amounts["power_factor_adjustment"] == [14_013_000, 4_671_000]


def test_a_line_without_a_price_of_its_own_goes_by_what_was_drawn_or_by_the_key() -> None:
    assert line_among(1001, by=[3, 1], key=[1, 1]) == [750, 251]
    assert line_among(-1001, by=[0, 0], key=[1, 1]) == [-501, -500]
