"""A small room for tests: two of the twelve provinces' files cut to a few sites, on a clock that the test holds."""

from dataclasses import replace
from functools import cache

from wattloom.app.control_room.points import Batch
from wattloom.app.control_room.quality import Trust
from wattloom.app.control_room.state import RoomState
from wattloom.app.control_room.steps import Stepped, Steps
from wattloom.app.match_inputs import MatchInputs, match_inputs
from wattloom.domain.live import Update
from wattloom.edge.field.opening import PLAN
from wattloom.edge.field.simulated import SimulatedField
from wattloom.wiring import find

SITES = 40
NOON_S = 1_805_083_200.0
"""2027-03-15 12:00 in Shanghai, on a settlement period's beginning."""


@cache
def inputs() -> MatchInputs:
    project = find("read_match")(PLAN)
    return match_inputs(replace(project, fleet=replace(project.fleet, count=SITES)), folder=PLAN.parent)


def steps(trust: Trust | None = None) -> Steps:
    return Steps(inputs(), trust=trust)


class Run:
    """Steps, a twin and a state that go on together."""

    def __init__(self, of: Steps | None = None, *, speed: float = 1.0) -> None:
        """Begin at noon."""
        self.steps = of or steps()
        self.field = SimulatedField(self.steps, lively=False)
        self.at_s, self.speed = NOON_S, speed
        self.state: RoomState = self.steps.begin(at_s=self.at_s, series="test")
        self.records: list[object] = []
        self.last: Stepped = Stepped(state=self.state)

    def tick(self, count: int = 1) -> Stepped:
        for _ in range(count):
            self.at_s += self.speed
            batch, answers = self.field.advance(self.at_s)
            self.take(self.steps.heard(self.state, batch))
            if answers is not None:
                self.take(self.steps.said(self.state, answers))
            self.last = self.steps.ticked(self.state, at_s=self.at_s)
            self.take(self.last)
            if self.last.orders is not None:
                self.field.take(self.last.orders)
        return self.last

    def take(self, stepped: Stepped) -> None:
        self.state = stepped.state
        self.records += stepped.records

    def hear(self, *updates: Update) -> Batch | None:
        taken = self.steps.points.judged(updates, self.state.heard, now_s=self.at_s)
        if taken.batch is not None:
            self.take(self.steps.heard(self.state, taken.batch))
        return taken.batch


def update(name: str, field: str, value: object, at_s: object, number: object = 1, **more: object) -> Update:
    told: dict[str, object] = {"part": "sites", "of": "", "source": "test", **more}
    return Update(**told, name=name, field=field, value=value, at_s=at_s, number=number)  # type: ignore[arg-type]
