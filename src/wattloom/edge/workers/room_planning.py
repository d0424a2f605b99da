"""Who plans the next hours while the ticks go on? A thread of its own, which brings its plans before the loop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wattloom.app.control_room.replanning import Made, Planner
    from wattloom.app.control_room.state import RoomState
    from wattloom.app.control_room.steps import Seen
    from wattloom.market.response.plans import LoggedPlan


class Planning:
    """Plans the newest tick that was due; one that comes while it plans takes the place of any that waits."""

    def __init__(self, planner: Planner, *, made: Callable[[Made], None]) -> None:
        """Whose plans, and whom to bring them."""
        self.planner, self._made = planner, made
        self._wake, self._stop = threading.Condition(), False
        self._newest: tuple[RoomState, Seen] | None = None
        self._thread = threading.Thread(target=self._run, name="room planning", daemon=True)

    @property
    def newest(self) -> Mapping[str, LoggedPlan]:
        """The newest plan of each region that the journal has."""
        return self.planner.newest

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the plan at hand."""
        with self._wake:
            self._stop = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    def take(self, state: RoomState, seen: Seen) -> None:
        """A tick: it is planned if its time has come."""
        if self.planner.due(state):
            with self._wake:
                self._newest = (state, seen)
                self._wake.notify()

    def _run(self) -> None:
        """Plan after plan until it is told to stop."""
        while True:
            with self._wake:
                while self._newest is None and not self._stop:
                    self._wake.wait()
                if self._stop or self._newest is None:
                    return
                (state, seen), self._newest = self._newest, None
            self._made(self.planner.made(state, seen))
