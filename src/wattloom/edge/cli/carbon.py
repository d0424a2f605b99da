"""Which commands count carbon? `wattloom carbon report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.domain.errors import InputError
from wattloom.edge.cli.certificates import Bundles, CertificatesFile
from wattloom.edge.cli.reported import Out
from wattloom.edge.cli.screen import Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors


def carbon(group: typer.Typer, doors: Doors) -> None:
    """`wattloom carbon …`."""

    @group.command("report")
    def report(  # noqa: PLR0913, PLR0917 - one argument an option
        file: CertificatesFile,
        year: Annotated[int, typer.Option("--year", help="Year of consumption.")],
        book: Annotated[str, typer.Option("--book", help="Book with claims and cancelled certificates.")] = "",
        bundles: Bundles = None,
        post: Annotated[bool, typer.Option("--post", help="Write the figures into the book, too.")] = False,
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Count a year's carbon by location and by market, each figure with its meter, factor and claims."""
        target = out or Path("runs") / f"{file.stem}-carbon-report"
        with told_plainly(), progress(quiet=as_json) as tell:
            if post and not book:
                raise InputError.one("--post", found="no --book", expected="the book to write into",
                                     remedy="name it with --book")  # fmt: skip
            project = doors.find("read_certificates")(file)
            tell.step(f"meters of {year}")
            if book:
                with doors.find("certificate_book")(book, bundles, must_exist=True) as kept:
                    found = doors.find("carbon_report")(project, year=year, folder=file.parent, book=kept, post=post)
            else:
                found = doors.find("carbon_report")(project, year=year, folder=file.parent)
            tell.step("writing the report", done=0.95)
            doors.find("write_carbon_report")(found, target, source=file, lang=lang)
        told(doors, "carbon_report_answer", found, target, lang=lang, as_json=as_json)
