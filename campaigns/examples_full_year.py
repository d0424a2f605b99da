"""Do all examples come to an answer on every hour of their year, and do they keep the rules that bind them?

Each is planned as the command line would, into a folder that is thrown away. Prints one line an example: wall time, CPU
of the solver, load, cost, share, and the verdicts that are not kept. Ends with status 1 if one of them has no plan,
breaks a rule that binds, or misses the residual and gap that every answer must have.

    python campaigns/examples_full_year.py [NAME …]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattloom.domain.errors import WattloomError
from wattloom.wiring import find

EXAMPLES = Path(__file__).parents[1] / "examples"
VIOLATION_MAX = 1e-5
"""Of any requirement, in its own unit."""
GAP_MAX = 1e-5
HEADER = f"{'example':22}{'wall s':>8}{'CPU s':>8}{'load MW':>9}{'CNY/MWh':>9}{'green':>7}  not kept, faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What came of an example."""

    name: str
    wall_s: float
    summary: dict[str, Any]
    rules_bind: bool
    refusal: str = ""

    def faults(self) -> list[str]:
        """What must not be."""
        if self.refusal:
            return [self.refusal.splitlines()[0]]
        solver, broken = self.summary["solver"], self.not_kept()
        found = [f"{rule} is broken" for rule in broken] if self.rules_bind else []
        if not solver["max_violation"] <= VIOLATION_MAX:
            found.append(f"violation {solver['max_violation']:.1e}")
        if not solver["gap"] <= GAP_MAX:
            found.append(f"gap {solver['gap']:.1e}")
        return found

    def not_kept(self) -> list[str]:
        """Rules and goals that the design breaks."""
        return [verdict["rule"] for verdict in self.summary.get("compliance", ()) if verdict["status"] == "fail"]

    def line(self) -> str:
        """One line of the table."""
        told = ", ".join([*self.not_kept(), *(f"! {fault}" for fault in self.faults())])
        if self.refusal:
            return f"{self.name:22}{self.wall_s:8.0f}  {told}"
        s = self.summary
        return (
            f"{self.name:22}{self.wall_s:8.0f}{s['solver']['cpu_s']:8.1f}{s['load_mean_mw']:9.1f}"
            f"{s['energy_cost_cny_per_mwh']:9.1f}{s['green_share_hourly'] or 0.0:7.1%}  {told}"
        )


def planned(path: Path, folder: Path) -> Planned:
    """An example at its own steps, with its files written and its summary read again."""
    begun, summary, refusal = time.perf_counter(), {}, ""
    project = find("read_project")(path)
    try:
        with find("workers")(None) as hands:
            plan = find("plan_site")(project, folder=path.parent, workers=hands)
        find("write_plan")(plan, folder / path.stem, source=path)
        summary = json.loads((folder / path.stem / "summary.json").read_text(encoding="utf-8"))
    except Exception as error:  # noqa: BLE001 - the other examples go on
        refusal = str(error) if isinstance(error, WattloomError) else f"{type(error).__name__}: {error}"
    wall = time.perf_counter() - begun
    return Planned(name=path.stem, wall_s=wall, summary=summary, rules_bind=project.goals.rules_bind, refusal=refusal)


def main() -> None:
    """Plan all examples, or those named."""
    wanted = set(sys.argv[1:])
    plans = [path for path in sorted(EXAMPLES.glob("*.yaml")) if "\nconnection:" in path.read_text("utf-8")]
    files = [path for path in plans if not wanted or path.stem in wanted]
    print(HEADER, flush=True)
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            found = planned(path, Path(folder))
            faults += len(found.faults())
            print(found.line(), flush=True)
    print(f"{len(files)} examples, {faults} faults")
    sys.exit(1 if faults or not files else 0)


if __name__ == "__main__":
    main()
