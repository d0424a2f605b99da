"""How much power does a kW of modules give in each period of a weather year?

Light is carried onto the modules, the cells warm up, and inverters clip: each step is pvlib's. Irradiance is a mean
over its period, so the sun is taken where it stands at the middle of the period.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pvlib

from wattloom.domain.weather import Weather

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.assets.kinds.solar.plant import Solar

SAPM_WIND_HEIGHT_M = 10.0  # King et al., SAND2004-3535: wind speed at 10 m
SHEAR_EXPONENT = 1 / 7  # the one-seventh power law over open land
OPEN_RACK = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Light on the modules, W/m²."""

    total: pd.Series
    direct: pd.Series
    diffuse: pd.Series
    incidence_deg: pd.Series


def solar_capacity_factor(plant: Solar, weather: Weather, *, health: float = 1.0) -> NDArray[np.float64]:
    """Alternating power per unit of the modules' peak power, in each period of the weather.

    `health` is the part of the modules' first power that is left; it comes before the inverters clip.
    """
    light = _on_modules(plant, weather)
    # The glass turns oblique direct light away (physical model); diffuse light comes from everywhere.
    used = light.direct * pvlib.iam.physical(light.incidence_deg) + light.diffuse
    cells_c = CELL_TEMPERATURE[plant.cell_temperature](light.total, weather)
    direct_current = pvlib.pvsystem.pvwatts_dc(used, cells_c, 1.0, plant.temperature_share_per_c)
    limit = 1.0 / (plant.dc_ac_ratio * plant.inverter_efficiency)
    power = pvlib.inverter.pvwatts(
        direct_current * ((1.0 - plant.losses_share) * health), limit, eta_inv_nom=plant.inverter_efficiency
    )
    return np.asarray(power.fillna(0.0).clip(lower=0.0), dtype=np.float64)


def _on_modules(plant: Solar, weather: Weather) -> Light:
    """Light on the plane of the modules; NaN where a tracker has no sun to follow."""
    middles = weather.axis.instants() + timedelta(minutes=weather.axis.step_minutes) / 2
    place = weather.place
    sun = pvlib.solarposition.get_solarposition(
        middles,
        place.latitude_deg,
        place.longitude_deg,
        altitude=place.altitude_m,
        pressure=weather.pressure_pa,
        temperature=weather.air_temperature_c,
    )
    tilt, azimuth = _orientation(plant, weather, sun)
    light = pvlib.irradiance.get_total_irradiance(
        tilt,
        azimuth,
        sun["apparent_zenith"],
        sun["azimuth"],
        pd.Series(weather.dni_w_per_m2, index=middles),
        pd.Series(weather.ghi_w_per_m2, index=middles),
        pd.Series(weather.dhi_w_per_m2, index=middles),
        dni_extra=pvlib.irradiance.get_extra_radiation(middles),
        airmass=pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"]),
        albedo=plant.albedo,
        model=plant.sky_model,
    )
    incidence = pvlib.irradiance.aoi(tilt, azimuth, sun["apparent_zenith"], sun["azimuth"])
    return Light(
        total=light["poa_global"], direct=light["poa_direct"], diffuse=light["poa_diffuse"], incidence_deg=incidence
    )


def _orientation(plant: Solar, weather: Weather, sun: pd.DataFrame) -> tuple[float | pd.Series, float | pd.Series]:
    """Tilt and azimuth of the modules, degrees."""
    if plant.mounting == "fixed":
        tilt = abs(weather.place.latitude_deg) if plant.tilt_deg is None else plant.tilt_deg
        return tilt, plant.azimuth_deg
    turned = pvlib.tracking.singleaxis(
        sun["apparent_zenith"],
        sun["azimuth"],
        axis_tilt=0.0,
        axis_azimuth=plant.azimuth_deg,
        max_angle=plant.tracker_angle_deg_max,
        backtrack=True,
        gcr=plant.ground_cover,
    )
    return turned["surface_tilt"], turned["surface_azimuth"]


def _sapm_c(light: pd.Series, weather: Weather) -> pd.Series:
    """Cells between glass and glass on open racks, by the Sandia model."""
    wind = weather.wind_speed_m_per_s * (SAPM_WIND_HEIGHT_M / weather.wind_height_m) ** SHEAR_EXPONENT
    rack = OPEN_RACK["sapm"]["open_rack_glass_glass"]
    return pvlib.temperature.sapm_cell(light, weather.air_temperature_c, wind, **rack)


def _pvsyst_c(light: pd.Series, weather: Weather) -> pd.Series:
    """Cells on open racks, by PVsyst's heat balance."""
    rack = OPEN_RACK["pvsyst"]["freestanding"]
    return pvlib.temperature.pvsyst_cell(light, weather.air_temperature_c, weather.wind_speed_m_per_s, **rack)


def _faiman_c(light: pd.Series, weather: Weather) -> pd.Series:
    """Modules on open racks, by Faiman (2008)."""
    return pvlib.temperature.faiman(light, weather.air_temperature_c, weather.wind_speed_m_per_s)


CELL_TEMPERATURE: Mapping[str, Callable[[pd.Series, Weather], pd.Series]] = {
    "sapm": _sapm_c,
    "pvsyst": _pvsyst_c,
    "faiman": _faiman_c,
}
"""Temperature of the cells in °C, by model name."""
