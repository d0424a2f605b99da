"""The campaign of kills, torn writes, flipped bits and full disks, in a reduced form."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parents[2] / "campaigns" / "ledger_fire.py"
REDUCED = ("--operations", "1200", "--kills", "2", "--flips", "40", "--trace", "4")


def test_nothing_acknowledged_is_lost_doubled_or_changed_unnoticed() -> None:
    done = subprocess.run([sys.executable, str(CAMPAIGN), *REDUCED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["faults"] == 0
    assert found["kills_sqlite"]["operations"] == 1200
    assert found["kills_sqlite"]["kills"] == 2
    assert found["every_write"]["disks_tried"] > 500
    assert found["flips"] == {"flips": 40, "missed": 0, "faults": []}
    assert "disk is full" in found["full"]["said"]
