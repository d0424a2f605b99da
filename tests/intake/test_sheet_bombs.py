"""A small file that unpacks into more than the machine holds is refused before it is unpacked."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloom.domain.errors import InputError
from wattloom.intake import sheet


def read(path: Path) -> sheet.Sheet:
    return sheet.read_sheet(path, headers=(lambda text: text == "time",))


def test_a_parquet_of_a_hundred_kilobytes_with_a_hundred_million_cells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.parquet"
    rows = pa.table({"time": pa.nulls(25_000_000)})
    pq.write_table(rows, path)

    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="25,000,000 cells"):
        read(path)


def workbook(path: Path, *, rows: int) -> Path:
    book = openpyxl.Workbook()
    for row in [("time", "mw"), *(("2026-01-01", 1.0) for _ in range(rows))]:
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_is_refused_by_its_list_of_parts_or_at_the_row_where_it_is_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "book.xlsx", rows=100)
    assert len(read(path).rows) == 100

    monkeypatch.setattr(sheet, "CELLS_MAX", 50)
    with pytest.raises(InputError, match="52 cells"):
        read(path)
    monkeypatch.setattr(sheet, "CELLS_MAX", 1_000)
    monkeypatch.setattr(sheet, "UNPACKED_BYTES_MAX", 1_000)
    with pytest.raises(InputError, match="bytes once unpacked"):
        read(path)
