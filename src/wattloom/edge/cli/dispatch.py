"""Which commands run jobs and stores of many sites? `wattloom dispatch …` and `wattloom flexibility …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom.edge.cli.reported import Out, Reported
from wattloom.edge.cli.screen import Json, Lang, progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

DispatchFile = Annotated[Path, typer.Argument(help="Dispatch file (YAML).", metavar="FILE")]
DAY = Reported(use="dispatch_day", read="read_dispatch", verb="day", write="write_dispatch", answer="dispatch_answer")
ASSESS = Reported(
    use="flexibility_assess", read="read_dispatch", verb="flexibility", write="write_offer", answer="offer_answer"
)


def dispatch(group: typer.Typer, doors: Doors) -> None:
    """`wattloom dispatch …`."""

    @group.command("day")
    def day(file: DispatchFile, out: Out = None, lang: Lang = "en", as_json: Json = False) -> None:
        """Plan when and where each job runs at least cost; every promise kept, down to the single job."""
        read = doors.find("read_forecasts_of")
        DAY(doors, file, out, lang=lang, as_json=as_json, given=lambda project: {"forecasts": read(project)})

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

        def given(project: Any) -> dict[str, Any]:
            terms = doors.find("offer_terms")(probability=probability, ramp_minutes=ramp_minutes)
            return {"forecasts": doors.find("read_forecasts_of")(project), "terms": terms}

        ASSESS(doors, file, out, lang=lang, as_json=as_json, given=given)

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
