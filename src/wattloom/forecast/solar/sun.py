"""How much would a solar station give under a clear sky?

The sun's path and clear-sky light are pvlib's. A station is four weights on four lights (beam from above, from the
east and from the equator, and diffuse light): any fixed field of modules, or a mixture of fields, is such a sum. From
a record the weights are learnt as its upper envelope; without one they are those of a plain field. Where a station's
place is not told it is learnt from when the station wakes and sleeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from pvlib.atmosphere import get_relative_airmass
from pvlib.clearsky import ineichen
from pvlib.irradiance import erbs, get_extra_radiation
from pvlib.solarposition import declination_spencer71, equation_of_time_spencer71

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.feed import Feed

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
DEGREES_PER_HOUR = 15.0
STANDARD_W_PER_M2 = 1_000.0
ZENITH_DEG_MAX = 89.9
"""Below, the formulas divide by the sun's height; it is night there."""
TURBIDITY = 3.0
"""Linke's, of ordinary air; assumed: a record's envelope corrects it."""
LOSSES_SHARE = 0.14
"""Soiling, wiring, mismatch and the rest: PVWatts' default, NREL/TP-6A20-62641, table 6."""
ALBEDO = 0.2
LATITUDE_ASSUMED_DEG = 35.0
"""Where neither place nor record tells: the middle of the belt in which most stations stand."""
AWAKE_SHARE = 0.01
"""Of the highest power: above it a station is awake."""
ASLEEP_OK_SIN = 0.16
"""Sine of the sun's height (9°) above which a station that sleeps speaks against a place."""
LATITUDES_DEG = np.arange(-60.0, 61.0, 3.0)
OFFSETS_DEG = np.arange(-45.0, 46.0, 5.0)
SAMPLE_DAYS = 60
"""Days from which a place is learnt, evenly spaced over the record."""
ENVELOPE_SHARE = 0.97
"""Asymmetry of the squares: what lies above the curve counts so much, what lies below the rest."""
ENVELOPE_STEPS = 40
PRIOR_EXAMPLES = 20.0
"""The plain field counts as so many examples of full light."""
DAYS_MIN, LIT_MIN = 10, 200
"""Less of a record says too little of an envelope."""
DAYS_OF_YEAR = np.arange(367)
DECLINATION = np.asarray(declination_spencer71(DAYS_OF_YEAR))
EQUATION_OF_TIME_H = np.asarray(equation_of_time_spencer71(DAYS_OF_YEAR)) / 60.0
EXTRA_W_PER_M2 = np.asarray(get_extra_radiation(DAYS_OF_YEAR))
"""By day of the year, from 1; in radians, hours and W/m²."""
CLEAR_NOON = np.array([0.75, 0.0, 0.4, 0.12])
"""The four lights of a clear noon at 35° in spring, kW/m²."""
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the sun stands in the middle of each period: parts of its direction, and the day of the year."""

    up: NDArray[np.float64]
    east: NDArray[np.float64]
    north: NDArray[np.float64]
    day: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearSkyCurve:
    """What a station gives under a clear sky."""

    latitude_deg: float
    longitude_deg: float
    weights: NDArray[np.float64]
    """Of the four lights in kW/m², in the target's unit; shape (4,)."""
    highest: float
    examples: int
    """Of the record that it was learnt from; 0: a plain field."""

    @property
    def peak(self) -> float:
        """Power at a clear noon, in the target's unit: what nights are told by."""
        return max(float(self.weights @ CLEAR_NOON), TINY)

    def power(self, starts_s: NDArray[np.int64], step_minutes: float) -> NDArray[np.float64]:
        """Clear-sky power in the target's unit; shape of `starts_s`."""
        sun = sun_at(starts_s, step_minutes, self.latitude_deg, self.longitude_deg)
        return self.of_lights(lights_of(sun, *clear_light(sun)))

    def of_lights(self, lights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Power of lights, shape (…, 4), in kW/m²."""
        return np.asarray(np.clip(lights @ self.weights, 0.0, self.highest))


def sun_at(starts_s: NDArray[np.int64], step_minutes: float, latitude_deg: float, longitude_deg: float) -> Sun:
    """The sun in the middle of periods (Spencer 1971, by pvlib: within a quarter of a degree)."""
    middles = np.asarray(starts_s) + step_minutes * MINUTE_S / 2
    moments = middles.astype("datetime64[s]")
    day = (moments.astype("datetime64[D]") - moments.astype("datetime64[Y]")).astype(np.int64) + 1
    high, wide = np.sin(DECLINATION)[day], np.cos(DECLINATION)[day]
    hours = (middles % DAY_S) / HOUR_S - 12.0 + EQUATION_OF_TIME_H[day]
    angle, latitude = np.radians(hours * DEGREES_PER_HOUR + longitude_deg), np.radians(latitude_deg)
    towards = wide * np.cos(angle)
    return Sun(
        up=np.sin(latitude) * high + np.cos(latitude) * towards,
        east=-wide * np.sin(angle),
        north=np.cos(latitude) * high - np.sin(latitude) * towards,
        day=day,
    )


def clear_light(sun: Sun) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direct normal and diffuse horizontal irradiance of a clear sky at sea level, W/m² (Ineichen and Perez 2002)."""
    zenith = np.minimum(np.degrees(np.arccos(np.clip(sun.up, -1.0, 1.0))), ZENITH_DEG_MAX)
    light = ineichen(zenith, get_relative_airmass(zenith), TURBIDITY, 0.0, EXTRA_W_PER_M2[sun.day])
    day = sun.up > 0
    return np.where(day, light["dni"], 0.0), np.where(day, light["dhi"], 0.0)


def split_light(sun: Sun, ghi_w_per_m2: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Direct normal and diffuse horizontal parts of a global horizontal irradiance, W/m² (Erbs 1982, by pvlib)."""
    zenith = np.degrees(np.arccos(np.clip(sun.up, -1.0, 1.0)))
    parts = erbs(ghi_w_per_m2, zenith, sun.day)
    return np.asarray(parts["dni"]), np.asarray(parts["dhi"])


def lights_of(sun: Sun, dni_w_per_m2: NDArray[np.float64], dhi_w_per_m2: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beam from above, from the east and from the south, and diffuse light, kW/m²; shape (…, 4)."""
    beam = dni_w_per_m2 / STANDARD_W_PER_M2
    parts = (beam * np.maximum(sun.up, 0.0), beam * sun.east, -beam * sun.north, dhi_w_per_m2 / STANDARD_W_PER_M2)
    return np.stack(parts, axis=-1)


def plain_field(about: Feed, tilt_deg: float | None = None) -> ClearSkyCurve:
    """A field that faces the equator, tilted by its latitude unless told, with PVWatts' losses; of unit size without a
    capacity."""  # noqa: D205, D209
    latitude, longitude = _told_place(about)
    tilt = np.radians(abs(latitude) if tilt_deg is None else tilt_deg)
    south = 1.0 if latitude >= 0 else -1.0
    ground = ALBEDO * (1 - np.cos(tilt)) / 2
    weights = np.array([np.cos(tilt) + ground, 0.0, south * np.sin(tilt), (1 + np.cos(tilt)) / 2 + ground])
    size = about.capacity or 1.0
    return ClearSkyCurve(
        latitude_deg=latitude, longitude_deg=longitude, weights=weights * size * (1 - LOSSES_SHARE),
        highest=min(about.highest, size), examples=0,
    )  # fmt: skip


def learnt_curve(about: Feed, starts_s: NDArray[np.int64], powers: NDArray[np.float64]) -> ClearSkyCurve:
    """The upper envelope of a record; a plain field where the record is too short.

    Args:
        about: the feed's unchanging facts.
        starts_s: starts of the record's periods; any shape, flattened.
        powers: of the same shape; NaN is left out.
    """
    known = np.isfinite(powers)
    starts, values = starts_s[known], powers[known]
    prior = plain_field(about)
    if np.unique(starts // DAY_S).size < DAYS_MIN or (values > 0).sum() < LIT_MIN or values.max() <= 0:
        return prior
    step = about.axis.step_minutes
    latitude, longitude = _told_place(about) if about.place else _learnt_place(about, starts, values)
    sun = sun_at(starts, step, latitude, longitude)
    lights = lights_of(sun, *clear_light(sun))
    lit = sun.up > 0
    if lit.sum() < LIT_MIN:
        return prior
    size = values.max() / max(float((lights @ prior.weights).max()), 1e-9)
    return ClearSkyCurve(
        latitude_deg=latitude,
        longitude_deg=longitude,
        weights=_envelope(lights[lit], values[lit], prior.weights * size),
        highest=np.inf if about.capacity is None else about.capacity,
        examples=int(lit.sum()),
    )


def _envelope(
    lights: NDArray[np.float64], powers: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights by asymmetric least squares (Newey and Powell, Econometrica 55, 1987), drawn to the prior."""
    weights, pull = prior, PRIOR_EXAMPLES * (1 - ENVELOPE_SHARE) * np.eye(prior.size)
    for _ in range(ENVELOPE_STEPS):
        count = np.where(powers > lights @ weights, ENVELOPE_SHARE, 1 - ENVELOPE_SHARE)
        weighted = lights * count[:, None]
        following = np.asarray(
            np.linalg.solve(weighted.T @ lights + pull, weighted.T @ powers + pull @ prior), dtype=np.float64
        )
        if np.allclose(following, weights, rtol=1e-9, atol=0.0):
            break
        weights = following
    return np.asarray(weights)


def _told_place(about: Feed) -> tuple[float, float]:
    """Latitude and longitude: the station's, else those that its clock suggests."""
    if about.place is not None:
        return about.place.latitude_deg, about.place.longitude_deg
    return LATITUDE_ASSUMED_DEG, _clock_longitude(about)


def _clock_longitude(about: Feed) -> float:
    """Where the sun is highest at noon of the station's clock in January."""
    start = datetime.fromtimestamp(about.axis.start.timestamp(), UTC).replace(month=1, day=1)
    offset = start.astimezone(about.zone).utcoffset()
    return 0.0 if offset is None else offset.total_seconds() / HOUR_S * DEGREES_PER_HOUR


def _learnt_place(about: Feed, starts: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[float, float]:
    """Where the sun is up when the station is awake: a coarse search, then a fine one."""
    days = np.unique(starts // DAY_S)
    chosen = np.isin(starts // DAY_S, days[:: -(-days.size // SAMPLE_DAYS)])
    sample, awake = starts[chosen], values[chosen] > AWAKE_SHARE * values.max()
    clock = _clock_longitude(about)
    best = (np.inf, LATITUDE_ASSUMED_DEG, clock)
    latitudes, longitudes = LATITUDES_DEG, clock + OFFSETS_DEG
    for _ in range(2):
        for latitude in latitudes:
            for longitude in longitudes:
                up = sun_at(sample, about.axis.step_minutes, latitude, longitude).up
                against = 2.0 * (awake & (up < 0)).mean() + (~awake & (up > ASLEEP_OK_SIN)).mean()
                # A hair for the ordinary: a short record cannot tell a latitude.
                far = 1e-5 * (abs(latitude - LATITUDE_ASSUMED_DEG) + abs(longitude - clock))
                best = min(best, (float(against) + far, float(latitude), float(longitude)))
        latitudes, longitudes = best[1] + np.arange(-2.0, 2.1, 1.0), best[2] + np.arange(-4.0, 4.1, 1.0)
    return best[1], best[2]
