"""How much power does a kW of turbines give in each period of a weather year?

Wind is carried from the mast to the hub, and a turbine's own curve, corrected for the density of the air, turns it into
power: each step is windpowerlib's.
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from windpowerlib import density, power_output, temperature, wind_speed

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.assets.kinds.wind.farm import Wind
    from wattloom.domain.weather import Weather

KELVIN_AT_0_C = 273.15
AIR_TEMPERATURE_HEIGHT_M = 2.0  # height of the screen in which air temperature is read (WMO-No. 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turbine:
    """A turbine's power curve."""

    type: str
    rated_w: float
    wind_speed_m_per_s: NDArray[np.float64]
    power_w: NDArray[np.float64]


def turbine_of(turbine_type: str, hub_height_m: float, *, where: str) -> Turbine:
    """A turbine of windpowerlib's library (67 types); refused where it has no curve or its blades hit ground."""
    curves, turbines = _library()
    if turbine_type not in curves.index or turbine_type not in turbines.index:
        near = difflib.get_close_matches(turbine_type, list(curves.index), n=4, cutoff=0.3) or list(curves.index[:4])
        raise InputError.one(
            where,
            found=repr(turbine_type),
            expected="a type of windpowerlib's library with a power curve",
            remedy=f"name one of {', '.join(near)}, or give a capacity_factor series",
        )
    radius_m = float(turbines.loc[turbine_type, "rotor_diameter"]) / 2
    if hub_height_m <= radius_m:
        raise InputError.one(
            where,
            found=f"{turbine_type} with blades of {radius_m:g} m on a hub at {hub_height_m:g} m",
            expected="a hub higher than the blades are long",
            remedy="raise hub_height_m or choose a smaller turbine",
        )
    curve = curves.loc[turbine_type].dropna()
    return Turbine(
        type=turbine_type,
        rated_w=float(turbines.loc[turbine_type, "nominal_power"]),
        wind_speed_m_per_s=curve.index.to_numpy(dtype=np.float64),
        power_w=curve.to_numpy(dtype=np.float64),
    )


def turbine_types() -> tuple[str, ...]:
    """Every type that can be named."""
    return tuple(sorted(_library()[0].index))


def wind_capacity_factor(farm: Wind, turbine: Turbine, weather: Weather) -> NDArray[np.float64]:
    """Power at the farm's gate per unit of rated power, in each period of the weather."""
    power_w = power_output.power_curve(
        _at_hub(farm, weather),
        turbine.wind_speed_m_per_s,
        turbine.power_w,
        density=_density_at_hub(farm, weather),
        density_correction=farm.density_correction,
    )
    kept = (1.0 - farm.wake_loss_share) * farm.availability_share
    return np.asarray(power_w, dtype=np.float64) / turbine.rated_w * kept


def _at_hub(farm: Wind, weather: Weather) -> NDArray[np.float64]:
    """Wind speed at the hub in m/s: logarithmic profile, or power law where an exponent is given."""
    speed, height = weather.wind_speed_m_per_s, weather.wind_height_m
    if farm.shear_exponent is not None:
        hub = wind_speed.hellman(speed, height, farm.hub_height_m, hellman_exponent=farm.shear_exponent)
    else:
        hub = wind_speed.logarithmic_profile(speed, height, farm.hub_height_m, farm.roughness_length_m)
    hub = np.asarray(hub, dtype=np.float64)
    if farm.hub_wind_speed_m_per_s_mean is None:
        return hub
    return hub * (farm.hub_wind_speed_m_per_s_mean / float(hub.mean()))


def _density_at_hub(farm: Wind, weather: Weather) -> NDArray[np.float64]:
    """Density of the air at the hub in kg/m³, from pressure at the ground and temperature in the screen."""
    kelvin = temperature.linear_gradient(
        weather.air_temperature_c + KELVIN_AT_0_C, AIR_TEMPERATURE_HEIGHT_M, farm.hub_height_m
    )
    air = density.barometric(weather.pressure_pa, 0.0, farm.hub_height_m, kelvin)
    return np.asarray(air, dtype=np.float64)


@functools.cache
def _library() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Power curves (W by wind speed) and turbine data, by type, as windpowerlib ships them."""
    folder = resources.files("windpowerlib") / "oedb"
    with (folder / "power_curves.csv").open(encoding="utf-8") as text:
        curves = pd.read_csv(text, index_col=0)
    with (folder / "turbine_data.csv").open(encoding="utf-8") as text:
        turbines = pd.read_csv(text, index_col=0)
    curves.columns = curves.columns.astype(float)
    return curves, turbines
