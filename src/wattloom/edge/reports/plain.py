"""How does a value become JSON? Dataclasses by field, numbers as they are, series by reference to their table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

import numpy as np

from wattloom.domain.series import Series

SERIES_FILE = "inputs.parquet"


def as_json(value: object) -> bytes:
    """Text of a plain value, readable by people."""
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def plain(  # noqa: PLR0911 - one line a kind of value
    value: Any, *, path: str = "", series: dict[str, Series] | None = None
) -> Any:
    """A value of mappings, lists, numbers and text; every `Series` is put into `series` under its path."""
    if isinstance(value, Series):
        if series is not None:
            series[path] = value
        return {"file": SERIES_FILE, "column": path, "unit": value.unit, "source": value.source}
    if is_dataclass(value) and not isinstance(value, type):
        found = {f.name: plain(getattr(value, f.name), path=_below(path, f.name), series=series) for f in fields(value)}
        kind = {"kind": type(value).__name__} if path.startswith("assets.") and path.count(".") == 1 else {}
        return kind | found
    if isinstance(value, Mapping):
        return {str(key): plain(item, path=_below(path, str(key)), series=series) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, path=f"{path}[{i}]", series=series) for i, item in enumerate(value)]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, np.generic):
        return plain(value.item(), path=path, series=series)
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _below(path: str, name: str) -> str:
    """The path of something inside."""
    return f"{path}.{name}" if path else name
