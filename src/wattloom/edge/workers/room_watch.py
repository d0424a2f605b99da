"""What may go wrong around a control room, and is it so now? The clock, the disk, the record, the broker, the book.

Each check says why an alarm stands, or nothing. The room keeps its own beat: a clock that jumps is told, and followed
only once a person says so.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wattloom.app.control_room.alarms import Cause
from wattloom.domain.text import Text

JUMP_S = 2.0
"""A clock that moves so far between two looks was set, not steered: NTP steers by 0.5 ms a second at most."""
FREE_BYTES_MIN = 1_000_000_000
"""Of the disk: some hours of a thousand sites' journal."""
SLOW_S = 1.0
"""A record that takes longer than a tick holds up the next."""
SHOWN_S = 10.0
"""A slow record is told at least so long, so that somebody can see it."""
DISK_EACH_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """What time it is, and how much has passed."""

    now_s: Callable[[], float] = time.time
    """Seconds since 1970-01-01 UTC."""
    passed_s: Callable[[], float] = time.monotonic
    """Never goes back."""


class PlantClock:
    """The room's own time: from its start on by the steady clock, `speed` times as fast."""

    def __init__(self, clocks: Clocks, *, speed: float, at_least_s: float) -> None:
        """Begin at the wall's time, or where the room ended last if that is later."""
        self._clocks, self.speed = clocks, speed
        self._base_s, self._since_s = max(clocks.now_s(), at_least_s), clocks.passed_s()
        self._apart_s = clocks.now_s() - clocks.passed_s()
        self.jumped_s = 0.0
        """By how much the wall's clock was set, and nobody has said to follow."""

    def now_s(self) -> float:
        """The room's instant."""
        return self._base_s + self.speed * (self._clocks.passed_s() - self._since_s)

    def look(self) -> None:
        """Notice a clock that was set."""
        apart_s = self._clocks.now_s() - self._clocks.passed_s()
        moved_s, self._apart_s = apart_s - self._apart_s, apart_s
        if abs(moved_s) > JUMP_S:
            self.jumped_s += moved_s

    def follow(self) -> None:
        """Take the wall's time, forward only: a period that was counted is not counted again."""
        if self.speed == 1.0:
            self._base_s, self._since_s = max(self._clocks.now_s(), self.now_s()), self._clocks.passed_s()
        self.jumped_s = 0.0


class Watch:
    """Why alarms of the room's surroundings stand."""

    def __init__(self, clocks: Clocks, folder: Path) -> None:
        """Name the folder whose disk is watched."""
        self._clocks, self._folder = clocks, folder
        self._lock = threading.Lock()
        self._told: dict[str, Cause] = {}
        self._slow: tuple[float, float] | None = None
        self._disk: Cause | None = None
        self._disk_s = -DISK_EACH_S

    def tell(self, kind: str, subject: str, why: Text | None) -> None:
        """Somebody around the room says that something is wrong, or well again (None); from any thread."""
        with self._lock:
            if why is None:
                self._told.pop(kind, None)
            else:
                self._told[kind] = Cause(kind, subject, why)

    def took(self, seconds: float) -> None:
        """How long a record took."""
        if seconds > SLOW_S:
            self._slow = (seconds, self._clocks.passed_s())

    def causes(self, clock: PlantClock, archive_fault: Exception | None) -> Iterator[Cause]:
        """All that stand."""
        with self._lock:
            yield from list(self._told.values())
        if clock.jumped_s:
            by = f"{clock.jumped_s:+,.0f} s"
            yield Cause(
                "clock_jump", "clock", Text(f"by {by}; the room keeps its own beat", f"{by}；系统按自身节拍继续")
            )
        if self._slow is not None and self._clocks.passed_s() - self._slow[1] < SHOWN_S:
            yield Cause(
                "store_slow", "journal", Text(f"{self._slow[0]:.1f} s for a tick", f"单拍写入 {self._slow[0]:.1f} 秒")
            )
        if archive_fault is not None:
            yield Cause("archive_fault", "archive", Text.same(str(archive_fault)[:160]))
        yield from self._of_disk()

    def _of_disk(self) -> Iterator[Cause]:
        """Whether the disk has room; looked at now and then."""
        if self._clocks.passed_s() - self._disk_s >= DISK_EACH_S:
            self._disk_s = self._clocks.passed_s()
            free = shutil.disk_usage(self._folder).free
            said = Text(f"{free / 1e9:.2f} GB left", f"剩余 {free / 1e9:.2f} GB")
            self._disk = Cause("disk_full", "disk", said) if free < FREE_BYTES_MIN else None
        if self._disk is not None:
            yield self._disk
