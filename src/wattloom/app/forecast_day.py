"""What will tomorrow bring, how sure is that, and who says so? The day-ahead forecast of every station of a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from wattloom.app.forecast_run import forecast_run, issue_before
from wattloom.domain.errors import InputError
from wattloom.forecast.project import day_of, midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wattloom.app.forecast_answer import ForecastRun
    from wattloom.app.forecast_inputs import Station
    from wattloom.domain.ports import Progress
    from wattloom.forecast.project import ForecastProject
    from wattloom.forecast.task import Task


def forecast_day(
    project: ForecastProject, *, folder: Path, day: str = "", progress: Progress | None = None, source: bytes = b""
) -> ForecastRun:
    """The forecast of a whole local day, as it would be issued at the file's clock.

    `day` is the day spoken of, such as 2026-10-01; empty: the first after the newest issue that the record allows.
    """
    task = project.task("day_ahead")
    asked = day_of(day) if day else None
    if day and asked is None:
        raise InputError.one("--day", found=f'"{day}"', expected="a day, such as 2026-10-01", remedy="correct it")

    def at(stations: Mapping[str, Station]) -> dict[str, datetime]:
        return {
            key: issue_before(station, task) if asked is None else _issue_of(asked, station, task)
            for key, station in stations.items()
        }

    return forecast_run(project, task, folder=folder, at=at, progress=progress, source=source)


def _issue_of(day: date, station: Station, task: Task) -> datetime:
    """When the forecast of a day is issued."""
    start = midnight(day, station.feed.zone)
    wanted = start - timedelta(minutes=task.first_lead * task.step_minutes)
    origins = task.origins(wanted - timedelta(hours=2), wanted + timedelta(hours=2), station.feed.zone)
    return datetime.fromtimestamp(int(origins[0]), UTC) if origins.size else wanted
