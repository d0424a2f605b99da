"""Which numbers do the pictures of a dispatch draw? Labels are keys and colours are roles; the page draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.jobs import SECONDS_PER_HOUR
from wattloom.edge.reports import dispatch_energy as energy
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.dispatch_tables import COSTS, GANTT_ROWS_MAX
from wattloom.edge.reports.dispatch_words import of_class, of_sites
from wattloom.edge.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from wattloom.dispatch.answer import DispatchDay
    from wattloom.dispatch.question import DayPlan
    from wattloom.domain.time import TimeAxis
    from wattloom.edge.reports.words import Cell

GANTT_ROW_PX, GANTT_ROOM_PX = 12, 90
"""Height of a job's row, and of what stands above and below all rows."""
DIFFERENT_MW = 1e-3
"""Difference that a line of its own is drawn for."""


def of_day(day: DispatchDay) -> Payload:
    """Every picture of a day's report."""
    payload = Payload()
    payload.charts["course"] = course(day, payload)
    payload.charts["classes"] = classes(day, payload)
    payload.charts["gantt"] = gantt(day, payload)
    payload.charts["costs"] = costs([("at_once", day.at_once.costs_cny), ("plan", day.plan.costs_cny)], payload)
    return payload


def clock(axis: TimeAxis, zone: ZoneInfo, *, block: int = 1, until: int | None = None) -> list[str]:
    """Starts of the points of a picture on local clocks."""
    return [t.strftime("%m-%d %H:%M") for t in axis.local(zone)[:until:block]]


def course(day: DispatchDay, payload: Payload) -> Spec:
    """Load of each site at once and as planned, above the price and the carbon of its grid energy."""
    axis, zone = day.plan.axis, day.project.zone
    until, block = _reach(day)
    variants = []
    for label, now, before, site in zip(
        of_sites(day.project), day.plan.sites, day.at_once.sites, day.question.sites, strict=True
    ):
        limit = np.minimum(
            site.it_mw_max * (1.0 + site.overhead_slope) + site.overhead_fixed_mw,
            site.import_mw_max if not site.assets else np.inf,
        )
        lines = [
            ("load_at_once_mw", "other", "area", before.draw_mw),
            ("load_plan_mw", "chosen", "line", now.draw_mw),
        ]
        if np.abs(now.import_mw - now.draw_mw).max() > DIFFERENT_MW:
            lines.append(("import_plan_mw", "import", "dash", now.import_mw))
        lines.append(("limit_mw", "load", "dash", limit))
        variants.append(
            {
                **named(payload, f"site.{now.name}", label),
                "x": clock(axis, zone, block=block, until=until),
                "series": [
                    line(payload, key, role, style, values[:until], block) for key, role, style, values in lines
                ],
                "price": short(site.import_price_cny_per_mwh[:until], block),
                "carbon": short(site.carbon_kg_per_mwh[:until], block),
                "end": day.arrivals_end // block if day.arrivals_end < until else None,
            }
        )
    return course_of(variants, payload)


def course_of(variants: list[Spec], payload: Payload) -> Spec:
    """The picture of some courses, with the words of its lower half."""
    return {
        "kind": "course",
        "unit": "MW",
        "variants": variants,
        "price": payload.word("import_price_cny_per_mwh"),
        "carbon": payload.word("carbon_kg_per_mwh"),
        "end": payload.word("window_ends"),
    }


def named(payload: Payload, key: str, label: Cell) -> Spec:
    """A choice by the reader's own name."""
    return {"label": payload.label(key, label), "name": {lang: Words(lang).cell(label) for lang in LANGUAGES}}


def line(payload: Payload, key: str, role: str, style: str, values: NDArray[np.float64], block: int = 1) -> Spec:
    """One line of a course."""
    return {"label": payload.word(key), "role": role, "style": style, "values": short(values, block)}


def classes(day: DispatchDay, payload: Payload) -> Spec:
    """Power of the jobs by class, as planned and at once."""
    axis, jobs = day.plan.axis, day.question.jobs
    until, block = _reach(day)
    variants = []
    for key, plan in (("plan", day.plan), ("at_once", day.at_once)):
        powers = energy.by_class(plan.segments, jobs, axis)[:, :until]
        variants.append(
            {
                "label": payload.word(key),
                "x": clock(axis, day.project.zone, block=block, until=until),
                "series": [
                    {
                        "label": _class(jobs.classes[index].name, payload),
                        "role": f"line{index % ROLES}",
                        "stack": "all",
                        "values": short(power, block),
                    }
                    for index, power in enumerate(powers)
                    if power.any()
                ],
            }
        )
    return {"kind": "stack", "unit": "MW", "steps": True, "variants": variants}


ROLES = 8
"""Colours that tell lines apart."""
ROLE_OF_COST = {
    "energy": "import",
    "demand_charge": "backup",
    "migration": "discharge",
    "carbon": "other",
    "deferral": "solar",
}


def gantt(day: DispatchDay, payload: Payload) -> Spec:
    """The largest jobs of each class: from when to when each may run, and where and at which level it does."""
    jobs, plan = day.question.jobs, day.plan
    step_s = plan.axis.step_hours * SECONDS_PER_HOUR
    offset_s = (jobs.start - plan.axis.start).total_seconds()
    until = _reach(day)[0]

    def at(second: float) -> float:
        return round(min(max((second + offset_s) / step_s, 0.0), float(until)), 3)

    rows: list[Spec] = []
    for index, found in enumerate(energy.largest_jobs(jobs, plan.segments, GANTT_ROWS_MAX)):
        rows += [
            {
                "id": str(jobs.id[job]),
                "role": f"line{index % ROLES}",
                "class": _class(jobs.classes[index].name, payload),
                "home": int(jobs.home[job]),
                "gpus": float(jobs.gpus[job]),
                "window": [at(jobs.arrive_s[job]), at(jobs.due_s[job])],
                "bars": [
                    [at(bar.start_s), at(bar.end_s), bar.site, bar.level]
                    for bar in energy.bars_of(int(job), plan.segments)
                ],
            }
            for job in found
        ]
    sites = zip(plan.sites, of_sites(day.project), strict=True)
    return {
        "kind": "gantt",
        "x": clock(plan.axis, day.project.zone, until=until),
        "step_minutes": plan.axis.step_minutes,
        "rows": rows,
        "sites": [payload.label(f"site.{site.name}", label) for site, label in sites],
        "words": {key: payload.word(key) for key in ("job", "gpus", "home", "due", "level", "may_run")},
        "end": day.arrivals_end if day.arrivals_end < until else None,
        "end_word": payload.word("window_ends"),
        "height": GANTT_ROOM_PX + GANTT_ROW_PX * max(1, len(rows)),
    }


def costs(ways: Sequence[tuple[str, Mapping[str, float]]], payload: Payload) -> Spec:
    """Cost by item of some ways of doing the same work."""
    items = [
        key for key in dict.fromkeys((*COSTS, *(k for _, c in ways for k in c))) if any(c.get(key) for _, c in ways)
    ]
    return {
        "kind": "rows",
        "unit": "CNY",
        "x": [payload.word(name) for name, _ in ways],
        "x_words": True,
        "series": [
            {
                "label": payload.word(f"dispatch_{key}" if key in COSTS else key),
                "role": ROLE_OF_COST.get(key, f"line{n % ROLES}"),
                "stack": "all",
                "values": [costs_.get(key, 0.0) for _, costs_ in ways],
            }
            for n, key in enumerate(items)
        ],
    }


def short(values: NDArray[np.float64], block: int = 1) -> list[float | None]:
    """Numbers with no more digits than a picture shows; what is not finite is left out."""
    means = energy.thinned(values, block) if block > 1 else values
    return [round(float(value), 3) + 0.0 if np.isfinite(value) else None for value in means]


def _class(name: str, payload: Payload) -> str:
    """The label of a class."""
    cell: Cell = of_class(name)
    return payload.label(f"class.{name}", cell)


def _reach(day: DispatchDay) -> tuple[int, int]:
    """Up to which period pictures go, and how many periods make a point."""
    axis = day.plan.axis
    until = energy.shown_until(np.concatenate([_flexible(plan) for plan in (day.plan, day.at_once)]), day.arrivals_end)
    return until, energy.block_for(until, axis.step_minutes)


def _flexible(plan: DayPlan) -> NDArray[np.float64]:
    """Power of the jobs at each site."""
    return np.array([site.flexible_it_mw for site in plan.sites])
