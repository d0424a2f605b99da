"""Who brings closed settlement periods into the ledger? A thread of its own: the book may be slow, decisions not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from wattloom.app.control_room import responding
from wattloom.app.control_room.account import Period, openings, postings
from wattloom.domain.errors import WattloomError
from wattloom.domain.text import Text
from wattloom.ledger import Outcome

if TYPE_CHECKING:
    from wattloom.app.control_room.rows import GridEvent
    from wattloom.app.control_room.steps import Steps

AGAIN_S = 2.0
"""After a refusal or an outage the book is tried again."""
OPENED_AT_ONCE = 2_000


class Posting:
    """Posts periods, each once, and says which the ledger has."""

    def __init__(self, book: Callable[[], AbstractContextManager[Any]], steps: Steps, series: str, *,
                 posted: Callable[[Period], None], paid: Callable[[str], None],
                 tell: Callable[[str, str, Text | None], None]) -> None:  # fmt: skip
        """Name the book, whom to tell of a period and of an event posted, and whom of trouble."""
        self._book, self._steps, self._series = book, steps, series
        self._posted, self._paid, self._tell = posted, paid, tell
        self._wake, self._stop = threading.Condition(), False
        self._waiting: list[Period] = []
        self._done: set[float] = set()
        self._events: dict[str, GridEvent] = {}
        self._paid_for: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="room posting", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the period at hand."""
        with self._wake:
            self._stop = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def take(self, periods: Sequence[Period]) -> None:
        """Periods that the ledger has not confirmed; those that wait here already are known."""
        known = {one.start_s for one in self._waiting} | self._done
        new = [period for period in periods if period.start_s not in known]
        if new:
            with self._wake:
                self._waiting += new
                self._wake.notify()

    def take_events(self, events: Sequence[GridEvent]) -> None:
        """Events that are over; those that wait here or were posted already are known."""
        new = [one for one in events if one.id not in self._events and one.id not in self._paid_for]
        if new:
            with self._wake:
                self._events |= {one.id: one for one in new}
                self._wake.notify()

    def _run(self) -> None:
        """Open the book, post what waits; where the book fails, open it anew after a while."""
        while not self._stop:
            try:
                with self._book() as ledger:
                    self._open(ledger)
                    self._tell("ledger_out", "ledger", None)
                    self._work(ledger)
            except WattloomError as error:
                self._tell("ledger_out", "ledger", Text.same(str(error)[:160]))
                with self._wake:
                    self._wake.wait(AGAIN_S)

    def _open(self, ledger: Any) -> None:
        """Accounts of all sites and regions, where they are not there yet."""
        layout = self._steps.inputs.layout
        missing = [one for one in openings(layout.sites, layout.regions) if one.account not in ledger.books.accounts]
        for first in range(0, len(missing), OPENED_AT_ONCE):
            ledger.post(missing[first : first + OPENED_AT_ONCE])

    def _work(self, ledger: Any) -> None:
        """Period after period until it is told to stop."""
        layout = self._steps.inputs.layout
        while True:
            with self._wake:
                while not self._waiting and not self._events and not self._stop:
                    self._wake.wait()
                if self._stop:
                    return
                period = self._waiting[0] if self._waiting else None
                event = next(iter(self._events.values()), None)
            if event is not None:
                self._pay(ledger, event)
            if period is None:
                continue
            entries = list(postings(period, series=self._series, sites=layout.sites, regions=layout.regions,
                                    region_of=layout.site_region))  # fmt: skip
            refused = [one for one in ledger.post(entries) if one.outcome is Outcome.REFUSED]
            if refused:
                self._tell("ledger_out", "ledger", Text.same(str(refused[0].problems[0])[:160]))
            with self._wake:
                self._waiting.pop(0)
                self._done.add(period.start_s)
            self._posted(period)

    def _pay(self, ledger: Any, event: GridEvent) -> None:
        """What an event was worth, as provisional entries; posted once however often it is sent."""
        refused = [one for one in ledger.post(responding.entries(event, series=self._series))
                   if one.outcome is Outcome.REFUSED]  # fmt: skip
        if refused:
            self._tell("ledger_out", "ledger", Text.same(str(refused[0].problems[0])[:160]))
        with self._wake:
            self._events.pop(event.id)
            self._paid_for.add(event.id)
        if not refused:
            self._paid(event.id)
