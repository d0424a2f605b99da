"""How long does a certified match take, against HiGHS and against keeping the last set-points?

    python benchmarks/matching.py              100 to 100,000 sites, three volatilities: some minutes
    python benchmarks/matching.py --quick      fewer ticks, in under a minute
    WATTLOOM_BENCH=folder python benchmarks/matching.py     ticks of the common benchmark in that folder

One thread, CPU time of that thread, from the tick's arrays to read-only set-points with their certificate. On the first
ticks of every stream HiGHS solves the same tick, cold and from its last basis: time of the solver alone, without the
building of the program. 'Repaired' are the last set-points cut to what fits now. The floor is the time to read every
number of the sites and to write every set-point once. Seeds are fresh unless given. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit

from matching_instances import Stream, stream
from wattloom.dispatch.matching import GAP_MAX, Match, Matcher, Tick, program, repaired
from wattloom.dispatch.matching.checks import row_limits
from wattloom.solve.handle import Deadline, Handle

VOLATILITIES = (0.0005, 0.002, 0.01)
TICKS = {100: 2000, 1000: 2000, 10_000: 200, 100_000: 10}
TICKS_QUICK = {100: 200, 1000: 150, 10_000: 15, 100_000: 2}
JUDGED = {100: 60, 1000: 30, 10_000: 4, 100_000: 0}
JUDGED_QUICK = {100: 10, 1000: 4, 10_000: 0, 100_000: 0}
SECONDS_MAX = 300.0


@dataclass
class Figures:
    """What was measured on one stream."""

    sites: int
    volatility: float
    cpu_s: list[float] = field(default_factory=list)
    gap: list[float] = field(default_factory=list)
    by_prices: list[bool] = field(default_factory=list)
    passes: list[int] = field(default_factory=list)
    true_gap: list[float] = field(default_factory=list)
    of_flexibility: list[float] = field(default_factory=list)
    repaired_gap: list[float] = field(default_factory=list)
    cold_s: list[float] = field(default_factory=list)
    warm_s: list[float] = field(default_factory=list)


class Judge:
    """HiGHS on the same ticks."""

    def __init__(self) -> None:
        """No basis yet."""
        self._warm: Handle | None = None

    def weigh(self, tick: Tick, match: Match, before: Match, figures: Figures) -> None:
        """Solve cold and warm, and compare."""
        lp = program(tick)
        cold = Handle(lp)
        begun = time.process_time()
        run = cold.run("simplex", Deadline(SECONDS_MAX))
        figures.cold_s.append(time.process_time() - begun)
        optimum = float(lp.cost @ run.primal) + lp.offset
        if self._warm is None:
            self._warm = cold
        else:
            columns, rows = np.arange(lp.cost.size), np.arange(lp.row_lower.size)
            begun = time.process_time()
            self._warm.set_cost(columns, lp.cost)
            self._warm.set_bounds(columns, lp.lower, lp.upper)
            self._warm.set_rows(rows, lp.row_lower, lp.row_upper)
            self._warm.run("simplex", Deadline(SECONDS_MAX), presolve=False)
            figures.warm_s.append(time.process_time() - begun)
        lost = match.certificate.cost_cny_per_h - optimum
        figures.true_gap.append(lost / abs(optimum))
        figures.of_flexibility.append(lost / (repaired(tick, None).cost_cny_per_h - optimum))
        figures.repaired_gap.append((repaired(tick, before).cost_cny_per_h - optimum) / abs(optimum))


def main() -> None:
    """Time every stream, print a row each, then the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer ticks")
    parser.add_argument("--seed", type=int, default=None, help="in place of a fresh one")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    begun = time.process_time()
    first = _first_answer(seed)
    print(f"seed {seed}; the first answer of this process took {first:.2f} CPU s, compilation included if it was due")
    print(HEADER)
    found = []
    for sites, ticks in (TICKS_QUICK if asked.quick else TICKS).items():
        for volatility in VOLATILITIES if sites < max(TICKS) else VOLATILITIES[1:2]:
            judged = (JUDGED_QUICK if asked.quick else JUDGED)[sites]
            found.append(_measured(stream(sites, seed), Figures(sites, volatility), ticks, judged))
            _print_row(found[-1])
    floors = {sites: _floor_s(sites) for sites in TICKS}
    print("floor, ms:", ", ".join(f"{sites:,} sites {1e3 * floor:.3f}" for sites, floor in floors.items()))
    print(f"{time.process_time() - begun:.0f} CPU s in all")
    print(json.dumps(summary(found, floors, seed=seed, quick=asked.quick)))


def summary(found: list[Figures], floors: dict[int, float], *, seed: int, quick: bool) -> dict[str, Any]:
    """The figures that are held against the bars."""
    at = {(f.sites, f.volatility): f for f in found}
    plain = at[1000, 0.002]
    good = [ok for f in found for ok in f.by_prices]
    return {
        "quick": quick,
        "seed": seed,
        "p50_ms_n1000_v02": _ms(plain.cpu_s, 50),
        "p99_ms_n1000_v02": _ms(plain.cpu_s, 99),
        "p50_ms_n1000_v1": _ms(at[1000, 0.01].cpu_s, 50),
        "p50_ms_n10000_v02": _ms(at[10_000, 0.002].cpu_s, 50),
        "certified_share": round(float(np.mean(good)), 6),
        "worst_gap": float(f"{max(gap for f in found for gap in f.true_gap):.3g}"),
        "speedup_vs_highs_warm_n1000": round(float(np.median(plain.warm_s) / np.median(plain.cpu_s)), 1),
        "floor_ms_n1000": round(1e3 * floors[1000], 4),
        "p50_ms_n100000_v02": _ms(at[100_000, 0.002].cpu_s, 50),
        "speedup_vs_highs_cold_n1000": round(float(np.median(plain.cold_s) / np.median(plain.cpu_s)), 1),
        "ticks": len(good),
    }


def _first_answer(seed: int) -> float:
    """CPU seconds from an unused matcher to its first answer."""
    tick = stream(100, seed).tick
    begun = time.process_time()
    Matcher(tick.layout).match(tick)
    return time.process_time() - begun


def _measured(ticks: Stream, figures: Figures, count: int, judged: int) -> Figures:
    """Match a stream tick by tick; HiGHS judges the first ones."""
    matcher, judge = Matcher(ticks.tick.layout), Judge()
    before = matcher.match(ticks.tick)
    for k in range(count):
        tick = ticks.move(figures.volatility)
        begun = time.thread_time()
        match = matcher.match(tick)
        figures.cpu_s.append(time.thread_time() - begun)
        certificate = match.certificate
        figures.gap.append(certificate.gap)
        figures.by_prices.append(certificate.method == "prices" and certificate.gap <= GAP_MAX)
        figures.passes.append(certificate.passes)
        if k < judged:
            judge.weigh(tick, match, before, figures)
        before = match
    return figures


@njit(cache=True, fastmath=True)
def _touch(read: Any, write: Any) -> float:
    """Read all, write all."""
    total = 0.0
    for k in range(read.size):
        total += read[k]
    for k in range(write.size):
        write[k] = total
    return total


def _floor_s(sites: int) -> float:
    """CPU seconds to stream the sites' numbers and their set-points once, at best of some."""
    read, write = np.ones(row_limits().shape[0] * sites), np.zeros(10 * sites)
    _touch(read, write)
    repeats, best = max(3, 300_000 // sites), np.inf
    for _ in range(7):
        begun = time.thread_time()
        for _ in range(repeats):
            _touch(read, write)
        best = min(best, (time.thread_time() - begun) / repeats)
    return best


HEADER = (
    "  sites  vol %  ticks |   p50 ms   p95 ms   p99 ms  passes | certified  gap p50  gap max |  true p50  true max"
    "  of flex  repaired | HiGHS cold  warm ms speed-up"
)


def _print_row(f: Figures) -> None:
    """One line of the table; gaps in percent."""
    p50, p95, p99 = (_ms(f.cpu_s, share) for share in (50, 95, 99))
    row = f"{f.sites:>7} {100 * f.volatility:>6.2f} {len(f.cpu_s):>6} | {p50:>8.3f} {p95:>8.3f} {p99:>8.3f}"
    row += f" {np.median(f.passes):>7.0f} | {100 * np.mean(f.by_prices):>8.2f}%"
    row += f" {100 * np.median(f.gap):>8.4f} {100 * max(f.gap):>8.4f} |"
    if f.true_gap:
        flexible, before = 100 * np.median(f.of_flexibility), 100 * np.median(f.repaired_gap)
        row += f" {100 * np.median(f.true_gap):>9.4f} {100 * max(f.true_gap):>9.4f} {flexible:>8.3f} {before:>9.3f} |"
        row += f" {_ms(f.cold_s, 50):>10.1f} {_ms(f.warm_s, 50):>8.2f} {1e3 * np.median(f.warm_s) / p50:>8.1f}"
    print(row, flush=True)


def _ms(seconds: list[float], percentile: float) -> float:
    """A percentile in milliseconds; not-a-number where nothing was measured."""
    return round(1e3 * float(np.percentile(seconds, percentile)), 4) if seconds else float("nan")


if __name__ == "__main__":
    main()
