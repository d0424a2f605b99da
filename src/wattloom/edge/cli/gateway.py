"""`wattloom gateway …`: how does a facility take signed advice by its own policy?"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom.edge.cli.screen import told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

Site = Annotated[str, typer.Argument(help="Name of the site.", metavar="SITE")]


def gateway(group: typer.Typer, doors: Doors) -> None:
    """Run the control side's gateway."""

    @group.command("run")
    def run(  # noqa: PLR0913, PLR0917 - one argument an option
        site: Site,
        advice: Annotated[str, typer.Option("--advice", help="Where advice lies: a server's address, or a folder.")],
        keys: Annotated[Path, typer.Option("--keys", help="Public keys of signers, a JSON list, brought by hand.")],
        plant: Annotated[Path, typer.Option("--plant", help="Folder of measured.json and setpoints.json.")],
        state: Annotated[Path, typer.Option("--state", help="The gateway's own folder.")],
        report: Annotated[str, typer.Option("--report", help="Where measurements go: address or folder.")] = "",
        policy: Annotated[str, typer.Option("--policy", help="manual, within_limits or automatic.")] = "manual",
        limit: Annotated[float, typer.Option("--limit-mw", help="Of within_limits.", min=0.0)] = 0.0,
        it_max: Annotated[float, typer.Option("--it-mw-max", help="Never more than this.", min=0.0)] = 1e9,
        token_file: Annotated[Path | None, typer.Option("--token-file", help="File with the site's token.")] = None,
        every: Annotated[float, typer.Option("--every-s", help="Between two looks.", min=0.1)] = 5.0,
        once: Annotated[bool, typer.Option("--once", help="Look once and leave.")] = False,
    ) -> None:
        """Fetch signed advice, check it, apply it by the site's own policy, report what is measured."""
        with told_plainly():
            gate = doors.find("gateway")(
                site, advice=advice, keys=keys, plant=plant, folder=state, report=report, token_file=token_file,
                policy={"kind": policy, "limit_mw": limit, "it_mw_max": it_max},
            )  # fmt: skip
            while True:
                typer.echo(json.dumps(_told(gate.look()), ensure_ascii=False))
                if once:
                    return
                time.sleep(every)

    @group.command("key")
    def key(
        file: Annotated[Path, typer.Argument(help="The room's signing key; made where there is none.", metavar="FILE")],
    ) -> None:
        """Print the public keys of a room, as `gateway run --keys` reads them."""
        with told_plainly():
            typer.echo(json.dumps([dict(doors.find("advice_signer")(file).public)]))


def _told(looked: Any) -> dict[str, str]:
    """A look, for a log."""
    return {name: getattr(looked, name) for name in ("outcome", "id", "by", "why") if getattr(looked, name)}
