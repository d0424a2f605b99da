"""Does a bill on the spot market settle its energy in items, its losses on them, and leave the rest alone?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.market.months import plain_case, steady

from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError
from wattloom.market import MeterMonth, MonthRules, bill_of
from wattloom.market.settlement import Spot
from wattloom.market.spot_bill import spot_bill
from wattloom.rules.power_factor import power_factor_table

Of = Callable[..., MonthRules]


def spot_of(meter: MeterMonth, *, contract_kw: int, day_ahead_kw: int) -> Spot:
    """Steady quantities at 0.35, 0.30 and 0.28 CNY/kWh."""
    count = len(meter.drawn_wh)
    contract, day_ahead = np.full(count, contract_kw * 1000), np.full(count, day_ahead_kw * 1000)
    steps = [np.full(count, step) for step in (350_000, 300_000, 280_000)]
    return Spot(contract_wh=contract, day_ahead_wh=day_ahead, real_time_wh=meter.drawn_wh, contract_steps=steps[0],
                day_ahead_steps=steps[1], real_time_steps=steps[2])  # fmt: skip


def test_energy_is_three_items_and_losses_are_their_share(ningxia: Of) -> None:
    """5 MW metered, 4 contracted, 4.5 bought ahead, 720 h: 2,880 MWh, 360 MWh and 360 MWh."""
    rules = ningxia()
    meter = steady(rules, 5000)

    found = spot_bill(meter, rules, spot_of(meter, contract_kw=4000, day_ahead_kw=4500))

    fen = {line.item: line.amount_fen for line in found.lines}
    assert fen["contract_energy"] == 100_800_000
    assert fen["day_ahead_deviation"] == 10_800_000
    assert fen["real_time_deviation"] == 10_080_000
    assert fen["line_loss"] == 3_139_344  # 1,216,800 × 0.0258
    assert fen["td_energy"] == bill_of(meter, rules).line("td_energy").amount_fen
    assert found.total_fen == sum(fen.values())
    assert "market_energy" not in fen


def test_with_nothing_deviating_it_is_the_plain_bill_at_the_contract_price(ningxia: Of) -> None:
    rules = ningxia(
        power_factor=power_factor_table(90),
        dated=((date(2026, 9, 11), {"loss_rate": 0.03}),),
        case=plain_case(price_basis=PriceBasis.WITHOUT_VAT),
    )
    meter = steady(rules, 5000, drawn_varh=4_800_000_000)
    at_contract = replace(rules, prices={"market": replace(rules.prices["market"], steps=350_000)})

    found = spot_bill(meter, rules, spot_of(meter, contract_kw=5000, day_ahead_kw=5000))
    plain = bill_of(meter, at_contract)

    assert found.line("contract_energy").amount_fen == plain.line("market_energy").amount_fen
    for item in ("line_loss", "power_factor_adjustment", "td_energy"):
        assert found.line(item).amount_fen == plain.line(item).amount_fen
    assert (found.vat_fen, found.total_fen) == (plain.vat_fen, plain.total_fen)


def test_a_spot_that_is_not_the_meter_is_refused(ningxia: Of) -> None:
    rules = ningxia()
    meter = steady(rules, 5000)
    other = spot_of(steady(rules, 4000), contract_kw=1, day_ahead_kw=1)

    with pytest.raises(InputError, match="the meter's energy in every period"):
        spot_bill(meter, rules, other)
