"""How does a grid operator see the sites without a path into their control zone? Files come in; nothing goes back.

Something one-way, such as a diode, lays files of updates into a folder. The mirror reads them in the order of their
names, offers them, and remembers in a folder of its own how far it came: the folder of the files is only read.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattloom.domain.errors import InputError, Unavailable
from wattloom.domain.live import updates_of

if TYPE_CHECKING:
    from wattloom.domain.live import Update

LOOK_S = 0.5
FILES_AT_ONCE = 200
FILE_BYTES_MAX = 8_000_000
OFFER_S = 5.0


class MirrorFiles:
    """Updates from a folder that something one-way fills."""

    def __init__(
        self, inbox: Path, *, offer: Callable[[Sequence[Update], float], Mapping[str, Any]], place: Path
    ) -> None:
        """Name the folder that is read, who keeps updates, and the file that remembers how far it came."""
        self._inbox, self._offer, self._place = inbox, offer, place
        self._last = place.read_text("utf-8").strip() if place.is_file() else ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
        self.kept = self.unread = 0

    def start(self) -> None:
        """Look again and again."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(OFFER_S + 1.0)

    def look(self) -> int:
        """Take what has come since; how many files. What cannot be read is counted and passed over."""
        names = sorted(one.name for one in self._inbox.glob("*.json") if one.name > self._last)[:FILES_AT_ONCE]
        for name in names:
            updates = self._read(self._inbox / name)
            if updates:
                self.kept += int(self._offer(updates, OFFER_S)["taken"])
            self._last = name
        if names:
            making = self._place.with_suffix(".making")
            making.write_text(self._last, "utf-8")
            making.replace(self._place)
        return len(names)

    def _read(self, path: Path) -> list[Update]:
        """Updates of a file; none where it cannot be read."""
        try:
            if path.stat().st_size > FILE_BYTES_MAX:
                raise InputError.one(path.name, found="a larger file", expected="8 MB", remedy="write smaller ones")
            return updates_of(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, RecursionError, InputError):
            self.unread += 1
            return []

    def _run(self) -> None:
        """Until it is told to stop; a room that cannot keep now is asked again."""
        while not self._stop.wait(LOOK_S):
            try:
                while self.look():
                    if self._stop.is_set():
                        return
            except (Unavailable, OSError):
                continue
