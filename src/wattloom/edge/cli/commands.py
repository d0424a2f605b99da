"""Which commands are there? `wattloom NOUN VERB`, one function each; the words joined name the use case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom import __version__
from wattloom.edge.cli import (
    accounts,
    carbon,
    certificates,
    dispatch,
    forecast,
    gateway,
    ledger,
    market,
    match,
    rules,
    serve,
    settle,
    store,
    vpp,
)
from wattloom.edge.cli.screen import (
    EXIT_INPUT,
    Cores,
    Json,
    Lang,
    ProjectFile,
    console,
    progress,
    told_plainly,
)

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors


def commands(doors: Doors) -> typer.Typer:
    """The command line over some doors."""
    app = typer.Typer(
        name="wattloom",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Computing–electricity coordination: plan, dispatch and settle the energy of AI computing facilities.",
    )
    app.callback()(_about)
    for noun, add in _ROOMS.items():
        group = typer.Typer(no_args_is_help=True, help=_NOUNS[noun])
        add(group, doors)
        app.add_typer(group, name=noun)
    app.add_typer(serve.serve(doors), name="serve")
    return app


Sort = Annotated[
    str,
    typer.Option(
        "--sort", help="Of the file: plan, dispatch, match, forecast, bids, settle, certificates, pool or value."
    ),
]
_NOUNS = {
    "project": "The project file: start one, check one, see its keys.",
    "plan": "Plan the energy of a site: sizes, cost, shares, rules.",
    "weather": "Weather of past years from public services.",
    "dispatch": "Run jobs and stores of many sites: plan a day, replay jobs under a plan or a policy.",
    "flexibility": "What a facility can offer to the grid.",
    "match": "Match computing with supply over many regions: one tick, a day of ticks, thousands of scenarios.",
    "forecast": "Forecast wind, sun, load, prices and job arrivals with honest doubt, back-test models, rank them.",
    "ledger": "The book of money, energy, certificates and carbon: verify, back up, restore, export.",
    "certificates": "Certificates of meters: issue a month, match it period by period, check proofs of claims.",
    "gateway": "The control side of a facility: signed advice comes in by its own policy, measurements go out.",
    "carbon": "Carbon of a year's consumption, by location and by market.",
    "vpp": "A virtual power plant: nominate what a pool delivers surely, run an event to the last fen.",
    "market": "Bid on a spot market with a load that can wait, and back-test the bids.",
    "settle": "Bill a month of meters under dated rules, bring it into the book, print the statement.",
    "store": "Everything a server keeps: back up, restore, upgrade.",
    "account": "People who may come into the control room, with their roles.",
    "token": "Tokens by which programs and gateways come in: make, list, revoke.",
    "audit": "The audit log: who did what; verify its chain.",
    "rules": "Tariffs, ratios and factors of each territory, with their sources.",
}


def _say_version(asked: bool) -> None:  # noqa: FBT001 - as typer calls it
    """Print the version and leave."""
    if asked:
        typer.echo(f"wattloom {__version__}")
        raise typer.Exit


def _about(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Say which version this is."""


def _project(group: typer.Typer, doors: Doors) -> None:
    """`wattloom project …`."""

    @group.command("check")
    def check(file: ProjectFile, sort: Sort = "plan", as_json: Json = False) -> None:
        """Report everything that is wrong with a project file, each with line, found, expected, remedy."""
        with told_plainly():
            found = doors.find("project_check")(file, sort)
        problems = found.problems
        if as_json:
            typer.echo(json.dumps([_as_dict(problem) for problem in problems], ensure_ascii=False, indent=2))
        elif problems:
            for problem in problems:
                typer.echo(str(problem), err=True)
            typer.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {file}", err=True)
        else:
            assets = ", ".join(f"{count} {kind}" for kind, count in found.assets.items())
            held = f" ({found.territory}; {assets})" if assets else ""
            typer.echo(f"{file}: no problem found in {found.name!r}{held}")
        if problems:
            raise typer.Exit(EXIT_INPUT)

    @group.command("schema")
    def schema(sort: Sort = "plan") -> None:
        """Print the JSON schema of project files, for editors."""
        with told_plainly():
            typer.echo(json.dumps(doors.find("project_schema")(sort), ensure_ascii=False, indent=2))

    @group.command("new")
    def new(
        file: Annotated[Path, typer.Argument(help="File to write; it must not exist.", metavar="FILE")],
        kinds: Annotated[str, typer.Option("--kinds", help="Asset kinds, with commas.")] = "cluster,grid,solar,battery",
        lang: Lang = "en",
    ) -> None:
        """Write a commented starting file."""
        with told_plainly():
            doors.find("project_new")(file, kinds=tuple(kinds.split(",")), lang=lang)
        typer.echo(f"{file} written; fill it in, then: wattloom project check {file}")


def _plan(group: typer.Typer, doors: Doors) -> None:
    """`wattloom plan …`."""

    @group.command("site")
    def site(
        file: ProjectFile,
        out: Annotated[Path | None, typer.Option("--out", help="Run folder; runs/NAME if not given.")] = None,
        lang: Lang = "en",
        as_json: Json = False,
        coarse: Annotated[int | None, typer.Option("--step-minutes", help="Longer steps, for a first look.")] = None,
        workers: Cores = None,
    ) -> None:
        """Size a site at least cost under its goals and rules; write a run folder with a report."""
        target = out or Path("runs") / file.stem
        with told_plainly(), progress(quiet=as_json) as tell, doors.find("workers")(workers) as hands:
            project = doors.find("read_project")(file, step_minutes=coarse)
            plan = doors.find("plan_site")(project, folder=file.parent, workers=hands, progress=tell)
            tell.step("writing the report", done=0.98)
            doors.find("write_plan")(plan, target, source=file, lang=lang)
        if as_json:
            typer.echo((target / "summary.json").read_text("utf-8"))
            return
        console().print(doors.find("plan_answer")(plan, lang))
        typer.echo(f"report: {target / 'report.html'}")

    _plan_several(group, doors)


def _plan_several(group: typer.Typer, doors: Doors) -> None:
    """`wattloom plan …`, for many designs at once."""

    @group.command("compare")
    def compare(
        files: Annotated[list[Path], typer.Argument(help="Project files (YAML).", metavar="FILE…")],
        territories: Annotated[
            str, typer.Option("--territories", help="Keys with commas, or 'all'; empty: each file's own.")
        ] = "",
        out: Annotated[Path | None, typer.Option("--out", help="Run folder.")] = None,
        workers: Cores = None,
        as_json: Json = False,
    ) -> None:
        """Rank sites (one file each) and territories by the cost of energy, with green share and carbon beside it."""
        target = out or Path("runs") / f"{files[0].stem}-compare"
        with told_plainly(), progress(quiet=as_json) as tell, doors.find("workers")(workers) as hands:
            projects = [(doors.find("read_project")(file), file.parent) for file in files]
            known = doors.find("territory_keys")()
            keys = known if territories == "all" else tuple(key for key in territories.split(",") if key)
            project, folder = projects[0]
            ranking = doors.find("plan_compare")(
                project, territories=keys, folder=folder, others=projects[1:], workers=hands, progress=tell
            )
            doors.find("write_scan")(ranking, target, title=project.name)
        _scan_out(doors, ranking, target, as_json=as_json)

    @group.command("frontier")
    def frontier(
        file: ProjectFile,
        points: Annotated[int, typer.Option("--points", min=2, max=40, help="Green shares to solve for.")] = 8,
        out: Annotated[Path | None, typer.Option("--out", help="Run folder.")] = None,
        workers: Cores = None,
        as_json: Json = False,
    ) -> None:
        """Draw cost against green share."""
        target = out or Path("runs") / f"{file.stem}-frontier"
        with told_plainly(), progress(quiet=as_json) as tell, doors.find("workers")(workers) as hands:
            project = doors.find("read_project")(file)
            scan = doors.find("plan_frontier")(project, points=points, folder=file.parent, workers=hands, progress=tell)
            doors.find("write_scan")(scan, target, title=project.name)
        _scan_out(doors, scan, target, as_json=as_json)


def _weather(group: typer.Typer, doors: Doors) -> None:
    """`wattloom weather …`."""

    @group.command("get")
    def get(  # noqa: PLR0913, PLR0917 - one argument an option
        latitude: Annotated[float, typer.Argument(help="Degrees north.")],
        longitude: Annotated[float, typer.Argument(help="Degrees east.")],
        year: Annotated[int, typer.Argument(help="Calendar year.")],
        out: Annotated[Path, typer.Option("--out", help="Parquet file to write.")],
        feed: Annotated[str, typer.Option("--feed", help="pvgis, nasa_power or open_meteo.")] = "nasa_power",
        altitude: Annotated[float, typer.Option("--altitude", help="Metres above the sea.")] = 0.0,
        zone: Annotated[str, typer.Option("--zone", help="Time zone of the site.")] = "Asia/Shanghai",
    ) -> None:
        """Bring a year of weather for a place and keep it in a file with its provenance."""
        with told_plainly(), progress() as tell:
            tell.step(f"{feed}: {year} at {latitude:g}, {longitude:g}")
            from wattloom.domain.weather import Place

            place = Place(latitude_deg=latitude, longitude_deg=longitude, altitude_m=altitude, time_zone=zone)
            doors.find("weather_get")(place, year, feed=feed, out=out)
        typer.echo(f"{out} written; name it as weather.file in the project")


def _scan_out(doors: Doors, scan: Any, target: Path, *, as_json: bool) -> None:
    """A table on screen, or its rows as JSON."""
    if as_json:
        typer.echo(json.dumps(_scan_rows(scan), ensure_ascii=False, indent=2))
        return
    console().print(doors.find("scan_table")(scan))
    typer.echo(f"report: {target / 'report.html'}")


def _scan_rows(scan: Any) -> list[dict[str, Any]]:
    """Rows with the names of their columns."""
    return [dict(zip(scan.columns, row, strict=True)) for row in scan.rows]


def _as_dict(problem: Any) -> dict[str, Any]:
    """A problem for machines."""
    return {name: getattr(problem, name) for name in ("where", "line", "found", "expected", "remedy")}


_ROOMS = {
    "project": _project,
    "plan": _plan,
    "dispatch": dispatch.dispatch,
    "flexibility": dispatch.flexibility,
    "match": match.match,
    "forecast": forecast.forecast,
    "ledger": ledger.ledger,
    "certificates": certificates.certificates,
    "carbon": carbon.carbon,
    "vpp": vpp.vpp,
    "market": market.market,
    "settle": settle.settle,
    "weather": _weather,
    "gateway": gateway.gateway,
    "store": store.store,
    "account": accounts.account,
    "token": accounts.token,
    "audit": accounts.audit,
    "rules": rules.rules,
}
