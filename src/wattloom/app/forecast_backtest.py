"""What would each model have said, day after day, and how good was that? A back-test of every station of a file."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, cast

from wattloom import __version__
from wattloom.app.forecast_answer import Alarm, ForecastBacktest, ModelScore, StationBacktest
from wattloom.app.forecast_inputs import forecast_inputs
from wattloom.app.forecast_models import BASELINE, chain_of, model_named, tested_of
from wattloom.app.forecast_run import provenance, terms_of
from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.forecast.backtest import Period, backtest
from wattloom.forecast.board import Entry, Question
from wattloom.forecast.curves import curves_of
from wattloom.forecast.judged import Judged, Trial, weighed
from wattloom.forecast.leakage import leakage_report
from wattloom.forecast.project import day_of, midnight
from wattloom.forecast.serving.chain import Fallback, Served
from wattloom.forecast.serving.drift import SECONDS_PER_DAY, Cause, Policy, Watch, days_of, middle_share
from wattloom.forecast.serving.issuing import answered_by, calibrated_apart
from wattloom.forecast.solar.daylight import of_daytime

if TYPE_CHECKING:
    from pathlib import Path

    from wattloom.app.forecast_inputs import Station
    from wattloom.domain.ports import Progress
    from wattloom.forecast.backtest import Answers
    from wattloom.forecast.leakage import LeakageReport
    from wattloom.forecast.project import ForecastProject
    from wattloom.forecast.task import Task

TEST_DAYS = 90
"""Tested where the file names no days."""


class Board(Protocol):
    """Where looks and scores are kept, in their order, never changed."""

    def look(self, question: Question) -> int:
        """Write down a look before it is taken; how many there were at this test, this one included."""

    def add(self, entry: Entry) -> str:
        """Keep a score; its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One model through the test period, as it would have been served."""

    trial: Trial
    report: LeakageReport
    looks: int
    answers: Answers | None
    """None where the report refuses."""
    told: tuple[Fallback, ...]
    cpu_s: float


def forecast_backtest(
    project: ForecastProject,
    *,
    folder: Path,
    board: Board | None = None,
    progress: Progress | None = None,
    source: bytes = b"",
) -> ForecastBacktest:
    """Every model of the file through the test period, with the leakage report before any score.

    `folder` is where the files that the project names lie; `board` keeps looks and scores; `source` the bytes of the
    file, for provenance.
    """
    told = progress or Silent()
    told.step("records of the stations", done=0.02)
    stations = forecast_inputs(project, folder=folder)
    task = project.task(project.backtest.task)
    todo = [(station, name) for station in stations.values() for name in _in_order(station, project)]
    runs: dict[str, dict[str, Run]] = {key: {} for key in stations}
    for n, (station, name) in enumerate(todo):
        told.step(f"{station.key}: {name}, {n + 1} of {len(todo)}", done=0.05 + 0.85 * n / len(todo))
        runs[station.key][name] = run_of(name, station, project, task, board=board)
    told.step("scores", done=0.92)
    return ForecastBacktest(
        project=project,
        task=task,
        stations=tuple(_station(station, runs[key], project, board) for key, station in stations.items()),
        notes=tuple(Text.same(note) for note in project.notes),
        provenance=provenance(source),
    )


def run_of(name: str, station: Station, project: ForecastProject, task: Task, *, board: Board | None = None) -> Run:
    """A model with what stands behind it, as it would have been served; not run where it leaks."""
    trial = trial_of_station(name, station, project, task)
    looks = 1 if board is None else board.look(Question.of(trial, version=__version__))
    report = leakage_report(model_named(name), station.feed, task, trial.period)
    if report.refuses:
        return Run(trial=trial, report=report, looks=looks, answers=None, told=(), cpu_s=0.0)
    began, told = time.process_time(), list[Fallback]()
    served = cast("Served", trial.model)
    answers = backtest(served.chain(told.append), station.feed, task, trial.period, seed=trial.seed)
    if served.calibrated:
        answers = calibrated_apart(answers, station.feed, answered_by(answers, told, name))
    cpu_s = time.process_time() - began
    return Run(trial=trial, report=report, looks=looks, answers=answers, told=tuple(told), cpu_s=cpu_s)


def trial_of_station(name: str, station: Station, project: ForecastProject, task: Task) -> Trial:
    """The question to one model of a station: everything that decides its scores."""
    return Trial(
        model=_served(name, station, project),
        feed=station.feed,
        task=task,
        period=period_of(station, project),
        baseline=_served(BASELINE, station, project),
        seed=project.seed,
    )


def _served(name: str, station: Station, project: ForecastProject) -> Served:
    """A model with those that stand behind it in the file."""
    terms = terms_of(station, project)
    behind = tuple(one for one in chain_of(station, project)[1:] if one.name != name)
    return Served(models=(model_named(name), *behind), stale_minutes=terms.stale_minutes, calibrated=terms.calibrate)


def _in_order(station: Station, project: ForecastProject) -> list[str]:
    """The models to be tested, the baseline first: the others are scored beside it."""
    return sorted(tested_of(station, project), key=lambda name: name != BASELINE)


def period_of(station: Station, project: ForecastProject) -> Period:
    """What is tested: the file's days on the station's clock, or the last of its record."""
    asked, zone = project.backtest, station.feed.zone
    last, first = day_of(asked.end), day_of(asked.start)
    end = midnight(last, zone) if last else station.ends
    start = midnight(first, zone) if first else end - timedelta(days=TEST_DAYS)
    if not station.feed.axis.start < start < end:
        raise InputError.one(
            f"{station.key}: backtest",
            found=f"{start:%Y-%m-%d} to {end:%Y-%m-%d}",
            expected=f"days behind the start of the record, {station.feed.axis.start.astimezone(zone):%Y-%m-%d}",
            remedy="test later days, or bring a longer record",
        )
    return Period(start=start, end=end, refit_days=asked.refit_days, train_days=asked.train_days)


def _station(station: Station, runs: dict[str, Run], project: ForecastProject, board: Board | None) -> StationBacktest:
    """All models of a station beside the baseline."""
    roles = {name: said for name, (_, said) in tested_of(station, project).items()}
    asked = next(name for name, said in roles.items() if "asked" in said)
    scored = [score_of(run, runs[BASELINE].answers, roles[name]) for name, run in runs.items()]
    if board is not None:
        for one in scored:
            board.add(one.entry)
    period = period_of(station, project)
    answers = runs[BASELINE].answers
    return StationBacktest(
        key=station.key,
        about=station.feed,
        models=tuple(sorted(scored, key=_order)),
        baseline=BASELINE,
        start=period.start.astimezone(UTC),
        end=period.end.astimezone(UTC),
        issues=0 if answers is None else len(answers.origins_s),
        alarms=_alarms(runs[asked], project.backtest.refit_days),
        asked=asked,
        notes=station.notes,
    )


def score_of(run: Run, base: Answers | None, roles: tuple[str, ...]) -> ModelScore:
    """A model's figures, or why there are none."""
    said = judged_run(run, base)
    found = Judged(report=run.report) if isinstance(said, Text) else said
    curves = None
    if found.answers is not None and base is not None:
        curves = curves_of(found.answers, base, run.trial.feed)
    model = cast("Served", run.trial.model)
    other = [one for one in run.told if one.used != model.name]
    count = 0 if run.answers is None else len(run.answers.origins_s)
    return ModelScore(
        model=model.name,
        title=model.title,
        roles=roles,
        judged=found,
        curves=curves,
        entry=Entry.of(run.trial, found, version=__version__, looks=run.looks),
        problems=(said,) if isinstance(said, Text) else (),
        own_share=1 - len(other) / count if count else 0.0,
        reasons=Counter(one.reasons[0] for one in other),
        fits=0 if run.answers is None else len(run.answers.fits_s),
        cpu_s=run.cpu_s,
    )


def judged_run(run: Run, base: Answers | None) -> Judged | Text:
    """Scores beside the baseline's, or why there are none."""
    if run.answers is None or base is None:
        return Judged(report=run.report)
    try:
        return weighed(run.trial, run.report, run.answers, base)
    except (MissingData, InputError) as error:
        return Text(f"no score: {error}", f"无成绩：{error}")


def _order(one: ModelScore) -> tuple[bool, bool, float]:
    """The best first; what is not ranked behind, what has no score last."""
    loss = one.judged.scores.get("pinball")
    return (loss is None, not one.judged.report.ranked, loss.value if loss else 0.0)


def _alarms(run: Run, refit_days: float) -> tuple[Alarm, ...]:
    """Days on which the drift watch would have called for a fit before its time.

    The first third of the test is what the model promised; scheduled fits begin a new window, as they would in service.
    """
    share = None if run.answers is None else middle_share(run.answers.task.levels)
    if run.answers is None or share is None:
        return ()
    policy, days = Policy(refit_days=refit_days), days_of(of_daytime(run.answers, run.trial.feed))
    first = max(2 * policy.window_days, len(days) // 3)
    if len(days) <= first + policy.window_days:
        return ()
    fits = [second // SECONDS_PER_DAY for second in run.answers.fits_s]
    watch = Watch(policy=policy, promised=days[:first], fitted_day=days[first - 1].day, share=share)
    found = []
    for day in days[first:]:
        due = [fit for fit in fits if watch.fitted_day < fit <= day.day]
        watch = (watch.refitted(due[-1]) if due else watch).seen(day)
        judged = watch.judged()
        if any(cause is not Cause.AGE for cause in judged.causes):
            found.append(Alarm(at=datetime.fromtimestamp(day.day * SECONDS_PER_DAY, UTC), judgement=judged))
            watch = watch.refitted(day.day)
    return tuple(found)
