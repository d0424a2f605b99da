"""How many MW may this pool promise for an event, how surely, and does the market let it?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom import __version__
from wattloom.app.vpp_members import Crew, crew
from wattloom.app.vpp_scenarios import drawn, halves, remembered
from wattloom.dispatch.pool_nominate import Capability, Coverage, Nomination, Rule, coverage, nominate
from wattloom.dispatch.pool_project import PoolProject
from wattloom.domain.errors import InputError
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Status, Verdict
from wattloom.rules.response import programme

if TYPE_CHECKING:
    from wattloom.domain.ports import Progress
    from wattloom.domain.workloads import Envelope

FRESH_SALT = 1_000_003
"""Added to the seed for draws that the promise has not seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VppNomination:
    """A promise, with what stands behind it."""

    project: PoolProject
    crew: Crew
    nomination: Nomination
    foreseen_mw: float
    """What could be given evenly if everything went as foreseen."""
    envelope: Envelope | None
    """The whole as one response that members can follow on any course inside."""
    coverage: tuple[Coverage, ...]
    """On draws never seen: once, or for each period; empty where the past is too short for a check."""
    verdicts: tuple[Verdict, ...]
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]

    @property
    def admitted(self) -> bool:
        """Whether no limit of the market is missed."""
        return all(one.status is not Status.FAIL for one in self.verdicts)


def vpp_nominate(
    project: PoolProject, *, folder: Path | None = None, progress: Progress | None = None, source: bytes = b""
) -> VppNomination:
    """The largest promise for the project's event that is kept with the probability asked for."""
    told = progress or Silent()
    told.step("members", done=0.05)
    team = crew(project, folder=folder or Path())
    if not team.givers:
        reasons = "; ".join(f"{name}: {why}" for name, why in team.out.items())
        raise InputError.one("vpp nominate", found=f"no member that can give anything ({reasons})",
                             expected="at least one", remedy="change the event, or add members")  # fmt: skip
    told.step("draws of the event", done=0.6)
    said = project.nominate
    seen, fresh, notes = _draws(project, team)
    rule, judged, why = _rule(project)
    notes += (why,)
    promise = nominate(
        seen, probability=said.probability, confidence=said.confidence, rule=rule, judged=judged
    )  # fmt: skip
    checked: tuple[Coverage, ...] = ()
    if fresh is not None:
        checked = coverage(promise, fresh)
    elif said.past:
        checked, more = _held_out(seen, project, rule, judged)
        notes += more
    return VppNomination(
        project=project,
        crew=team,
        nomination=promise,
        foreseen_mw=team.reach.constant_mw_max(),
        envelope=team.reach.envelope(team.window),
        coverage=checked,
        verdicts=_verdicts(project, promise),
        notes=(*map(Text.same, project.notes), *team.notes, *notes),
        provenance={"wattloom": __version__, "sha256 project": hashlib.sha256(source).hexdigest()},
    )


def _draws(project: PoolProject, team: Crew) -> tuple[Capability, Capability | None, tuple[Text, ...]]:
    """Draws to learn from, fresh ones to check with, and what a reader must know of them."""
    said, members = project.nominate, project.members
    if said.past:
        seen = remembered(team.givers, members, said.past, axis=team.window)
        return seen, None, (REMEMBERED.filled(count=seen.draws),)
    seen = drawn(team.givers, members, said, axis=team.window, draws=said.draws, seed=said.seed)
    fresh = drawn(
        team.givers, members, said, axis=team.window, draws=said.fresh_draws, seed=said.seed + FRESH_SALT
    )  # fmt: skip
    return seen, fresh, (DRAWN.filled(count=f"{said.draws:,}", fresh=f"{said.fresh_draws:,}"),)


def _rule(project: PoolProject) -> tuple[Rule, int, Text]:
    """What is judged, in stretches of how many periods, and who says so."""
    said, event = project.nominate.rule, project.event
    stated = programme(project.rule.programme, event.day).value("judged_minutes")
    minutes = project.rule.given.get("judged_minutes", stated)
    if said == "whole_event" or (said == "by_programme" and minutes is None):
        return "whole_event", 1, AS_A_WHOLE if said == "whole_event" else NOT_SAID
    judged = max(int(minutes or event.step_minutes) // event.step_minutes, 1)
    if event.window.count % judged:
        raise InputError.one(
            "nominate.rule",
            found=f"an event of {event.hours:g} h judged in stretches of {minutes:g} min",
            expected="whole stretches",
            remedy="correct the event's length, or rule.given.judged_minutes",
        )
    return "each_period", judged, STRETCHES.filled(minutes=f"{judged * event.step_minutes}")


def _held_out(
    seen: Capability, project: PoolProject, rule: Rule, judged: int
) -> tuple[tuple[Coverage, ...], tuple[Text, ...]]:
    """A promise learnt from the earlier half of the past, checked on the later; none where the half is too short."""
    said = project.nominate
    first, last = halves(seen)
    try:
        promise = nominate(first, probability=said.probability, confidence=said.confidence, rule=rule, judged=judged)
    except InputError:
        return (), (TOO_SHORT,)
    return coverage(promise, last), (HELD_OUT.filled(first=first.draws, last=last.draws),)


def _verdicts(project: PoolProject, promise: Nomination) -> tuple[Verdict, ...]:
    """The programme's least size and length; a limit that it does not state is none."""
    found = programme(project.rule.programme, project.event.day)
    asked = (("pool_mw_min", float(np.min(promise.mw))), ("hours_min", project.event.hours))
    return tuple(
        Verdict(
            rule=f"response_{name}",
            status=Status.PASS if figure >= found.parameters[name].value else Status.FAIL,
            figure=figure,
            limit=found.parameters[name].value,
            sense=">=",
            clause=found.parameters[name].clause,
        )
        for name, figure in asked
        if name in found.parameters
    )


DRAWN = Text(
    "What members can give was drawn {count} times from the availability and errors that the file states (assumed, not "
    "measured), and {fresh} times anew for the check.",
    "成员可响应能力按文件给定的可用率与误差（假设值，非实测）抽取 {count} 次，另抽取 {fresh} 次用于检验。",
)
REMEMBERED = Text(
    "What members can give is what they gave in {count} past events, of what was foreseen then.",
    "成员可响应能力取自过去 {count} 次事件的实际响应与当时预期之比。",
)
HELD_OUT = Text(
    "Check: a promise learnt from the first {first} past events, on the {last} after them.",
    "检验：以前 {first} 次事件确定申报量，用其后 {last} 次事件检验。",
)
AS_A_WHOLE = Text(
    "The promise holds in every period of the event together: the file asks for it.",
    "申报按整个事件各时段同时履约：文件要求。",
)
NOT_SAID = Text(
    "The promise holds in every period of the event together: the programme's document, as seen, names no stretches "
    "that are judged one by one. To be confirmed.",
    "申报按整个事件各时段同时履约：所见文件未规定分段考核，待确认。",
)
STRETCHES = Text("Each stretch of {minutes} min is judged by itself.", "每 {minutes} 分钟单独考核。")
TOO_SHORT = Text(
    "The past is too short to learn from one half and check on the other.", "历史事件过少，无法以一半确定、另一半检验。"
)
