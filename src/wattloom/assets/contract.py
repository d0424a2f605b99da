"""What must every asset kind answer? Its fields, its part of a program, and the envelope it offers.

A kind is a folder in `assets/kinds/`. Its `ASSET` constant is an `AssetKind` around a frozen dataclass whose fields are
the keys of a project file: each field is `Annotated` with its unit, its bounds and one sentence, and everything that
needs them (schema, checks, forms, docs) reads them from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

import xarray as xr

from wattloom.domain.charges import Charges
from wattloom.domain.fields import Bounds as Bounds
from wattloom.domain.fields import Example as Example
from wattloom.domain.fields import Help as Help
from wattloom.domain.fields import Length as Length
from wattloom.domain.fields import Names as Names
from wattloom.domain.fields import Unit as Unit
from wattloom.domain.flows import Amount, LoadFlows, Power, SourceFlows, StorageFlows
from wattloom.domain.series import Series
from wattloom.domain.text import Text

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis
    from wattloom.domain.weather import Place, Weather
    from wattloom.domain.workloads import Envelope
    from wattloom.solve.program import Program


class Stage(IntEnum):
    """In which order assets add themselves: a later one sees the parts of the earlier."""

    LOAD = 0
    SOURCE = 1
    CARRIER = 2
    """Lines between sources and the bus: they change the parts of their sources."""
    STORAGE = 3
    EXCHANGE = 4
    """The public grid and what is bought through it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A size that the plan chooses between two ends."""

    min: Annotated[float, Help("Least that the plan may choose.", "规划可选下限")] = 0.0
    max: Annotated[float, Help("Most that the plan may choose; left away: no limit.", "规划可选上限；缺省不限")] = (
        float("inf")
    )
    unit_size: Annotated[
        float | None,
        Bounds(0, open_below=True),
        Help("Size of one machine; the plan rounds to whole machines and re-verifies.", "单台容量；规划取整并复核"),
    ] = None


Size = float | Choice
"""A fixed size, or one that the plan chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFile:
    """A series that lives in a file or in the package; replaced by a `Series` before an asset sees it."""

    file: Annotated[
        str,
        Names("file"),
        Help("Path beside the project file: CSV, XLSX or Parquet.", "相对项目文件的路径：CSV、XLSX 或 Parquet"),
    ] = ""
    column: Annotated[str, Help("Column of the file.", "列名")] = ""
    dataset: Annotated[
        str,
        Names("dataset"),
        Help("Name of a series that ships with the package, in place of a file.", "随软件附带的序列名，代替文件"),
    ] = ""
    unit: Annotated[
        str, Names("unit"), Help("Unit in the file; the key's own unit if empty.", "文件中的单位；空则与键名相同")
    ] = ""
    time: Annotated[
        str, Help("Time column of the file; empty: the one with a usual name.", "时间列名；空则取常用名称的一列")
    ] = ""
    labels: Annotated[
        Literal["auto", "start", "end"],
        Help("Whether times name the start or the end of an interval.", "时标为时段起点还是终点"),
    ] = "auto"
    sheet: Annotated[str, Help("Sheet of a workbook that has several.", "工作簿有多张表时的表名")] = ""
    year_profile: Annotated[
        bool,
        Help(
            "Rows without times are the year's periods in order, on local standard time.",
            "无时间列：各行依次为全年各时段（当地标准时）",
        ),
    ] = False
    any_year: Annotated[
        bool,
        Help(
            "Another year may stand for the design year, by month, day and hour.",
            "允许以其他年份按月、日、时代替设计年",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHour:
    """Twenty-four values, one for each hour of the local day."""

    by_hour: Annotated[tuple[float, ...], Length(24), Help("Hours 0 to 23 of the local day.", "当地 0 至 23 时")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByMonth:
    """Twelve values, one for each month."""

    by_month: Annotated[tuple[float, ...], Length(12), Help("January to December.", "一月至十二月")]


@dataclass(frozen=True, slots=True, kw_only=True)
class FromForecast:
    """A series that is forecast: a station of a forecast file, as issued; a `Series` takes its place before its use.

    Dispatch takes it, planning does not: nobody forecasts a design year.
    """

    forecast: Annotated[
        str,
        Names("file"),
        Help("Forecast file (YAML) beside this file.", "本文件旁的预测文件（YAML）"),
        Example("forecast.yaml"),
    ]
    station: Annotated[
        str,
        Help(
            "Station of that file; where the key wants a share, its value over its capacity.",
            "预测文件中的站点；键为比例时取其值与容量之比",
        ),
        Example("my_station"),
    ]
    quantile: Annotated[
        float,
        Unit("1"),
        Bounds(0, 1, open_below=True),
        Help("Level of the forecast that is taken; 0.5: the median.", "所取分位水平；0.5 为中位数"),
    ] = 0.5


Level = float | FromFile | FromForecast | ByHour | ByMonth | Series
"""A number or a series: whatever the user has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostItem:
    """What an asset costs: bought once, kept every year, paid by use."""

    item: str
    """Such as modules, power conversion, energy purchased: a key of the glossary."""
    capital_cny: Amount = 0.0
    life_years: float = 25.0
    """How long the purchase lasts; bought again while the project lives."""
    fixed_cny_per_year: Amount = 0.0
    variable_cny_per_year: Amount = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one asset adds to its site: powers at the bus, sizes, costs, and its flows for the accounts."""

    name: str
    kind: str
    inject_mw: Power = 0.0
    """Given to the site's bus."""
    draw_mw: Power = 0.0
    """Drawn from the site's bus."""
    sizes: Mapping[str, Amount] = field(default_factory=dict)
    """By field name with unit, such as power_mw: a number, or an expression where the plan chooses."""
    costs: tuple[CostItem, ...] = ()
    source: SourceFlows | None = None
    storage: StorageFlows | None = None
    load: LoadFlows | None = None
    imported_mw: Power = 0.0
    exported_mw: Power = 0.0
    contracted_mw: Power = 0.0
    certificates_mwh: Amount = 0.0
    cooling_mw: Power = 0.0
    """Of the draw: electricity for cooling that a cold store may shift."""
    firm_mw: Power = 0.0
    """Of the draw: what must run through an outage of the grid."""
    grid_forming_mva: Amount = 0.0
    """Converter capacity that holds the voltage by itself."""
    replaces: Mapping[str, Part] = field(default_factory=dict)
    """Parts of earlier assets as they are behind this one, such as sources behind a line."""
    notes: tuple[Text, ...] = ()
    """What a reader must know about how this was modelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an asset may know while it adds itself: where, when, at which prices, and the parts before it."""

    axis: TimeAxis
    place: Place
    weather: Weather | None
    """None where no asset of the site needs weather."""
    charges: Charges | None
    """What the public grid charges; None off-grid."""
    parts: Mapping[str, Part]
    """Parts of earlier stages, by name."""
    prefix: str = ""
    """Put before the names of variables and requirements; empty for a single site."""
    operating_year: int = 1
    """Year of operation, from 1: assets age and loads grow with it."""
    years: float = 1.0
    """How many years the axis stands for: yearly costs are counted so many times."""
    exports_allowed: bool = True
    """Whether the rules let the site give energy to the public grid."""

    @property
    def zone(self) -> ZoneInfo:
        """The site's clocks."""
        return ZoneInfo(self.place.time_zone)

    def month_keys(self) -> list[str]:
        """Calendar month of each period on the site's clocks, such as 2027-03."""
        return list(self.axis.local(self.zone).strftime("%Y-%m"))

    def level(self, program: Program, value: Level) -> xr.DataArray:
        """A number or series as an array over the periods."""
        if isinstance(value, Series):
            return program.series(value.values)
        if isinstance(value, float | int):
            return program.series(float(value))
        raise TypeError(f"a {type(value).__name__} must be turned into a Series before an asset sees it")

    def sized(self, program: Program, name: str, size: Size) -> Amount:
        """A fixed size as a number, a choice as a new variable."""
        if isinstance(size, Choice):
            return program.size(self.prefix + name, lower=size.min, upper=size.max)
        return float(size)


@runtime_checkable
class Asset(Protocol):
    """A machine at a site: a frozen dataclass with its fields, and these answers."""

    STAGE: ClassVar[Stage]

    def add_to(self, program: Program, name: str, site: Surroundings) -> Part:
        """Write this asset's variables and requirements; return what it gives its site."""

    def envelope(self, window: TimeAxis) -> Envelope | None:
        """The ways in which its work may be done in a window; None for what has no work to shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetKind:
    """What makes a folder an asset kind."""

    key: str
    """Value of `kind:` in a project file."""
    fields: type[Asset]
    """The frozen dataclass."""
    title: Help
    needs_weather: bool = False
