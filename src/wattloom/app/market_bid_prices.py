"""Which prices could a bidder foresee at the gate, and which during the day? Forecasts of both markets as scenarios.

Each forecast is the one that would have been served at its instant: fitted, calibrated and drawn from what was known
then. How the periods of a day, and its two prices, go together is learnt from the forecasts that had come true by the
gate (forecast/doubt/scenarios.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.forecast.contract import Model
from wattloom.forecast.doubt.scenarios import EXAMPLES_MIN, copula_of, scenarios
from wattloom.forecast.feed import Feed
from wattloom.forecast.metrics import level_widths
from wattloom.forecast.serving.issuing import Terms, part
from wattloom.forecast.serving.reissuing import reissued
from wattloom.forecast.task import Task
from wattloom.market.bids import PriceScenarios

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wattloom.domain.text import Text
    from wattloom.forecast.backtest import Answers

TOGETHER_DAYS = 42
"""Past days from which it is learnt how prices of a day go together: six weeks."""
SECONDS_PER_DAY = 24 * 3600
LEARNT_FIRST_DAYS = 10
"""Of a record, before the first issue that is replayed: with less no model answers (serving/reissuing.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One price, by whom it is forecast, and when."""

    feed: Feed
    models: tuple[Model, ...]
    """The one asked, and those behind it."""
    task: Task
    refit_days: float | None = None
    """How often it learns anew; None: as the market's terms say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BidMarket:
    """A spot market as a bidder sees it."""

    name: str
    ahead: Foreseen
    """The day-ahead price, issued at the gate for the periods of the next day."""
    real_at_gate: Foreseen | None = None
    """The real-time price at the same gate; None where deviations are settled at the day-ahead price."""
    real_in_day: tuple[Foreseen, ...] = ()
    """The real-time price during the day, the farthest reaching first; where a later one speaks it is believed."""
    terms: Terms

    def terms_of(self, one: Foreseen) -> Terms:
        """How one of its forecasts is made."""
        return self.terms if one.refit_days is None else replace(self.terms, refit_days=one.refit_days)

    @property
    def all_foreseen(self) -> tuple[Foreseen, ...]:
        """Every forecast that is asked for."""
        return (self.ahead, *(() if self.real_at_gate is None else (self.real_at_gate,)), *self.real_in_day)

    def problems(self) -> None:
        """Refuse forecasts that do not speak of the same periods."""
        gate = self.real_at_gate
        wrong = gate is not None and (gate.task.leads, gate.task.first_lead) != (
            self.ahead.task.leads,
            self.ahead.task.first_lead,
        )
        if wrong or (gate is None) != (not self.real_in_day):
            raise InputError.one(
                f"market {self.name}",
                found="forecasts of the two prices that do not belong together",
                expected="both at the gate for the same periods, and real time again during the day",
                remedy="give both tasks the same clock, and at least one task during the day",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotPrices:
    """What was foreseen of a stretch of days, and what cleared; origins before the first day are kept to learn from."""

    market: BidMarket
    days_s: NDArray[np.int64]
    """Start of the first period of each day, seconds since 1970 UTC."""
    ahead: Answers
    """At the gates, those before the first day too."""
    real: Answers | None
    in_day: tuple[Answers, ...]
    notes: tuple[Text, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict)
    """How many of the day-ahead issues each model answered."""

    def scenarios(self, day: int, *, count: int, seed: int) -> PriceScenarios:
        """Equally likely courses of both prices, as foreseen at the gate of a day."""
        place = self._place(self.ahead, day)
        sides = [self.ahead] if self.real is None else [self.ahead, self.real]
        origin_s = int(self.ahead.origins_s[place])
        chosen = np.zeros(len(self.ahead.origins_s), dtype=np.bool_)
        chosen[max(0, place - TOGETHER_DAYS) : place] = True
        copula = copula_of([part(one, chosen) for one in sides], known_by_s=origin_s)
        gate = self.market.real_at_gate
        feeds = [self.market.ahead.feed, *(() if gate is None else (gate.feed,))]
        drawn = scenarios(
            copula,
            np.stack([one.quantiles[place] for one in sides]),
            self.ahead.task.levels,
            count=count,
            limits=[(feed.lowest, feed.highest) for feed in feeds],
            seed=seed,
        )
        if self.real is None:
            return PriceScenarios.one_price(drawn[:, 0])
        ahead, real = drawn[:, 0], drawn[:, 1]
        spread, slope = self._learnt_at_gate(place, origin_s)
        expected = ahead.mean(axis=0) + spread
        return PriceScenarios.of_joint(ahead, real + (expected - real.mean(axis=0)), slope=slope)

    def cleared(self, day: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What came true, day ahead and real time; shape (period,) each."""
        ahead = self.ahead.outcomes[self._place(self.ahead, day)]
        return ahead, ahead if self.real is None else self.real.outcomes[self._place(self.real, day)]

    def updates(self, day: int) -> list[tuple[int, NDArray[np.float64]]]:
        """From which period on which real-time prices are expected; before the first the load runs as awarded.

        A one-price market has one: the day-ahead price, known.
        """
        published = self.cleared(day)[0]
        if self.real is None:
            return [(0, published)]
        step_s, count = self.ahead.task.step_s, self.ahead.task.leads
        start_s = int(self.days_s[day])
        expected = np.full(count, np.nan)
        found: dict[int, NDArray[np.float64]] = {}
        issues = [
            (int(answers.origins_s[at]), answers, int(at))
            for answers in self.in_day
            for at in np.flatnonzero((answers.origins_s >= start_s) & (answers.origins_s < start_s + count * step_s))
        ]
        shares = {id(answers): self._share_in_day(answers, start_s) for answers in self.in_day}
        for origin_s, answers, at in sorted(issues, key=lambda one: one[0]):
            first = (origin_s - start_s) // step_s + answers.task.first_lead
            inside = np.arange(max(first, 0), min(first + answers.task.leads, count))
            said = (answers.quantiles[at] @ level_widths(answers.task.levels))[inside - first]
            expected[inside] = published[inside] + shares[id(answers)] * (said - published[inside])
            if np.isfinite(expected).all():
                found[(origin_s - start_s) // step_s] = expected.copy()
        return list(found.items())

    def whole(self, day: int) -> bool:
        """Whether both prices cleared in every period, both were foreseen, and enough came true before."""
        place = self._place(self.ahead, day)
        step_s, gate = self.ahead.task.step_s, self.ahead.task.first_lead
        if place >= len(self.ahead.origins_s) or self.ahead.origins_s[place] != self.days_s[day] - gate * step_s:
            return False  # A day on which clocks change has no gate of its own on the grid of periods.
        known = [np.isfinite(one).all() for one in self.cleared(day)]
        seen = np.isfinite(self.ahead.quantiles[place]).all()
        return bool(all(known) and seen and place >= EXAMPLES_MIN and self.updates(day))

    def _learnt_at_gate(self, place: int, origin_s: int) -> tuple[NDArray[np.float64], float]:
        """The spread expected in each period, and how real time follows a surprise of the day ahead.

        The spread is that of the same period on the last days, as far as those are of one mind.
        """
        past = slice(max(0, place - TOGETHER_DAYS), place)
        if self.real is None:
            return np.zeros(self.ahead.task.leads), 1.0
        known = np.maximum(self.real.known_s[past], self.ahead.known_s[past]) <= origin_s
        spread = np.where(known, self.real.outcomes[past] - self.ahead.outcomes[past], np.nan)
        one = np.ones((len(spread), 1))
        usual = np.array([believed(one, column[:, None]) for column in spread.T])
        surprise = self.ahead.outcomes[past] - self.ahead.quantiles[past] @ level_widths(self.ahead.task.levels)
        follows = 1.0 + believed(surprise, spread - usual)
        return usual, min(1.0, max(0.0, follows))

    def _share_in_day(self, answers: Answers, origin_s: int) -> float:
        """The same of a forecast made during the day, beside the day-ahead price that is known by then."""
        since_s = origin_s - TOGETHER_DAYS * SECONDS_PER_DAY
        past = (answers.origins_s < origin_s) & (answers.origins_s >= since_s)
        feed = self.market.ahead.feed
        places = (
            answers.task.starts(answers.origins_s[past]) - int(feed.axis.start.timestamp())
        ) // answers.task.step_s
        inside = (places >= 0) & (places < feed.axis.count)
        published = np.where(inside, feed.target.values[-1][np.where(inside, places, 0)], np.nan)
        said = answers.quantiles[past] @ level_widths(answers.task.levels) - published
        known = answers.known_s[past] <= origin_s
        found = believed(said, np.where(known, answers.outcomes[past] - published, np.nan))
        return min(1.0, max(0.0, found))

    def _place(self, answers: Answers, day: int) -> int:
        """Which origin speaks of a day."""
        origin_s = int(self.days_s[day]) - answers.task.first_lead * answers.task.step_s
        return int(np.searchsorted(answers.origins_s, origin_s))


def believed(said: NDArray[np.float64], happened: NDArray[np.float64]) -> float:
    """The slope of what happened on what was said, by days, drawn to nought as far as the days leave it in doubt.

    A spread is the difference of two prices that are forecast apart, and so of two errors: a bid that takes it at its
    word trades on errors. The shrinkage is that of James and Stein's positive part, 1 − variance/slope², with the
    variance of a slope whose days, not points, are independent; NaN is left out, and too few days are nothing.

    Args:
        said: shape (days, periods).
        happened: same shape.

    Example:
        >>> said = np.array([[10.0, -10.0]] * 10)
        >>> believed(said, 0.5 * said), believed(said[:9], said[:9])
        (0.5, 0.0)
    """
    known = np.isfinite(said) & np.isfinite(happened)
    one, other = np.where(known, said, 0.0), np.where(known, happened, 0.0)
    sizes, products = (one**2).sum(axis=1), (one * other).sum(axis=1)
    size = float(sizes.sum())
    if known.any(axis=1).sum() < EXAMPLES_MIN or not size:
        return 0.0
    slope = float(products.sum()) / size
    variance = float(((products - slope * sizes) ** 2).sum()) / size**2
    return slope * max(0.0, 1.0 - variance / slope**2) if slope else 0.0


def spot_prices(market: BidMarket, days: Sequence[datetime], *, learnt_days: int = TOGETHER_DAYS) -> SpotPrices:
    """Every forecast that bids of some days need, each with what was known at its instant.

    Args:
        market: whose prices.
        days: starts of the days' first periods, one after another.
        learnt_days: issues before the first, from which it is learnt how prices go together.
    """
    market.problems()
    first, end = days[0], days[-1] + timedelta(seconds=market.ahead.task.leads * market.ahead.task.step_s)
    gate = timedelta(seconds=market.ahead.task.first_lead * market.ahead.task.step_s)
    room = (first - gate - market.ahead.feed.axis.start) / timedelta(days=1)
    back = timedelta(days=min(learnt_days, max(int(room) - LEARNT_FIRST_DAYS, 0)))
    last_gate = days[-1] - gate + timedelta(seconds=1)
    ahead = reissued(
        market.ahead.models,
        market.ahead.feed,
        market.ahead.task,
        market.terms_of(market.ahead),
        first=first - gate - back,
        end=last_gate,
    )
    real = None
    if market.real_at_gate is not None:
        gated = market.real_at_gate
        real = reissued(
            gated.models, gated.feed, gated.task, market.terms_of(gated), first=first - gate - back, end=last_gate
        )
    in_day = tuple(
        reissued(one.models, one.feed, one.task, market.terms_of(one), first=first - back, end=end)
        for one in market.real_in_day
    )
    found = [ahead, *(() if real is None else (real,)), *in_day]
    names, counts = np.unique(ahead.used.astype(str), return_counts=True)
    return SpotPrices(
        market=market,
        days_s=np.array([int(day.timestamp()) for day in days], dtype=np.int64),
        ahead=ahead.answers,
        real=None if real is None else real.answers,
        in_day=tuple(one.answers for one in in_day),
        notes=tuple(dict.fromkeys(note for one in found for note in (*one.notes, *one.why))),
        used={str(name): int(count) for name, count in zip(names, counts, strict=True)},
    )


def blinded(market: BidMarket, *, after: datetime, value: float) -> BidMarket:
    """The same market with every value that became known after an instant replaced: what no bid before may notice."""
    limit_s = int(after.timestamp())

    def other(one: Foreseen) -> Foreseen:
        channels = {
            name: replace(channel, values=np.where(channel.known_s > limit_s, value, channel.values))
            for name, channel in one.feed.all_channels().items()
        }
        target = channels.pop("target")
        return replace(one, feed=replace(one.feed, target=target, channels=channels))

    return replace(
        market,
        ahead=other(market.ahead),
        real_at_gate=None if market.real_at_gate is None else other(market.real_at_gate),
        real_in_day=tuple(other(one) for one in market.real_in_day),
    )
