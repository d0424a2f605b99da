"""How do a thousand browsers hear the same? A frame is written once; each listener is sent the newest it has not had.

A listener that is slow misses frames, never a notice among the last hundred; it holds nobody up. Server-sent events:
`event: tick` is a frame, `event: notice` tells that alarms or proposals changed, a comment keeps the line alive.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from wattloom.domain.errors import WattloomError
from wattloom.edge.api.here import encoded

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

HEARTBEAT_S = 15.0
HEARTBEAT = b": still here\n\n"
RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser comes again; the first thing that is sent, so that it knows it is connected."""
NOTICES_KEPT = 100
WAIT_S = 0.5
"""How long the loop is asked for its next frame at a time."""
NOTICED = ("alarms", "proposals")
"""Parts of a frame whose change is worth a notice."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
Messages = AsyncIterator[bytes]


def event(kind: str, data: bytes, *, number: object = None) -> bytes:
    """One server-sent event; the data holds no line break, as it is JSON."""
    head = b"" if number is None else f"id: {number}\n".encode()
    return head + f"event: {kind}\ndata: ".encode() + data + b"\n\n"


class Shouts:
    """Wakes whoever waits for something by its name; told from any thread."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note the loop in which listeners wait."""
        self._loop = loop

    def shout(self, name: str) -> None:
        """Something changed under this name."""
        if self._loop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):  # The loop may close between the question and the call.
                self._loop.call_soon_threadsafe(self._wake, name)

    def everyone(self) -> None:
        """Wake all, as the server stops."""
        for name in list(self._waiting):
            self._wake(name)

    def listen(self, name: str) -> asyncio.Event:
        """An event that is set whenever something changes under this name."""
        found = asyncio.Event()
        self._waiting.setdefault(name, set()).add(found)
        return found

    def leave(self, name: str, listener: asyncio.Event) -> None:
        """Listen no longer."""
        left = self._waiting.get(name, set())
        left.discard(listener)
        if not left:
            self._waiting.pop(name, None)

    def _wake(self, name: str) -> None:
        for listener in self._waiting.get(name, ()):
            listener.set()


class Live:
    """The newest frame, as bytes, and who listens to it."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.tick = -1
        self.taken_s = 0.0
        """When the newest frame came, on a clock that never goes back."""
        self.frame: Mapping[str, Any] = {}
        self.bytes_written = 0
        """Of frames, to all listeners."""
        self.skipped = 0
        """Frames that slow listeners missed."""
        self.begun = threading.Event()
        """A first frame came, or none will."""
        self._written = b""
        self._notices: deque[bytes] = deque(maxlen=NOTICES_KEPT)
        self._noticed = 0
        self._listeners: set[asyncio.Event] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def listeners(self) -> int:
        """How many there are."""
        return len(self._listeners)

    def start(self, room: Any, loop: asyncio.AbstractEventLoop, *, seen: Callable[[Mapping[str, Any]], None]) -> None:
        """Follow a control room from a thread; `seen` gets each frame, in the loop."""
        self._loop = loop
        self._thread = threading.Thread(target=self._follow, args=(room, seen), name="frames", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer; every stream ends."""
        self._stopping.set()
        self.begun.set()
        for listener in self._listeners:
            listener.set()

    def join(self) -> None:
        """Wait for the thread."""
        if self._thread is not None:
            self._thread.join(timeout=2 * WAIT_S)

    def take(self, frame: Mapping[str, Any]) -> None:
        """A new frame, in the loop: written once, told to all."""
        before = {name: self.frame.get(name) for name in NOTICED}
        self.frame, self.tick, self.taken_s = frame, int(frame["tick"]), time.monotonic()
        self._written = event("tick", encoded(frame), number=self.tick)
        self.begun.set()
        changed = {name: frame.get(name) for name in NOTICED if frame.get(name) != before[name]}
        if changed and any(part is not None for part in before.values()):
            self._notices.append(event("notice", encoded({"tick": self.tick, "at": frame.get("at")} | changed)))
            self._noticed += 1
        for listener in self._listeners:
            listener.set()

    async def messages(self) -> Messages:
        """What one listener is sent: the newest frame at once, then each as it comes."""
        woken, sent, noticed = asyncio.Event(), -1, self._noticed
        self._listeners.add(woken)
        try:
            yield RETRY
            while not self._stopping.is_set():
                if self._noticed > noticed:
                    news, noticed = self._news(noticed), self._noticed
                    yield news
                if self.tick > sent >= 0:
                    self.skipped += self.tick - sent - 1
                if self.tick > sent:
                    sent = self.tick
                    self.bytes_written += len(self._written)
                    yield self._written
                if not woken.is_set() and not await woken_in_time(woken):
                    yield HEARTBEAT
                woken.clear()
        finally:
            self._listeners.discard(woken)

    def _news(self, after: int) -> bytes:
        """Notices behind a count, of those that are kept."""
        return b"".join(list(self._notices)[-(self._noticed - after) :])

    def _taken(self, frame: Mapping[str, Any], seen: Callable[[Mapping[str, Any]], None]) -> None:
        """A frame, in the loop."""
        self.take(frame)
        seen(frame)

    def _follow(self, room: Any, seen: Callable[[Mapping[str, Any]], None]) -> None:
        """Ask for the next frame again and again; the one thread that does."""
        tick = -1
        while not self._stopping.is_set():
            try:
                frame = room.frame() if tick < 0 else room.wait(tick, WAIT_S)
            except WattloomError:
                frame = None
            if not frame or int(frame["tick"]) <= tick:
                self._stopping.wait(0.05 if tick < 0 or frame else 0.0)
                continue
            tick = int(frame["tick"])
            if self._loop is None or self._loop.is_closed():
                return
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._taken, frame, seen)


async def woken_in_time(waiting: asyncio.Event) -> bool:
    """Whether something came before the next heartbeat was due."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            await waiting.wait()
    except TimeoutError:
        return False
    return True


class EventStream(Response):
    """A response of server-sent events, ended when its listener goes or its messages end.

    Written for many listeners: one task each for the messages and one that waits for the end of the connection.
    """

    media_type = "text/event-stream"

    def __init__(self, messages: Messages) -> None:
        """Keep what is to be sent."""
        super().__init__(None, 200, HEADERS)
        del self.headers["content-length"]
        self._messages = messages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it
        """Send messages while somebody is there."""
        first = await anext(aiter(self._messages), None)  # What refuses a listener does so before the head is sent.
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send(first or b"", send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
            close = getattr(self._messages, "aclose", None)
            if close is not None:
                await close()

    async def _send(self, first: bytes, send: Send) -> None:
        """Message after message, then the end."""
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for message in self._messages:
            await send({"type": "http.response.body", "body": message, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    """Until the listener is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
