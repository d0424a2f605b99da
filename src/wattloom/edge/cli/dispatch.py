"""Which commands run jobs and stores of many sites? `wattloom dispatch …` and `wattloom flexibility …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattloom.edge.cli.screen import Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

DispatchFile = Annotated[Path, typer.Argument(help="Dispatch file (YAML).", metavar="FILE")]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder; runs/NAME-VERB if not given.")]


def dispatch(group: typer.Typer, doors: Doors) -> None:
    """`wattloom dispatch …`."""

    @group.command("day")
    def day(file: DispatchFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Plan when and where each job runs at least cost; every promise kept, down to the single job."""
        target = out or Path("runs") / f"{file.stem}-day"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_dispatch")(file)
            forecasts = doors.find("read_forecasts_of")(project)
            found = doors.find("dispatch_day")(
                project, folder=file.parent, forecasts=forecasts, progress=tell, source=file.read_bytes()
            )
            tell.step("writing the report", done=0.95)
            doors.find("write_dispatch")(found, target, source=file, lang=lang)
        told(doors, "dispatch_answer", found, target, lang=lang, as_json=as_json)

    @group.command("replay")
    def replay(  # noqa: PLR0913, PLR0917 - one argument an option
        file: DispatchFile,
        policies: Annotated[
            str, typer.Option("--policies", help="With commas: lowest_slot, wait_awhile, plan …; empty: all.")
        ] = "",
        move_fails: Annotated[
            float, typer.Option("--move-fails", min=0, max=1, help="Chance that a move fails.")
        ] = 0.0,
        restart_fails: Annotated[
            float, typer.Option("--restart-fails", min=0, max=1, help="Chance that a restart fails.")
        ] = 0.0,
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Play the same jobs one by one under each policy and under the plan; a killed replay goes on where it was."""
        target = out or Path("runs") / f"{file.stem}-replay"
        keys = tuple(key for key in policies.split(",") if key)
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_dispatch")(file)
            asked = doors.find("replay_asked")(
                policies=keys,
                move_fails=move_fails,
                restart_fails=restart_fails,
                forecasts=doors.find("read_forecasts_of")(project),
            )
            states = doors.find("checkpoints")(target)
            found = doors.find("dispatch_replay")(
                project,
                folder=file.parent,
                asked=asked,
                progress=tell,
                checkpoint=states,
                source=file.read_bytes(),
            )
            tell.step("writing the report", done=0.97)
            doors.find("write_replay")(found, target, source=file, lang=lang)
            states.forget()
        told(doors, "replay_answer", found, target, lang=lang, as_json=as_json)


def flexibility(group: typer.Typer, doors: Doors) -> None:
    """`wattloom flexibility …`."""

    @group.command("assess")
    def assess(
        file: DispatchFile,
        probability: Annotated[
            float, typer.Option("--probability", min=0.5, max=0.999, help="With which the MW are there.")
        ] = 0.9,
        ramp_minutes: Annotated[float, typer.Option("--ramp-minutes", min=0, help="Until the power is there.")] = 10.0,
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Say how many MW can be offered, with which notice, for how long, how surely, and at what cost."""
        target = out or Path("runs") / f"{file.stem}-flexibility"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_dispatch")(file)
            terms = doors.find("offer_terms")(probability=probability, ramp_minutes=ramp_minutes)
            found = doors.find("flexibility_assess")(
                project,
                folder=file.parent,
                forecasts=doors.find("read_forecasts_of")(project),
                terms=terms,
                progress=tell,
                source=file.read_bytes(),
            )
            tell.step("writing the sheet", done=0.95)
            doors.find("write_offer")(found, target, source=file, lang=lang)
        told(doors, "offer_answer", found, target, lang=lang, as_json=as_json)

    @group.command("value")
    def value(
        file: Annotated[Path, typer.Argument(help="Value file (YAML).", metavar="FILE")],
        out: Out = None,
        lang: Lang = "en",
        as_json: Json = False,
    ) -> None:
        """Say what flexibility earns in a year by territory, net of computing, alone and where many do the same."""
        target = out or Path("runs") / f"{file.stem}-value"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find("read_value")(file)
            found = doors.find("flexibility_value")(project, progress=tell, source=file.read_bytes())
            tell.step("writing the report", done=0.95)
            doors.find("write_value")(found, target, source=file, lang=lang)
        told(doors, "flexibility_value_answer", found, target, lang=lang, as_json=as_json)
