"""What came of forecasting? Forecasts of stations, a back-test, or the board, as values for reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wattloom.domain.series import Series
    from wattloom.domain.text import Text
    from wattloom.forecast.board import Entry, Ranking
    from wattloom.forecast.curves import Curves
    from wattloom.forecast.feed import Feed
    from wattloom.forecast.judged import Judged
    from wattloom.forecast.project import ForecastProject
    from wattloom.forecast.serving.drift import Judgement
    from wattloom.forecast.serving.issuing import Issued
    from wattloom.forecast.task import Task
    from wattloom.intake.cleaning import Cleaned


@dataclass(frozen=True, slots=True, kw_only=True)
class StationForecast:
    """One station's forecast, its record before it, and how the model did lately."""

    key: str
    about: Feed
    issued: Issued
    recent: Series
    """What was known of the target before the issue."""
    watch: Judgement | None
    """None where too few issues have come true."""
    titles: Mapping[str, Text]
    """What models are called."""
    fitted: int
    """Fits made for it and for the issues replayed."""
    cpu_s: float
    notes: tuple[Text, ...]
    record: Cleaned | None = None
    """What its meters told, with the log of cleaning; None where nothing was to be cleaned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRun:
    """Forecasts of all stations of a file."""

    project: ForecastProject
    task: Task
    stations: tuple[StationForecast, ...]
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScore:
    """One model over the test period, as it would have been served."""

    model: str
    title: Text
    roles: tuple[str, ...]
    """asked, fall_back, beside, baseline."""
    judged: Judged
    """Leakage report, scores with intervals, comparison with the baseline; no scores where the report refuses."""
    curves: Curves | None
    """None where there are no scores."""
    entry: Entry
    """As the board has it."""
    problems: tuple[Text, ...]
    """Why there are no scores, beside what the report says."""
    own_share: float
    """Part of the issues that it answered itself; the rest are those that stand behind it."""
    reasons: Mapping[Text, int]
    """Why it did not answer the others, with counts."""
    fits: int
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A day on which the watch would have called for a new fit."""

    at: datetime
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class StationBacktest:
    """All models of one station."""

    key: str
    about: Feed
    models: tuple[ModelScore, ...]
    """The least pinball loss first; those that are not ranked behind, those that are refused last."""
    baseline: str
    start: datetime
    end: datetime
    issues: int
    alarms: tuple[Alarm, ...]
    """Of the model asked."""
    asked: str
    notes: tuple[Text, ...]

    def named(self, model: str) -> ModelScore:
        """A model's score."""
        return next(one for one in self.models if one.model == model)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastBacktest:
    """A back-test of all stations of a file."""

    project: ForecastProject
    task: Task
    stations: tuple[StationBacktest, ...]
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardTest:
    """The entries of one test: the same data, task, period and baseline."""

    station: str
    """The file's name of it where its data are the file's; else the name on the entry."""
    current: bool
    """Whether the data are those that the file's station has now."""
    unit: str
    ranking: Ranking
    looks: int
    """How often the test was looked at."""
    titles: Mapping[str, Text]
    """What models are called; those that are gone go by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastBoard:
    """What the board says of a file's stations."""

    project: ForecastProject
    tests: tuple[BoardTest, ...]
    again: tuple[str, ...] | None
    """What differed when an entry was run again; empty: nothing; None: none was."""
    again_id: str
    notes: tuple[Text, ...]
    provenance: Mapping[str, str]
