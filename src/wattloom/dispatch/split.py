"""Which single job runs when, so that all together keep to the plan, every deadline and every site's limits?

Jobs with the least room to wait come first. Each takes the periods that are cheapest for it at the prices of the plan:
what a MWh costs at a site, and what the last MWh below its limit is worth to somebody else. Where a site is overfull,
those who can wait longest leave first. At the end everybody may move to a place that became free and costs less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.board import (
    DRAFT,
    HALL,
    JOB,
    LOOSE,
    NOWHERE,
    PAUSED,
    RIGID,
    RUNNING,
    SLOT,
    STICKY,
    WAITING,
    Board,
)
from wattloom.dispatch.placing import place, written
from wattloom.domain.jobs import SECONDS_PER_HOUR, Segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.domain.jobs import JobClass, Jobs, JobsState

RIGID_URGENCY = 0.5
"""Jobs that run through are placed as if they had half their slack: they need a whole stretch of room."""
PASSES = 2
"""Of moving to cheaper places; a third has gained nothing on the trials of the benchmark."""
REPAIRS_MAX = 24
BUMP = 0.25
"""Each time a period is found overfull, its price there rises by this share of the mean price."""
EXCESS_MW = 1e-7
ROUNDING = 1e-9
GBIT_PER_GB = 8.0
LEFT_S = 1e-6
"""Work left by rounding: a job that has no more ends by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the sites offer to jobs in each period, as the plan sees it; shape (site, period)."""

    edge_s: NDArray[np.float64]
    """Instants between the periods, shape (period + 1,), in the seconds of the jobs' table."""
    worth_cny_per_mwh: NDArray[np.float64]
    """Of IT energy at the plan's margin: its price, and what the site's limits are worth."""
    low_cny_per_mwh: NDArray[np.float64]
    """Its price alone, up to what was planned."""
    high_cny_per_mwh: NDArray[np.float64]
    """Its price beyond."""
    planned_mw: NDArray[np.float64]
    """Flexible IT power of the plan."""
    room_mw: NDArray[np.float64]
    """Most flexible IT power that the site can carry."""
    soft_room_mw: NDArray[np.float64]
    """Most that it should: beyond, a peak is paid for."""
    gpus: NDArray[np.float64]
    """Of each site; infinite where unknown."""
    nodes: NDArray[np.float64]
    kept_mw: NDArray[np.float64] | None = None
    """Room kept free for jobs that are expected and could not wait."""
    kept_gpus: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """Where jobs may go, and what that costs."""

    latency_ms: NDArray[np.float64]
    """Between sites, shape (site, site)."""
    cost_cny_per_mwh: NDArray[np.float64]
    """Shape (home, site)."""

    def reached(self, home: int, latency_ms_max: float | None) -> NDArray[np.bool_]:
        """Sites at which work of a home may run; the home itself always."""
        most = np.inf if latency_ms_max is None else latency_ms_max
        inside = np.asarray(self.latency_ms[home] <= most, dtype=np.bool_)
        inside[home] = True
        return inside


def split(jobs: Jobs, offer: Offer, roads: Roads, *, state: JobsState | None = None) -> Segments:
    """Stretches for every job that has arrived and is not done, from the state on; without one, for all jobs."""
    rows = open_jobs(jobs, state)
    owner, stretch = written(drafted(jobs, rows, offer, roads, state))
    return Segments(
        job=rows[owner],
        site=stretch[:, 0].astype(np.int64),
        start_s=stretch[:, 1],
        end_s=stretch[:, 2],
        level=stretch[:, 3],
        dead_s=stretch[:, 4],
    )


def open_jobs(jobs: Jobs, state: JobsState | None) -> NDArray[np.int64]:
    """Places of the jobs that are to be done: those that have arrived and are not done, or all."""
    if state is None:
        return np.arange(len(jobs))
    return np.flatnonzero(state.arrived & ~state.done & (state.left_s > LEFT_S))


def drafted(
    jobs: Jobs, rows: NDArray[np.int64], offer: Offer, roads: Roads, state: JobsState | None, *, passes: int = PASSES
) -> Board:
    """Who runs when, of the jobs in some rows of the table."""
    board = board_of(jobs, rows, offer, roads, state)
    job = board.job
    slack = (job["due_s"] - job["from_s"] - job["need_s"]) * np.where(job["sort"] == RIGID, RIGID_URGENCY, 1.0)
    order = np.lexsort((-job["mw"], slack))
    place(board, order)
    _repair(board, order)
    board.slot["low"], board.slot["high"] = offer.low_cny_per_mwh, offer.high_cny_per_mwh
    for _ in range(passes):
        place(board, order)
    if _overfull(board).any():
        board.slot["room"] = offer.room_mw
        _repair(board, order)
    return board


def board_of(jobs: Jobs, rows: NDArray[np.int64], offer: Offer, roads: Roads, state: JobsState | None) -> Board:
    """Sites and jobs as arrays, with nothing placed yet."""
    slot, hall = np.zeros(offer.room_mw.shape, SLOT), np.zeros(offer.gpus.size, HALL)
    slot["low"] = offer.worth_cny_per_mwh
    slot["high"] = np.maximum(offer.worth_cny_per_mwh, offer.high_cny_per_mwh)
    slot["planned"], slot["room"] = offer.planned_mw, offer.soft_room_mw
    if offer.kept_mw is not None:
        slot["used"] = np.minimum(offer.kept_mw, np.maximum(offer.soft_room_mw, 0.0))
    if offer.kept_gpus is not None:
        slot["gpus"] = np.minimum(offer.kept_gpus, offer.gpus[:, None])
    hall["gpus_max"], hall["nodes_max"] = offer.gpus, offer.nodes
    known = np.isfinite(offer.gpus) & np.isfinite(offer.nodes) & (offer.nodes > 0)
    hall["per_node"] = np.where(known, offer.gpus, np.inf) / np.where(known, offer.nodes, 1.0)
    extra = _extra(jobs, roads)
    levels, bends = _curves(jobs.classes)
    job = _job_table(jobs, rows, offer, extra, state)
    draft = np.zeros(int(job["row_end"][-1]) if job.size else 0, DRAFT)
    draft["at"] = NOWHERE
    counted = bool(np.isfinite(offer.gpus).any() or np.isfinite(offer.nodes).any())
    return Board(
        edge_s=offer.edge_s,
        slot=slot,
        hall=hall,
        counted=counted,
        job=job,
        draft=draft,
        extra=extra,
        levels=levels,
        bends=bends,
    )


def _job_table(
    jobs: Jobs, rows: NDArray[np.int64], offer: Offer, extra: NDArray[np.float64], state: JobsState | None
) -> NDArray[np.void]:
    """What the board knows of the jobs in some rows of the table."""
    now = _now(jobs, rows, offer, state)
    job = np.zeros(rows.size, JOB)
    for field in ("from_s", "due_s", "need_s", "begun", "at", "level_now"):
        job[field] = getattr(now, field)
    job["mw"], job["gpus"], job["nodes"] = jobs.power_mw[rows], jobs.gpus[rows], jobs.nodes[rows]
    job["curve"] = jobs.class_index[rows]
    job["away"] = jobs.home[rows] * len(jobs.classes) + jobs.class_index[rows]
    job["least"] = jobs.of_class("least_power")[rows]
    job["delay"] = jobs.of_class("deferral_cost_cny_per_gpu_hour")[rows] * jobs.gpus[rows] / SECONDS_PER_HOUR**2
    for field in ("pause_s", "restart_s", "recap_s"):
        job[field] = jobs.of_class(field)[rows]
    moves = np.isfinite(extra[job["away"]]).sum(axis=1) > 1
    send_s = jobs.move_gb[rows] * GBIT_PER_GB / jobs.of_class("move_gbit_per_s")[rows]
    job["send_s"] = np.where(moves, send_s, 0.0)
    dead = sum(job[field] for field in ("pause_s", "restart_s", "recap_s", "send_s")) > 0
    job["sort"] = np.where(jobs.of_class("interruptible")[rows], np.where(dead, STICKY, LOOSE), RIGID)
    first = np.searchsorted(offer.edge_s, now.from_s, side="right") - 1
    job["first"] = np.clip(first, 0, offer.edge_s.size - 2)
    last = np.minimum(np.searchsorted(offer.edge_s, now.due_s), offer.edge_s.size - 1)
    job["last"] = np.maximum(last, job["first"] + 1)
    job["row_end"] = np.cumsum(job["last"] - job["first"])
    job["row"] = job["row_end"] - (job["last"] - job["first"])
    return job


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """Where some jobs stand as the window begins."""

    from_s: NDArray[np.float64]
    due_s: NDArray[np.float64]
    need_s: NDArray[np.float64]
    begun: NDArray[np.int64]
    at: NDArray[np.int64]
    level_now: NDArray[np.float64]


def _now(jobs: Jobs, rows: NDArray[np.int64], offer: Offer, state: JobsState | None) -> _Now:
    """As the table or the state says; a job that is late already is due as soon as it can be done."""
    start_s = offer.edge_s[0]
    from_s, need_s = np.maximum(jobs.arrive_s[rows], start_s), jobs.run_s[rows]
    begun, at, level = np.full(rows.size, WAITING), jobs.home[rows], np.zeros(rows.size)
    if state is not None:
        from_s = np.maximum(np.maximum(from_s, state.now_s), state.ready_s[rows])
        need_s, at, level = state.left_s[rows], state.site[rows], state.level[rows]
        begun = np.where(level > 0, RUNNING, np.where(state.started[rows], PAUSED, WAITING))
    again_s = np.where(begun == PAUSED, jobs.of_class("restart_s")[rows], 0.0)
    due_s = np.maximum(jobs.due_s[rows], from_s + need_s + again_s)
    # What the window cannot hold is done as far as it can be.
    due_s = np.minimum(due_s, offer.edge_s[-1])
    from_s = np.minimum(from_s, due_s)
    need_s = np.minimum(need_s, np.maximum(due_s - from_s - again_s, 0.0))
    return _Now(from_s=from_s, due_s=due_s, need_s=need_s, begun=begun, at=at, level_now=level)


def _extra(jobs: Jobs, roads: Roads) -> NDArray[np.float64]:
    """What a MWh costs besides at each site, a row for each home and class; infinite where it may not run."""
    return np.array(
        [
            np.where(roads.reached(home, one.latency_ms_max), roads.cost_cny_per_mwh[home], np.inf)
            for home in range(len(jobs.sites))
            for one in jobs.classes
        ]
    )


def _curves(classes: tuple[JobClass, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levels worth running at, and the whole curve, of each class; padded to one length."""
    points = [worthwhile(one) for one in classes]
    most = max(len(found) for found in points)
    levels = np.array([[level for level, _ in found] + [0.0] * (most - len(found)) for found in points])
    curves = [((0.0, 0.0), *one.power_work) for one in classes]
    most = max(len(curve) for curve in curves)
    return levels, np.array([[*curve, *([curve[-1]] * (most - len(curve)))] for curve in curves])


def worthwhile(one: JobClass) -> tuple[tuple[float, float], ...]:
    """Points (level, speed) of a class that are the best for some price: the upper hull of what it may run at from off.

    Example:
        >>> from wattloom.domain.jobs import JobClass
        >>> from wattloom.domain.workloads import WorkloadKind
        >>> curve = ((0.5, 0.6), (0.8, 0.7), (1.0, 1.0))
        >>> worthwhile(JobClass(name="a", kind=WorkloadKind.BATCH, least_power=0.5, power_work=curve))
        ((0.5, 0.6), (1.0, 1.0))
    """
    allowed = {level for level, _ in one.power_work if level >= one.least_power} | {1.0}
    allowed |= {one.least_power} if one.least_power > 0 else set()
    hull: list[tuple[float, float]] = [(0.0, 0.0)]
    for level in sorted(allowed):
        point = (level, float(one.speed_at(level)))
        while len(hull) > 1 and _rises_faster(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return tuple(hull[1:])


def _rises_faster(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether b lies on or below the line from a to c."""
    return (b[1] - a[1]) * (c[0] - a[0]) <= (c[1] - a[1]) * (b[0] - a[0]) + 1e-12


def _overfull(board: Board) -> NDArray[np.bool_]:
    """Where more runs than there is room or machines for, shape (site, period)."""
    slot, hall = board.slot, board.hall[:, None]
    gpus = slot["gpus"] + slot["gang_gpus"] > hall["gpus_max"] * (1 + ROUNDING)
    nodes = slot["nodes"] + np.ceil(slot["gpus"] / hall["per_node"] - ROUNDING) > hall["nodes_max"] + ROUNDING
    return np.asarray((slot["used"] > slot["room"] + EXCESS_MW) | gpus | nodes, dtype=np.bool_)


def _repair(board: Board, order: NDArray[np.int64]) -> None:
    """Take those who can wait longest out of overfull periods, whose price rises each time they are found so."""
    slot, job, draft = board.slot, board.job, board.draft
    bump = BUMP * float(np.mean(np.abs(slot["low"])))
    owner = np.repeat(np.arange(job.size), job["row_end"] - job["row"])
    period = np.arange(draft.size) + np.repeat(job["first"] - job["row"], job["row_end"] - job["row"])
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    for _ in range(REPAIRS_MAX):
        full = _overfull(board)
        if not full.any():
            return
        slot["low"][full] += bump
        slot["high"][full] += bump
        running = draft["at"] != NOWHERE
        touched = np.unique(owner[running][full[draft["at"][running], period[running]]])
        place(board, touched[np.argsort(-rank[touched])])
