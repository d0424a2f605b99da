"""What came of an event: nominated, awarded, called, delivered, counted, paid, and whose is every fen?

The pool is called for what was awarded. Members are told the cheapest way; what some cannot give in the end, others
make up for as far as they can. Computing members answer job by job, played by the twin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.vpp_baseline import PoolBaseline, pool_baseline
from wattloom.app.vpp_frequency import Followed, follow
from wattloom.app.vpp_members import Crew, reported
from wattloom.app.vpp_nominate import VppNomination, vpp_nominate
from wattloom.app.vpp_posting import FREQUENCY, openings, posting
from wattloom.app.vpp_scenarios import drawn
from wattloom.dispatch.grid_events import EventPlan
from wattloom.dispatch.pool_project import PoolProject
from wattloom.dispatch.pool_split import Told, activate
from wattloom.domain.money import exact
from wattloom.domain.ports import Silent
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.intake.levels import Levels
from wattloom.ledger import Entry
from wattloom.market.response import ResponseLine, ResponseRule, Verified, paid, response_rule, verified
from wattloom.market.shares import Answered, ShareLine, Terms, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.assets.kinds.pool.reach import Giver
    from wattloom.domain.ports import Progress

KW_PER_MW = 1000.0
W_PER_MW = 1_000_000
ROUNDING_MW = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberEvent:
    """One member in the event; arrays hold MW of each period."""

    name: str
    kind: str
    """Section of the file: computing, clusters, batteries, loads or fleets."""
    baseline_mw: NDArray[np.float64]
    first_told_mw: NDArray[np.float64]
    told_mw: NDArray[np.float64]
    """In the end, with what it made up for others."""
    delivered_mw: NDArray[np.float64]
    """Baseline less meter, or the other way round where more is called for."""
    measured: bool
    """Whether a meter says so; otherwise the twin or a draw does."""
    plan: EventPlan | None
    """Of a computing member: what its jobs were told."""
    out: Text | None
    """Why it stayed out."""

    @property
    def metered_mw(self) -> NDArray[np.float64]:
        """What it drew where less was called for."""
        return np.asarray(self.baseline_mw - self.delivered_mw)


@dataclass(frozen=True, slots=True, kw_only=True)
class VppEvent:
    """An event from the promise to the last fen."""

    nominated: VppNomination
    awarded_mw: NDArray[np.float64]
    told: Told
    """As first told."""
    members: tuple[MemberEvent, ...]
    baseline: PoolBaseline
    """By the rule: what the response is counted against."""
    rule: ResponseRule
    verified: Verified
    paid: tuple[ResponseLine, ...]
    shares: tuple[ShareLine, ...]
    entries: tuple[Entry, ...]
    """For the ledger: openings, then the event, provisional until the market's own statement is there."""
    member_cost_cny: float
    """What the response cost its members, by their own word."""
    frequency: Followed | None
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]

    @property
    def project(self) -> PoolProject:
        """What was asked."""
        return self.nominated.project

    @property
    def paid_fen(self) -> int:
        """All lines of the market."""
        return sum(line.amount_fen for line in self.paid)

    @property
    def baseline_mw(self) -> NDArray[np.float64]:
        """Of the pool, by the rule."""
        return self.baseline.mw

    @property
    def delivered_mw(self) -> NDArray[np.float64]:
        """Of the pool."""
        return np.asarray(np.sum([one.delivered_mw for one in self.members], axis=0))

    @property
    def metered_mw(self) -> NDArray[np.float64]:
        """Net draw of the pool."""
        sign = 1.0 if self.rule.direction == "down" else -1.0
        return np.asarray(np.sum([one.baseline_mw for one in self.members], axis=0) - sign * self.delivered_mw)


def vpp_event(
    project: PoolProject, *, folder: Path | None = None, progress: Progress | None = None, source: bytes = b""
) -> VppEvent:
    """The project's event, all the way."""
    told_of, where = progress or Silent(), folder or Path()
    rule = response_rule(
        project.rule.programme,
        project.event.day,
        given=project.rule.given,
        price_cny_per_mwh=project.award.price_cny_per_mwh,
    )
    nominated = vpp_nominate(project, folder=where, source=source)
    told_of.step("activation", done=0.6)
    awarded = _awarded(project, nominated)
    team = nominated.crew
    told = activate(team.givers, awarded, team.window)
    members, notes = _delivered(project, team, told, awarded=awarded, folder=where)
    told_of.step("settlement", done=0.9)
    base = pool_baseline(project, team.baseline_mw, folder=where)
    settled = _Settled(
        base_mw=base.mw, members=members, awarded_mw=awarded, minutes=team.window.step_minutes, rule=rule
    )
    judged = settled.judged(frozenset(one.name for one in members))
    lines = paid(judged, rule)
    parts = _parts(project, settled, lines)
    followed = follow(project) if project.signal else None
    return VppEvent(
        nominated=nominated,
        awarded_mw=awarded,
        told=told,
        members=members,
        baseline=base,
        rule=rule,
        verified=judged,
        paid=lines,
        shares=parts,
        entries=_entries(project, parts, rule, followed),
        member_cost_cny=_cost_cny(team, members),
        frequency=followed,
        notes=(*nominated.notes, *notes, *_of_rule(rule)),
        provenance=nominated.provenance,
    )


def _awarded(project: PoolProject, nominated: VppNomination) -> NDArray[np.float64]:
    """What the market took of the promise, to the kW."""
    most = np.inf if project.award.mw_max is None else project.award.mw_max
    return np.asarray(np.floor(np.minimum(project.award.share * nominated.nomination.mw, most) * KW_PER_MW) / KW_PER_MW)


def _delivered(
    project: PoolProject, team: Crew, told: Told, *, awarded: NDArray[np.float64], folder: Path
) -> tuple[tuple[MemberEvent, ...], tuple[Text, ...]]:
    """Each member's response: by its meter, by the twin, or drawn; and what a reader must know of it."""
    meters = _meters(project, team, folder)
    happened = drawn(
        team.givers, project.members, project.nominate, axis=team.window, draws=1, seed=project.award.drawn_seed
    )
    able = reported(team.givers, happened.rate_mw[0], happened.energy_mwh[0])
    final = topped_up(able, told, awarded, team)
    sign = 1.0 if project.event.direction == "down" else -1.0
    kinds = _kinds(project)
    members: list[MemberEvent] = []
    for name, base in team.baseline_mw.items():
        asked, plan = final.get(name, np.zeros(team.window.count)), None
        if name in meters:
            given = sign * (base - meters[name])
        elif name in team.plants and asked.any():
            given, plan = team.plants[name].delivered(team.window, asked)
        else:
            given = asked
        first = told.given_mw.get(name, np.zeros(team.window.count))
        members.append(
            MemberEvent(
                name=name,
                kind=kinds[name],
                baseline_mw=base,
                first_told_mw=first,
                told_mw=np.maximum(asked, first),
                delivered_mw=given,
                measured=name in meters,
                plan=plan,
                out=team.out.get(name),
            )
        )
    return tuple(members), (() if len(meters) == len(members) else (UNMETERED,))


def topped_up(
    able: Sequence[Giver], told: Told, called_mw: NDArray[np.float64], team: Crew
) -> dict[str, NDArray[np.float64]]:
    """What each gives in the end: what it was told as far as it can, and its part of what others leave.

    Where the rest cannot make up for it on top, all that is left is told anew.
    """
    hours = team.window.step_hours
    kept = {one.name: within(one, told.given_mw[one.name], hours) for one in able}
    lack = np.maximum(called_mw - np.sum(list(kept.values()), axis=0), 0.0)
    if not np.any(lack > ROUNDING_MW):
        return kept
    spare = [
        replace(one, rate_mw=np.maximum(one.rate_mw - kept[one.name], 0.0),
                energy_mwh=max(one.energy_mwh - hours * float(kept[one.name].sum()), 0.0))
        for one in able
        if not one.whole or not kept[one.name].any()
    ]  # fmt: skip
    more = activate(spare, lack, team.window)
    if more.short_mw.any():
        anew = activate(able, called_mw, team.window)
        if anew.short_mw.sum() < more.short_mw.sum() - ROUNDING_MW:
            return dict(anew.given_mw)
    return {name: power + more.given_mw.get(name, 0.0) for name, power in kept.items()}


def within(one: Giver, told_mw: NDArray[np.float64], step_hours: float) -> NDArray[np.float64]:
    """A course as far as a giver can follow it: below its rate, until its energy is used up."""
    course = np.minimum(told_mw, one.rate_mw)
    if np.isinf(one.energy_mwh):
        return np.asarray(course)
    done = np.minimum(np.cumsum(course) * step_hours, one.energy_mwh)
    return np.asarray(np.diff(done, prepend=0.0) / step_hours)


def _meters(project: PoolProject, team: Crew, folder: Path) -> dict[str, NDArray[np.float64]]:
    """What members' meters say, on the periods of the event."""
    levels = Levels(folder=folder, axis=team.window, zone=project.zone, cny_per={})
    said: Mapping[str, float | Series] = levels.resolved(project.award.meters, unit="MW", where="award.meters")
    full = (team.window.count,)
    return {
        name: np.array(np.broadcast_to(value.complete().values if isinstance(value, Series) else float(value), full))
        for name, value in said.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """What the market judges."""

    base_mw: NDArray[np.float64]
    members: Sequence[MemberEvent]
    awarded_mw: NDArray[np.float64]
    minutes: int
    """Of a period."""
    rule: ResponseRule

    def judged(self, some: frozenset[str]) -> Verified:
        """The pool as the market would see it if only some members had answered."""
        sign = 1.0 if self.rule.direction == "down" else -1.0
        drawn_mw = np.sum([one.baseline_mw for one in self.members], axis=0)
        given_mw = np.sum([one.delivered_mw * (one.name in some) for one in self.members], axis=0)
        return verified(
            KW_PER_MW * self.base_mw,
            KW_PER_MW * (drawn_mw - sign * given_mw),
            called_kw=KW_PER_MW * self.awarded_mw,
            step_minutes=self.minutes,
            rule=self.rule,
        )

    def worth(self, some: frozenset[str]) -> int:
        """What the market would pay for it, charges apart, in fen."""
        return sum(line.amount_fen for line in paid(self.judged(some), self.rule) if line.amount_fen > 0)


def _parts(project: PoolProject, settled: _Settled, lines: Sequence[ResponseLine]) -> tuple[ShareLine, ...]:
    """Every party's part of every line."""
    rule, minutes = settled.rule, settled.minutes
    answered = [
        Answered(
            name=one.name,
            told=_watt_minutes(one.first_told_mw, minutes),
            delivered=_watt_minutes(one.delivered_mw, minutes),
            most=int(rule.paid_to_share * _watt_minutes(one.told_mw, minutes)),
        )
        for one in settled.members
        if one.out is None
    ]
    terms = Terms(
        way=project.split.way,
        operator=project.operator,
        fee_share=exact(project.split.fee_share),
        parties={name: dict(one.income_shares) or {one.owner or name: 1} for name, one in project.members.items()},
    )
    pay = sum(line.amount_fen for line in lines if line.amount_fen > 0)
    charge = sum(line.amount_fen for line in lines if line.amount_fen < 0)
    return shares(pay, charge, answered, terms, worth=settled.worth)


def _entries(
    project: PoolProject, parts: Sequence[ShareLine], rule: ResponseRule, followed: Followed | None
) -> tuple[Entry, ...]:
    """Openings, then an entry for the response and one for the signal; each account is opened once."""
    name = f"{project.name} {project.event.start}"
    opened = list(openings(parts))
    moved = [posting(name, parts, clause=rule.clause.document.en)]
    if followed is not None:
        opened += openings(followed.shares, market=FREQUENCY)
        clause = followed.rule.clause.document.en
        moved.append(posting(name, followed.shares, clause=clause, market=FREQUENCY))
    return (*{one.id: one for one in opened}.values(), *(one for one in moved if one is not None))


def _watt_minutes(power_mw: NDArray[np.float64], step_minutes: int) -> int:
    """Energy of a course in whole watt-minutes."""
    return int(np.rint(power_mw * W_PER_MW).astype(np.int64).sum()) * step_minutes


def _cost_cny(team: Crew, members: Sequence[MemberEvent]) -> float:
    """What the members' responses cost them: computing by its own plan, others by their word."""
    price = {one.name: one.cost_cny_per_mwh for one in team.givers}
    hours = team.window.step_hours
    return sum(
        one.plan.cost_cny
        if one.plan
        else price.get(one.name, 0.0) * hours * float(np.maximum(one.delivered_mw, 0).sum())
        for one in members
    )


def _kinds(project: PoolProject) -> dict[str, str]:
    """Section of the file by member."""
    sections = ("computing", "clusters", "batteries", "loads", "fleets")
    return {name: section for section in sections for name in getattr(project, section)}


def _of_rule(rule: ResponseRule) -> tuple[Text, ...]:
    """Parameters that no document states."""
    return (OPEN.filled(names=", ".join(sorted(rule.assumed))),) if rule.assumed else ()


def price_cny_per_mwh(rule: ResponseRule) -> float | None:
    """The event's one price; None where it has several."""
    price = rule.price_cny_per_kwh
    return float(price * int(KW_PER_MW)) if isinstance(price, Fraction) else None


UNMETERED = Text(
    "Members without a meter in the file: computing was played job by job by the twin, the others drawn by chance.",
    "文件未提供表计的成员：算力由孪生逐作业回放，其他成员响应为随机生成。",
)
OPEN = Text(
    "Given by the user, since no document that was seen states it: {names}. To be confirmed before money moves.",
    "下列参数由用户给出，未见文件规定，结算前须确认：{names}。",
)
