"""Who serves, moves, waits and stores how much, now? Regions and their sites, once a tick, with a certificate.

    matcher = Matcher(layout)            # memory set out once
    match = matcher.match(tick, at_s=t)  # InputError: unfit, and the last answer stays in force
    matcher.in_force(at_s=t)             # with its age

`exact` solves the same tick as a linear program; `findings` answers thousands of variants of one tick; `waiting` tells
how much of an envelope's work stands before a tick.
"""

from wattloom.dispatch.matching.answer import InForce, Match
from wattloom.dispatch.matching.answering import GAP_MAX
from wattloom.dispatch.matching.certificate import Certificate
from wattloom.dispatch.matching.exact import Exact, ExactTick, columns, program, solve_cold
from wattloom.dispatch.matching.matcher import Matcher
from wattloom.dispatch.matching.problem import (
    CLASSES,
    CorridorNumbers,
    Layout,
    LineNumbers,
    RegionNumbers,
    SiteNumbers,
    Tick,
)
from wattloom.dispatch.matching.repaired import Repaired, repaired
from wattloom.dispatch.matching.study import Change, Finding, Scenario, changed, findings
from wattloom.dispatch.matching.waiting import EachWaiting, Waiting, each_waiting, waiting

__all__ = [
    "CLASSES",
    "GAP_MAX",
    "Certificate",
    "Change",
    "CorridorNumbers",
    "EachWaiting",
    "Exact",
    "ExactTick",
    "Finding",
    "InForce",
    "Layout",
    "LineNumbers",
    "Match",
    "Matcher",
    "RegionNumbers",
    "Repaired",
    "Scenario",
    "SiteNumbers",
    "Tick",
    "Waiting",
    "changed",
    "columns",
    "each_waiting",
    "findings",
    "program",
    "repaired",
    "solve_cold",
    "waiting",
]
