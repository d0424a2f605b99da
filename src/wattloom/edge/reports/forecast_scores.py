"""Which tables do a back-test and the board come to? Models with their scores and doubts, leaks, alarms, ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.text import Text
from wattloom.edge.reports.forecast_words import of_station
from wattloom.edge.reports.table import Column, Table, columns
from wattloom.edge.reports.words import ABSENT, Amount, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattloom.app.forecast_answer import BoardTest, ForecastBacktest, ModelScore, StationBacktest
    from wattloom.edge.reports.words import Cell
    from wattloom.forecast.board import Entry
    from wattloom.forecast.compare import Interval

ID_SHOWN = 12
"""Digits of an entry's id: enough to name it."""
P_SMALL = 0.001
REASONS_MAX = 12


def scores(station: StationBacktest) -> Table:
    """Every model of a station with its figures, intervals at 95 %."""
    unit = station.about.target.unit
    heads: list[Column] = [
        Column(key="forecast_model"),
        Column(key="forecast_roles"),
        Column(key="forecast_pinball", unit=unit),
        Column(key="forecast_skill"),
        Column(key="forecast_p_better"),
        Column(key="forecast_coverage"),
        Column(key="forecast_mae", unit=unit),
        Column(key="forecast_rmse", unit=unit),
        Column(key="forecast_bias", unit=unit),
        Column(key="forecast_accuracy"),
        Column(key="forecast_own_share"),
    ]
    rows = tuple(_row(one) for one in station.models)
    return Table(key=f"forecast_scores_{station.key}", columns=tuple(heads), rows=rows)


def short(station: StationBacktest) -> Table:
    """What fits on a screen."""
    whole, kept = scores(station), (0, 2, 3, 5)
    rows = tuple(tuple(row[i] for i in kept) for row in whole.rows)
    return Table(key=whole.key, columns=tuple(whole.columns[i] for i in kept), rows=rows)


def _row(one: ModelScore) -> tuple[Cell, ...]:
    """A model in figures."""
    found = one.judged.scores
    comparison = one.judged.comparison
    chance = None if comparison is None or "baseline" in one.roles else comparison.p_better
    return (
        one.title,
        Text.joined((_role(role) for role in one.roles), Text(", ", "、")),
        interval(found.get("pinball"), share=False),
        interval(found.get("skill_pinball"), share=True),
        p_value(chance),
        interval(coverage(found), share=True),
        value(found.get("mae")),
        value(found.get("rmse")),
        value(found.get("bias")),
        Amount(found["accuracy"].value, "1") if "accuracy" in found else None,
        Amount(one.own_share, "1"),
    )


def _role(role: str) -> Text:
    """What part a model plays in the file."""
    return ROLES[role]


ROLES = {
    "asked": Text("asked", "首选"),
    "fall_back": Text("fall-back", "备用"),
    "beside": Text("beside", "对比"),
    "baseline": Text("baseline", "基准"),
}


def coverage(found: Mapping[str, Interval]) -> Interval | None:
    """Of the told middle interval, by light where the sun drives the target."""
    names = [name for name in found if "coverage_" in name and not name.startswith("baseline_")]
    light = [name for name in names if name.startswith("daytime_coverage_")]
    chosen = light or [name for name in names if name.startswith("coverage_")]
    return found[chosen[0]] if chosen else None


def promised(station: StationBacktest) -> float | None:
    """The share that the told middle interval promises."""
    for one in station.models:
        for name in one.judged.scores:
            if name.startswith("coverage_"):
                return float(name.removeprefix("coverage_")) / 100
    return None


def interval(found: Interval | None, *, share: bool) -> Cell:
    """A figure with its ends, as text in both languages."""
    if found is None or not np.isfinite(found.value):
        return None
    if share:
        told = [f"{100 * one:.1f}".replace("-", "−") for one in (found.value, found.low, found.high)]
        sign = "%"
    else:
        told = [f"{one:.3g}".replace("-", "−") for one in (found.value, found.low, found.high)]
        sign = ""
    # A line may break before the bracket, not within it.
    return Text.same(f"{told[0]}{sign} [{told[1]},\u00a0{told[2]}]")


def value(found: Interval | None) -> float | None:
    """A figure alone."""
    return None if found is None or not np.isfinite(found.value) else found.value


def p_value(chance: float | None) -> Cell:
    """A chance of luck; small ones as a bound."""
    if chance is None or not np.isfinite(chance):
        return None
    return Text.same(f"< {P_SMALL:g}" if chance < P_SMALL else f"{chance:.3f}")


def daytime(station: StationBacktest) -> Table | None:
    """The same in hours of light only; None for what the sun does not drive."""
    rows = [
        (
            one.title,
            interval(one.judged.scores.get("daytime_pinball"), share=False),
            interval(one.judged.scores.get("daytime_skill_pinball"), share=True),
            value(one.judged.scores.get("daytime_mae")),
            value(one.judged.scores.get("daytime_rmse")),
            Amount(one.judged.scores["daytime_accuracy"].value, "1")
            if "daytime_accuracy" in one.judged.scores
            else None,
        )
        for one in station.models
        if "daytime_pinball" in one.judged.scores
    ]
    if not rows:
        return None
    unit = station.about.target.unit
    heads = (
        Column(key="forecast_model"),
        Column(key="forecast_pinball", unit=unit),
        Column(key="forecast_skill"),
        Column(key="forecast_mae", unit=unit),
        Column(key="forecast_rmse", unit=unit),
        Column(key="forecast_accuracy"),
    )
    return Table(key=f"forecast_daytime_{station.key}", columns=heads, rows=tuple(rows))


def leaks(found: ForecastBacktest) -> Table:
    """What the leakage reports say, each once."""
    rows: dict[tuple[Cell, ...], None] = {}
    for station in found.stations:
        name = of_station(station.key, station.about)
        for one in station.models:
            for finding in one.judged.report.findings:
                rows[name, one.title, Word(f"leak_{finding.severity.value}"), finding.text] = None
            for problem in one.problems:
                rows[name, one.title, Word("leak_no_score"), problem] = None
    heads = ("forecast_station", "forecast_model", "forecast_leak_effect", "forecast_reason")
    return Table(key="forecast_leaks", columns=columns(*heads), rows=tuple(rows))


def reasons(found: ForecastBacktest) -> Table:
    """Why models did not answer themselves, with how often."""
    rows: list[tuple[Cell, ...]] = [
        (of_station(station.key, station.about), one.title, reason, count)
        for station in found.stations
        for one in station.models
        for reason, count in one.reasons.items()
    ]
    rows.sort(key=lambda row: -int(str(row[3])))
    heads = ("forecast_station", "forecast_model", "forecast_reason", "forecast_issues")
    return Table(key="forecast_reasons", columns=columns(*heads), rows=tuple(rows[:REASONS_MAX]))


def alarms(found: ForecastBacktest) -> Table:
    """When the drift watch would have called for a fit before its time."""
    rows = tuple(
        (
            of_station(station.key, station.about),
            alarm.at.strftime("%Y-%m-%d"),
            Text.joined(alarm.judgement.reasons, Text("; ", "；")),
        )
        for station in found.stations
        for alarm in station.alarms
    )
    return Table(
        key="forecast_alarms", columns=columns("forecast_station", "forecast_day", "forecast_reason"), rows=rows
    )


def tested(found: ForecastBacktest) -> Table:
    """What was tested, station by station."""
    rows = tuple(
        (
            of_station(station.key, station.about),
            station.start.astimezone(station.about.zone).strftime("%Y-%m-%d"),
            station.end.astimezone(station.about.zone).strftime("%Y-%m-%d"),
            station.issues,
            max(one.fits for one in station.models),
            Amount(sum(one.cpu_s for one in station.models), "s"),
            max(one.entry.looks for one in station.models),
        )
        for station in found.stations
    )
    heads = (
        "forecast_station", "forecast_from", "forecast_until", "forecast_issues", "forecast_fits", "forecast_cpu_s",
        "forecast_looks",
    )  # fmt: skip
    return Table(key="forecast_tested", columns=columns(*heads), rows=rows)


def ranking(test: BoardTest, number: int) -> Table:
    """One test of the board: the ranked, then those that are only shown."""
    rows: list[tuple[Cell, ...]] = []
    for place, entry in enumerate(test.ranking.ranked, start=1):
        rows.append((place, *_entry(entry, test.titles), Text.same(entry.id[:ID_SHOWN])))
    rows += [(ABSENT, *_entry(entry, test.titles), why) for entry, why in test.ranking.unranked]
    heads = (
        "forecast_rank", "forecast_model", "forecast_skill", "forecast_pinball", "forecast_coverage",
        "forecast_days_won", "forecast_look", "forecast_entry",
    )  # fmt: skip
    return Table(key=f"forecast_ranking_{number}", columns=columns(*heads), rows=tuple(rows))


def short_ranking(test: BoardTest, number: int) -> Table:
    """What fits on a screen."""
    whole, kept = ranking(test, number), (0, 1, 2, 3, 7)
    rows = tuple(tuple(row[i] for i in kept) for row in whole.rows)
    return Table(key=whole.key, columns=tuple(whole.columns[i] for i in kept), rows=rows)


def _entry(entry: Entry, titles: Mapping[str, Text]) -> tuple[Cell, ...]:
    """An entry in figures."""
    scores, asked = entry.scores, entry.question
    won = entry.days_won
    return (
        titles.get(asked.model, Text.same(asked.model.replace("_", " "))),
        interval(scores.get("skill_pinball"), share=True),
        interval(scores.get("pinball"), share=False),
        interval(coverage(scores), share=True),
        None if won is None else Amount(won, "1"),
        entry.looks,
    )
