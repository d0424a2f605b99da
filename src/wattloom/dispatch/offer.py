"""How many MW can be offered to the grid, with which notice, for how long, how surely, and at what cost?

What is offered is a sound bound, not a hope: for every instant of a representative period at which an event might
begin, each run of a job that is there from the ramp to the end does one thing throughout (the lowest level that its
floor and its deadline let pass, or a pause), and every other run is left alone. The event controller can do at least as
much. The MW that are there at a share p of all starting instants are what is offered with probability p.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.dispatch.grid_events.course import SERVING, Stretches
from wattloom.dispatch.grid_events.event import REBOUND_SHARE_MAX
from wattloom.dispatch.offer_supply import DEPTHS, Ask, Limit, Supply, cost_cny, lowered, raised
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.jobs import ROUNDING_S, SECONDS_PER_HOUR, Jobs, Segments
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray

Direction = Literal["down", "up"]
LEAST_MW = 1e-9
PRICE_BINS = 48
"""Steps of price over which MW are summed up, the cheapest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """What a VPP or a grid company may ask for."""

    probability: float = 0.9
    notices_minutes: tuple[float, ...] = (10.0, 30.0, 120.0, 1440.0)
    durations_hours: tuple[float, ...] = (0.25, 1.0, 2.0, 3.0, 4.0)
    ramp_minutes: float = 10.0
    """Within the notice: the power is down, or up, once the notice is over."""

    def __post_init__(self) -> None:
        """Refuse terms that nobody can ask for, all at once."""
        checks = (
            (0 < self.probability < 1, "probability", f"{self.probability:g}", "between 0 and 1"),
            (bool(self.notices_minutes), "notices_minutes", "none", "at least one"),
            (
                all(n >= self.ramp_minutes for n in self.notices_minutes),
                "notices_minutes",
                f"{min(self.notices_minutes, default=0.0):g}",
                f"at least the ramp of {self.ramp_minutes:g} min",
            ),
            (
                bool(self.durations_hours) and all(d > 0 for d in self.durations_hours),
                "durations_hours",
                f"{self.durations_hours}",
                "one or more, above 0",
            ),
            (self.ramp_minutes >= 0, "ramp_minutes", f"{self.ramp_minutes:g}", "at or above 0"),
        )
        problems = [
            Problem(where=f"offer terms, {where}", found=found, expected=expected, remedy="correct the terms")
            for right, where, found, expected in checks
            if not right
        ]
        if problems:
            raise InputError(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSite:
    """What an offer must know of a site besides its jobs."""

    name: str
    draw_mw_per_it_mw: float = 1.0
    """MW at the meter for each MW of the jobs."""
    firm_mw: float = 0.0
    """At the meter, drawn whatever the jobs do."""
    it_mw_max: float | None = None
    """What jobs may draw together; None: the most that the plan ever draws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLine:
    """One row of the sheet: what a site offers in one direction, with one notice, for one duration; at the meter."""

    site: str
    direction: Direction
    notice_minutes: float
    duration_hours: float
    mw: float
    """There with the stated probability, at whatever instant the event begins."""
    share_of_power: float
    """Of the site's mean power."""
    mw_mean: float
    mw_least: float
    starts: int
    """Starting instants looked at."""
    cost_cny_per_mwh: float | None
    """Of deferred and lost work, for each MWh delivered at `mw`; None where nothing is delivered. At most: each
    job's MW are priced in steps."""
    deferred_gpu_hours_per_mwh: float
    lost_gpu_hours_per_mwh: float
    cost_cny_per_deferred_gpu_hour: float | None
    cost_cny_per_lost_gpu_hour: float | None
    rebound_share_max: float
    """Most power after the release, as a share of the baseline, to which the event controller keeps."""
    make_up_hours: float
    """Until deferred work is made up at that power; 0 where it is done earlier instead."""
    limited_by: Limit
    """What keeps most of the rest from being offered."""
    kept_least: Mapping[str, float]
    """Share of its work that a job keeps from ramp to release at its lowest level, by class; 0: paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexibilityOffer:
    """The sheet that a VPP or grid company asks for."""

    axis: TimeAxis
    """Instants at which an event may begin."""
    terms: OfferTerms
    lines: tuple[OfferLine, ...]
    """By site, direction, notice and duration."""


def assess(
    jobs: Jobs, planned: Segments, axis: TimeAxis, *, terms: OfferTerms, sites: tuple[OfferSite, ...]
) -> FlexibilityOffer:
    """The sheet for a representative period: `planned` is what runs if nothing is asked, or what a replay ran."""
    unknown = [site.name for site in sites if site.name not in jobs.sites]
    if unknown:
        raise InputError.one(
            "flexibility offer, sites",
            found=", ".join(unknown),
            expected=f"sites among {', '.join(jobs.sites)}",
            remedy="name sites of the jobs",
        )
    lines = [line for site in sites for line in _site_lines(jobs, planned, axis, terms, site)]
    return FlexibilityOffer(axis=axis, terms=terms, lines=tuple(lines))


def _site_lines(jobs: Jobs, planned: Segments, axis: TimeAxis, terms: OfferTerms, site: OfferSite) -> list[OfferLine]:
    """All lines of a site."""
    first_s = (axis.start - jobs.start).total_seconds()
    starts_s = np.asarray(first_s + 60.0 * axis.step_minutes * np.arange(axis.count), dtype=np.float64)
    runs = Stretches.of(jobs, planned, jobs.sites.index(site.name), now_s=-np.inf, until_s=np.inf)
    view = _View(jobs=jobs, runs=runs, starts_s=starts_s, step_s=60.0 * axis.step_minutes, terms=terms, site=site)
    directions: tuple[Direction, ...] = ("down", "up")
    return [
        view.line(direction, notice, duration)
        for direction in directions
        for notice in terms.notices_minutes
        for duration in terms.durations_hours
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A site's runs over the period, and the instants at which an event may begin."""

    jobs: Jobs
    runs: Stretches
    starts_s: NDArray[np.float64]
    step_s: float
    terms: OfferTerms
    site: OfferSite

    def line(self, direction: Direction, notice_minutes: float, duration_hours: float) -> OfferLine:
        """One row of the sheet."""
        ask = Ask(
            notice_s=60.0 * notice_minutes,
            ramp_s=60.0 * self.terms.ramp_minutes,
            hold_s=SECONDS_PER_HOUR * duration_hours,
        )
        period = (float(self.starts_s[0]), float(self.starts_s[-1] + self.step_s))
        supply = (lowered if direction == "down" else raised)(self.jobs, self.runs, ask, period)
        there = self._summed(supply, supply.mw[:, None])[:, 0]
        missing = dict(supply.missing_mw)
        if direction == "up":
            room = self._room(ask.hold_s)
            missing["room"] = float(np.mean(np.maximum(there - room, 0.0)))
            there = np.minimum(there, room)
        meter = self.site.draw_mw_per_it_mw
        mw = _surely(there, self.terms.probability)
        bill = self._bill(supply, ask, mw, there >= mw)
        delivered_mwh = mw * meter * duration_hours
        mean_mw = float(np.mean(self.site.firm_mw + meter * self._planned()))
        return OfferLine(
            site=self.site.name,
            direction=direction,
            notice_minutes=notice_minutes,
            duration_hours=duration_hours,
            mw=mw * meter,
            share_of_power=mw * meter / mean_mw if mean_mw > 0 else 0.0,
            mw_mean=float(there.mean()) * meter,
            mw_least=float(there.min()) * meter,
            starts=self.starts_s.size,
            cost_cny_per_mwh=_ratio(bill.deferred_cny + bill.lost_cny, delivered_mwh),
            deferred_gpu_hours_per_mwh=_ratio(bill.deferred_gpu_hours, delivered_mwh) or 0.0,
            lost_gpu_hours_per_mwh=_ratio(bill.lost_gpu_hours, delivered_mwh) or 0.0,
            cost_cny_per_deferred_gpu_hour=_ratio(bill.deferred_cny, bill.deferred_gpu_hours),
            cost_cny_per_lost_gpu_hour=_ratio(bill.lost_cny, bill.lost_gpu_hours),
            rebound_share_max=REBOUND_SHARE_MAX,
            make_up_hours=bill.deferred_mwh * meter / ((REBOUND_SHARE_MAX - 1.0) * mean_mw) if mean_mw > 0 else 0.0,
            limited_by=max(missing, key=lambda reason: missing[reason]),
            kept_least=self._kept_least(supply),
        )

    def _summed(self, supply: Supply, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums over the runs that are there at each starting instant, shape (start, column)."""
        first, last = self._places(supply)
        changes = np.zeros((self.starts_s.size + 1, values.shape[1]))
        np.add.at(changes, first, values)
        np.add.at(changes, last, -values)
        sums = np.asarray(np.cumsum(changes, axis=0)[:-1], dtype=np.float64)
        # What came and went leaves its rounding behind: less than a milliwatt is nothing.
        return np.where(np.abs(sums) < LEAST_MW, 0.0, sums)

    def _places(self, supply: Supply) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First starting instant at which each run is there, and the first at which it is no longer."""
        first = np.searchsorted(self.starts_s, supply.begin_s - ROUNDING_S)
        last = np.searchsorted(self.starts_s, supply.end_s + ROUNDING_S)
        return first, np.maximum(last, first)

    def _planned(self) -> NDArray[np.float64]:
        """Planned IT power at each starting instant: the most within its period."""
        first = np.searchsorted(self.starts_s + self.step_s, self.runs.from_s, side="right")
        last = np.maximum(np.searchsorted(self.starts_s, self.runs.to_s), first)
        changes = np.zeros(self.starts_s.size + 1)
        power = self.jobs.power_mw[self.runs.job] * self.runs.level
        np.add.at(changes, first, power)
        np.add.at(changes, last, -power)
        return np.asarray(np.cumsum(changes)[:-1], dtype=np.float64)

    def _room(self, hold_s: float) -> NDArray[np.float64]:
        """IT power that is free throughout an event, at each starting instant."""
        planned = self._planned()
        most = self.site.it_mw_max if self.site.it_mw_max is not None else float(planned.max(initial=0.0))
        periods = int(np.ceil(hold_s / self.step_s))
        ahead = np.concatenate([planned, np.full(periods, planned[-1])])
        highest = np.max([ahead[shift : shift + planned.size] for shift in range(periods)], axis=0)
        return np.asarray(np.maximum(most - highest, 0.0), dtype=np.float64)

    def _bill(self, supply: Supply, ask: Ask, mw: float, counts: NDArray[np.bool_]) -> _Bill:
        """Means over the starting instants that count of what the cheapest steps to `mw` cost."""
        if mw <= 0:
            return _Bill()
        at_zero, falls = cost_cny(self.jobs, supply, ask)
        step_mw = np.broadcast_to(supply.mw[:, None] / DEPTHS, at_zero.shape)
        first_s, last_s = self.starts_s[0], self.starts_s[-1]
        middle_s = 0.5 * (np.clip(supply.begin_s, first_s, last_s) + np.clip(supply.end_s, first_s, last_s))
        price = np.divide(
            at_zero - falls * middle_s[:, None], step_mw, out=np.full(at_zero.shape, np.inf), where=step_mw > 0
        )
        priced = price[np.isfinite(price)]
        limits = np.unique(np.quantile(priced, np.linspace(0, 1, PRICE_BINS + 1)[1:-1])) if priced.size else np.zeros(0)
        group = np.searchsorted(limits, price)
        serves = np.isin(self.jobs.of_class("kind")[supply.runs.job], SERVING)[:, None]
        hours = supply.lost_s * (self.jobs.gpus[supply.runs.job] / SECONDS_PER_HOUR)[:, None]
        energy = supply.lost_s * (self.jobs.power_mw[supply.runs.job] / SECONDS_PER_HOUR)[:, None]
        columns = (
            step_mw,
            np.where(serves, 0.0, at_zero),
            np.where(serves, 0.0, falls),
            np.where(serves, at_zero, 0.0),
            np.where(serves, 0.0, hours),
            np.where(serves, hours, 0.0),
            np.where(serves, 0.0, energy),
        )
        summed = [self._by_group(supply, values, group, limits.size + 1)[counts] for values in columns]
        power = summed[0]
        below = np.cumsum(power, axis=1) - power
        taken = np.divide(np.clip(mw - below, 0.0, power), power, out=np.zeros(power.shape), where=power > ROUNDING_MW)
        deferred = summed[1] - summed[2] * self.starts_s[counts][:, None]
        totals = [float(np.mean(np.sum(taken * one, axis=1))) for one in (deferred, *summed[3:])]
        return _Bill(*totals)

    def _by_group(
        self, supply: Supply, values: NDArray[np.float64], group: NDArray[np.int64], groups: int
    ) -> NDArray[np.float64]:
        """Sums at each starting instant by group of price, shape (start, group)."""
        first, last = self._places(supply)
        changes = np.zeros((self.starts_s.size + 1) * groups)
        for step in range(values.shape[1]):
            for place, sign in ((first, 1.0), (last, -1.0)):
                at = place * groups + group[:, step]
                changes += np.bincount(at, weights=sign * values[:, step], minlength=changes.size)
        return np.asarray(np.cumsum(changes.reshape(-1, groups), axis=0)[:-1], dtype=np.float64)

    def _kept_least(self, supply: Supply) -> dict[str, float]:
        """By class, over the runs that are there at all."""
        first, last = self._places(supply)
        there = last > first
        of_class = self.jobs.class_index[supply.runs.job]
        return {
            self.jobs.classes[index].name: float(supply.kept[there & (of_class == index)].min())
            for index in np.unique(of_class[there])
        }


@dataclass(frozen=True, slots=True)
class _Bill:
    """What a number of MW costs, in the mean of the starting instants."""

    deferred_cny: float = 0.0
    lost_cny: float = 0.0
    deferred_gpu_hours: float = 0.0
    lost_gpu_hours: float = 0.0
    deferred_mwh: float = 0.0


def _surely(there: NDArray[np.float64], probability: float) -> float:
    """The most that is there at a share of the instants, at least."""
    may_lack = int(there.size * (1.0 - probability) + ROUNDING_S)
    return float(np.sort(there)[min(may_lack, there.size - 1)])


def _ratio(amount: float, of: float) -> float | None:
    """One for each of the other; None where there is nothing of the other."""
    return amount / of if of > 0 else None


ROUNDING_MW = 1e-12
