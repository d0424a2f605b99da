"""What does a bid file come to? Its load as an asset, its limits from the rules of the market, its prices as feeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from wattloom import rules
from wattloom.app.forecast_inputs import Station, forecast_inputs, record_end
from wattloom.app.forecast_models import chain_of
from wattloom.app.forecast_run import terms_of
from wattloom.app.market_bid_prices import BidMarket, Foreseen
from wattloom.assets.kinds.battery.storage import Battery
from wattloom.assets.kinds.cluster.cluster import Cluster, WorkloadClass
from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.domain.workloads import WorkloadKind
from wattloom.forecast.feed import Channel
from wattloom.forecast.project import minute_of
from wattloom.forecast.task import DAY_MINUTES, Task
from wattloom.market.bids import BidLoad, BidQuestion, DeviationTerms, Limits, Risk
from wattloom.rules.dating import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wattloom.forecast.project import ForecastProject
    from wattloom.market.bids.project import BidProject, LoadEntry, MarketEntry
    from wattloom.rules.contract import Fact

NOTHING_LEFT = 1e-9
LIVES_LONG_YEARS = 15.0
"""Stands for the life of a battery that is there already: what it cost is no part of a bid."""
ASSUMED = Text(
    "Assumed, not sourced: {what}. Give `basis:` once a contract, a meter or the market's rule says it.",
    "以下为假设，无出处：{what}。有合同、计量或市场规则依据后请填写 `basis:`。",
)
OF_LOAD = Text("shares and windows of the work that may wait", "可等待负载的比例与时限")
OF_MARKET = Text("number of steps, free deviation and fee", "段数、免考核偏差与费用")
MEASURED_ON = Text(
    "{station}: its prices are taken as published at {clock} of the day before, as `market.published` says.",
    "{station}：按 `market.published`，视其价格于前一日 {clock} 发布。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BidInputs:
    """A bid file, ready to bid."""

    project: BidProject
    question: BidQuestion
    """Its axis is that of any one day."""
    market: BidMarket
    ends: datetime
    """End of the newest value of all its prices."""
    limit_facts: Mapping[str, Fact]
    """Where the price limits are written; empty where the file gives them."""
    notes: tuple[Text, ...]
    generated: bool


def bid_inputs(project: BidProject, forecasts: ForecastProject, *, folder: Path, day: date | None = None) -> BidInputs:
    """Everything a bid needs; `folder` is that of the forecast file, `day` the one whose limits are in force."""
    stations = _stations(project, forecasts, folder)
    ahead = stations[0]
    zone, step = ahead.feed.zone, forecasts.step_minutes
    ends = min(record_end(one.feed) for one in stations)
    on = day or ends.astimezone(zone).date()
    limits, facts = limits_of(project.market, on)
    clock = datetime.combine(on, datetime.min.time(), tzinfo=zone)
    question = BidQuestion(
        axis=TimeAxis(clock, step, DAY_MINUTES // step),
        load=load_of(project),
        limits=limits,
        deviation=DeviationTerms(
            free_share=project.market.free_share,
            fee_cny_per_mwh=project.market.fee_cny_per_mwh,
            clause=_clause(project),
        ),
        risk=Risk(weight=project.risk.weight, level=project.risk.level),
    )
    wanted = {"load": (project.load.basis, OF_LOAD), "market": (project.market.basis, OF_MARKET)}
    assumed = [what for basis, what in wanted.values() if basis == "assumed"]
    said = (ASSUMED.filled(what=Text.joined(tuple(assumed), Text("; ", "；"))),) if assumed else ()
    published = MEASURED_ON.filled(station=ahead.key, clock=project.market.published)
    return BidInputs(
        project=project,
        question=question,
        market=_market(project, forecasts, stations),
        ends=ends,
        limit_facts=facts,
        notes=(*said, published, *(note for one in stations for note in one.notes)),
        generated=any(one.entry.generated is not None for one in stations),
    )


def load_of(project: BidProject) -> BidLoad:
    """The load and its battery as assets."""
    asked = project.load
    battery = None
    if project.battery is not None:
        battery = Battery(
            power_mw=project.battery.power_mw,
            energy_mwh=project.battery.energy_mwh,
            round_trip_efficiency=project.battery.round_trip_efficiency,
            capital_cost_cny_per_kw=0.0,
            capital_cost_cny_per_kwh=0.0,
            fixed_cny_per_kw_year=0.0,
            life_years=LIVES_LONG_YEARS,
        )
    full = asked.it_mw * (1.0 + asked.overhead_fixed + asked.overhead_slope)
    most = full + (project.battery.power_mw if project.battery else 0.0)
    return BidLoad(
        cluster=_cluster(asked),
        connection_mw=most if asked.connection_mw is None else asked.connection_mw,
        battery=battery,
        wear_cny_per_mwh=project.battery.wear_cny_per_mwh if project.battery else 0.0,
    )


def limits_of(market: MarketEntry, day: date) -> tuple[Limits, Mapping[str, Fact]]:
    """Price limits of a delivery day: the file's own, else the territory's, with where they are written."""
    facts: dict[str, Fact] = {}
    values: dict[str, float] = {}
    for side, own in (("floor", market.bid_floor_cny_per_mwh), ("cap", market.bid_cap_cny_per_mwh)):
        if own is not None:
            values[side] = own
            continue
        name = f"spot_bid_{side}_cny_per_mwh"
        fact = in_force(rules.territory(market.territory).market.get(name, ()), day.year, day=day)
        if fact is None or fact.value is None:
            raise InputError.one(
                f"market.bid_{side}_cny_per_mwh",
                found=f"no {name} of {market.territory} in force on {day}",
                expected="a limit of bids",
                remedy=f"give bid_{side}_cny_per_mwh, or take a territory whose spot rules print it",
            )
        values[side], facts[name] = float(fact.value), fact
    limits = Limits(floor_cny_per_mwh=values["floor"], cap_cny_per_mwh=values["cap"], steps_max=market.steps_max)
    return limits, facts


def _cluster(asked: LoadEntry) -> Cluster:
    """The computing as an asset: what does not wait is firm."""
    waiting = {
        name: WorkloadClass(kind=WorkloadKind.BATCH, share=one.share, window_hours=one.window_hours, cleared="daily")
        for name, one in asked.waiting.items()
        if one.share
    }
    firm = 1.0 - sum(one.share for one in waiting.values())
    serving = {"firm": WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=firm)} if firm > NOTHING_LEFT else {}
    return Cluster(
        it_mw=asked.it_mw,
        utilisation=asked.utilisation,
        overhead_fixed=asked.overhead_fixed,
        overhead_slope=asked.overhead_slope,
        classes={**serving, **waiting},
    )


def _stations(project: BidProject, forecasts: ForecastProject, folder: Path) -> list[Station]:
    """The day-ahead price, and the real-time price where it is named."""
    names = [name for name in (project.prices.day_ahead, project.prices.real_time) if name]
    unknown = [name for name in names if name not in forecasts.stations]
    if unknown:
        raise InputError.one(
            "prices",
            found=f"no station {', '.join(unknown)}",
            expected=f"one of {', '.join(forecasts.stations)}",
            remedy="name a price of the forecast file",
        )
    wanted = replace(forecasts, stations={name: forecasts.stations[name] for name in names})
    found = forecast_inputs(wanted, folder=folder)
    return [found[name] for name in names]


def _market(project: BidProject, forecasts: ForecastProject, stations: list[Station]) -> BidMarket:
    """The stations as a market: day-ahead prices are published the day before, real-time prices are metered."""
    ahead, step = stations[0], forecasts.step_minutes
    gate = forecasts.task("day_ahead")
    terms = terms_of(ahead, forecasts)
    ahead = replace(ahead, feed=replace(ahead.feed, target=_published(ahead, project.market.published)))
    foreseen = Foreseen(feed=ahead.feed, models=chain_of(ahead, forecasts), task=gate)
    if len(stations) == 1:
        return BidMarket(name=project.name, ahead=foreseen, terms=terms)
    real = stations[1]
    chain = chain_of(real, forecasts)
    soon = forecasts.task("intraday")
    day = Task.day_ahead(step_minutes=step, levels=gate.levels)
    return BidMarket(
        name=project.name,
        ahead=foreseen,
        real_at_gate=Foreseen(feed=real.feed, models=chain, task=gate),
        real_in_day=(
            Foreseen(feed=real.feed, models=chain, task=day),
            Foreseen(feed=real.feed, models=chain, task=soon),
        ),
        terms=terms,
    )


def _published(station: Station, clock: str) -> Channel:
    """The day-ahead price as known from a clock of the day before."""
    minutes = minute_of(clock)
    if minutes is None:
        raise InputError.one("market.published", found=f'"{clock}"', expected="a time of day", remedy='write "18:00"')
    feed = station.feed
    days = feed.axis.local(feed.zone).tz_localize(None).normalize() - pd.Timedelta(days=1) + timedelta(minutes=minutes)
    known = days.tz_localize(feed.zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC").as_unit("s").asi8
    return Channel.issued(feed.target.values[-1], np.asarray(known), unit=feed.target.unit, source=feed.target.source)


def _clause(project: BidProject) -> Clause:
    """By whose word a deviation is charged."""
    sure = Confidence.ASSUMED if project.market.basis == "assumed" else Confidence.USER
    return Clause(document=Text(f"bid file of {project.name}", f"{project.name} 申报文件"), confidence=sure)
