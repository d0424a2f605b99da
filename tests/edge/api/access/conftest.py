"""A small application behind the guard, with accounts of every role in two tenants."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from wattloom.app.access.audit import Audit
from wattloom.app.access.deciding import Role, Rule, Scope, Zone
from wattloom.app.access.entering import Entrance
from wattloom.app.access.secrets import Passwords
from wattloom.edge.api.access import Access, AccessSettings, guarded
from wattloom.edge.api.access.rules import OperationRule, operation_rules
from wattloom.edge.api.problems import tell_problems
from wattloom.edge.store.accounts import Accounts
from wattloom.edge.store.audit import AuditLog

QUICK = Passwords(memory_kib=64, passes=1, lanes=1)
PASSWORD = "a horse walks by the river"  # noqa: S105 - of tests
ADDRESS = "http://127.0.0.1:8320"


class Note(BaseModel):
    """What is written."""

    text: str = ""


def small(app: FastAPI) -> dict[str, OperationRule]:
    """A few doors of every sort, and their rules."""

    @app.get("/notes/{id}.json", operation_id="note_json")
    def note_json(id: str, request: Request) -> dict[str, str]:  # noqa: A002
        return {"id": id, "by": request.state.principal.name}

    @app.post("/notes", operation_id="notes_add", status_code=201)
    def notes_add(note: Note, request: Request) -> dict[str, str]:
        request.state.subject = "note 7"
        return {"text": note.text, "by": request.state.principal.name}

    @app.post("/telemetry", operation_id="telemetry_offer", status_code=202)
    async def telemetry_offer(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/", operation_id="home_page")
    def home_page() -> dict[str, str]:
        return {"page": "home"}

    @app.post("/fall", operation_id="fall")
    def fall() -> None:
        raise RuntimeError(PASSWORD)

    @app.get("/stream", operation_id="stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter([b"a", b"b"]), media_type="text/event-stream")

    app.state.held = asyncio.Queue[str]()

    @app.get("/held", operation_id="held")
    def held() -> StreamingResponse:
        async def without_end() -> AsyncIterator[bytes]:
            app.state.held.put_nowait("begun")
            yield b"a"
            await asyncio.Event().wait()

        return StreamingResponse(without_end(), media_type="text/event-stream")

    operators, everyone = frozenset({Role.OPERATOR, Role.ADMIN}), frozenset(Role)
    rules = (
        (Rule(operation="note_json", roles=everyone), {"report": True}),
        (Rule(operation="notes_add", roles=operators, scope=Scope.OPERATE), {}),
        (Rule(operation="telemetry_offer", roles=operators, scope=Scope.TELEMETRY, zone=Zone.CONTROL),
         {"audit": "counted"}),
        (Rule(operation="home_page", public=True), {}),
        (Rule(operation="fall", roles=operators, scope=Scope.OPERATE), {}),
        (Rule(operation="stream", roles=everyone), {}),
        (Rule(operation="held", roles=everyone), {"stream": True}),
    )  # fmt: skip
    told: dict[str, OperationRule] = {rule.operation: OperationRule(rule=rule, **more) for rule, more in rules}  # type: ignore[arg-type]
    return told


def own_rules() -> dict[str, OperationRule]:
    """The rules of the routes that access brings itself."""
    names = {
        "sign_in_json", "sign_in", "sign_in_once", "sign_in_oidc", "sign_in_oidc_back", "sign_out", "me_json",
        "me_password", "tokens_json", "tokens_add", "tokens_revoke", "accounts_json", "accounts_add",
        "accounts_change", "accounts_password", "audit_json", "audit_export",
    }  # fmt: skip
    return {name: rule for name, rule in operation_rules().items() if name in names}


class Browser:
    """A client that asks one thing after the other, in a loop that lives as long as the application."""

    def __init__(self, app: FastAPI, runner: asyncio.Runner, headers: dict[str, str], address: str) -> None:
        """Nothing is asked yet."""
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 50_000))
        self._client = httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)
        self._runner, self.headers, self.cookies = runner, self._client.headers, self._client.cookies

    def request(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """Ask."""
        return self._runner.run(self._client.request(method, path, **asked))

    def get(self, path: str, **asked: Any) -> httpx.Response:
        """Read."""
        return self.request("GET", path, **asked)

    def post(self, path: str, **asked: Any) -> httpx.Response:
        """Write."""
        return self.request("POST", path, **asked)

    def delete(self, path: str, **asked: Any) -> httpx.Response:
        """End something."""
        return self.request("DELETE", path, **asked)


class Guarded:
    """A guarded application with its clients."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """Build it on stores in a folder."""
        self.now_s, self.runner = time.time(), asyncio.Runner()
        place = folder / "access.sqlite"
        entrance = Entrance(Accounts(place), lambda: self.now_s, QUICK)
        self.access = Access(entrance, Audit(AuditLog(place), lambda: datetime.now(tz=UTC)), AccessSettings(**settings))
        self.app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        tell_problems(self.app)
        guarded(self.app, self.access, {**small(self.app), **own_rules()})
        for tenant in ("home", "north"):
            for role in Role:
                entrance.add_account(role.value, PASSWORD, [role], tenant=tenant)

    def client(self, *, address: str = "127.0.0.1", **headers: str) -> Browser:
        """Somebody who has not signed in."""
        return Browser(self.app, self.runner, headers, address)

    def signed_in(self, name: str, *, tenant: str = "home") -> Browser:
        """A browser in which somebody signed in, whose page sends the token of the page."""
        client = self.client()
        answer = client.post("/sign-in", json={"name": name, "password": PASSWORD, "tenant": tenant})
        assert answer.status_code == 200, answer.text
        client.headers["X-Wattloom-CSRF"] = answer.json()["csrf"]
        return client

    def records(self) -> list[dict[str, Any]]:
        """The audit log so far, oldest first, with what was still being counted."""
        self.access.recorder.stop()
        return [dict(one) for one in self.access.recorder.audit.page("home", limit=500)][::-1]


@pytest.fixture
def room(make: Callable[..., Guarded]) -> Guarded:
    """One with the settings that there are without being told."""
    return make()
