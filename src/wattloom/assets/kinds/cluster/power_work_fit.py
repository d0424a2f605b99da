"""Which parameters of the power-work model fit measured sweeps best, and how far does it miss what it has not seen?

A fit weighs every set-up equally, however many points it has. Errors are told for a set-up that was left out of the
fit and predicted from what is known of it beforehand, never from its own curve.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

from wattloom.assets.kinds.cluster.power_work import FULL
from wattloom.assets.kinds.cluster.power_work_model import (
    FULLNESS_MIDDLE,
    KNOTS,
    NOISE,
    Equipment,
    PowerWorkModel,
    Setting,
    above_floor,
    band_width,
    hinges,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR_MAX = 0.35
"""Highest floor that a board may be given, as a share of its limit."""
FLOOR_SPREAD = 0.6
EQUIPMENT_SPREAD = 0.3
WORK_SPREAD = 0.1
SLOPE_SPREAD = 2.0
WEIGHT_SPREAD = 3.0
"""How far floor, equipment, work, slope and weights may lie from the middle: the pull of partial pooling."""
WEIGHT_LOG_MIDDLE = -1.0
EVALUATIONS_MAX = 100
BAND = (0.1, 0.9)
MEASURED_NEAR = 0.7
"""Share of full power near which a set-up is measured once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """One measured sweep, relative to its own uncapped run; power and speed above that are taken as 1."""

    name: str
    source: str
    equipment: str
    work: str
    fullness: float
    power_shares: NDArray[np.float64]
    speeds: NDArray[np.float64]

    @property
    def setting(self) -> Setting:
        """What is known of it beforehand."""
        return Setting(equipment=self.equipment, work=self.work, fullness=self.fullness)


@dataclass(frozen=True, slots=True)
class Missed:
    """A set-up that was left out, and what was said of it."""

    setup: SetUp
    speeds: NDArray[np.float64]
    """Predicted at its power shares."""
    known: NDArray[np.bool_]
    """Points that the prediction was given: not counted."""

    @property
    def error(self) -> float:
        """Mean absolute error of the speed share."""
        return float(np.abs(self.speeds - self.setup.speeds)[~self.known].mean())

    @property
    def widths(self) -> NDArray[np.float64]:
        """What was missed, in widths of the band."""
        missed = (self.setup.speeds - self.speeds) / band_width(self.setup.power_shares)
        return np.asarray(missed[~self.known])


@dataclass(frozen=True, slots=True)
class _Points:
    """Points of many set-ups one after the other."""

    setups: Sequence[SetUp]
    equipment: tuple[str, ...]
    work: tuple[str, ...]

    def of(self, value: Callable[[SetUp], float]) -> NDArray[np.float64]:
        """A value of each set-up at each of its points."""
        return np.repeat([float(value(one)) for one in self.setups], [one.speeds.size for one in self.setups])

    @property
    def power_shares(self) -> NDArray[np.float64]:
        """Of all points."""
        return np.concatenate([one.power_shares for one in self.setups])

    @property
    def speeds(self) -> NDArray[np.float64]:
        """Of all points."""
        return np.concatenate([one.speeds for one in self.setups])

    @property
    def weights(self) -> NDArray[np.float64]:
        """Square root of what each point counts."""
        return np.asarray(1.0 / np.sqrt(self.of(lambda one: one.speeds.size)))


def fit(setups: Sequence[SetUp], *, begin: PowerWorkModel | None = None) -> PowerWorkModel:
    """The model that fits the set-ups, without bands; `begin` is a fit of nearly the same set-ups, to be quicker."""
    points = _Points(
        setups, tuple(sorted({one.equipment for one in setups})), tuple(sorted({one.work for one in setups}))
    )
    sizes = (len(KNOTS), 1, len(points.equipment), len(points.equipment), len(points.work), 1)
    places = np.cumsum(sizes)[:-1]
    shares, speeds, weights = points.power_shares, points.speeds, points.weights
    fullness = points.of(lambda one: one.fullness)
    board = points.of(lambda one: points.equipment.index(one.equipment)).astype(int)
    of_work = points.of(lambda one: points.work.index(one.work)).astype(int)

    def missed(parameters: NDArray[np.float64]) -> NDArray[np.float64]:
        logs, middle, floors, severities, works, slope = np.split(parameters, places)
        x = above_floor(shares, _floor(middle + floors)[board], fullness)
        severity = np.exp(severities[board] + works[of_work] + slope * (fullness - FULLNESS_MIDDLE))
        residual = weights * _softened((np.exp(-severity * (hinges(x) @ np.exp(logs))) - speeds) / NOISE)
        pulls = (
            (logs - WEIGHT_LOG_MIDDLE) / WEIGHT_SPREAD,
            middle / SLOPE_SPREAD,
            floors / FLOOR_SPREAD,
            severities / EQUIPMENT_SPREAD,
            works / WORK_SPREAD,
            slope / SLOPE_SPREAD,
        )
        return np.concatenate([residual, *pulls])

    first = np.zeros(sum(sizes)) if begin is None else _parameters(begin, points)
    if begin is None:
        first[: len(KNOTS)] = WEIGHT_LOG_MIDDLE
    found = least_squares(missed, first, x_scale="jac", max_nfev=EVALUATIONS_MAX).x
    return _model(points, np.split(found, places), begin)


def fit_pooled(setups: Sequence[SetUp], *, begin: Sequence[float] | None = None) -> tuple[float, ...]:
    """Weights of the one curve for all set-ups, fitted alike."""
    points = _Points(setups, (), ())
    steps, speeds, weights = hinges(points.power_shares), points.speeds, points.weights

    def missed(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        residual = weights * _softened((np.exp(-steps @ np.exp(logs)) - speeds) / NOISE)
        return np.concatenate([residual, (logs - WEIGHT_LOG_MIDDLE) / WEIGHT_SPREAD])

    first = np.full(len(KNOTS), WEIGHT_LOG_MIDDLE) if begin is None else np.log(begin)
    found = least_squares(missed, first, x_scale="jac", max_nfev=EVALUATIONS_MAX).x
    return tuple(float(weight) for weight in np.exp(found))


def left_out(
    setups: Sequence[SetUp], *, by: Callable[[SetUp], Hashable], model: PowerWorkModel, measured: bool = False
) -> tuple[list[Missed], list[Missed]]:
    """What the model, and the pooled curve, say of each set-up from a fit without all that share its key.

    With `measured`, the model is given the set-up's point nearest to 70 % of its power, which is then not counted.
    """
    own: list[Missed] = []
    pooled: list[Missed] = []
    for key in dict.fromkeys(by(one) for one in setups):
        rest = [one for one in setups if by(one) != key]
        fitted = replace(
            fit(rest, begin=model),
            pooled_weights=fit_pooled(rest, begin=model.pooled_weights),
            severity_spread=model.severity_spread,
        )
        for one in setups:
            if by(one) == key:
                own.append(_said(fitted, one, measured=measured))
                pooled.append(_said(replace(fitted, equipment={}), one, measured=False, unseen=own[-1].known))
    return own, pooled


def error(missed: Sequence[Missed]) -> float:
    """Mean absolute error of the speed share, every set-up counting alike."""
    return float(np.mean([one.error for one in missed]))


def band_of(missed: Sequence[Missed]) -> tuple[float, float]:
    """Quantiles of what was missed, in widths of the band, every set-up counting alike."""
    widths = np.concatenate([one.widths for one in missed])
    weights = np.concatenate([np.full(one.widths.size, 1.0 / one.widths.size) for one in missed])
    order = np.argsort(widths)
    passed = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights.sum()
    low, high = np.interp(BAND, passed, widths[order])
    return float(low), float(high)


def coverage(missed: Sequence[Missed], *, by: Callable[[SetUp], Hashable] | None = None) -> float:
    """Share of points that lie in the band drawn from what was missed of the others, every set-up counting alike.

    With `by`, the others are those of another key.
    """
    inside = []
    for one in missed:
        others = [other for other in missed if (other is not one if by is None else by(other.setup) != by(one.setup))]
        low, high = band_of(others)
        upper = np.minimum(one.speeds + high * band_width(one.setup.power_shares), FULL)
        lower = np.minimum(one.speeds + low * band_width(one.setup.power_shares), FULL)
        speeds = one.setup.speeds
        inside.append(float(np.mean(((speeds >= lower) & (speeds <= upper))[~one.known])))
    return float(np.mean(inside))


def severity_spread(missed: Sequence[Missed]) -> float:
    """How far set-ups lie from what is said of them, as the logarithm of severity: standard deviation, robust.

    Of each set-up the median over points that lose enough speed for their logarithm to mean something.
    """
    found = []
    for one in missed:
        clear = (one.setup.speeds < FULL - 2 * NOISE) & (one.speeds < FULL - NOISE)
        if clear.any():
            ratio = np.log(one.setup.speeds[clear]) / np.log(one.speeds[clear])
            found.append(float(np.median(np.log(ratio))))
    return float(np.median(np.abs(found)) / MEDIAN_OF_NORMAL)


MEDIAN_OF_NORMAL = 0.6745
"""Median distance from the middle of a normal distribution, in standard deviations."""


def _said(model: PowerWorkModel, setup: SetUp, *, measured: bool, unseen: NDArray[np.bool_] | None = None) -> Missed:
    """What a model says of a set-up."""
    known = np.zeros(setup.speeds.size, dtype=np.bool_) if unseen is None else unseen
    setting = setup.setting
    if measured and setup.speeds.size > 1:
        at = int(np.argmin(np.abs(setup.power_shares - MEASURED_NEAR)))
        known = np.arange(setup.speeds.size) == at
        setting = replace(setting, measured=(float(setup.power_shares[at]), float(setup.speeds[at])))
    return Missed(setup, model.speed(setting, setup.power_shares), known)


def _model(points: _Points, parts: Sequence[NDArray[np.float64]], begin: PowerWorkModel | None) -> PowerWorkModel:
    """A model from its parameters."""
    logs, middle, floors, severities, works, slope = parts
    boards = {}
    for place, name in enumerate(points.equipment):
        mine = [one for one in points.setups if one.equipment == name]
        boards[name] = Equipment(
            title=name,
            floor=float(_floor(middle + floors[place])[0]),
            severity=float(severities[place]),
            fullness=float(np.median([one.fullness for one in mine])),
            power_share_min=float(np.median([one.power_shares.min() for one in mine])),
            setups=len(mine),
        )
    return PowerWorkModel(
        weights=tuple(float(weight) for weight in np.exp(logs)),
        pooled_weights=begin.pooled_weights if begin else fit_pooled(points.setups),
        equipment=boards,
        work={name: float(works[place]) for place, name in enumerate(points.work)},
        fullness_slope=float(slope[0]),
        severity_spread=EQUIPMENT_SPREAD,
        power_share_min=float(np.median([one.power_shares.min() for one in points.setups])),
    )


def _parameters(model: PowerWorkModel, points: _Points) -> NDArray[np.float64]:
    """The parameters that make a model, as far as it knows the points' equipment and work."""
    boards = [model.equipment.get(name) for name in points.equipment]
    floors = np.array([board.floor if board else FLOOR_MAX / 2 for board in boards])
    raw = np.log(floors / (FLOOR_MAX - floors))
    return np.concatenate(
        [
            np.log(model.weights),
            [raw.mean()],
            raw - raw.mean(),
            [board.severity if board else 0.0 for board in boards],
            [model.work.get(name, 0.0) for name in points.work],
            [model.fullness_slope],
        ]
    )


def _floor(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """A floor between none and the highest, from any number."""
    return np.asarray(FLOOR_MAX / (1.0 + np.exp(-raw)))


def _softened(residual: NDArray[np.float64]) -> NDArray[np.float64]:
    """A residual whose square grows like its size beyond a noise's breadth, so that few wild points do not rule."""
    return np.asarray(np.sign(residual) * np.sqrt(2.0 * (np.sqrt(1.0 + residual**2) - 1.0)))
