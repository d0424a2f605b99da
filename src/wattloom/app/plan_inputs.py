"""What does a project come to before it is solved? Weather, series and rules brought together as one `Question`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wattloom import rules
from wattloom.assets.contract import Choice, Stage
from wattloom.assets.kinds.grid.connection import GridConnection
from wattloom.domain.errors import InputError
from wattloom.domain.text import SILENT, Text
from wattloom.domain.time import TimeAxis
from wattloom.intake import datasets
from wattloom.intake.axis import onto_year
from wattloom.intake.levels import Levels
from wattloom.intake.weather import read_weather
from wattloom.plan.project import NO_TERRITORY
from wattloom.plan.sizing import Question
from wattloom.rules.contract import Case, RulePack

if TYPE_CHECKING:
    from wattloom.assets.contract import Asset
    from wattloom.domain.weather import Weather
    from wattloom.plan.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """A question, and what else the use case needs to know."""

    question: Question
    baseline_pack: RulePack | None
    """Rules of the same facility as a plain customer of the grid."""
    other_weather: Mapping[str, Weather]
    """Other weather years, by name."""
    weather_source: Text
    checksums: Mapping[str, str]


def question_of(project: Project, *, folder: Path) -> Inputs:
    """The project with its files read, on the axis of its design year."""
    zone = ZoneInfo(project.site.time_zone)
    axis = TimeAxis.of_year(project.study.year, zone, step_minutes=project.study.step_minutes)
    weather = _weather(project, folder, axis, zone)
    levels = Levels(folder=folder, axis=axis, zone=zone, cny_per=_exchange(project))
    assets = {name: levels.resolved(asset, where=f"assets.{name}") for name, asset in project.assets.items()}
    case = case_of(project)
    pack, plain = _packs(project, case)
    question = Question(
        assets=_priced(assets, pack),
        place=project.site,
        axis=axis,
        weather=weather,
        goals=project.goals,
        finance=levels.resolved(project.finance, where="finance"),
        pack=pack,
        exact=project.study.exact,
        grid_instead=_grid_instead(project, plain),
    )
    others = {path: _read(folder / path, project, axis, zone) for path in project.weather.other_years}
    return Inputs(
        question=question,
        baseline_pack=plain,
        other_weather=others,
        weather_source=weather.source if weather else SILENT,
        checksums=_checksums(project, folder),
    )


def _packs(project: Project, case: Case) -> tuple[RulePack | None, RulePack | None]:
    """The rules of the project, and those of the same facility as a plain customer; none without a territory."""
    if project.connection.territory == NO_TERRITORY:
        return None, None
    plain = replace(case, direct_connection=False, connection="public_grid")
    return rules.pack(project.connection.territory, case), rules.pack(project.connection.territory, plain)


def _grid_instead(project: Project, plain: RulePack | None) -> dict[str, Asset]:
    """The public grid that an off-grid site is compared with, at the market price of the project or the territory."""
    if project.connection.type == "public_grid":
        return {}
    price = rules.market_price_cny_per_mwh(plain) if plain else None
    if price is None:
        raise InputError.one(
            "connection.facts.market_energy_price_cny_per_mwh",
            found="nothing, and no reference price of the territory",
            expected="the market price in CNY/MWh that an off-grid site is compared with",
            remedy="give it under connection: facts:",
        )
    return {"grid": GridConnection(capacity_mva=Choice(), energy_price_cny_per_mwh=price)}


def _priced(assets: Mapping[str, Asset], pack: RulePack | None) -> dict[str, Asset]:
    """The assets, with the territory's reference price where the project gives no market price."""
    priced = dict(assets)
    for name, asset in assets.items():
        if getattr(asset, "energy_price_cny_per_mwh", 0.0) is None:
            reference = rules.market_price_cny_per_mwh(pack) if pack else None
            if reference is None:
                raise InputError.one(
                    f"assets.{name}.energy_price_cny_per_mwh",
                    found="nothing, and no reference price of the territory",
                    expected="what energy costs on the market, in CNY/MWh",
                    remedy="give a number, or a file with a series",
                )
            priced[name] = replace(asset, energy_price_cny_per_mwh=reference)  # type: ignore[type-var]
    return priced


def case_of(project: Project) -> Case:
    """What the rules need to know of the project."""
    connection = project.connection
    return Case(
        direct_connection=any(asset.STAGE is Stage.SOURCE for asset in project.assets.values()),
        year=project.study.year,
        commissioned=project.study.year,
        voltage_kv=connection.voltage_kv,
        connection=connection.type,
        users=connection.users,
        new_load=connection.new_load,
        hub_node=connection.hub_node,
        full_backup=connection.full_backup,
        price_basis=project.money.price_basis,
        overrides=connection.facts,
    )


def _weather(project: Project, folder: Path, axis: TimeAxis, zone: ZoneInfo) -> Weather | None:
    """The weather year that the project names; None where it names none."""
    choice = project.weather
    if choice.dataset:
        return replace(
            onto_year(datasets.weather(choice.dataset), axis, zone, place=project.site), of_site=choice.of_site
        )
    return _read(folder / choice.file, project, axis, zone) if choice.file else None


def _read(path: Path, project: Project, axis: TimeAxis, zone: ZoneInfo) -> Weather:
    """A weather file on the axis."""
    if not path.exists():
        raise InputError.one(
            "weather",
            found=f"no file {path.name}",
            expected=f"a weather file in {path.parent}",
            remedy="correct the name",
        )
    return replace(
        onto_year(read_weather(path, project.site), axis, zone, place=project.site), of_site=project.weather.of_site
    )


def _exchange(project: Project) -> dict[str, float]:
    """Exchange rates that the project gives."""
    rates = {"EUR": project.money.cny_per_eur, "USD": project.money.cny_per_usd}
    return {currency: rate for currency, rate in rates.items() if rate is not None}


def _checksums(project: Project, folder: Path) -> dict[str, str]:
    """SHA-256 of the weather files that the plan was computed from."""
    names = [name for name in (project.weather.file, *project.weather.other_years) if name]
    return {f"sha256 {name}": hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
