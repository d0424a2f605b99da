"""What would thousands of mishaps cost? Variants of one tick, drawn with a seed and answered side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.app.match_answer import Case, MatchStudy
from wattloom.app.match_inputs import match_inputs, region_name
from wattloom.app.match_now import SHED, provenance, second_of, tick_at
from wattloom.app.match_scenarios import Drawn, drawn, ground
from wattloom.dispatch.match_project import CLEAN
from wattloom.dispatch.matching import GAP_MAX, Scenario, findings
from wattloom.domain.ports import OneByOne, Silent
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.dispatch.match_project import MatchProject
    from wattloom.dispatch.matching import Finding
    from wattloom.domain.ports import Progress, Workers

WORST = 12
"""Cases that are named."""
TOLD_EVERY = 250


def match_study(  # noqa: PLR0913 - one argument an option
    project: MatchProject,
    *,
    folder: Path,
    scenarios: int,
    seed: int = 1,
    at: str = "",
    arrays: str = "",
    workers: Workers | None = None,
    progress: Progress | None = None,
    source: bytes = b"",
) -> MatchStudy:
    """The distribution of cost, green share and unserved load over drawn scenarios of one instant.

    `arrays` names a library of arrays on which all scenarios are answered at once; empty: one by one.
    """
    told = progress or Silent()
    told.step("supply, prices and sites", done=0.02)
    inputs, second = match_inputs(project, folder=folder), second_of(at, project)
    tick = tick_at(inputs, second)
    names = tuple(region_name(key) for key in project.regions)
    begun = time.perf_counter()
    made = list(drawn(ground(inputs, tick, names), count=scenarios, seed=seed))
    base = next(findings(tick, [Scenario(name="base", changes=())]))
    answers = findings(tick, [one.scenario for one in made], workers or OneByOne(), arrays=arrays)
    found = list(_told(answers, scenarios, told))
    gaps = np.array([one.certificate.gap for one in found])
    worst = _worst(made, found)
    said = {one.scenario.name: one.said for one in made}
    return MatchStudy(
        project=project,
        at=project.window.instant + timedelta(seconds=second),
        sites=len(inputs.layout.sites),
        fleet_it_mw=float(inputs.fleet.it_mw.sum()),
        base=base.certificate,
        base_finding=base,
        family=np.array([one.family for one in made]),
        cost_cny_per_h=np.array([one.certificate.cost_cny_per_h for one in found]),
        green_share=np.array([green_share(one) for one in found]),
        unserved_mw=np.array([unserved_mw(one) for one in found]),
        waiting_mw=np.array([float(one.unserved_it_mw[2:].sum()) for one in found]),
        gap=gaps,
        exact=np.array([one.certificate.method == "exact" for one in found]),
        certified_share=float(np.mean(gaps <= GAP_MAX)),
        worst=worst,
        said={case.scenario.name: said[case.scenario.name] for case in worst},
        wall_s=time.perf_counter() - begun,
        cpu_s=float(sum(one.cpu_s for one in found)),
        seed=seed,
        facts=inputs.facts,
        notes=(*inputs.notes, LIKELY),
        provenance=provenance(source),
    )


def green_share(found: Finding) -> float:
    """Surplus green and firm clean energy, of all that is drawn."""
    return float(found.step_mw[list(CLEAN)].sum() / max(found.draw_mw, 1e-9))


def unserved_mw(found: Finding) -> float:
    """Inference that is shed and energy that nobody has; what waits is not among it."""
    return float(found.unserved_it_mw[list(SHED)].sum() + found.shortfall_mw)


def _worst(made: list[Drawn], found: list[Finding]) -> tuple[Case, ...]:
    """The dearest scenarios."""
    order = np.argsort([-one.certificate.cost_cny_per_h for one in found], kind="stable")[:WORST]
    return tuple(Case(scenario=made[n].scenario, family=made[n].family, finding=found[n]) for n in order)


def _told(answers: Iterable[Finding], count: int, progress: Progress) -> Iterator[Finding]:
    """The answers, with word of how far they are."""
    for number, found in enumerate(answers):
        if number % TOLD_EVERY == 0:
            progress.step(f"scenario {number:,} of {count:,}", done=0.05 + 0.9 * number / count)
        yield found


LIKELY = Text(
    "Which mishaps there are, how far they go and how they mix is drawn evenly by assumption: the study says what "
    "follows from them, not how often they come.",
    "事件种类、程度与组合均按假设均匀抽取：本研究说明后果，不表示发生频率。",
)
