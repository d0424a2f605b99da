"""Does the model still do what its back-test promised, and when should it learn anew?

A `Watch` holds what the back-test showed, day by day; each new day of outcomes goes in and a new watch comes out, with
its judgement. Errors are compared with what chance makes of as many days: days in a row are drawn from the back-test,
so that a windy week is no alarm. Nothing here reads a clock or a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from wattloom.domain.errors import FutureRefused, InputError
from wattloom.domain.text import Text
from wattloom.forecast.feed import SECONDS_PER_MINUTE
from wattloom.forecast.metrics import inside_by_point, pinball_by_point
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.backtest import Answers
    from wattloom.forecast.sight import Sight

SECONDS_PER_DAY = DAY_MINUTES * SECONDS_PER_MINUTE
SAME_LEVEL = 1e-9


class Cause(StrEnum):
    """Why a model should learn anew."""

    AGE = "age"
    ERROR = "error"
    COVERAGE = "coverage"
    INPUTS = "inputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What calls for a new fit."""

    window_days: int = 14
    """Newest days that are judged together."""
    refit_days: float = 30.0
    """A fit older than this is due, drift or not."""
    rest_days: float = 7.0
    """No second fit for drift within so many days: the window must first fill with the new model's days."""
    chance: float = 0.01
    """How seldom an alarm of error or coverage may come when nothing has changed, for one look."""
    error_ratio: float = 1.15
    """Errors must also exceed the back-test's by this much: what is sure but small needs no new fit."""
    coverage_gap: float = 0.1
    """How far coverage must be off what is promised."""
    unseen_share: float = 0.1
    """Part of the inputs outside the range of those learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What came true of one day's issues."""

    day: int
    """Days since 1970 UTC."""
    pinball: float
    """Mean loss of its outcomes, in the target's unit."""
    inside: float
    """Share of outcomes in the middle interval; NaN where no two levels make one."""
    unseen: Mapping[str, float] = field(default_factory=dict)
    """By input: part of its values outside the range learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the watch says after a day."""

    refit: bool
    causes: tuple[Cause, ...]
    reasons: tuple[Text, ...]
    pinball: float
    """Mean of the window."""
    pinball_limit: float
    """What chance alone seldom exceeds."""
    coverage: float
    days: int
    """Days in the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A model under watch."""

    policy: Policy
    promised: tuple[Day, ...]
    """Days of the back-test."""
    fitted_day: float
    """Of the newest fit, days since 1970 UTC."""
    share: float
    """Of the outcomes that the middle interval promises to hold."""
    recent: tuple[Day, ...] = ()
    """The newest days, at most `window_days` of them."""

    def __post_init__(self) -> None:
        """Refuse a back-test too short to say what chance does."""
        if len(self.promised) < 2 * self.policy.window_days:
            raise InputError.one(
                "drift watch",
                found=f"{len(self.promised)} days of back-test",
                expected=f"at least twice the window of {self.policy.window_days} days",
                remedy="back-test a longer period, or watch a shorter window",
            )

    def seen(self, day: Day) -> Watch:
        """The watch one day later."""
        return replace(self, recent=(*self.recent, day)[-self.policy.window_days :])

    def refitted(self, day: float) -> Watch:
        """The watch after a new fit: the old model's days say nothing of the new one."""
        return replace(self, fitted_day=day, recent=())

    def judged(self) -> Judgement:
        """Whether to learn anew now, and why."""
        found = [one for one in (self._age(), *self._drift()) if one is not None]
        error = float(np.mean([day.pinball for day in self.recent])) if self.recent else float("nan")
        inside = float(np.mean([day.inside for day in self.recent])) if self.recent else float("nan")
        return Judgement(
            refit=bool(found),
            causes=tuple(cause for cause, _ in found),
            reasons=tuple(reason for _, reason in found),
            pinball=error,
            pinball_limit=self._limit([day.pinball for day in self.promised], 1 - self.policy.chance),
            coverage=inside,
            days=len(self.recent),
        )

    def _drift(self) -> list[tuple[Cause, Text] | None]:
        """Signs that the world has changed; none before the window is full or within the rest after a fit."""
        window, today = self.policy.window_days, self.recent[-1].day if self.recent else self.fitted_day
        if len(self.recent) < window or today - self.fitted_day < self.policy.rest_days:
            return []
        return [self._error(), self._coverage(), self._inputs()]

    def _age(self) -> tuple[Cause, Text] | None:
        """A fit that is due anyway."""
        age = (self.recent[-1].day - self.fitted_day) if self.recent else 0.0
        if age < self.policy.refit_days:
            return None
        told = Text(
            "the newest fit is {age:.0f} days old, {limit:g} are allowed", "距上次训练 {age:.0f} 天，上限 {limit:g} 天"
        )
        return Cause.AGE, told.filled(age=age, limit=self.policy.refit_days)

    def _error(self) -> tuple[Cause, Text] | None:
        """Losses above what the back-test and chance explain."""
        promised = [day.pinball for day in self.promised]
        mean, now = float(np.mean(promised)), float(np.mean([day.pinball for day in self.recent]))
        if now <= self._limit(promised, 1 - self.policy.chance) or now <= self.policy.error_ratio * mean:
            return None
        told = Text(
            "over {days} days the pinball loss is {now:.3g}, {more:.0f} % above the back-test's {mean:.3g}",
            "近 {days} 天分位数损失 {now:.3g}，比回测 {mean:.3g} 高 {more:.0f}%",
        )
        return Cause.ERROR, told.filled(days=len(self.recent), now=now, mean=mean, more=100 * (now / mean - 1))

    def _coverage(self) -> tuple[Cause, Text] | None:
        """Intervals that hold too few or too many outcomes, beyond what chance explains."""
        promised = [day.inside for day in self.promised]
        now = float(np.mean([day.inside for day in self.recent]))
        low, high = (self._limit(promised, share) for share in (self.policy.chance / 2, 1 - self.policy.chance / 2))
        if np.isnan(now) or low <= now <= high or abs(now - self.share) <= self.policy.coverage_gap:
            return None
        told = Text(
            "the middle {share:.0%} holds {now:.0%} of the outcomes of {days} days",
            "近 {days} 天 {share:.0%} 区间仅含 {now:.0%} 的实况",
        )
        return Cause.COVERAGE, told.filled(share=self.share, now=now, days=len(self.recent))

    def _inputs(self) -> tuple[Cause, Text] | None:
        """Inputs such as the model has not learnt from."""
        names = sorted({name for day in self.recent for name in day.unseen})
        shares = {name: float(np.mean([day.unseen.get(name, 0.0) for day in self.recent])) for name in names}
        far = {name: share for name, share in shares.items() if share > self.policy.unseen_share}
        if not far:
            return None
        listed = ", ".join(f"{name} {share:.0%}" for name, share in far.items())
        told = Text(
            "inputs outside the range learnt from: {listed} of {days} days",
            "输入超出训练范围：{listed}（近 {days} 天）",
        )
        return Cause.INPUTS, told.filled(listed=listed, days=len(self.recent))

    def _limit(self, promised: Sequence[float], share: float) -> float:
        """The quantile of window means, windows of days in a row of the back-test, wrapped around its end."""
        values = np.asarray(promised)
        around = np.concatenate([values, values[: self.policy.window_days - 1]])
        means = np.convolve(around, np.full(self.policy.window_days, 1 / self.policy.window_days), mode="valid")
        # Neighbouring windows share days: their spread is widened by Student's tail of as many as do not overlap.
        blocks = max(2.0, len(values) / self.policy.window_days)
        spread = float(means.std()) * np.sqrt(blocks / (blocks - 1))
        return float(means.mean() + student_quantile(share, blocks - 1) * spread * np.sqrt(1 + 1 / blocks))


def student_quantile(share: float, degrees: float) -> float:
    """The quantile of Student's distribution.

    Example:
        >>> round(student_quantile(0.975, 10.0), 3)
        2.228
    """
    return float(stdtrit(degrees, share))


def middle_share(levels: Sequence[float]) -> float | None:
    """Share of the widest middle interval whose ends are both forecast; None where there is none.

    Example:
        >>> middle_share((0.1, 0.5, 0.9)), middle_share((0.1, 0.5))
        (0.8, None)
    """
    pairs = [high - low for low in levels for high in levels if abs(low + high - 1) < SAME_LEVEL and low < high]
    return round(max(pairs), 12) if pairs else None


def unseen(sight: Sight, learnt: Sight) -> dict[str, NDArray[np.float64]]:
    """By input, the part of each issue's values that lies outside all but the outermost of those learnt from.

    What is known ahead is looked at ahead, what is measured over the newest day. Shape (origins,) of `sight`.
    """
    found = {}
    for name in sight.names:
        old, new = _looked_at(learnt, name), _looked_at(sight, name)
        if not np.isfinite(old).any():
            continue
        low, high = np.nanquantile(old, OUTERMOST)
        found[name] = np.asarray(((new < low) | (new > high)).mean(axis=1), dtype=np.float64)
    return found


OUTERMOST = (0.001, 0.999)
"""Quantiles of the inputs learnt from beyond which a value counts as unseen."""


def _looked_at(sight: Sight, name: str) -> NDArray[np.float64]:
    """The values of an input that a model may look at; shape (origins, any)."""
    try:
        return sight.ahead(name)
    except FutureRefused:
        return sight.past(name, DAY_MINUTES // sight.task.step_minutes)


def days_of(answers: Answers, unseen: Mapping[str, NDArray[np.float64]] | None = None) -> tuple[Day, ...]:
    """A back-test or a replay day by day, by the UTC day of issue; days without a known outcome are left out.

    Args:
        answers: issues with their outcomes.
        unseen: by input, the part of each issue's values that lies outside the range learnt from; shape (origins,).
    """
    loss = pinball_by_point(answers.quantiles, answers.outcomes, answers.task.levels)
    share = middle_share(answers.task.levels)
    inside = (
        np.full(loss.shape, np.nan)
        if share is None
        else inside_by_point(answers.quantiles, answers.outcomes, answers.task.levels, share=share)
    )
    issued = answers.origins_s // SECONDS_PER_DAY
    found = []
    for day in np.unique(issued):
        chosen = issued == day
        if np.isfinite(loss[chosen]).any():
            found.append(
                Day(
                    day=int(day),
                    pinball=float(np.nanmean(loss[chosen])),
                    inside=float(np.nanmean(inside[chosen])),
                    unseen={name: float(np.mean(part[chosen])) for name, part in (unseen or {}).items()},
                )
            )
    return tuple(found)
