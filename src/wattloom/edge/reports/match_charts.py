"""Which numbers do the pictures of a tick draw? Regions at fixed places, power and computing between them, supply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.dispatch.match_project import STEPS
from wattloom.domain.text import Text
from wattloom.edge.reports import match_view as view
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.words import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wattloom.app.match_answer import MatchNow
    from wattloom.dispatch.match_project import MatchProject

ROLES = {
    "surplus_green": "green",
    "firm_clean": "nuclear",
    "thermal": "backup",
    "emergency": "import",
    "shortfall": "load",
}
EDGES_MAX = 30
"""Arrows in a picture beyond which it says nothing."""


def of_now(now: MatchNow) -> Payload:
    """Every picture of a tick's report."""
    payload = Payload()
    payload.charts["flows"] = flows(
        now.project,
        payload,
        draw_mw=view.draw_mw(now),
        price=now.match.prices_cny_per_mwh[0],
        edges={
            "flows_of_power": [(pair, mw) for pair, mw in view.pairs(view.lines(now))],
            "moves_of_work": [(pair, mw) for pair, mw in view.pairs(view.moves(now))],
        },
    )
    payload.charts["supply"] = supply(now, payload)
    return payload


def flows(
    project: MatchProject,
    payload: Payload,
    *,
    draw_mw: NDArray[np.float64],
    price: NDArray[np.float64],
    edges: dict[str, list[tuple[tuple[int, int], float]]],
) -> Spec:
    """Regions where the file puts them, arrows between them."""
    nodes = [
        {
            "label": region_label(key, payload),
            "at": list(entry.at),
            "role": "green" if entry.side == "west" else "export",
            "mw": round(float(draw_mw[r]), 1),
            "price": round(float(price[r]), 1),
        }
        for r, (key, entry) in enumerate(project.regions.items())
    ]
    variants = [
        {
            "label": payload.word(key),
            "role": "import" if key == "flows_of_power" else "line2",
            "edges": [[start, end, round(mw, 1)] for (start, end), mw in found[:EDGES_MAX]],
        }
        for key, found in edges.items()
    ]
    return {
        "kind": "flows",
        "unit": "MW",
        "nodes": nodes,
        "variants": variants,
        "words": {key: payload.word(key) for key in ("sites_draw_mw", "match_price_cny_per_mwh", "west", "east")},
    }


def supply(now: MatchNow, payload: Payload) -> Spec:
    """Supply by region and step, at home and matched."""
    names = [region_label(key, payload) for key in now.project.regions]
    home, matched = now.home_supply_mw, view.supply_mw(now)
    x: list[str] = []
    for name, en in zip(names, view.names(now.project), strict=True):
        x += [
            payload.label(f"{name}.home", _beside(en, "at_home")),
            payload.label(f"{name}.matched", _beside(en, "matched")),
        ]
    series = [
        {
            "label": payload.word(key),
            "role": ROLES[key],
            "stack": "all",
            "values": [round(float(one[r, k]), 1) for r in range(len(names)) for one in (home, matched)],
        }
        for k, key in enumerate((*STEPS, "shortfall"))
        if home[:, k].any() or matched[:, k].any()
    ]
    return {
        "kind": "rows",
        "unit": "MW",
        "x": x,
        "x_words": True,
        "series": series,
        "height": ROOM_PX + ROW_PX * len(x),
    }


ROOM_PX, ROW_PX = 100, 21


def _beside(name: Text, key: str) -> Text:
    """A region with which of the two ways it is."""
    words = [Words(lang) for lang in LANGUAGES]
    return Text(*(f"{name.of(one.lang)} · {one.term(key)}" for one in words))


def region_label(key: str, payload: Payload) -> str:
    """The label of a region."""
    return payload.label(f"region.{key}", view.name_of(key))


def short(values: Sequence[float] | NDArray[np.float64]) -> list[float]:
    """Numbers with no more digits than a picture shows."""
    return [round(float(value), 2) + 0.0 for value in values]
