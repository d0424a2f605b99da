"""How do the Chinese grid codes turn a forecast and what happened into one figure?

Each formula has a version in its key: a changed rule gets a new key, and old figures keep their meaning. All of them
take the last axis as the periods judged together and return one figure for each row; what is not known does not count.
Passing one is easy for the sun, whose night is forecast perfectly: show skill over persistence and daytime beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattloom.domain.errors import InputError
from wattloom.domain.text import SILENT, Text
from wattloom.domain.verdicts import Confidence

QUALIFIED_DEVIATION_MAX = 0.25
"""Deviation, as a share of the start-up capacity, up to which a point is qualified."""
LITTLE_POWER_SHARE = 0.03
"""Northwest 2023: points with forecast and outcome at or below this share of the capacity do not count."""
SOUTH_IDLE_SHARE = 0.1
"""South 2022: points with forecast and outcome below this share of the capacity do not count."""
SOUTH_LEAST_BASE_SHARE = 0.2
"""South 2022: errors are a share of the outcome, or of this share of the capacity where the outcome is less."""
SECONDARY = Text("formula from a secondary source", "公式取自二手来源")


@dataclass(frozen=True, slots=True)
class Powers:
    """What was forecast and what happened, with the capacity that was started up; shape (…, periods)."""

    forecast_mw: NDArray[np.float64]
    actual_mw: NDArray[np.float64]
    """NaN does not count; below zero counts as zero, as the programs of the regions do."""
    startup_mw: NDArray[np.float64]
    """Start-up capacity at each period (not nameplate, where both are known); a number holds for all."""

    @classmethod
    def of(cls, forecast_mw: ArrayLike, actual_mw: ArrayLike, startup_mw: ArrayLike) -> Powers:
        """Powers of equal shape; a capacity that is not above zero is refused."""
        forecast, actual = np.asarray(forecast_mw, dtype=np.float64), np.asarray(actual_mw, dtype=np.float64)
        startup = np.broadcast_to(np.asarray(startup_mw, dtype=np.float64), actual.shape)
        if forecast.shape != actual.shape or not (startup[~np.isnan(actual)] > 0).all():
            raise InputError.one(
                "grid-code accuracy",
                found=f"forecasts {forecast.shape}, outcomes {actual.shape}, least capacity {np.min(startup):g} MW",
                expected="equal shapes and a start-up capacity above zero wherever an outcome counts",
                remedy="leave out periods without started capacity",
            )
        return cls(forecast, np.where(actual < 0, 0.0, actual), startup)

    @property
    def deviations(self) -> NDArray[np.float64]:
        """|P − A| ÷ C."""
        return np.asarray(np.abs(self.forecast_mw - self.actual_mw) / self.startup_mw)

    def without(self, part: NDArray[np.bool_]) -> Powers:
        """The same without a part."""
        return Powers(self.forecast_mw, np.where(part, np.nan, self.actual_mw), self.startup_mw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One way to say how accurate a forecast was, between 0 and 1; NaN where nothing counts."""

    key: str
    title: Text
    of: Callable[[Powers], NDArray[np.float64]]
    source: Text
    confidence: Confidence
    note: Text = SILENT


def accuracy(key: str, powers: Powers) -> NDArray[np.float64]:
    """A formula's figure for each row.

    Example:
        >>> accuracy("rmse_v1", Powers.of([40.0, 10.0], [30.0, 10.0], 50.0)).round(4).item()
        0.8586
    """
    if key not in FORMULAS:
        raise InputError.one(
            "grid-code formula",
            found=repr(key),
            expected=f"one of {', '.join(FORMULAS)}",
            remedy="name a known version",
        )
    return FORMULAS[key].of(powers)


def _rmse(powers: Powers) -> NDArray[np.float64]:
    """1 − √mean(((P − A) ÷ C)²)."""
    return np.asarray(1 - np.sqrt(_mean(powers.deviations**2)))


def _mae(powers: Powers) -> NDArray[np.float64]:
    """1 − mean(|P − A| ÷ C)."""
    return np.asarray(1 - _mean(powers.deviations))


def _error_weighted(powers: Powers) -> NDArray[np.float64]:
    """1 − √Σ ((P − A) ÷ C)² · |P − A| ÷ Σ|P − A|: large errors weigh more; 1 where nothing was missed."""
    errors = np.abs(powers.forecast_mw - powers.actual_mw)
    return np.asarray(1 - np.sqrt(_weighted(powers.deviations**2, errors)))


def _harmonic(powers: Powers) -> NDArray[np.float64]:
    """1 − 2 Σ |A ÷ (A + P) − ½| · w, with w = |A − P| ÷ Σ|A − P|; 1 where nothing was missed."""
    both = powers.actual_mw + powers.forecast_mw
    share = np.divide(powers.actual_mw, both, out=np.full(both.shape, 0.5), where=both > 0)
    errors = np.abs(powers.actual_mw - powers.forecast_mw)
    return np.asarray(1 - 2 * _weighted(np.abs(share - 0.5), errors))


def _harmonic_above_little(powers: Powers) -> NDArray[np.float64]:
    """The harmonic form without points of which forecast and outcome are little."""
    little = LITTLE_POWER_SHARE * powers.startup_mw
    return _harmonic(powers.without((powers.actual_mw <= little) & (powers.forecast_mw <= little)))


def _output_relative(powers: Powers) -> NDArray[np.float64]:
    """1 − √mean(((P − A) ÷ max(A, 0.2 C))²), never below zero; idle points left out."""
    idle = SOUTH_IDLE_SHARE * powers.startup_mw
    counted = powers.without((powers.actual_mw < idle) & (powers.forecast_mw < idle))
    base = np.maximum(counted.actual_mw, SOUTH_LEAST_BASE_SHARE * counted.startup_mw)
    relative = (counted.forecast_mw - counted.actual_mw) / base
    return np.asarray(np.maximum(1 - np.sqrt(_mean(relative**2)), 0.0))


def _qualified(powers: Powers) -> NDArray[np.float64]:
    """Share of points with |P − A| ÷ C up to a quarter."""
    deviations = powers.deviations
    qualified = (deviations <= QUALIFIED_DEVIATION_MAX).astype(np.float64)
    return _mean(np.where(np.isnan(deviations), np.nan, qualified))


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of what is known along the last axis; NaN where nothing is."""
    return _weighted(values, np.where(np.isnan(values), np.nan, 1.0), of_nothing=np.nan)


def _weighted(
    values: NDArray[np.float64], weights: NDArray[np.float64], *, of_nothing: float = 0.0
) -> NDArray[np.float64]:
    """Weighted mean along the last axis; `of_nothing` where all weights are zero, NaN where nothing is known."""
    total = np.nansum(weights, axis=-1)
    summed = np.nansum(values * weights, axis=-1)
    mean = np.divide(summed, total, out=np.full(np.shape(total), of_nothing), where=total > 0)
    return np.asarray(np.where(np.isnan(weights).all(axis=-1), np.nan, mean))


_PROGRAM = Text.same("libeeepy 2.0.0, calculateaccuracy.py")
_PLAIN = Text("1 − RMSE ÷ capacity, the form of most regional rules", "1−均方根误差/开机容量，多数区域细则的形式")
FORMULAS: Mapping[str, Formula] = {
    formula.key: formula
    for formula in (
        Formula(
            key="rmse_v1",
            title=Text("accuracy, RMSE form", "准确率（均方根误差形式）"),
            of=_rmse,
            source=_PLAIN,
            confidence=Confidence.VERIFIED,
        ),
        Formula(
            key="mae_v1",
            title=Text("accuracy, MAE form", "准确率（平均绝对误差形式）"),
            of=_mae,
            source=_PROGRAM,
            confidence=Confidence.UNVERIFIED,
            note=SECONDARY,
        ),
        Formula(
            key="error_weighted_v1",
            title=Text("accuracy, error-weighted form (North China 2019)", "准确率（误差加权形式，华北 2019）"),
            of=_error_weighted,
            source=_PROGRAM,
            confidence=Confidence.UNVERIFIED,
            note=SECONDARY,
        ),
        Formula(
            key="harmonic_v1",
            title=Text("accuracy, harmonic form", "调和平均数准确率"),
            of=_harmonic,
            source=_PROGRAM,
            confidence=Confidence.UNVERIFIED,
            note=SECONDARY,
        ),
        Formula(
            key="harmonic_v2",
            title=Text(
                "accuracy, harmonic form without little power (Northwest 2023)", "调和平均数准确率（西北 2023）"
            ),
            of=_harmonic_above_little,
            source=_PROGRAM,
            confidence=Confidence.UNVERIFIED,
            note=SECONDARY,
        ),
        Formula(
            key="output_relative_v1",
            title=Text("accuracy relative to the outcome (South 2022)", "相对实际功率的准确率（南方 2022）"),
            of=_output_relative,
            source=_PROGRAM,
            confidence=Confidence.UNVERIFIED,
            note=SECONDARY,
        ),
        Formula(
            key="qualified_25_v1",
            title=Text("qualified rate, deviation up to 25 %", "合格率（偏差不超过 25%）"),
            of=_qualified,
            source=_PROGRAM,
            confidence=Confidence.UNVERIFIED,
            note=SECONDARY,
        ),
    )
}
"""By key. The last part of a key is its version."""
