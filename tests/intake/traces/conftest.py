"""Promises and files that the tests of traces use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.jobs import JobClass
from wattloom.domain.workloads import WorkloadKind
from wattloom.intake.traces import Deadline, Machines, Promise

BATCH = JobClass(name="batch", kind=WorkloadKind.BATCH)
TRAINING = JobClass(name="training", kind=WorkloadKind.TRAINING, least_power=0.5, power_work=((0.5, 0.6), (1.0, 1.0)))


@pytest.fixture
def promise() -> Promise:
    """Two classes and two sites; a GPU of 0.5 kW, 1 kW for the rest of a node of 8."""
    return Promise(
        classes=(BATCH, TRAINING),
        sites=("Hami", "Wuhu"),
        class_of={"blue": "batch", "red": "training"},
        deadlines={"batch": Deadline(window_hours=2.0), "training": Deadline(slack_share=0.5)},
        machines=Machines(gpu_mw=0.0005, node_mw=0.001),
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of some text or bytes."""

    def to(text: str | bytes, name: str = "trace.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to


@pytest.fixture
def told() -> Callable[[InputError], list[str]]:
    """Where each problem of an error is."""
    return lambda error: [problem.where for problem in error.problems]


@pytest.fixture
def real() -> Callable[[str], Path]:
    """A file or folder of recorded traces: skipped where no folder is named, failing where it lacks."""

    def find(name: str) -> Path:
        folder = os.environ.get("WATTLOOM_DATA")
        if not folder:
            pytest.skip("WATTLOOM_DATA names no folder of recorded traces")
        path = Path(folder) / "compute" / name
        assert path.exists(), path
        return path

    return find
