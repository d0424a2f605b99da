"""What does a request find at hand? The server's parts, who asks, and how an instant is written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    stopping: bool = False
    offering: int = 0
    """Batches of telemetry that wait for the disk."""

    @property
    def loop(self) -> Any:
        """The control room, once it stands."""
        if self.room is None:
            raise Unavailable("the live loop is starting")
        return self.room

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
