"""What do replays answer, in one paragraph? The best policy against the first, its promises, and warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.edge.reports.answer import Alert, Tile
from wattloom.edge.reports.dispatch_said import interval
from wattloom.edge.reports.dispatch_words import money, of_policy, percent
from wattloom.edge.reports.replay_tables import waited_hours, work_kept
from wattloom.edge.reports.words import ABSENT

if TYPE_CHECKING:
    from wattloom.app.replay_answer import DispatchReplay
    from wattloom.dispatch.answer import Saving
    from wattloom.edge.reports.words import Words
    from wattloom.twin.result import ReplayResult


def best(replay: DispatchReplay) -> tuple[ReplayResult, Saving | None]:
    """The cheapest of the policies that miss no more deadlines than the first; the first where there is none."""
    first = replay.results[0]
    keeping = [
        (one, saving)
        for one, saving in zip(replay.results[1:], replay.savings, strict=True)
        if one.deadline_misses <= first.deadline_misses and one.cost_cny < first.cost_cny
    ]
    return min(keeping, key=lambda pair: pair[0].cost_cny) if keeping else (first, None)


def paragraph(replay: DispatchReplay, words: Words) -> str:
    """Which policy is cheapest, what it saves and how surely, and whether it keeps its promises."""
    found, saving = best(replay)
    sentences = [_cheapest(replay, found, words)]
    if saving is not None:
        sentences.append(interval(saving, words))
    sentences.append(
        words.say(
            "replay_fared",
            misses=f"{found.deadline_misses:,}",
            jobs=f"{found.jobs:,}",
            wait=_figure(waited_hours(found), "h", words),
            kept=_figure(work_kept(found), "1", words),
        )
    )
    return ("" if words.lang == "zh" else " ").join(sentences)


def _cheapest(replay: DispatchReplay, found: ReplayResult, words: Words) -> str:
    """The policy that comes out best, or that none does better than the first."""
    first = replay.results[0]
    if found is first:
        key = "replay_alone" if len(replay.results) == 1 else "replay_none_better"
        return words.say(
            key,
            jobs=f"{first.jobs:,}",
            policy=_named(first, words),
            cost=money(first.cost_cny, words),
            energy=words.figure(first.energy_mwh, "MWh"),
        )
    return words.say(
        "replay_best",
        count=len(replay.results),
        jobs=f"{first.jobs:,}",
        policy=_named(found, words),
        cost=money(found.cost_cny, words),
        first=_named(first, words),
        first_cost=money(first.cost_cny, words),
    )


def tiles(replay: DispatchReplay, words: Words) -> list[Tile]:
    """The figures of the best policy that a reader asks for first."""
    found, saving = best(replay)
    first = replay.results[0]
    made = []
    if saving is not None:
        low, high = money(saving.low_cny, words), money(saving.high_cny, words)
        confidence = percent(saving.confidence, words)
        made += [
            Tile(
                name=words.term("saved_cny"),
                figure=money(saving.saved_cny, words),
                beside=words.say("tile_interval", confidence=confidence, low=low, high=high),
            ),
            Tile(name=words.term("saved_share"), figure=words.figure(saving.share, "1")),
        ]
    return [
        *made,
        _beside("energy_drawn_mwh", found.energy_mwh, first.energy_mwh, "MWh", words),
        _beside("carbon_t", found.carbon_t, first.carbon_t, "t", words),
        _beside("deadline_misses", float(found.deadline_misses), float(first.deadline_misses), "", words),
        _beside("waited_hours_mean", waited_hours(found), waited_hours(first), "h", words),
    ]


def _beside(key: str, value: float | None, first: float | None, unit: str, words: Words) -> Tile:
    """A figure of the best policy beside that of the first."""
    return Tile(
        name=words.term(key),
        figure=_figure(value, unit, words),
        beside=words.say("tile_first", value=_figure(first, unit, words)),
    )


def alerts(replay: DispatchReplay, words: Words) -> list[Alert]:
    """Deadlines that the best policy misses, jobs left open, and savings that chance may have made."""
    found, saving = best(replay)
    made = []
    if found.deadline_misses:
        made.append(Alert(text=words.say("alert_misses", count=f"{found.deadline_misses:,}"), bad=True))
    if found.still_open:
        made.append(Alert(text=words.say("alert_open", count=f"{found.still_open:,}")))
    if saving is not None and saving.low_cny <= 0.0:
        made.append(Alert(text=words.say("alert_uncertain", confidence=percent(saving.confidence, words))))
    return made


def _named(result: ReplayResult, words: Words) -> str:
    """A policy as it stands inside a sentence."""
    return words.say("quoted", name=words.cell(of_policy(result.policy)))


def _figure(value: float | None, unit: str, words: Words) -> str:
    """A figure, or a dash."""
    return ABSENT if value is None else words.figure(value, unit)
