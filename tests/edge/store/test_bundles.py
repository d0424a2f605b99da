"""Does a bundle come back as it went, and is a file that says something else refused?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.edge.store.bundles import BundleFiles, bundle_bytes
from wattloom.ledger.certificates import Bundle, Device, issue, metered

WIND = Device(id="wind 1", owner="windco", technology="wind", capacity_w=50_000_000, zone="ningxia")
AXIS = TimeAxis(datetime(2026, 2, 28, 16, tzinfo=UTC), 60, 4)


def bundle(factor: int = 1) -> Bundle:
    """Part of a metered month."""
    whole, _ = metered(WIND, "2026-03", AXIS, np.array([2_000_000, 0, 700_000, 900_000]) * factor, request="meter")
    return issue(whole, whole.wh // 3, request="granular")[1]


def test_a_bundle_comes_back_with_its_hash_and_its_arrays_cannot_be_changed(tmp_path: Path) -> None:
    files, one = BundleFiles(tmp_path / "book.bundles"), bundle()

    files.put(one)
    files.put(one)
    again = files.get(one.hash)

    assert again.hash == one.hash
    assert again.wh.tolist() == [1_333_334, 0, 466_667, 600_000]
    assert again.first.tolist() == [666_666, 0, 233_333, 300_000]
    assert again.production == one.production
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    with pytest.raises(ValueError, match="read-only"):
        again.wh[0] = 1


def test_a_file_that_is_missing_broken_or_of_another_bundle_is_refused(tmp_path: Path) -> None:
    files, one, other = BundleFiles(tmp_path), bundle(), bundle(2)
    with pytest.raises(InputError, match="no such file"):
        files.get(one.hash)
    files.put(one)
    path = next(tmp_path.rglob("*.parquet"))

    path.write_bytes(bundle_bytes(other))
    with pytest.raises(InputError, match=f"found the contents of {other.hash[:12]}"):
        files.get(one.hash)
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match="no readable bundle"):
        files.get(one.hash)


def test_every_flipped_byte_that_changes_the_contents_is_found(tmp_path: Path) -> None:
    files, one = BundleFiles(tmp_path), bundle()
    files.put(one)
    path = next(tmp_path.rglob("*.parquet"))
    sound = path.read_bytes()
    silent = 0
    for place in range(0, len(sound), 7):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 0x10]) + sound[place + 1 :])
        try:
            found = BundleFiles(tmp_path).get(one.hash)
        except InputError:
            continue
        silent += found.wh.tolist() != one.wh.tolist() or found.hash != one.hash

    assert silent == 0
