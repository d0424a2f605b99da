"""Which tables does one tick come to? Money, regions, flows, moves, sides, the certificate, and all that is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.match_project import STEPS
from wattloom.domain.text import Text
from wattloom.edge.reports import match_view as view
from wattloom.edge.reports.figures import WHOLE_CNY
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.words import LANGUAGES, Amount, Said, Word, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattloom.app.match_answer import MatchNow, RegionFacts
    from wattloom.dispatch.match_project import MatchProject, RegionEntry
    from wattloom.dispatch.matching import Certificate
    from wattloom.edge.reports.words import Cell

ITEMS = ("energy", "carbon", "fees", "moves", "shed", "waiting", "stored")
ROWS_MAX = 24
"""Of flows and of moves; the rest is in the run folder."""


def key_figures(now: MatchNow) -> Table:
    """The answer in figures, beside serving at home."""
    supply = view.supply_mw(now)
    moved = float(now.match.corridor_it_mw.sum())
    rows: list[tuple[Cell, ...]] = [
        (Word("cost_cny"), Amount(now.home_money.total, WHOLE_CNY), Amount(now.money.total, WHOLE_CNY)),
        (
            Word("sites_draw_mw"),
            Amount(float(now.home_draw_mw.sum()), "MW"),
            Amount(float(view.draw_mw(now).sum()), "MW"),
        ),
        (
            Word("match_green_share"),
            Amount(view.green_share(now.home_supply_mw), "1"),
            Amount(view.green_share(supply), "1"),
        ),
        (
            Word("carbon_t_per_h"),
            Amount(view.tonnes(now, now.home_supply_mw), "t/h"),
            Amount(view.tonnes(now, supply), "t/h"),
        ),
        (Word("moved_it_mw"), Amount(0.0, "MW"), Amount(moved, "MW")),
        (Word("waiting_it_mw"), Amount(0.0, "MW"), Amount(float(view.waiting_mw(now).sum()), "MW")),
        (
            Word("unserved_mw"),
            Amount(float(now.home_supply_mw[:, -1].sum()), "MW"),
            Amount(float(view.shed_mw(now).sum()), "MW"),
        ),
    ]
    return Table(key="key_figures", columns=columns("measure", "at_home", "matched"), rows=tuple(rows))


def money(now: MatchNow) -> Table:
    """Cost of an hour by item."""
    items = [item for item in ITEMS if any(getattr(one, item) for one in (now.home_money, now.money))]
    rows: list[tuple[Cell, ...]] = [
        (Word(f"match_{item}"), *_pair(getattr(now.home_money, item), getattr(now.money, item))) for item in items
    ]
    rows.append((Word("total"), *_pair(now.home_money.total, now.money.total)))
    heads = (
        Column(key="item"),
        *(Column(key=key, unit=WHOLE_CNY) for key in ("at_home", "matched", "change_cny")),
    )
    return Table(key="match_money", columns=heads, rows=tuple(rows), total_rows=1)


def _pair(home: float, now: float) -> tuple[float, float, float]:
    """At home, matched, and the difference."""
    return home, now, now - home


def regions(now: MatchNow) -> Table:
    """Price, draw, supply, moves and what waits, by region."""
    names, count = view.names(now.project), len(now.project.regions)
    supply, power = view.supply_mw(now), view.net_mw(view.lines(now), count)
    computing, draw = view.net_mw(view.moves(now), count), view.draw_mw(now)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            names[r],
            Word(entry.side),
            float(now.match.prices_cny_per_mwh[0, r]),
            float(now.home_draw_mw[r]),
            float(draw[r]),
            view.green_share(supply[r : r + 1]),
            float(power[r]),
            float(computing[r]),
            float(view.waiting_mw(now)[r]),
            float(view.shed_mw(now)[r]),
        )
        for r, entry in enumerate(now.project.regions.values())
    )
    heads = (
        "region", "side", "match_price_cny_per_mwh", "draw_home_mw", "draw_matched_mw", "match_green_share",
        "net_power_in_mw", "net_moved_in_it_mw", "waiting_it_mw", "unserved_mw",
    )  # fmt: skip
    return Table(key="match_regions", columns=columns(*heads), rows=rows)


def sides(now: MatchNow) -> Table:
    """The West and the East: what they draw, supply, send and take."""
    supply, home = view.supply_mw(now), now.home_supply_mw
    count, draw = len(now.project.regions), view.draw_mw(now)
    power, computing = view.net_mw(view.lines(now), count), view.net_mw(view.moves(now), count)
    rows: list[tuple[Cell, ...]] = []
    for side in view.SIDES:
        part = view.on_side(now.project, side)
        if part.any():
            rows.append(
                (
                    Word(side),
                    float(now.home_draw_mw[part].sum()),
                    float(draw[part].sum()),
                    float(home[part].sum()),
                    float(supply[part].sum()),
                    view.green_share(home[part]),
                    view.green_share(supply[part]),
                    float(power[part].sum()),
                    float(computing[part].sum()),
                )
            )
    heads = (
        "side", "draw_home_mw", "draw_matched_mw", "supply_home_mw", "supply_matched_mw", "green_home", "green_matched",
        "net_power_in_mw", "net_moved_in_it_mw",
    )  # fmt: skip
    return Table(key="match_sides", columns=columns(*heads), rows=tuple(rows))


def flows(now: MatchNow) -> Table:
    """Power over lines, and what it is worth where it goes."""
    names, price = view.names(now.project), now.match.prices_cny_per_mwh[0]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            names[flow.start],
            names[flow.end],
            flow.mw,
            flow.limit_mw,
            float(price[flow.start]),
            float(price[flow.end]),
            flow.cost_cny_per_mwh,
        )
        for flow in view.lines(now)[:ROWS_MAX]
    )
    heads = ("from_region", "to_region", "flow_mw", "line_limit_mw", "price_from", "price_to", "fee_cny_per_mwh")
    return Table(key="match_flows", columns=columns(*heads), rows=rows)


def moves(now: MatchNow) -> Table:
    """Computing over corridors."""
    names, price = view.names(now.project), now.match.prices_cny_per_mwh[0]
    found = view.moves(now)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            names[flow.start],
            names[flow.end],
            Word(flow.kind),
            flow.mw,
            flow.limit_mw,
            float(price[flow.start]),
            float(price[flow.end]),
        )
        for flow in found[:ROWS_MAX]
    )
    heads = ("from_region", "to_region", "job_class", "moved_it_mw", "corridor_limit_mw", "price_from", "price_to")
    left = len(found) - ROWS_MAX
    more = (MORE.filled(count=left, mw=f"{sum(flow.mw for flow in found[ROWS_MAX:]):,.0f}"),) if left > 0 else ()
    return Table(key="match_moves", columns=columns(*heads), rows=rows, footnotes=more)


MORE = Text("{count} smaller ones, {mw} MW in all, are not shown.", "另有 {count} 条较小迁移（合计 {mw} MW）未列出。")


def certificate(found: Certificate, cpu_s: float) -> Table:
    """What is known of the answer."""
    rows: tuple[tuple[Cell, ...], ...] = (
        (Word("cost_cny_per_h"), Amount(found.cost_cny_per_h, WHOLE_CNY)),
        (Word("bound_cny_per_h"), Amount(found.bound_cny_per_h, WHOLE_CNY)),
        (Word("gap"), Text.same(f"{100 * found.gap:.4f} %")),
        (Word("match_residual"), Text.same(f"{found.residual:.1e}")),
        (Word("method"), Said(f"match_by_{found.method}")),
        (Word("match_cpu_ms"), Amount(1000.0 * cpu_s, "ms")),
    )
    return Table(key="match_certificate", columns=columns("item", "value"), rows=rows)


def asked(project: MatchProject, sites: int, it_mw: float) -> Table:
    """What holds for all, with what it rests on."""
    fleet, move = project.fleet, project.moves
    rests = _rests(fleet.source)
    rows: list[tuple[Cell, ...]] = [
        (Said("project_name"), project.name, ""),
        (Said("dispatch_window"), project.window.start, ""),
        (Word("tick_seconds"), Amount(float(project.window.tick_seconds), "s"), ""),
        (Word("carbon_price_cny_per_t"), Amount(project.carbon_price_cny_per_t, "CNY/t"), Word("assumed")),
        (Word("shortfall_price"), Amount(project.shortfall_price_cny_per_mwh, "CNY/MWh"), Word("assumed")),
        (Word("sites_count"), Amount(float(sites), ""), project.fleet.file or Said("match_drawn")),
        (Word("fleet_it_mw"), Amount(it_mw, "MW"), project.fleet.file or Said("match_drawn")),
    ]
    if not fleet.file:
        rows += [
            (Word("fleet_median_mw"), Amount(fleet.it_mw_median, "MW"), rests),
            (Word("fleet_used"), Text.same(" – ".join(f"{100 * used:.0f} %" for used in fleet.used)), rests),
            (Word("fleet_classes"), _shares(fleet.class_shares), rests),
        ]
    rows += [
        (Word("fleet_wait"), Text.same(" · ".join(f"{hours:g} h" for hours in fleet.wait_hours)), rests),
        (Word("fleet_shed"), Text.same(" · ".join(f"{price:,.0f}" for price in fleet.shed_price_cny_per_mwh)), rests),
        (Word("fleet_least"), Amount(fleet.least_power, "1"), rests),
        (Word("fleet_ramp"), Amount(fleet.ramp_per_minute, "1"), rests),
        (Word("fleet_battery"), _battery(project), rests),
        (Word("moves_inference"), Amount(move.inference_it_mw_max, "MW"), _rests(move.source)),
        (Word("moves_batch"), Amount(move.batch_it_mw_max, "MW"), _rests(move.source)),
        (Word("moves_cost"), _costs(project), _rests(move.source)),
    ]
    return Table(key="match_asked", columns=columns("item", "value", "rests_on"), rows=tuple(rows))


def supply_asked(project: MatchProject, facts: Mapping[str, RegionFacts]) -> Table:
    """What each region was given: mean power by step, mean thermal price, charges, factor, and what they rest on."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            view.name_of(key),
            *(_mean(step.mw) for step in entry.steps[:3]),
            _mean(entry.thermal.price_cny_per_mwh),
            facts[key].grid_charge_cny_per_mwh,
            facts[key].factor_t_per_mwh,
            _steps_rest(entry),
        )
        for key, entry in project.regions.items()
    )  # fmt: skip
    heads = (
        "region", "surplus_green_mw", "firm_clean_mw", "thermal_mw", "thermal_price", "grid_charge_cny_per_mwh",
        "region_factor", "rests_on",
    )  # fmt: skip
    first = next(iter(facts.values()))
    notes = (FROM.filled(charge=first.sources["grid_charge"], factor=first.sources["factor"]),)
    return Table(key="match_supply_asked", columns=columns(*heads), rows=rows, footnotes=notes)


SEMI = Text("; ", "；")
FROM = Text(
    "Grid charge: {charge}. Factor of the province (for comparison; steps count their own carbon): {factor}. Empty "
    "thermal price: the territory's reference price.",
    "电网收费：{charge}。省级平均因子（仅供比较，各电源按自身碳强度计）：{factor}。火电价空缺者取地区参考价。",
)


def lines_asked(project: MatchProject) -> Table:
    """Lines as given, with what their limits rest on."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            view.name_of(line.ends[0]),
            view.name_of(line.ends[1]),
            line.mw,
            line.mw if line.back_mw is None else line.back_mw,
            line.loss_share,
            line.fee_cny_per_mwh,
            _rests(line.source),
        )
        for line in project.lines.values()
    )
    heads = ("from_region", "to_region", "limit_there_mw", "limit_back_mw", "loss_share", "fee_cny_per_mwh", "rests_on")
    return Table(key="match_lines_asked", columns=columns(*heads), rows=rows)


def provenance(found: Mapping[str, str]) -> Table:
    """Release and checksum of the file."""
    return Table(key="provenance", columns=columns("item", "value"), rows=tuple(found.items()))


def _rests(source: str) -> Cell:
    """What a number rests on."""
    return source or Word("assumed")


def _steps_rest(entry: RegionEntry) -> Cell:
    """What the supply rests on: each step that names a source, the others assumed."""
    named = [
        Text(*(f"{Words(lang).term(name)}: {step.source}" for lang in LANGUAGES))
        for step, name in zip(entry.steps, STEPS, strict=True)
        if step.source
    ]
    return Text.joined([*named, OTHERS], SEMI) if named else Word("assumed")


OTHERS = Text("all else assumed", "其余为假设")


def _mean(level: object) -> float | None:
    """The mean of a number or profile; None for a file or nothing."""
    if isinstance(level, float | int):
        return float(level)
    hours = getattr(level, "by_hour", None) or getattr(level, "by_month", None)
    return None if hours is None else float(np.mean(hours))


def _shares(shares: tuple[float, ...]) -> Text:
    """Four shares in a row."""
    return Text.same(" · ".join(f"{100 * share:.0f} %" for share in shares))


def _battery(project: MatchProject) -> Text:
    """Which sites store how much."""
    fleet = project.fleet
    return BATTERY.filled(
        share=f"{100 * fleet.battery_sites:.0f} %",
        power=f"{100 * fleet.battery_power:.0f} %",
        hours=fleet.battery_hours,
    )


BATTERY = Text(
    "{share} of the sites, {power} of their size, {hours:g} h", "{share}的站点配储，功率为容量的{power}，{hours:g} 小时"
)


def _costs(project: MatchProject) -> Text:
    """Transfer and handling, CNY/MWh."""
    moves = project.moves
    return COSTS.filled(
        inference=moves.inference_cost_cny_per_mwh,
        batch=moves.batch_cost_cny_per_mwh,
        out=moves.out_cost_cny_per_mwh,
        into=moves.in_cost_cny_per_mwh,
    )


COSTS = Text(
    "transfer {inference:g} (inference), {batch:g} (batch); handling {out:g} out, {into:g} in",
    "传输 {inference:g}（推理）、{batch:g}（批处理）；处理 迁出 {out:g}、迁入 {into:g}",
)
