"""What would the answer be if machines were full, work could not wait, or computing were dearer?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wattloom.app.flexibility_value_territory import TerritoryValue, of_territory
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattloom.app.flexibility_value_project import ValueProject

FULL = 0.999
SHORT_WAIT_H = 4.0
DEARER = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The territory that leaves most, with one thing otherwise."""

    name: Text
    territory: str
    alone_cny: float
    """Best stream alone, net."""
    response_cny: float
    """Of demand response by itself, net."""


def what_ifs(project: ValueProject, territories: tuple[TerritoryValue, ...]) -> tuple[WhatIf, ...]:
    """One line as asked, one for each change."""
    most = max(territories, key=lambda one: one.alone_cny())
    found = [_line(AS_ASKED, most)]
    for name, change in CHANGES:
        found.append(_line(name, of_territory(change(project), most.key, project.territories[most.key])))
    return tuple(found)


def _line(name: Text, value: TerritoryValue) -> WhatIf:
    """One line."""
    return WhatIf(
        name=name, territory=value.key, alone_cny=value.alone_cny(), response_cny=value.of_response_cny()
    )  # fmt: skip


def _full(project: ValueProject) -> ValueProject:
    """Machines that all work."""
    return replace(project, facility=replace(project.facility, utilisation=FULL))


def _by_demand(project: ValueProject) -> ValueProject:
    """The other way to be billed."""
    return replace(project, facility=replace(project.facility, billing="demand"))


def _shorter(project: ValueProject) -> ValueProject:
    """Work that hardly waits."""
    classes = {
        name: replace(one, delay_hours_max=min(one.delay_hours_max, SHORT_WAIT_H))
        for name, one in project.classes.items()
    }
    return replace(project, classes=classes)


def _dearer(project: ValueProject) -> ValueProject:
    """Waiting that costs more."""
    classes = {
        name: replace(one, delay_cny_per_gpu_hour_hour=DEARER * one.delay_cny_per_gpu_hour_hour)
        for name, one in project.classes.items()
    }
    return replace(project, classes=classes)


AS_ASKED = Text("as asked", "如所问")
CHANGES: tuple[tuple[Text, Callable[[ValueProject], ValueProject]], ...] = (
    (
        Text("no machine stands idle (99.9 % in use): deferred work is lost", "无闲置设备（利用率 99.9%）：延后即损失"),
        _full,
    ),
    (Text("demand is billed, so that making up work costs its peak", "按需量计费：补做作业抬高最大需量"), _by_demand),
    (Text(f"work waits {SHORT_WAIT_H:g} h at most", f"最长延后 {SHORT_WAIT_H:g} 小时"), _shorter),
    (Text(f"waiting costs {DEARER:g} times as much", f"延后成本为 {DEARER:g} 倍"), _dearer),
)
