"""What happens to every job, site and bill when a schedule or a controller meets what really comes?

Event-driven and job by job: arrivals, commands, dead times, moves with power on both sides, mishaps by a seeded chance,
machines that are full. The replay knows the truth; a controller is shown where the jobs stand and brings what it
foresees itself. Time is the replay's own: it begins with the jobs and is never read from a clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import Command, Jobs, JobsState, Segments
from wattloom.domain.ports import Controller, Progress, Silent
from wattloom.domain.workloads import WorkloadKind
from wattloom.twin import kernel
from wattloom.twin.accounts import settled
from wattloom.twin.result import ReplayResult
from wattloom.twin.saving import Checkpoint, Remembering, packed, unpacked
from wattloom.twin.script import script_of, send_seconds
from wattloom.twin.sites import ReplayQuestion
from wattloom.twin.tables import (
    CLASS,
    COMMAND,
    EVENT,
    GIVEN,
    LIVE,
    SAVED,
    SITE,
    STRETCH,
    TALLY,
    VERB_NUMBER,
    Plant,
    Refusal,
    Stop,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVENTS_BETWEEN_WORDS = 100_000
"""How often a replay says how far it is."""
ROOM = 1024
NOTHING_TOLD = np.zeros(0, dtype=COMMAND)
CONTROLLER, TOLD = "controller", "told"
SHOWN_AS = {"left_s": "shown_left_s", "site": "shown_site", "level": "shown_level"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Where the state of a replay is kept, and how often."""

    checkpoint: Checkpoint
    events_between: int = 500_000


@dataclass(slots=True)
class _Running:
    """A replay on its way."""

    question: ReplayQuestion
    plant: Plant
    controller: Controller | None
    progress: Progress
    keeping: Keeping | None
    question_mark: str
    told: NDArray[np.void] = field(default_factory=lambda: NOTHING_TOLD)
    """Commands that the loop has not yet heard."""
    shown: dict[str, NDArray[np.generic]] = field(default_factory=dict)
    """Columns of the living table, as controllers see them."""
    kept_at_events: int = 0
    said_at_events: int = 0


def replay(
    question: ReplayQuestion,
    decided_by: Controller | Segments,
    *,
    policy: str = "",
    progress: Progress | None = None,
    keeping: Keeping | None = None,
) -> ReplayResult:
    """Play all events under a controller or a fixed schedule; with `keeping`, go on from where a killed one was.

    The same question gives the same bytes of result, killed and resumed or not. A job that a schedule leaves before its
    work is done goes on until it is done.
    """
    schedule = decided_by if isinstance(decided_by, Segments) else None
    run = _Running(
        question=question,
        plant=_plant(question, schedule),
        controller=None if isinstance(decided_by, Segments) else decided_by,
        progress=progress or Silent(),
        keeping=keeping,
        question_mark="",
    )
    run.question_mark = _mark(run.plant, question)
    _go_on(run)
    _play(run)
    _close_books(run)
    return settled(question, run.plant, policy=policy)


def _play(run: _Running) -> None:
    """Until the end: let the loop run, and answer when it stops."""
    _make_room(run)
    while True:
        stop, job = kernel.advance(run.plant, run.told, EVENTS_BETWEEN_WORDS)
        run.told = NOTHING_TOLD
        if stop == Stop.ENDED:
            return
        if stop == Stop.ARRIVED and run.controller is not None:
            run.told = _rows(run, run.controller.arrived(job, _shown(run)))
        elif stop == Stop.TICK and run.controller is not None:
            run.told = _rows(run, run.controller.tick(_shown(run)))
        if stop == Stop.FULL or len(run.told):
            _make_room(run)
        _pause_for_breath(run)


def _pause_for_breath(run: _Running) -> None:
    """Say how far it is, and keep the state, each after so many events."""
    events = int(run.plant.tally[0]["events"])
    if events - run.said_at_events >= EVENTS_BETWEEN_WORDS:
        run.said_at_events = events
        now_s = float(run.plant.tally[0]["now_s"])
        run.progress.step(f"{events:,} events replayed", done=min(now_s / run.question.end_s, 1.0))
    if run.keeping is not None and events - run.kept_at_events >= run.keeping.events_between:
        run.kept_at_events = events
        run.keeping.checkpoint.save(_state(run))


def _shown(run: _Running) -> JobsState:
    """Where each job stands now; a look at living tables, to be read before the call returns."""
    kernel.look(run.plant)
    if not run.shown:
        for name in ("arrived", "done", "left_s", "site", "level", "started", "ready_s"):
            column = run.plant.live[SHOWN_AS.get(name, name)].view()
            column.flags.writeable = False
            run.shown[name] = column
    return JobsState(now_s=float(run.plant.tally[0]["now_s"]), **run.shown)  # type: ignore[arg-type]


def _rows(run: _Running, commands: Sequence[Command]) -> NDArray[np.void]:
    """Commands as a table; none lies in the past."""
    if not commands:
        return NOTHING_TOLD
    now_s = float(run.plant.tally[0]["now_s"])
    count, sites = len(run.question.jobs), len(run.question.sites)
    for one in commands:
        if not (0 <= one.job < count and 0 <= one.site < sites and isfinite(one.at_s) and isfinite(one.level)):
            raise InputError.one(
                f"command at {now_s:g} s",
                found=f"{one}",
                expected=f"one of {count} jobs, one of {sites} sites, a finite time and level",
                remedy="correct the controller",
            )
    told = [(max(one.at_s, now_s), one.job, VERB_NUMBER[one.verb], one.site, one.level) for one in commands]
    return np.array(told, dtype=COMMAND)


def _plant(question: ReplayQuestion, schedule: Segments | None) -> Plant:
    """All tables at the start."""
    jobs = question.jobs
    return Plant(
        given=_given(jobs),
        classes=_class_rows(jobs),
        curve=_curves(jobs),
        may_run=question.may_run(),
        script=np.zeros(0, dtype=COMMAND) if schedule is None else script_of(schedule, jobs),
        live=_live(jobs),
        sites=_site_rows(question),
        heap=np.zeros(ROOM, dtype=EVENT),
        log=np.zeros(max(ROOM, 2 * len(jobs)), dtype=STRETCH),
        working=np.zeros(len(jobs), dtype=np.int64),
        refused=np.zeros(len(Refusal), dtype=np.int64),
        tally=_tally(question, asks=schedule is None),
    )


def _given(jobs: Jobs) -> NDArray[np.void]:
    """What is so of each job for good."""
    rows = np.zeros(len(jobs), dtype=GIVEN)
    for name in GIVEN.names or ():
        rows[name] = send_seconds(jobs) if name == "send_s" else getattr(jobs, name)
    return rows


def _class_rows(jobs: Jobs) -> NDArray[np.void]:
    """What is so of each class."""
    rows = np.zeros(len(jobs.classes), dtype=CLASS)
    for row, one in zip(rows, jobs.classes, strict=True):
        for name in ("pause_s", "restart_s", "recap_s", "least_power", "interruptible"):
            row[name] = getattr(one, name)
        # A service moves by being started elsewhere before it ends here: it needs no pause to do so.
        row["moves_running"] = one.interruptible or one.kind is WorkloadKind.MOVABLE_SERVING
    return rows


def _curves(jobs: Jobs) -> NDArray[np.float64]:
    """Power-work curves from (0, 0), filled up with their last point, shape (class, point, 2)."""
    longest = max(len(one.power_work) for one in jobs.classes)
    return np.array(
        [[(0.0, 0.0), *one.power_work, *[one.power_work[-1]] * (longest - len(one.power_work))] for one in jobs.classes]
    )


def _live(jobs: Jobs) -> NDArray[np.void]:
    """Every job before it arrives."""
    rows = np.zeros(len(jobs), dtype=LIVE)
    rows["site"] = rows["shown_site"] = jobs.home
    rows["left_s"] = rows["shown_left_s"] = jobs.run_s
    rows["target"] = rows["queue_next"] = rows["queue_before"] = kernel.NOBODY
    rows["started_s"] = rows["finish_s"] = rows["from_target_s"] = np.nan
    return rows


def _site_rows(question: ReplayQuestion) -> NDArray[np.void]:
    """Every site, with nothing running."""
    rows = np.zeros(len(question.sites), dtype=SITE)
    for row, site in zip(rows, question.sites, strict=True):
        row["gpus_max"] = np.inf if site.gpus is None else site.gpus
        row["nodes_max"] = np.inf if site.nodes is None else site.nodes
        row["queue_first"] = row["queue_last"] = kernel.NOBODY
    return rows


def _tally(question: ReplayQuestion, *, asks: bool) -> NDArray[np.void]:
    """All counts at zero, and what the loop must know."""
    tally = np.zeros(1, dtype=TALLY)
    row = tally[0]
    row["end_s"], row["asks"] = question.end_s, asks
    row["tick_s"] = question.look_minutes * 60.0 if asks else 0.0
    row["move_fails"], row["restart_fails"] = question.mishaps.move_fails, question.mishaps.restart_fails
    row["seed"] = question.mishaps.seed
    return tally


def _make_room(run: _Running) -> None:
    """Let the tables grow where the next event might need it; what happens does not depend on it."""
    tally = run.plant.tally[0]
    events = int(tally["waiting_events"]) + int(tally["queued"]) + len(run.told) + 2 * kernel.SPARE
    stretches = int(tally["stretches"]) + 2 * kernel.SPARE
    if events > len(run.plant.heap):
        run.plant = run.plant._replace(heap=_longer(run.plant.heap, events))
    if stretches > len(run.plant.log):
        run.plant = run.plant._replace(log=_longer(run.plant.log, stretches))


def _longer(table: NDArray[np.void], least: int) -> NDArray[np.void]:
    """The table with at least twice the room."""
    longer = np.zeros(max(2 * len(table), least), dtype=table.dtype)
    longer[: len(table)] = table
    return longer


def _close_books(run: _Running) -> None:
    """End every stretch at the end of the axis, and read the meters."""
    for job in np.flatnonzero(run.plant.live["drawn"] > 0).tolist():
        _make_room(run)
        kernel.cut(run.plant, job)
    sites = run.plant.sites
    sites["metered_mws"] += sites["power_mw"] * (run.question.end_s - sites["metered_s"])
    sites["metered_s"] = run.question.end_s


def _mark(plant: Plant, question: ReplayQuestion) -> str:
    """What tells one question from another: nobody goes on from the state of another one."""
    marked = hashlib.sha256(question.axis.start.isoformat().encode())
    for table in (*plant[:5], plant.sites, plant.tally):
        marked.update(np.ascontiguousarray(table).tobytes())
    return marked.hexdigest()


def _state(run: _Running) -> bytes:
    """All that changes, as bytes."""
    tally = run.plant.tally[0]
    used = {"heap": int(tally["waiting_events"]), "log": int(tally["stretches"])}
    arrays = {name: getattr(run.plant, name)[: used.get(name)] for name in SAVED}
    arrays[TOLD] = run.told
    if isinstance(run.controller, Remembering):
        arrays[CONTROLLER] = np.frombuffer(run.controller.remembered(), dtype=np.uint8)
    return packed(arrays, {"question": run.question_mark})


def _go_on(run: _Running) -> None:
    """Take up the state that was kept, if one was."""
    content = run.keeping.checkpoint.load() if run.keeping is not None else None
    if content is None:
        return
    arrays, facts = unpacked(content)
    if facts.get("question") != run.question_mark:
        raise InputError.one(
            "kept state of a replay",
            found="the state of another question",
            expected="the same jobs, sites, schedule and mishaps",
            remedy="delete it, or ask what was asked before",
        )
    remembered = arrays.pop(CONTROLLER, None)
    if remembered is not None and isinstance(run.controller, Remembering):
        run.controller.remember(remembered.tobytes())
    # With the very types of the tables: a file forgets their alignment, and the loop would be compiled anew.
    run.told = np.array(arrays[TOLD]).view(COMMAND)
    types = {name: getattr(run.plant, name).dtype for name in SAVED}
    run.plant = run.plant._replace(**{name: np.array(arrays[name]).view(kind) for name, kind in types.items()})
    run.kept_at_events = run.said_at_events = int(run.plant.tally[0]["events"])
