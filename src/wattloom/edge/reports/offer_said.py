"""What does an offer of flexibility answer, in one paragraph? What each site can lower, how surely, at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.edge.reports import offer_tables as tables
from wattloom.edge.reports.answer import Tile
from wattloom.edge.reports.dispatch_words import of_site, percent

if TYPE_CHECKING:
    from wattloom.app.flexibility_assess import FlexibilityAssessment
    from wattloom.dispatch.offer import OfferLine
    from wattloom.edge.reports.words import Cell, Words

TILES_MAX = 6


def first_lines(answer: FlexibilityAssessment) -> list[OfferLine]:
    """The line of each site that is told first: down, with the shortest notice, for the middle duration."""
    terms = answer.offer.terms
    notice = min(terms.notices_minutes)
    hours = sorted(terms.durations_hours)[len(terms.durations_hours) // 2]
    return [
        one
        for one in answer.offer.lines
        if (one.direction, one.notice_minutes, one.duration_hours) == ("down", notice, hours)
    ]


def paragraph(answer: FlexibilityAssessment, words: Words) -> str:
    """How far each site can lower its draw with the shortest notice, how surely, and at what cost."""
    told = first_lines(answer)
    if not told:
        return words.say("offer_none")
    opening = words.say(
        "offer_opening",
        probability=percent(answer.offer.terms.probability, words),
        notice=tables.length(told[0].notice_minutes).of(words.lang),
        hours=tables.length(60.0 * told[0].duration_hours).of(words.lang),
    )
    sites = [_site(answer, one, words) for one in told]
    return opening + words.say("offer_between").join(sites) + words.say("full_stop")


def _site(answer: FlexibilityAssessment, one: OfferLine, words: Words) -> str:
    """One site's part of the answer."""
    site = words.cell(_name(answer, one))
    if one.mw <= 0:
        return words.say("offer_site_none", site=site, limit=inside(words.term(f"limit_{one.limited_by}"), words))
    key = "offer_site" if one.cost_cny_per_mwh is not None else "offer_site_unpriced"
    cost = "" if one.cost_cny_per_mwh is None else words.figure(one.cost_cny_per_mwh, "CNY/MWh")
    power, share = words.figure(one.mw, "MW"), words.figure(one.share_of_power, "1")
    return words.say(key, site=site, power=power, share=share, cost=cost)


def tiles(answer: FlexibilityAssessment, words: Words) -> list[Tile]:
    """What each site offers, large."""
    return [
        Tile(
            name=words.cell(_name(answer, one)),
            figure=words.figure(one.mw, "MW"),
            beside=words.say("tile_offer", share=words.figure(one.share_of_power, "1")),
        )
        for one in first_lines(answer)[:TILES_MAX]
    ]


def _name(answer: FlexibilityAssessment, one: OfferLine) -> Cell:
    """What a line's site is called."""
    entry = answer.project.sites.get(one.site)
    return of_site(one.site, entry.place.name if entry else "")


def inside(word: str, words: Words) -> str:
    """A word as it stands inside an English sentence."""
    return word[:1].lower() + word[1:] if words.lang == "en" else word
