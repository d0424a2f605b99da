"""Which commands run a virtual power plant? `wattloom vpp …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.reported import Out, Reported
from wattloom.edge.cli.screen import Json, Lang

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

PoolFile = Annotated[Path, typer.Argument(help="File of the pool and its event (YAML).", metavar="FILE")]
NOMINATE = Reported(use="vpp_nominate", read="read_pool", verb="vpp-nominate")
EVENT = Reported(use="vpp_event", read="read_pool", verb="vpp-event")


def vpp(group: typer.Typer, doors: Doors) -> None:
    """`wattloom vpp …`."""

    @group.command("nominate")
    def nominate(file: PoolFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Find the most that the pool may promise and deliver with the probability asked for."""
        NOMINATE(doors, file, out, lang=lang, as_json=as_json)

    @group.command("event")
    def event(file: PoolFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Run an event from the promise to the last fen: award, activation, delivery, verification, payment, parts."""
        EVENT(doors, file, out, lang=lang, as_json=as_json)
