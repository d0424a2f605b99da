"""What would each of thousands of variants of one tick cost? Every one answered from the base tick's prices.

A scenario says which numbers differ: by a factor, on some rows of some field. Workers answer pieces of the list side by
side; each scenario starts from the same state, so an answer does not depend on who worked it out, or after what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattloom.dispatch.matching.checks import named
from wattloom.dispatch.matching.many import ManyMatcher, arrays_of
from wattloom.dispatch.matching.matcher import Matcher
from wattloom.domain.ports import OneByOne

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.dispatch.matching.answer import Match
    from wattloom.dispatch.matching.certificate import Certificate
    from wattloom.dispatch.matching.problem import Tick
    from wattloom.domain.ports import Workers

PIECE = 250
"""Scenarios a worker takes at once: a second of work, against a tenth of a second of sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Some numbers of a tick, multiplied."""

    part: Literal["regions", "lines", "corridors", "sites"]
    field: str
    factor: float | NDArray[np.float64]
    """One for all rows, or of the rows' shape."""
    rows: NDArray[np.int64] | None = None
    """None: all."""
    column: int | None = None
    """Supply step or class; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is otherwise than in the base tick."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of one scenario; powers are MW over all regions."""

    name: str
    certificate: Certificate
    draw_mw: float
    """Supplied to the sites and what else must be fed."""
    step_mw: NDArray[np.float64]
    """Shape (step,): by supply step."""
    shortfall_mw: float
    unserved_it_mw: NDArray[np.float64]
    """Shape (class,): shed or deferred."""
    moved_it_mw: float
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What a worker gets."""

    base: Tick
    state: bytes
    scenarios: tuple[Scenario, ...]
    arrays: str
    """Name of a library of arrays; empty: one by one, by compiled loops."""


def findings(
    base: Tick, scenarios: Sequence[Scenario], workers: Workers | None = None, *, arrays: str = ""
) -> Iterator[Finding]:
    """The findings in the order of the scenarios; `InputError` names the scenario that makes no sense.

    With the name of a library of arrays (`many.arrays`), each piece is answered at once on those.
    """
    matcher = Matcher(base.layout)
    matcher.match(base)
    # A library that is missing is refused here, not by a worker; an accelerator wants larger pieces.
    size = max(PIECE, arrays_of(arrays).piece // len(base.layout.sites)) if arrays else PIECE
    state, waiting = matcher.state(), iter(scenarios)
    pieces = iter(lambda: tuple(islice(waiting, size)), ())
    tasks = (_Piece(base=base, state=state, scenarios=piece, arrays=arrays) for piece in pieces)
    for found in (workers or OneByOne()).map(_answer, tasks):
        yield from found


def changed(base: Tick, scenario: Scenario) -> Tick:
    """The tick of a scenario."""
    tick = base
    for change in scenario.changes:
        part = getattr(tick, change.part)
        value = np.array(getattr(part, change.field), dtype=np.float64)
        rows = slice(None) if change.rows is None else change.rows
        place = rows if change.column is None else (rows, change.column)
        value[place] *= change.factor
        tick = replace(tick, **{change.part: replace(part, **{change.field: value})})
    return tick


def _answer(piece: _Piece) -> list[Finding]:
    """The findings of a piece."""
    if piece.arrays:
        return _answer_at_once(piece)
    matcher, found = Matcher(piece.base.layout), []
    for scenario in piece.scenarios:
        matcher.restore(piece.state)
        tick = changed(piece.base, scenario)
        with named(f"scenario {scenario.name}"):
            found.append(_finding(scenario.name, tick, matcher.match(tick)))
    return found


def _answer_at_once(piece: _Piece) -> list[Finding]:
    """The findings of a piece, its ticks side by side."""
    many = ManyMatcher(piece.base.layout, arrays_of(piece.arrays))
    many.start(piece.base)
    ticks = [changed(piece.base, scenario) for scenario in piece.scenarios]
    matches = many.matches(ticks, names=[f"scenario {scenario.name}" for scenario in piece.scenarios])
    told = zip(piece.scenarios, ticks, matches, strict=True)
    return [_finding(scenario.name, tick, match) for scenario, tick, match in told]


def _finding(name: str, tick: Tick, match: Match) -> Finding:
    """What is kept of an answer."""
    away = np.zeros((4, match.moved_in_it_mw.size))
    away[[1, 3]] = match.moved_out_it_mw
    left = tick.sites.demand_mw.T - match.served_it_mw - away
    return Finding(
        name=name,
        certificate=match.certificate,
        draw_mw=float(match.supply_mw.sum() + match.shortfall_mw.sum()),
        step_mw=match.supply_mw.sum(axis=0),
        shortfall_mw=float(match.shortfall_mw.sum()),
        unserved_it_mw=np.maximum(left.sum(axis=1), 0.0),
        moved_it_mw=float(match.corridor_it_mw.sum()),
        cpu_s=match.cpu_s,
    )
