"""Which commands run a virtual power plant? `wattloom vpp …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.screen import Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

PoolFile = Annotated[Path, typer.Argument(help="File of the pool and its event (YAML).", metavar="FILE")]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder; runs/NAME-VERB if not given.")]


def vpp(group: typer.Typer, doors: Doors) -> None:
    """`wattloom vpp …`."""

    @group.command("nominate")
    def nominate(file: PoolFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Find the most that the pool may promise and deliver with the probability asked for."""
        _run(doors, "vpp_nominate", file, out or Path("runs") / f"{file.stem}-vpp-nominate", lang, as_json=as_json)

    @group.command("event")
    def event(file: PoolFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Run an event from the promise to the last fen: award, activation, delivery, verification, payment, parts."""
        _run(doors, "vpp_event", file, out or Path("runs") / f"{file.stem}-vpp-event", lang, as_json=as_json)


def _run(doors: Doors, name: str, file: Path, target: Path, lang: Lang, *, as_json: bool) -> None:
    """Read, answer, write the run folder, say."""
    with told_plainly(), progress(quiet=as_json) as tell:
        project = doors.find("read_pool")(file)
        found = doors.find(name)(project, folder=file.parent, progress=tell, source=file.read_bytes())
        tell.step("writing the report", done=0.95)
        doors.find(f"write_{name}")(found, target, source=file, lang=lang)
    told(doors, f"{name}_answer", found, target, lang=lang, as_json=as_json)
