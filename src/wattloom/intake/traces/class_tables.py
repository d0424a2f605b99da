"""Which jobs would a cluster see of which only shares and distributions are published? Tables, and jobs made from them.

Made jobs are nobody's: their number, seed and rules are stated, and a trace of them says that it was generated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.series import read_only
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOW_MADE = Text(
    "Generated, not recorded: {jobs:,} jobs of {cluster} made with seed {seed}. Classes are drawn by the published "
    "shares of jobs and run times by the published curve of the class (straight between its points over the logarithm "
    "of time). Assumed: arrivals even over the period, without hours of the day; run time and GPUs of a class "
    "independent; GPUs are the two powers of two around the mean that shares of GPU time and of jobs imply.",
    "本批作业为模拟生成，并非实录：按 {cluster} 公布的统计，以随机种子 {seed} 生成 {jobs:,} 个作业。类别按公布的作业"
    "数占比抽取，时长按该类公布的累积分布抽取（各点之间对时间的对数取直线）。假定：到达在时段内均匀，不含日内规律；同类"
    "作业的时长与 GPU 数相互独立；GPU 数取均值（由 GPU 时占比与作业数占比推得）两侧的 2 的幂。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTable:
    """What is published of one class of jobs in one cluster."""

    name: str
    share_of_jobs: float
    share_of_gpu_time: float
    seconds: NDArray[np.float64]
    """Rising points of the run times' distribution."""
    done_by: NDArray[np.float64]
    """Share of the jobs that run no longer, rising to 1."""
    gpus_mean: float
    """Mean GPUs of a job, as the shares imply where GPUs and run time are independent."""

    def __post_init__(self) -> None:
        """Keep read-only copies."""
        object.__setattr__(self, "seconds", read_only(self.seconds))
        object.__setattr__(self, "done_by", read_only(self.done_by))

    @property
    def run_s_mean(self) -> float:
        """Mean run time of the distribution."""
        return mean_seconds(self.seconds, self.done_by)

    def done_within(self, seconds: float) -> float:
        """Share of the jobs that run no longer than this; straight over the logarithm of time."""
        return float(np.interp(np.log(seconds), np.log(self.seconds), self.done_by))

    def run_s_at(self, quantile: NDArray[np.float64]) -> NDArray[np.float64]:
        """Run times at quantiles from 0 to 1; below the first point it is the first point."""
        # Where the curve is level there is no job: `interp` goes on from the last of equal points.
        return np.asarray(np.exp(np.interp(quantile, self.done_by, np.log(self.seconds))))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTable:
    """What is published of one cluster: its classes and its totals."""

    name: str
    classes: Mapping[str, ClassTable]
    gpu_jobs: int
    run_s_mean: float
    """As published, of all its GPU jobs; the classes' curves should come near it."""
    gpus_mean: float
    """As published."""

    def implied_run_s_mean(self) -> float:
        """Mean run time that shares and curves imply."""
        return sum(one.share_of_jobs * one.run_s_mean for one in self.classes.values())

    def implied_gpus_mean(self) -> float:
        """Mean GPUs that the shares imply."""
        return sum(one.share_of_jobs * one.gpus_mean for one in self.classes.values())


ClassTables = Mapping[str, ClusterTable]
"""Clusters by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeJobs:
    """Jobs made by chance, in the order of their arrival."""

    kind: NDArray[np.object_]
    """Name of the class in the tables."""
    arrive_s: NDArray[np.float64]
    run_s: NDArray[np.float64]
    gpus: NDArray[np.float64]


def mean_seconds(seconds: NDArray[np.float64], done_by: NDArray[np.float64]) -> float:
    """Mean of a distribution that is straight over the logarithm of time between its points."""
    between = np.diff(seconds) / np.diff(np.log(seconds))
    return float(done_by[0] * seconds[0] + np.diff(done_by) @ between)


def make_jobs(table: ClusterTable, *, jobs: int, seconds: float, seed: int) -> MadeJobs:
    """Jobs as the tables have them, arriving over a stretch of time; the same seed makes the same jobs."""
    chance = np.random.default_rng(seed)
    classes = list(table.classes.values())
    shares = np.array([one.share_of_jobs for one in classes])
    of = chance.choice(len(classes), size=jobs, p=shares / shares.sum())
    arrive_s = np.sort(chance.uniform(0.0, seconds, size=jobs))
    quantile, coin = chance.uniform(size=jobs), chance.uniform(size=jobs)
    run_s, gpus = np.empty(jobs), np.empty(jobs)
    for index, one in enumerate(classes):
        mine = of == index
        run_s[mine] = one.run_s_at(quantile[mine])
        gpus[mine] = _powers_around(one.gpus_mean, coin[mine])
    kind = np.array([one.name for one in classes], dtype=object)[of]
    return MadeJobs(kind=kind, arrive_s=arrive_s, run_s=run_s, gpus=gpus)


def _powers_around(mean: float, coin: NDArray[np.float64]) -> NDArray[np.float64]:
    """The power of two below or above a mean, so often each that the mean is kept; at least 1 GPU."""
    below = 2.0 ** np.floor(np.log2(max(mean, 1.0)))
    share_above = (max(mean, 1.0) - below) / below
    return np.asarray(np.where(coin < share_above, 2.0 * below, below), dtype=np.float64)
