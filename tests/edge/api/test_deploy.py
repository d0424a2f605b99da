"""Is the unit of systemd one that systemd takes, and as closed as it says?"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[3] / "deploy" / "wattloom.service"
EXPOSURE_MAX = 2.0
"""Of 10, as `systemd-analyze security` counts it."""


def test_the_unit_is_one_that_systemd_takes_and_is_hardly_exposed() -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    verified = subprocess.run([program, "verify", str(UNIT)], capture_output=True, text=True, check=False)
    judged = subprocess.run([program, "security", "--offline=true", str(UNIT)], capture_output=True, text=True,
                            check=False)  # fmt: skip
    faults = [line for line in verified.stderr.splitlines() if UNIT.name in line and "not executable" not in line]
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", judged.stdout)

    assert faults == []
    assert exposure is not None
    assert float(exposure[1]) <= EXPOSURE_MAX


def test_the_container_runs_without_root_and_keeps_its_store_in_a_volume() -> None:
    told = (UNIT.parent / "Containerfile").read_text("utf-8").splitlines()

    assert told.index("USER wattloom") < next(k for k, line in enumerate(told) if line.startswith("ENTRYPOINT"))
    assert "VOLUME /var/lib/wattloom" in told
    assert "STOPSIGNAL SIGTERM" in told


def test_the_image_holds_what_the_lock_names_and_nothing_that_only_developers_use() -> None:
    told = (UNIT.parent / "Containerfile").read_text("utf-8")
    uv = re.search(r"^UV_VERSION := (\S+)$", (UNIT.parents[1] / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert uv is not None
    assert f"uv=={uv[1]} " in told, "another uv than the one that made the lock"
    assert '--constraint requirements.lock ".[server,postgres]"' in told
    assert "libgomp1" in told, "LightGBM does not load without"
