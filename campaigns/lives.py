"""How is a process kept that may be killed at any moment, and heard to its last whole line?

For the trials that end a host with SIGKILL again and again: each life is a process that is fed lines of JSON through
one pipe and tells lines of JSON through another. No trial by itself.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO, Any


class Life:
    """One process under fire, from here."""

    def __init__(self, hosted: Callable[[IO[str], IO[str]], None], *, command: Sequence[str] | None = None) -> None:
        """Start it: from nothing by its command, or as a copy of this one, which begins with its work."""
        self.begun_s = time.perf_counter()
        inlet, self.feed = os.pipe()
        self.told, outlet = os.pipe()
        if command is not None:
            self.pid = subprocess.Popen(command, stdin=inlet, stdout=outlet).pid
        else:
            self.pid = os.fork()
            if not self.pid:
                os.close(self.feed)
                os.close(self.told)
                with os.fdopen(inlet) as read, os.fdopen(outlet, "w") as write:
                    hosted(read, write)
                os._exit(0)
        os.close(inlet)
        os.close(outlet)
        self._rest = b""

    def send(self, **told: Any) -> None:
        """A line to it; one that has died hears nothing."""
        try:
            os.write(self.feed, (json.dumps(told) + "\n").encode())
        except BrokenPipeError:
            return

    def lines(self, wait_s: float) -> list[dict[str, Any]] | None:
        """What it said since; None: it is dead and has said all. A line cut by its death was not said."""
        if not select.select([self.told], [], [], wait_s)[0]:
            return []
        got = os.read(self.told, 1 << 20)
        *whole, self._rest = (self._rest + got).split(b"\n")
        return [json.loads(line) for line in whole] if got else None

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        os.kill(self.pid, signal.SIGKILL)

    def hang_up(self) -> None:
        """Send nothing more: the end of the pipe tells it to end in order."""
        os.close(self.feed)
        self.feed = os.open(os.devnull, os.O_WRONLY)

    def hear_out(self, hear: Callable[[dict[str, Any]], object], wait_s: float) -> None:
        """What it still says before it has ended, then let go of it."""
        while (lines := self.lines(wait_s)) is not None:
            for line in lines:
                hear(line)
        os.close(self.feed)
        os.close(self.told)
        os.waitpid(self.pid, 0)
