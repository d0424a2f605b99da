"""What do the cells of this table say? CSV, Excel and Parquet become rows of cells that know their line."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

DELIMITERS = ("\t", ";", ",")
CELLS_MAX = 20_000_000
"""Of a file that is packed: a hundred stations of a year of minutes come to half of it. Assumed."""
UNPACKED_BYTES_MAX = 2_000_000_000
HEADER_LINES_MAX = 20
"""Titles and notes may stand above the header, but not more than this."""
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Cells = tuple[Any, ...]
HeaderTests = tuple[Callable[[Cells], bool], ...]
"""Ways to know a header, the surest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table as it stands in its file."""

    name: str
    """The file, and the sheet where it has several."""
    header: Cells
    rows: tuple[Cells, ...]
    lines: tuple[int, ...]
    """Line of each row in the file, from 1."""
    delimiter: str = ""
    """What parts the cells of a CSV; empty elsewhere."""

    def column(self, name: str) -> int:
        """Place of a column; an unknown one is refused with those that are there."""
        names = [_text(cell) for cell in self.header]
        if names.count(name) > 1:
            raise InputError.one(
                f"{self.name}:{self.lines[0] - 1 if self.lines else 1}",
                found=f"{names.count(name)} columns {name!r}",
                expected="one",
                remedy="rename the others",
            )
        if name not in names:
            raise InputError.one(
                self.name,
                found=f"columns {', '.join(repr(n) for n in names if n)}",
                expected=f"a column {name!r}",
                remedy="name one of them, exactly as it is written",
            )
        return names.index(name)


def read_sheet(path: Path, *, headers: HeaderTests, sheet: str = "") -> Sheet:
    """The table of a file by its suffix; its header is the first line that passes the first test that any passes.

    Where no line passes any, it is the widest of the first lines.
    """
    if not path.is_file():
        raise InputError.one(str(path), found="no such file", expected="a table", remedy="check the path")
    suffix = path.suffix.lower()
    if suffix in {".xlsx", ".xlsm"}:
        return _excel(path, headers, sheet)
    if suffix in {".parquet", ".pq"}:
        return _parquet(path)
    if suffix in {".csv", ".txt", ".tsv"}:
        return _csv(path, headers)
    raise InputError.one(
        path.name,
        found=f"a file ending in {suffix or 'nothing'}",
        expected=".csv, .txt, .tsv, .xlsx or .parquet",
        remedy="save it as one of these; an old .xls as .xlsx",
    )


def decoded(raw: bytes, name: str) -> str:
    """The text of a file in UTF-8 (with or without its mark), UTF-16 or GB18030."""
    if raw[:2] in _UTF16_MARKS:
        return raw.decode("utf-16")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError.one(
        name, found="bytes of no known encoding", expected="UTF-8 or GB18030 text", remedy="save the file as UTF-8"
    )


def _csv(path: Path, headers: HeaderTests) -> Sheet:
    """Text in cells; the delimiter is the one that most of the first lines have."""
    text = decoded(path.read_bytes(), path.name)
    head = text.splitlines()[:HEADER_LINES_MAX]
    # Commas come last: they may also be decimal.
    delimiter = next((mark for mark in DELIMITERS if sum(mark in line for line in head) * 2 > len(head)), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    numbered = [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader]
    return _below_header(path.name, numbered, headers, delimiter)


def _excel(path: Path, headers: HeaderTests, sheet: str) -> Sheet:
    """Values of one sheet, formulas as they were last computed."""
    import openpyxl  # noqa: PLC0415 - heavy, and most commands do without

    try:
        _not_too_large(path.name, bytes_unpacked=_unpacked(path))
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except InputError:
        raise
    except Exception as error:  # openpyxl lets zip, XML and key errors through
        raise InputError.one(
            path.name,
            found=f"no readable workbook ({error})",
            expected="an .xlsx file",
            remedy="save it again in Excel",
        ) from error
    try:
        if sheet and sheet not in book.sheetnames:
            raise InputError.one(
                path.name,
                found=f"sheets {', '.join(book.sheetnames)}",
                expected=f"a sheet {sheet!r}",
                remedy="name one of them",
            )
        if not sheet and len(book.sheetnames) > 1:
            raise InputError.one(
                path.name,
                found=f"sheets {', '.join(book.sheetnames)}",
                expected="one sheet, or the name of the one to read",
                remedy="name the sheet",
            )
        page = book[sheet or book.sheetnames[0]]
        numbered, cells = [], 0
        for line, row in enumerate(page.iter_rows(values_only=True), start=1):
            cells += max(1, len(row))
            _not_too_large(path.name, cells=cells)
            numbered.append((line, tuple(row)))
        return _below_header(f"{path.name}[{page.title}]", numbered, headers, "")
    finally:
        book.close()


def _unpacked(path: Path) -> int:
    """Bytes of a workbook as its own list of parts says."""
    with zipfile.ZipFile(path) as parts:
        return sum(part.file_size for part in parts.infolist())


def _not_too_large(name: str, *, cells: int = 0, bytes_unpacked: int = 0) -> None:
    """Refuse a small file that unpacks into more than the machine holds."""
    if cells > CELLS_MAX or bytes_unpacked > UNPACKED_BYTES_MAX:
        raise InputError.one(
            name,
            found=f"{cells:,} cells" if cells > CELLS_MAX else f"{bytes_unpacked:,} bytes once unpacked",
            expected=f"at most {CELLS_MAX:,} cells and {UNPACKED_BYTES_MAX:,} bytes",
            remedy="take out the columns and rows that are not needed",
        )


def _parquet(path: Path) -> Sheet:
    """Columns of a Parquet file; its rows count as lines from 1."""
    try:
        about = pq.read_metadata(path)
        _not_too_large(path.name, cells=about.num_rows * about.num_columns)
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError.one(
            path.name, found=f"no readable Parquet ({error})", expected="a Parquet file", remedy="write it again"
        ) from error
    columns = [column.to_pylist() for column in table.columns]
    return Sheet(
        name=path.name,
        header=tuple(table.column_names),
        rows=tuple(zip(*columns, strict=True)),
        lines=tuple(range(1, table.num_rows + 1)),
    )


def _below_header(name: str, numbered: list[tuple[int, Cells]], headers: HeaderTests, delimiter: str) -> Sheet:
    """The rows under the header; empty rows are no rows."""
    filled = [(line, row) for line, row in numbered if any(_text(cell) for cell in row)]
    if not filled:
        raise InputError.one(
            name, found="no rows", expected="a table with a header", remedy="check that it is the right file"
        )
    at = _header_at([row for _, row in filled[:HEADER_LINES_MAX]], headers)
    width = len(filled[at][1])
    body = filled[at + 1 :]
    return Sheet(
        name=name,
        header=filled[at][1],
        rows=tuple(_padded(row, width) for _, row in body),
        lines=tuple(line for line, _ in body),
        delimiter=delimiter,
    )


def _header_at(rows: list[Cells], headers: HeaderTests) -> int:
    """Which of the first lines is the header; the widest where none is known, for a title has fewer cells."""
    for passes in headers:
        at = next((i for i, row in enumerate(rows) if passes(row)), None)
        if at is not None:
            return at
    widths = [sum(1 for cell in row if _text(cell)) for row in rows]
    return widths.index(max(widths))


def _padded(row: Cells, width: int) -> Cells:
    """A row as wide as its header; what stands beyond is dropped only where it is empty."""
    return row + (None,) * (width - len(row)) if len(row) < width else row


def _text(cell: Any) -> str:
    """A cell as the reader sees it."""
    return "" if cell is None else str(cell).strip()
