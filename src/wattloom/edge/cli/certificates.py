"""Which commands make, match and check certificates? `wattloom certificates …`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom.edge.cli.reported import Out
from wattloom.edge.cli.screen import EXIT_INPUT, Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

    Beside = Callable[[Doors, Any, Any], dict[str, Any]]

CertificatesFile = Annotated[Path, typer.Argument(help="Certificates file (YAML).", metavar="FILE")]
Book = Annotated[str, typer.Option("--book", help="The book: a file, or the address of a PostgreSQL.")]
Bundles = Annotated[
    Path | None, typer.Option("--bundles", help="Folder of bundle files; beside the book's file if not given.")
]
Month = Annotated[str, typer.Option("--month", help="Month of production and use, such as 2026-03.")]
ISSUE = "Bring a month of meters into the book and issue certificates; run twice it changes nothing."
MATCH = "Match certificates with consumption period by period, post the claims, write a proof of each."


def certificates(group: typer.Typer, doors: Doors) -> None:
    """`wattloom certificates …`."""
    group.command("issue", help=ISSUE)(_of_a_month(doors, "issue"))
    group.command("match", help=MATCH)(_of_a_month(doors, "match", beside=_proofs))
    _verify(group, doors)
    _cancel(group, doors)


def _of_a_month(doors: Doors, verb: str, *, beside: Beside = lambda _doors, _book, _found: {}) -> Callable[..., None]:
    """A command that works on a month in the book; `beside` reads from the book what else is written."""

    def command(  # noqa: PLR0913, PLR0917 - one argument an option
        file: CertificatesFile,
        book: Book,
        month: Month,
        bundles: Bundles = None,
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        use, target = f"certificates_{verb}", out or Path("runs") / f"{file.stem}-certificates-{verb}"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_certificates")(file)
            tell.step(f"{verb}: {month}")
            with doors.find("certificate_book")(book, bundles) as kept:
                found = doors.find(use)(project, book=kept, month=month, folder=file.parent)
                tell.step("writing the report", done=0.9)
                more = beside(doors, kept, found)
            doors.find(f"write_{use}")(found, target, source=file, lang=lang, **more)
        told(doors, f"{use}_answer", found, target, lang=lang, as_json=as_json)

    return command


def _proofs(doors: Doors, book: Any, found: Any) -> dict[str, Any]:
    """Of the claims that a match posted."""
    return {"proofs": dict(doors.find("claim_proofs")(book, found.claims))}


def _verify(group: typer.Typer, doors: Doors) -> None:
    """`wattloom certificates verify`."""

    @group.command("verify")
    def verify(
        proofs: Annotated[list[Path], typer.Argument(help="Proof files (JSON).", metavar="PROOF…")],
        book: Annotated[str, typer.Option("--book", help="Book that the claims are said to stand in.")] = "",
        as_json: Json = False,
    ) -> None:
        """Check proofs offline, by themselves and beside each other; with --book also against the book."""
        with told_plainly():
            files = {str(path): doors.find("read_bytes")(path) for path in proofs}
            if book:
                with doors.find("known_book")(book) as known:
                    found = doors.find("certificates_verify")(files, book=known)
            else:
                found = doors.find("certificates_verify")(files)
        if as_json:
            typer.echo(json.dumps({"holds": found.holds, **asdict(found)}, ensure_ascii=False, indent=2))
        else:
            _say(found)
        if not found.holds:
            raise typer.Exit(EXIT_INPUT)


def _say(found: Any) -> None:
    """A line a proof, then overlaps."""
    for one in found.proofs:
        if one.faults:
            typer.echo(f"{one.name}: does not hold: {'; '.join(one.faults)}", err=True)
            continue
        stored = f" (out of a store: stored-{one.stored[:16]}.json shows what went in)" if one.stored else ""
        done = "put into" if one.state == "stored" else "claimed by"
        typer.echo(f"{one.name}: {one.wh / 1e6:,.6f} MWh {one.technology} of {one.device}, {one.month}, "
                   f"{done} {one.user}{stored}; mark {one.mark}")  # fmt: skip
    for said in found.overlaps:
        typer.echo(f"overlap: {said}", err=True)
    if found.holds and found.with_book:
        typer.echo("all hold, and stand in the book")
    elif found.holds:
        typer.echo("all hold; compare each mark with one that was noted elsewhere, or use --book")


def _cancel(group: typer.Typer, doors: Doors) -> None:
    """`wattloom certificates cancel`."""

    @group.command("cancel")
    def cancel(  # noqa: PLR0913, PLR0917 - one argument an option
        book: Book,
        deed: Annotated[str, typer.Option("--deed", help="freeze, unfreeze, void; of green certificates also cancel "
                                          "(used up for somebody) and expire.")],
        reason: Annotated[str, typer.Option("--reason", help="Why; the book keeps it word for word.")],
        bundle: Annotated[str, typer.Option("--bundle", help="Hash of a granular bundle, or its beginning.")] = "",
        device: Annotated[str, typer.Option("--device", help="Of green certificates.")] = "",
        month: Annotated[str, typer.Option("--month", help="Of their production.")] = "",
        count: Annotated[int, typer.Option("--count", help="How many.")] = 0,
        holder: Annotated[str, typer.Option("--holder", help="Who holds them.")] = "",
        bought: Annotated[bool, typer.Option("--bought", help="The holder bought them.")] = False,
        self_use: Annotated[bool, typer.Option("--self-use", help="They were issued on self-use.")] = False,
        beneficiary: Annotated[str, typer.Option("--beneficiary", help="Of a cancellation: who consumed.")] = "",
        now: Annotated[str, typer.Option("--in", help="Month of a cancellation or expiry.")] = "",
        bundles: Bundles = None,
        as_json: Json = False,
    ) -> None:  # fmt: skip
        """Freeze, use up or void certificates for a reason; nothing is erased, and sent again nothing changes."""
        with told_plainly():
            asked = doors.find("cancel_asked")(
                deed=deed, reason=reason, bundle=bundle, device=device, month=month, count=count, holder=holder,
                bought=bought, self_use=self_use, beneficiary=beneficiary, now=now,
            )  # fmt: skip
            with doors.find("certificate_book")(book, bundles, must_exist=True) as kept:
                found = doors.find("certificates_cancel")(asked, book=kept)
        if as_json:
            typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
            return
        did = "known: nothing was changed" if found.known else "done"
        typer.echo(f"{found.deed} {found.amount:,} {found.unit} of {found.what}: {did}; record {found.record}")
        if found.stands:
            typer.echo(f"it stands now as {found.stands}")
