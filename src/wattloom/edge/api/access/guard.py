"""May this request pass? The guard before every door: name, rate, size, who, rule, token of the page, record.

What is not allowed is refused before a byte of its body is read. An operation that writes is answered only when it
stands in the audit log; while the log cannot be written, nothing else is.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException

from wattloom.app.access.accounts import Session, Token
from wattloom.app.access.audit import DONE, FAILED, REFUSED, Event
from wattloom.app.access.deciding import Principal, Reason, Refused, Zone, may
from wattloom.app.access.rates import Buckets
from wattloom.domain.errors import Unavailable
from wattloom.edge.api.access.headers import dressed
from wattloom.edge.api.access.rules import READING, Doors, Operation, OperationRule
from wattloom.edge.api.problems import answer, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wattloom.edge.api.access.access import Access

CSRF_HEADER = "x-wattloom-csrf"
TENANT_HEADER = "x-wattloom-tenant"
"""The tenant that the caller means; another than its own is refused, none is its own."""
BODY_S = 15.0
"""So long a stranger's body is waited for in all; that of somebody who is known longer, by its length."""
BODY_BYTES_PER_S_MIN = 10_000
"""So fast at least comes the body of those who are known: a byte now and then holds no place for ever."""
STRANGERS_AT_ONCE = 16
"""Writes of those who have not signed in, being read or answered: they never fill all places of the server."""
LOOKED_UP_AT_ONCE = 4
LOOKED_AGAIN_S = 10.0
"""How often it is asked whether the listener of a stream is still signed in."""
LENGTH_DIGITS_MAX = 18
STATUS_OF = {Reason.NOBODY: 401, Reason.TENANT: 404}
SAID = {
    Reason.NOBODY: "sign in, or send a token",
    Reason.TENANT: "there is none in your tenant",
    Reason.ZONE: "this is not for callers of your zone",
    Reason.ROLE: "none of your roles may do this",
    Reason.SCOPE: "your token is not for this",
}


class Ended(Exception):
    """Whoever listens has signed out."""


class Stop(Exception):
    """The request ends here; `why` is for the audit log."""

    def __init__(self, status: int, why: str, detail: str, *, wait_s: int = 0) -> None:
        """Keep what to answer."""
        super().__init__(detail)
        self.status, self.why, self.detail, self.wait_s = status, why, detail, wait_s


@dataclass(slots=True)
class Asked:
    """A request, as far as the guard looks at it."""

    method: str
    path: str
    address: str
    headers: Mapping[str, str]
    operation: Operation | None = None
    rule: OperationRule | None = None
    principal: Principal | None = None
    state: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope) -> Asked:
        """Out of what the server tells."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        address = scope["client"][0] if scope.get("client") else ""
        return cls(scope["method"], scope["path"], address, headers, state=scope.setdefault("state", {}))

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method not in READING

    def event(self, outcome: str, *, status: int, why: str = "") -> Event:
        """It, for the audit log; a path, and never what stood in a body, a query or a header."""
        name = self.operation.name if self.operation else "none"
        subject, approval = str(self.state.get("subject") or self.path), str(self.state.get("approval") or "")
        event = Event.by(self.principal or self.state.get("entered"), name, subject, outcome)
        return replace(event, status=status, why=why, address=self.address, approval=approval)


def _host_of(origin: str) -> str:
    """Host and port of an origin, in small letters; nothing that is a host where it is no origin."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return "no origin"


class Guard:
    """An ASGI application before another."""

    def __init__(self, app: ASGIApp, *, access: Access, doors: Doors) -> None:
        """Stand before it."""
        self.app, self.access, self.doors, self.settings = app, access, doors, access.settings
        self._of_address, self._of_principal = (
            Buckets(self.settings.per_address),
            Buckets(self.settings.per_principal),
        )
        self._lookups: CapacityLimiter | None = None
        self._strangers, self._streams = 0, Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            else:  # There is no door for anything else.
                await send({"type": "websocket.close", "code": 1008})
            return
        asked = Asked.of(scope)
        asked.state["principal"] = asked.state["session"] = None
        send = self._dressing(asked, send)
        try:
            await self._checked(asked)
            with self._place(asked), self._held_open(asked):
                await self._written_down(asked, scope, self._counted(asked, receive), self._while_known(asked, send))
        except Ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except Stop as stop:
            await self._refuse(asked, stop, scope, receive, send)

    async def _checked(self, asked: Asked) -> None:
        """Every question before a body is read, in the order of what they cost."""
        self._is_for_us(asked)
        self._is_spelled_out(asked)
        self._may_ask(self._of_address, asked.address)
        asked.operation = self.doors.of(asked.method, asked.path)
        if asked.operation is None:
            return  # The application says 404 or 405: there is nothing to guard.
        asked.rule, asked.state["operation"] = self.doors.rules[asked.operation.name], asked.operation.name
        session = await self._who(asked)
        principal = asked.principal
        zone = self.settings.zone(asked.address, principal.zone if principal else Zone.MANAGEMENT)
        decision = may(principal, asked.rule.rule, tenant=self._tenant(asked), zone=zone)
        if isinstance(decision, Refused):
            raise Stop(STATUS_OF.get(decision.reason, 403), decision.reason.value, SAID[decision.reason])
        if asked.writes:
            self._from_our_page(asked, session)
        if principal is not None:
            self._may_ask(self._of_principal, f"{principal.tenant}/{principal.name}")
        self._not_too_long(asked)
        asked.state["principal"], asked.state["session"] = principal, session

    def _tenant(self, asked: Asked) -> str:
        """Whose it is what is asked for: the one that the caller names, else the room's, else the caller's own."""
        own = asked.principal.tenant if asked.principal else ""
        named = asked.headers.get(TENANT_HEADER, own)
        return self.settings.room_tenant if asked.rule and asked.rule.room and named == own else named

    def _is_for_us(self, asked: Asked) -> None:
        """Whether it names a host that we are."""
        host = asked.headers.get("host", "")
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        if name.lower() not in self.settings.hosts:
            raise Stop(421, "host", "this server does not answer to the name in Host")

    def _is_spelled_out(self, asked: Asked) -> None:
        """Whether its path holds nothing that cannot be seen: a line break at its end would be another path to some."""
        if not asked.path.isprintable():
            raise Stop(400, "path", "the path holds a character that cannot be printed")

    @contextmanager
    def _place(self, asked: Asked) -> Iterator[None]:
        """A place among the strangers who write, where it is one."""
        stranger = asked.principal is None and asked.writes
        if stranger and self._strangers >= STRANGERS_AT_ONCE:
            raise Stop(503, "strangers", "many who have not signed in are being answered; come again", wait_s=1)
        self._strangers += stranger
        try:
            yield
        finally:
            self._strangers -= stranger

    @contextmanager
    def _held_open(self, asked: Asked) -> Iterator[None]:
        """A stream among those of the same person and of all, where it is one."""
        principal = asked.principal
        if asked.rule is None or not asked.rule.stream or principal is None:
            yield
            return
        person = f"{principal.tenant}/{principal.name.partition('/')[0]}"  # A token's maker stands before the stroke.
        most, most_of_one = self.settings.streams, self.settings.streams_of_one
        if self._streams[person] >= most_of_one:
            raise Stop(429, "streams", f"you and your tokens hold {most_of_one} streams open: close one", wait_s=15)
        if self._streams.total() >= most:
            raise Stop(503, "streams", f"{most} streams are open: come again", wait_s=15)
        self._streams[person] += 1
        try:
            yield
        finally:
            self._streams[person] -= 1
            if not self._streams[person]:
                del self._streams[person]

    def _may_ask(self, buckets: Buckets, key: str) -> None:
        """Whether it is not too often."""
        wait_s = buckets.wait_s(key, now_s=time.monotonic())
        if wait_s:
            raise Stop(429, "rate", "more requests than are answered at once", wait_s=wait_s)

    async def _who(self, asked: Asked) -> Session | None:
        """Who asks, noted in the request; their session, where a browser asks."""
        kind, _, shown = asked.headers.get("authorization", "").partition(" ")
        secret = shown.strip() if kind.lower() == "bearer" else "" if kind else self._of_cookie(asked)
        if not secret:
            return None
        asked.state["secret"], found = secret, await self._looked_up(secret)
        if found is None or (kind and isinstance(found, Session)):
            return None
        asked.principal = found.principal()
        return found if isinstance(found, Session) else None

    async def _looked_up(self, secret: str) -> Session | Token | None:
        """The session or token of a secret."""
        found = self.access.remembered(secret)
        if found is not None:
            return found
        self._lookups = self._lookups or CapacityLimiter(LOOKED_UP_AT_ONCE)
        try:
            return await to_thread.run_sync(partial(self.access.known, secret), limiter=self._lookups)
        except Unavailable:
            raise Stop(503, "store", "accounts cannot be read now", wait_s=1) from None

    def _of_cookie(self, asked: Asked) -> str:
        """The value of our cookie."""
        try:
            cookies = SimpleCookie(asked.headers.get("cookie", ""))
        except CookieError:
            return ""
        return cookies[self.access.cookie].value if self.access.cookie in cookies else ""

    def _from_our_page(self, asked: Asked, session: Session | None) -> None:
        """Whether a browser was asked to write by a page of ours, and not by another's."""
        origin, fetched = asked.headers.get("origin"), asked.headers.get("sec-fetch-site", "same-origin")
        if origin is not None and _host_of(origin) != asked.headers.get("host", "").lower():
            raise Stop(403, "csrf", "asked by a page of another site")
        if fetched not in {"same-origin", "none"}:
            raise Stop(403, "csrf", "asked by a page of another site")
        told = asked.headers.get(CSRF_HEADER, "").encode("utf-8")
        public = asked.rule is not None and asked.rule.rule.public
        if session is not None and not public and not hmac.compare_digest(told, session.csrf.encode("utf-8")):
            raise Stop(403, "csrf", "send the header X-Wattloom-CSRF with the csrf of /me.json")

    def _limit(self, asked: Asked) -> int:
        """Bytes of a body that are read."""
        known = asked.principal is not None
        return self.settings.body_bytes if known else self.settings.body_bytes_of_strangers

    def _not_too_long(self, asked: Asked) -> None:
        """Whether its body is as long as it says, and that is not too much."""
        told = asked.headers.get("content-length", "0")
        if not told.isdecimal() or len(told) > LENGTH_DIGITS_MAX or int(told) > self._limit(asked):
            raise Stop(413, "size", f"at most {self._limit(asked)} bytes are read")

    def _counted(self, asked: Asked, receive: Receive) -> Receive:
        """The body, until it is longer than is read, or does not come on: a place is not held by saying nothing."""
        left, more, known, left_s = self._limit(asked), asked.writes, asked.principal is not None, BODY_S

        async def counted() -> Message:
            nonlocal left, more, left_s
            begun_s = time.monotonic()
            try:
                async with asyncio.timeout(left_s if more else None):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "the body did not come in time") from None
            more = more and bool(message.get("more_body"))
            size = len(message.get("body", b""))
            left -= size
            earned_s = (
                size / BODY_BYTES_PER_S_MIN if known else 0.0
            )  # Never more than at first: much buys no long rest.
            left_s = min(left_s + begun_s - time.monotonic() + earned_s, BODY_S)
            if left < 0:
                raise HTTPException(413, "the body is longer than is read")
            return message

        return counted

    def _while_known(self, asked: Asked, send: Send) -> Send:
        """A stream, for as long as its listener is signed in."""
        if asked.principal is None:
            return send
        looked_s, secret = time.monotonic(), asked.state["secret"]

        async def known(message: Message) -> None:
            nonlocal looked_s
            if message["type"] == "http.response.body" and time.monotonic() - looked_s > LOOKED_AGAIN_S:
                looked_s = time.monotonic()
                if await self._looked_up(secret) is None:
                    raise Ended
            await send(message)

        return known

    def _dressing(self, asked: Asked, send: Send) -> Send:
        """Every answer with the headers that browsers need."""

        async def dressing(message: Message) -> None:
            if message["type"] == "http.response.start":
                report, headers = bool(asked.rule and asked.rule.report), list(message.get("headers", []))
                message = {**message, "headers": dressed(headers, report=report, https=self.settings.https)}
            await send(message)

        return dressing

    async def _written_down(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it pass; an answer leaves when what was done stands in the audit log."""
        recorded = asked.rule.recorded(asked.method) if asked.rule else "no"
        if recorded == "no":
            await self.app(scope, receive, send)
            return
        if self.access.recorder.fault is not None:
            raise Stop(503, "audit", "the audit log cannot be written now; ask again later", wait_s=1)
        begun = False

        async def kept(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and not begun:
                begun = True
                await self._keep_answer(asked, message["status"], recorded)
            await send(message)

        try:
            await self.app(scope, receive, kept)
        except Stop:
            raise
        except Exception:
            if not begun:
                await self._keep_answer(asked, 500, recorded)
                await answer(problem(500, request=str(scope.get("wattloom.request", ""))))(scope, receive, send)
            raise

    async def _keep_answer(self, asked: Asked, status: int, recorded: str) -> None:
        """Write down how it ended."""
        outcome = DONE if status < 400 else REFUSED if status in {401, 403, 429} else FAILED  # noqa: PLR2004 - of HTTP
        event = asked.event(outcome, status=status)
        if recorded == "counted" or 400 <= status < 500:  # noqa: PLR2004 - nothing was done: there may be very many
            self.access.recorder.count(event)
        else:
            await self._kept(event)

    async def _kept(self, event: Event) -> None:
        """On the disk, or the request ends."""
        try:
            await asyncio.wrap_future(self.access.recorder.keep([event]))
        except Exception:  # noqa: BLE001 - whatever it was: what is not written down is not answered
            raise Stop(503, "audit", "the audit log cannot be written now; ask again later", wait_s=1) from None

    async def _refuse(self, asked: Asked, stop: Stop, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count it in the audit log."""
        self.access.recorder.count(asked.event(REFUSED, status=stop.status, why=stop.why))
        body = problem(stop.status, stop.detail, reason=stop.why, request=str(scope.get("wattloom.request", "")))
        headers = {"Retry-After": str(stop.wait_s)} if stop.wait_s else {}
        headers |= {"WWW-Authenticate": 'Bearer realm="wattloom"'} if stop.status == 401 else {}  # noqa: PLR2004
        await answer(body, headers)(scope, receive, send)
