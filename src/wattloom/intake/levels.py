"""What does each number-or-series of a project come to on its axis? Files, datasets and profiles become `Series`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.assets.contract import ByHour, ByMonth, FromFile, FromForecast, Unit
from wattloom.domain.errors import InputError
from wattloom.domain.fields import UNBOUNDED, Bounds
from wattloom.domain.series import Series
from wattloom.intake import datasets
from wattloom.intake.axis import onto_year
from wattloom.intake.parquet import is_series, read_series_file
from wattloom.intake.tables import Layout, read_series
from wattloom.intake.units import conversion, currency

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a station is forecast to be, on the axis on which it is wanted."""

    series: Series
    capacity: float | None
    """In the unit of the series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """How to turn a level into a series: where files lie, on which axis and clock, at which exchange rates."""

    folder: Path
    axis: TimeAxis
    zone: ZoneInfo
    cny_per: Mapping[str, float]
    """Exchange rates by currency, such as {"EUR": 7.8}."""
    foreseen: Mapping[FromForecast, Foreseen] = field(default_factory=dict)
    """What is forecast, by how the file asks for it."""

    def resolved(self, value: Any, *, unit: str = "1", where: str = "") -> Any:
        """The same value with every file, dataset and profile in it replaced by a `Series`."""
        if isinstance(value, FromFile | FromForecast):
            return self._told(value, unit, where)
        if isinstance(value, ByHour):
            hours = np.asarray(self.axis.local(self.zone).hour)
            return self._series(np.asarray(value.by_hour)[hours], unit, "24 values of the project file")
        if isinstance(value, ByMonth):
            months = self.axis.months(self.zone) - 1
            return self._series(np.asarray(value.by_month)[months], unit, "12 values of the project file")
        if isinstance(value, Mapping):
            return {key: self.resolved(part, unit=unit, where=f"{where}.{key}") for key, part in value.items()}
        if is_dataclass(value) and not isinstance(value, type | Series):
            return self._fields(value, where)
        return value

    def _fields(self, value: Any, where: str) -> Any:
        """A dataclass with its fields resolved; nothing is rebuilt where nothing changes."""
        hints = get_type_hints(type(value), include_extras=True)
        changes = {}
        for item in fields(value):
            before = getattr(value, item.name)
            after = self.resolved(before, unit=unit_of(hints[item.name]), where=f"{where}.{item.name}")
            if isinstance(after, Series) and after is not before:
                self._check_bounds(after, bounds_of(hints[item.name]), f"{where}.{item.name}")
            if after is not before and after != before:
                changes[item.name] = after
        return replace(value, **changes) if changes else value

    def _told(self, level: FromFile | FromForecast, unit: str, where: str) -> Series:
        """What somebody else says: a file, or a forecast."""
        if isinstance(level, FromForecast):
            return self._from_forecast(level, unit, where)
        return self._from_file(level, unit, where)

    def _from_file(self, level: FromFile, unit: str, where: str) -> Series:
        """A series from a table beside the project file, or one that ships with the package, in the key's unit."""
        given = self._given_unit(level, unit)
        money, wanted = currency(given), unit
        foreign = bool(money) and money != currency(unit) and bool(currency(unit))
        if foreign:
            wanted = f"{money}/MWh"
        if level.dataset:
            found = self._from_dataset(level.dataset, wanted)
        else:
            found = read_series(
                self.folder / level.file,
                column=level.column,
                unit=given,
                wanted_unit=wanted,
                axis=self.axis,
                zone=self.zone,
                layout=_layout(level),
            )
        return self._exchanged(found, money, unit, where) if foreign else found.complete()

    def _from_forecast(self, level: FromForecast, unit: str, where: str) -> Series:
        """What a station is forecast to be, in the key's unit; a share is of its capacity."""
        if level not in self.foreseen:
            raise InputError.one(
                where,
                found=f"a forecast of {level.station}",
                expected="a number or series: here nothing is forecast",
                remedy="give it as a number, by_hour, or from a file",
            )
        told = self.foreseen[level]
        if unit == "1":
            if told.capacity is None:
                raise InputError.one(
                    where,
                    found=f"{level.station}, a station without a capacity",
                    expected="a station with a capacity, of which the key is a share",
                    remedy="add `capacity:` to the station in the forecast file",
                )
            return told.series.scaled(1.0 / told.capacity, "1")
        money = currency(told.series.unit)
        wanted = f"{money}/MWh" if money and currency(unit) and money != currency(unit) else unit
        factor = conversion(told.series.unit, wanted, step_hours=self.axis.step_hours, where=where)
        turned = told.series.scaled(factor.factor, wanted)
        return turned if wanted == unit else self._exchanged(turned, money, unit, where)

    def _given_unit(self, level: FromFile, unit: str) -> str:
        """In which unit the values are written: a series of our own layout says it itself."""
        if level.dataset:
            return datasets.series(level.dataset).unit
        path = self.folder / level.file
        return read_series_file(path).unit if is_series(path) else level.unit or unit

    def _from_dataset(self, name: str, wanted: str) -> Series:
        """A series of the package, laid onto the axis from the clocks of its own zone."""
        own = datasets.series(name)
        zone = ZoneInfo(datasets.provenance(name).zone)
        factor = conversion(own.unit, wanted, step_hours=own.axis.step_hours, where=f"dataset {name}")
        turned = replace(own, values=own.values * factor.factor + factor.shift, unit=wanted)
        return onto_year(turned, self.axis, self.zone, own_zone=zone)

    def _exchanged(self, found: Series, money: str, unit: str, where: str) -> Series:
        """A price in another currency at the project's rate, in the key's unit."""
        if money not in self.cny_per:
            raise InputError.one(
                where,
                found=f"a series in {found.unit}",
                expected=f"CNY, or money.cny_per_{money.lower()} in the project file",
                remedy="give the exchange rate",
            )
        per_mwh = found.scaled(self.cny_per[money], "CNY/MWh").complete()
        factor = conversion("CNY/MWh", unit, step_hours=self.axis.step_hours, where=where)
        return per_mwh.scaled(factor.factor, unit)

    def _check_bounds(self, series: Series, bounds: Bounds, where: str) -> None:
        """Refuse values that the key may not have, with the first of them."""
        values = series.values
        low = -np.inf if bounds.lowest is None else bounds.lowest
        high = np.inf if bounds.highest is None else bounds.highest
        wrong = np.flatnonzero((values < low) | (values > high) | (bounds.open_below & (values == low)))
        if not wrong.size:
            return
        first = int(wrong[0])
        when = self.axis.local(self.zone)[first].strftime("%Y-%m-%d %H:%M")
        more = f", the first of {wrong.size} such values" if wrong.size > 1 else ""
        unit = "" if series.unit == "1" else f" {series.unit}"
        raise InputError.one(
            where,
            found=f"{values[first]:g}{unit} at {when} (period {first + 1} of {self.axis.count}){more}, "
            f"from {series.source}",
            expected=f"values {_within(bounds)}" + (f" in{unit}" if unit else ""),
            remedy="correct the values, or name the unit in which they are written",
        )

    def _series(self, values: Any, unit: str, source: str) -> Series:
        """A series on the axis."""
        return Series(axis=self.axis, values=values, unit=unit, source=source)


def _layout(level: FromFile) -> Layout:
    """How the table is written, in the reader's words."""
    return Layout(
        time=level.time,
        labels=level.labels,
        sheet=level.sheet,
        year_profile=level.year_profile,
        any_year=level.any_year,
    )


def _within(bounds: Bounds) -> str:
    """Bounds in words."""
    low = "" if bounds.lowest is None else f"{'above' if bounds.open_below else 'of at least'} {bounds.lowest:g}"
    high = "" if bounds.highest is None else f"at most {bounds.highest:g}"
    return " and ".join(filter(None, (low, high)))


def bounds_of(hint: Any) -> Bounds:
    """Bounds of a field, from its annotation; none where it has none.

    Example:
        >>> bounds_of(Annotated[float, Bounds(0, 1)]).highest
        1
    """
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, Bounds)), UNBOUNDED)


def unit_of(hint: Any) -> str:
    """Unit of a field, from its annotation; 1 where it has none.

    Example:
        >>> unit_of(Annotated[float, Unit("MW")])
        'MW'
    """
    if get_origin(hint) is Annotated:
        return next((extra.name for extra in get_args(hint)[1:] if isinstance(extra, Unit)), "1")
    return "1"
