"""How much work is left when power is capped? Measured curves, their fit, and the part of them that is concave.

Measured curves of GPUs under a power cap are S-shaped: dear below a third of full power, cheap above two thirds. A
linear program can only mix points, so it works on the upper concave hull of a curve, and a mix must be real:

- many jobs (batch): some machines run at one cap and the rest are off, so the hull starts from "off" (0, 0);
- few long jobs (training): one job cannot be half off, so the hull starts from the lowest point that was measured.
  Pausing is apart from capping and has a cost of its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from wattloom.domain.text import SILENT, Text

Point = tuple[float, float]
"""Share of full power, share of full work."""
Case = Literal["median", "lowest", "highest"]

LINEAR: tuple[Point, ...] = ((1.0, 1.0),)
"""A machine runs at full power or is off."""
FULL = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Work kept at a given power, over several set-ups of a measured sweep; power is what GPUs draw, not the cap."""

    power_shares: tuple[float, ...]
    """Rising, the last is 1."""
    median: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    setups: int
    title: Text = SILENT
    source: str = ""
    licence: str = ""
    caveat: Text = SILENT

    def points(self, case: Case = "median") -> tuple[Point, ...]:
        """The curve of a middling, the worst or the best set-up."""
        work = {"median": self.median, "lowest": self.lowest, "highest": self.highest}[case]
        return tuple(zip(self.power_shares, work, strict=True))


def curve_names() -> tuple[str, ...]:
    """Names of the curves that ship with the package."""
    return tuple(sorted(item.name.removesuffix(".toml") for item in _FOLDER.iterdir() if item.name.endswith(".toml")))


@cache
def curve(name: str) -> Curve:
    """A curve that ships with the package."""
    table: dict[str, Any] = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    said = {key: Text(table.pop(key), table.pop(f"{key}_zh")) for key in ("title", "caveat")}
    values: dict[str, Any] = said | {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return Curve(**values)


def fitted(setups: Sequence[Sequence[Point]], power_shares: Sequence[float]) -> Curve:
    """Median and range of the work kept at some power shares, by straight lines between the points of each set-up.

    Each set-up is relative to its own uncapped run. Shares below what every set-up was measured at are refused.

    Example:
        >>> fitted([[(0.5, 0.6), (1.0, 1.0)], [(0.4, 0.6), (1.0, 1.0)]], [0.5, 1.0]).median
        (0.633333, 1.0)
    """
    sweeps = [np.array(sorted(setup)) for setup in setups]
    if min(power_shares) < max(sweep[0, 0] for sweep in sweeps):
        raise ValueError(f"power share {min(power_shares)} lies below the lowest that every set-up was measured at")
    work = np.array([np.interp(power_shares, sweep[:, 0], sweep[:, 1]) for sweep in sweeps])
    return Curve(
        power_shares=tuple(float(share) for share in power_shares),
        median=_rounded(np.median(work, axis=0)),
        lowest=_rounded(work.min(axis=0)),
        # A capped run that measured faster than the uncapped one is noise.
        highest=_rounded(np.minimum(work.max(axis=0), FULL)),
        setups=len(sweeps),
    )


def of_whole_machine(points: Sequence[Point], capped_share: float) -> tuple[Point, ...]:
    """The curve of machines of which a cap acts on a part of the full power only; the rest stays while they run.

    Example:
        >>> of_whole_machine([(0.5, 0.7), (1.0, 1.0)], 0.6)
        ((0.7, 0.7), (1.0, 1.0))
    """
    return tuple((FULL - capped_share * (FULL - power), work) for power, work in points)


def upper_hull(points: Sequence[Point], *, from_off: bool) -> tuple[Point, ...]:
    """Points to mix, by rising power: the vertices of the least concave curve on or above all points.

    With `from_off` the curve starts at (0, 0), which is not among the points returned.

    Example:
        >>> upper_hull([(0.3, 0.2), (0.6, 0.75), (1.0, 1.0)], from_off=True)
        ((0.6, 0.75), (1.0, 1.0))
    """
    hull: list[Point] = []
    for point in sorted({*points, (0.0, 0.0)} if from_off else set(points)):
        while len(hull) > 1 and _slope(hull[-2], point) >= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(point)
    return tuple(hull[1:] if from_off else hull)


def work_at(points: Sequence[Point], power_share: float) -> float:
    """Work kept at a share of full power, by straight lines between points."""
    powers, works = zip(*points, strict=True)
    return float(np.interp(power_share, powers, works))


def power_for(points: Sequence[Point], work_share: float) -> float:
    """Least share of full power that keeps a share of the work; the lowest point's where that keeps more."""
    powers, works = zip(*points, strict=True)
    return float(np.interp(work_share, works, powers))


def faults(points: Sequence[Point]) -> str:
    """What is wrong with points that a user gave; empty if nothing."""
    powers = [power for power, _ in points]
    works = [work for _, work in points]
    if not points or tuple(points[-1]) != (FULL, FULL):
        return "a last point other than (1, 1)"
    if powers != sorted(set(powers)) or works != sorted(set(works)):
        return "points whose power and work do not both rise"
    return "" if powers[0] > 0 and works[0] > 0 else "a point at or below zero"


def _rounded(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, ...]:
    """To six digits: far below what a sweep can tell."""
    return tuple(round(float(value), 6) for value in values)


def _slope(a: Point, b: Point) -> float:
    """Work gained for each share of power from one point to a later one."""
    return (b[1] - a[1]) / (b[0] - a[0])


_FOLDER = files("wattloom.assets.kinds.cluster") / "curves"
