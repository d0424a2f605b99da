"""Can one watt-hour back two claims? A hundred thousand attempts, in and across both schemes, and a count of our own.

    python campaigns/double_claims.py                        100,000 attempts
    python campaigns/double_claims.py --attempts 2000        what the tests do

Scenes: a device's month is metered, then issued, split, sold, stored, discharged, claimed, cut into green certificates,
sold, frozen and cancelled at random. After each step cheats try again with whatever copies they kept: bundles that
were emptied, certificates that were sold, what a meter counted for the other scheme, what a store gave back already,
and ids that were used before with other amounts. Each attempt must be refused, and the book must not move.

The count does not trust the ledger: for every interval of every meter it lists which numbered watt-hours were claimed,
looks for one that was claimed twice, and adds up what both schemes used against what was metered.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattloom.domain.errors import InputError
from wattloom.domain.time import TimeAxis
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Entry, Ledger, Outcome, verify
from wattloom.ledger.certificates import (
    Batch,
    Bundle,
    Device,
    Use,
    cancel,
    charged,
    claim,
    discharged,
    freeze,
    issue,
    issue_gec,
    metered,
    transfer,
    transfer_gec,
)
from wattloom.ledger.certificates.gec import WH_PER_CERTIFICATE

INTERVALS = 6
MONTH = "2026-03"
NOON = TimeAxis(datetime(2026, 3, 1, 4, tzinfo=UTC), 60, INTERVALS)
EVENING = TimeAxis(datetime(2026, 3, 1, 10, tzinfo=UTC), 60, INTERVALS)
WIND = Device(id="", owner="windco", technology="wind", capacity_w=50_000_000, zone="ningxia", use=Use.PUBLIC_GRID)
STORE = Device(id="store", owner="campus", technology="storage", capacity_w=9_000_000, zone="ningxia", use=Use.STORAGE)
EFFICIENCY_PPM = 875_000
STEPS = 12
ATTEMPTS_A_STEP = 10

IntArray = NDArray[np.int64]
Attempt = Callable[[str], list[Entry]]


@dataclass
class Scene:
    """A device's month, what became of it, and the copies that cheats kept."""

    device: Device
    wh: IntArray
    metered: Bundle
    active: list[Bundle] = field(default_factory=list)
    spent: list[Bundle] = field(default_factory=list)
    """Emptied, claimed or stored: worth nothing any more."""
    claimed: list[Bundle] = field(default_factory=list)
    stored: list[Bundle] = field(default_factory=list)
    given_back: list[Bundle] = field(default_factory=list)
    """Discharges of a store, as they were first brought in."""
    batch: Batch | None = None
    held: int = 0
    bought: int = 0
    frozen: int = 0
    cancelled: int = 0
    ids: list[str] = field(default_factory=list)


class Trial:
    """A book, its scenes, and what was tried."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Open an empty book."""
        self.store = SqliteBook(folder / "book.sqlite")
        self.ledger = Ledger(self.store, lambda: datetime.now(UTC))
        self.chance = np.random.default_rng(seed)
        self.tried: dict[str, int] = {}
        self.faults: list[str] = []
        self.waiting: list[tuple[str, list[Entry]]] = []
        self.number = 0

    def name(self, word: str) -> str:
        """A request id that was never used."""
        self.number += 1
        return f"{word} {self.number}"

    def part(self, wh: IntArray) -> IntArray:
        """Some of each interval, at least one watt-hour in all."""
        some = self.chance.integers(0, wh + 1)
        if not some.sum():
            some[int(np.argmax(wh))] = 1
        return some

    def done(self, entries: list[Entry]) -> bool:
        """Post what is right; it must be taken."""
        receipts = self.ledger.post(entries, together=True)
        bad = [str(one.problems[0]) for one in receipts if one.outcome is Outcome.REFUSED]
        if bad:
            self.faults.append(f"a right step was refused: {bad[0]}")
        return not bad

    # What rightful owners do.

    def begun(self) -> Scene:
        """A new device and its month."""
        device = replace(WIND, id=self.name("device"))
        wh = self.chance.integers(0, 3_000_000, INTERVALS)
        wh[0] += 1
        bundle, entries = metered(device, MONTH, NOON, wh, request=f"meter of {device.id}")
        self.done(entries)
        return Scene(device=device, wh=wh, metered=bundle)

    def stepped(self, scene: Scene) -> None:
        """One right step, whichever is open."""
        steps = (self._issue, self._cut, self._sell, self._claim, self._store, self._discharge, self._sell_gec,
                 self._freeze, self._cancel)  # fmt: skip
        for n in self.chance.permutation(len(steps)):
            if steps[n](scene):
                return

    def _issue(self, scene: Scene) -> bool:
        """Granular certificates on part of what is metered."""
        if scene.batch or not scene.metered.total_wh:
            return False
        request = self.name("issue")
        granular, left, entries = issue(scene.metered, self.part(scene.metered.wh), request=request)
        scene.ids.append(request)
        scene.spent.append(scene.metered)
        self.done(entries)
        scene.metered = left
        scene.active.append(granular)
        return True

    def _cut(self, scene: Scene) -> bool:
        """Green certificates on all the rest."""
        if scene.batch or not scene.active or scene.metered.total_wh < WH_PER_CERTIFICATE:
            return False
        request = self.name("gec")
        batch, entries = issue_gec(scene.metered, scene.device, carry_wh=0, request=request)
        scene.ids.append(request)
        self.done(entries)
        scene.spent.append(scene.metered)
        scene.batch, scene.held = batch, scene.metered.total_wh // WH_PER_CERTIFICATE
        return True

    def _taken(self, scene: Scene) -> Bundle | None:
        """An active bundle, out of the list."""
        if not scene.active:
            return None
        return scene.active.pop(int(self.chance.integers(len(scene.active))))

    def _moved(self, scene: Scene, bundle: Bundle, made: tuple[Bundle, Bundle, list[Entry]]) -> Bundle:
        """What a step moved; the old copy is kept by a cheat, the rest by its owner."""
        moved, rest, entries = made
        self.done(entries)
        scene.ids.append(entries[-1].id)
        scene.spent.append(bundle)
        if rest.total_wh:
            scene.active.append(rest)
        return moved

    def _sell(self, scene: Scene) -> bool:
        """Part of a bundle to another holder."""
        bundle = self._taken(scene)
        if bundle is None:
            return False
        to = str(self.chance.choice(["campus", "chip works", "cloud"]))
        scene.active.append(self._moved(scene, bundle, transfer(bundle, self.part(bundle.wh), to=to,
                                                                request=self.name("sale"))))  # fmt: skip
        return True

    def _claim(self, scene: Scene) -> bool:
        """Part of a bundle used up."""
        bundle = self._taken(scene)
        if bundle is None:
            return False
        made = claim(bundle, self.part(bundle.wh), beneficiary="user", request=self.name("claim"))
        moved = self._moved(scene, bundle, made)
        scene.claimed.append(moved)
        scene.spent.append(moved)
        return True

    def _store(self, scene: Scene) -> bool:
        """Part of a noon bundle into the store."""
        bundle = self._taken(scene)
        if bundle is None or bundle.production.stored:
            scene.active += [bundle] if bundle else []
            return False
        made = charged(bundle, self.part(bundle.wh), store=STORE, efficiency_ppm=EFFICIENCY_PPM,
                       request=self.name("charge"))  # fmt: skip
        stored, rest, entries = made
        moved = self._moved(scene, bundle, (stored, rest, entries))
        scene.stored.append(moved)
        scene.spent.append(moved)
        return True

    def _discharge(self, scene: Scene) -> bool:
        """All that may come out of what was stored, in the evening."""
        if not scene.stored:
            return False
        stored = scene.stored.pop()
        allowed = stored.total_wh * EFFICIENCY_PPM // 1_000_000
        if not allowed:
            return False
        out = np.zeros(INTERVALS, np.int64)
        out[int(self.chance.integers(INTERVALS))] = allowed
        bundle, entries = discharged(stored, STORE, MONTH, EVENING, out, request=self.name("discharge"))
        self.done(entries)
        scene.given_back.append(bundle)
        scene.active.append(bundle)
        return True

    def _sell_gec(self, scene: Scene) -> bool:
        """The one sale of certificates."""
        if scene.batch is None or not scene.held:
            return False
        count = int(self.chance.integers(1, scene.held + 1))
        self.done(transfer_gec(scene.batch, count, owner="windco", to="user", request=self.name("gec sale")))
        scene.held, scene.bought = scene.held - count, scene.bought + count
        return True

    def _freeze(self, scene: Scene) -> bool:
        """Certificates of a buyer put out of use."""
        if scene.batch is None or not scene.bought:
            return False
        self.done(freeze(scene.batch, 1, holder="user", state="bought", request=self.name("freeze"), why="dispute"))
        scene.bought, scene.frozen = scene.bought - 1, scene.frozen + 1
        return True

    def _cancel(self, scene: Scene) -> bool:
        """Certificates used up."""
        if scene.batch is None or not scene.bought:
            return False
        count = int(self.chance.integers(1, scene.bought + 1))
        request = self.name("cancel")
        self.done(cancel(scene.batch, count, holder="user", state="bought", beneficiary="user", month=MONTH,
                         request=request))  # fmt: skip
        scene.ids.append(request)
        scene.bought, scene.cancelled = scene.bought - count, scene.cancelled + count
        return True

    # What cheats try.

    def attempts(self, scene: Scene) -> list[tuple[str, Attempt]]:
        """All that a cheat can try in this scene."""
        found: list[tuple[str, Attempt]] = []
        for old in scene.spent[-6:]:
            found += self._of_spent(scene, old) if old.total_wh else []
        for active in scene.active[-3:]:
            found.append(("green certificates on a granular bundle", self._cut_of(scene, active)))
        found += self._of_stores(scene) + self._of_certificates(scene) + self._of_ids(scene)
        meter = f"meter of {scene.device.id}"
        found.append(
            ("the meter brought in again", lambda _: metered(scene.device, MONTH, NOON, scene.wh + 1, request=meter)[1])
        )
        return found

    def _cut_of(self, scene: Scene, bundle: Bundle) -> Attempt:
        """Green certificates on a bundle."""
        return lambda r: issue_gec(bundle, scene.device, carry_wh=0, request=r)[1]

    def _of_spent(self, scene: Scene, old: Bundle) -> list[tuple[str, Attempt]]:
        """What can be tried with an old copy."""
        wh = self.part(old.wh)
        return [
            ("claim of a spent bundle", lambda r: claim(old, wh, beneficiary="cheat", request=r)[2]),
            ("sale of a spent bundle", lambda r: transfer(old, wh, to="cheat", request=r)[2]),
            ("charging a spent bundle",
             lambda r: charged(old, wh, store=STORE, efficiency_ppm=1_000_000, request=r)[2]),
            ("granular on a spent bundle", lambda r: issue(old, wh, request=r)[2]),
            ("green certificates on a spent bundle", self._cut_of(scene, old)),
        ]  # fmt: skip

    def _of_stores(self, scene: Scene) -> list[tuple[str, Attempt]]:
        """More out of a store than may come out."""
        one = np.zeros(INTERVALS, np.int64)
        one[0] = 1
        found = [("discharge of what was never stored", _out_of(bundle, one)) for bundle in scene.claimed[-2:]]
        for back in scene.given_back[-2:]:
            stored = next(old for old in scene.spent if old.hash == back.production.stored)
            found.append(("a second discharge", _out_of(stored, back.wh)))
        return found

    def _of_certificates(self, scene: Scene) -> list[tuple[str, Attempt]]:
        """More certificates than there are, and resale."""
        if scene.batch is None:
            return []
        batch, more = scene.batch, int(self.chance.integers(1, 9))
        return [
            ("cancelling more than was bought",
             lambda r: cancel(batch, scene.bought + more, holder="user", state="bought", beneficiary="cheat",
                              month=MONTH, request=r)),
            ("cancelling more than is held",
             lambda r: cancel(batch, scene.held + more, holder="windco", beneficiary="cheat", month=MONTH, request=r)),
            ("selling more than is held",
             lambda r: transfer_gec(batch, scene.held + more, owner="windco", to="cheat", request=r)),
            ("resale", lambda r: transfer_gec(batch, more, owner="user", to="cheat", request=r)),
            ("a carry-over that is not there",
             lambda r: issue_gec(scene.metered, scene.device, carry_wh=WH_PER_CERTIFICATE * more, request=r)[1]),
        ]  # fmt: skip

    def _of_ids(self, scene: Scene) -> list[tuple[str, Attempt]]:
        """An id that was used before, for something else."""
        if not scene.ids or not scene.active:
            return []
        old, bundle = str(self.chance.choice(scene.ids)), scene.active[-1]
        wh = self.part(bundle.wh)
        return [("a used id with another body",
                 lambda _: claim(bundle, wh, beneficiary="cheat", request=old)[2])]  # fmt: skip

    def cheated(self, scene: Scene, count: int) -> int:
        """So many attempts, together in one call; how many were made."""
        ways = self.attempts(scene)
        if not ways:
            return 0
        head = self.ledger.head
        for n in self.chance.integers(0, len(ways), count):
            kind, attempt = ways[int(n)]
            self.tried[kind] = self.tried.get(kind, 0) + 1
            try:
                made = attempt(self.name("cheat"))
            except InputError:
                continue
            if self.ledger.post(made, together=True)[-1].outcome is not Outcome.REFUSED or self.ledger.head != head:
                self.faults.append(f"{kind}: {made[-1].id} was accepted")
                head = self.ledger.head
        return count

    # The count of our own.

    def counted(self, scene: Scene) -> None:
        """Which watt-hours were claimed, and were any claimed twice or out of nothing?"""
        by_production: dict[str, list[Bundle]] = {}
        for bundle in scene.claimed:
            by_production.setdefault(bundle.production.id, []).append(bundle)
        for bundles in by_production.values():
            for k in range(INTERVALS):
                ranges = sorted((int(b.first[k]), int(b.first[k] + b.wh[k])) for b in bundles if b.wh[k])
                twice = [1 for (_, end), (start, _) in pairwise(ranges) if start < end]
                if twice:
                    self.faults.append(f"{scene.device.id}: a watt-hour of interval {k} was claimed twice")
        claimed = sum(b.total_wh for b in scene.claimed)
        certificates = (scene.held + scene.bought + scene.frozen + scene.cancelled) * WH_PER_CERTIFICATE
        if claimed + certificates > int(scene.wh.sum()):
            self.faults.append(f"{scene.device.id}: {claimed + certificates} Wh used, {scene.wh.sum()} metered")


def _out_of(stored: Bundle, wh: IntArray) -> Attempt:
    """A discharge."""
    return lambda r: discharged(stored, STORE, MONTH, EVENING, wh, request=r)[1]


def trial(attempts: int, seed: int, folder: Path) -> dict[str, object]:
    """Scenes until so many attempts were made; what was found."""
    run = Trial(folder, seed)
    began, made, scenes, claimed = time.process_time(), 0, 0, 0
    while made < attempts:
        scene = run.begun()
        scenes += 1
        for _ in range(STEPS):
            run.stepped(scene)
            made += run.cheated(scene, min(ATTEMPTS_A_STEP, attempts - made))
        run.counted(scene)
        claimed += sum(b.total_wh for b in scene.claimed)
    try:
        verify(run.store.records(), kept=run.store.state())
    except InputError as error:
        run.faults.append(f"the book does not verify: {error}")
    return {
        "attempts": made,
        "kinds": dict(sorted(run.tried.items())),
        "scenes": scenes,
        "claimed_wh": claimed,
        "records": run.ledger.head[0],
        "faults": len(run.faults),
        "first_faults": run.faults[:5],
        "cpu_s": round(time.process_time() - began, 1),
    }


def main() -> int:
    """Try, count, say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--attempts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20261123)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = trial(asked.attempts, asked.seed, Path(folder))
    print(json.dumps(found, indent=None))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
