"""How long does it take to match a year of quarter-hours between a thousand devices and a thousand users?

    python benchmarks/energy_matching.py [--seed 1]

Month by month, as meters bring them: contracts of a hundred users first, then four zones, then everybody. The plain
form beside it does the same rounds in NumPy with floating-point shares: it is neither exact nor whole. Conserved to the
watt-hour is checked in every period of every round; a plain sum in Python integers is the judge.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import TYPE_CHECKING

import numpy as np

from wattloom.ledger.matching import Round, match, scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEVICES = USERS = 1_000
ZONES, CONTRACTS = 4, 100
DAYS_A_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
QUARTERS_A_DAY = 96


def month(chance: np.random.Generator, days: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A month of drawn readings: half the devices sun, half wind; loads of some megawatts."""
    periods = days * QUARTERS_A_DAY
    hour = np.arange(periods) % QUARTERS_A_DAY / 4
    sun = np.maximum(np.sin((hour - 6) / 12 * np.pi), 0)[None, :] * chance.uniform(0.3, 1.0, (DEVICES // 2, 1))
    wind = np.clip(chance.normal(0.35, 0.25, (DEVICES // 2, periods)), 0, 1)
    size = chance.uniform(1e5, 2.5e6, (DEVICES, 1))
    supply = np.concatenate([sun, wind]) * size
    load = chance.uniform(2e5, 8e5, (USERS, 1)) * chance.uniform(0.8, 1.2, (USERS, periods))
    return supply.astype(np.int64), load.astype(np.int64)


def rounds() -> list[Round]:
    """Contracts, zones, everybody."""
    devices, users = np.arange(DEVICES), np.arange(USERS)
    bought = [Round(name=f"contract {i}", sources=devices[i::CONTRACTS][:3], users=users[i : i + 1])
              for i in range(CONTRACTS)]  # fmt: skip
    zones = [Round(name=f"zone {z}", sources=devices[z::ZONES], users=users[z::ZONES]) for z in range(ZONES)]
    return [*bought, *zones, Round(name="all", sources=devices, users=users)]


def plain(supply: NDArray[np.int64], load: NDArray[np.int64], asked: list[Round]) -> float:
    """The same rounds with floating-point shares; watt-hours matched."""
    left, wanted, total = supply.astype(np.float64), load.astype(np.float64), 0.0
    for one in asked:
        have, want = left[one.sources].sum(axis=0), wanted[one.users].sum(axis=0)
        met = np.minimum(have, want)
        left[one.sources] *= 1 - np.divide(met, have, out=np.zeros_like(met), where=have > 0)
        wanted[one.users] *= 1 - np.divide(met, want, out=np.zeros_like(met), where=want > 0)
        total += float(met.sum())
    return total


def main() -> None:
    """Match a year; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    chance = np.random.default_rng(parser.parse_args().seed)
    asked = rounds()
    one = np.ones((DEVICES, 1), dtype=np.int64)
    match(one, one, asked)  # Compiled before the clock runs.
    ours = bare = 0.0
    matched = load_wh = volume = 0
    lost = 0
    for number, days in enumerate(DAYS_A_MONTH, start=1):
        supply, load = month(chance, days)
        begun = time.process_time()
        found = match(supply, load, asked)
        ours += time.process_time() - begun
        begun = time.process_time()
        rough = plain(supply, load, asked)
        bare += time.process_time() - begun
        by_period = found.by_round.sum(axis=0)
        lost += int(
            np.abs(found.given.sum(axis=0) - by_period).sum() + np.abs(found.taken.sum(axis=0) - by_period).sum()
        )
        lost += int((found.given > supply).sum() + (found.taken > load).sum())
        told = scores(supply, load, found.taken)
        matched, load_wh = matched + int(by_period.sum()), load_wh + sum(map(int, load.sum(axis=1)))
        volume += min(int(supply.sum()), int(load.sum()))
        off_wh = abs(rough - float(by_period.sum()))
        shares = f"{told.period_share:.3f} of the load in its period, {told.volume_share:.3f} by volume"
        print(f"month {number:2d}: {shares}; floating point is {off_wh:.1f} Wh off", flush=True)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({
        "cpu_s": round(ours, 2), "cpu_s_plain": round(bare, 2), "ratio_vs_plain": round(ours / bare, 2),
        "periods": sum(DAYS_A_MONTH) * QUARTERS_A_DAY, "rounds": len(asked), "wh_lost": lost, "wh_matched": matched,
        "period_share": round(matched / load_wh, 4), "volume_share": round(volume / load_wh, 4),
        "peak_mb": round(peak_mb),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
