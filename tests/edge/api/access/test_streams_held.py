"""How many streams may somebody hold open, and all together?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
from tests.edge.api.access.conftest import Browser, Guarded
from tests.edge.api.recorded import find, let_in

from wattloom.edge.api.access.rules import operation_rules
from wattloom.edge.api.application import application
from wattloom.edge.api.settings import Settings


def test_one_person_holds_so_many_streams_open_with_all_their_tokens_and_all_so_many(
    make: Callable[..., Guarded],
) -> None:
    room = make(streams_of_one=2, streams=3)
    wu, another, third = (room.signed_in(name) for name in ("operator", "viewer", "trader"))
    asked = {"name": "screen", "roles": ["operator"], "scopes": ["read"]}
    token = wu.post("/tokens", json=asked).json()["secret"]
    screen = room.client(Authorization=f"Bearer {token}")

    async def ask(client: Browser) -> httpx.Response | None:
        """The answer; None where it does not end: a stream."""
        task = asyncio.ensure_future(client._client.get("/held"))
        begun = asyncio.ensure_future(room.app.state.held.get())
        held.append(task)
        await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        return task.result() if task.done() else None

    async def test() -> list[httpx.Response | None]:
        found = [await ask(one) for one in (wu, screen, wu, screen, another, third)]
        held[0].cancel()
        await asyncio.wait({held[0]})
        found += [await ask(third), await ask(another)]
        for one in held:
            one.cancel()
        await asyncio.wait(held)
        return found

    held = list[asyncio.Task[httpx.Response]]()
    first, second, mine, tokens, other, many, again, full = room.runner.run(test())

    assert (first, second, other, again) == (None, None, None, None)
    assert [one.status_code for one in (mine, tokens, many, full) if one is not None] == [429, 429, 503, 503]
    assert mine is not None
    assert mine.headers["content-type"] == "application/problem+json"
    assert mine.headers["retry-after"] == "15"
    assert "2 streams" in mine.json()["detail"]


def test_every_door_whose_answer_goes_on_and_on_is_counted(tmp_path: Path) -> None:
    drawn = application(find, Settings(store=tmp_path / "store"), guard=let_in).openapi()
    streaming = {
        one["operationId"]
        for path in drawn["paths"].values()
        for one in path.values()
        if "text/event-stream" in one["responses"].get("200", {}).get("content", {})
    }

    assert streaming == {name for name, rule in operation_rules().items() if rule.stream} == {"live", "job_events"}
