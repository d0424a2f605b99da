"""What does each stream bring in one territory, for one site and for each of many?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.domain.charges import Basis, PriceBasis
from wattloom.domain.errors import InputError
from wattloom.domain.money import parted
from wattloom.domain.text import Text
from wattloom.market.response import response_rule
from wattloom.market.value import (
    Event,
    SupplyCurve,
    Terms,
    WorkClass,
    best_shift,
    blended,
    equilibrium,
    event_value,
    mileage_value,
    reserve_cny,
)
from wattloom.rules import Case, DayInputs, bands_of_day, market_price_cny_per_mwh, pack, territory, time_of_use_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.app.flexibility_value_project import (
        ClassEntry,
        FrequencyEntry,
        ResponseEntry,
        SpotEntry,
        TerritoryEntry,
        ValueProject,
    )
    from wattloom.market.value import Shift

STEP_MINUTES = 30
NOT_KNOWN = Text(
    "{where}: no {lacks} known; time-of-use shifting is left out", "{where}：缺少{lacks}，未计分时平移收益"
)
NOT_STATED = Text(
    "{where}: no notice states every multiplier of the year; time-of-use shifting is left out",
    "{where}：全年分时系数不全，未计分时平移收益",
)
Kind = Literal["time_of_use", "spot", "response", "frequency", "reserve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A year of one way to earn, for one site."""

    kind: Kind
    gross_cny: float
    compute_cny: float
    """Waiting, losing, restarting; energy of work never made up is taken off."""
    moved_mwh: float
    lost_gpu_hours: float
    many_gross_cny: float
    """Of each, where all of the many do it."""
    many_compute_cny: float
    confirmed: bool
    """Whether every figure behind it has a source or was confirmed."""
    basis: Text
    """Where prices and calls are from."""

    @property
    def net_cny(self) -> float:
        """What is left."""
        return self.gross_cny - self.compute_cny

    @property
    def many_net_cny(self) -> float:
        """What is left of each of many."""
        return self.many_gross_cny - self.many_compute_cny


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryValue:
    """One territory."""

    key: str
    sites: int
    """Of the many that stand here."""
    streams: tuple[Stream, ...]
    energy_bill_cny: float | None
    """Of the year without any of it; None where no energy price is known."""
    notes: tuple[Text, ...]

    def best(self, *, many: bool = False) -> Stream | None:
        """The stream that leaves most; None where none leaves anything."""
        paying = [one for one in self.streams if _net(one, many=many) > 0]
        return max(paying, key=lambda one: _net(one, many=many), default=None)

    def of_response_cny(self) -> float:
        """Of demand response by itself, net; 0 where there is none."""
        return sum(one.net_cny for one in self.streams if one.kind == "response")

    def alone_cny(self, *, many: bool = False) -> float:
        """Without stacking: the best stream."""
        found = self.best(many=many)
        return 0.0 if found is None else _net(found, many=many)

    def stacked_cny(self, *, many: bool = False) -> float:
        """With stacking: the better way of shifting, and every other stream that pays.

        An upper bound, as the same megawatt is counted in each.
        """
        shifts = [_net(one, many=many) for one in self.streams if one.kind in {"time_of_use", "spot"}]
        others = [_net(one, many=many) for one in self.streams if one.kind not in {"time_of_use", "spot"}]
        return max([*shifts, 0.0]) + sum(max(one, 0.0) for one in others)


def _net(stream: Stream, *, many: bool) -> float:
    """Of one site, or of each of many."""
    return stream.many_net_cny if many else stream.net_cny


def of_territory(project: ValueProject, key: str, entry: TerritoryEntry) -> TerritoryValue:
    """Every stream that the rules or the file give a price for."""
    site = _Site.of(project)
    sites = sites_of(project)[key]
    notes: list[Text] = []
    price = energy_price_cny_per_mwh(project, key, entry)
    streams: list[Stream] = []
    if entry.agency_purchase:
        found = _time_of_use(project, key, price, site)
        if isinstance(found, Stream):
            streams.append(found)
        else:
            notes.append(found)
    if entry.spot is not None:
        streams.append(_spot(project, key, entry.spot, site, sites))
    if entry.response is not None:
        streams.append(_response(project, entry.response, site, sites, price))
    if entry.frequency is not None:
        streams.append(_frequency(entry.frequency, sites))
    if entry.reserve_cny_per_kw_month is not None:
        streams.append(_reserve(entry.reserve_cny_per_kw_month, entry.reserve_months, site))
    hours = (date(project.year + 1, 1, 1) - date(project.year, 1, 1)).days * 24
    bill = None if price is None else price * project.facility.mean_mw * hours
    return TerritoryValue(key=key, sites=sites, streams=tuple(streams), energy_bill_cny=bill, notes=tuple(notes))


def sites_of(project: ValueProject) -> dict[str, int]:
    """How many of the many sites stand in each territory: as the file says, the rest in equal parts."""
    given = {key: entry.sites for key, entry in project.territories.items() if entry.sites is not None}
    rest = [key for key in project.territories if key not in given]
    left = max(project.many_sites - sum(given.values()), len(rest))
    return given | (dict(zip(rest, parted(left, [1] * len(rest)), strict=True)) if rest else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """A facility as the streams see it."""

    classes: tuple[WorkClass, ...]
    adjustable_mw: float
    idle_mw: float
    confirmed: bool

    @classmethod
    def of(cls, project: ValueProject) -> _Site:
        """From the file."""
        asked = project.facility
        return cls(
            classes=tuple(_work(name, one) for name, one in project.classes.items()),
            adjustable_mw=asked.mean_mw * asked.adjustable_share,
            idle_mw=asked.mean_mw / asked.utilisation - asked.mean_mw,
            confirmed=all(one.confirmed for one in project.classes.values()),
        )

    def terms(self, of: WorkClass) -> Terms:
        """What one class lets pass; idle machines are shared by power."""
        return Terms(
            lowered_mw=self.adjustable_mw * of.share,
            raised_mw=self.idle_mw * of.share,
            delay_hours_max=of.delay_hours_max,
            delay_cny_per_mwh_hour=of.delay_cny_per_mwh_hour,
            restart_cny_per_mw=of.restart_cny_per_mw,
        )


def _work(name: str, entry: ClassEntry) -> WorkClass:
    """A class of the file."""
    return WorkClass(
        name=name, share=entry.share, lever=entry.lever, kw_per_gpu=entry.kw_per_gpu,
        released_share=entry.released_share, work_lost_share=entry.work_lost_share,
        value_cny_per_gpu_hour=entry.value_cny_per_gpu_hour,
        delay_cny_per_gpu_hour_hour=entry.delay_cny_per_gpu_hour_hour, delay_hours_max=entry.delay_hours_max,
        restart_hours=entry.restart_hours,
    )  # fmt: skip


def energy_price_cny_per_mwh(project: ValueProject, key: str, entry: TerritoryEntry) -> float | None:
    """What energy costs on the market, with tax: the file's, or the rules'; None where neither says."""
    if entry.energy_price_cny_per_mwh is not None:
        return entry.energy_price_cny_per_mwh
    return market_price_cny_per_mwh(pack(key, _case(project)))


def _case(project: ValueProject) -> Case:
    """A plain customer whose energy the grid company buys, with tax in every price."""
    return Case(
        year=project.year, commissioned=project.year, voltage_kv=project.facility.voltage_kv, direct_connection=False,
        agency_purchase=True, price_basis=PriceBasis.WITH_VAT,
    )  # fmt: skip


def day_prices(project: ValueProject, key: str, price: float) -> Counter[tuple[float, ...]]:
    """Price of each half hour of a local day in CNY/MWh, with how many days of the year have it."""
    land, rules = territory(key), pack(key, _case(project))
    charges = {one.item: float(one.price) for one in rules.charges(price)[0].on(Basis.IMPORTED_ENERGY)}
    first, found = date(project.year, 1, 1), Counter[tuple[float, ...]]()
    for number in range((date(project.year + 1, 1, 1) - first).days):
        day = first + timedelta(days=number)
        bands = bands_of_day(land, day, DayInputs(hot_days=frozenset()), step_minutes=STEP_MINUTES)
        floats = bands.version.floating_items or frozenset({"market_energy"})
        floating = sum(value for item, value in charges.items() if item in floats)
        fixed = sum(charges.values()) - floating
        found[tuple(np.round(fixed + floating * bands.multipliers, 6).tolist())] += 1
    return found


def _time_of_use(project: ValueProject, key: str, price: float | None, site: _Site) -> Stream | Text:
    """Shifting between administrative bands; why there is none where a figure lacks."""
    version = time_of_use_on(territory(key), date(project.year, 12, 31))
    if price is None or version is None:
        lacks = Text("energy price", "购电价格") if price is None else Text("bands", "分时时段")
        return NOT_KNOWN.filled(where=_named(key), lacks=lacks)
    try:
        prices = day_prices(project, key, price)
    except InputError as error:
        return _named(key) + Text.same(f": {error.problems[0]}")
    if any(not np.isfinite(day).all() for day in prices):
        return NOT_STATED.filled(where=_named(key))
    days = [(_day(np.array(day), site), count) for day, count in prices.items()]
    gross, compute, moved = _summed(days)
    gross -= _peak_cny(project, key, days)
    to_confirm = version.floating_items is None or version.clause.confidence.to_be_confirmed
    return Stream(
        kind="time_of_use", gross_cny=gross, compute_cny=compute, moved_mwh=moved, lost_gpu_hours=0.0,
        # An administrative price does not move with what users do, as long as nobody rewrites it.
        many_gross_cny=gross, many_compute_cny=compute, confirmed=site.confirmed and not to_confirm,
        basis=version.clause.document,
    )  # fmt: skip


def _day(prices: NDArray[np.float64], site: _Site) -> list[Shift]:
    """The best shift of each class on a day."""
    return [best_shift(prices, site.terms(one)) for one in site.classes]


def _named(key: str) -> Text:
    """A territory's name."""
    land = territory(key)
    return Text(land.name_en, land.name_zh)


def _summed(days: Sequence[tuple[list[Shift], float]]) -> tuple[float, float, float]:
    """Energy saved, cost of computing and energy moved of days with their counts."""
    shifts = [(shift, count) for classes, count in days for shift in classes]
    gross = sum(count * shift.energy_saved_cny for shift, count in shifts)
    compute = sum(count * (shift.delay_cny + shift.restart_cny) for shift, count in shifts)
    return gross, compute, sum(count * shift.moved_mwh for shift, count in shifts)


def _peak_cny(project: ValueProject, key: str, days: Sequence[tuple[list[Shift], float]]) -> float:
    """What making up work above the mean draw costs in demand a year; nothing where capacity is billed."""
    if project.facility.billing == "capacity":
        return 0.0
    raised_mw = max(float(np.sum([shift.change_mw for shift in classes], axis=0).max()) for classes, _ in days)
    demand = pack(key, _case(project)).facts.get("td_demand_cny_per_kw_month")
    if demand is None or demand.value is None:
        raise InputError.one(f"territories.{key}", found="no demand price", expected="a two-part tariff",
                             remedy="set facility.billing to capacity")  # fmt: skip
    return max(raised_mw, 0.0) * 1000 * float(demand.value) * 12


def _spot(project: ValueProject, key: str, entry: SpotEntry, site: _Site, sites: int) -> Stream:
    """Shifting at spot prices: alone, and where as many sites as stand here all do."""
    curve = SupplyCurve(load_mw=entry.curve_load_mw, price_cny_per_mwh=entry.curve_price_cny_per_mwh)
    days = [(_day(curve.price(day), site), count)
            for day, count in zip(entry.residual_load_mw, entry.days_a_year, strict=True)]  # fmt: skip
    gross, compute, moved = _summed(days)
    peak = _peak_cny(project, key, days)
    many = sum(
        count * equilibrium(day, curve, _mean_terms(site), sites=sites).saved_cny_per_site
        for day, count in zip(entry.residual_load_mw, entry.days_a_year, strict=True)
    )
    many, gross = many - peak, gross - peak
    return Stream(
        kind="spot", gross_cny=gross, compute_cny=compute, moved_mwh=moved, lost_gpu_hours=0.0,
        many_gross_cny=max(many, 0.0), many_compute_cny=0.0, confirmed=site.confirmed and entry.confirmed,
        basis=Text.same(entry.source),
    )  # fmt: skip


def _mean_terms(site: _Site) -> Terms:
    """All classes as one: mean waiting and its cost, the longest wait of none passed."""
    return Terms(
        lowered_mw=site.adjustable_mw, raised_mw=site.idle_mw,
        delay_hours_max=blended(site.classes, "delay_hours_max"),
        delay_cny_per_mwh_hour=blended(site.classes, "delay_cny_per_mwh_hour"),
    )  # fmt: skip


def _response(
    project: ValueProject, entry: ResponseEntry, site: _Site, sites: int, energy_price: float | None
) -> Stream:
    """A year of calls; many sites share what the programme buys."""
    own = ("paid_from_share", "paid_to_share", "penalty_below_share", "penalty_of_price")
    given = {name: value for name in own if (value := getattr(entry, name)) is not None}
    rule = response_rule(
        entry.programme, date(project.year, 8, 1), given=given, price_cny_per_mwh=entry.price_cny_per_mwh
    )  # fmt: skip
    event = Event(
        rule=rule, called_mw=site.adjustable_mw, hours=entry.hours, a_year=entry.events_a_year,
        delivered_share=entry.delivered_share, energy_cny_per_mwh=energy_price or 0.0,
    )  # fmt: skip
    found = event_value(event, site.classes, idle_mw=site.idle_mw, make_up_hours=entry.make_up_hours)
    offered = sites * site.adjustable_mw
    share = 1.0 if entry.needed_mw is None else min(1.0, entry.needed_mw / offered)
    compute = found.compute_cny - found.energy_saved_cny
    return Stream(
        kind="response", gross_cny=found.gross_cny, compute_cny=compute,
        moved_mwh=site.adjustable_mw * entry.delivered_share * entry.hours * entry.events_a_year,
        lost_gpu_hours=found.lost_gpu_hours, many_gross_cny=found.gross_cny * share, many_compute_cny=compute * share,
        confirmed=site.confirmed and entry.confirmed and not rule.clause.confidence.to_be_confirmed,
        basis=rule.clause.document + Text.same(f"; {entry.source}" if entry.source else ""),
    )  # fmt: skip


def _frequency(entry: FrequencyEntry, sites: int) -> Stream:
    """Mileage up and down around a mean: no work is lost on the whole, so none is charged."""
    gross = mileage_value(
        mw=entry.mw, hours=entry.hours_a_year, mileage_mw_per_mw_hour=entry.mileage_mw_per_mw_hour,
        price_cny_per_mw=entry.price_cny_per_mw, score=entry.score,
    )  # fmt: skip
    share = 1.0 if entry.needed_mw is None else min(1.0, entry.needed_mw / (sites * entry.mw))
    return Stream(
        kind="frequency", gross_cny=gross, compute_cny=0.0, moved_mwh=0.0, lost_gpu_hours=0.0,
        many_gross_cny=gross * share, many_compute_cny=0.0, confirmed=entry.confirmed, basis=Text.same(entry.source),
    )  # fmt: skip


def _reserve(price_cny_per_kw_month: float, months: float, site: _Site) -> Stream:
    """Standing ready."""
    gross = reserve_cny(mw=site.adjustable_mw, price_cny_per_kw_month=price_cny_per_kw_month, months=months)
    return Stream(
        kind="reserve", gross_cny=gross, compute_cny=0.0, moved_mwh=0.0, lost_gpu_hours=0.0, many_gross_cny=gross,
        many_compute_cny=0.0, confirmed=False, basis=Text("given in the file", "文件给定"),
    )  # fmt: skip
