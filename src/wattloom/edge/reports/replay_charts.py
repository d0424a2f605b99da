"""Which numbers do the pictures of replays draw? Power over time and by hour of the day, and savings with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.edge.reports import dispatch_energy as energy
from wattloom.edge.reports.charts import MEMBERS_MAX, Payload, Spec
from wattloom.edge.reports.dispatch_charts import ROLES, clock, course_of, named, short
from wattloom.edge.reports.dispatch_words import of_policy, of_sites

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattloom.app.replay_answer import DispatchReplay
    from wattloom.twin.result import ReplayResult

    Drawn = Callable[[NDArray[np.float64]], list[float | None]]


def of_replay(replay: DispatchReplay) -> Payload:
    """Every picture of a replay's report."""
    payload = Payload()
    payload.charts["course"] = course(replay, payload)
    payload.charts["by_hour"] = by_hour(replay, payload)
    if replay.savings:
        payload.charts["savings"] = savings(replay, payload)
    return payload


def course(replay: DispatchReplay, payload: Payload) -> Spec:
    """Load of each site under each policy over the whole of the replay, above price and carbon."""
    block = energy.block_for(replay.axis.count, replay.axis.step_minutes)
    x = clock(replay.axis, replay.project.zone, block=block)
    return _variants(replay, payload, x, lambda values: short(values, block))


def by_hour(replay: DispatchReplay, payload: Payload) -> Spec:
    """The same as means by hour of the day."""
    hour = np.asarray(replay.axis.local(replay.project.zone).hour)
    hours = [h for h in range(energy.HOURS_PER_DAY) if (hour == h).any()]

    def means(values: NDArray[np.float64]) -> list[float | None]:
        return short(np.array([values[hour == h].mean() for h in hours]))

    return _variants(replay, payload, [f"00-00 {h:02d}:00" for h in hours], means)


def _variants(replay: DispatchReplay, payload: Payload, x: list[str], drawn: Drawn) -> Spec:
    """A choice for all sites together, then one for each."""
    sites = list(zip(replay.project.sites, of_sites(replay.project), strict=True))
    variants: list[Spec] = []
    if len(sites) > 1:
        together = [(one, one.draw_mw.sum(axis=0)) for one in replay.results]
        label = payload.word("all_sites")
        names = {lang: payload.labels[lang][label] for lang in payload.labels}
        variants.append({"label": label, "name": names, "x": x, "series": _series(together, payload, drawn)})
    for place, (key, cell) in enumerate(sites):
        variants.append(
            {
                **named(payload, f"site.{key}", cell),
                "x": x,
                "series": _series([(one, one.draw_mw[place]) for one in replay.results], payload, drawn),
                "price": drawn(replay.import_price_cny_per_mwh[place]),
                "carbon": drawn(replay.carbon_kg_per_mwh[place]),
            }
        )
    return course_of(variants, payload)


def _series(powers: list[tuple[ReplayResult, NDArray[np.float64]]], payload: Payload, drawn: Drawn) -> list[Spec]:
    """The first policy as an area, the others as lines."""
    return [
        {
            "label": payload.label(f"policy.{one.policy}", of_policy(one.policy)),
            "role": f"line{(n - 1) % ROLES}" if n else "other",
            "style": "line" if n else "area",
            "values": drawn(power),
        }
        for n, (one, power) in enumerate(powers[:MEMBERS_MAX])
    ]


def savings(replay: DispatchReplay, payload: Payload) -> Spec:
    """What each policy saves against the first: a bar, and its interval as a line."""
    found = list(zip(replay.results[1:], replay.savings, strict=True))
    return {
        "kind": "spread",
        "unit": "CNY",
        "x": [payload.label(f"policy.{one.policy}", of_policy(one.policy)) for one, _ in found],
        "values": [saving.saved_cny for _, saving in found],
        "low": [saving.low_cny for _, saving in found],
        "high": [saving.high_cny for _, saving in found],
        "series": [{"label": payload.word("saved_cny"), "values": [saving.high_cny for _, saving in found]}],
        "height": SPREAD_ROOM_PX + SPREAD_ROW_PX * len(found),
    }


SPREAD_ROOM_PX, SPREAD_ROW_PX = 70, 34
"""Height of a policy's row, and of what stands above and below all rows."""
