"""Does Ctrl-C leave nothing half-written, wherever it strikes?"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from wattloom.edge import store

Run = Callable[..., Result]
INTERRUPTED = 130
SECONDS_MAX = 30
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""A shell has what it runs in the background ignore Ctrl-C, and its children inherit that."""


def interrupted(tiny: Path, out: Path, *, at: str, workers: int) -> tuple[int, str]:
    """Exit status and last words of a plan that gets SIGINT when it says `at`."""
    command = [sys.executable, "-c", HEEDING + "from wattloom.main import main; main()", "plan", "site", str(tiny)]
    command += ["--step-minutes", "240", "--workers", str(workers), "--out", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if at in line:
                time.sleep(0.2)
                run.send_signal(signal.SIGINT)
                break
        _, said = run.communicate(timeout=SECONDS_MAX)
    return run.returncode, said


@pytest.mark.parametrize(("at", "workers"), [("weather and series", 1), ("sizes", 2)])
def test_ctrl_c_ends_with_130_and_no_folder(tiny: Path, tmp_path: Path, at: str, workers: int) -> None:
    status, said = interrupted(tiny, tmp_path / "runs" / "tiny", at=at, workers=workers)

    assert status == INTERRUPTED
    assert said.splitlines()[-1] == "stopped; nothing was written"
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.rglob("*")] == ["tiny.yaml"]


def test_ctrl_c_between_two_files_of_a_run_leaves_the_earlier_run_as_it_was(
    wattloom: Run, tiny: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    store.write_run(out, {"summary.json": b"the earlier one"})

    def write(_: None, target: Path, **__: Any) -> None:
        with store.RunFolder(target) as folder:
            folder.write("summary.json", b"the new one")
            raise KeyboardInterrupt

    told = wattloom("plan", "site", tiny, "--out", out, plan_site=lambda *_, **__: None, write_plan=write)

    assert told.exit_code == INTERRUPTED
    assert (out / "summary.json").read_bytes() == b"the earlier one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "tiny.yaml"]
