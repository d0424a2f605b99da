"""What if the same request comes twice? With an `Idempotency-Key` it is done once, and its answer is told again.

The same key with another body is 409, and so is a second request while the first is being answered. What was not
answered for good (429, 5xx) may be asked again under its key. Keys belong to who used them, for a day. Doors of access
know no keys.
"""

from __future__ import annotations

import re
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from wattloom.domain.errors import WattloomError
from wattloom.edge.api import problems
from wattloom.edge.api.here import aside

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wattloom.edge.api.methods import Methods

KEY = re.compile(rb"[\x21-\x7e]{1,200}")
NEVER = re.compile(rb"/(sign-in|sign-out|me|tokens|accounts)(/.*)?")
"""What passwords and tokens pass through: neither an answer with a token nor a hash of a password is kept."""
KEPT_BYTES_MAX = 1_000_000
UNTOLD = frozenset({429, 499, 500, 502, 503, 504})
HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Chosen by you, one for each thing that you want done; sent again, the thing is done once.",
    "schema": {"type": "string", "pattern": r"^[!-~]{1,200}$"},
    "example": "9a3f6c1e-2f0b-4a7e-8f57-1f6f3f4c9a10",
}


class Once:
    """A layer behind access: who asks is known here."""

    def __init__(self, app: ASGIApp, *, answers: Callable[[], Any], methods: Methods, body_bytes: int) -> None:
        """Stand before an application; `answers` gives the store, once the server has started."""
        self._app, self._answers, self._methods, self._body_bytes = app, answers, methods, body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        key = _key_of(scope)
        if key is None or scope["method"] not in self._methods.of(scope["path"]):
            await self._app(scope, receive, send)
            return
        if not KEY.fullmatch(key):
            await _tell(problems.problem(422, "an Idempotency-Key is 1 to 200 printable characters"), scope, send)
            return
        body = await _body(receive, self._body_bytes)
        if body is None:
            await _tell(problems.problem(413), scope, send)
            return
        owner, name = owner_of(scope), key.decode()
        request = sha256(b"\n".join((scope["method"].encode(), scope["path"].encode(), scope["query_string"], body)))
        await self._first_or_again(scope, body, send, taken=(owner, name, request.hexdigest()))

    async def _first_or_again(self, scope: Scope, body: bytes, send: Send, *, taken: tuple[str, str, str]) -> None:
        """Do it, or tell what was told."""
        owner, name, request = taken
        try:
            found = await aside(self._answers().begin, owner, name, request, at_s=time.time())
        except WattloomError as error:
            await _tell(problems.told(error), scope, send)
            return
        if found is None:
            scope.setdefault("state", {})["once"] = f"{owner}\n{name}"
            await self._do(scope, body, send, taken=taken)
        elif found.request != request:
            await _tell(problems.problem(409, "this Idempotency-Key was used for another request"), scope, send)
        elif found.status is None:
            await _tell(problems.problem(409, "the first request of this key is being answered"), scope, send)
        else:
            await _told_again(found, send)

    async def _do(self, scope: Scope, body: bytes, send: Send, *, taken: tuple[str, str, str]) -> None:
        """Do it, and keep what is told before it is told."""
        owner, name, _ = taken
        heard = _Heard()
        kept = False
        try:
            await self._app(scope, _again(body), heard)
            if heard.lasting:
                await aside(self._answers().end, owner, name, _answer(self._answers(), taken[2], heard))
                kept = True
        finally:
            if not kept:
                await aside(self._answers().forget, owner, name)
        for message in heard.messages:
            await send(message)


class _Heard:
    """Takes an answer in, to be told later."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        """Of the answer; 500 where none was begun."""
        return int(self.messages[0]["status"]) if self.messages else 500

    @property
    def body(self) -> bytes:
        """All of it, in one piece."""
        return b"".join(one.get("body", b"") for one in self.messages if one["type"] == "http.response.body")

    @property
    def lasting(self) -> bool:
        """Whether the same would be told again."""
        return self.status not in UNTOLD and len(self.body) <= KEPT_BYTES_MAX

    def header(self, name: bytes) -> str:
        """The first of a name, in small letters; empty where there is none."""
        headers = self.messages[0]["headers"] if self.messages else []
        return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")


def owner_of(scope: Scope) -> str:
    """Whose key it is."""
    principal = scope.get("state", {}).get("principal")
    return f"{getattr(principal, 'tenant', '')}/{getattr(principal, 'name', '')}"


def _answer(store: Any, request: str, heard: _Heard) -> Any:
    """What is kept of an answer, in the store's own words."""
    return store.answer(request=request, status=heard.status, media=heard.header(b"content-type"),
                        location=heard.header(b"location"), body=heard.body)  # fmt: skip


def _key_of(scope: Scope) -> bytes | None:
    """The key of a request that changes something."""
    if scope["type"] != "http" or scope["method"] not in {"POST", "PUT", "DELETE"}:
        return None
    if NEVER.fullmatch(scope["path"].encode()):
        return None
    return next((value for name, value in scope["headers"] if name == b"idempotency-key"), None)


async def _body(receive: Receive, most: int) -> bytes | None:
    """The whole body; None where it is too large."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes) -> Receive:
    """The body once more, then nothing."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return receive


async def _tell(problem: dict[str, Any], scope: Scope, send: Send) -> None:
    """A problem."""
    response = problems.answer(problem | {"request": str(scope.get("wattloom.request", ""))})
    await response(scope, _again(b""), send)


async def _told_again(found: Any, send: Send) -> None:
    """What was told before."""
    headers = [(b"content-type", found.media.encode("latin-1")), (b"idempotency-replayed", b"true"),
               (b"content-length", str(len(found.body)).encode())]  # fmt: skip
    if found.location:
        headers.append((b"location", found.location.encode("latin-1")))
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": found.body})
