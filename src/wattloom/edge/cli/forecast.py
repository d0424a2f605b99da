"""Which commands forecast, and judge forecasts? `wattloom forecast …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.screen import Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

ForecastFile = Annotated[Path, typer.Argument(help="Forecast file (YAML).", metavar="FILE")]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder; runs/NAME-VERB if not given.")]


BoardFile = Annotated[Path, typer.Option("--board", help="Where scores are kept; only ever added to.")]
BOARD = Path("runs") / "forecast-board.jsonl"


def forecast(group: typer.Typer, doors: Doors) -> None:
    """`wattloom forecast …`."""
    _issued(group, doors)
    _judged(group, doors)


def _issued(group: typer.Typer, doors: Doors) -> None:
    """Forecasts."""

    @group.command("day")
    def day(
        file: ForecastFile,
        day: Annotated[
            str, typer.Option("--day", help="Day spoken of, such as 2026-10-01; empty: the next after the record.")
        ] = "",
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Forecast a whole day of each station as quantiles, calibrated; every fall-back is said."""
        target = out or Path("runs") / f"{file.stem}-forecast-day"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_forecast")(file)
            found = doors.find("forecast_day")(
                project, folder=file.parent, day=day, progress=tell, source=file.read_bytes()
            )
            tell.step("writing the report", done=0.95)
            doors.find("write_forecast")(found, target, source=file, lang=lang)
        told(doors, "forecast_answer", found, target, lang=lang, as_json=as_json)

    @group.command("intraday")
    def intraday(
        file: ForecastFile,
        at: Annotated[
            str, typer.Option("--at", help="Instant of issue with its zone; empty: the newest of the record.")
        ] = "",
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Forecast the next periods of each station as quantiles, calibrated; every fall-back is said."""
        target = out or Path("runs") / f"{file.stem}-forecast-intraday"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_forecast")(file)
            found = doors.find("forecast_intraday")(
                project, folder=file.parent, at=at, progress=tell, source=file.read_bytes()
            )
            tell.step("writing the report", done=0.95)
            doors.find("write_forecast")(found, target, source=file, lang=lang)
        told(doors, "forecast_answer", found, target, lang=lang, as_json=as_json)


def _judged(group: typer.Typer, doors: Doors) -> None:
    """How good forecasts are."""

    @group.command("backtest")
    def backtest(
        file: ForecastFile, board: BoardFile = BOARD, out: Out = None, lang: Lang = "en", as_json: Json = False
    ) -> None:
        """Test every model of the file as it would have been served; the leakage report comes before any score."""
        target = out or Path("runs") / f"{file.stem}-forecast-backtest"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_forecast")(file)
            found = doors.find("forecast_backtest")(
                project,
                folder=file.parent,
                board=doors.find("forecast_looks")(board),
                progress=tell,
                source=file.read_bytes(),
            )
            tell.step("writing the report", done=0.97)
            doors.find("write_forecast_backtest")(found, target, source=file, lang=lang)
        told(doors, "forecast_backtest_answer", found, target, lang=lang, as_json=as_json)

    @group.command("board")
    def board(
        file: ForecastFile,
        board: BoardFile = BOARD,
        again: Annotated[str, typer.Option("--again", help="Id of a score that is run again and compared.")] = "",
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Rank what was back-tested so far, test by test; run an old score again by its id."""
        target = out or Path("runs") / f"{file.stem}-forecast-board"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_forecast")(file)
            entries, looks = doors.find("forecast_entries")(board)
            found = doors.find("forecast_board")(
                project,
                folder=file.parent,
                entries=entries,
                looks=looks,
                again=again,
                progress=tell,
                source=file.read_bytes(),
            )
            tell.step("writing the report", done=0.97)
            doors.find("write_forecast_board")(found, target, source=file, lang=lang)
        told(doors, "forecast_board_answer", found, target, lang=lang, as_json=as_json)
