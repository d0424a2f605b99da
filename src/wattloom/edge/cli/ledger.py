"""`wattloom ledger …`: is the book whole, where is its copy, what stands in it?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.screen import Json, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

Book = Annotated[str, typer.Argument(help="The book: a file, or the address of a PostgreSQL.", metavar="BOOK")]


def ledger(group: typer.Typer, doors: Doors) -> None:
    """Verify, back up, restore, export."""

    @group.command("verify")
    def verify(
        book: Book,
        head: Annotated[
            str, typer.Option("--head", help="NUMBER:MARK noted at an earlier time; the book must pass through it.")
        ] = "",
        as_json: Json = False,
    ) -> None:
        """Work the whole book out anew, from its first record: marks, rules, balances."""
        with told_plainly(), doors.find("ledger_book")(book, must_exist=True) as store:
            found = doors.find("ledger_verify")(store, head=head)
        told = f"{found.records}:{found.mark.hex()}"
        if as_json:
            typer.echo(json.dumps({"records": found.records, "head": told, "accounts": len(found.books.accounts)}))
            return
        typer.echo(f"{book}: {found.records} records, {len(found.books.accounts)} accounts, all whole")
        typer.echo(f"head {told}")
        typer.echo("note the head elsewhere: with --head a book that was cut off or written anew is found out")

    @group.command("backup")
    def backup(
        book: Book, copy: Annotated[Path, typer.Argument(help="File to write; it must not exist.", metavar="COPY")]
    ) -> None:
        """Copy a book that is in use, and verify the copy."""
        with told_plainly():
            with doors.find("ledger_book")(book, must_exist=True) as store:
                store.backup(copy)
            with doors.find("ledger_book")(str(copy), must_exist=True) as store:
                found = doors.find("ledger_verify")(store)
        typer.echo(f"{copy} written: {found.records} records, all whole, head {found.records}:{found.mark.hex()}")

    @group.command("restore")
    def restore(
        copy: Annotated[Path, typer.Argument(help="The copy to go back to.", metavar="COPY")],
        book: Annotated[Path, typer.Argument(help="Book to write; it must not exist.", metavar="BOOK")],
    ) -> None:
        """Verify a copy and make a book of it; a book that is there is never written over."""
        with told_plainly(), doors.find("ledger_book")(str(copy), must_exist=True) as store:
            found = doors.find("ledger_verify")(store)
            store.backup(book)
        typer.echo(f"{book} written: {found.records} records, all whole")

    @group.command("export")
    def export(
        book: Book, out: Annotated[Path, typer.Argument(help="File to write; it must not exist.", metavar="OUT")]
    ) -> None:
        """Write every record as a line of its mark and its JSON, readable without this program."""
        count = 0
        with told_plainly(), doors.find("ledger_book")(book, must_exist=True) as store:
            lines = doors.find("ledger_export")(store)
            with doors.find("new_file")(out) as file:
                for line in lines:
                    file.write(f"{line}\n")
                    count += 1
        typer.echo(f"{out} written: {count} records")
