"""What will the next hours bring? The intraday forecast of every station of a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wattloom.app.forecast_run import forecast_run, issue_before
from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wattloom.app.forecast_answer import ForecastRun
    from wattloom.app.forecast_inputs import Station
    from wattloom.domain.ports import Progress
    from wattloom.forecast.project import ForecastProject


def forecast_intraday(
    project: ForecastProject, *, folder: Path, at: str = "", progress: Progress | None = None, source: bytes = b""
) -> ForecastRun:
    """The forecast of the next periods.

    `at` is the instant of issue with its zone, such as 2026-10-01T10:00+08:00; empty: the newest that the record
    allows.
    """
    task = project.task("intraday")
    asked = _instant(at) if at else None

    def moments(stations: Mapping[str, Station]) -> dict[str, datetime]:
        return {key: asked or issue_before(station, task) for key, station in stations.items()}

    return forecast_run(project, task, folder=folder, at=moments, progress=progress, source=source)


def _instant(text: str) -> datetime:
    """The instant that a text names."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        expected = "an instant with its zone, such as 2026-10-01T10:00+08:00"
        raise InputError.one("--at", found=f'"{text}"', expected=expected, remedy="correct it")
    return found.astimezone(UTC)
