"""Which commands tell of the rules? `wattloom rules show|diff|check`."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom.edge.cli.screen import Json, console, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

EXIT_FAULTS = 1
"""The rules hold something that cannot be so."""

Day = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Delivery day.")]


def rules(group: typer.Typer, doors: Doors) -> None:
    """`wattloom rules …`."""

    @group.command("show")
    def show(
        territory: Annotated[str | None, typer.Argument(help="Key, such as xinjiang; empty: the list.")] = None,
        year: Annotated[int, typer.Option("--year", help="Year of delivery.")] = 2027,
        day: Day = None,
        as_json: Json = False,
    ) -> None:
        """Show what is known of a territory, each value with source, date and confidence."""
        with told_plainly():
            scan = doors.find("rules_show")(territory, year=year, day=_date(day))
        _table_out(doors, scan, as_json=as_json)

    @group.command("diff")
    def diff(
        territory: Annotated[str, typer.Argument(help="Key, such as yunnan.")],
        day: Annotated[datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="Delivery day.")],
        other: Annotated[str | None, typer.Argument(help="Key of a second territory.")] = None,
        to: Annotated[
            datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Second delivery day; --day if not given.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        """Show what differs between two delivery days of a territory, or between two territories."""
        with told_plainly():
            scan = doors.find("rules_diff")(territory, other, day=day.date(), other_day=_date(to))
        _table_out(doors, scan, as_json=as_json)

    @group.command("check")
    def check(
        territory: Annotated[str | None, typer.Argument(help="Key, such as xinjiang; empty: all.")] = None,
        periods: Annotated[
            Path | None,
            typer.Option(
                "--periods",
                exists=True,
                dir_okay=False,
                help="Check a CSV of region, month, period, start, end instead of the rules.",
            ),
        ] = None,
        faults_only: Annotated[bool, typer.Option("--faults", help="Leave out what is only to be confirmed.")] = False,
        as_json: Json = False,
    ) -> None:
        """Try every law that the rules must keep; status 1 where one is broken. What to confirm is told and passes."""
        with told_plainly():
            text = None if periods is None else periods.read_text("utf-8-sig")
            checked = doors.find("rules_check")(territory, periods=text)
        scan = checked.table(with_open=not faults_only)
        if as_json:
            counts = {"faults": checked.faults, "to_be_confirmed": checked.to_be_confirmed}
            typer.echo(json.dumps({**counts, "findings": _rows(scan)}, ensure_ascii=False, indent=2))
        else:
            if scan.rows:
                console().print(doors.find("scan_table")(scan))
            typer.echo(f"{checked.faults} faults, {checked.to_be_confirmed} to be confirmed")
        if checked.faults:
            raise typer.Exit(EXIT_FAULTS)


def _date(day: datetime | None) -> date | None:
    """The day that an option names."""
    return None if day is None else day.date()


def _table_out(doors: Doors, scan: Any, *, as_json: bool) -> None:
    """A table on screen, or its rows as JSON."""
    if as_json:
        typer.echo(json.dumps(_rows(scan), ensure_ascii=False, indent=2, default=str))
    else:
        console().print(doors.find("scan_table")(scan))


def _rows(scan: Any) -> list[dict[str, Any]]:
    """Rows with the names of their columns."""
    return [dict(zip(scan.columns, row, strict=True)) for row in scan.rows]
