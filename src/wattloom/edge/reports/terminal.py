"""What does the screen say? The answer as a paragraph and a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.console import Group
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from wattloom.edge.reports import dispatch_said as dispatch
from wattloom.edge.reports import (
    dispatch_tables,
    forecast_scores,
    forecast_tables,
    match_day,
    match_tables,
    offer_tables,
    replay_tables,
    tables,
)
from wattloom.edge.reports import forecast_backtest_page as backtests
from wattloom.edge.reports import forecast_board_page as boards
from wattloom.edge.reports import forecast_said as forecasts
from wattloom.edge.reports import match_replay_page as days
from wattloom.edge.reports import match_said as matches
from wattloom.edge.reports import match_study_page as studies
from wattloom.edge.reports import offer_said as offers
from wattloom.edge.reports import replay_said as replays
from wattloom.edge.reports.answer import Alert, alerts, classified, paragraph
from wattloom.edge.reports.forecast_words import of_station
from wattloom.edge.reports.table import Table
from wattloom.edge.reports.words import Lang, Words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from wattloom.app.flexibility_assess import FlexibilityAssessment
    from wattloom.app.forecast_answer import ForecastBacktest, ForecastBoard, ForecastRun
    from wattloom.app.match_answer import MatchNow, MatchReplay, MatchStudy
    from wattloom.app.replay_answer import DispatchReplay
    from wattloom.dispatch.answer import DispatchDay
    from wattloom.plan.result import Scan, SitePlan


NAME_WIDTH = 16
"""Columns that the first of a table keeps for itself where others are in need."""


def answer(plan: SitePlan, lang: Lang = "en") -> RenderableType:
    """The answer of a site plan: warnings, one paragraph, the key figures."""
    words = Words(lang)
    return Group(
        Text(plan.project.name, style="bold"),
        Padding(Text(paragraph(plan, words)), (0, 0, 1, 0)),
        grid(tables.key_figures(plan), words),
        *(Text(sentence) for sentence in classified(plan, words)),
        *warned(alerts(plan, words)),
    )


def dispatch_answer(day: DispatchDay, lang: Lang = "en") -> RenderableType:
    """The answer of a day's dispatch: one paragraph, both schedules in figures, what each site did, warnings."""
    words = Words(lang)
    return Group(
        Text(day.project.name, style="bold"),
        Padding(Text(dispatch.paragraph(day, words)), (0, 0, 1, 0)),
        grid(dispatch_tables.key_figures(day), words),
        Text(),
        *(Text(words.cell(row[1])) for row in dispatch_tables.why(day).rows),
        *warned(dispatch.alerts(day, words)),
    )


def replay_answer(replay: DispatchReplay, lang: Lang = "en") -> RenderableType:
    """The answer of some replays: one paragraph, the policies, what each saves, warnings."""
    words = Words(lang)
    saved: list[RenderableType] = [Text(), grid(replay_tables.savings(replay), words)] if replay.savings else []
    return Group(
        Text(replay.project.name, style="bold"),
        Padding(Text(replays.paragraph(replay, words)), (0, 0, 1, 0)),
        grid(replay_tables.policies(replay), words),
        *saved,
        *warned(replays.alerts(replay, words)),
    )


def offer_answer(answer: FlexibilityAssessment, lang: Lang = "en") -> RenderableType:
    """The answer of an offer: one paragraph, then MW of each site by notice and duration."""
    words = Words(lang)
    shown: list[RenderableType] = []
    for found in offer_tables.grids(answer):
        head = f"{words.cell(found.site)} · {words.cell(found.direction)} · MW"
        if not any(square and square.mw for _, squares in found.rows for square in squares):
            shown += [Text(), Text(f"{head}: 0", style="bold")]
            continue
        table = Grid(show_header=True, header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(Text(words.say("notice_by_duration")))
        for duration in found.durations:
            table.add_column(Text(duration.of(lang)), justify="right")
        for notice, squares in found.rows:
            table.add_row(Text(notice.of(lang)), *(Text(words.cell(s.mw if s else None, "MW")) for s in squares))
        shown += [Text(), Text(head, style="bold"), table]
    return Group(Text(answer.project.name, style="bold"), Text(offers.paragraph(answer, words)), *shown)


def match_now_answer(now: MatchNow, lang: Lang = "en") -> RenderableType:
    """The answer of a tick: one paragraph, the figures, what moved where and why, warnings."""
    words = Words(lang)
    return Group(
        Text(now.project.name, style="bold"),
        Padding(Text(matches.paragraph(now, words)), (0, 0, 1, 0)),
        grid(match_tables.key_figures(now), words),
        Text(),
        *(Text(sentence) for sentence in matches.why(now, words)),
        *warned(matches.alerts(now, words)),
    )


def match_replay_answer(replay: MatchReplay, lang: Lang = "en") -> RenderableType:
    """The answer of a day of ticks: one paragraph, the figures, computing times, warnings."""
    words = Words(lang)
    return Group(
        Text(replay.project.name, style="bold"),
        Padding(Text(days.paragraph(replay, words)), (0, 0, 1, 0)),
        grid(match_day.key_figures(replay), words),
        Text(),
        grid(match_day.latency(replay), words),
        *warned(days.alerts(replay, words)),
    )


def match_study_answer(study: MatchStudy, lang: Lang = "en") -> RenderableType:
    """The answer of a study: one paragraph, the families, the worst by name."""
    words = Words(lang)
    return Group(
        Text(study.project.name, style="bold"),
        Padding(Text(studies.paragraph(study, words)), (0, 0, 1, 0)),
        grid(studies.families(study), words),
        Text(),
        grid(studies.worst(study), words),
        *warned(studies.alerts(study, words)),
    )


def forecast_answer(run: ForecastRun, lang: Lang = "en") -> RenderableType:
    """The answer of a forecast: warnings first, one paragraph, the stations."""
    words = Words(lang)
    told = forecasts.alerts(run, words)
    return Group(
        Text(run.project.name, style="bold"),
        *warned(told),
        Padding(Text(forecasts.paragraph(run, words)), (0, 0, 1, 0)),
        grid(forecast_tables.short(run), words),
    )


def forecast_backtest_answer(found: ForecastBacktest, lang: Lang = "en") -> RenderableType:
    """The answer of a back-test: warnings, one paragraph, each station's models."""
    words = Words(lang)
    shown: list[RenderableType] = []
    for station in found.stations:
        shown += [
            Text(),
            Text(of_station(station.key, station.about).of(lang), style="bold"),
            grid(forecast_scores.short(station), words),
        ]
    return Group(
        Text(found.project.name, style="bold"),
        *warned(backtests.alerts(found, words)),
        Text(backtests.paragraph(found, words)),
        *shown,
    )


def forecast_board_answer(board: ForecastBoard, lang: Lang = "en") -> RenderableType:
    """The answer of the board: one paragraph, each test's ranking."""
    words = Words(lang)
    shown: list[RenderableType] = []
    for number, test in enumerate(board.tests):
        shown += [
            Text(),
            Text(boards.heading(test, words), style="bold"),
            grid(forecast_scores.short_ranking(test, number), words),
        ]
    return Group(
        Text(board.project.name, style="bold"),
        *warned(boards.alerts(board, words)),
        Text(boards.paragraph(board, words)),
        *shown,
    )


def warned(found: list[Alert]) -> list[Text]:
    """Warnings, the bad ones in red."""
    return [
        Text(f"{'✕' if alert.bad else '!'} {alert.text}", style="red" if alert.bad else "yellow") for alert in found
    ]


def scan(scan: Scan, lang: Lang = "en") -> RenderableType:
    """A scan as a table."""
    words = Words(lang)
    table = tables.of_scan(scan)
    shown = grid(table, words)
    shown.title = words.word(scan.key)
    return Group(shown, *(Text(footnote.of(lang)) for footnote in table.footnotes))


def grid(table: Table, words: Words) -> Grid:
    """A table for the screen, numbers to the right."""
    shown = Grid(show_header=True, header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    rows = table.shown(words)
    for index, head in enumerate(table.heads(words)):
        # Names must not be cut in the middle of a word for the sake of the figures beside them.
        least = min(max((len(row[0]) for row in rows), default=0), NAME_WIDTH) if index == 0 else None
        side: Literal["right", "left"] = "right" if table.numeric(index) else "left"
        shown.add_column(Text(head), justify=side, overflow="fold", min_width=least)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown
