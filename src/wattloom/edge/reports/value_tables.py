"""Which tables tell what flexibility is worth? Territories, their streams, what would change them, what was assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.app.flexibility_value_verdict import STREAMS
from wattloom.domain.text import Text
from wattloom.edge.reports.dispatch_tables import provenance
from wattloom.edge.reports.table import Table, columns
from wattloom.edge.reports.words import Amount, Said, Word

if TYPE_CHECKING:
    from wattloom.app.flexibility_value import FlexibilityValue
    from wattloom.app.flexibility_value_territory import TerritoryValue
    from wattloom.edge.reports.words import Cell

ANSWERS = {
    "reproduced": Text("reproduced", "已复现"),
    "under_assumptions": Text("possible under assumptions, not shown", "假定条件下可能，尚未证实"),
    "not_reproduced": Text("not reproduced", "未能复现"),
}


def territories(found: FlexibilityValue) -> Table:
    """Each territory: best stream alone, all together, and the same for each of many."""
    rows: list[tuple[Cell, ...]] = []
    for one in found.territories:
        best = one.best()
        rows.append((
            Word(one.key), STREAMS[best.kind] if best else None, one.alone_cny(), one.stacked_cny(),
            _of_response(one), one.sites, one.alone_cny(many=True), one.energy_bill_cny,
        ))  # fmt: skip
    heads = ("territory", "value_best", "value_alone_cny", "value_stacked_cny", "value_response_cny", "value_sites",
             "value_many_cny", "value_bill_cny")  # fmt: skip
    return Table(key="value_territories", columns=columns(*heads), rows=tuple(rows))


def _of_response(land: TerritoryValue) -> float | None:
    """Demand response by itself; None where none is asked."""
    return land.of_response_cny() if any(one.kind == "response" for one in land.streams) else None


def territories_short(found: FlexibilityValue) -> Table:
    """The same for a screen."""
    whole = territories(found)
    kept = (0, 1, 2, 3, 4, 6)
    return Table(key="value_territories_short", columns=tuple(whole.columns[place] for place in kept),
                 rows=tuple(tuple(row[place] for place in kept) for row in whole.rows))  # fmt: skip


def streams(found: FlexibilityValue) -> Table:
    """Each way to earn: gross, what computing loses, what is left, alone and among many."""
    rows: list[tuple[Cell, ...]] = [
        (
            Word(land.key), STREAMS[one.kind], one.gross_cny, one.compute_cny, one.net_cny, one.many_net_cny,
            one.moved_mwh, one.lost_gpu_hours, Said("yes" if one.confirmed else "no"), one.basis,
        )
        for land in found.territories
        for one in land.streams
    ]  # fmt: skip
    heads = ("territory", "value_stream", "value_gross_cny", "value_compute_cny", "value_net_cny", "value_many_net_cny",
             "value_moved_mwh", "value_lost_gpu_hours", "value_confirmed", "source")  # fmt: skip
    return Table(key="value_streams", columns=columns(*heads), rows=tuple(rows))


def what_ifs(found: FlexibilityValue) -> Table:
    """The territory that leaves most, with one thing otherwise."""
    rows: list[tuple[Cell, ...]] = [
        (one.name, Word(one.territory), one.alone_cny, one.response_cny) for one in found.what_ifs
    ]
    heads = ("value_what_if", "territory", "value_alone_cny", "value_response_cny")
    return Table(key="value_what_ifs", columns=columns(*heads), rows=tuple(rows))


def asked(found: FlexibilityValue) -> Table:
    """The facility and its work."""
    facility = found.project.facility
    rows: list[tuple[Cell, ...]] = [
        ("", Word("value_mean_mw"), Amount(facility.mean_mw, "MW"), None),
        ("", Word("value_adjustable_share"), Amount(facility.adjustable_share, "1"), None),
        ("", Word("value_utilisation"), Amount(facility.utilisation, "1"), None),
    ]
    for name, one in found.project.classes.items():
        told = name.replace("_", " ")
        sure = Said("yes" if one.confirmed else "no")
        rows += [
            (told, Word("value_cny_per_gpu_hour_lost"), Amount(one.value_cny_per_gpu_hour, "CNY/GPU-h"), sure),
            (told, Word("value_delay_cny_per_gpu_hour"), Amount(one.delay_cny_per_gpu_hour_hour, "CNY/GPU-h"), sure),
            (told, Word("value_delay_hours"), Amount(one.delay_hours_max, "h"), sure),
        ]
    heads = ("value_class", "item", "value", "value_confirmed")
    return Table(key="value_asked", columns=columns(*heads), rows=tuple(rows))


def origin(found: FlexibilityValue) -> Table:
    """Versions and checksums."""
    return provenance(found.provenance)
