"""Is the console served while the live loop opens, and does a loop that cannot be opened end its server with why?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.edge.api import recorded
from tests.edge.api.conftest import served
from tests.edge.api.recorded import let_in

from wattloom.domain.errors import InputError, Unavailable
from wattloom.edge.api import application as made
from wattloom.edge.api import here
from wattloom.edge.api.application import application
from wattloom.edge.api.settings import Settings


def opened_by(opener: Callable[[Settings], Any]) -> Callable[[str], Any]:
    """As the house finds, the control room by an opener of the test's."""
    return lambda name: opener if name == "control_room" else recorded.find(name)


def app_of(opener: Callable[[Settings], Any], settings: Settings) -> FastAPI:
    """A server whose control room is opened by the test."""
    app = application(opened_by(opener), settings, guard=let_in)
    app.state.here.desk.warm = lambda: None
    return app


@pytest.mark.anyio
async def test_pages_are_served_while_the_loop_opens_and_a_question_to_it_waits_until_it_stands(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "AT_ONCE_S", 0.0)
    stands = threading.Event()

    def slowly(given: Settings) -> recorded.RecordedRoom:
        assert stands.wait(20.0)
        return recorded.RecordedRoom(given)

    async with served(app_of(slowly, settings)) as client:
        shown, early = await client.get("/now"), await client.get("/ready")
        threading.Timer(0.3, stands.set).start()
        begun_s = time.monotonic()
        told = await client.get("/now.json")
        waited_s = time.monotonic() - begun_s
        late = await client.get("/ready")

    assert (shown.status_code, early.status_code) == (200, 503)
    assert "live: starting" in early.json()["detail"]
    assert told.status_code == 200
    assert waited_s >= 0.25
    assert late.json()["checks"]["live"]["ok"]


@pytest.mark.anyio
async def test_a_question_to_a_loop_that_opens_too_long_is_told_to_come_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "AT_ONCE_S", 0.0)
    monkeypatch.setattr(here, "OPENING_S", 0.1)
    stands = threading.Event()

    def slowly(given: Settings) -> recorded.RecordedRoom:
        assert stands.wait(20.0)
        return recorded.RecordedRoom(given)

    async with served(app_of(slowly, settings)) as client:
        told: httpx.Response = await client.get("/proposals.json")
        stands.set()

    assert told.status_code == 503
    assert int(told.headers["retry-after"]) >= 1
    assert "starting" in told.json()["detail"]


@pytest.mark.anyio
async def test_a_loop_that_cannot_be_opened_ends_its_server_and_the_reason_is_kept(settings: Settings) -> None:
    def never(_: Settings) -> Any:
        raise InputError.one("room.yaml", found="no file", expected="a plan", remedy="put it there")

    app = app_of(never, settings)
    told_to_end: list[bool] = []
    app.state.quit = lambda: told_to_end.append(True)

    with pytest.raises(Unavailable, match="no file"):
        async with served(app):
            pass

    assert "room.yaml" in app.state.fault
    assert told_to_end == [True]
