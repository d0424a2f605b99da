"""Do the parts of a project fit each other? Checks that look at more than one section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wattloom.assets.contract import AssetKind, Stage
from wattloom.edge.projects.lines import Section, Word, line_of
from wattloom.edge.projects.spots import Reading, Spot
from wattloom.plan.project import Connection, WeatherChoice

GRID = "grid"
"""Kind of the connection to the public grid: a site has one, or none."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file says at first sight: its assets by name with their kinds, wrong in detail or not."""

    root: Section
    reading: Reading
    kinds: Mapping[str, AssetKind]

    def of_kinds(self) -> dict[str, str]:
        """The kind of each asset that names one we know."""
        assets = self.root.get("assets")
        pairs = assets.pairs if isinstance(assets, Section) else ()
        named = {key.text: value.get("kind") for key, value in pairs if isinstance(value, Section)}
        return {name: kind.text for name, kind in named.items() if isinstance(kind, Word) and kind.text in self.kinds}

    def all_told(self) -> bool:
        """Whether every asset says a kind we know; otherwise nobody can say which kinds are lacking."""
        assets = self.root.get("assets")
        if isinstance(assets, Word) and assets.empty:
            return True
        return isinstance(assets, Section) and len(self.of_kinds()) == len(assets.pairs)

    def spot(self, *keys: str) -> Spot:
        """The place of a key, or of the nearest one above it that is written."""
        return Spot(self.reading, line_of(self.root, keys, 1), keys, ".".join(keys))


def check_across(written: Written) -> None:
    """Note what does not fit."""
    for check in (_load, _one_grid, _grid_or_not, _weather):
        for spot, found, expected, remedy in check(written):
            spot.problem(found=found, expected=expected, remedy=remedy)


Misfit = tuple[Spot, str, str, str]


def _load(written: Written) -> Iterator[Misfit]:
    """A plan is made for a computing facility."""
    loads = [key for key, kind in written.kinds.items() if kind.fields.STAGE is Stage.LOAD]
    sure = bool(loads) and written.root.key("assets") is not None and written.all_told()
    if sure and not any(kind in loads for kind in written.of_kinds().values()):
        yield (
            written.spot("assets"),
            "nothing that computes",
            f"at least one asset of the kind {' or '.join(sorted(loads))}",
            f"add the computing facility, with `kind: {min(loads)}`",
        )


def _one_grid(written: Written) -> Iterator[Misfit]:
    """A site meets the public grid at one point."""
    grids = [name for name, kind in written.of_kinds().items() if kind == GRID]
    for name in grids[1:]:
        yield (
            written.spot("assets", name),
            f"a second grid connection ({grids[0]} is the first)",
            "one grid connection a site",
            "keep one of the two, with the capacity of both",
        )


def _grid_or_not(written: Written) -> Iterator[Misfit]:
    """A site on the public grid has a grid asset; one off the grid has none."""
    connection = written.reading.values.get(("connection",))
    if not isinstance(connection, Connection) or GRID not in written.kinds:
        return
    grids = [name for name, kind in written.of_kinds().items() if kind == GRID]
    if connection.type == "off_grid":
        for name in grids:
            yield (
                written.spot("assets", name),
                "a grid connection at an off-grid site",
                "no asset of the kind grid, since connection.type is off_grid",
                "delete the asset, or write type: public_grid under connection",
            )
    elif not grids and written.root.key("assets") and written.all_told():
        yield (
            written.spot("assets"),
            "no grid connection",
            "one asset of the kind grid, since connection.type is public_grid",
            "add the asset, or write type: off_grid under connection",
        )


def _weather(written: Written) -> Iterator[Misfit]:
    """Sun and wind need a weather year, named once."""
    wanting = [name for name, kind in written.of_kinds().items() if _needs_weather(written, name, kind)]
    weather = written.reading.values.get(("weather",), WeatherChoice() if not written.root.key("weather") else None)
    if not isinstance(weather, WeatherChoice):
        return
    if weather.dataset and weather.file:
        yield (
            written.spot("weather"),
            "both dataset and file",
            "one weather year to design for",
            "keep one; further years go under other_years",
        )
    elif wanting and not weather.dataset and not weather.file:
        yield (
            written.spot("weather"),
            "no weather",
            f"dataset or file under weather, since {wanting[0]} needs it",
            "name a weather year, or get one with `wattloom weather get`",
        )


def _needs_weather(written: Written, name: str, kind: str) -> bool:
    """Whether an asset asks the weather: it says so itself, or its kind does and its yield is not given."""
    asset = written.reading.values.get(("assets", name))
    own = getattr(asset, "needs_weather", None)
    if isinstance(own, bool):
        return own
    return asset is not None and written.kinds[kind].needs_weather and getattr(asset, YIELD, None) is None


YIELD = "capacity_factor"
"""Key of solar and wind that gives their yield in place of weather."""
