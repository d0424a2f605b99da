"""Which model is best for each station so far, how sure is that, and does an old score come out the same again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import wattloom.forecast.models
from wattloom.app.forecast_answer import BoardTest, ForecastBoard
from wattloom.app.forecast_backtest import judged_run, run_of
from wattloom.app.forecast_inputs import forecast_inputs
from wattloom.app.forecast_models import BASELINE, model_named
from wattloom.app.forecast_run import provenance
from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.members import names_of
from wattloom.domain.ports import Silent
from wattloom.domain.text import Text
from wattloom.forecast.board import differences, rankings
from wattloom.forecast.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wattloom.app.forecast_inputs import Station
    from wattloom.domain.ports import Progress
    from wattloom.forecast.board import Entry, Ranking
    from wattloom.forecast.project import ForecastProject


def forecast_board(  # noqa: PLR0913 - a use case with its ports
    project: ForecastProject,
    *,
    folder: Path,
    entries: Sequence[Entry],
    looks: Mapping[str, int],
    again: str = "",
    progress: Progress | None = None,
    source: bytes = b"",
) -> ForecastBoard:
    """The rankings of a file's stations.

    Args:
        project: what the file asks.
        folder: where the files that it names lie.
        entries: of the board, in their order.
        looks: by test, how often it was looked at.
        again: id of an entry, or its beginning, that is run again and compared.
        progress: somebody who wants to know how far it is.
        source: bytes of the file, for provenance.
    """
    told = progress or Silent()
    told.step("records of the stations", done=0.1)
    stations = forecast_inputs(project, folder=folder)
    marks = {fingerprint(station.feed): station for station in stations.values()}
    named = {station.feed.name for station in stations.values()}
    chosen = [entry for entry in entries if entry.question.data in marks or entry.question.feed in named]
    tests = [_test(ranking, marks, looks) for ranking in rankings(chosen).values()]
    if again:
        told.step(f"run {again} again", done=0.4)
    return ForecastBoard(
        project=project,
        tests=tuple(sorted(tests, key=lambda test: (not test.current, test.station))),
        again=_again(again, entries, marks, project) if again else None,
        again_id=again,
        notes=tuple(note for station in stations.values() for note in station.notes),
        provenance=provenance(source),
    )


def _test(ranking: Ranking, marks: Mapping[str, Station], looks: Mapping[str, int]) -> BoardTest:
    """One test with the station that it is of."""
    entry = ranking.ranked[0] if ranking.ranked else ranking.unranked[0][0]
    station = marks.get(entry.question.data)
    return BoardTest(
        station=entry.question.feed if station is None else station.key,
        current=station is not None,
        unit="" if station is None else station.feed.target.unit,
        ranking=ranking,
        looks=looks.get(entry.question.test_id, entry.looks),
        titles=_titles(ranking),
    )


def _titles(ranking: Ranking) -> dict[str, Text]:
    """What the models of a ranking are called, where they are still there."""
    entries = (*ranking.ranked, *(entry for entry, _ in ranking.unranked))
    names = {entry.question.model for entry in entries} & set(names_of(wattloom.forecast.models))
    return {name: model_named(name).title for name in names}


def _again(
    wanted: str, entries: Sequence[Entry], marks: Mapping[str, Station], project: ForecastProject
) -> tuple[str, ...]:
    """What differs when an entry's test is run again with the file as it is now."""
    found = [entry for entry in entries if entry.id.startswith(wanted)]
    if len(found) != 1:
        raise InputError.one(
            "--again",
            found=f"{len(found)} entries whose id begins with {wanted}",
            expected="exactly one",
            remedy="take the id from the board",
        )
    entry = found[0]
    station = marks.get(entry.question.data)
    if station is None:
        raise InputError.one(
            f"board entry {entry.id[:12]}",
            found="data that no station of this file has",
            expected=f"the data of {entry.question.feed} with the fingerprint {entry.question.data[:12]}",
            remedy="bring the record as it was then",
        )
    task = project.task(str(entry.question.task["name"]))
    base = run_of(BASELINE, station, project, task)
    run = base if entry.question.model == BASELINE else run_of(entry.question.model, station, project, task)
    judged = judged_run(run, base.answers)
    if isinstance(judged, Text):
        raise MissingData(judged.en)
    return differences(entry, run.trial, judged)
