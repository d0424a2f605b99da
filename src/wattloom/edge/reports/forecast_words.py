"""What are stations, models, kinds and causes of a forecast called?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.edge.reports.words import Word

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wattloom.edge.reports.words import Cell
    from wattloom.forecast.feed import Feed

KINDS = {
    TargetKind.SOLAR: "solar",
    TargetKind.WIND: "wind",
    TargetKind.LOAD: "forecast_load",
    TargetKind.PRICE: "forecast_price",
    TargetKind.ARRIVALS: "forecast_arrivals",
}
"""The glossary's word of each kind."""


def of_kind(kind: TargetKind) -> Word:
    """What is forecast."""
    return Word(KINDS[kind])


def of_station(key: str, about: Feed) -> Text:
    """The name of its place where it has one, else the name that the file gives it."""
    place = about.place
    return Text.same(place.name if place is not None and place.name else key.replace("_", " "))


def of_model(name: str, titles: Mapping[str, Text]) -> Cell:
    """As people call it."""
    return titles.get(name, Text.same(name.replace("_", " ")))


def instant(moment: datetime, about: Feed) -> str:
    """On the station's clock."""
    return moment.astimezone(about.zone).strftime("%Y-%m-%d %H:%M")
