"""A process that replays is ended with SIGKILL and started again: the campaign of kills, in small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parents[2] / "campaigns" / "kill_replay.py"


def test_a_killed_process_started_again_ends_in_the_same_bytes() -> None:
    done = subprocess.run(
        [sys.executable, str(CAMPAIGN), "--rounds", "1", "--kills", "2", "--jobs", "3000", "--seed", "5"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["other_bytes"] == 0
    assert told["kills"] >= 1
