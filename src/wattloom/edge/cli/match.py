"""Which commands match computing with supply? `wattloom match …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.screen import Cores, Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

MatchFile = Annotated[Path, typer.Argument(help="Match file (YAML).", metavar="FILE")]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder; runs/NAME-VERB if not given.")]
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


def match(group: typer.Typer, doors: Doors) -> None:
    """`wattloom match …`."""

    @group.command("now")
    def now(file: MatchFile, at: At = "", out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Say who serves, moves, waits and stores how much at one instant, certified, and what that saves."""
        target = out or Path("runs") / f"{file.stem}-now"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_match")(file)
            found = doors.find("match_now")(project, folder=file.parent, at=at, progress=tell, source=file.read_bytes())
            tell.step("writing the report", done=0.9)
            doors.find("write_match_now")(found, target, source=file, lang=lang)
        told(doors, "match_now_answer", found, target, lang=lang, as_json=as_json)

    @group.command("replay")
    def replay(file: MatchFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Play the window tick by tick: load, green output and prices move, work waits and is done in time."""
        target = out or Path("runs") / f"{file.stem}-replay"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_match")(file)
            found = doors.find("match_replay")(project, folder=file.parent, progress=tell, source=file.read_bytes())
            tell.step("writing the report", done=0.97)
            doors.find("write_match_replay")(found, target, source=file, lang=lang)
        told(doors, "match_replay_answer", found, target, lang=lang, as_json=as_json)

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
        target = out or Path("runs") / f"{file.stem}-study"
        with told_plainly(), progress(quiet=as_json) as tell, doors.find("workers")(workers) as hands:
            project = doors.find("read_match")(file)
            found = doors.find("match_study")(
                project,
                folder=file.parent,
                scenarios=scenarios,
                seed=seed,
                at=at,
                arrays=arrays,
                workers=hands,
                progress=tell,
                source=file.read_bytes(),
            )
            tell.step("writing the report", done=0.97)
            doors.find("write_match_study")(found, target, source=file, lang=lang)
        told(doors, "match_study_answer", found, target, lang=lang, as_json=as_json)
