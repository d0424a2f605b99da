"""The campaign of second claims, in a reduced form."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parents[2] / "campaigns" / "double_claims.py"


def test_no_watt_hour_is_claimed_twice_in_or_across_schemes() -> None:
    asked = [sys.executable, str(CAMPAIGN), "--attempts", "1500", "--seed", "5"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["attempts"], found["faults"]) == (1500, 0)
    assert found["claimed_wh"] > 1_000_000
    assert len(found["kinds"]) >= 14
