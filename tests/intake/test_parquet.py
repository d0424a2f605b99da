"""Does a file of ours keep what it was given, and is a changed one noticed?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.time import TimeAxis
from wattloom.domain.weather import Place, Weather
from wattloom.intake.parquet import (
    METADATA_KEY,
    is_series,
    is_weather,
    read_series_file,
    read_weather_file,
    series_bytes,
    weather_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AXIS = TimeAxis(datetime(2026, 1, 1, tzinfo=UTC), 15, 96)


def test_a_series_keeps_gaps_unit_source_and_known_time(tmp_path: Path) -> None:
    values = np.arange(96.0)
    values[7] = np.nan
    known = datetime(2026, 1, 2, tzinfo=UTC)
    path = tmp_path / "s.parquet"
    path.write_bytes(series_bytes(Series(axis=AXIS, values=values, unit="CNY/MWh", source="市场", known_at=known)))

    again = read_series_file(path)

    np.testing.assert_array_equal(again.values, values)
    assert (again.axis, again.unit, again.source, again.known_at) == (AXIS, "CNY/MWh", "市场", known)
    assert is_series(path)
    assert not is_weather(path)


def test_weather_says_where_it_is_from_inside_the_file(
    tmp_path: Path, weather_of: Callable[..., Weather], hami: Place
) -> None:
    path = tmp_path / "w.parquet"
    path.write_bytes(weather_bytes(weather_of(AXIS, hami)))

    facts = json.loads(pq.read_schema(path).metadata[METADATA_KEY])

    assert facts["place"]["name"] == "Hami"
    assert facts["source"] == "made for a test"
    assert facts["layout"] == "weather/1"


def rewritten(path: Path, *, table: Any = None, **facts: object) -> Path:
    """The same file with other rows or facts."""
    whole = pq.read_table(path) if table is None else table
    old = json.loads(pq.read_schema(path).metadata[METADATA_KEY])
    new = {key: value for key, value in (old | facts).items() if value is not None}
    pq.write_table(whole.replace_schema_metadata({METADATA_KEY: json.dumps(new).encode()}), path)
    return path


def test_a_file_with_a_row_cut_out_is_refused(tmp_path: Path, weather_of: Callable[..., Weather], hami: Place) -> None:
    path = tmp_path / "w.parquet"
    path.write_bytes(weather_bytes(weather_of(AXIS, hami)))
    whole = pq.read_table(path)

    with pytest.raises(InputError, match="30 minutes after the row before"):
        read_weather_file(rewritten(path, table=pa.concat_tables([whole.slice(0, 10), whole.slice(11)])))


def test_a_file_with_a_value_changed_past_nature_is_refused(
    tmp_path: Path, weather_of: Callable[..., Weather], hami: Place
) -> None:
    path = tmp_path / "w.parquet"
    path.write_bytes(weather_bytes(weather_of(AXIS, hami)))
    whole = pq.read_table(path)
    hot = np.full(96, 1e4, dtype=np.float32)
    at = whole.column_names.index("air_temperature_c")

    with pytest.raises(InputError, match="10000 °C"):
        read_weather_file(rewritten(path, table=whole.set_column(at, "air_temperature_c", pa.array(hot))))


@pytest.mark.parametrize("gone", ["place", "kind", "step_minutes", "source"])
def test_provenance_may_not_be_stripped(
    tmp_path: Path, weather_of: Callable[..., Weather], hami: Place, gone: str
) -> None:
    path = tmp_path / "w.parquet"
    path.write_bytes(weather_bytes(weather_of(AXIS, hami)))

    with pytest.raises(InputError, match=f"no {gone} in the provenance"):
        read_weather_file(rewritten(path, **{gone: None}))


def test_a_column_may_not_be_dropped(tmp_path: Path, weather_of: Callable[..., Weather], hami: Place) -> None:
    path = tmp_path / "w.parquet"
    path.write_bytes(weather_bytes(weather_of(AXIS, hami)))
    whole = pq.read_table(path)

    with pytest.raises(InputError, match="a column dni_w_per_m2"):
        read_weather_file(rewritten(path, table=whole.drop_columns(["dni_w_per_m2"])))


def test_a_table_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")

    with pytest.raises(InputError, match="without our provenance"):
        read_series_file(tmp_path / "a.parquet")
