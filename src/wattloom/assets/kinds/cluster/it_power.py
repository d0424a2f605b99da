"""How much do servers draw: empty, busy, capped or at locked clocks; how much does a job add, and what can a site hold?

A GPU server is its GPUs and the rest of it: processors, memory, fans, network, losses of its supplies. The rest has
two levels, one while the server is empty and one while any of its GPUs is held, since in measured clusters it rises
with the first job and hardly with more. All powers of machines are in W, of jobs and sites in MW of IT power; cooling
by air temperature comes on top, from `overhead`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.assets.kinds.cluster.overhead import ByTemperature, at_temperature
from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattloom.domain.weather import Weather

W_PER_MW = 1e6
CPU_SERVER_IDLE_SHARE = 0.18
"""Idle over full power: median of 167 servers of one node of 2017 to 2021, quartiles 0.12 and 0.24 (SPECpower_ssj2008
results, spec.org)."""
LOCKED_CLOCK_POWER = ((0.606, 0.492), (0.713, 0.561), (0.766, 0.586), (0.819, 0.666), (0.872, 0.756), (0.926, 0.885))
"""Share of the highest clock, share of full GPU power: mean of 16 stages of large-model training on A100 (Chung et al.,
SOSP 2024; repository ml-energy/zeus, commit 38cb3f90c30d, Apache-2.0). Nothing was measured at lower clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server with GPUs."""

    gpus: int
    gpu_idle_w: float
    gpu_full_w: float
    """One GPU at work, uncapped."""
    rest_empty_w: float
    """All but the GPUs, while no GPU is held."""
    rest_busy_w: float
    """All but the GPUs, while any GPU is held."""
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse levels that do not rise."""
        if not (self.gpus > 0 and 0 <= self.gpu_idle_w <= self.gpu_full_w and self.rest_empty_w >= 0):
            raise InputError.one(
                "server",
                found=f"{self.gpus} GPUs of {self.gpu_idle_w:g} to {self.gpu_full_w:g} W",
                expected="at least one GPU, and powers from 0 that rise from idle to full",
                remedy="correct the server",
            )
        if self.rest_busy_w < self.rest_empty_w:
            raise InputError.one(
                "server",
                found=f"a rest of {self.rest_empty_w:g} W empty and {self.rest_busy_w:g} W busy",
                expected="no less while it is busy",
                remedy="correct the server",
            )

    @property
    def empty_w(self) -> float:
        """Drawn by a server that is on and holds no job."""
        return self.rest_empty_w + self.gpus * self.gpu_idle_w

    @property
    def full_w(self) -> float:
        """Drawn by a server of which all GPUs are at work, uncapped."""
        return self.rest_busy_w + self.gpus * self.gpu_full_w

    @property
    def capped_share(self) -> float:
        """Part of the full power that a cap acts on: its GPUs."""
        return self.gpus * self.gpu_full_w / self.full_w

    def power_w(self, *, gpus_held: ArrayLike, gpu_power_share: ArrayLike = 1.0) -> NDArray[np.float64]:
        """Drawn with some GPUs held, each at a share of its full power but never below idle; the others are idle.

        Example:
            >>> float(SEREN_SERVER.power_w(gpus_held=0)), float(SEREN_SERVER.power_w(gpus_held=8))
            (1512.0, 5040.0)
        """
        held = np.asarray(gpus_held, dtype=np.float64)
        each = np.maximum(np.asarray(gpu_power_share) * self.gpu_full_w, self.gpu_idle_w)
        rest = np.where(held > 0, self.rest_busy_w, self.rest_empty_w)
        return np.asarray(rest + held * each + (self.gpus - held) * self.gpu_idle_w)


SEREN_SERVER = Server(
    gpus=8,
    gpu_idle_w=61.8,
    gpu_full_w=407.7,
    rest_empty_w=1512.0 - 8 * 61.8,
    rest_busy_w=5040.0 - 8 * 407.7,
    source="Hu et al., Characterization of Large Language Model Development in the Datacenter, NSDI 2024; repository "
    "InternLM/AcmeTrace, commit 6d6ac9cd15f3, CC BY 4.0: 5th and 95th percentile of GPU and of GPU server power, Seren",
)
"""Eight A100: empty and full are the 5th and the 95th percentile of what was measured."""


def cpu_server_w(
    full_w: ArrayLike, utilisation: ArrayLike, *, idle_share: float = CPU_SERVER_IDLE_SHARE
) -> NDArray[np.float64]:
    """Drawn by a server without GPUs, on a straight line from idle to full."""
    return np.asarray(np.asarray(full_w) * (idle_share + (1.0 - idle_share) * np.asarray(utilisation)))


def capped_power_share(cap_w: ArrayLike, uncapped_w: ArrayLike) -> NDArray[np.float64]:
    """Share of its own full power that a GPU draws under a cap: the cap where it binds.

    GPUs stay a few per cent below a cap; see the tests for how far.
    """
    return np.asarray(np.minimum(np.asarray(cap_w) / np.asarray(uncapped_w), 1.0))


def locked_power_share(clock_share: ArrayLike) -> NDArray[np.float64]:
    """Share of its own full power that a GPU draws at a locked clock; refuses clocks below those measured.

    Example:
        >>> float(locked_power_share(0.963).round(4))
        0.9425
    """
    clocks, powers = zip(*LOCKED_CLOCK_POWER, (1.0, 1.0), strict=True)
    lowest, highest = float(np.min(clock_share)), float(np.max(clock_share))
    if lowest < clocks[0] or highest > 1:
        raise InputError.one(
            "clock share",
            found=f"{lowest:g} to {highest:g}",
            expected=f"{clocks[0]} to 1 of the highest clock",
            remedy="measure the power at such clocks, and give the share of power itself",
        )
    return np.asarray(np.interp(np.asarray(clock_share, dtype=np.float64), clocks, powers), dtype=np.float64)


def job_power_mw(
    gpus: ArrayLike,
    *,
    server: Server = SEREN_SERVER,
    gpu_power_share: ArrayLike = 1.0,
    nodes: ArrayLike = 0,
    above_empty: bool = False,
) -> NDArray[np.float64]:
    """IT power of jobs from the GPUs they hold, with their part of the servers' rest: by GPUs, or by whole `nodes`.

    A job on whole nodes bears all of them, GPUs that it leaves idle included. With `above_empty` only what it adds to
    servers that are on anyway, for sites that tell empty servers as firm work; else what it takes from nothing.

    Example:
        >>> job_power_mw([8.0, 1.0]).round(6).tolist(), job_power_mw([8.0], above_empty=True).round(6).tolist()
        ([0.00504, 0.00063], [0.003528])
    """
    held = np.asarray(gpus, dtype=np.float64)
    places = np.maximum(held, np.asarray(nodes) * server.gpus)
    each = np.maximum(np.asarray(gpu_power_share) * server.gpu_full_w, server.gpu_idle_w)
    drawn = held * each + (places - held) * server.gpu_idle_w + places / server.gpus * server.rest_busy_w
    spared = places / server.gpus * server.empty_w if above_empty else 0.0
    return np.asarray((drawn - spared) / W_PER_MW)


def site_it_mw(
    servers: float, *, busy: ArrayLike, server: Server = SEREN_SERVER, gpu_power_share: ArrayLike = 1.0
) -> NDArray[np.float64]:
    """IT power of a site with a number of servers that are on, a share of them busy on all their GPUs."""
    share = np.asarray(busy, dtype=np.float64)
    working = server.power_w(gpus_held=server.gpus, gpu_power_share=gpu_power_share)
    return np.asarray(servers * (share * working + (1.0 - share) * server.empty_w) / W_PER_MW)


def servers_at_most(it_mw: float, server: Server = SEREN_SERVER) -> int:
    """Servers that may all run at full power within an IT power limit."""
    return int(it_mw * W_PER_MW / server.full_w + ROUNDING)


ROUNDING = 1e-9


def facility_draw_mw(
    it_mw: NDArray[np.float64],
    *,
    rated_mw: float,
    overhead_fixed: ByTemperature,
    overhead_slope: ByTemperature,
    weather: Weather | None = None,
) -> NDArray[np.float64]:
    """IT power with what it takes to keep it cool and supplied, shape (period,).

    `overhead_fixed` in MW for each MW of rated IT power, `overhead_slope` for each MW that is drawn; either may be a
    table over air temperature.
    """
    fixed = rated_mw * at_temperature(overhead_fixed, weather, it_mw.size)
    return it_mw + fixed + at_temperature(overhead_slope, weather, it_mw.size) * it_mw
