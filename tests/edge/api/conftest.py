"""A running server in the test's own loop, with a recorded control room and everybody let in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.edge.api.recorded import find, let_in

from wattloom.edge.api.application import application
from wattloom.edge.api.settings import Settings

Test = Callable[[httpx.AsyncClient, FastAPI], Awaitable[None]]
SMALL = """
name: A hall on the grid
site: {latitude_deg: 37.5, longitude_deg: 105.2, altitude_m: 1225, time_zone: Asia/Shanghai}
connection: {territory: none, voltage_kv: 110}
study: {project_years: [1]}
assets:
  computing: {kind: cluster, it_mw: 10, utilisation: 0.5, overhead_fixed: 0, overhead_slope: 0.2}
  grid: {kind: grid, capacity_mva: {min: 0, max: 20}, energy_price_cny_per_mwh: 390}
"""


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has started."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8320") as client:
            yield client


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a server with its store in the test's folder."""
    return Settings(store=tmp_path / "store")


@pytest.fixture
def on_server(settings: Settings) -> Callable[..., None]:
    """Runs a test's coroutine against a server that lives as long."""

    def run(test: Test, *, settings: Settings = settings, **replaced: Any) -> None:
        app = application(find, settings, guard=let_in)
        app.state.here.desk.warm = lambda: None  # Its process is started by the first who asks.
        for name, part in replaced.items():
            setattr(app.state.here, name, part)

        async def whole() -> None:
            async with served(app) as client:
                await test(client, app)

        asyncio.run(whole())

    return run


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A small application behind the guard."""
    from tests.edge.api.access.conftest import Guarded  # noqa: PLC0415 - which stands on this file

    made: list[Guarded] = []

    def build(**settings: Any) -> Guarded:
        made.append(Guarded(tmp_path / f"small{len(made)}", **settings))
        return made[-1]

    yield build
    for one in made:
        one.runner.close()
        one.access.stop()
