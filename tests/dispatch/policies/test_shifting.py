"""Do the published savings of shifting come out on the published series? Runs where `WATTLOOM_DATA` names them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(scope="module")
def shifting() -> Any:
    """The benchmark as a module; skipped without data."""
    if not os.environ.get("WATTLOOM_DATA"):
        pytest.skip("WATTLOOM_DATA names no folder: the carbon intensities of 2020 are not part of this package")
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import shifting as module  # noqa: PLC0415 - a file beside the package
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


@pytest.mark.parametrize(("country", "percent"), [("DE", 13.76), ("GB", 10.41)])
def test_the_nightly_job_saves_what_the_authors_count(shifting: Any, country: str, percent: float) -> None:
    """Nothing is drawn by chance: exact to the two digits that are known."""
    counted, like_for_like = shifting.nightly(country)

    assert round(counted, 2) == percent
    assert like_for_like < counted


@pytest.mark.parametrize("interruptible", [False, True])
@pytest.mark.parametrize("country", ["DE", "GB"])
def test_the_project_saves_what_the_notebook_prints(shifting: Any, country: str, interruptible: bool) -> None:  # noqa: FBT001
    """Two of ten streams of noise: within the 0.15 points that are asked of all ten; without noise, to 0.02.

    Of the error-free saving only its ratio to the noisy one is printed.
    """
    one = shifting.project(country, "next workday", interruptible=interruptible, streams=2)
    published = shifting.PROJECT[country, interruptible]
    free = published * (1 + shifting.NOISE_COSTS[country, "next workday", interruptible] / 100)

    assert one.noisy == pytest.approx(published, abs=shifting.WITHIN_POINTS)
    assert one.error_free == pytest.approx(free, abs=0.02)
