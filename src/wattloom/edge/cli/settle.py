"""Which command settles a month? `wattloom settle month`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.screen import Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

SettleFile = Annotated[Path, typer.Argument(help="Settle file (YAML).", metavar="FILE")]


def settle(group: typer.Typer, doors: Doors) -> None:
    """`wattloom settle …`."""

    @group.command("month")
    def month(  # noqa: PLR0913, PLR0917 - one argument an option
        file: SettleFile,
        month: Annotated[str, typer.Option("--month", help="Month that is settled, such as 2026-08.")],
        book: Annotated[str, typer.Option("--book", help="The book: a file, or the address of a PostgreSQL.")],
        out: Annotated[Path | None, typer.Option("--out", help="Run folder; runs/NAME-settle if not given.")] = None,
        lang: Lang = "en",
        as_json: Json = False,
        pdf: Annotated[bool, typer.Option("--pdf", help="Also statement.pdf; needs the extra `pdf`.")] = False,
        provisional: Annotated[
            bool,
            typer.Option("--provisional", help="Keep every bill provisional: meters have not had their last word."),
        ] = False,
        explain: Annotated[
            str, typer.Option("--explain", help="Print the way back of an item: ITEM, or POINT:ITEM.")
        ] = "",
    ) -> None:
        """Bill a month of every point by its rules, bring it into the book, write a statement; again: no change."""
        target = out or Path("runs") / f"{file.stem}-settle"
        with told_plainly(), progress(quiet=as_json or bool(explain)) as tell:
            if pdf:
                doors.find("pdf_ready")()
            project = doors.find("read_settle")(file)
            tell.step(f"meters and bills of {month}")
            with doors.find("settle_book")(book) as kept:
                found = doors.find("settle_month")(
                    project, book=kept, month=month, folder=file.parent, provisional=provisional
                )
            tell.step("writing the statement", done=0.8)
            doors.find("write_settle_month")(found, target, source=file, lang=lang, pdf=pdf)
            said = doors.find("settle_explained")(found, explain, lang) if explain else ""
        if said:
            typer.echo(said)
            return
        told(doors, "settle_month_answer", found, target, lang=lang, as_json=as_json)
