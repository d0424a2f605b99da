"""Which sites are there, and what was recorded? Tables beside a match file, every faulty row told at once."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattloom.dispatch.match_project import STEPS
from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from wattloom.dispatch.match_project import FleetEntry, MatchProject

CLASS_COLUMNS = ("fixed_inference_mw", "movable_inference_mw", "training_mw", "batch_mw")
"""Columns of a table of sites: mean IT MW by class, in the order of the matcher's classes."""
FLEET_COLUMNS = ("site", "region", "it_mw", *CLASS_COLUMNS)
FLEET_EXTRA = ("battery_mw", "battery_mwh", "overhead_factor")
RECORD_COLUMNS = ("at", "part", "name", "field", "column", "value")
PROBLEMS_MAX = 50
"""Faulty rows that are told one by one."""
OVERHEAD_FACTORS = (0.8, 1.2)
"""Of drawn sites: their overhead against their region's, each as likely."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The sites, shape (site,) unless said otherwise."""

    names: tuple[str, ...]
    region: NDArray[np.int64]
    it_mw: NDArray[np.float64]
    mean_mw: NDArray[np.float64]
    """Shape (site, class): IT power of the work that comes, on average."""
    battery_mw: NDArray[np.float64]
    battery_mwh: NDArray[np.float64]
    overhead_factor: NDArray[np.float64]
    """Against the region's."""


def drawn_fleet(entry: FleetEntry, *, regions: int, weights: NDArray[np.float64]) -> Fleet:
    """Sites drawn by chance: as many in each region as its weight says, sizes log-normal."""
    chance = np.random.default_rng(entry.seed)
    region = np.repeat(np.arange(regions), _shared_out(entry.count, weights))
    size = np.minimum(chance.lognormal(np.log(entry.it_mw_median), entry.it_mw_spread, entry.count), entry.it_mw_max)
    used = chance.uniform(*entry.used, entry.count)
    # Every site has some of each class, most of it in the shares that the file states.
    shares = chance.dirichlet(SHARES_LIKENESS * np.asarray(entry.class_shares) + 1e-9, entry.count)
    battery = np.where(chance.random(entry.count) < entry.battery_sites, entry.battery_power * size, 0.0)
    return Fleet(
        names=tuple(f"dc{n:0{len(str(entry.count - 1))}d}" for n in range(entry.count)),
        region=region.astype(np.int64),
        it_mw=size,
        mean_mw=(size * used)[:, None] * shares,
        battery_mw=battery,
        battery_mwh=battery * entry.battery_hours,
        overhead_factor=chance.uniform(*OVERHEAD_FACTORS, entry.count),
    )


SHARES_LIKENESS = 10.0
"""How alike the sites' mixes of classes are: the sum of a Dirichlet draw's parameters."""


def read_fleet(path: Path, project: MatchProject) -> Fleet:
    """The sites of a table; `InputError` with every faulty row."""
    names = list(project.regions)
    problems: list[Problem] = []
    rows = []
    for line, row in _rows(path, FLEET_COLUMNS):
        where = f"{path.name}:{line}"
        if row["region"] not in names:
            problems.append(
                _problem(f"{where} region", row["region"], f"one of {', '.join(names)}", "correct the name")
            )
            continue
        columns = ("it_mw", *CLASS_COLUMNS, *(name for name in FLEET_EXTRA if row.get(name)))
        numbers = {name: _number(row[name]) for name in columns}
        wrong = [name for name, value in numbers.items() if not value >= 0]
        problems += [_problem(f"{where} {name}", row[name], "a number of at least 0", "correct it") for name in wrong]
        if not wrong:
            rows.append((row["site"], names.index(row["region"]), numbers))
    found = [name for name, _, _ in rows]
    if len(set(found)) < len(found):
        twice = sorted({name for name in found if found.count(name) > 1})
        problems.append(_problem(path.name, ", ".join(twice[:3]), "each site once", "name them apart"))
    if problems or not rows:
        raise InputError(problems[:PROBLEMS_MAX] or [_problem(path.name, "no row", "a row for each site", "add some")])
    return Fleet(
        names=tuple(found),
        region=np.array([region for _, region, _ in rows], dtype=np.int64),
        it_mw=np.array([numbers["it_mw"] for _, _, numbers in rows]),
        mean_mw=np.array([[numbers[name] for name in CLASS_COLUMNS] for _, _, numbers in rows]),
        battery_mw=np.array([numbers.get("battery_mw", 0.0) for _, _, numbers in rows]),
        battery_mwh=np.array([numbers.get("battery_mwh", 0.0) for _, _, numbers in rows]),
        overhead_factor=np.array([numbers.get("overhead_factor", 1.0) for _, _, numbers in rows]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A recorded value, which holds from its instant until the next of the same place."""

    second: float
    """After the start of the window."""
    field: str
    """`supply_mw_max`, `supply_price_cny_per_mwh`, `line_mw_max`, `it_mw_max` or `demand_mw`."""
    place: tuple[int, ...]
    value: float


FIELDS = {
    ("regions", "supply_mw_max"): STEPS,
    ("regions", "supply_price_cny_per_mwh"): STEPS,
    ("lines", "forward_mw_max"): (),
    ("lines", "backward_mw_max"): (),
    ("sites", "it_mw_max"): (),
    ("sites", "demand_mw"): tuple(name.removesuffix("_mw") for name in CLASS_COLUMNS),
}
"""What may be recorded, with the columns that it has."""


def read_record(path: Path, project: MatchProject, fleet: Fleet) -> tuple[Change, ...]:
    """The changes of a table in the order of time; `InputError` with every faulty row."""
    known = {
        "regions": {name: i for i, name in enumerate(project.regions)},
        "lines": {name: i for i, name in enumerate(project.lines)},
        "sites": {name: i for i, name in enumerate(fleet.names)},
    }
    problems: list[Problem] = []
    found = []
    for line, row in _rows(path, RECORD_COLUMNS):
        change = _change(row, project, known)
        if isinstance(change, Change):
            found.append(change)
        else:
            what, seen, expected = change
            problems.append(_problem(f"{path.name}:{line} {what}", seen, expected, "correct the row"))
    if problems:
        raise InputError(problems[:PROBLEMS_MAX])
    return tuple(sorted(found, key=lambda change: change.second))


def _change(  # noqa: PLR0911 - one line a fault
    row: Mapping[str, str], project: MatchProject, known: Mapping[str, Mapping[str, int]]
) -> Change | tuple[str, str, str]:
    """A row as a change, or what is wrong: where, found, expected."""
    columns = FIELDS.get((row["part"], row["field"]))
    if columns is None:
        fields = ", ".join(f"{part} {field}" for part, field in FIELDS)
        return "field", f"{row['part']} {row['field']}", f"one of {fields}"
    if row["name"] not in known[row["part"]]:
        return "name", row["name"], f"one of the file's {row['part']}"
    if columns and row["column"] not in columns:
        return "column", row["column"] or "nothing", f"one of {', '.join(columns)}"
    value, second = _number(row["value"]), _seconds(row["at"], project)
    if not math.isfinite(value) or (value < 0 and row["field"] != "supply_price_cny_per_mwh"):
        return "value", row["value"], "a finite number of at least 0; prices may be negative"
    if not math.isfinite(second):
        return "at", row["at"], "an instant with its zone, such as 2027-03-15T08:00:15+08:00"
    index = known[row["part"]][row["name"]]
    if row["part"] == "lines":
        back = len(project.lines) if row["field"] == "backward_mw_max" else 0
        return Change(second=second, field="line_mw_max", place=(index + back,), value=value)
    place = (index, columns.index(row["column"])) if columns else (index,)
    return Change(second=second, field=row["field"], place=place, value=value)


def _seconds(text: str, project: MatchProject) -> float:
    """Seconds after the start of the window; not a number where the text is no instant."""
    try:
        at = datetime.fromisoformat(text)
        return (at - project.window.instant).total_seconds()
    except (ValueError, TypeError):
        return math.nan


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their line numbers; `InputError` where the file or a column is not there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.one(
            str(path),
            found=type(error).__name__,
            expected="a CSV table in UTF-8",
            remedy="correct the path or the file",
        ) from None
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError.one(
            path.name, found=f"no column {', '.join(missing)}", expected=", ".join(columns), remedy="add it"
        )
    for row in reader:
        yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if key is not None}


def _number(text: str) -> float:
    """The number that stands there; not a number where none does."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _shared_out(count: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers in proportion to weights, with the given sum: largest remainders first."""
    exact = count * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: count - int(whole.sum())]] += 1
    return np.asarray(whole, dtype=np.int64)


def _problem(where: str, found: str, expected: str, remedy: str) -> Problem:
    """Four parts."""
    return Problem(where=where, found=found, expected=expected, remedy=remedy)
