"""Does a site's sentence say what the numbers say, and no reason that they do not give?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from wattloom.dispatch.answer import DispatchDay
from wattloom.dispatch.question import DayPlan
from wattloom.edge.reports import dispatch_reasons as reasons


def said(day: DispatchDay, site: int, lang: str = "en") -> str:
    return reasons.told(reasons.stories(day)[site], day).of(lang).replace("\u00a0", " ")


def priced(
    day: DispatchDay, *, jiangsu: float, ningxia: float, carbon: tuple[float, float] = (600.0, 500.0)
) -> DispatchDay:
    """The day with one price at each site."""
    sites = tuple(
        replace(
            site,
            import_price_cny_per_mwh=np.full(day.plan.axis.count, price),
            carbon_kg_per_mwh=np.full(day.plan.axis.count, kg),
        )
        for site, price, kg in zip(day.question.sites, (jiangsu, ningxia), carbon, strict=True)
    )
    return replace(day, question=replace(day.question, sites=sites))


def test_a_site_that_took_work_says_how_much_from_whom_when_and_at_which_prices(day: DispatchDay) -> None:
    assert said(day, 1) == (
        "Ningxia took 120 MWh of IT energy from Jiangsu, mostly between 10:00 and 16:00, because its energy then cost "
        "210 CNY/MWh against 480 CNY/MWh at home; it charged its storage with 4 MWh while energy cost 210 CNY/MWh and "
        "took 4 MWh from it while energy cost 350 CNY/MWh."
    )
    assert said(day, 1, "zh") == (
        "宁夏承接江苏的 IT 电量 120 MWh，主要在 10:00 至 16:00 之间，因为届时本站电价为 210 元/MWh，低于归属站点的 "
        "480 元/MWh；储能充电 4 MWh（其时电价 210 元/MWh），放电 4 MWh（其时电价 350 元/MWh）。"
    )


def test_a_site_that_sent_work_says_so_and_what_waited_at_home(day: DispatchDay) -> None:
    """16 to 20 at 480; afterwards 4 + 2 MW from 22 to 2 and 2 MW to 6, all at 300: nine tenths lie before 5."""
    assert said(day, 0) == (
        "Jiangsu sent 120 MWh of IT energy to Ningxia, mostly between 10:00 and 16:00, because energy there then cost "
        "210 CNY/MWh against its own 480 CNY/MWh; it put off 32 MWh of work that stayed at home, from times at "
        "480 CNY/MWh (mostly between 16:00 and 20:00) to times at 300 CNY/MWh (mostly between 22:00 and 05:00)."
    )


def test_carbon_is_the_reason_where_only_carbon_makes_it_cheaper(day: DispatchDay) -> None:
    """300 + 0.08·1000 = 380 against 310 + 0.08·500 = 350."""
    found = said(priced(day, jiangsu=300.0, ningxia=310.0, carbon=(1000.0, 500.0)), 1)

    assert "because energy with carbon at 80 CNY/t then came to 350 CNY/MWh there against 380 CNY/MWh at home" in found


def test_full_machines_are_the_reason_where_prices_are_none(day: DispatchDay) -> None:
    dear = priced(day, jiangsu=300.0, ningxia=400.0)
    plan = dear.plan
    full = replace(plan, sites=(replace(plan.sites[0], it_mw=np.full(plan.axis.count, 40.0)), plan.sites[1]))

    assert "because the machines at home were full for 100.0 % of it" in said(replace(dear, plan=full), 1)


def test_no_reason_is_given_where_the_numbers_give_none(day: DispatchDay) -> None:
    found = said(priced(day, jiangsu=300.0, ningxia=400.0), 1)

    assert "because" not in found
    assert "energy then cost 400 CNY/MWh where it ran and 300 CNY/MWh at home" in found
    assert "which its price does not explain" in said(priced(day, jiangsu=300.0, ningxia=400.0), 0)


def test_a_site_that_changed_nothing_says_so(day: DispatchDay) -> None:
    same: DayPlan = day.at_once

    assert said(replace(day, plan=same), 1) == "Ningxia ran its own work as it came."


def test_hours_are_on_the_clocks_of_the_project(made: Callable[..., DispatchDay]) -> None:
    """The project's zone is that of its first site; in Kolkata 10:00 in China is 7:30."""
    day = made()
    first = day.project.sites["jiangsu"]
    moved = replace(first, place=replace(first.place, time_zone="Asia/Kolkata"))
    there = replace(day, project=replace(day.project, sites={**day.project.sites, "jiangsu": moved}))

    assert "mostly between 07:00 and 13:00" in said(there, 1)


@pytest.mark.parametrize("name", ["<b>", "甲"])
def test_a_place_keeps_its_own_name_where_it_is_no_territory(made: Callable[..., DispatchDay], name: str) -> None:
    day = made()
    first, second = day.project.sites.values()
    named = replace(first, place=replace(first.place, name=name))
    there = replace(day, project=replace(day.project, sites={"hub": named, "ningxia": second}))

    assert said(there, 0).startswith(f"{name} sent 120 MWh")
