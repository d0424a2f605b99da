"""What do the columns of this trace say? CSV and Parquet become arrays; every cell that does not is noted with its row.

A column is read whole, a million rows in about a second, and cells that are no number or no time are found afterwards
by what is missing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from wattloom.domain.errors import InputError, Problem
from wattloom.domain.text import Text
from wattloom.intake.traces.faults import Faults

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
UNIX_SECONDS = r"^\d{9,11}$"
"""Seconds since 1970, from 1973 to 5138: what `SLURM_TIME_FORMAT=%s` prints."""
WITH_ZONE = r"([zZ]|[+-]\d\d:?\d\d)$"
NO_TIME = np.iinfo(np.int64).min
"""Stands where no time could be read."""
NUMBER_MAX = 1e15
"""Nothing that a trace counts is as much; beyond, a sum may lose whole units."""
COUNT_S_MAX = 3.2e9
"""A trace that counts more than a hundred years counts in another unit."""
LATEST_US = 7_258_118_400_000_000
"""2200: a later time is a slip of the pen. Traces do not begin before 1970 either."""
BLOCK_BYTES = 1 << 23
MICROSECONDS = 1_000_000
QUARTER_US = 900 * MICROSECONDS
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EMPTY_LINE = Text("an empty line", "空行")


@dataclass(slots=True)
class Columns:
    """A table of a trace, column by column, and what is wrong with its rows."""

    table: pa.Table
    faults: Faults

    def __contains__(self, column: str) -> bool:
        """Whether the table has a column."""
        return column in self.table.column_names

    def __len__(self) -> int:
        """How many rows."""
        return int(self.table.num_rows)

    def cells(self, column: str) -> Any:
        """A column as it stands, row by row."""
        return self.table.column(column)

    def text(self, column: str) -> NDArray[np.object_]:
        """A column as stripped text; empty where nothing stands."""
        cells = self.table.column(column)
        if pa.types.is_dictionary(cells.type):
            cells = cells.cast(cells.type.value_type)
        if not pa.types.is_string(cells.type) and not pa.types.is_large_string(cells.type):
            cells = cells.cast(pa.string())
        return np.asarray(pc.fill_null(pc.utf8_trim_whitespace(cells), "").to_numpy(zero_copy_only=False), dtype=object)

    def number(self, column: str, *, needed: bool = True) -> NDArray[np.float64]:
        """A column as numbers; NaN, with a note, where none stands. Not needed: an empty cell is no fault."""
        cells = self.table.column(column)
        if _is_text(cells.type):
            text = pc.fill_null(pc.utf8_trim_whitespace(_plain(cells)), "")
            good = pc.match_substring_regex(text, NUMBER)
            values = pc.cast(pc.if_else(good, text, pa.scalar(None, pa.string())), pa.float64())
            empty = np.asarray(pc.equal(text, ""))
        else:
            values = pc.cast(cells, pa.float64(), safe=False)
            empty = np.asarray(pc.is_null(cells))
        numbers = np.array(pc.fill_null(values, np.nan).to_numpy(), dtype=np.float64)
        unreadable = ~np.isfinite(numbers) & ~empty
        self._note_gaps(column, empty=empty & needed, unreadable=unreadable, kind="number")
        strange = np.abs(numbers) > NUMBER_MAX
        self.faults.note(strange & ~unreadable, "range", column=column, cells=self.cells(column))
        numbers[strange] = np.nan
        return numbers

    def seconds(self, column: str, *, epoch_us: int, unit_s: float = 1.0) -> NDArray[np.int64]:
        """A column that counts from an epoch, in units of so many seconds, as microseconds since 1970."""
        count = self.number(column)
        self.faults.note(count < 0, "negative", column=column, cells=self.cells(column))
        good = (count >= 0) & (count * unit_s <= COUNT_S_MAX)
        self.faults.note(count * unit_s > COUNT_S_MAX, "range", column=column, cells=self.cells(column))
        since = np.round(np.where(good, count, 0.0) * unit_s * MICROSECONDS).astype(np.int64)
        return np.where(good, epoch_us + since, NO_TIME)

    def time(
        self, column: str, *, zone: ZoneInfo, absent: Sequence[str] = ()
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """A column as microseconds since 1970 in UTC, and where a local time is one that the zone has twice.

        Of two, the earlier is taken. `absent` are words that stand for no time; there, and where a time is unreadable,
        is `NO_TIME`.
        """
        cells = self.table.column(column)
        text = cells if pa.types.is_timestamp(cells.type) else self.text(column)
        if pa.types.is_timestamp(cells.type):
            stamps, naive = _stamps(cells)
            none = np.isnat(stamps)
        else:
            none = is_one_of(text, ["", *absent])
            stamps, naive = _parsed(text, none)
        unreadable = np.isnat(stamps) & ~none
        self._note_gaps(column, empty=none & (not absent), unreadable=unreadable, kind="time")
        instants, twice = _in_utc(stamps, naive, zone)
        self.faults.note((instants == NO_TIME) & ~np.isnat(stamps), "clock", column=column, cells=text)
        strange = (instants != NO_TIME) & ((instants < 0) | (instants > LATEST_US))
        self.faults.note(strange, "range", column=column, cells=text)
        return np.where(strange, NO_TIME, instants), twice

    def _note_gaps(self, column: str, *, empty: NDArray[np.bool_], unreadable: NDArray[np.bool_], kind: str) -> None:
        """Note cells that say nothing and cells that say something else."""
        cells = self.cells(column)
        self.faults.note(empty, "missing", column=column, cells=cells)
        self.faults.note(unreadable, kind, column=column, cells=cells)


def is_one_of(texts: NDArray[np.object_], words: Sequence[str]) -> NDArray[np.bool_]:
    """Where a text is one of some words."""
    return np.asarray(pd.Series(texts, dtype=object).isin(words), dtype=np.bool_)


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 of an instant."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def open_columns(
    path: Path,
    *,
    needed: Sequence[str | tuple[str, ...]],
    optional: Sequence[str] = (),
    delimiter: str = ",",
    quoted: bool = True,
) -> Columns:
    """The columns of a CSV or Parquet file, by name whatever its letters' size; all that lack are told at once.

    A name of `needed` may be several, of which one is enough.
    """
    if not path.is_file():
        raise InputError.one(str(path), found="no such file", expected="a trace", remedy="check the path")
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _parquet(path, needed, optional)
    return _csv(path, needed, optional, delimiter=delimiter, quote='"' if quoted else False)


def _parquet(path: Path, needed: Sequence[str | tuple[str, ...]], optional: Sequence[str]) -> Columns:
    """The columns of a Parquet file; its rows count from 1."""
    try:
        chosen = _chosen(pq.read_schema(path).names, needed, optional, path.name)
        table = pq.read_table(path, columns=list(chosen)).rename_columns(list(chosen.values()))
    except (pa.ArrowException, OSError) as error:
        raise InputError.one(
            path.name, found=f"no readable Parquet ({error})", expected="a Parquet file", remedy="write it again"
        ) from error
    numbers = np.arange(1, table.num_rows + 1)
    return Columns(table, Faults(name=path.name, numbers=numbers, place="row"))


def _csv(
    path: Path,
    needed: Sequence[str | tuple[str, ...]],
    optional: Sequence[str],
    *,
    delimiter: str,
    quote: str | Literal[False],
) -> Columns:
    """The columns of a CSV file as text; its lines count from 1, the header's."""
    raw, replaced = _utf8(path)
    header = _header(raw, delimiter=delimiter, quote=quote)
    chosen = _chosen([name for name in header if name], needed, optional, path.name)
    broken: list[Any] = []

    def skip(row: Any) -> str:
        broken.append(row)
        return "skip"

    try:
        table = pacsv.read_csv(
            io.BytesIO(raw),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, column_names=_unique(header), skip_rows=1
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                quote_char=quote,
                ignore_empty_lines=False,
                newlines_in_values=False,
                invalid_row_handler=skip,
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(chosen),
                column_types={name: pa.string() for name in chosen},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError.one(
            path.name, found=f"no table ({error})", expected="a header and rows", remedy="check the file"
        ) from error
    skipped = np.array([row.number for row in broken], dtype=np.int64)
    numbers = np.delete(np.arange(2, table.num_rows + skipped.size + 2), skipped - 2)
    columns = Columns(table.rename_columns(list(chosen.values())), Faults(name=path.name, numbers=numbers))
    columns.faults.lose("cells", rows=skipped.tolist(), found=[row.text for row in broken])
    _note_lines(columns, replaced=replaced)
    return columns


def _note_lines(columns: Columns, *, replaced: bool) -> None:
    """Leave out empty lines; note those whose bytes were no text."""
    empty = np.ones(len(columns), dtype=np.bool_)
    for name in columns.table.column_names:
        empty &= np.asarray(pc.equal(columns.cells(name), ""))
    columns.faults.leave_out(empty, EMPTY_LINE)
    for name in columns.table.column_names if replaced else ():
        wrong = np.asarray(pc.match_substring(columns.cells(name), "�"))
        columns.faults.note(wrong, "encoding", column=name, cells=columns.cells(name))


def _utf8(path: Path) -> tuple[bytes, bool]:
    """The bytes of a text file in UTF-8, and whether some had to be replaced."""
    raw = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raw = raw.decode("utf-16").encode()
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.decode(errors="replace").encode(), True
    return raw, False


def _header(raw: bytes, *, delimiter: str, quote: str | Literal[False]) -> list[str]:
    """The names in the first line, stripped."""
    first = raw.split(b"\n", 1)[0].decode().rstrip("\r")
    try:
        cells = next(csv.reader([first], delimiter=delimiter), []) if quote else first.split(delimiter)
    except csv.Error:
        cells = first.split(delimiter)
    return [cell.strip() for cell in cells]


def _unique(header: list[str]) -> list[str]:
    """The header with a name of its own for each column; `sacct --parsable` ends every line with an empty one."""
    return [name or f"(column {i})" for i, name in enumerate(header, 1)]


def _chosen(
    header: Sequence[str], needed: Sequence[str | tuple[str, ...]], optional: Sequence[str], name: str
) -> dict[str, str]:
    """Names in the file by the names that are asked for; all that lack or stand twice are raised at once."""
    folded: dict[str, list[str]] = {}
    for own in header:
        folded.setdefault(own.casefold(), []).append(own)
    asked = [alternatives if isinstance(alternatives, tuple) else (alternatives,) for alternatives in needed]
    problems = [
        Problem(
            where=f"{name}: header",
            found=", ".join(header) or "nothing",
            expected=f"a column {' or '.join(alternatives)}",
            remedy="export it too, or choose the format that fits the file",
            line=1,
        )
        for alternatives in asked
        if not any(one.casefold() in folded for one in alternatives)
    ]
    wanted = [one for alternatives in asked for one in alternatives] + list(optional)
    problems += [
        Problem(
            where=f"{name}: header",
            found=f"{len(folded[one.casefold()])} columns {one}",
            expected="one",
            remedy="rename the others",
            line=1,
        )
        for one in wanted
        if len(folded.get(one.casefold(), ())) > 1
    ]
    if problems:
        raise InputError(problems)
    return {folded[one.casefold()][0]: one for one in wanted if one.casefold() in folded}


def _is_text(kind: Any) -> bool:
    """Whether a column holds text."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner))


def _plain(cells: Any) -> Any:
    """A column of text without its dictionary."""
    return cells.cast(cells.type.value_type) if pa.types.is_dictionary(cells.type) else cells


def _stamps(cells: Any) -> tuple[Any, NDArray[np.bool_]]:
    """Times of a typed column, and which of them have no zone: all or none."""
    zoned = cells.type.tz is not None
    plain = cells.cast(pa.timestamp("us", tz="UTC") if zoned else pa.timestamp("us"), safe=False)
    stamps = np.asarray(plain.to_numpy(), dtype="datetime64[us]")
    return stamps, np.full(stamps.size, not zoned)


def _parsed(text: NDArray[np.object_], none: NDArray[np.bool_]) -> tuple[Any, NDArray[np.bool_]]:
    """Times out of text in ISO 8601 or Unix seconds, and which of them have no zone."""
    series = pd.Series(text, dtype=object).mask(none)
    stamps = np.full(series.size, "NaT", dtype="datetime64[us]")
    naive = np.ones(series.size, dtype=np.bool_)
    strings = pa.array(text, pa.string())
    unix = np.asarray(pc.match_substring_regex(strings, UNIX_SECONDS)) & ~none
    stamps[unix] = series[unix].astype("int64").to_numpy().astype("datetime64[s]")
    zoned = np.asarray(pc.match_substring_regex(strings, WITH_ZONE)) & ~unix & ~none
    naive[unix | zoned] = False
    for part in (zoned, ~zoned & ~unix & ~none):
        if part.any():
            read = pd.to_datetime(series[part], format="ISO8601", errors="coerce", utc=True)
            stamps[part] = read.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return stamps, naive


def _in_utc(stamps: Any, naive: NDArray[np.bool_], zone: ZoneInfo) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970; times without a zone are the zone's, twofold ones the earlier."""
    twice = np.zeros(naive.size, dtype=np.bool_)
    instants = np.where(np.isnat(stamps), NO_TIME, stamps.astype(np.int64))
    local = np.flatnonzero(naive & ~np.isnat(stamps))
    if not local.size or zone.key in {"UTC", "Etc/UTC"}:
        return instants, twice
    # Clocks change at quarters of an hour: the offset is looked up once for each quarter, not for each row.
    codes, quarters = pd.factorize(instants[local] // QUARTER_US)
    begins = pd.DatetimeIndex((quarters * QUARTER_US).astype("datetime64[us]"))
    first, second = (
        begins.tz_localize(zone, ambiguous=np.full(quarters.size, early), nonexistent="NaT").tz_convert(UTC)
        for early in (True, False)
    )
    offset = first.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64) - quarters * QUARTER_US
    gone = np.asarray(first.isna())
    instants[local] = np.where(gone[codes], NO_TIME, instants[local] + np.where(gone, 0, offset)[codes])
    twice[local] = (np.asarray(first != second) & ~gone)[codes]
    return instants, twice
