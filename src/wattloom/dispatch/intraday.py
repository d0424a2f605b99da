"""What should every job do in the coming quarter of an hour, now that prices, loads and arrivals are better known?

At each look the program of `ring` is brought up to date and solved from its last basis: work that is there from the
state of each job, work that is expected as an envelope, sites as they are forecast now. The split gives the plan to the
jobs that are there, and what it wants of the coming period is told as commands. What comes between two looks waits for
the next one, or starts at once where its deadline does not allow it to wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.assets.kinds.cluster.envelopes import envelopes_of_jobs
from wattloom.dispatch.accounts import spread
from wattloom.dispatch.board import NOWHERE, RUNNING, Board
from wattloom.dispatch.network import BANDS_HOURS, Work, edges_s, offer_of
from wattloom.dispatch.ring import Ring
from wattloom.dispatch.split import Offer, drafted, open_jobs
from wattloom.domain.jobs import ROUNDING_S, SECONDS_PER_HOUR, Command, JobsState, Verb
from wattloom.domain.time import TimeAxis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.network import Margins
    from wattloom.dispatch.question import DispatchQuestion, DispatchSite
    from wattloom.domain.jobs import Jobs
    from wattloom.solve.solution import Solution

HORIZON_HOURS = 24.0
PASSES = 1
LEVEL_ROUNDING = 1e-6
URGENT_S = 3600.0
"""Expected jobs with less slack than an hour have room kept free."""
ROOM_FIRST = {Verb.PAUSE: 0, Verb.CAP: 1, Verb.MOVE: 2, Verb.RESUME: 3, Verb.START: 4}
"""What makes room is told before what needs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """One look: what it took and what it found."""

    now_s: float
    cpu_s: float
    solve_cpu_s: float
    method: str
    jobs: int
    plan_cny: float
    """Of the horizon, with what is done later at its mean price."""


class RollingDispatch:
    """A `Controller` that plans anew at each look, without building its program again."""

    def __init__(
        self,
        question: DispatchQuestion,
        *,
        expected: Jobs | None = None,
        foreseen: Callable[[float], Sequence[DispatchSite]] | None = None,
        horizon_hours: float = HORIZON_HOURS,
        contents_mwh: Mapping[str, float] | None = None,
    ) -> None:
        """Build the program once.

        `question.jobs` is the table that the states speak of: of it only jobs that have arrived are looked at.
        `expected` are jobs as they may come, in the same seconds; `foreseen` gives the sites as known at an instant, on
        the axis of the question. `contents_mwh` are what stores hold at first, by site.asset; empty otherwise.
        """
        self._question = question
        self._expected = expected
        self._foreseen = foreseen
        self._bands_s = tuple(hours * SECONDS_PER_HOUR for hours in BANDS_HOURS)
        self._step_s = question.axis.step_hours * SECONDS_PER_HOUR
        horizon = min(round(horizon_hours / question.axis.step_hours), question.axis.count - 1)
        self._groups = _all_groups(question, horizon)
        self._ring = Ring(question, self._groups, horizon=horizon)
        self._sites = tuple(question.sites)
        self._contents = dict(contents_mwh or {})
        self._peaks = np.zeros(len(question.sites))
        self.replans: list[Replan] = []
        """Every look so far."""

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
        """Start at home where the job cannot wait for the next look."""
        jobs = self._question.jobs
        spare_s = jobs.due_s[job] - state.now_s - state.left_s[job]
        until_look_s = (edges_s(self._question)[0] - state.now_s) % self._step_s
        if spare_s >= until_look_s:
            return ()
        return (Command(state.now_s, job, Verb.START, int(jobs.home[job])),)

    def tick(self, state: JobsState) -> Sequence[Command]:
        """Plan anew; what jobs are to do until the next look."""
        cpu = time.process_time()
        jobs, start_s = self._question.jobs, edges_s(self._question)[0]
        now = int((state.now_s - start_s + ROUNDING_S) // self._step_s)
        rows = open_jobs(jobs, state)
        if now >= self._question.axis.count:
            return ()
        self._renew(state.now_s)
        work = self._work(now, rows, state)
        self._ring.turn(now, work, contents_mwh=self._contents, peaks_mw=self._peaks)
        solution = self._ring.solve()
        offer = self._keep_free(self._offer(now, self._ring.margins(now, solution), rows), state)
        board = drafted(jobs, rows, offer, self._ring.network.roads, state, passes=PASSES)
        self._remember(now, solution)
        commands = commands_of(board, rows, state, until_s=float(offer.edge_s[1]))
        self.replans.append(
            Replan(
                now_s=state.now_s,
                cpu_s=time.process_time() - cpu,
                solve_cpu_s=solution.report.cpu_s,
                method=solution.report.method,
                jobs=rows.size,
                plan_cny=solution.objective,
            )
        )
        return commands

    def _renew(self, now_s: float) -> None:
        """Sites as they are foreseen now."""
        if self._foreseen is None:
            return
        self._sites = tuple(self._foreseen(now_s))
        for place, site in enumerate(self._sites):
            self._ring.renew_site(place, site)

    def _remember(self, now: int, solution: Solution) -> None:
        """Contents and peaks at the end of the coming period, as planned."""
        self._contents = self._ring.contents_mwh(now, solution)
        self._peaks = np.maximum(self._peaks, self._ring.imports_mw(now, solution))

    def _work(self, now: int, rows: NDArray[np.int64], state: JobsState) -> Work:
        """What is there and what is expected, by group over the horizon."""
        axis = self._question.axis
        window = TimeAxis(axis.instants()[now].to_pydatetime(), axis.step_minutes, self._ring.horizon)
        jobs = self._question.jobs.select(rows)
        there = envelopes_of_jobs(jobs, window, bands_s=self._bands_s, state=_of_rows(state, rows))
        parts = [Work.of_groups(there, jobs)] if rows.size else []
        if self._expected is not None:
            arrive_s, end_s = self._expected.arrive_s, state.now_s + self._ring.horizon * self._step_s
            coming = self._expected.select((arrive_s > state.now_s) & (arrive_s < end_s))
            if len(coming):
                parts.append(Work.of_groups(envelopes_of_jobs(coming, window, bands_s=self._bands_s), coming))
        return _together(parts, self._groups)

    def _offer(self, now: int, margins: Margins, rows: NDArray[np.int64]) -> Offer:
        """The horizon's prices for single jobs, and a last period without limits for what may wait beyond it.

        Only in the coming period may a job take what the plan leaves free: later room is for those who are to come.
        """
        shown = self._ring.shown(now)
        sites = [_at(site, shown) for site in self._sites]
        start_s = edges_s(self._question)[0] + now * self._step_s
        edge_s = start_s + np.arange(self._ring.horizon + 2) * self._step_s
        edge_s[-1] = max(edge_s[-1], float(np.max(self._question.jobs.due_s[rows], initial=0.0)) + self._step_s)
        offer = offer_of(margins, sites, edge_s, carbon_price_cny_per_t=self._question.carbon_price_cny_per_t)
        low, high = offer.worth_cny_per_mwh.copy(), np.maximum(offer.worth_cny_per_mwh, offer.high_cny_per_mwh)
        low[:, 0] = offer.low_cny_per_mwh[:, 0]
        room, soft, planned = offer.room_mw.copy(), offer.soft_room_mw.copy(), offer.planned_mw.copy()
        room[:, -1] = soft[:, -1] = planned[:, -1] = self._ring.later_mw
        return replace(
            offer,
            low_cny_per_mwh=low,
            high_cny_per_mwh=high,
            room_mw=room,
            soft_room_mw=soft,
            planned_mw=planned,
        )

    def _keep_free(self, offer: Offer, state: JobsState) -> Offer:
        """Leave room and machines at home for expected jobs that could not wait: those with no slack to speak of."""
        if self._expected is None:
            return offer
        jobs = self._expected
        rows = np.flatnonzero(
            (jobs.arrive_s > state.now_s) & (jobs.arrive_s < offer.edge_s[-2]) & (jobs.slack_s < URGENT_S)
        )
        kept_mw, kept_gpus = np.zeros_like(offer.room_mw), np.zeros_like(offer.room_mw)
        ends_s, lasts_s = jobs.arrive_s + jobs.run_s, np.diff(offer.edge_s)
        for each, kept in ((jobs.power_mw, kept_mw), (jobs.gpus, kept_gpus)):
            spread(jobs.home[rows], jobs.arrive_s[rows], ends_s[rows], each[rows], offer.edge_s, kept)
            np.divide(kept, lasts_s, out=kept)
        kept_mw[:, -1] = kept_gpus[:, -1] = 0.0
        return replace(offer, kept_mw=kept_mw, kept_gpus=kept_gpus)


def commands_of(board: Board, rows: NDArray[np.int64], state: JobsState, *, until_s: float) -> list[Command]:
    """What a draft wants of its first period, told to the jobs in some rows of the table.

    A job that is to begin elsewhere later has its data sent now.
    """
    commands = []
    job, draft = board.job, board.draft
    for place in np.flatnonzero((job["begun"] == RUNNING) | (draft["at"][job["row"]] != NOWHERE) | (job["send_s"] > 0)):
        one, number = job[place], int(rows[place])
        mine = draft[one["row"] : one["row_end"]]
        if one["from_s"] >= until_s or state.ready_s[number] > state.now_s:
            continue
        commands += _of_job(one, mine, number, now_s=max(state.now_s, float(one["from_s"])), until_s=until_s)
    return sorted(commands, key=lambda command: (command.at_s, ROOM_FIRST[command.verb]))


def _of_job(one: np.void, mine: NDArray[np.void], number: int, *, now_s: float, until_s: float) -> list[Command]:
    """The commands of one job."""
    runs, first = one["begun"] == RUNNING, mine[0]
    site = int(first["at"])
    if site == NOWHERE:
        if runs:
            return [Command(now_s, number, Verb.PAUSE, int(one["at"]), 0.0)]
        ahead = mine["at"][mine["at"] != NOWHERE]
        if ahead.size and ahead[0] != one["at"]:
            return [Command(now_s, number, Verb.MOVE, int(ahead[0]), 0.0)]
        return []
    level, on_s = float(first["level"]), float(first["on_s"])
    goes_on = mine.size > 1 and mine[1]["at"] == site
    stays = runs and site == one["at"]
    last_s = min(until_s, float(one["due_s"]))
    begins_s = now_s if stays or not goes_on else max(last_s - on_s, now_s)
    commands = []
    if not stays:
        verb = Verb.MOVE if runs else Verb.RESUME if one["begun"] else Verb.START
        commands.append(Command(begins_s, number, verb, site, level))
    elif abs(level - one["level_now"]) > LEVEL_ROUNDING:
        commands.append(Command(now_s, number, Verb.CAP, site, level))
    rests = mine["at"][1:] != NOWHERE
    stops = not goes_on and rests.any() and begins_s + on_s < until_s - ROUNDING_S
    if stops:
        commands.append(Command(begins_s + max(on_s - float(one["pause_s"]), 0.0), number, Verb.PAUSE, site, 0.0))
    return commands


def _of_rows(state: JobsState, rows: NDArray[np.int64]) -> JobsState:
    """The state of some jobs."""
    columns = {field.name: getattr(state, field.name)[rows] for field in fields(state) if field.name != "now_s"}
    return JobsState(now_s=state.now_s, **columns)


def _at(site: DispatchSite, periods: NDArray[np.int64]) -> DispatchSite:
    """A site with the values of some periods; of its assets nothing is needed here."""
    changed = {
        field.name: getattr(site, field.name)[periods]
        for field in fields(site)
        if isinstance(getattr(site, field.name), np.ndarray)
    }
    return replace(site, assets={}, **changed)


def _all_groups(question: DispatchQuestion, horizon: int) -> Work:
    """Every home, class and band of slack, with nothing to do; GPUs for each MW as the class's machines have them."""
    jobs = question.jobs
    classes = range(len(jobs.classes))
    gpu_hours = np.bincount(jobs.class_index, weights=jobs.gpus * jobs.run_s / SECONDS_PER_HOUR, minlength=len(classes))
    energy_mwh = np.bincount(jobs.class_index, weights=jobs.energy_mwh, minlength=len(classes))
    gpus_per_mw = np.divide(gpu_hours, energy_mwh, out=np.zeros(len(classes)), where=energy_mwh > 0)
    homes, bands = range(len(question.sites)), range(len(BANDS_HOURS) + 1)
    keys = tuple((home, of_class, band) for home in homes for of_class in classes for band in bands)
    none = np.zeros((len(keys), horizon))
    return Work(
        keys=keys,
        arriving_mwh=none,
        waiting_mwh_max=none,
        running_mw_max=none,
        running_mw_min=none,
        gpus_per_mw=gpus_per_mw[[of_class for _, of_class, _ in keys]],
    )


def _together(parts: Sequence[Work], groups: Work) -> Work:
    """Work of several tables, added up by group."""
    place = {key: row for row, key in enumerate(groups.keys)}
    names = ("arriving_mwh", "waiting_mwh_max", "running_mw_max", "running_mw_min")
    summed = {name: np.zeros_like(getattr(groups, name)) for name in names}
    for part in parts:
        rows = [place[key] for key in part.keys]
        for name in names:
            np.add.at(summed[name], rows, getattr(part, name))
    return replace(groups, **summed)
