"""A wind farm, a sun field and two halls with four hours of readings, written as files, and an empty book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wattloom.app.certificates_book import CertificateBook
from wattloom.edge.projects import read_certificates
from wattloom.edge.store.bundles import BundleFiles
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Ledger
from wattloom.ledger.certificates.project import CertificatesProject

FILE = """\
name: A test
step_minutes: 60
devices:
  wind: {{owner: windco, technology: wind, capacity_mw: 50, zone: north, {wind}meter: {{file: wind.csv, column: kwh}}}}
  sun: {{owner: sunco, technology: solar, capacity_mw: 50, zone: north, {sun}meter: {{file: sun.csv, column: kwh}}}}
users:
  hall_a: {{zone: north, territory: ningxia, meter: {{file: hall_a.csv, column: kwh}}}}
  hall_b: {{zone: north, territory: ningxia, meter: {{file: hall_b.csv, column: kwh}}}}
{more}
"""


def asked(folder: Path, *, wind: str = "", sun: str = "", more: str = "") -> CertificatesProject:
    """The certificates file, with extra keys of its devices and sections."""
    path = folder / "certificates.yaml"
    path.write_text(FILE.format(wind=wind, sun=sun, more=more), encoding="utf-8")
    return read_certificates(path, territories=("ningxia",))


def meter(folder: Path, name: str, kwh: Sequence[float], *, start: str = "2026-03-01T00:00+08:00") -> None:
    """A file of hourly readings."""
    first = datetime.fromisoformat(start)
    rows = [f"{(first + timedelta(hours=n)).isoformat()},{value}" for n, value in enumerate(kwh)]
    (folder / f"{name}.csv").write_text("\n".join(["time,kwh", *rows]) + "\n", encoding="utf-8")


def meters(folder: Path, readings: Mapping[str, Sequence[float]]) -> None:
    """Several of them."""
    for name, kwh in readings.items():
        meter(folder, name, kwh)


def book_in(folder: Path) -> CertificateBook:
    """A book on disk with its bundles beside it; opened again it is the same."""
    store = SqliteBook(folder / "book.sqlite")
    ledger = Ledger(store, lambda: datetime(2026, 4, 2, tzinfo=UTC))
    return CertificateBook(ledger, store, store, BundleFiles(folder / "book.bundles"))
