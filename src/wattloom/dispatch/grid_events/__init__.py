"""How is a grid event met: ramp, hold and release, with every promise to the jobs kept?"""

from wattloom.dispatch.grid_events.answer import answer
from wattloom.dispatch.grid_events.course import running
from wattloom.dispatch.grid_events.event import FrozenBaseline, GridEvent
from wattloom.dispatch.grid_events.plan import ClassKept, EventPlan, EventRefusal
from wattloom.dispatch.grid_events.ways import Elsewhere

__all__ = [
    "ClassKept",
    "Elsewhere",
    "EventPlan",
    "EventRefusal",
    "FrozenBaseline",
    "GridEvent",
    "answer",
    "running",
]
