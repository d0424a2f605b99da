"""What does each number-or-series of a project come to on its axis? Files, datasets and profiles become `Series`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import numpy as np

from wattloom.assets.contract import ByHour, ByMonth, FromFile, Unit
from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.intake.axis import onto_year
from wattloom.intake.datasets import series as dataset_series
from wattloom.intake.tables import read_series

if TYPE_CHECKING:
    from wattloom.domain.time import TimeAxis


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """How to turn a level into a series: where files lie, on which axis and clock, at which exchange rates."""

    folder: Path
    axis: TimeAxis
    zone: ZoneInfo
    cny_per: Mapping[str, float]
    """Exchange rates by currency, such as {"EUR": 7.8}."""

    def resolved(self, value: Any, *, unit: str = "1", where: str = "") -> Any:
        """The same value with every file, dataset and profile in it replaced by a `Series`."""
        if isinstance(value, FromFile):
            return self._from_file(value, unit, where)
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
            if after is not before and after != before:
                changes[item.name] = after
        return replace(value, **changes) if changes else value

    def _from_file(self, level: FromFile, unit: str, where: str) -> Series:
        """A series from a table beside the project file, or one that ships with the package."""
        currency = (level.unit or unit).split("/", maxsplit=1)[0]
        foreign = currency != unit.split("/", maxsplit=1)[0] and unit.startswith("CNY")
        wanted = f"{currency}/{unit.split('/', 1)[1]}" if foreign else unit
        if level.dataset:
            found = onto_year(dataset_series(level.dataset), self.axis, self.zone)
            foreign = found.unit != unit and unit.startswith("CNY")
            currency = found.unit.split("/")[0]
        else:
            found = read_series(
                self.folder / level.file,
                column=level.column,
                unit=level.unit or unit,
                wanted_unit=wanted,
                axis=self.axis,
                zone=self.zone,
            )
        if not foreign:
            return found.complete()
        if currency not in self.cny_per:
            raise InputError.one(
                where,
                found=f"a series in {found.unit}",
                expected=f"CNY, or money.cny_per_{currency.lower()} in the project file",
                remedy="give the exchange rate",
            )
        return found.scaled(self.cny_per[currency], unit).complete()

    def _series(self, values: Any, unit: str, source: str) -> Series:
        """A series on the axis."""
        return Series(axis=self.axis, values=values, unit=unit, source=source)


def unit_of(hint: Any) -> str:
    """Unit of a field, from its annotation; 1 where it has none.

    Example:
        >>> unit_of(Annotated[float, Unit("MW")])
        'MW'
    """
    if get_origin(hint) is Annotated:
        return next((extra.name for extra in get_args(hint)[1:] if isinstance(extra, Unit)), "1")
    return "1"
