"""Is the plan the bill, for every hour of every example's year?

Each example is planned on its own steps, metered as planned and billed month by month. Prints one line an example: CPU
seconds, what the plan paid and earned at the grid connection, what twelve bills come to, and the gap as a share of all
that was paid and earned. Ends with status 1 where a gap is above a millionth.

    python campaigns/plan_is_bill.py [NAME …]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from wattloom.app.plan_inputs import question_of
from wattloom.app.settle_plan import settle_plan
from wattloom.domain.ports import OneByOne
from wattloom.plan.design import best_design
from wattloom.wiring import find

EXAMPLES = Path(__file__).parents[1] / "examples"
GAP_MAX = 1e-6


def gap_of(path: Path) -> float:
    """Plan an example, bill it, print its line; the gap."""
    begun = time.process_time()
    question = question_of(find("read_project")(path), folder=path.parent).question
    found = settle_plan(question, best_design(question, OneByOne())[0])
    if found is None:
        print(f"{path.stem:22}{time.process_time() - begun:8.1f}  not on the public grid", flush=True)
        return 0.0
    planned, billed = sum(found.planned_cny.values()), sum(found.billed_cny.values())
    print(
        f"{path.stem:22}{time.process_time() - begun:8.1f}{planned:18,.2f}{billed:18,.2f}{found.gap_share:10.1e}",
        flush=True,
    )
    return found.gap_share


def main() -> None:
    """All examples, or those named."""
    wanted = set(sys.argv[1:])
    paths = [path for path in sorted(EXAMPLES.glob("*.yaml")) if "\nconnection:" in path.read_text("utf-8")]
    print(f"{'example':22}{'CPU s':>8}{'plan CNY':>18}{'bills CNY':>18}{'gap':>10}", flush=True)
    gaps = [gap_of(path) for path in paths if not wanted or path.stem in wanted]
    sys.exit(1 if not gaps or max(gaps) > GAP_MAX else 0)


if __name__ == "__main__":
    main()
