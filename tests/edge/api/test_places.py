"""Can somebody hold the server's places by saying little? One test for each way that was found, and what ends it."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.edge.api.access.conftest import ADDRESS, PASSWORD, Guarded
from tests.edge.api.access.test_matrix import Whole
from tests.edge.api.conftest import SMALL
from tests.edge.api.test_routes import Run

from wattloom.app.access.deciding import Role, Zone
from wattloom.edge.api.access import guard
from wattloom.edge.api.hands import Gone, Order
from wattloom.edge.api.settings import Limits, Settings

SIGN_IN = {"name": "viewer", "password": PASSWORD}


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    """The whole server behind its guard."""
    found = Whole(tmp_path)
    yield found
    found.close()


def scope(path: str, length: int, **headers: str) -> dict[str, Any]:
    """A write that is about to send a body."""
    told = {"host": "127.0.0.1:8320", "content-type": "application/json", "content-length": str(length), **headers}
    return {"type": "http", "method": "POST", "path": path, "query_string": b"", "client": ("127.0.0.1", 1),
            "headers": [(name.encode(), value.encode()) for name, value in told.items()]}  # fmt: skip


async def answered(app: Any, asked: dict[str, Any], pieces: list[bytes], *, every_s: float = 0.0) -> int:
    """Status of a request whose body comes in pieces, which are taken away, and after the last of them not at all."""
    told: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(every_s if pieces else 60)
        return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

    async def send(message: Any) -> None:
        told.append(message)

    await app(asked, receive, send)
    return int(told[0]["status"])


def test_strangers_whose_bodies_do_not_come_leave_places_for_others(make: Callable[..., Guarded]) -> None:
    """Seventy held all 64 places of the server, and nobody else was answered."""
    room = make()
    someone = room.signed_in("viewer")

    async def ask() -> tuple[int, int]:
        slow = [asyncio.create_task(answered(room.app, scope("/sign-in", 50), [b"{"])) for _ in range(70)]
        await asyncio.sleep(0.1)
        waiting = [one for one in slow if not one.done()]
        statuses = {one.result() for one in slow if one.done()}
        transport = httpx.ASGITransport(app=room.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, cookies=someone.cookies) as client:
            known = (await client.get("/notes/7.json")).status_code
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert statuses == {503}
        return len(waiting), known

    assert room.runner.run(ask()) == (guard.STRANGERS_AT_ONCE, 200)
    assert room.client().post("/sign-in", json=SIGN_IN).status_code == 200, "the places are free again"


def test_a_body_that_comes_by_the_byte_is_not_waited_for_and_one_that_comes_steadily_is(
    make: Callable[..., Guarded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_S", 1.0)
    room = make()
    someone = room.signed_in("operator")
    cookie = "; ".join(f"{name}={value}" for name, value in someone.cookies.items())
    headers = {"cookie": cookie, "x-wattloom-csrf": someone.headers["X-Wattloom-CSRF"]}

    def ask(pieces: list[bytes]) -> tuple[int, int]:
        """Status, and how many pieces were taken before the end."""
        asked, left = scope("/notes", sum(map(len, pieces)) + 1, **headers), [*pieces]
        status = room.runner.run(asyncio.wait_for(answered(room.app, asked, left, every_s=0.02), 20))
        return status, len(pieces) - len(left)

    dripping, steady = ask([b" "] * 200), ask([b" " * 2_000] * 60)

    assert dripping[0] == steady[0] == 408
    assert 1 <= dripping[1] <= 50, "a byte each 20 ms, for a second"
    assert steady[1] == 60, "1.2 s of 100 kB/s, and then the wait for what did not come"


async def _until(true: Callable[[], bool]) -> None:
    """Wait for something, five seconds at most."""
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.mark.parametrize("path", ["/live%0A", "/health%0A", "/tokens%0A", "/sites.json%00", "/now%C2%85"])
def test_a_path_that_ends_in_a_line_break_is_no_other_path(path: str, whole: Whole) -> None:
    """A pattern's `$` takes one: `/live%0A` was the stream, held a place, and a token's answer was kept by its key."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=whole.app, client=("127.0.0.1", 1))
        headers = {"Authorization": f"Bearer {whole.token(Role.ADMIN, 'home', Zone.MANAGEMENT)}"}
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers) as client:
            asked = {"name": "x", "roles": ["viewer"], "scopes": ["read"]}
            if "tokens" in path:
                return await client.post(path, json=asked, headers={"Idempotency-Key": "k"})
            return await asyncio.wait_for(client.get(path), 5)

    answer = whole.runner.run(ask())

    assert (answer.status_code, answer.json()["reason"]) == (400, "path")


def test_those_who_wait_for_jobs_leave_places_for_others(on_server: Run, settings: Settings) -> None:
    """A `Prefer: wait=60` held a place for a minute; sixty-four of them were all places."""
    limits = Limits(waited_for=2, requests_at_once=4)
    asked = {"project": SMALL, "options": {"step_minutes": 240}}

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        app.state.here.jobs._ring = lambda _name: None  # Nobody takes them up.
        wait = {"Prefer": "wait=60"}
        waiting = [asyncio.create_task(client.post("/plan/site", json=asked, headers=wait)) for _ in range(2)]
        await _until(lambda: app.state.here.waited_for == 2)

        third = await asyncio.wait_for(client.post("/plan/site", json=asked, headers=wait), 5)

        assert (third.status_code, third.json()["state"]) in {(202, "waiting"), (202, "running")}
        assert (await client.get("/now.json")).status_code == 200
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert app.state.here.waited_for == 0

    on_server(test, settings=Settings(store=settings.store, limits=limits))


def test_a_tenant_keeps_so_many_files_however_small(on_server: Run, settings: Settings) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        statuses = [(await client.put(f"/files/{n}.csv", content=str(n))).status_code for n in range(4)]
        assert statuses == [201, 201, 201, 429]

    on_server(test, settings=Settings(store=settings.store, limits=Limits(files=3)))


def test_files_beside_a_quick_question_are_few_and_small_and_go_with_it_when_it_is_ended(
    on_server: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was copied: a body of 8 MB named 47,000, and a process that was ended left its copies behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    limits = Limits(file_bytes=100, quick_s=0.5)

    class Stuck:
        """A process that has begun to write, and is ended."""

        def __init__(self) -> None:
            self.ended, self.scratch = threading.Event(), Path()

        def ask(self, order: Order, _step: object) -> dict[str, Any]:
            assert order.scratch is not None
            self.scratch = order.scratch
            (order.scratch / "copy.csv").write_text("x")
            assert self.ended.wait(10)
            raise Gone

        def kill(self) -> None:
            self.ended.set()

        def close(self) -> None: ...

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        kept = (await client.put("/files/a.csv", content=b"x" * 60)).json()["id"]
        project = {"project": "name: x"}
        many = {f"f{n}.csv": kept for n in range(201)}
        assert (await client.post("/project/check", json={**project, "files": many})).status_code == 422
        two = {"a.csv": kept, "b.csv": kept}
        assert (await client.post("/project/check", json={**project, "files": two})).status_code == 413

        app.state.here.desk._hand = stuck = Stuck()
        answer = await client.post("/project/check", json={**project, "files": {"a.csv": kept}})

        assert answer.status_code == 503
        assert stuck.scratch.parent == tmp_path
        assert not stuck.scratch.exists()

    on_server(test, settings=Settings(store=settings.store, limits=limits))
