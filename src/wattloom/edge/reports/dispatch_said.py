"""What is the answer to a dispatch, in one paragraph? Sentences, key figures and warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.dispatch_tables import CAP_ROUNDING_MWH, totals
from wattloom.edge.reports.dispatch_words import money, percent

if TYPE_CHECKING:
    from wattloom.dispatch.answer import DispatchDay, Saving
    from wattloom.edge.reports.words import Words

SAME = 0.01
"""How far the saving of the jobs may be from that of all costs and still be told as one."""


def paragraph(day: DispatchDay, words: Words) -> str:
    """What is saved and how surely, what it does to carbon, what moves, and whether the promises are kept."""
    sentences = [
        _cost(day, words),
        interval(day.saving, words),
        _carbon(day, words),
        _moved(day, words),
        _kept(day, words),
    ]
    return _joined(sentences, words)


def tiles(day: DispatchDay, words: Words) -> list[Tile]:
    """The figures that a reader asks for first."""
    before, after = totals(day.at_once), totals(day.plan)
    saving = day.saving
    return [
        Tile(
            name=words.term("saved_cny"),
            figure=money(saving.saved_cny, words),
            beside=words.say(
                "tile_interval",
                confidence=percent(saving.confidence, words),
                low=money(saving.low_cny, words),
                high=money(saving.high_cny, words),
            ),
        ),
        Tile(name=words.term("saved_share"), figure=words.figure(saving.share, "1")),
        Tile(
            name=words.term("import_mwh"),
            figure=words.figure(after.import_mwh, "MWh"),
            beside=words.say("tile_at_once", value=words.figure(before.import_mwh, "MWh")),
        ),
        Tile(
            name=words.term("carbon_t"),
            figure=words.figure(after.carbon_t, "t"),
            beside=words.say("tile_at_once", value=words.figure(before.carbon_t, "t")),
        ),
        Tile(
            name=words.term("moved_mwh"),
            figure=words.figure(day.plan.moved_mwh, "MWh"),
            beside=words.say("tile_of_jobs", share=words.figure(moved_share(day), "1")),
        ),
        Tile(
            name=words.term("deadline_misses"),
            figure=words.figure(float(day.plan.deadline_misses), ""),
            beside=words.say("tile_of_count", count=f"{len(day.question.jobs):,}"),
        ),
    ]


def alerts(day: DispatchDay, words: Words) -> list[Alert]:
    """Deadlines missed, limits exceeded, a saving that chance may have made."""
    plan, found = day.plan, []
    if plan.deadline_misses:
        found.append(Alert(text=words.say("alert_misses", count=f"{plan.deadline_misses:,}"), bad=True))
    if plan.cap_excess_mwh > CAP_ROUNDING_MWH:
        found.append(Alert(text=words.say("alert_caps", energy=words.figure(plan.cap_excess_mwh, "MWh")), bad=True))
    if day.saving.low_cny <= 0.0:
        confidence = percent(day.saving.confidence, words)
        found.append(Alert(text=words.say("alert_uncertain", confidence=confidence)))
    return found


def moved_share(day: DispatchDay) -> float:
    """IT energy served away from home, of the jobs' IT energy."""
    jobs = float(sum(site.flexible_it_mw.sum() for site in day.plan.sites)) * day.plan.axis.step_hours
    return day.plan.moved_mwh / jobs if jobs else 0.0


def _cost(day: DispatchDay, words: Words) -> str:
    """What the jobs cost at once, and as planned."""
    return words.say(
        "dispatch_cost",
        jobs=f"{len(day.question.jobs):,}",
        sites=len(day.question.sites),
        before=money(day.at_once.cost_cny, words),
        after=money(day.plan.cost_cny, words),
    )


def interval(saving: Saving, words: Words) -> str:
    """What is saved, with its interval and what that rests on."""
    return words.say(
        "dispatch_saved" if saving.saved_cny >= 0 else "dispatch_lost",
        saved=money(abs(saving.saved_cny), words),
        share=words.figure(abs(saving.share), "1"),
        confidence=percent(saving.confidence, words),
        low=money(saving.low_cny, words),
        high=money(saving.high_cny, words),
        of=saving.of.of(words.lang),
        blocks=f"{saving.blocks:,}",
    )


def saving_differs(day: DispatchDay) -> bool:
    """Whether the saving told job by job is another than that of all costs."""
    whole = day.at_once.cost_cny - day.plan.cost_cny
    return abs(day.saving.saved_cny - whole) > SAME * max(abs(whole), abs(day.saving.saved_cny))


def _carbon(day: DispatchDay, words: Words) -> str:
    """By how much carbon falls or rises."""
    before, after = totals(day.at_once).carbon_t, totals(day.plan).carbon_t
    if before <= 0.0:
        return ""
    return words.say(
        "carbon_falls" if after <= before else "carbon_rises",
        carbon=words.figure(abs(before - after), "t"),
        share=words.figure(abs(before - after) / before, "1"),
    )


def _moved(day: DispatchDay, words: Words) -> str:
    """How much runs away from home."""
    if not day.plan.moved_mwh:
        return words.say("nothing_moved")
    return words.say(
        "dispatch_moved", energy=words.figure(day.plan.moved_mwh, "MWh"), share=words.figure(moved_share(day), "1")
    )


def _kept(day: DispatchDay, words: Words) -> str:
    """Whether deadlines and limits are kept."""
    if day.plan.deadline_misses or day.plan.cap_excess_mwh > CAP_ROUNDING_MWH:
        return ""
    return words.say("promises_kept")


def _joined(sentences: list[str], words: Words) -> str:
    """Sentences that say something, one after the other."""
    return ("" if words.lang == "zh" else " ").join(filter(None, sentences))
