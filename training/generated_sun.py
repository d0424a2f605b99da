"""Which solar stations could there be? Drawn sites, skies and plants, far more varied than any record at hand.

Nothing is taken from a real station. Ranges are assumed: wide on purpose, so that a real one falls inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 96


@dataclass(frozen=True, slots=True)
class Drawn:
    """Power of many stations, in shares of capacity."""

    power: NDArray[np.float32]
    """Shape (stations, days × STEPS); local days from midnight of each station's clock."""


def stations(chance: np.random.Generator, count: int, days: int) -> Drawn:
    """So many stations over so many days."""
    return Drawn(np.stack([_station(chance, days) for _ in range(count)]))


def _station(chance: np.random.Generator, days: int) -> NDArray[np.float32]:
    """One station: sun, sky, plant, troubles."""
    beam, sky, height = _sun(chance, days)
    clearness = _clearness(chance, days)
    diffuse = np.clip(1.05 - 0.95 * clearness, 0.08, 1.0)
    gain = float(chance.uniform(0.75, 1.15))
    global_light = clearness * ((1 - diffuse) * beam + diffuse * sky) + 0.02 * clearness * sky
    power = gain * global_light * (1 - chance.uniform(0.0, 0.12) * global_light)
    power *= chance.uniform(0.9, 1.1)
    ceiling = float(chance.choice([1.0, chance.uniform(0.6, 1.0)]))
    power = np.minimum(power, ceiling) * (height > chance.uniform(0.0, 0.05))
    return _troubled(chance, power, days).astype(np.float32)


def _sun(
    chance: np.random.Generator, days: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Light in the plane under a clear sky, on the horizontal, and the sun's height (sine); (days × STEPS,)."""
    latitude = np.radians(chance.uniform(15, 52))
    first = chance.integers(0, 365)
    noon = chance.uniform(11.2, 14.8)
    hour = np.tile((np.arange(STEPS) + 0.5) / 4, days)
    day = np.repeat(first + np.arange(days), STEPS)
    tilt, turned = np.radians(chance.uniform(0, 45)), np.radians(chance.normal(0, 20))
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    equation = 9.87 * np.sin(4 * np.pi * (day - 81) / 364) - 7.53 * np.cos(2 * np.pi * (day - 81) / 364)
    angle = np.radians(15) * (hour - noon + equation / 60)
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    height = np.maximum(height, 0.0)
    east = np.cos(declination) * np.sin(angle)
    south = np.sin(latitude) * np.cos(declination) * np.cos(angle) - np.cos(latitude) * np.sin(declination)
    plane = np.cos(tilt) * height + np.sin(tilt) * (np.cos(turned) * south + np.sin(turned) * east)
    if chance.random() < 0.15:  # A tracker faces the sun from morning to evening.
        plane = np.maximum(height, 0.85 * np.sqrt(height))
    air = np.exp(-chance.uniform(0.08, 0.16) / np.maximum(height, 0.02))
    beam = np.maximum(plane, 0.0) * air * (height > 0)
    return 1.12 * beam, 1.12 * height * air**0.7, height


def _clearness(chance: np.random.Generator, days: int) -> NDArray[np.float64]:
    """What the sky lets through: spells of clear, broken and covered days, and what happens within a day."""
    odds = chance.dirichlet([chance.uniform(0.5, 4), chance.uniform(0.5, 3), chance.uniform(0.3, 3)])
    stays = chance.uniform(0.15, 0.75)
    spell = np.empty(days, dtype=np.int64)
    spell[0] = chance.choice(3, p=odds)
    for day in range(1, days):
        spell[day] = spell[day - 1] if chance.random() < stays else chance.choice(3, p=odds)
    level = np.choose(spell, [chance.normal(0.97, 0.03, days), chance.normal(chance.uniform(0.6, 0.85), 0.12, days),
                              chance.gamma(chance.uniform(2, 6), 0.06, days)])  # fmt: skip
    level = np.clip(level, 0.03, 1.05)
    restless = np.choose(spell, [0.02, chance.uniform(0.1, 0.3), chance.uniform(0.03, 0.12)])
    clock = np.linspace(-1, 1, STEPS)[None, :]
    trend = chance.normal(0, 0.15, days)[:, None] * clock * (spell > 0)[:, None]
    fog = (chance.random(days) < chance.uniform(0, 0.25))[:, None] / (
        1 + np.exp((clock - chance.uniform(-0.25, 0)) * 20)
    )
    within = level[:, None] * (1 + trend) * (1 - chance.uniform(0.3, 0.9) * fog)
    kept = np.exp(-1 / chance.uniform(1.5, 8))
    pushes = chance.standard_normal(days * STEPS) * np.sqrt(1 - kept**2)
    wander = np.empty(days * STEPS)
    last = 0.0
    for i, push in enumerate(pushes):
        last = kept * last + push
        wander[i] = last
    flow = within.ravel() + np.repeat(restless, STEPS) * wander
    turn = np.repeat(within.mean(axis=1), STEPS)  # Days do not change at midnight's stroke.
    return np.clip(0.9 * flow + 0.1 * turn, 0.02, 1.12)


def _troubled(chance: np.random.Generator, power: NDArray[np.float64], days: int) -> NDArray[np.float64]:
    """Outages, curtailment, snow, noise of meters."""
    table = power.reshape(days, STEPS).copy()
    if chance.random() < 0.3:
        share = chance.uniform(0, 0.15)
        for day in np.flatnonzero(chance.random(days) < share):
            table[day] *= chance.uniform(0.0, 0.9)
    if chance.random() < 0.25:
        cap = chance.uniform(0.3, 0.8)
        held = chance.random(days) < chance.uniform(0, 0.2)
        table[held] = np.minimum(table[held], cap)
    noise = chance.normal(0, 0.004, table.shape) * (table > 0.01)
    return np.maximum(table + noise, 0.0).ravel()
