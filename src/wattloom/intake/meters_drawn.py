"""What would a made-up meter have counted? Seeded readings for trying things out; no real meter counts so.

Every local day is drawn by itself from the seed and its date, so that a month is the same whether it is drawn alone or
inside its year. Shapes are plain and assumed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.intake.meters import MINUTES_PER_HOUR, MeterReadings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.domain.time import TimeAxis

SUNRISE_H, SUNSET_H = 6.5, 18.5
NIGHT_LOAD, DAY_LOAD = 0.78, 0.92
"""Of the peak; computing hardly sleeps."""
CHARGE_H, DISCHARGE_H = (10.0, 14.0), (18.0, 22.0)
W_PER_MW = 1_000_000


def drawn_meter(shape: str, *, peak_mw: float, seed: int, axis: TimeAxis, zone: ZoneInfo, called: str) -> MeterReadings:
    """A made-up meter, which says so.

    Args:
        shape: solar, wind, load, charge or discharge.
        peak_mw: highest power.
        seed: of the drawing; a charge and a discharge of one seed have the same days.
        axis: of the readings.
        zone: of its days.
        called: the meter, as notes name it.
    """
    local = axis.local(zone)
    hours = np.asarray(local.hour + local.minute / MINUTES_PER_HOUR, dtype=np.float64)
    days = np.asarray(local.tz_localize(None).normalize().to_numpy().astype("datetime64[D]").astype(np.int64))
    share = np.zeros(axis.count)
    for day in np.unique(days):
        inside = days == day
        share[inside] = _DAYS[shape](np.random.default_rng([seed, int(day)]), hours[inside])
    watts = (np.clip(share, 0, 1) * peak_mw * W_PER_MW).astype(np.int64)
    wh = watts * axis.step_minutes // MINUTES_PER_HOUR
    known = np.ones(axis.count, dtype=np.bool_)
    wh.flags.writeable = known.flags.writeable = False
    return MeterReadings(
        name=f"generated {shape}, seed {seed}",
        file_sha256="",
        axis=axis,
        wh=wh,
        known=known,
        estimated=np.zeros(axis.count, dtype=np.bool_),
        remainder_wh=Decimal(0),
        notes=(Text(f"{called}: readings are generated (seed {seed}); no real meter.",
                    f"{called}：读数为生成数据（种子 {seed}），非真实表计。"),),
        generated=True,
    )  # fmt: skip


def _sun(chance: np.random.Generator, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """A clear arc dimmed by the day's clouds and by passing ones."""
    arc = np.maximum(np.sin((hours - SUNRISE_H) / (SUNSET_H - SUNRISE_H) * np.pi), 0)
    return arc * chance.uniform(0.35, 1.0) * chance.uniform(0.85, 1.0, len(hours))


def _wind(chance: np.random.Generator, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """A day's level, a slow swing, and gusts."""
    level, swing, phase = chance.uniform(0.1, 0.7), chance.uniform(0, 0.3), chance.uniform(0, 2 * np.pi)
    return level + swing * np.sin(hours / 24 * 2 * np.pi + phase) + chance.normal(0, 0.03, len(hours))


def _load(chance: np.random.Generator, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Flat, with a little more by day."""
    by_day = NIGHT_LOAD + (DAY_LOAD - NIGHT_LOAD) * np.exp(-(((hours - 15) / 6) ** 2))
    return by_day * chance.uniform(0.97, 1.0, len(hours)) * chance.uniform(0.95, 1.0)


def _charge(chance: np.random.Generator, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Four hours at noon."""
    return np.where((hours >= CHARGE_H[0]) & (hours < CHARGE_H[1]), chance.uniform(0.6, 1.0), 0.0)


def _discharge(chance: np.random.Generator, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Four hours in the evening."""
    return np.where((hours >= DISCHARGE_H[0]) & (hours < DISCHARGE_H[1]), chance.uniform(0.6, 1.0), 0.0)


_DAYS = {"solar": _sun, "wind": _wind, "load": _load, "charge": _charge, "discharge": _discharge}
