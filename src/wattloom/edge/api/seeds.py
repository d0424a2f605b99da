"""What does a newcomer see on pages that show finished work? The shipped examples, run once behind everything else.

A demonstration runs them as jobs of its own tenant, one at a time, in a process of least priority, and only once the
room ticks, nobody's job waits and the console has had its first moments. Each is told as an example, with its file.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from shutil import copyfile, rmtree
from typing import TYPE_CHECKING, Any

from wattloom.domain.errors import WattloomError
from wattloom.edge.api.filled import EXAMPLE
from wattloom.edge.api.hands import Gone, Hand
from wattloom.edge.api.lanes import now
from wattloom.edge.api.uses import USES
from wattloom.edge.api.work import PROJECT

if TYPE_CHECKING:
    from wattloom.edge.api.here import Here

LOG = logging.getLogger("wattloom.examples")
FILES = Path(__file__).with_name("examples")
"""Copies of the shipped examples, so that an installed package has them; a test holds them alike."""
TENANT = "home"
"""Of the accounts of a demonstration."""
FIRST_S = 15.0
"""The console's own time after the start."""
LOOK_S = 0.5
MONTH = "2026-08"
"""Of meters that are generated: the month that the settlement example has its events in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """An example and how it is asked for."""

    use: str
    file: str
    options: dict[str, Any] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    """Files that it names."""

    @property
    def id(self) -> str:
        """The same in each start, so that a store has it once."""
        told = json.dumps([self.use, self.file, self.options], sort_keys=True).encode()
        return sha256(told + (FILES / self.file).read_bytes()).hexdigest()[:24]


SEEDS = (
    Seed(use="market_bid", file="market_bid.yaml", beside=("market_prices.yaml",)),
    Seed(use="forecast_day", file="forecast_day.yaml"),
    Seed(use="vpp_event", file="vpp_guangdong.yaml"),
    Seed(use="certificates_issue", file="certificates_campus.yaml", options={"month": MONTH}),
    Seed(use="certificates_match", file="certificates_campus.yaml", options={"month": MONTH}),
    Seed(use="settle_month", file="settle_month.yaml", options={"month": MONTH}),
    Seed(use="dispatch_day", file="dispatch_five_sites.yaml"),
)
"""In the order in which they run: certificates are issued before they are matched."""


class Seeds:
    """Runs the examples once, unless there is something better to do."""

    def __init__(self, parts: Here, *, first_s: float = FIRST_S, seeds: tuple[Seed, ...] = SEEDS) -> None:
        """Nothing runs yet."""
        self._parts, self._first_s, self._seeds = parts, first_s, seeds
        self._hand = Hand(parts.find)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="examples", daemon=True)

    def start(self) -> None:
        """Begin to wait for the right moment."""
        self._thread.start()

    def stop(self) -> None:
        """End what runs; the next start does it anew."""
        self._stop.set()
        self._hand.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def _run(self) -> None:
        """One example after the other."""
        begun_s = time.monotonic()
        self._until(lambda: time.monotonic() - begun_s >= self._first_s and self._parts.live.tick >= 0)
        for seed in self._seeds:
            try:
                self._until(self._idle)
                if not self._stop.is_set():
                    self._plant(seed)
            except (WattloomError, Gone, OSError) as error:
                LOG.warning("example %s: %s", seed.file, error)
        self._hand.close()

    def _until(self, true: Callable[[], bool]) -> None:
        """Wait for something, or for the end."""
        while not self._stop.is_set() and not true():
            self._stop.wait(LOOK_S)

    def _idle(self) -> bool:
        """Whether nobody's job waits or runs."""
        counts = self._parts.jobs.store.counts()
        return not counts.get("waiting", 0) and not counts.get("running", 0)

    def _plant(self, seed: Seed) -> None:
        """An example as a job; one that the store has stays as it is."""
        jobs, name = self._parts.jobs, seed.id
        if jobs.store.get(TENANT, name) is not None:
            return
        folder = jobs.folder(TENANT, name)
        with suppress(FileNotFoundError):  # Of a start that was cut off before it was told.
            rmtree(folder)
        folder.mkdir(parents=True)
        copyfile(FILES / seed.file, folder / PROJECT)
        for beside in seed.beside:
            copyfile(FILES / beside, folder / beside)
        asked = USES[seed.use].options(**seed.options).model_dump_json()
        # It is marked as running from the first, so that none of the processes for people takes it.
        job = self._parts.find("job")(id=name, tenant=TENANT, asked_by=f"{EXAMPLE}{seed.file}", use=seed.use,
                                      asked=asked, created_at=now(), state="running", attempts=1)  # fmt: skip
        self._hand.calm()
        jobs.carry_out(jobs.store.add(job), self._hand)
