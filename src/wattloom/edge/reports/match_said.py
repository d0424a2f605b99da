"""What is the answer of a tick, in words? Cost and saving, what moved where and why, and how good the answer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.edge.reports import match_view as view
from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.dispatch_words import money

if TYPE_CHECKING:
    from wattloom.app.match_answer import MatchNow
    from wattloom.edge.reports.words import Words

TOLD_MAX = 5
"""Flows and moves that are told one by one."""
BATTERY_MW = 0.5


def paragraph(now: MatchNow, words: Words) -> str:
    """Cost, saving, what moves between the sides, and the certificate."""
    return joined([_cost(now, words), _sides(now, words), certified(now, words)], words)


def joined(sentences: list[str], words: Words) -> str:
    """Sentences that say something, one after the other."""
    return ("" if words.lang == "zh" else " ").join(filter(None, sentences))


def tiles(now: MatchNow, words: Words) -> list[Tile]:
    """The figures that a reader asks for first."""
    saved, supply = now.saving_cny_per_h, view.supply_mw(now)
    home = words.say("tile_home", value=words.figure(view.green_share(now.home_supply_mw), "1"))
    return [
        Tile(name=words.term("saved_per_h"), figure=money(saved, words), beside=words.figure(share(now), "1")),
        Tile(name=words.term("match_green_share"), figure=words.figure(view.green_share(supply), "1"), beside=home),
        Tile(name=words.term("flow_total_mw"), figure=words.figure(float(now.match.forward_mw.sum()), "MW")),
        Tile(name=words.term("moved_it_mw"), figure=words.figure(float(now.match.corridor_it_mw.sum()), "MW")),
        Tile(name=words.term("waiting_it_mw"), figure=words.figure(float(view.waiting_mw(now).sum()), "MW")),
        Tile(
            name=words.term("gap"),
            figure=f"{100 * now.match.certificate.gap:.3f}\u00a0%",
            beside=words.say(f"match_by_{now.match.certificate.method}"),
        ),
    ]


def alerts(now: MatchNow, words: Words) -> list[Alert]:
    """Energy that nobody has, inference that is shed."""
    shed = float(view.shed_mw(now).sum())
    found = [Alert(text=words.say("match_alert_shed", mw=words.figure(shed, "MW")), bad=True)]
    return found if shed >= view.SHOWN_MW else []


def share(now: MatchNow) -> float:
    """Saved, of the cost at home."""
    return now.saving_cny_per_h / max(abs(now.home_money.total), 1e-9)


def why(now: MatchNow, words: Words) -> list[str]:
    """What moved where and why, sentence by sentence."""
    return [*_flows(now, words), *_moves(now, words), *_waits(now, words), *_stores(now, words)]


def _cost(now: MatchNow, words: Words) -> str:
    """What an hour costs, and what it would cost at home."""
    saved = now.saving_cny_per_h
    return words.say(
        "match_cost" if saved >= 0 else "match_cost_more",
        sites=f"{len(now.tick.layout.sites):,}",
        regions=len(now.project.regions),
        home=money(now.home_money.total, words),
        matched=money(now.money.total, words),
        saved=money(abs(saved), words),
        share=words.figure(abs(share(now)), "1"),
    )


def _sides(now: MatchNow, words: Words) -> str:
    """Power and computing between the West and the East."""
    west = view.on_side(now.project, "west")
    if not west.any() or west.all():
        return ""
    power, computing = (
        {
            "to_east": sum(flow.mw for flow in flows if west[flow.start] and not west[flow.end]),
            "to_west": sum(flow.mw for flow in flows if not west[flow.start] and west[flow.end]),
        }
        for flows in (view.lines(now), view.moves(now))
    )
    return words.say(
        "match_sides",
        power_east=words.figure(power["to_east"], "MW"),
        power_west=words.figure(power["to_west"], "MW"),
        work_west=words.figure(computing["to_west"], "MW"),
        work_east=words.figure(computing["to_east"], "MW"),
    )


def certified(now: MatchNow, words: Words) -> str:
    """How good the answer is."""
    found = now.match.certificate
    return words.say(
        "match_certified",
        gap=f"{100 * found.gap:.3f}",
        bound=money(found.bound_cny_per_h, words),
        ms=f"{1000 * now.match.cpu_s:.1f}",
    )


def _flows(now: MatchNow, words: Words) -> list[str]:
    """Power over lines: what it costs at both ends."""
    names, price = view.names(now.project), now.match.prices_cny_per_mwh[0]
    return [
        words.say(
            "match_flow_full" if flow.mw > FULL * flow.limit_mw else "match_flow",
            mw=words.figure(flow.mw, "MW"),
            start=names[flow.start].of(words.lang),
            end=names[flow.end].of(words.lang),
            low=words.figure(float(price[flow.start]), "CNY/MWh"),
            high=words.figure(float(price[flow.end]), "CNY/MWh"),
            fee=words.figure(flow.cost_cny_per_mwh, "CNY/MWh"),
            loss=words.figure(flow.loss_share, "1"),
        )
        for flow in view.lines(now)[:TOLD_MAX]
    ]


FULL = 0.999
"""From this share of its limit on, a line is full."""


def _moves(now: MatchNow, words: Words) -> list[str]:
    """Computing over corridors: what a MWh of IT work costs at both ends."""
    names, price, site = view.names(now.project), now.match.prices_cny_per_mwh[0], now.tick.sites
    count, region = len(names), now.tick.layout.site_region
    sites = np.maximum(np.bincount(region, minlength=count), 1)
    facility = np.bincount(region, site.facility_mw_per_it_mw, count) / sites
    it_price = price * facility
    return [
        words.say(
            "match_move",
            mw=words.figure(flow.mw, "MW"),
            kind=words.term(flow.kind),
            start=names[flow.start].of(words.lang),
            end=names[flow.end].of(words.lang),
            low=words.figure(float(it_price[flow.end]), "CNY/MWh"),
            high=words.figure(float(it_price[flow.start]), "CNY/MWh"),
        )
        for flow in view.moves(now)[:TOLD_MAX]
    ]


def _waits(now: MatchNow, words: Words) -> list[str]:
    """Where most work waits."""
    waiting, names = view.waiting_mw(now), view.names(now.project)
    total = float(waiting.sum())
    if total < view.SHOWN_MW:
        return []
    most = [r for r in np.argsort(-waiting)[:3] if waiting[r] >= view.SHOWN_MW]
    listed = words.say("comma").join(f"{names[r].of(words.lang)} {words.figure(float(waiting[r]), 'MW')}" for r in most)
    return [words.say("match_waits", mw=words.figure(total, "MW"), where=listed)]


def _stores(now: MatchNow, words: Words) -> list[str]:
    """What batteries take and give."""
    charged, given = float(now.match.charge_mw.sum()), float(now.match.discharge_mw.sum())
    if max(charged, given) < BATTERY_MW:
        return []
    return [words.say("match_stores", charged=words.figure(charged, "MW"), given=words.figure(given, "MW"))]
