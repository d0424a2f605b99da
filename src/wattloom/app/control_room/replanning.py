"""When are the next hours planned anew, and which records come of it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.control_room.account import PERIOD_S, period_of
from wattloom.app.control_room.intraday import Intraday, intraday
from wattloom.app.control_room.outlook import outlook
from wattloom.app.control_room.planning import Day, Planned, logged, planned
from wattloom.domain.errors import WattloomError
from wattloom.domain.text import Text
from wattloom.market.response.plans import LoggedPlan

if TYPE_CHECKING:
    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen, Steps
    from wattloom.domain.ports import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of planning."""

    records: Sequence[Intraday | Planned]
    fault: Text | None = None
    """Why the next hours could not be planned; the ticks then follow the last plan, or prices of waiting."""


class Planner:
    """Makes the plans when their time has come, and knows the newest of each region."""

    def __init__(self, steps: Steps) -> None:
        """None made yet in this start."""
        self.steps, self.newest = steps, dict[str, LoggedPlan]()
        self._day: Day | None = None
        self._again_s = -np.inf

    def due(self, state: RoomState) -> bool:
        """Whether plans are to be made of this tick: of the first, and then at each period's beginning."""
        if state.at_s < self._again_s:
            return False
        self._again_s = period_of(state.at_s) + PERIOD_S
        return True

    def made(self, state: RoomState, seen: Seen) -> Made:
        """Plans of a tick; half a second of a processor, in whichever thread it is called."""
        try:
            plan = intraday(outlook(state, seen, self.steps))
        except WattloomError as error:
            why = str(error)[:160]
            text = Text(f"no certified plan: {why}", f"未得到经验证的滚动计划：{why}")
            return Made(records=self._by_day(state, seen), fault=text)
        return Made(records=[plan, *planned(state, seen, self.steps, plan.course_mw, followed=True)])

    def _by_day(self, state: RoomState, seen: Seen) -> list[Planned]:
        """Plans by the match of the plan's day; none where that has no answer either: the next period tries again."""
        try:
            self._day = self._day or Day(self.steps)
        except WattloomError:
            return []
        return planned(state, seen, self.steps, self._day.course_mw, followed=False)

    def kept(self, journal: Journal, *, last: int, records: Sequence[object]) -> None:
        """Records are in the journal, the last of them under this number: note the marks of the plans among them."""
        if any(isinstance(record, Planned) for record in records):
            self.newest = logged(journal.read(after=last - len(records)))
