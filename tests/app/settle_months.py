"""A point with steady meters written as files, and an empty book: months that a person can follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wattloom.app.settle_month import SettledMonth, SettledPoint, settle_month
from wattloom.app.settle_month_posting import SettleBook
from wattloom.edge.projects import read_settle
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Ledger
from wattloom.rules import territory_keys

AUGUST = "2026-08"
HOURS = 744
PLAIN = """\
    territory: ningxia
    voltage_kv: 110
    capacity_kva: 10000
    mode: two_part_capacity
    price: 259.5
    meters: {drawn: {file: hall.csv, column: kwh}}
"""


def steady(folder: Path, name: str, kwh: float, *, gaps: tuple[int, ...] = (), other: Mapping[int, float] | None = None,
           hours: int = HOURS) -> None:  # fmt: skip
    """A file of hourly readings of August 2026, the same in each hour but for some."""
    first = datetime.fromisoformat("2026-08-01T00:00+08:00")
    rows = [
        f"{(first + timedelta(hours=n)).isoformat()},{(other or {}).get(n, kwh)}" for n in range(hours) if n not in gaps
    ]
    (folder / f"{name}.csv").write_text("\n".join(["time,kwh", *rows]) + "\n", encoding="utf-8")


@contextmanager
def book_of(folder: Path) -> Iterator[SettleBook]:
    """The book of a folder."""
    with SqliteBook(folder / "book.sqlite") as store:
        yield SettleBook(Ledger(store, lambda: datetime(2026, 9, 1, tzinfo=UTC)), store)


def settled(folder: Path, points: str, *, provisional: bool = False, step_minutes: int = 60) -> SettledMonth:
    """August of some points."""
    path = folder / "settle.yaml"
    path.write_text(f"name: A test\nstep_minutes: {step_minutes}\npoints:\n{points}", encoding="utf-8")
    project = read_settle(path, territories=territory_keys())
    with book_of(folder) as book:
        return settle_month(project, book=book, month=AUGUST, folder=folder, provisional=provisional)


def one_point(folder: Path, point: str, *, provisional: bool = False) -> SettledPoint:
    """August of one point called hall."""
    return settled(folder, f"  hall:\n{point}", provisional=provisional).points[0]


def fen_by_item(point: SettledPoint) -> dict[str, int]:
    """What it owes for each item."""
    return {line.item: line.amount_fen for line in point.bill.lines}
