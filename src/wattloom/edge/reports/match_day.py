"""What do a day's ticks come to? Tables, pictures and sentences of sums by hour, region and side."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.match_project import CLEAN, STEPS
from wattloom.domain.text import Text
from wattloom.edge.reports import match_view as view
from wattloom.edge.reports.charts import Payload, Spec
from wattloom.edge.reports.figures import WHOLE_CNY
from wattloom.edge.reports.match_charts import ROLES, flows, short
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.words import Amount, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.app.match_answer import MatchReplay
    from wattloom.edge.reports.words import Cell, Words

ITEMS = ("energy", "carbon", "fees", "moves", "shed")
COURSES = 12
"""Lines of prices in a picture at most."""
TOLD_MAX = 4
SHOWN_MWH = 0.5


def green_share(step_mwh: NDArray[np.float64]) -> float:
    """Surplus green and firm clean energy, of all supply; steps on the last axis."""
    return float(step_mwh[..., list(CLEAN)].sum() / max(float(step_mwh.sum()), 1e-9))


def saving_share(replay: MatchReplay) -> float:
    """Saved, of the cost at home."""
    return (replay.home_cost_cny - replay.cost_cny) / max(abs(replay.home_cost_cny), 1e-9)


def key_figures(replay: MatchReplay) -> Table:
    """The day in figures, beside serving at home."""
    hours = replay.hours
    rows: tuple[tuple[Cell, ...], ...] = (
        (Word("cost_cny"), Amount(replay.home_cost_cny, WHOLE_CNY), Amount(replay.cost_cny, WHOLE_CNY)),
        (
            Word("sites_draw_mwh"),
            Amount(float(hours.home_draw_mwh.sum()), "MWh"),
            Amount(float(hours.draw_mwh.sum()), "MWh"),
        ),
        (
            Word("match_green_share"),
            Amount(green_share(hours.home_step_mwh), "1"),
            Amount(green_share(hours.step_mwh), "1"),
        ),
        (
            Word("green_left_mwh"),
            Amount(_unused(replay, hours.home_step_mwh), "MWh"),
            Amount(_unused(replay, hours.step_mwh), "MWh"),
        ),
        (Word("moved_it_mwh"), Amount(0.0, "MWh"), Amount(float(hours.corridor_mwh.sum()), "MWh")),
        (Word("left_it_mwh"), Amount(0.0, "MWh"), Amount(replay.left_mwh, "MWh")),
    )
    return Table(key="key_figures", columns=columns("measure", "at_home", "matched"), rows=rows)


def _unused(replay: MatchReplay, step_mwh: NDArray[np.float64]) -> float:
    """Green and clean energy that was there and that nobody took."""
    return float(np.maximum(replay.hours.green_available_mwh - step_mwh[:, :, list(CLEAN)].sum(axis=2), 0.0).sum())


def money(replay: MatchReplay) -> Table:
    """Cost of the day by item, what is left over and stored included."""
    home, now = replay.hours.home_money.sum(axis=0), replay.hours.money.sum(axis=0)
    rows: list[tuple[Cell, ...]] = [
        (Word(f"match_{item}"), float(home[k]), float(now[k]), float(now[k] - home[k]))
        for k, item in enumerate(ITEMS)
        if home[k] or now[k]
    ]
    rows.append((Word("left_cost"), 0.0, replay.left_cost_cny, replay.left_cost_cny))
    rows.append((Word("stored_more"), 0.0, -replay.stored_cny, -replay.stored_cny))
    total = replay.cost_cny - replay.home_cost_cny
    rows.append((Word("total"), replay.home_cost_cny, replay.cost_cny, total))
    heads = (Column(key="item"), *(Column(key=key, unit=WHOLE_CNY) for key in ("at_home", "matched", "change_cny")))
    return Table(key="match_money", columns=heads, rows=tuple(rows), total_rows=1)


def regions(replay: MatchReplay) -> Table:
    """Draw, price and green share of each region over the day."""
    hours = replay.hours
    power, work = _net(replay)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            name,
            Word(entry.side),
            float(hours.price_cny_per_mwh[:, r].min()),
            float(hours.price_cny_per_mwh[:, r].mean()),
            float(hours.price_cny_per_mwh[:, r].max()),
            float(hours.home_draw_mwh[:, r].sum()),
            float(hours.draw_mwh[:, r].sum()),
            green_share(hours.step_mwh[:, r]),
            float(power[r]),
            float(work[r]),
        )
        for r, (name, entry) in enumerate(zip(view.names(replay.project), replay.project.regions.values(), strict=True))
    )
    heads = (
        "region", "side", "price_lowest_cny_per_mwh", "price_mean_cny_per_mwh", "price_highest_cny_per_mwh",
        "draw_home_mwh", "draw_matched_mwh", "match_green_share", "net_power_in_mwh", "net_moved_in_it_mwh",
    )  # fmt: skip
    return Table(key="match_regions", columns=columns(*heads), rows=rows)


def sides(replay: MatchReplay) -> Table:
    """The West and the East over the day."""
    hours = replay.hours
    power, work = _net(replay)
    rows: list[tuple[Cell, ...]] = []
    for side in view.SIDES:
        part = view.on_side(replay.project, side)
        if part.any():
            rows.append(
                (
                    Word(side),
                    float(hours.home_draw_mwh[:, part].sum()),
                    float(hours.draw_mwh[:, part].sum()),
                    float(hours.home_step_mwh[:, part].sum()),
                    float(hours.step_mwh[:, part].sum()),
                    green_share(hours.home_step_mwh[:, part]),
                    green_share(hours.step_mwh[:, part]),
                    float(power[part].sum()),
                    float(work[part].sum()),
                )
            )
    heads = (
        "side", "draw_home_mwh", "draw_matched_mwh", "supply_home_mwh", "supply_matched_mwh", "green_home",
        "green_matched", "net_power_in_mwh", "net_moved_in_it_mwh",
    )  # fmt: skip
    return Table(key="match_sides", columns=columns(*heads), rows=tuple(rows))


def hours(replay: MatchReplay) -> Table:
    """The day hour by hour."""
    h = replay.hours
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            clock,
            float(h.draw_mwh[i].sum()),
            float(h.home_draw_mwh[i].sum()),
            float(h.green_available_mwh[i].sum()),
            float(h.line_mwh[i].sum()),
            float(h.corridor_mwh[i].sum()),
            float(h.started_mw[i]),
            float(h.waiting_it_mwh[i].sum()),
        )
        for i, clock in enumerate(_clocks(replay))
    )
    heads = (
        "hour", "draw_matched_mwh", "draw_home_mwh", "green_available_mwh", "line_mwh", "moved_it_mwh", "moved_per_h",
        "left_it_mwh",
    )  # fmt: skip
    return Table(key="match_hours", columns=columns(*heads), rows=rows)


def latency(replay: MatchReplay) -> Table:
    """How long a tick took to compute, and how sure its answer is."""
    p50, p95, p99 = (float(value) for value in np.percentile(replay.cpu_ms, [50, 95, 99]))
    rows: tuple[tuple[Cell, ...], ...] = (
        (Word("ticks"), Amount(float(replay.ticks), "")),
        (Word("match_p50_ms"), Amount(p50, "ms")),
        (Word("match_p95_ms"), Amount(p95, "ms")),
        (Word("match_p99_ms"), Amount(p99, "ms")),
        (Word("certified_share"), Amount(replay.certified_share, "1")),
        (Word("exact_ticks"), Amount(float(replay.exact), "")),
        (Word("worst_gap"), Text.same(f"{100 * float(replay.gap.max()):.4f} %")),
        (Word("worst_residual"), Text.same(f"{float(replay.residual.max()):.1e}")),
        (Word("replay_s"), Amount(replay.wall_s, "s")),
    )
    return Table(key="match_latency", columns=columns("item", "value"), rows=rows)


def charts(replay: MatchReplay) -> Payload:
    """Every picture of a day's report."""
    payload, h = Payload(), replay.hours
    total = replay.project.window.hours
    payload.charts["flows"] = flows(
        replay.project,
        payload,
        draw_mw=h.draw_mwh.sum(axis=0) / total,
        price=h.price_cny_per_mwh.mean(axis=0),
        edges={
            "flows_of_power": [(pair, mwh / total) for pair, mwh in _pairs_of_lines(replay)],
            "moves_of_work": [(pair, mwh / total) for pair, mwh in _pairs_of_work(replay)],
        },
    )
    payload.charts["supply_day"] = _supply(replay, payload)
    payload.charts["draw_day"] = _draw(replay, payload)
    payload.charts["prices_day"] = _prices(replay, payload)
    payload.charts["moved_day"] = _moved(replay, payload)
    return payload


def why(replay: MatchReplay, words: Words) -> list[str]:
    """What moved where over the day, and the prices behind it."""
    names, h = view.names(replay.project), replay.hours
    found = []
    for key, pairs, each in (
        ("match_day_flow", _pairs_of_lines(replay), h.line_mwh),
        ("match_day_move", _pairs_of_work(replay), h.corridor_mwh),
    ):
        for (start, end), mwh in pairs[:TOLD_MAX]:
            weight = _course(replay, start, end, each)
            low, high = (float(np.average(h.price_cny_per_mwh[:, r], weights=weight)) for r in (start, end))
            found.append(
                words.say(
                    key,
                    mwh=words.figure(mwh, "MWh"),
                    start=names[start].of(words.lang),
                    end=names[end].of(words.lang),
                    low=words.figure(low, "CNY/MWh"),
                    high=words.figure(high, "CNY/MWh"),
                )
            )
    waiting = h.waiting_it_mwh.sum(axis=1)
    most = int(np.argmax(waiting))
    if waiting[most] >= SHOWN_MWH:
        found.append(
            words.say(
                "match_day_waits", mwh=words.figure(float(waiting[most]), "MWh"), hour=_clocks(replay, end=True)[most]
            )
        )
    return found


def _course(replay: MatchReplay, start: int, end: int, each: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy between two regions hour by hour."""
    layout = replay.layout
    if each is replay.hours.line_mwh:
        rows = (layout.line_from == start) & (layout.line_to == end)
    else:
        rows = (layout.corridor_from == start) & (layout.corridor_to == end)
    return np.asarray(each[:, rows].sum(axis=1), dtype=np.float64)


def _pairs_of_lines(replay: MatchReplay) -> list[tuple[tuple[int, int], float]]:
    """Energy over lines, net of what goes back, the largest first."""
    layout, sums = replay.layout, replay.hours.line_mwh.sum(axis=0)
    found: dict[tuple[int, int], float] = {}
    for k, mwh in enumerate(sums):
        pair = int(layout.line_from[k]), int(layout.line_to[k])
        found[pair] = found.get(pair, 0.0) + float(mwh)
    return _largest(found)


def _pairs_of_work(replay: MatchReplay) -> list[tuple[tuple[int, int], float]]:
    """Work over corridors, the largest first."""
    layout, sums = replay.layout, replay.hours.corridor_mwh.sum(axis=0)
    found: dict[tuple[int, int], float] = {}
    for k, mwh in enumerate(sums):
        pair = int(layout.corridor_from[k]), int(layout.corridor_to[k])
        found[pair] = found.get(pair, 0.0) + float(mwh)
    return _largest(found)


def _largest(found: dict[tuple[int, int], float]) -> list[tuple[tuple[int, int], float]]:
    """The largest first, without what is next to nothing."""
    return sorted(((pair, mwh) for pair, mwh in found.items() if mwh >= SHOWN_MWH), key=lambda item: -item[1])


def _net(replay: MatchReplay) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Power and work that come in less what goes out, MWh by region."""
    count = len(replay.layout.regions)
    nets = []
    for pairs in (_pairs_of_lines(replay), _pairs_of_work(replay)):
        net = np.zeros(count)
        for (start, end), mwh in pairs:
            net[start] -= mwh
            net[end] += mwh
        nets.append(net)
    return nets[0], nets[1]


def _clocks(replay: MatchReplay, *, end: bool = False) -> list[str]:
    """Starts of the hours, or their ends, on the report's clocks."""
    start = replay.project.window.instant.astimezone(replay.project.zone)
    return [
        (start + timedelta(hours=i + int(end))).strftime("%m-%d %H:%M") for i in range(replay.hours.draw_mwh.shape[0])
    ]


def _supply(replay: MatchReplay, payload: Payload) -> Spec:
    """Supply by step over the day, matched and at home."""
    keys = (*STEPS, "shortfall")
    variants = []
    for label, steps in (("matched", replay.hours.step_mwh), ("at_home", replay.hours.home_step_mwh)):
        sums = steps.sum(axis=1)
        series = [
            {"label": payload.word(key), "role": ROLES[key], "stack": "all", "values": short(sums[:, k])}
            for k, key in enumerate(keys)
            if sums[:, k].any()
        ]
        available = {
            "label": payload.word("green_available_mw"),
            "role": "load",
            "line": True,
            "values": short(replay.hours.green_available_mwh.sum(axis=1)),
        }
        variants.append({"label": payload.word(label), "x": _clocks(replay), "series": [*series, available]})
    return {"kind": "stack", "unit": "MW", "steps": True, "variants": variants}


def _draw(replay: MatchReplay, payload: Payload) -> Spec:
    """Draw of the sites on each side, matched and at home."""
    series: list[Spec] = []
    for side, role in zip(view.SIDES, ("line5", "line4"), strict=True):
        part = view.on_side(replay.project, side)
        if part.any():
            series.append(
                {
                    "label": payload.word(side),
                    "role": role,
                    "stack": "all",
                    "values": short(replay.hours.draw_mwh[:, part].sum(axis=1)),
                }
            )
    home = short(replay.hours.home_draw_mwh.sum(axis=1))
    series.append({"label": payload.word("at_home"), "role": "load", "line": True, "values": home})
    return _single(replay, payload, series)


def _single(replay: MatchReplay, payload: Payload, series: list[Spec]) -> Spec:
    """A picture of the matched day alone."""
    variant = {"label": payload.word("matched"), "x": _clocks(replay), "series": series}
    return {"kind": "stack", "unit": "MW", "steps": True, "variants": [variant]}


def _prices(replay: MatchReplay, payload: Payload) -> Spec:
    """Price of energy in each region, a side at a time."""
    variants = []
    for side in view.SIDES:
        keys = [key for key, entry in replay.project.regions.items() if entry.side == side]
        places = [list(replay.project.regions).index(key) for key in keys][:COURSES]
        if places:
            series = [
                {
                    "label": payload.label(f"region.{key}", view.name_of(key)),
                    "role": f"line{n % 8}",
                    "line": True,
                    "values": short(replay.hours.price_cny_per_mwh[:, r]),
                }
                for n, (key, r) in enumerate(zip(keys, places, strict=False))
            ]
            variants.append({"label": payload.word(side), "x": _clocks(replay), "series": series})
    return {"kind": "stack", "unit": "CNY/MWh", "steps": True, "variants": variants}


def _moved(replay: MatchReplay, payload: Payload) -> Spec:
    """Computing away from home, by class, with what newly moves in each hour."""
    h, kinds = replay.hours, replay.layout.corridor_class
    series: list[Spec] = [
        {
            "label": payload.word(key),
            "role": role,
            "stack": "all",
            "values": short(h.corridor_mwh[:, kinds == k].sum(axis=1)),
        }
        for k, (key, role) in enumerate((("movable_inference", "line4"), ("movable_batch", "line2")))
    ]
    series.append({"label": payload.word("moved_per_h"), "role": "load", "line": True, "values": short(h.started_mw)})
    return _single(replay, payload, series)
