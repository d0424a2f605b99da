"""Does a replay that is killed, again and again, end in the bytes of one that was left alone?

    python campaigns/kill_replay.py                             40 rounds of up to 6 kills; some minutes
    python campaigns/kill_replay.py --rounds 1 --kills 2 --jobs 3000      what the tests do

Each round replays a day of jobs in a process of its own: a controller with a memory starts, pauses, caps and moves them
by chance, moves and restarts fail by chance, machines are full. The process is ended with SIGKILL, at a random moment
behind a random save or in the middle of one, and started again in the same folder until it comes to its end.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from wattloom.domain.jobs import Command, JobClass, Jobs, JobsState, Verb
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind
from wattloom.edge.store.runs import write_file
from wattloom.twin.replay import Keeping, replay
from wattloom.twin.sites import Mishaps, ReplayQuestion, SiteTruth

START = datetime(2026, 3, 2, tzinfo=UTC)
SITES = ("north", "west", "coast")
DAY_S = 86_400.0
MOMENT_S = 0.03
"""Up to so long after a save was announced the process is killed."""


class InFile:
    """A checkpoint in one file, whole or not at all; each save is announced."""

    def __init__(self, path: Path) -> None:
        """Name the place."""
        self.path = path

    def load(self) -> bytes | None:
        """What was saved last."""
        return self.path.read_bytes() if self.path.exists() else None

    def save(self, state: bytes) -> None:
        """Put it in the place of what was there."""
        print("saving", flush=True)
        write_file(self.path, state)


class ByChance:
    """A controller whose decisions hang on all that it decided before."""

    def __init__(self, jobs: Jobs, seed: int) -> None:
        """Draw from a seed."""
        self.jobs, self.rng = jobs, np.random.default_rng(seed)

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
        """Start within the half hour, mostly at home."""
        site = int(self.jobs.home[job]) if self.rng.random() < 0.8 else int(self.rng.integers(len(SITES)))
        return (Command(state.now_s + float(self.rng.uniform(0, 1800)), job, Verb.START, site),)

    def tick(self, state: JobsState) -> Sequence[Command]:
        """Tell some of those that are there to do something else."""
        there = np.flatnonzero(state.arrived & ~state.done)
        chosen = there[self.rng.random(there.size) < 0.1].tolist()
        return [self._any(job, state.now_s) for job in chosen]

    def _any(self, job: int, now_s: float) -> Command:
        """Pause, resume, cap or move."""
        verb = (Verb.PAUSE, Verb.RESUME, Verb.CAP, Verb.MOVE)[int(self.rng.integers(4))]
        level = 0.0 if verb is Verb.PAUSE else float(self.rng.uniform(0.5, 1.0))
        return Command(now_s, job, verb, int(self.rng.integers(len(SITES))), level)

    def remembered(self) -> bytes:
        """Where its stream is."""
        return json.dumps(self.rng.bit_generator.state).encode()

    def remember(self, state: bytes) -> None:
        """Go on from there."""
        self.rng.bit_generator.state = json.loads(state)


def question(count: int, seed: int) -> ReplayQuestion:
    """A day on three sites that are often full."""
    rng = np.random.default_rng(seed)
    arrive = np.sort(rng.uniform(0, 0.8 * DAY_S, count))
    run = rng.lognormal(np.log(1200), 1.0, count).clip(30, 0.2 * DAY_S)
    about = JobClass(
        name="batch",
        kind=WorkloadKind.BATCH,
        pause_s=30.0,
        restart_s=90.0,
        recap_s=5.0,
        least_power=0.5,
        power_work=((0.5, 0.62), (1.0, 1.0)),
    )
    jobs = Jobs(
        start=START,
        classes=(about,),
        sites=SITES,
        id=np.arange(count).astype(str),
        class_index=np.zeros(count, dtype=np.int64),
        home=rng.integers(0, len(SITES), count),
        arrive_s=arrive,
        due_s=arrive + run + rng.uniform(0, 0.5 * DAY_S, count),
        run_s=run,
        power_mw=rng.uniform(0.001, 0.05, count),
        gpus=rng.choice([1.0, 2.0, 4.0, 8.0], count),
        nodes=np.zeros(count, dtype=np.int64),
        move_gb=rng.uniform(0, 200, count),
    )
    axis = TimeAxis(START, 15, 96)
    sites = tuple(
        SiteTruth(
            name=name,
            price_cny_per_mwh=rng.uniform(100, 900, axis.count),
            carbon_kg_per_mwh=rng.uniform(200, 900, axis.count),
            overhead_slope=np.array([0.2]),
            gpus=float(np.sum(run * jobs.gpus) / DAY_S / len(SITES) * 1.2 + 8),
        )
        for name in SITES
    )
    return ReplayQuestion(
        axis=axis, sites=sites, jobs=jobs, mishaps=Mishaps(move_fails=0.1, restart_fails=0.1, seed=seed)
    )


def child(folder: Path, count: int, seed: int) -> None:
    """Replay, going on from what lies in the folder, and write the result's bytes."""
    asked = question(count, seed)
    keeping = Keeping(checkpoint=InFile(folder / "state"), events_between=max(count // 5, 1))
    result = replay(asked, ByChance(asked.jobs, seed), policy="by chance", keeping=keeping)
    write_file(folder / "result", result.to_bytes())


def one_round(count: int, seed: int, *, kills_max: int, rng: np.random.Generator) -> int:
    """Kill and start again until the end; how many kills hit. Another result than that of a quiet run is an error."""
    asked = question(count, seed)
    quiet = replay(asked, ByChance(asked.jobs, seed), policy="by chance").to_bytes()
    with tempfile.TemporaryDirectory() as name:
        folder, kills = Path(name), 0
        for _ in range(int(rng.integers(1, kills_max + 1))):
            kills += _killed(folder, count, seed, rng=rng)
            if (folder / "result").exists():
                break
        if not (folder / "result").exists():
            subprocess.run(_command(folder, count, seed), check=True, capture_output=True)
        if (folder / "result").read_bytes() != quiet:
            raise SystemExit(f"seed {seed}: after {kills} kills the result has other bytes")
    return kills


def _killed(folder: Path, count: int, seed: int, *, rng: np.random.Generator) -> int:
    """Start the process and kill it behind a random save; 1 if it was still at work."""
    saves, pause_s = int(rng.integers(1, 8)), float(rng.uniform(0, MOMENT_S))
    with subprocess.Popen(_command(folder, count, seed), stdout=subprocess.PIPE, text=True) as process:
        for _ in range(saves):
            if process.stdout is None or not process.stdout.readline():
                break
        time.sleep(pause_s)
        process.kill()
        return int(process.wait() != 0)


def _command(folder: Path, count: int, seed: int) -> list[str]:
    """This file, as the process of one replay."""
    here = str(Path(__file__).resolve())
    return [sys.executable, here, "--child", str(folder), "--jobs", str(count), "--seed", str(seed)]


def main() -> None:
    """Run the rounds; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--kills", type=int, default=6, help="most in one round")
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child is not None:
        child(asked.child, asked.jobs, asked.seed)
        return
    rng = np.random.default_rng(asked.seed)
    kills = [one_round(asked.jobs, asked.seed + k, kills_max=asked.kills, rng=rng) for k in range(asked.rounds)]
    print(
        f"{asked.rounds} replays of {asked.jobs:,} jobs, killed {sum(kills)} times: the same bytes as a quiet run each"
    )
    print(json.dumps({"rounds": asked.rounds, "jobs": asked.jobs, "kills": sum(kills), "other_bytes": 0}))


if __name__ == "__main__":
    main()
