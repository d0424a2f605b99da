"""What must a person know of now, and who has seen to it? Raised by a cause, acknowledged by a person, cleared.

An alarm stands while its cause does. Once the cause is gone it waits for a person who has not seen it yet; one that was
acknowledged and is over is cleared by itself. Clearing one whose cause still stands is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.control_room.quality import LIES, STALE, VERDICTS
from wattloom.app.control_room.rows import Alarm, Row
from wattloom.dispatch.matching import GAP_MAX
from wattloom.domain.errors import Conflict
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattloom.app.control_room.rows import Tables

KINDS: Mapping[str, tuple[int, Text]] = {
    "site_stale": (2, Text("Site silent", "站点失联")),
    "site_lies": (2, Text("Site's meter lies", "站点量测失真")),
    "shortfall": (3, Text("Supply falls short", "供电缺口")),
    "certificate": (2, Text("No certified answer", "决策未获证书")),
    "command_late": (2, Text("Commands without an answer", "指令未获应答")),
    "store_slow": (2, Text("Record of decisions is slow", "存储变慢")),
    "store_out": (3, Text("Record of decisions cannot be written", "存储中断")),
    "disk_full": (3, Text("Disk nearly full", "磁盘将满")),
    "archive_fault": (1, Text("Archive cannot be written", "归档失败")),
    "clock_jump": (2, Text("Clock jumped", "时钟跳变")),
    "broker_down": (2, Text("Broker of telemetry is down", "遥测消息代理中断")),
    "ledger_out": (2, Text("Ledger takes no entries", "账本无法入账")),
    "plan_old": (1, Text("Next hours not planned anew", "滚动计划未能更新")),
    "loop_stalled": (3, Text("Live loop stands still", "实时循环停滞")),
}
"""Severity (1 look at it, 2 act soon, 3 act now) and what it is called."""
SHORTFALL_MW = 0.5
"""Below it a shortfall is the rounding of a certificate."""
EACH_MAX = 20
"""Sites of a kind that get an alarm of their own in a tick; more are told as one, so that nobody drowns."""
MANY = "many sites"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an alarm stands."""

    kind: str
    subject: str
    text: Text


def of_sites(verdict: NDArray[np.uint8], sites: Sequence[str]) -> Iterator[Cause]:
    """Sites that lie or are silent."""
    for kind, chosen in (("site_lies", np.isin(verdict, LIES)), ("site_stale", verdict == STALE)):
        where = np.flatnonzero(chosen)
        if where.size > EACH_MAX:
            count = Text(f"{where.size:,} of {len(sites):,} sites", f"{len(sites):,} 个站点中的 {where.size:,} 个")
            yield Cause(kind, MANY, count)
            continue
        for n in where.tolist():
            yield Cause(kind, sites[n], VERDICTS[verdict[n]])


def of_supply(shortfall_mw: NDArray[np.float64], regions: Sequence[str]) -> Iterator[Cause]:
    """Regions that lack supply."""
    for r in np.flatnonzero(shortfall_mw > SHORTFALL_MW).tolist():
        yield Cause("shortfall", regions[r], Text(f"{shortfall_mw[r]:,.1f} MW", f"{shortfall_mw[r]:,.1f} 兆瓦"))


def of_answer(certificate: Mapping[str, float] | None, problems: Sequence[str]) -> Iterator[Cause]:
    """A tick without an answer, or with one that its certificate does not carry."""
    if certificate is None:
        said = Text(f"the set-points before stay: {problems[0] if problems else ''}",
                    f"沿用此前设定值：{problems[0] if problems else ''}")  # fmt: skip
        yield Cause("certificate", "match", said)
    elif not certificate["gap"] <= GAP_MAX:
        gap = f"{certificate['gap']:.2%}"
        yield Cause("certificate", "match", Text(f"gap {gap}, limit {GAP_MAX:.1%}", f"间隙 {gap}，限值 {GAP_MAX:.1%}"))


def of_commands(late: NDArray[np.int64], sites: Sequence[str], late_s: float) -> Iterator[Cause]:
    """Sites, by position, whose commands wait too long."""
    if late.size:
        first = sites[int(late[0])]
        count = f"{late.size:,} sites" if late.size > 1 else "1 site"
        said = Text(f"{count} for over {late_s:g} s, such as {first}",
                    f"{late.size:,} 个站点超过 {late_s:g} 秒未应答，如 {first}")  # fmt: skip
        yield Cause("command_late", "field", said)


def rows(tables: Tables, causes: Sequence[Cause], *, at_s: float, number: int) -> tuple[list[Row], int]:
    """Alarms raised, gone on with, over or raised again, and how many numbers were given with these."""
    standing = {(cause.kind, cause.subject): cause for cause in causes}
    found: list[Row] = []
    for alarm in tables["alarms"].values():
        if not isinstance(alarm, Alarm) or alarm.ended:
            continue
        cause = standing.pop((alarm.kind, alarm.subject), None)
        if cause is None and alarm.over_s is None:
            found.append(_cleared(replace(alarm, over_s=at_s), at_s) if alarm.acknowledged_s is not None
                         else replace(alarm, over_s=at_s))  # fmt: skip
        elif cause is not None and alarm.over_s is not None:
            found.append(replace(alarm, over_s=None, text=(cause.text.en, cause.text.zh)))
    for cause in standing.values():
        number += 1
        text = (cause.text.en, cause.text.zh)
        severity = KINDS[cause.kind][0]
        found.append(
            Alarm(id=f"a{number}", kind=cause.kind, subject=cause.subject, severity=severity, text=text, raised_s=at_s)
        )
    return found, number


def decided(alarm: Alarm, verb: str, *, by: str, note: str, at_s: float) -> Alarm:
    """The alarm after a person's word; `Conflict` where it comes too late or too early."""
    if alarm.ended:
        raise Conflict(f"alarm {alarm.id} was cleared already by {alarm.cleared_by}")
    if verb == "acknowledge":
        if alarm.acknowledged_s is not None:
            raise Conflict(f"alarm {alarm.id} was acknowledged already by {alarm.acknowledged_by}")
        seen = replace(alarm, acknowledged_s=at_s, acknowledged_by=by, note=note)
        return seen if alarm.over_s is None else _cleared(seen, at_s)
    if alarm.over_s is None and alarm.kind != "clock_jump":
        raise Conflict(f"alarm {alarm.id}: its cause still stands; acknowledge it, and see to the cause first")
    return replace(_cleared(alarm, at_s), cleared_by=by, note=note or alarm.note)


def _cleared(alarm: Alarm, at_s: float) -> Alarm:
    """By itself."""
    return replace(alarm, cleared_s=at_s, cleared_by=alarm.acknowledged_by)
