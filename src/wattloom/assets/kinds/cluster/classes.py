"""How flexible is a computing facility, and why? A score from 0 to 100 with a sentence for every part of it.

Policy asks for facilities to be managed by class of task, with direct connection for those that can regulate. No
official thresholds exist. Weights, saturation points and class limits below are ours and stated with every result.

Each part of the mean IT power earns points for what it can do, in proportion to its share:

    waiting    60 × share × (1 − least power) × window up to 24 h × room to catch up
    capping    25 × share × power that a cap saves while 75 % of the work is kept × window up to 3 h × room to catch up
    moving     40 × share of serving that another site may answer
    notice     15 × share of all that waits or moves × how soon it answers

Waiting, capping and notice add up to 100 for a facility of batch work only; a better answer never lowers the score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.assets.kinds.cluster.power_work import power_for, upper_hull
from wattloom.domain.text import Text
from wattloom.domain.workloads import Classification, Contribution, FlexibilityClass, WorkloadKind

if TYPE_CHECKING:
    from wattloom.assets.kinds.cluster.cluster import Cluster
    from wattloom.assets.kinds.cluster.workload import WorkloadClass

WAITING_POINTS = 60.0
CAPPING_POINTS = 25.0
MOVING_POINTS = 40.0
NOTICE_POINTS = 15.0

WINDOW_FULL_HOURS = 24.0
"""A day: flexible work of Google's carbon-aware platform is done within it (arXiv:2106.11750)."""
CATCH_UP_FULL = 1.0
"""Spare machines over the class's mean at which work is caught up as fast as it fell behind."""
WORK_KEPT = 0.75
"""Floor of the middle tier of the Phoenix field test, 2025 (arXiv:2507.00909)."""
CAPPING_FULL = 0.5
"""Half of the power saved: the deepest minute of the same test's event of 3 May."""
EVENT_HOURS = 3.0
"""Length of the reduction in the same test."""
NOTICE_FULL_MINUTES = 5.0
"""The same test reached its reduction in 4 to 5 minutes."""
NOTICE_NONE_MINUTES = 1440.0
"""A day ahead is a schedule, not an answer."""


CLASS_FROM = ((60.0, FlexibilityClass.HIGH), (30.0, FlexibilityClass.MEDIUM), (10.0, FlexibilityClass.LOW))
"""Least points of each grade; below the last a facility is rigid."""
STATED = Text(
    "No official thresholds exist: weights and class limits (60, 30, 10 of 100 points) are Wattloom's own.",
    "尚无官方分级标准：权重与分级界限（满分 100，60、30、10 分）由 Wattloom 自定。",
)


def classify(cluster: Cluster) -> Classification:
    """The flexibility score and class of a facility, with a sentence for every contribution."""
    contributions = [part for name, work in cluster.classes.items() for part in _of_class(cluster, name, work)]
    contributions.append(_notice(cluster))
    score = sum(part.points for part in contributions)
    reached = (name for least, name in CLASS_FROM if score >= least)
    return Classification(
        score=score,
        grade=next(reached, FlexibilityClass.RIGID),
        contributions=tuple(contributions),
        stated=STATED,
    )


def _of_class(cluster: Cluster, name: str, work: WorkloadClass) -> list[Contribution]:
    """What one class of work earns."""
    if work.kind is WorkloadKind.MOVABLE_SERVING:
        return [_moving(name, work)]
    if not work.waits:
        return [_nothing(name, work)]
    room = _up_to(_spare(cluster, work), CATCH_UP_FULL)
    return [_waiting(name, work, room), _capping(name, work, room)]


def _waiting(name: str, work: WorkloadClass, room: float) -> Contribution:
    """Points for work that may be done later."""
    window = _up_to(work.window_hours, WINDOW_FULL_HOURS)
    points = WAITING_POINTS * work.share * (1.0 - work.least_power) * window * room
    return Contribution(
        workload=name,
        ability="waiting",
        points=points,
        sentence=Text(
            f"{name}: {work.share:.0%} of the mean power may wait {work.window_hours:g} h, all but "
            f"{work.least_power:.0%} of it may stop, and spare machines give {room:.0%} of the room to catch up: "
            f"{points:.1f} of {WAITING_POINTS:g} points.",
            f"{name}：平均功率的{work.share:.0%}可等待{work.window_hours:g}小时，其中{work.least_power:.0%}须保持"
            f"运行，追赶余量为{room:.0%}：得{points:.1f}分（满分{WAITING_POINTS:g}分）。",
        ),
    )


def _capping(name: str, work: WorkloadClass, room: float) -> Contribution:
    """Points for machines that run slower under a power cap."""
    saved = 0.0 if work.power_work == "linear" else 1.0 - power_for(upper_hull(work.points, from_off=False), WORK_KEPT)
    window = _up_to(work.window_hours, EVENT_HOURS)
    points = CAPPING_POINTS * work.share * _up_to(saved, CAPPING_FULL) * window * room
    if saved:
        en = f"{name}: a cap saves {saved:.0%} of its power while {WORK_KEPT:.0%} of the work goes on"
        zh = f"{name}：限功率可节省{saved:.0%}的功率并保持{WORK_KEPT:.0%}的工作量"
    else:
        en, zh = f"{name}: no power–work curve is given for it", f"{name}：未给出功率—工作量曲线"
    return Contribution(
        workload=name,
        ability="capping",
        points=points,
        sentence=Text(
            f"{en}: {points:.1f} of {CAPPING_POINTS:g} points.",
            f"{zh}：得{points:.1f}分（满分{CAPPING_POINTS:g}分）。",
        ),
    )


def _moving(name: str, work: WorkloadClass) -> Contribution:
    """Points for serving that another site may answer."""
    points = MOVING_POINTS * work.share
    return Contribution(
        workload=name,
        ability="moving",
        points=points,
        sentence=Text(
            f"{name}: {work.share:.0%} of the mean power may be served from another site, where there is one: "
            f"{points:.1f} of {MOVING_POINTS:g} points.",
            f"{name}：平均功率的{work.share:.0%}可由其他站点（如有）承接：得{points:.1f}分（满分{MOVING_POINTS:g}分）。",
        ),
    )


def _nothing(name: str, work: WorkloadClass) -> Contribution:
    """A sentence for work that can do nothing of this."""
    return Contribution(
        workload=name,
        ability="waiting",
        points=0.0,
        sentence=Text(
            f"{name}: {work.share:.0%} of the mean power neither waits nor moves: 0 points.",
            f"{name}：平均功率的{work.share:.0%}既不能等待也不能迁移：得0分。",
        ),
    )


def _notice(cluster: Cluster) -> Contribution:
    """Points for answering soon, for the share that can answer at all."""
    works = cluster.classes.values()
    able = sum(work.share for work in works if work.waits or work.kind is WorkloadKind.MOVABLE_SERVING)
    minutes = cluster.notice_minutes
    soon = 0.0 if minutes is None else _soon(minutes)
    points = NOTICE_POINTS * able * soon
    told_en = "the time to answer is unknown" if minutes is None else f"the load follows {minutes:g} min after a signal"
    told_zh = "响应时间未知" if minutes is None else f"收到指令后{minutes:g}分钟内到位"
    return Contribution(
        workload="",
        ability="notice",
        points=points,
        sentence=Text(
            f"{able:.0%} of the mean power can answer, and {told_en}: {points:.1f} of {NOTICE_POINTS:g} points.",
            f"平均功率的{able:.0%}可响应，{told_zh}：得{points:.1f}分（满分{NOTICE_POINTS:g}分）。",
        ),
    )


def _soon(minutes: float) -> float:
    """1 at five minutes or less, falling to 0 at a day's notice."""
    late = (minutes - NOTICE_FULL_MINUTES) / (NOTICE_NONE_MINUTES - NOTICE_FULL_MINUTES)
    return min(1.0, max(0.0, 1.0 - late))


def _spare(cluster: Cluster, work: WorkloadClass) -> float:
    """Machines beyond its mean that the class may take to catch up, in multiples of its mean."""
    mean = cluster.utilisation * work.share
    if not mean:
        return 0.0
    spare = (1.0 - cluster.utilisation) / mean
    return spare if work.power_max is None else min(spare, work.power_max - 1.0)


def _up_to(value: float, full: float) -> float:
    """How far a value reaches towards the point beyond which more earns nothing, 0 to 1."""
    return min(1.0, max(0.0, value / full))
