"""Where do the ranges of a bundle lie? In a file of their own beside the book, called by its hash, checked on reading.

The book has the hash; the file has what it was made of. A file that says something else than its name is refused, so
that nobody can change what was issued by changing a file. Nothing is ever written over.
"""

from __future__ import annotations

import io
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.edge.store.runs import write_file
from wattloom.ledger.certificates.bundles import Bundle, Production

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA_KEY = b"wattloom"
LAYOUT = "bundle/1"
KEPT_MAX = 4096
"""Bundles kept once they were read and checked: 200 MB of months in quarter-hours."""


class BundleFiles:
    """A folder of bundles by their hash."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first file."""
        self.folder = folder
        self._kept = lru_cache(maxsize=KEPT_MAX)(self._read)

    def put(self, bundle: Bundle) -> None:
        """Keep a bundle; one that is there already is the same."""
        path = self._path(bundle.hash)
        if not path.exists():
            write_file(path, bundle_bytes(bundle))

    def get(self, name: str) -> Bundle:
        """The bundle of a hash; refused where the file is not there, or holds something else."""
        return self._kept(name)

    def _read(self, name: str) -> Bundle:
        """The same out of its file."""
        path = self._path(name)
        if not path.is_file():
            raise _fault(path, "no such file", "take the folder beside the book from its backup")
        try:
            table = pq.read_table(path)
            told = json.loads((table.schema.metadata or {})[METADATA_KEY])
            bundle = _bundle(table, told)
        except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, InputError) as error:
            raise _fault(path, f"no readable bundle ({error})", "take the file from its backup") from error
        if bundle.hash != name:
            raise _fault(path, f"the contents of {bundle.hash[:12]}", "take the file from its backup")
        return bundle

    def _path(self, name: str) -> Path:
        """Where a hash lies: some thousand files a folder at most."""
        return self.folder / name[:2] / f"{name}.parquet"


def bundle_bytes(bundle: Bundle) -> bytes:
    """A bundle as a Parquet file: two columns of whole watt-hours, everything else in its schema."""
    told = {
        "layout": LAYOUT,
        "parent": bundle.parent,
        "holder": bundle.holder,
        "state": bundle.state,
        "production": bundle.production.told(),
    }
    table = pa.table({"first": pa.array(bundle.first), "wh": pa.array(bundle.wh)})
    table = table.replace_schema_metadata({METADATA_KEY: json.dumps(told, sort_keys=True).encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def production_of_told(told: Mapping[str, str]) -> Production:
    """A production out of its own words."""
    start = datetime.fromisoformat(told["start"])
    return Production(
        id=told["id"],
        device=told["device"],
        owner=told["owner"],
        technology=told["technology"],
        zone=told["zone"],
        month=told["month"],
        axis=TimeAxis(start, int(told["step_minutes"]), int(told["intervals"])),
        readings_sha256=told["readings_sha256"],
        stored=told["stored"],
    )


def _bundle(table: Any, told: Mapping[str, Any]) -> Bundle:
    """A bundle out of its file."""
    first, wh = (np.array(table.column(name).to_numpy(), dtype=np.int64) for name in ("first", "wh"))
    first.flags.writeable = wh.flags.writeable = False
    return Bundle(
        production=production_of_told(told["production"]),
        holder=str(told["holder"]),
        state=str(told["state"]),
        first=first,
        wh=wh,
        parent=str(told["parent"]),
    )


def _fault(path: Path, found: str, remedy: str) -> InputError:
    """A file that cannot be trusted."""
    return InputError.one(
        f"bundle {path.name}", found=found, expected="the bundle that the book speaks of", remedy=remedy
    )
