"""How does a programme of demand response judge, pay and count? What its document says, and what it leaves open."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.domain.verdicts import Clause
from wattloom.rules.dating import in_force
from wattloom.rules.packs import territory, territory_keys
from wattloom.rules.reading import Reader, documents

NOWHERE = "none"
"""Of a programme that belongs to no territory."""
PARAMETERS: Mapping[str, tuple[float, float]] = {
    "price_cny_per_mwh": (0, 20_000),
    "price_floor_cny_per_mwh": (0, 20_000),
    "price_cap_cny_per_mwh": (0, 20_000),
    "price_cny_per_kw_event": (0, 100),
    "reserve_cny_per_kw_month": (0, 100),
    "paid_from_share": (0, 1),
    "paid_to_share": (1, 3),
    "share_above": (0, 1),
    "penalty_below_share": (0, 1),
    "penalty_of_price": (0, 10),
    "judged_minutes": (1, 1440),
    "hours_min": (0, 24),
    "pool_mw_min": (0, 1000),
    "peak_below_baseline": (0, 1),
    "days_back": (1, 60),
    "days_kept": (1, 60),
    "days_gap": (1, 30),
    "adjustment_cap": (0, 1),
    "adjustment_hours": (0, 24),
}
"""Every parameter, with the bounds of its value."""
WORDS = frozenset({"key", "territory", "name", "name_zh", "direction", "method", "source", "note", "note_zh", "facts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A parameter as a document states it."""

    value: float
    clause: Clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A product of demand response, or a way to count its baseline."""

    key: str
    territory: str
    name: Text
    direction: Literal["down", "up"]
    """Down: less is drawn. Of a baseline it says nothing."""
    method: str
    """Of a baseline: the member of `market/response/baselines`; empty for a product."""
    parameters: Mapping[str, Stated]
    clause: Clause
    note: Text

    def value(self, name: str, default: float | None = None) -> float | None:
        """A parameter; the default where the document leaves it open."""
        if name == "minutes_min" and "hours_min" in self.parameters:
            return 60 * self.parameters["hours_min"].value
        return self.parameters[name].value if name in self.parameters else default


@cache
def programmes(day: date | None = None) -> tuple[Programme, ...]:
    """Every product and every baseline; values of the territories as in force on a day, or their newest."""
    return parse_response(files("wattloom.rules").joinpath("response.toml").read_text(encoding="utf-8"), day)


def programme(key: str, day: date | None = None) -> Programme:
    """A product or a baseline by its key.

    Example:
        >>> programme("sichuan_shave").value("penalty_below_share")
        0.9
    """
    for one in programmes(day):
        if one.key == key:
            return one
    known = ", ".join(one.key for one in programmes(day))
    raise InputError.one("demand response", found=repr(key), expected=f"one of {known}", remedy="choose one, or give a "
                         "rule of your own with its clause")  # fmt: skip


def parse_response(text: str, day: date | None = None) -> tuple[Programme, ...]:
    """The programmes from the text of their file; raises `InputError` with every fault."""
    table = tomllib.loads(text)
    reader = Reader("response.toml", {**documents(), **_documents_of_territories(), **table.get("documents", {})})
    entries = [*table.get("programmes", ()), *table.get("baselines", ())]
    found = tuple(_programme(reader, entry, day) for entry in entries)
    keys = [one.key for one in found]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        reader.fault(key, found="the key twice", expected="each once", remedy="rename one")
    reader.finish()
    return found


def _programme(reader: Reader, entry: Mapping[str, Any], day: date | None) -> Programme:
    """One entry; what is wrong with it is noted in the reader."""
    key = entry["key"]
    if entry["territory"] not in {NOWHERE, *territory_keys()}:
        reader.fault(key, found=entry["territory"], expected="a territory", remedy="correct it")
    clause, _ = reader.clause(key, {"source": entry["source"]})
    parameters: dict[str, Stated] = {}
    for name, value in entry.items():
        if name in WORDS:
            continue
        least, most = PARAMETERS.get(name, (1, 0))
        if not least <= value <= most:
            reader.fault(f"{key} {name}", found=value, expected="a known parameter within its bounds",
                         remedy="correct it, or add it to rules/response.py")  # fmt: skip
        parameters[name] = Stated(value=float(value), clause=clause)
    for name, fact_name in entry.get("facts", {}).items():
        dated = territory(entry["territory"]).market.get(fact_name, ())
        fact = in_force(dated, day.year, day=day) if day and dated else (dated[-1] if dated else None)
        if not dated:
            reader.fault(f"{key} {name}", found=f"no fact {fact_name}", expected="a market fact of its territory",
                         remedy="correct the name")  # fmt: skip
        if fact is not None and isinstance(fact.value, float | int):
            parameters[name] = Stated(value=float(fact.value), clause=fact.clause)
    return Programme(
        key=key,
        territory=entry["territory"],
        name=reader.text(key, entry, "name"),
        direction=entry.get("direction", "down"),
        method=entry.get("method", ""),
        parameters=parameters,
        clause=clause,
        note=reader.text(key, entry, "note"),
    )


@cache
def _documents_of_territories() -> Mapping[str, Mapping[str, Any]]:
    """Documents that the territories' own files bring."""
    return {
        key: said
        for one in territory_keys()
        for key, said in tomllib.loads(
            files(f"wattloom.rules.territories.{one}").joinpath("facts.toml").read_text(encoding="utf-8")
        ).get("documents", {}).items()
    }  # fmt: skip
