"""What happens to a request before anything else? It gets an id, is let in or sent away, timed, counted and logged.

Sending away is cheap and early: when too many are being answered, or the event loop is late, the answer is 503 with
Retry-After before the body is read. Health, readiness and open streams are left alone. HEAD is answered as GET, less
the body.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from wattloom.edge.api.access.headers import dressed
from wattloom.edge.api.problems import MEDIA, RETRY_AFTER_S, problem
from wattloom.edge.api.traces import begun, ended

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wattloom.edge.api.counts import Counts
    from wattloom.edge.api.settings import Limits

LOG = logging.getLogger("wattloom.request")
ALWAYS = frozenset({"/health", "/ready", "/metrics"})
STREAM = re.compile(r"/live|/jobs/[^/]+/events")
LOOK_S = 0.05
"""How often the loop's lateness is looked at."""
WEIGHT = 0.3
"""Of the newest look."""
ID = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")
HEADERS = [
    (b"content-type", MEDIA.encode()),
    (b"retry-after", str(RETRY_AFTER_S).encode()),
    (b"cache-control", b"no-store"),
]


class Lateness:
    """How late the event loop is: the time by which a short sleep oversleeps, smoothed; it rises at once."""

    def __init__(self) -> None:
        """Not late."""
        self.s = 0.0

    async def look(self) -> None:
        """Measure for ever."""
        while True:
            begun_s = time.perf_counter()
            await asyncio.sleep(LOOK_S)
            late_s = max(time.perf_counter() - begun_s - LOOK_S, 0.0)
            self.s = max(late_s, (1.0 - WEIGHT) * self.s + WEIGHT * late_s)


class Front:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *,
                 counts: Counts, limits: Limits, lateness: Lateness, tracer: Any = None,
                 https: bool = False) -> None:  # fmt: skip
        """Stand before an application."""
        self._app, self._counts, self._limits, self._lateness, self._tracer = app, counts, limits, lateness, tracer
        self._at_once, self._https = 0, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["wattloom.request"] = request = _id_of(scope)
        path = scope["path"]
        aside = path in ALWAYS or STREAM.fullmatch(path) is not None
        why = "" if aside else self._too_much()
        if why:
            self._counts.shed.labels(why).inc()
            await _send_away(request, why, send, https=self._https)
            return
        if scope["method"] == "HEAD":
            scope, receive, send = {**scope, "method": "GET"}, _leaves(receive), _bodiless(send)
        await self._answered(scope, receive, send, counted=not aside)

    def _too_much(self) -> str:
        """Why nobody is let in now; empty where there is room."""
        if self._at_once >= self._limits.requests_at_once:
            return "too many at once"
        if self._lateness.s > self._limits.late_s and self._at_once >= self._limits.calm_at_once:
            return "late"
        return ""

    async def _answered(self, scope: Scope, receive: Receive, send: Send, *, counted: bool) -> None:
        """Let one in; time, count and log it."""
        begun_s, status = time.perf_counter(), 500
        mark = (b"x-request-id", scope["wattloom.request"].encode())

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], mark]
            await send(message)

        self._count(1 if counted else 0)
        try:
            with self._span(scope) as span:
                try:
                    await self._app(scope, receive, noted)
                finally:
                    if span is not None:
                        ended(span, scope, operation_of(scope), status)
        finally:
            self._count(-1 if counted else 0)
            took_s, operation = time.perf_counter() - begun_s, operation_of(scope)
            if counted:
                self._counts.requests.labels(operation, str(status)).observe(took_s)
            _log(scope, operation, status, took_s)

    def _count(self, change: int) -> None:
        """How many are being answered."""
        self._at_once += change
        self._counts.at_once.set(self._at_once)
        self._counts.late.set(self._lateness.s)

    def _span(self, scope: Scope) -> Any:
        """A trace's span, where traces are wanted; it carries no query, header or body, nor what an error says."""
        return nullcontext() if self._tracer is None else begun(self._tracer, scope)


def operation_of(scope: Scope) -> str:
    """Name of the operation that a request found, or was kept from; never its path, which may hold names."""
    found = getattr(scope.get("route"), "name", None) or scope.get("state", {}).get("operation")
    return str(found or "none")


def _log(scope: Scope, operation: str, status: int, took_s: float) -> None:
    """One line a request: no query, no header, no body."""
    principal = scope.get("state", {}).get("principal")
    told = {
        "request": scope["wattloom.request"], "method": scope["method"], "operation": operation, "status": status,
        "ms": round(took_s * 1000, 1), "by": getattr(principal, "name", None), "via": getattr(principal, "via", None),
    }  # fmt: skip
    LOG.info("answered", extra={"told": told})


def _bodiless(send: Send) -> Send:
    """The head of an answer alone."""
    told = False

    async def bodiless(message: Message) -> None:
        nonlocal told
        if message["type"] == "http.response.start":
            await send(message)
        elif message["type"] == "http.response.body" and not told:
            told = True
            await send({"type": "http.response.body", "body": b""})

    return bodiless


def _leaves(receive: Receive) -> Receive:
    """What somebody sends who goes at once: a stream need not begin for the sake of its head."""
    asked = False

    async def leaves() -> Message:
        nonlocal asked
        if asked:
            return {"type": "http.disconnect"}
        message = await receive()
        asked = not message.get("more_body")
        return message

    return leaves


async def _send_away(request: str, why: str, send: Send, *, https: bool) -> None:
    """503, before the body is read."""
    body = json.dumps(problem(503, f"the server has too much to do ({why}); come again") | {"request": request})
    headers = dressed(HEADERS, report=False, https=https)
    headers += [(b"x-request-id", request.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def _id_of(scope: Scope) -> str:
    """The id that a proxy gave, if it is one, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and ID.fullmatch(value):
            return str(value.decode())
    return secrets.token_hex(8)
