"""Which commands match computing with supply? `wattloom match …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.reported import Out, Reported
from wattloom.edge.cli.screen import Cores, Json, Lang, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

MatchFile = Annotated[Path, typer.Argument(help="Match file (YAML).", metavar="FILE")]
At = Annotated[str, typer.Option("--at", help="HH:MM or an instant of the window; its start if not given.")]

Arrays = Annotated[
    str,
    typer.Option(
        "--arrays",
        metavar="LIBRARY",
        help="Answer scenarios at once on arrays of numpy, cupy, jax or torch, such as torch:cuda (extra gpu); "
        "one by one if not given.",
    ),
]

NOW = Reported(use="match_now", read="read_match", verb="now")
REPLAY = Reported(use="match_replay", read="read_match", verb="replay")
STUDY = Reported(use="match_study", read="read_match", verb="study")


def match(group: typer.Typer, doors: Doors) -> None:
    """`wattloom match …`."""

    @group.command("now")
    def now(file: MatchFile, at: At = "", out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Say who serves, moves, waits and stores how much at one instant, certified, and what that saves."""
        NOW(doors, file, out, lang=lang, as_json=as_json, given=lambda _: {"at": at})

    @group.command("replay")
    def replay(file: MatchFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Play the window tick by tick: load, green output and prices move, work waits and is done in time."""
        REPLAY(doors, file, out, lang=lang, as_json=as_json)

    @group.command("study")
    def study(  # noqa: PLR0913, PLR0917 - one argument an option
        file: MatchFile,
        scenarios: Annotated[int, typer.Option("--scenarios", min=10, max=1_000_000, help="How many.")] = 1_000,
        seed: Annotated[int, typer.Option("--seed", min=0, help="Of the drawing.")] = 1,
        at: At = "",
        arrays: Arrays = "",
        workers: Cores = None,
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Answer thousands of mishaps at one instant: outages, price spikes, clouds, trips, calls, mixes."""
        asked = {"scenarios": scenarios, "seed": seed, "at": at, "arrays": arrays}
        with told_plainly(), doors.find("workers")(workers) as hands:
            STUDY(doors, file, out, lang=lang, as_json=as_json, given=lambda _: {**asked, "workers": hands})
