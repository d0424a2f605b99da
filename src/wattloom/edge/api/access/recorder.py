"""How does the audit log keep up with a server? A thread of its own writes what came together, one wait for all."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from wattloom.app.access.audit import Audit, Event, Gathered

if TYPE_CHECKING:
    from collections.abc import Sequence

AT_ONCE_MAX = 500
OWED_MAX = 10_000
"""Events kept in memory while the disk cannot be written; behind that nothing more is done that would be one."""
COUNTS_EVERY_S = 5.0
RETRY_S = 0.5


class Recorder:
    """Writes events durably in the order in which they came."""

    def __init__(self, audit: Audit) -> None:
        """Begin; the thread starts with the first event."""
        self.audit, self.fault = audit, None
        self._owed: list[Event] = []
        self._gathered, self._lock = Gathered(), threading.Lock()
        self._waiting: SimpleQueue[tuple[Sequence[Event], Future[None]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    fault: Exception | None
    """Why the last events could not be written: nothing may be written elsewhere meanwhile. None: all is well."""

    def keep(self, events: Sequence[Event]) -> Future[None]:
        """Write events; done when they are on the disk."""
        done: Future[None] = Future()
        self._waiting.put((events, done))
        self._start()
        return done

    def count(self, event: Event) -> None:
        """Write the first of its kind in a minute, count the others; nobody waits for it."""
        with self._lock:
            events = self._gathered.add(event, now_s=time.monotonic())
        if events:
            self.keep(events)

    def stop(self) -> None:
        """Write what is left and end."""
        with self._lock:
            events = self._gathered.ended(now_s=float("inf"))
        if events:
            self.keep(events)
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        """The thread, where there is none."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="audit", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        """Take what waits, write it, tell those who wait, until the end is among it; what failed is owed."""
        goes_on = True
        while goes_on:
            taken = self._taken()
            goes_on = None not in taken
            batch = [one for one in taken if one is not None]
            events = [*self._owed, *(event for some, _ in batch for event in some)]
            try:
                if events:
                    self.audit.keep(events)
            except Exception as error:  # noqa: BLE001 - whatever it was: it is told to all who wait, and tried again
                self.fault, self._owed = error, events[:OWED_MAX]
                for _, done in batch:
                    done.set_exception(error)
            else:
                self.fault, self._owed = None, []
                for _, done in batch:
                    done.set_result(None)

    def _taken(self) -> list[tuple[Sequence[Event], Future[None]] | None]:
        """What waits now, at least one; counts whose minute is over come with it."""
        taken: list[tuple[Sequence[Event], Future[None]] | None] = []
        with suppress(Empty):
            taken.append(self._waiting.get(timeout=RETRY_S if self._owed else COUNTS_EVERY_S))
            while len(taken) < AT_ONCE_MAX:
                taken.append(self._waiting.get_nowait())
        with self._lock:
            ended = self._gathered.ended(now_s=time.monotonic())
        if ended:
            taken.insert(0, (ended, Future()))
        return taken
