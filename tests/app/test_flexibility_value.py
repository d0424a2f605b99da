"""What is a facility's flexibility worth by territory, and is the claim judged as its figures allow?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from wattloom.app.flexibility_value import flexibility_value
from wattloom.app.flexibility_value_project import (
    ClassEntry,
    FacilityEntry,
    ResponseEntry,
    TerritoryEntry,
    ValueProject,
)
from wattloom.app.flexibility_value_territory import day_prices, of_territory, sites_of
from wattloom.domain.errors import InputError
from wattloom.edge.projects import read_value
from wattloom.market.value import Lever
from wattloom.rules import territory_keys

EXAMPLE = Path(__file__).parents[2] / "examples" / "flexibility_100mw.yaml"
CLASS = ClassEntry(
    share=1.0, lever=Lever.PAUSE, kw_per_gpu=1.25, released_share=0.8, work_lost_share=1.0, value_cny_per_gpu_hour=10.0,
    delay_cny_per_gpu_hour_hour=0.0, delay_hours_max=24.0, restart_hours=0.0, confirmed=True,
)  # fmt: skip
RESPONSE = ResponseEntry(
    programme="ningxia_shave", events_a_year=10, hours=2.0, paid_from_share=0.8, paid_to_share=1.2,
    penalty_below_share=0.0, penalty_of_price=0.0,
)  # fmt: skip


def project(**more: object) -> ValueProject:
    told = {
        "name": "test", "year": 2026,
        "facility": FacilityEntry(mean_mw=100.0, adjustable_share=0.3, utilisation=0.8),
        "classes": {"training": CLASS},
        "territories": {"ningxia": TerritoryEntry(agency_purchase=False, response=RESPONSE)},
    } | more  # fmt: skip
    return ValueProject(**told)  # type: ignore[arg-type]


def test_response_in_ningxia_by_hand() -> None:
    # 10 events of 2 h × 30 MW at 2 CNY/kWh are 1.2 million CNY; 25 MW of idle machines make all of it up.
    found = of_territory(project(), "ningxia", project().territories["ningxia"])

    assert [(one.kind, one.gross_cny, one.net_cny, one.lost_gpu_hours) for one in found.streams] == [
        ("response", 1_200_000.0, 1_200_000.0, 0.0)
    ]


def test_on_full_machines_response_costs_more_than_it_brings() -> None:
    full = project(facility=FacilityEntry(mean_mw=100.0, adjustable_share=0.3, utilisation=1.0))

    found = flexibility_value(full)

    # 600 MWh are 600,000 GPU-hours at 10 CNY: 6 million CNY lost for 1.2 million.
    assert found.territories[0].of_response_cny() == pytest.approx(1.2e6 - 6e6)
    assert found.territories[0].alone_cny() == 0.0
    assert (found.conclusion.answer, found.conclusion.of_response) == ("not_reproduced", "not_reproduced")
    assert "costs more than that in computing" in found.conclusion.findings[0].en


def test_enough_events_reach_the_claim_and_say_that_nobody_confirmed_it() -> None:
    entry = TerritoryEntry(agency_purchase=False, response=replace(RESPONSE, events_a_year=84))

    found = flexibility_value(project(territories={"ningxia": entry}))

    # 84 × 120,000 = 10.08 million CNY; Ningxia's price is general knowledge.
    assert (found.conclusion.answer, found.conclusion.of_response) == ("under_assumptions", "under_assumptions")
    assert "needs 83 events a year" in found.conclusion.findings[0].en


def test_many_sites_share_what_a_programme_buys() -> None:
    entry = TerritoryEntry(agency_purchase=False, response=replace(RESPONSE, needed_mw=3000.0))

    found = flexibility_value(project(territories={"ningxia": entry}, many_sites=1000))

    # 1,000 sites offer 30 GW for 3 GW: a tenth of 1.2 million CNY is left to each.
    assert found.territories[0].alone_cny(many=True) == pytest.approx(120_000.0)
    assert found.conclusion.many_total_cny == pytest.approx(120e6)


def test_guangdongs_bands_by_hand_in_a_month_without_sharp() -> None:
    # Floats with the bands: energy, losses, transmission, system fee; funds do not. 48 half hours a day.
    prices = day_prices(project(), "guangdong", 379.0)

    day = min(prices, key=max)
    floating = (max(day) - min(day)) / (1.7 - 0.38)
    assert sum(prices.values()) == 365
    assert Counter(day) == Counter({max(day): 14, min(day): 16, sorted(set(day))[1]: 18})
    assert sorted(set(day))[1] - min(day) == pytest.approx(floating * 0.62, rel=1e-6)


def test_billing_by_demand_takes_the_raised_peak_off() -> None:
    asked = project(territories={"guangdong": TerritoryEntry()})
    by_demand = replace(asked, facility=replace(asked.facility, billing="demand"))

    plain, charged = (of_territory(one, "guangdong", TerritoryEntry()).streams[0] for one in (asked, by_demand))

    # No tier's demand price passes 40 CNY/kW·month; up to 25 MW are drawn above the mean.
    assert 0 < plain.gross_cny - charged.gross_cny <= 25_000 * 12 * 40
    assert plain.moved_mwh == charged.moved_mwh


def test_sites_add_up_to_as_many_as_are_asked() -> None:
    asked = project(territories={
        "guangdong": TerritoryEntry(), "hunan": TerritoryEntry(), "ningxia": TerritoryEntry(sites=100),
    })  # fmt: skip

    assert sites_of(asked) == {"ningxia": 100, "guangdong": 450, "hunan": 450}


def test_the_example_says_that_response_alone_does_not_reproduce_the_claim() -> None:
    found = flexibility_value(read_value(EXAMPLE, territories=territory_keys()))

    assert (found.conclusion.of_response, found.conclusion.answer) == ("not_reproduced", "under_assumptions")
    assert found.conclusion.paragraph.zh.startswith("原文所述“需求响应”一项")
    assert max(one.of_response_cny() for one in found.territories) < 2.5e6
    for land in found.territories:
        assert land.alone_cny() <= land.stacked_cny()
    as_asked, full, *_ = found.what_ifs
    assert as_asked.alone_cny > 10e6 > full.alone_cny
    assert full.response_cny < 0


def test_a_territory_without_an_energy_price_says_so() -> None:
    found = flexibility_value(project(territories={"zhejiang": TerritoryEntry()}))

    assert found.territories[0].streams == ()
    assert any("no energy price known" in note.en for note in found.notes)


WRONG = """
name: wrong
year: 2026
facility: {mean_mw: 100, adjustable_share: 1.3, utilisation: 0.9}
classes:
  a: {share: 0.6, lever: stop, kw_per_gpu: 1.5, released_share: 0.7, work_lost_share: 1, value_cny_per_gpu_hour: 10,
      delay_cny_per_gpu_hour_hour: 0, delay_hours_max: 12, restart_hours: 0}
territories:
  atlantis:
    response: {programme: ningxia_shave, events_a_year: 10}
"""


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)

    with pytest.raises(InputError) as refused:
        read_value(file, territories=territory_keys())

    told = "\n".join(map(str, refused.value.problems))
    for part in ("adjustable_share", "lever", "atlantis"):
        assert part in told


def test_shares_that_are_not_one_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "shares.yaml"
    file.write_text(EXAMPLE.read_text().replace("share: 0.5\n    lever: cap", "share: 0.4\n    lever: cap"))

    with pytest.raises(InputError, match=r"shares of 0\.9; expected 1 in all"):
        read_value(file, territories=territory_keys())
