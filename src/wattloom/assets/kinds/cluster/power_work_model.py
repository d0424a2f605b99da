"""How much work does a set-up keep under a cap, before anybody has measured it? A fitted curve with an 80 % band.

A set-up is some work on some equipment. Its share of full speed w at a share p of its own full GPU power is

    w = exp(-severity * sum of weight_k * (knot_k - x) where x < knot_k),   x = (p - f) / (1 - f)

with f the share that it draws whatever its speed: the equipment's floor over the set-up's fullness, which is its
uncapped draw over the board's limit. The logarithm of the severity adds up what equipment, work and fullness bring,
each pulled towards nothing as far as few set-ups speak for it. Every such curve rises with power and ends in (1, 1).

Equipment that nobody has measured gets the pooled curve, one for all, and the wider band of equipment left out: no
covariate that we know tells one board's curve from another's. One measured point moves the severity.

Fitted by `power_work_fit`; parameters, sources and errors stand in `power_work_model.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.assets.kinds.cluster.power_work import FULL, Point, of_whole_machine
from wattloom.assets.kinds.cluster.workload import GPU_SHARE_OF_SERVER_POWER
from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.domain.jobs import JobClass

KNOTS = (1.0, 0.8, 0.6, 0.45, 0.3, 0.15)
"""Of x; above the highest nothing is lost."""
FULLNESS_MIDDLE = 0.8
"""Fullness at which it brings nothing to the severity."""
FLOOR_SHARE_MAX = 0.5
"""Most of its own full power that a set-up is taken to draw whatever its speed."""
FLOOR_MARGIN = 0.02
"""How far above its floor, as a share of its full power, a set-up's curve begins."""
NOISE = 0.02
"""How far a measured speed misses a smooth curve, as a share of full speed: the order seen in the sweeps."""
BAND_BASE = NOISE
"""Width of a band at full power; it grows by as much as power is taken away."""
LEAST_SPEED = 1e-3
"""Least share of full speed that a band's lower edge tells."""
STEPS = 17
"""Points of a told curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """A board and the way in which its power is limited."""

    title: str
    floor: float
    """Share of the board's limit that it draws whatever its speed."""
    severity: float
    """What it adds to the logarithm of the severity."""
    fullness: float
    """Median over its set-ups: what is taken where nothing is said."""
    power_share_min: float
    """Lowest share of full power that half of its set-ups were measured at or below."""
    setups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is known of a set-up before its curve is measured; None: not known."""

    equipment: str | None = None
    """Such as v100_250w_cap; None: none of those measured, so the pooled curve."""
    work: str | None = None
    """Such as pretraining."""
    fullness: float | None = None
    """Uncapped draw over the board's limit, 0 to 1; 1 where clocks are locked and no limit binds."""
    measured: Point | None = None
    """One measured point: share of full power, share of full speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Speed kept at some power shares, with the edges of the 80 % band, as shares of full speed."""

    points: tuple[Point, ...]
    low: tuple[Point, ...]
    high: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerWorkModel:
    """Parameters of the fit."""

    weights: tuple[float, ...]
    """Of the knots."""
    pooled_weights: tuple[float, ...]
    """Of the one curve for all: severity 1 and no floor."""
    equipment: Mapping[str, Equipment]
    work: Mapping[str, float]
    """What each class of work adds to the logarithm of the severity."""
    fullness_slope: float
    severity_spread: float
    """Of the logarithm of severity between set-ups that are alike in all that is known: standard deviation."""
    band: tuple[float, float] = (0.0, 0.0)
    """10 % and 90 % quantile of what was missed, in widths of the band, set-ups left out one by one."""
    band_pooled: tuple[float, float] = (0.0, 0.0)
    """The same of the pooled curve, equipment left out one by one."""
    band_measured: tuple[float, float] = (0.0, 0.0)
    """The same once one point of the set-up has been measured."""
    power_share_min: float = 0.4
    """Of the pooled curve: lowest share of full power that it is told for."""

    def severity_log(self, setting: Setting) -> float:
        """Logarithm of the severity, without what a measured point says; known equipment only."""
        equipment = self.equipment[setting.equipment or ""]
        fullness = _fullness(equipment, setting)
        of_work = self.work.get(setting.work or "", 0.0)
        return equipment.severity + of_work + self.fullness_slope * (fullness - FULLNESS_MIDDLE)

    def speed(self, setting: Setting, power_shares: ArrayLike) -> NDArray[np.float64]:
        """Share of full speed at shares of full power."""
        loss = self._loss(setting, np.asarray(power_shares, dtype=np.float64))
        if setting.measured is None:
            return np.asarray(np.exp(-loss))
        power, speed = setting.measured
        there = float(self._loss(setting, np.array([power]))[0])
        return np.asarray(np.exp(-loss * np.exp(_moved(there, speed, self.severity_spread))))

    def predict(self, setting: Setting, power_shares: Sequence[float] | None = None) -> Predicted:
        """The curve of a set-up and its band, at given shares of full power or evenly down to what was measured.

        Shares that it cannot come down to, since it draws more whatever its speed, are left out; (1, 1) always ends it.
        """
        known = self.equipment.get(setting.equipment or "")
        least = known.power_share_min if known else self.power_share_min
        idle = _idle(known.floor, _fullness(known, setting)) if known else 0.0
        lowest = float(idle) + FLOOR_MARGIN
        shares = np.append(power_shares, FULL) if power_shares else np.linspace(max(least, lowest), FULL, STEPS)
        shares = np.unique(shares[shares >= lowest])
        speed = self.speed(setting, shares)
        below, above = self.quantiles(setting)
        width = band_width(shares)
        low = np.maximum(speed + below * width, np.minimum(LEAST_SPEED, speed))
        high = np.maximum.accumulate(np.minimum(speed + above * width, FULL))
        low[-1] = high[-1] = FULL
        return Predicted(points=_points(shares, speed), low=_points(shares, low), high=_points(shares, high))

    def quantiles(self, setting: Setting) -> tuple[float, float]:
        """Edges of the band, in its widths."""
        if setting.equipment not in self.equipment:
            return self.band_pooled
        return self.band if setting.measured is None else self.band_measured

    def _loss(self, setting: Setting, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minus the logarithm of the speed, before a measured point moves it."""
        known = self.equipment.get(setting.equipment or "")
        if known is None:
            return np.asarray(hinges(shares) @ np.array(self.pooled_weights))
        steps = hinges(above_floor(shares, known.floor, _fullness(known, setting)))
        return np.asarray(np.exp(self.severity_log(setting)) * (steps @ np.array(self.weights)))


def above_floor(shares: NDArray[np.float64], floor: ArrayLike, fullness: ArrayLike) -> NDArray[np.float64]:
    """Share of the power above the floor that is left: 0 at the floor and below, 1 uncapped."""
    idle = _idle(floor, fullness)
    return np.asarray(np.maximum((shares - idle) / (FULL - idle), 0.0))


def hinges(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each x lies below each knot, shape (x, knot)."""
    return np.asarray(np.maximum(np.array(KNOTS) - np.asarray(x)[:, None], 0.0))


def band_width(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width of a band of width one: it grows with the power taken away."""
    return np.asarray(BAND_BASE + (FULL - np.minimum(shares, FULL)))


def job_class_curve(
    job_class: JobClass, setting: Setting, *, capped_share: float = GPU_SHARE_OF_SERVER_POWER
) -> JobClass:
    """The class with the predicted power-work curve and band of whole machines, of which a cap acts on a part.

    Example:
        >>> from wattloom.domain.jobs import JobClass
        >>> from wattloom.domain.workloads import WorkloadKind
        >>> plain = JobClass(name="pretraining", kind=WorkloadKind.TRAINING, least_power=0.7)
        >>> curved = job_class_curve(plain, Setting(equipment="gpu_400w_cap", work="pretraining", fullness=0.95))
        >>> 0.7 < float(curved.speed_at(0.8)) < 0.9
        True
    """
    refuse_unknown(setting)
    found = shipped().predict(setting)
    low, middle, high = (of_whole_machine(edge, capped_share) for edge in (found.low, found.points, found.high))
    return replace(job_class, power_work=middle, power_work_low=low, power_work_high=high)


@cache
def shipped() -> PowerWorkModel:
    """The model that ships with the package."""
    return read(_FILE.read_text(encoding="utf-8"))


def read(text: str) -> PowerWorkModel:
    """A model from its file."""
    table: dict[str, Any] = tomllib.loads(text)["model"]
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    equipment = {key: Equipment(**row) for key, row in table["equipment"].items()}
    return PowerWorkModel(**(values | {"equipment": equipment}))


def refuse_unknown(setting: Setting) -> None:
    """Refuse names that the shipped model does not know and shares that are none, all at once."""
    model = shipped()
    names = (("equipment", setting.equipment, model.equipment), ("work", setting.work, model.work))
    shares = (
        ("fullness", setting.fullness),
        *zip(("measured power", "measured speed"), setting.measured or (), strict=False),
    )
    problems = [
        Problem(
            where=f"power-work setting, {name}",
            found=f'"{value}"',
            expected=f"one of {', '.join(known)}",
            remedy="name one, or leave it empty",
        )
        for name, value, known in names
        if value is not None and value not in known
    ]
    problems += [
        Problem(
            where=f"power-work setting, {name}",
            found=f"{share:g}",
            expected="a share above 0, at most 1",
            remedy="tell it relative to the uncapped run, the fullness relative to the board's limit",
        )
        for name, share in shares
        if share is not None and not 0 < share <= FULL
    ]
    if problems:
        raise InputError(problems)


def _fullness(equipment: Equipment, setting: Setting) -> float:
    """Of the setting; the equipment's usual one where nothing is said."""
    return equipment.fullness if setting.fullness is None else setting.fullness


def _idle(floor: ArrayLike, fullness: ArrayLike) -> NDArray[np.float64]:
    """Share of its own full power that a set-up draws whatever its speed."""
    return np.asarray(np.minimum(np.asarray(floor, dtype=np.float64) / np.asarray(fullness), FLOOR_SHARE_MAX))


def _moved(loss: float, speed: float, spread: float) -> float:
    """By how much a measured speed moves the logarithm of the severity: the likeliest, between curve and noise."""
    tried = np.linspace(-3.0 * spread, 3.0 * spread, 601)
    missed = (np.exp(-loss * np.exp(tried)) - speed) / NOISE
    return float(tried[np.argmin(missed**2 + (tried / spread) ** 2)])


def _points(shares: NDArray[np.float64], speeds: NDArray[np.float64]) -> tuple[Point, ...]:
    """Pairs, rounded to what a sweep can tell and more."""
    return tuple((round(float(share), 6), round(float(speed), 6)) for share, speed in zip(shares, speeds, strict=True))


_FILE = files("wattloom.assets.kinds.cluster") / "power_work_model.toml"
