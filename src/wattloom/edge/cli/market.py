"""Which commands bid on a spot market, and judge bids? `wattloom market …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.reported import Out
from wattloom.edge.cli.screen import EXIT_NO_PLAN, Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

BidFile = Annotated[Path, typer.Argument(help="Bid file (YAML).", metavar="FILE")]


def market(group: typer.Typer, doors: Doors) -> None:
    """`wattloom market …`."""

    @group.command("bid")
    def bid(
        file: BidFile,
        day: Annotated[
            str, typer.Option("--day", help="Day bid for, such as 2026-10-01; empty: the next after the record.")
        ] = "",
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Write a day's price–quantity steps; where the day has cleared, its award and the re-bid in real time."""
        target = out or Path("runs") / f"{file.stem}-market-bid"
        with told_plainly(), progress(quiet=as_json) as tell:
            project, forecasts, folder = doors.find("read_bids")(file)
            found = doors.find("market_bid")(
                project, forecasts, folder=folder, day=day, progress=tell, source=file.read_bytes()
            )
            tell.step("writing the report", done=0.95)
            doors.find("write_market_bid")(found, target, source=file, lang=lang)
        told(doors, "market_bid_answer", found, target, lang=lang, as_json=as_json)

    @group.command("backtest")
    def backtest(file: BidFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Bid every day of a stretch with what was known then; cost beside flat buying and perfect foresight."""
        target = out or Path("runs") / f"{file.stem}-market-backtest"
        with told_plainly(), progress(quiet=as_json) as tell:
            project, forecasts, folder = doors.find("read_bids")(file)
            found = doors.find("market_backtest")(
                project, forecasts, folder=folder, progress=tell, source=file.read_bytes()
            )
            tell.step("writing the report", done=0.97)
            doors.find("write_market_backtest")(found, target, source=file, lang=lang)
        told(doors, "market_backtest_answer", found, target, lang=lang, as_json=as_json)
        if found.refused:
            raise typer.Exit(EXIT_NO_PLAN)
