"""`wattloom store …`: where is a copy of everything a server keeps, and does a newer program read it?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.screen import told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

Store = Annotated[Path, typer.Argument(help="Folder that `wattloom serve --store` was given.", metavar="STORE")]
MB = 1e6


def store(group: typer.Typer, doors: Doors) -> None:
    """Back up, restore, upgrade."""

    @group.command("backup")
    def backup(
        store: Store, copy: Annotated[Path, typer.Argument(help="Folder to write; it must not exist.", metavar="COPY")]
    ) -> None:
        """Copy a store, also while its server runs; every file is listed with its hash."""
        with told_plainly():
            done = doors.find("store_backup")(store, copy)
        typer.echo(f"{copy} written: {done.files} files, {done.bytes / MB:,.1f} MB")

    @group.command("restore")
    def restore(
        copy: Annotated[Path, typer.Argument(help="The copy to go back to.", metavar="COPY")], store: Store
    ) -> None:
        """Verify a copy and make a store of it; a store that is there is never written over."""
        with told_plainly():
            done = doors.find("store_restore")(copy, store)
        typer.echo(f"{store} written: {done.files} files, all as they were listed")

    @group.command("upgrade")
    def upgrade(
        store: Store,
        before: Annotated[
            Path | None, typer.Option("--before", help="Folder for the copy of what the store was; STORE.before.")
        ] = None,
    ) -> None:
        """Bring a store forward to this version: first a copy of it, and only if that went well the store itself."""
        kept = before or store.with_name(f"{store.name}.before")
        with told_plainly():
            opened = doors.find("store_upgrade")(store, kept)
        typer.echo(f"{store}: {len(opened)} databases are of this version; what it was lies in {kept}")
