"""Which commands forecast, and judge forecasts? `wattloom forecast …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom.edge.cli.reported import Out, Reported
from wattloom.edge.cli.screen import Json, Lang

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

ForecastFile = Annotated[Path, typer.Argument(help="Forecast file (YAML).", metavar="FILE")]
BoardFile = Annotated[Path, typer.Option("--board", help="Where scores are kept; only ever added to.")]
BOARD = Path("runs") / "forecast-board.jsonl"
READ, FAN = "read_forecast", {"write": "write_forecast", "answer": "forecast_answer"}
DAY = Reported(use="forecast_day", read=READ, verb="forecast-day", **FAN)
INTRADAY = Reported(use="forecast_intraday", read=READ, verb="forecast-intraday", **FAN)
BACKTEST = Reported(use="forecast_backtest", read=READ, verb="forecast-backtest")
RANKED = Reported(use="forecast_board", read=READ, verb="forecast-board")


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
        DAY(doors, file, out, lang=lang, as_json=as_json, given=lambda _: {"day": day})

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
        INTRADAY(doors, file, out, lang=lang, as_json=as_json, given=lambda _: {"at": at})


def _judged(group: typer.Typer, doors: Doors) -> None:
    """How good forecasts are."""

    @group.command("backtest")
    def backtest(
        file: ForecastFile, board: BoardFile = BOARD, out: Out = None, lang: Lang = "en", as_json: Json = False
    ) -> None:
        """Test every model of the file as it would have been served; the leakage report comes before any score."""
        looks = doors.find("forecast_looks")
        BACKTEST(doors, file, out, lang=lang, as_json=as_json, given=lambda _: {"board": looks(board)})

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

        def given(_: object) -> dict[str, Any]:
            entries, looks = doors.find("forecast_entries")(board)
            return {"entries": entries, "looks": looks, "again": again}

        RANKED(doors, file, out, lang=lang, as_json=as_json, given=given)
