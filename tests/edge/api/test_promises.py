"""Does the server keep what its OpenAPI file promises? Schemathesis asks a little; its campaign asks a lot."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from tests.edge.api.recorded import find, let_in
from tests.edge.api.test_serve import free_port

from wattloom import wiring
from wattloom.edge.api.application import application
from wattloom.edge.api.settings import Limits, Settings

CAMPAIGNS = Path(__file__).parents[3] / "campaigns"
PARTS = (
    r"/(health|ready|live|now\.json|jobs.*|telemetry.*|proposals.*|alarms/.*|vpp/call|plan/site"
    r"|project/.*|rules/.*|ledger/export)"
)
"""Operations of each sort; the campaign asks all."""


@contextmanager
def ticking(app: FastAPI) -> Iterator[int]:
    """The application on a port, its recorded room ticking; the port."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)

    def tick() -> None:
        while not server.should_exit:
            app.state.here.room.tick()
            time.sleep(0.5)

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()
        ticker.join()


def test_every_sort_of_operation_keeps_its_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(CAMPAIGNS))
    spec = importlib.util.spec_from_file_location("schemathesis_api", CAMPAIGNS / "schemathesis_api.py")
    assert spec is not None
    assert spec.loader is not None
    campaign: Any = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "schemathesis_api", campaign)
    spec.loader.exec_module(campaign)
    limits = Limits(jobs_waiting=3)
    app = application(find, Settings(store=tmp_path / "store", limits=limits), guard=let_in)
    app.state.here.desk.warm = lambda: None  # Its process is started by the first who asks.
    more = ("--phases", "examples,fuzzing", "--seed", "1", "--include-path-regex", f"^{PARTS}$")

    with ticking(app) as port:
        done = campaign.asked_all(f"http://127.0.0.1:{port}", {}, cases=4, folder=tmp_path, more=more)

    assert done.returncode == 0, done.stdout[-6_000:]
    assert "Tested: " in done.stdout


def test_the_openapi_file_has_an_example_for_every_body_and_a_name_for_every_operation(tmp_path: Path) -> None:
    app = application(find, Settings(store=tmp_path / "store"), guard=let_in)
    drawn = app.openapi()
    app.state.here.jobs.store.close()
    app.state.here.answers.close()
    operations = {
        f"{method} {path}": one for path, of_path in drawn["paths"].items() for method, one in of_path.items()
    }
    bare = [
        name
        for name, one in operations.items()
        for media in one.get("requestBody", {}).get("content", {}).values()
        if "example" not in media and not _has_examples(drawn, media["schema"])
    ]
    names = [one["operationId"] for one in operations.values()]

    assert len(operations) > 70
    assert len(set(names)) == len(names)
    assert bare == []
    assert "Infinity" not in json.dumps(drawn)


def test_a_mirror_on_the_side_of_the_grid_has_no_route_that_leads_to_a_command(tmp_path: Path) -> None:
    def paths(folder: str, profile: Any) -> set[str]:
        app = application(wiring.find, Settings(store=tmp_path / folder, profile=profile))
        found = {one["operationId"] for of_path in app.openapi()["paths"].values() for one in of_path.values()}
        app.state.access.stop()
        app.state.here.jobs.store.close()
        app.state.here.answers.close()
        return found

    acting = {"proposals_approve", "proposals_reject", "vpp_call", "advice_json"}

    assert paths("user", "user-side") - paths("grid", "grid-side") == acting


def _has_examples(drawn: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a body's model shows an example in one of its fields, or needs none as it may be left away."""
    found = json.dumps(schema)
    for name, model in drawn["components"]["schemas"].items():
        if f'schemas/{name}"' in found:
            return "examples" in json.dumps(model) or not model.get("required")
    return False
