"""Does every match keep every row, and is none dearer than its certificate says? Ticks of fresh seeds, hard ones too.

The long form of tests/dispatch/matching/test_rows.py. Each answer is held against the rows of the exact linear program,
which shares no code with the climb, to 1e-6 of the numbers that meet in a row; each tenth one against HiGHS's optimum,
which must not be cheaper than the certified bound nor than the answer by more than 0.1 %. Where WATTLOOM_BENCH names
the common benchmark, its own program (`lp.py`) judges its ticks in the same way.

    python campaigns/matching_rows.py [--ticks 10000] [--seed 0] [--first]

With `--first`, only how long the first answer takes from the start of a process, on a full store of compiled code and
on an empty one.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from matching_instances import HARD, Drawn, Shared, load_module
from wattloom.dispatch.matching import GAP_MAX, Match, Matcher, Tick, columns, program, solve_cold

MISS_MAX = 1e-6
SIZES = (30, 80, 150, 300, 1000)
SHARES = (0.3, 0.3, 0.2, 0.15, 0.05)
VOLATILITIES = (0.0005, 0.002, 0.01, 0.05)
RUN = 25
"""Ticks of a stream, hard ones in between."""
WEIGHED = 10
"""Each tenth tick is solved by HiGHS."""
SLACK = 1e-6
"""What two optima may differ by, relative."""


def ticks(seed: int) -> Iterator[tuple[str, bool, Tick]]:
    """Streams without end: the name of a tick, whether it begins a stream, and the tick."""
    chance = np.random.default_rng(seed)
    names = list(HARD)
    while True:
        stream = Drawn(int(chance.choice(SIZES, p=SHARES)), int(chance.integers(2**31)))
        volatility = float(chance.choice(VOLATILITIES))
        yield "drawn", True, stream.tick
        for _ in range(RUN - 1):
            tick = stream.move(volatility)
            if chance.random() < 1 / 3:
                name = names[chance.integers(len(names))]
                yield name, False, HARD[name](tick)
            else:
                yield "drawn", False, tick


def missed(lp: Any, x: NDArray[np.float64]) -> float:
    """The farthest miss of a row or bound, relative to the numbers that meet in it; a kilowatt at least."""
    rows = lp.matrix @ x
    size = abs(lp.matrix) @ np.abs(x) + 1e-3
    row = np.maximum(lp.row_lower - rows, rows - lp.row_upper) / size
    column = np.maximum(lp.lower - x, x - lp.upper) / (np.abs(x) + 1e-3)
    return float(max(row.max(), column.max(), 0.0))


def faults_of(tick: Tick, match: Match, *, weigh: bool) -> list[str]:
    """What is wrong with an answer."""
    certificate, lp = match.certificate, program(tick)
    x = columns(match)
    cost, found = float(lp.cost @ x) + lp.offset, []
    scale = max(abs(cost), 1.0)
    if missed(lp, x) > MISS_MAX:
        found.append(f"misses a row by {missed(lp, x):.1e}")
    if abs(cost - certificate.cost_cny_per_h) > SLACK * scale:
        found.append(f"costs {cost:.6g}, told {certificate.cost_cny_per_h:.6g}")
    if not certificate.gap <= GAP_MAX:
        found.append(f"gap {certificate.gap:.2e}")
    if weigh:
        optimum = solve_cold(tick).cost_cny_per_h
        if cost - optimum > GAP_MAX * scale:
            found.append(f"{(cost - optimum) / scale:.2e} dearer than the optimum")
        if certificate.bound_cny_per_h > optimum + SLACK * scale:
            found.append(f"bound {certificate.bound_cny_per_h:.8g} above the optimum {optimum:.8g}")
    return found


def shared_faults(folder: Path, count: int, seed: int) -> list[str]:
    """Answers to ticks of the common benchmark, judged by its own program."""
    sys.path.insert(0, str(folder))
    build = load_module(folder / "lp.py").build
    found, chance = [], np.random.default_rng(seed)
    for run in range(-(-count // RUN)):
        stream = Shared(folder, int(chance.choice(SIZES[:3])), int(chance.integers(2**31)))
        matcher = Matcher(stream.tick.layout)
        for k in range(RUN):
            match = matcher.match(stream.move(float(chance.choice(VOLATILITIES[:3]))))
            cost, matrix, low, high, upper, constant, _ = build(stream.numbers)
            x = np.concatenate([columns(match)[: 10 * len(stream.tick.layout.sites)], _beyond_sites(match)])
            rows = matrix @ x
            size = abs(matrix) @ np.abs(x) + 1e-3
            miss = max(float((np.maximum(low - rows, rows - high) / size).max()), float((x - upper).max()), -x.min())
            told = match.certificate.cost_cny_per_h
            if miss > MISS_MAX or abs(cost @ x + constant - told) > SLACK * abs(told):
                found.append(f"common benchmark, run {run} tick {k}: misses {miss:.1e}, cost {cost @ x + constant:.8g}")
    return found


def _beyond_sites(match: Match) -> NDArray[np.float64]:
    """Supply, lines and corridors in the order of `lp.py`, which knows no shortfall."""
    return np.concatenate([match.supply_mw.ravel(), match.forward_mw, match.backward_mw, match.corridor_it_mw])


def first_answer() -> None:
    """Print the seconds from the start of a process to its first answer."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1] / 'benchmarks')!r})\n"
        "import numpy as np; from matching_instances import Drawn\n"
        "from wattloom.dispatch.matching import Matcher\n"
        "tick = Drawn(1000, 1).tick; Matcher(tick.layout).match(tick)"
    )
    with tempfile.TemporaryDirectory() as empty:
        for name in ("empty store", "full store", "full store"):
            begun, before = time.perf_counter(), os.times()
            subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "NUMBA_CACHE_DIR": empty})
            after = os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            print(
                f"first answer, {name}: {cpu:.2f} CPU s, {time.perf_counter() - begun:.2f} s by the clock", flush=True
            )


def main() -> None:
    """Match and judge; exit 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None, help="in place of a fresh one")
    parser.add_argument("--first", action="store_true", help="only the first answer of a process")
    asked = parser.parse_args()
    if asked.first:
        first_answer()
        return
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    matched: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    faults: list[str] = []
    matcher: Matcher | None = None
    for k, (name, begins, tick) in enumerate(ticks(seed)):
        if k == asked.ticks:
            break
        if begins or matcher is None:
            matcher = Matcher(tick.layout)
        match = matcher.match(tick)
        matched[name] += 1
        exact[name] += match.certificate.method == "exact"
        faults += [f"tick {k} ({name}): {fault}" for fault in faults_of(tick, match, weigh=k % WEIGHED == 0)]
    folder = os.environ.get("WATTLOOM_BENCH")
    if folder:
        faults += shared_faults(Path(folder), asked.ticks // 10, seed)
        print(f"{asked.ticks // 10} ticks of the common benchmark judged by its own program")
    for name, count in matched.most_common():
        print(f"{name:<26}{count:>7} ticks, {exact[name]:>4} answered by the exact program")
    print("\n".join(faults) or f"{matched.total()} ticks: every row kept, no answer dearer than certified")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
