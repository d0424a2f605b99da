"""What would a facility's flexibility earn in a year, by territory, after what its computing loses by it?

Five streams, each at the rules' or the file's prices: time-of-use shifting, spot spreads, demand response, frequency
and reserve. They are told gross and net of computing; as the best one alone (no stacking), and as what they bring
together (stacking, which no source seen grants or forbids: both are assumptions). Then the same for many sites: what is
left when all of them do it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from wattloom.app.flexibility_value_territory import TerritoryValue, of_territory
from wattloom.app.flexibility_value_verdict import Conclusion, concluded
from wattloom.app.flexibility_value_what_if import WhatIf, what_ifs
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.app.flexibility_value_project import ValueProject
    from wattloom.domain.ports import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexibilityValue:
    """The answer."""

    project: ValueProject
    territories: tuple[TerritoryValue, ...]
    conclusion: Conclusion
    what_ifs: tuple[WhatIf, ...]
    """Of the territory that leaves most."""
    notes: tuple[Text, ...]
    provenance: dict[str, str]


def flexibility_value(
    project: ValueProject, *, progress: Progress | None = None, source: bytes = b""
) -> FlexibilityValue:
    """Every territory of a file, and what it says of the claim."""
    told = progress or Silent()
    found = []
    for number, (key, entry) in enumerate(project.territories.items()):
        told.step(f"the year in {key}", done=number / len(project.territories))
        found.append(of_territory(project, key, entry))
    territories = tuple(found)
    return FlexibilityValue(
        project=project,
        territories=territories,
        conclusion=concluded(project, territories),
        what_ifs=what_ifs(project, territories),
        notes=tuple(dict.fromkeys((*NOTES, *(note for one in territories for note in one.notes)))),
        provenance={"wattloom": version("wattloom"), "sha256 project": hashlib.sha256(source).hexdigest()},
    )


NOTES = (
    Text(
        "Deferred work is made up only where machines stand idle; what they cost is not charged here.",
        "延后作业仅在闲置设备上补做；闲置设备的资金成本未计入。",
    ),
    Text(
        "Time-of-use prices are administrative: what one site saves by them, each of many saves too, until the bands "
        "are redrawn. It is a lower bill, not a payment for a service.",
        "分时电价为政府定价：单站可省，多站亦可省，直至时段调整；系电费减少，而非服务收入。",
    ),
    Text(
        "No hot days are assumed: sharp bands on hot days would add to time-of-use saving.",
        "未假定高温日：高温日尖峰会增加分时平移收益。",
    ),
    Text(
        "Whether streams may be added is not stated by any source that was seen: both cases are shown.",
        "各类收益可否叠加，所见来源均未说明：两种情形并列。",
    ),
)
