"""Which tables does an offer of flexibility come to? A grid of notice by duration, and every line of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattloom.domain.text import Text
from wattloom.edge.reports.dispatch_words import of_class, of_site, percent_in_both
from wattloom.edge.reports.table import Table, columns
from wattloom.edge.reports.words import LANGUAGES, Amount, Word, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattloom.app.flexibility_assess import FlexibilityAssessment
    from wattloom.dispatch.offer import Direction, OfferLine
    from wattloom.edge.reports.words import Cell

MINUTES_PER_HOUR, MINUTES_PER_DAY = 60.0, 1440.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One cell of the sheet."""

    mw: float
    share: float
    heat: float
    """Of the largest MW of the grid: how deep its colour is."""
    cost: float | None
    limit: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What one site offers in one direction: notices in rows, durations in columns."""

    site: Cell
    direction: Word
    durations: tuple[Text, ...]
    rows: tuple[tuple[Text, tuple[Square | None, ...]], ...]


def grids(answer: FlexibilityAssessment) -> list[Grid]:
    """A grid for each site and direction in which anything is offered."""
    terms = answer.offer.terms
    made = []
    for site, direction, lines in _by_site_and_direction(answer):
        most = max((line.mw for line in lines), default=0.0)
        if most <= 0.0:
            continue
        found = {(line.notice_minutes, line.duration_hours): line for line in lines}
        rows = tuple(
            (
                length(notice),
                tuple(
                    _square(found[notice, hours], most) if (notice, hours) in found else None
                    for hours in terms.durations_hours
                ),
            )
            for notice in terms.notices_minutes
        )
        made.append(
            Grid(
                site=_named(answer, site),
                direction=Word(f"offer_{direction}"),
                durations=tuple(length(MINUTES_PER_HOUR * hours) for hours in terms.durations_hours),
                rows=rows,
            )
        )
    return made


def nothing_offered(answer: FlexibilityAssessment) -> list[tuple[Cell, Word, Word]]:
    """Sites and directions that offer nothing, each with what limits it."""
    return [
        (_named(answer, site), Word(f"offer_{direction}"), Word(f"limit_{lines[0].limited_by}"))
        for site, direction, lines in _by_site_and_direction(answer)
        if lines and max(line.mw for line in lines) <= 0.0
    ]


def _by_site_and_direction(answer: FlexibilityAssessment) -> Iterable[tuple[str, Direction, list[OfferLine]]]:
    """Lines that belong together, in the order of the offer."""
    lines = answer.offer.lines
    for site, direction in dict.fromkeys((line.site, line.direction) for line in lines):
        yield site, direction, [line for line in lines if (line.site, line.direction) == (site, direction)]


def _square(line: OfferLine, most: float) -> Square:
    """A line as a cell."""
    return Square(
        mw=line.mw,
        share=line.share_of_power,
        heat=line.mw / most,
        cost=line.cost_cny_per_mwh,
        limit=Word(f"limit_{line.limited_by}"),
    )


def lines(answer: FlexibilityAssessment) -> Table:
    """Every line of the offer with all that was found."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _named(answer, line.site),
            Word(f"offer_{line.direction}"),
            length(line.notice_minutes),
            length(MINUTES_PER_HOUR * line.duration_hours),
            line.mw,
            line.mw_mean,
            line.mw_least,
            line.share_of_power,
            Word(f"limit_{line.limited_by}"),
        )
        for line in answer.offer.lines
    )
    heads = (
        "computing_site", "direction", "notice_length", "event_length", "offered_mw", "offered_mean_mw",
        "offered_least_mw", "offered_share", "limited_by",
    )  # fmt: skip
    return Table(key="offer_lines", columns=columns(*heads), rows=rows)


def prices(answer: FlexibilityAssessment, *, key: str = "offer_prices", notice_minutes: float = math.inf) -> Table:
    """What each line costs: for a MWh, for a GPU-hour deferred and lost, and how the work is made up.

    Of the lines up to a notice; without one, of all.
    """
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _named(answer, line.site),
            Word(f"offer_{line.direction}"),
            length(line.notice_minutes),
            length(MINUTES_PER_HOUR * line.duration_hours),
            line.cost_cny_per_mwh,
            line.cost_cny_per_deferred_gpu_hour,
            line.cost_cny_per_lost_gpu_hour,
            line.deferred_gpu_hours_per_mwh,
            line.lost_gpu_hours_per_mwh,
            line.make_up_hours,
            line.rebound_share_max,
        )
        for line in answer.offer.lines
        if line.mw > 0 and line.notice_minutes <= notice_minutes
    )
    heads = (
        "computing_site", "direction", "notice_length", "event_length", "offer_cost_cny_per_mwh",
        "cost_cny_per_deferred_gpu_hour", "cost_cny_per_lost_gpu_hour", "deferred_gpu_hours_per_mwh",
        "lost_gpu_hours_per_mwh", "make_up_hours", "rebound_share_max",
    )  # fmt: skip
    return Table(key=key, columns=columns(*heads), rows=rows)


def floors(answer: FlexibilityAssessment) -> Table:
    """What was promised for each class and the least that any line leaves it."""
    kept: dict[str, float] = {}
    for line in answer.offer.lines:
        if line.direction == "down":
            for name, share in line.kept_least.items():
                kept[name] = min(kept.get(name, 1.0), share)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (of_class(name), entry.interruptible, entry.least_power, entry.service_floor, kept.get(name))
        for name, entry in answer.project.classes.items()
    )
    heads = ("job_class", "interruptible", "least_power", "service_floor", "kept_least")
    return Table(key="floors", columns=columns(*heads), rows=rows)


def terms(answer: FlexibilityAssessment) -> Table:
    """What was asked for, and over which instants it was looked at."""
    offer, zone = answer.offer, answer.project.zone
    first, last = offer.axis.start.astimezone(zone), offer.axis.end.astimezone(zone)
    period = f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"
    rows: tuple[tuple[Cell, ...], ...] = (
        (Word("offer_probability"), percent_in_both(offer.terms.probability)),
        (Word("ramp_minutes"), Amount(offer.terms.ramp_minutes, "min")),
        (Word("offer_period"), period),
        (Word("offer_starts"), Amount(float(max((line.starts for line in offer.lines), default=0)), "")),
        (Word("offer_baseline"), answer.baseline_said),
    )
    return Table(key="offer_terms", columns=columns("item", "value"), rows=rows)


def length(minutes: float) -> Text:
    """A length of time in the unit that people say."""
    if minutes < MINUTES_PER_HOUR:
        return _figure(minutes, "min")
    return _figure(minutes / MINUTES_PER_HOUR, "h")


def _figure(value: float, unit: str) -> Text:
    """A figure in both languages."""
    return Text(*(Words(lang).figure(value, unit) for lang in LANGUAGES))


def _named(answer: FlexibilityAssessment, site: str) -> Cell:
    """What a site is called."""
    entry = answer.project.sites.get(site)
    return of_site(site, entry.place.name if entry else "")
