"""How do weather and series rest in a file? One Parquet layout of ours, with its provenance inside."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather, WeatherKind
from wattloom.intake.checks import CHANNELS, checked_weather

if TYPE_CHECKING:
    from pathlib import Path

METADATA_KEY = b"wattloom"
WEATHER_LAYOUT = "weather/1"
SERIES_LAYOUT = "series/1"
START = "start_utc"
VALUE = "value"


def weather_bytes(weather: Weather) -> bytes:
    """A weather year as a file: one row a period, its start in UTC, six channels, provenance in the schema."""
    facts = {
        "layout": WEATHER_LAYOUT,
        "source": weather.source.en,
        "source_zh": weather.source.zh,
        "kind": weather.kind.value,
        "place": asdict(weather.place),
        "wind_height_m": weather.wind_height_m,
        "of_site": weather.of_site,
        "step_minutes": weather.axis.step_minutes,
    }
    return _file(weather.axis, {name: getattr(weather, name) for name in CHANNELS}, facts)


def series_bytes(series: Series) -> bytes:
    """A series as a file; missing values are null."""
    facts = {
        "layout": SERIES_LAYOUT,
        "source": series.source,
        "unit": series.unit,
        "step_minutes": series.axis.step_minutes,
        "known_at": None if series.known_at is None else series.known_at.isoformat(),
    }
    return _file(series.axis, {VALUE: series.values}, facts)


def is_series(path: Path) -> bool:
    """Whether a file is a series in our layout."""
    return _layout(path) == SERIES_LAYOUT


def is_weather(path: Path) -> bool:
    """Whether a file is weather in our layout."""
    return _layout(path) == WEATHER_LAYOUT


def read_series_file(path: Path) -> Series:
    """A series that `series_bytes` wrote."""
    table, facts = _open(path, SERIES_LAYOUT)
    axis = _axis(table, facts, path.name)
    known_at = facts.get("known_at")
    return Series(
        axis=axis,
        values=_column(table, VALUE, path.name),
        unit=str(_fact(facts, "unit", path.name)),
        source=str(_fact(facts, "source", path.name)),
        known_at=None if known_at is None else datetime.fromisoformat(known_at),
    )


def read_weather_file(path: Path) -> Weather:
    """Weather that `weather_bytes` wrote, checked again: a file may have been changed since."""
    table, facts = _open(path, WEATHER_LAYOUT)
    try:
        place = Place(**_fact(facts, "place", path.name))
        kind = WeatherKind(_fact(facts, "kind", path.name))
    except (TypeError, ValueError) as error:
        raise InputError.one(
            path.name, found=str(error), expected="a place and a kind of weather", remedy="get the weather again"
        ) from error
    return checked_weather(
        {name: _column(table, name, path.name) for name in CHANNELS},
        axis=_axis(table, facts, path.name),
        place=place,
        kind=kind,
        source=_source(facts, path.name),
        wind_height_m=float(_fact(facts, "wind_height_m", path.name)),
        of_site=bool(_fact(facts, "of_site", path.name)),
        name=path.name,
        first_line=1,
    )


def _source(facts: dict[str, Any], name: str) -> Text:
    """Whose weather it is; a file that says it in English only is quoted."""
    english = str(_fact(facts, "source", name))
    return Text(english, str(facts.get("source_zh", english)))


def _file(axis: TimeAxis, columns: dict[str, Any], facts: dict[str, Any]) -> bytes:
    """Parquet bytes: float32 is a thousand times finer than any of these is measured."""
    starts = pa.array(
        axis.instants().tz_localize(None).to_numpy().astype("datetime64[ms]"), pa.timestamp("ms", tz="UTC")
    )
    arrays = {START: starts} | {
        name: pa.array(np.asarray(values, dtype=np.float32), mask=np.isnan(values)) for name, values in columns.items()
    }
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    table = pa.table(arrays).replace_schema_metadata({METADATA_KEY: text.encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", use_byte_stream_split=list(columns), use_dictionary=False)
    return buffer.getvalue()


def _open(path: Path, layout: str) -> tuple[Any, dict[str, Any]]:
    """A table of ours and its facts."""
    facts = _facts(path)
    if facts is None or facts.get("layout") != layout:
        raise InputError.one(
            path.name,
            found="a Parquet file without our provenance" if facts is None else f"the layout {facts.get('layout')}",
            expected=f"the layout {layout}",
            remedy="write it with `wattloom weather get`, or read it as a table",
        )
    return pq.read_table(path), facts


def _layout(path: Path) -> str:
    """Name of our layout that a file is in; empty where it is none of ours."""
    if path.suffix.lower() not in {".parquet", ".pq"} or not path.is_file():
        return ""
    return str((_facts(path) or {}).get("layout", ""))


def _facts(path: Path) -> dict[str, Any] | None:
    """The provenance inside a file; None where it has none of ours."""
    if not path.is_file():
        raise InputError.one(str(path), found="no such file", expected="a Parquet file", remedy="check the path")
    try:
        metadata = pq.read_schema(path).metadata or {}
        return json.loads(metadata[METADATA_KEY]) if METADATA_KEY in metadata else None
    except (pa.ArrowException, OSError, json.JSONDecodeError) as error:
        raise InputError.one(
            path.name, found=f"no readable Parquet ({error})", expected="a Parquet file", remedy="write it again"
        ) from error


def _fact(facts: dict[str, Any], key: str, name: str) -> Any:
    """One fact; its absence is an error."""
    if key not in facts:
        raise InputError.one(
            name, found=f"no {key} in the provenance", expected=f"a {key}", remedy="write the file again"
        )
    return facts[key]


def _axis(table: Any, facts: dict[str, Any], name: str) -> TimeAxis:
    """The axis of the rows; holes and doubles are refused."""
    step = int(_fact(facts, "step_minutes", name))
    if START not in table.column_names or table.num_rows == 0:
        raise InputError.one(name, found="no times", expected=f"a column {START}", remedy="write the file again")
    starts = table.column(START).to_numpy().astype("datetime64[m]").astype(np.int64)
    wrong = np.flatnonzero(np.diff(starts) != step)
    if wrong.size:
        raise InputError.one(
            f"{name}:{wrong[0] + 2} {START}",
            found=f"{np.diff(starts)[wrong[0]]} minutes after the row before",
            expected=f"{step} minutes",
            remedy="write the file again from a complete source",
        )
    return TimeAxis(
        datetime.fromisoformat("1970-01-01T00:00+00:00") + timedelta(minutes=int(starts[0])), step, len(starts)
    )


def _column(table: Any, column: str, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column as floats, null as NaN."""
    if column not in table.column_names:
        raise InputError.one(
            name,
            found=f"columns {', '.join(table.column_names)}",
            expected=f"a column {column}",
            remedy="write it again",
        )
    return np.asarray(table.column(column).to_pandas(), dtype=np.float64)
