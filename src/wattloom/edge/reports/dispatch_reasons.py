"""What did each site do, and why? Told in words from the two schedules, and never more than the numbers say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.edge.reports import dispatch_energy as energy
from wattloom.edge.reports.dispatch_words import listed_cells, of_sites
from wattloom.edge.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.answer import DispatchDay
    from wattloom.edge.reports.words import Cell

LEAST_MWH = 0.05
"""Less than this is not told."""
LEAST_SHARE = 0.005
"""Nor is less than this share of the site's IT energy."""
FULL = 0.98
"""Share of its machines at which a site is told to be full."""
MOSTLY = 0.5
KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Work that ran away from home, seen from one of its ends."""

    mwh: float
    others: tuple[int, ...]
    """The sites at the other end, most energy first."""
    hours: tuple[int, int, float] | None
    """Time of day that holds most of it."""
    price_there: float
    """Mean price of energy where it ran, while it ran, CNY/MWh."""
    price_home: float
    """At its home, in the same periods."""
    full_price_there: float
    """With carbon at its price."""
    full_price_home: float
    homes_full: float
    """Share of it that ran while its home's machines were full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Work that stayed at home and ran at another time."""

    mwh: float
    hours_from: tuple[int, int, float] | None
    hours_to: tuple[int, int, float] | None
    price_from: float
    price_to: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the stores of a site took and gave."""

    charged_mwh: float
    discharged_mwh: float
    price_charged: float | None
    price_discharged: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStory:
    """What one site did that it would not have done at once."""

    site: int
    taken: Exchange | None
    sent: Exchange | None
    waited: Wait | None
    stored: Store | None


def stories(day: DispatchDay) -> list[SiteStory]:
    """One for each site."""
    question, plan = day.question, day.plan
    moved = energy.by_home_and_site(plan.segments, question.jobs, plan.axis)
    for site in range(len(question.sites)):
        moved[site, site] = 0.0
    return [
        SiteStory(
            site=site,
            taken=_taken(day, moved, site),
            sent=_sent(day, moved, site),
            waited=_waited(day, site),
            stored=_stored(day, site),
        )
        for site in range(len(question.sites))
    ]


def _taken(day: DispatchDay, moved: NDArray[np.float64], site: int) -> Exchange | None:
    """Work of other homes that ran here."""
    return _exchange(day, moved[:, site], here=site, runs_here=True)


def _sent(day: DispatchDay, moved: NDArray[np.float64], site: int) -> Exchange | None:
    """Work of this home that ran elsewhere."""
    return _exchange(day, moved[site], here=site, runs_here=False)


def _exchange(day: DispatchDay, power: NDArray[np.float64], *, here: int, runs_here: bool) -> Exchange | None:
    """Energy, time and prices of some work away from home; `power` by other site, shape (site, period)."""
    axis, prices, full = day.plan.axis, _prices(day), _prices(day, carbon=True)
    by_other = power.sum(axis=1) * axis.step_hours
    mwh = float(by_other.sum())
    if not _worth_telling(day, here, mwh):
        return None
    own, own_full = np.broadcast_to(prices[here], power.shape), np.broadcast_to(full[here], power.shape)
    there, home = (own, prices) if runs_here else (prices, own)
    full_there, full_home = (own_full, full) if runs_here else (full, own_full)
    use = np.array([s.it_mw for s in day.plan.sites]) / np.array([s.it_mw_max for s in day.question.sites])
    home_is_full = use if runs_here else np.broadcast_to(use[here], power.shape)
    return Exchange(
        mwh=mwh,
        others=tuple(int(i) for i in np.argsort(-by_other) if by_other[i] > LEAST_MWH),
        hours=energy.time_of_day(power.sum(axis=0), axis, day.project.zone),
        price_there=_mean(there, power),
        price_home=_mean(home, power),
        full_price_there=_mean(full_there, power),
        full_price_home=_mean(full_home, power),
        homes_full=_mean((home_is_full >= FULL).astype(np.float64), power),
    )


def _waited(day: DispatchDay, site: int) -> Wait | None:
    """How much of the work that never left ran at other times than it would have at once."""
    jobs, axis = day.question.jobs, day.plan.axis
    stays = energy.stay_at_home(day.plan.segments, jobs) & energy.stay_at_home(day.at_once.segments, jobs)
    mine = stays & (jobs.home == site)
    planned, at_once = (
        energy.power_by(s, jobs, axis, group=mine[s.job].astype(np.int64), count=2)[1]
        for s in (day.plan.segments, day.at_once.segments)
    )
    less, more = np.maximum(at_once - planned, 0.0), np.maximum(planned - at_once, 0.0)
    mwh = float(less.sum() * axis.step_hours)
    if not _worth_telling(day, site, mwh) or not more.any():
        return None
    prices, zone = _prices(day)[site], day.project.zone
    return Wait(
        mwh=mwh,
        hours_from=energy.time_of_day(less, axis, zone),
        hours_to=energy.time_of_day(more, axis, zone),
        price_from=_mean(prices, less),
        price_to=_mean(prices, more),
    )


def _stored(day: DispatchDay, site: int) -> Store | None:
    """What went through the stores."""
    found, axis, price = day.plan.sites[site], day.plan.axis, _prices(day)[site]
    charged, discharged = (float(p.sum() * axis.step_hours) for p in (found.charged_mw, found.discharged_mw))
    if max(charged, discharged) < LEAST_MWH:
        return None
    return Store(
        charged_mwh=charged,
        discharged_mwh=discharged,
        price_charged=energy.weighted(price, found.charged_mw),
        price_discharged=energy.weighted(price, found.discharged_mw),
    )


def _worth_telling(day: DispatchDay, site: int, mwh: float) -> bool:
    """Whether an energy is more than a rounding of the site's own."""
    own = float(day.plan.sites[site].it_mw.sum() * day.plan.axis.step_hours)
    return mwh > max(LEAST_MWH, LEAST_SHARE * own)


def _prices(day: DispatchDay, *, carbon: bool = False) -> NDArray[np.float64]:
    """Prices of energy from the grid, CNY/MWh, shape (site, period); with carbon at the project's price."""
    per_kg = day.question.carbon_price_cny_per_t / KG_PER_T if carbon else 0.0
    return np.array([s.import_price_cny_per_mwh + per_kg * s.carbon_kg_per_mwh for s in day.question.sites])


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The mean of values over work that is there."""
    return energy.weighted(values, weights) or 0.0


def told(story: SiteStory, day: DispatchDay) -> Text:
    """A site's story in sentences, in both languages."""
    labels = of_sites(day.project)
    return Text(*(_told(story, day, labels, Words(lang)) for lang in LANGUAGES))


def _told(story: SiteStory, day: DispatchDay, labels: list[Cell], words: Words) -> str:
    """The same in one language."""
    said = []
    here = words.cell(labels[story.site])
    if story.taken is not None:
        said.append(_of_exchange("took", story.taken, day, labels, words))
    if story.sent is not None:
        said.append(_of_exchange("sent", story.sent, day, labels, words))
    if story.waited is not None:
        said.append(_of_wait(story.waited, words))
    if story.stored is not None:
        said.append(_of_store(story.stored, words))
    if not said:
        return words.say("site_as_it_came", site=here)
    return words.say("site_did", site=here, deeds=words.say("semicolon").join(said))


def _of_exchange(deed: str, found: Exchange, day: DispatchDay, labels: list[Cell], words: Words) -> str:
    """What was taken or sent, when, and which reason the numbers give."""
    others = listed_cells([labels[i] for i in found.others], words)
    key = {"took": "site_took", "sent": "site_sent"}[deed]
    what = words.say(key, energy=words.figure(found.mwh, "MWh"), others=others, time=_time(found.hours, words))
    return what + _reason(deed, found, day, words)


def _reason(deed: str, found: Exchange, day: DispatchDay, words: Words) -> str:
    """A lower price, a lower price with carbon, or full machines at home; no reason where none of these holds."""
    there, home = words.figure(found.price_there, "CNY/MWh"), words.figure(found.price_home, "CNY/MWh")
    if found.price_there < found.price_home:
        key = {"took": "because_cheaper_here", "sent": "because_cheaper_there"}[deed]
        return words.say(key, there=there, home=home)
    if found.full_price_there < found.full_price_home:
        return words.say(
            "because_of_carbon",
            there=words.figure(found.full_price_there, "CNY/MWh"),
            home=words.figure(found.full_price_home, "CNY/MWh"),
            carbon=words.figure(day.question.carbon_price_cny_per_t, "CNY/t"),
        )
    if found.homes_full >= MOSTLY:
        return words.say("because_full", share=words.figure(found.homes_full, "1"))
    return words.say("because_of_other", there=there, home=home)


def _of_wait(found: Wait, words: Words) -> str:
    """What ran at another time."""
    key = "site_waited" if found.price_to < found.price_from else "site_waited_dearer"
    return words.say(
        key,
        energy=words.figure(found.mwh, "MWh"),
        before=_time(found.hours_from, words),
        after=_time(found.hours_to, words),
        price_before=words.figure(found.price_from, "CNY/MWh"),
        price_after=words.figure(found.price_to, "CNY/MWh"),
    )


def _of_store(found: Store, words: Words) -> str:
    """What the stores took and gave, with the prices then."""

    def at(price: float | None) -> str:
        return "" if price is None else words.say("at_price", price=words.figure(price, "CNY/MWh"))

    return words.say(
        "site_stored",
        charged=words.figure(found.charged_mwh, "MWh"),
        discharged=words.figure(found.discharged_mwh, "MWh"),
        at_charge=at(found.price_charged),
        at_discharge=at(found.price_discharged),
    )


def _time(hours: tuple[int, int, float] | None, words: Words) -> str:
    """A stretch of the day, or that it is spread over it."""
    if hours is None:
        return words.say("through_the_day")
    key = "between_hours" if hours[2] >= MOSTLY_SHARE else "half_between_hours"
    return words.say(key, first=f"{hours[0]:02d}:00", last=f"{hours[1] or 24:02d}:00")


MOSTLY_SHARE = energy.TIMES_OF_DAY[0][0]
"""From this share on, most of an energy lies in a stretch; below it, more than half does."""
