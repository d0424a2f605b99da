"""Which tables do replays of the same jobs come to? Each is language-free; page, workbook and screen show the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wattloom.edge.reports.dispatch_words import of_class, of_policy
from wattloom.edge.reports.figures import WHOLE_CNY
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.tables import unit_of
from wattloom.edge.reports.words import Amount, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattloom.app.replay_answer import DispatchReplay
    from wattloom.edge.reports.words import Cell
    from wattloom.twin.result import ClassResult, ReplayResult


def policies(replay: DispatchReplay) -> Table:
    """What each policy comes to over the whole of the replay."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            of_policy(one.policy),
            one.cost_cny,
            one.energy_mwh,
            one.carbon_t,
            one.deadline_misses,
            waited_hours(one),
            work_kept(one),
            one.migrations,
        )
        for one in replay.results
    )
    heads = ("energy_drawn_mwh", "carbon_t", "deadline_misses", "waited_hours_mean", "work_kept", "migrations")
    return Table(
        key="policies",
        columns=(Column(key="policy"), Column(key="cost_cny", unit=WHOLE_CNY), *columns(*heads)),
        rows=rows,
    )


def happened(replay: DispatchReplay) -> Table:
    """What happened on the way: jobs done and open, pauses, moves that failed, commands refused."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            of_policy(one.policy),
            one.jobs,
            one.done,
            one.still_open,
            one.pauses,
            one.moves_failed,
            one.restarts_failed,
            sum(one.refused.values()),
            one.cap_excess_mwh,
            one.events,
        )
        for one in replay.results
    )
    heads = (
        "policy", "jobs", "jobs_done", "still_open", "pauses", "moves_failed", "restarts_failed", "commands_refused",
        "cap_excess_mwh", "events",
    )  # fmt: skip
    return Table(key="happened", columns=columns(*heads), rows=rows)


def savings(replay: DispatchReplay) -> Table:
    """What each policy saves against the first, with its interval."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (of_policy(one.policy), found.saved_cny, found.low_cny, found.high_cny, found.share, found.blocks, found.of)
        for one, found in zip(replay.results[1:], replay.savings, strict=True)
    )
    money = ("saved_cny", "saved_low_cny", "saved_high_cny")
    return Table(
        key="savings",
        columns=(
            Column(key="policy"),
            *(Column(key=key, unit=WHOLE_CNY) for key in money),
            *columns("saved_share", "saving_blocks", "saving_of"),
        ),
        rows=rows,
    )


def classes(replay: DispatchReplay) -> Table:
    """How the jobs of each class fared under each policy."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            of_policy(one.policy),
            of_class(found.name),
            found.jobs,
            found.deadline_misses,
            known(found.waited_hours_mean),
            known(found.waited_hours_p95),
            found.gpu_hours,
            found.energy_mwh,
            known(found.work_kept),
        )
        for one in replay.results
        for found in one.classes
    )
    heads = (
        "policy", "job_class", "jobs", "deadline_misses", "waited_hours_mean", "waited_hours_p95", "gpu_hours_done",
        "flexible_it_mwh", "work_kept",
    )  # fmt: skip
    return Table(key="replay_classes", columns=columns(*heads), rows=rows)


def further(replay: DispatchReplay) -> Table:
    """Figures that only some policies tell."""
    keys = list(dict.fromkeys(key for one in replay.results for key in one.notes))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (of_policy(one.policy), Word(key), Amount(known(one.notes[key]), unit_of(key)))
        for one in replay.results
        for key in keys
        if key in one.notes
    )
    return Table(key="further", columns=columns("policy", "measure", "figure"), rows=rows)


def waited_hours(result: ReplayResult) -> float | None:
    """Mean wait over all jobs."""
    return _mean_of_classes(result, lambda one: one.waited_hours_mean, lambda one: float(one.jobs))


def work_kept(result: ReplayResult) -> float | None:
    """Work done in time over work asked for, classes weighing as their GPU-hours."""
    return _mean_of_classes(result, lambda one: one.work_kept, lambda one: one.gpu_hours)


def _mean_of_classes(
    result: ReplayResult, value: Callable[[ClassResult], float], weight: Callable[[ClassResult], float]
) -> float | None:
    """A mean over the classes in which the value is known; None where it is in none."""
    found = [(value(one), weight(one)) for one in result.classes if math.isfinite(value(one)) and weight(one) > 0]
    total = sum(w for _, w in found)
    return sum(v * w for v, w in found) / total if total else None


def known(value: float) -> float | None:
    """A number, or None for what is none."""
    return value if math.isfinite(value) else None
