"""What will a solar station give, going by the sun's path and the clearness of the sky?

With a forecast of irradiance, physics does the work: light is split, carried onto the modules, dimmed by their heat.
Without one, the index of the last hours, days and weeks foretells the index to come, and the past times at which
much the same was foretold show how it then went, period by period (analogues). Without any record there is still the
sun: a plain field of the station's capacity under an assumed sky.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pvlib.temperature import faiman
from scipy.stats import beta

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.solar.clear_index import IndexDays, IndexLines, curve_at, fitted_lines, thinned
from wattloom.forecast.solar.sun import ClearSkyCurve, learnt_curve, lights_of, plain_field, split_light, sun_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.feed import Feed
    from wattloom.forecast.sight import Sight, Training

TITLE = Text("Clear-sky physics", "晴空物理模型")
IRRADIANCE = "nwp_ghi_w_per_m2"
TEMPERATURES = ("nwp_temperature_c", "nwp_air_temperature_c")
HEAT_SHARE_PER_C = -0.0047
"""Of standard modules: PVWatts, NREL/TP-6A20-62641, table 4."""
STANDARD_CELL_C = 25.0
AIR_ASSUMED_C = 20.0
"""Where no temperature is forecast."""
WIND_ASSUMED_M_PER_S = 1.0
WATTS_PER_KILOWATT = 1000.0
ANALOGUES = 60
"""Past origins whose foretold index is nearest."""
ANALOGUE_SHARE = 0.4
"""At most so much of the past: with all of it nothing would be near."""
NEIGHBOURS_MINUTES = 30
"""Periods so near on either side lend their values too."""
INDEX_ASSUMED = beta(2.0, 1.0)
"""Of a sky that nothing is known of: mean two thirds, assumed."""
GROUPS = 12
"""Of foretold power, with errors of their own."""
EXAMPLES_MIN = 300
ORIGINS_MAX = 4000


@dataclass(frozen=True, slots=True)
class FittedSky:
    """Curves of the stations learnt from, and how the index goes on."""

    levels: tuple[float, ...]
    curves: Mapping[str, ClearSkyCurve]
    lines: IndexLines | None
    days: IndexDays | None

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles of the index to come times clear-sky power."""
        curve = curve_of(self.curves, sight)
        clear = curve_at(curve, sight.starts_s, sight.task.step_minutes)
        if self.lines is None or self.days is None:
            index: NDArray[np.float64] = np.broadcast_to(
                INDEX_ASSUMED.ppf(self.levels), (*clear.shape, len(self.levels))
            )
        else:
            index = self._analogues(self.lines.ahead(sight, curve), self.lines.blocks, sight.task.step_minutes)
        return _inside(clear[:, :, None] * index, sight.about)

    def _analogues(
        self, ahead: NDArray[np.float64], blocks: NDArray[np.int64], step_minutes: int
    ) -> NDArray[np.float64]:
        """Quantiles of the index at each lead; shape (origins, leads, levels)."""
        days = self.days
        if days is None:
            raise MissingData("no past origin to compare with")
        count = max(1, min(ANALOGUES, int(ANALOGUE_SHARE * len(days.ahead))))
        reach = NEIGHBOURS_MINUTES // step_minutes
        pooled = np.stack([_shifted(days.index, by, blocks) for by in range(-reach, reach + 1)], axis=2)
        found = np.empty((len(ahead), len(blocks), len(self.levels)))
        for block in range(int(blocks.max()) + 1):
            leads = np.flatnonzero(blocks == block)
            past = days.ahead[:, block]
            own = pooled[:, leads]
            for row, foretold in enumerate(ahead[:, block]):
                near = np.argpartition(np.abs(past - foretold), count - 1)[:count]
                values = own[near].transpose(1, 0, 2).reshape(len(leads), -1)
                moved = foretold / max(float(past[near].mean()), 1e-6)
                found[row, leads] = quantiles_known(values, self.levels) * moved
        return found

    def facts(self) -> Mapping[str, float | str]:
        """How much it is built on."""
        return {
            "stations": len(self.curves),
            "examples": 0 if self.days is None else len(self.days.ahead),
            "sensors": ", ".join(() if self.lines is None else self.lines.sensors),
            "driven_by": "its own past",
        }


@dataclass(frozen=True, slots=True)
class FittedPhysics:
    """Physics driven by a forecast of irradiance, with the errors that it made."""

    levels: tuple[float, ...]
    scales: Mapping[str, float]
    """What stations gave per unit foretold."""
    scale: float
    """For a station that was not learnt from: the mean of the others."""
    edges: NDArray[np.float64]
    """Foretold shares of capacity, rising; shape (groups,)."""
    errors: NDArray[np.float64]
    """Quantiles of what came less what was foretold, shares of capacity; shape (groups, levels)."""
    examples: int

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Foretold power with the errors of its group; none at night."""
        about = sight.about
        size = about.capacity or 1.0
        share = physical_power(sight) * self.scales.get(about.name, self.scale) / size
        if np.isnan(share).any():
            raise MissingData(f"{about.name}: {IRRADIANCE} has gaps at periods to be forecast")
        errors = np.stack([np.interp(share, self.edges, column) for column in self.errors.T], axis=-1)
        return _inside(size * np.where(share[..., None] > 0, share[..., None] + errors, 0.0), about)

    def facts(self) -> Mapping[str, float | str]:
        """How much it is built on."""
        return {"stations": len(self.scales), "examples": self.examples, "scale": self.scale, "driven_by": IRRADIANCE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearSky:
    """The physical model of a solar station."""

    weather: bool = True
    """Whether to follow a forecast of irradiance where there is one."""
    name: str = "clear_sky"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset({TargetKind.SOLAR})
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedSky | FittedPhysics:  # noqa: ARG002
        """Learn envelopes and what the index does, or what the physics misses."""
        if self.weather and all(IRRADIANCE in one.sight.names for one in trainings):
            return _fitted_physics(trainings)
        curves = curves_of(trainings)
        levels = trainings[0].sight.task.levels
        try:
            few = [thinned(one, ORIGINS_MAX) for one in trainings]
            lines, days = fitted_lines(few, [curves[one.sight.about.name] for one in trainings])
        except MissingData:
            if any(one.sight.about.capacity is None for one in trainings):
                raise
            return FittedSky(levels, curves, None, None)
        return FittedSky(levels, curves, lines, days)


def curves_of(trainings: Sequence[Training]) -> dict[str, ClearSkyCurve]:
    """The clear-sky curve of each station, from all outcomes known."""
    return {one.sight.about.name: learnt_curve(one.sight.about, one.sight.starts_s, one.outcomes) for one in trainings}


def curve_of(curves: Mapping[str, ClearSkyCurve], sight: Sight) -> ClearSkyCurve:
    """The curve that was learnt; a plain field for a station never seen."""
    about = sight.about
    return curves[about.name] if about.name in curves else plain_field(about)


def physical_power(sight: Sight, starts_s: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Power of a plain field under the irradiance and temperature forecast; shape of the starts, target's unit."""
    starts = sight.starts_s if starts_s is None else starts_s
    about = sight.about
    field = plain_field(about)
    ghi = np.maximum(sight.at(IRRADIANCE, starts), 0.0)
    sun = sun_at(starts, sight.task.step_minutes, field.latitude_deg, field.longitude_deg)
    lights = lights_of(sun, *split_light(sun, ghi))
    power = np.clip(lights @ field.weights, 0.0, None)
    size = about.capacity or 1.0
    cells = faiman(power / size * WATTS_PER_KILOWATT, _air(sight, starts), WIND_ASSUMED_M_PER_S)
    return np.asarray(np.clip(power * (1 + HEAT_SHARE_PER_C * (cells - STANDARD_CELL_C)), 0.0, field.highest))


def _air(sight: Sight, starts_s: NDArray[np.int64]) -> NDArray[np.float64]:
    """Temperature of the air as forecast, °C; an assumed one where none is."""
    for name in TEMPERATURES:
        if name in sight.names:
            return np.nan_to_num(sight.at(name, starts_s), nan=AIR_ASSUMED_C)
    return np.full(starts_s.shape, AIR_ASSUMED_C)


def _fitted_physics(trainings: Sequence[Training]) -> FittedPhysics:
    """Scales by least squares, and errors by foretold power."""
    scales, shares, missed = {}, [], []
    for one in trainings:
        told, size = physical_power(one.sight), one.sight.about.capacity or 1.0
        lit = np.isfinite(told) & np.isfinite(one.outcomes) & (told > 0)
        if lit.sum() < EXAMPLES_MIN:
            continue
        scale = float(told[lit] @ one.outcomes[lit] / (told[lit] @ told[lit]))
        scales[one.sight.about.name] = scale
        shares.append(scale * told[lit] / size)
        missed.append(one.outcomes[lit] / size - shares[-1])
    if not scales:
        raise MissingData(f"too few past periods with {IRRADIANCE} and an outcome")
    share, error = np.concatenate(shares), np.concatenate(missed)
    levels = trainings[0].sight.task.levels
    group = np.array_split(np.argsort(share, kind="stable"), GROUPS)
    return FittedPhysics(
        levels, scales, float(np.mean(list(scales.values()))), np.array([share[one].mean() for one in group]),
        np.stack([np.quantile(error[one], levels) for one in group]), share.size,
    )  # fmt: skip


def _shifted(index: NDArray[np.float64], by: int, blocks: NDArray[np.int64]) -> NDArray[np.float64]:
    """The index so many leads on, where those belong to the same block."""
    leads = np.clip(np.arange(len(blocks)) + by, 0, len(blocks) - 1)
    return np.where(blocks[leads] == blocks, index[:, leads], np.nan)


def quantiles_known(values: NDArray[np.float64], levels: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles along the last axis of what is there; zero where nothing is. Shape (rows, levels)."""
    ordered = np.sort(values, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    place = np.asarray(levels)[None, :] * np.maximum(count - 1, 0)[:, None]
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0)[:, None])
    row = np.arange(len(ordered))[:, None]
    between = ordered[row, low] + (place - low) * (ordered[row, high] - ordered[row, low])
    return np.where(count[:, None] > 0, between, 0.0)


def _inside(quantiles: NDArray[np.float64], about: Feed) -> NDArray[np.float64]:
    """Rising and within what the target can be."""
    return uncrossed(np.clip(quantiles, max(about.lowest, 0.0), about.highest))


MODEL = ClearSky()
