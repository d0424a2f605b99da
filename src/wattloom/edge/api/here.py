"""What does a request find at hand? The server's parts, who asks, and how an instant is written."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from wattloom.domain.errors import Unavailable

if TYPE_CHECKING:
    from wattloom.edge.api.counts import Counts
    from wattloom.edge.api.lanes import Desk, Jobs
    from wattloom.edge.api.settings import Settings
    from wattloom.edge.api.streams import Live, Shouts

Found = TypeVar("Found")
OPENING_S = 10.0
"""How long a question waits for a live loop that is starting."""


@dataclass(slots=True, kw_only=True)
class Here:
    """Parts of a running server."""

    find: Callable[[str], Any]
    settings: Settings
    counts: Counts
    shouts: Shouts
    live: Live
    jobs: Jobs
    desk: Desk
    answers: Any
    """Idempotent answers."""
    console: Mapping[str, Any]
    """Files of the console by path."""
    written: Any
    """Twins of the newest tick."""
    room: Any = None
    """The control room; None until it stands."""
    seeds: Any = None
    """Examples that a demonstration runs; None: none do."""
    stopping: bool = False
    waited_for: int = 0
    """Requests that wait for the end of a job (`Prefer: wait`)."""
    offering: int = 0
    """Batches of telemetry that wait for the disk."""
    opened: threading.Event = field(default_factory=threading.Event)
    """The control room stands and has told a first tick, or never will."""

    @property
    def loop(self) -> Any:
        """The control room; before it stands, what is asked of it waits for it, in the asker's thread."""
        return self.room if self.opened.is_set() and self.room is not None else Opening(self)

    def now(self) -> str:
        """This instant in the server's zone, ISO 8601 with its offset."""
        return datetime.now(tz=ZoneInfo(self.settings.zone)).isoformat(timespec="milliseconds")

    def local(self, instant: str) -> str:
        """An instant as it is kept (UTC), in the server's zone."""
        at = datetime.fromisoformat(instant)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return at.astimezone(ZoneInfo(self.settings.zone)).isoformat(timespec="milliseconds")

    def twin(self, *, sources: list[str], units: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
        """A page's JSON twin: when, in which zone, from where, in which units."""
        about = {"at": self.now(), "zone": self.settings.zone, "sources": sources, "units": dict(units or {})}
        return about | more


class Opening:
    """A control room that is not there yet."""

    def __init__(self, parts: Here) -> None:
        """Keep where it will stand."""
        self._parts = parts

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """What the room does by this name, once it stands; `Unavailable` where that takes too long."""

        def ask(*arguments: Any, **named: Any) -> Any:
            stands = self._parts.opened.wait(OPENING_S) and not self._parts.stopping
            if not stands or self._parts.room is None:
                raise Unavailable("the live loop is starting", after_s=2.0)
            return getattr(self._parts.room, name)(*arguments, **named)

        return ask


def here(request: Request) -> Here:
    """The server's parts."""
    found: Here = request.app.state.here
    return found


def who(request: Request) -> Any:
    """Who asks: a Principal with name, tenant, roles, zones, scopes, via."""
    return request.state.principal


async def aside(work: Callable[..., Found], *arguments: Any, **named: Any) -> Found:
    """Something that waits for a disk or a lock, done by a thread."""
    return await asyncio.to_thread(work, *arguments, **named)


def as_json(found: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON, written once and without a model's check on the way out."""
    return Response(encoded(found), status, headers, "application/json")


def encoded(found: object) -> bytes:
    """JSON in UTF-8; a number that JSON has no word for is an error."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), default=str, allow_nan=False).encode()
