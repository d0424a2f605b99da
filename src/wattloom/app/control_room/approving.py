"""Which sites may be sent their new set-points, on whose word, and for which must a person be asked first?

A site's policy says it: *automatic* follows the match; *within limits* follows it as long as IT power stays near the
day's plan, and asks beyond; *manual* asks each time. A person's approval lets the site follow for a quarter of an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.control_room.rows import Proposal, Row
from wattloom.app.control_room.state import AUTOMATIC, MANUAL, POLICY_WORDS, WITHIN, Policies
from wattloom.domain.errors import Conflict
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.app.control_room.rows import Tables
    from wattloom.dispatch.matching import SiteNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long people are given, in the plant's seconds; assumed, a setting."""

    asked_s: float = 600.0
    """So long a proposal waits; then it is past."""
    granted_s: float = 900.0
    """So long a site follows the match after a person approved its set-point."""


WAITING_MAX = 12
"""Proposals that wait at once: more than a person reads serves nobody. The largest moves come first."""
ROUNDING = 1e-6
"""Of a site's size: of the set-points."""
ASK_EACH_TICKS = 10
"""How often it is looked at what the sites would do if people let them."""
WORTH_ASKING = 0.02
"""Of a site's size: a smaller move is not worth a person's time."""
POLICIES = tuple((f"policy {word}", "policy") for word in POLICY_WORDS)
"""The first approvers of every room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What the match would have the sites do, IT MW, shape (site,)."""

    wanted_mw: NDArray[np.float64]
    measured_mw: NDArray[np.float64]
    plan_mw: NDArray[np.float64]
    """What the day's plan expects."""
    size_mw: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who is told, and on whose word; positions of sites."""

    sites: NDArray[np.int64]
    by: NDArray[np.int16]
    approvers: tuple[tuple[str, str], ...]


def chosen(policies: Policies, move: Move, moved: NDArray[np.bool_], *, at_s: float,
           approvers: tuple[tuple[str, str], ...]) -> Chosen:  # fmt: skip
    """Sites whose set-points moved and may be told, each with who approved it."""
    near = np.abs(move.wanted_mw - move.plan_mw) <= (policies.limit + ROUNDING) * move.size_mw
    granted = policies.granted_s > at_s
    free = (policies.kind == AUTOMATIC) | ((policies.kind == WITHIN) & near)
    sites = np.flatnonzero(moved & (free | granted) & ~policies.held)
    by = policies.kind[sites].astype(np.int16)
    names = list(approvers)
    for place, person in enumerate(policies.granted_by):
        if (person, "person") not in names:
            names.append((person, "person"))
        hers = granted[sites] & ~free[sites] & (policies.approver[sites] == place)
        by[hers] = names.index((person, "person"))
    return Chosen(sites=sites, by=by, approvers=tuple(names))


def bound(policies: Policies, *, at_s: float) -> NDArray[np.bool_]:
    """Sites that may not follow the match freely now, shape (site,)."""
    return np.asarray((policies.kind != AUTOMATIC) & ~(policies.granted_s > at_s), dtype=np.bool_)


def bounded(sites: SiteNumbers, policies: Policies, plan_mw: NDArray[np.float64], size_mw: NDArray[np.float64], *,
            at_s: float) -> SiteNumbers:  # fmt: skip
    """The sites as their policies leave them: a manual one stays where it is, one with limits stays about its plan."""
    tied = bound(policies, at_s=at_s)
    within = tied & (policies.kind == WITHIN)
    reach = policies.limit * size_mw
    most = np.where(within, np.minimum(sites.it_mw_max, plan_mw + reach), sites.it_mw_max)
    least = np.where(within, np.maximum(sites.it_mw_min, plan_mw - reach), sites.it_mw_min)
    return replace(
        sites,
        it_mw_max=most,
        it_mw_min=np.minimum(least, most),
        ramp_mw=np.where(tied & (policies.kind == MANUAL), 0.0, sites.ramp_mw),
    )


def freed(
    sites: SiteNumbers, tied: NDArray[np.bool_], ramp_mw_per_s: NDArray[np.float64], granted_s: float
) -> SiteNumbers:
    """The sites as if people had let those follow that are bound: as far as they would come in the time."""
    return replace(sites, ramp_mw=np.where(tied, ramp_mw_per_s * granted_s, sites.ramp_mw))


def asking(policies: Policies, move: Move, *, at_s: float) -> NDArray[np.int64]:
    """Sites worth asking a person about, by what the match would do with them if it could; the largest move first."""
    far = np.abs(move.wanted_mw - move.measured_mw)
    beyond = (policies.kind == MANUAL) | (np.abs(move.wanted_mw - move.plan_mw) > policies.limit * move.size_mw)
    ask = np.flatnonzero(bound(policies, at_s=at_s) & beyond & ~policies.held & (far > WORTH_ASKING * move.size_mw))
    return np.asarray(ask[np.argsort(-far[ask], kind="stable")], dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a proposal says beside the move; arrays of shape (site,)."""

    sites: Sequence[str]
    manual: NDArray[np.bool_]
    price_cny_per_mwh: NDArray[np.float64]
    facility: NDArray[np.float64]
    asked_s: float


def proposals(
    tables: Tables,
    ask_about: NDArray[np.int64],
    move: Move,
    ask: Ask,
    *,
    at: tuple[float, int],
    setpoints_mw: NDArray[np.float64],
) -> tuple[list[Row], int]:
    """Proposals that are past, and new ones for the sites that ask, as far as a person can read them."""
    (at_s, number), sites = at, ask.sites
    waiting = {row.subject: row for row in tables["proposals"].values()
               if isinstance(row, Proposal) and row.state == "waiting"}  # fmt: skip
    past: list[Row] = [
        replace(row, state="expired", decided_s=at_s) for row in waiting.values() if row.expires_s <= at_s
    ]
    gone = {row.subject for row in past if isinstance(row, Proposal)}
    room = WAITING_MAX - len(waiting) + len(past)
    new: list[Row] = []
    for n in ask_about.tolist():
        if len(new) >= room:
            break
        if sites[n] in waiting and sites[n] not in gone:
            continue
        number += 1
        now_mw, to_mw = float(move.measured_mw[n]), float(move.wanted_mw[n])
        cost = (to_mw - now_mw) * float(ask.facility[n]) * float(ask.price_cny_per_mwh[n])
        new.append(
            Proposal(
                id=f"p{number}",
                kind="set_point",
                subject=ask.sites[n],
                at_s=at_s,
                expires_s=at_s + ask.asked_s,
                text=_why(sites[n], now_mw, to_mw, float(move.plan_mw[n]), manual=bool(ask.manual[n])),
                figures={
                    "from_it_mw": now_mw,
                    "to_it_mw": to_mw,
                    "plan_it_mw": float(move.plan_mw[n]),
                    "cost_cny_per_h": cost,
                    "price_cny_per_mwh": float(ask.price_cny_per_mwh[n]),
                },
                setpoints_mw=tuple(setpoints_mw[:, n].tolist()),
            )
        )
    return [*past, *new], number


def decided(proposal: Proposal, *, approve: bool, by: str, via: str, reason: str, at_s: float) -> Proposal:
    """The proposal after a person's word; `Conflict` where it was decided or is past."""
    if proposal.state != "waiting":
        raise Conflict(
            f"proposal {proposal.id} is {proposal.state} already" + (f", by {proposal.by}" * bool(proposal.by))
        )
    if proposal.expires_s <= at_s:
        raise Conflict(f"proposal {proposal.id} is past; a new one comes where it is still worth it")
    state = "approved" if approve else "rejected"
    return replace(proposal, state=state, by=by, via=via, reason=reason, decided_s=at_s)


def _why(site: str, now_mw: float, to_mw: float, plan_mw: float, *, manual: bool) -> tuple[str, str]:
    """What is asked, and why of a person."""
    rule = (
        Text("its policy is manual", "该站点须人工审批")
        if manual
        else Text(
            f"that is beyond its limit about the plan of {plan_mw:.1f} MW", f"超出日计划 {plan_mw:.1f} 兆瓦的允许偏差"
        )
    )
    verb = Text("raise", "升至") if to_mw > now_mw else Text("lower", "降至")
    return (
        f"{site}: {verb.en} IT power from {now_mw:.1f} to {to_mw:.1f} MW; {rule.en}",
        f"{site}：IT 功率由 {now_mw:.1f} {verb.zh} {to_mw:.1f} 兆瓦；{rule.zh}",
    )
