"""No way leads from the management zone into the control zone: not by imports, not by sockets, not by rules.

NDRC Order 27 asks that the zones are cut off from each other. What crosses is fetched by the control side: signed text.
"""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import combinations, product
from pathlib import Path
from typing import Any

import grimp
import httpx
import pytest
from tests.edge.api.access.conftest import ADDRESS
from tests.edge.api.access.test_matrix import Whole
from tests.edge.api.recorded import RecordedRoom

from wattloom.app.access.deciding import SCOPES_OF_CONTROL, Allowed, Principal, Role, Scope, Zone, may
from wattloom.domain.errors import InputError
from wattloom.edge.api.access.rules import operation_rules

SOURCE = Path(__file__).parents[4] / "src" / "wattloom"
CONTROL_SIDE = ("control_side", "outward")
"""Modules of edge/gateways that run in the control zone."""
LISTENS = re.compile(r"\b(bind|listen|accept|create_server|start_server|start_unix_server|serve_forever|run_app)\b")
SERVERS = {"uvicorn", "fastapi", "starlette", "http.server", "socketserver", "asyncio", "aiohttp", "flask", "xmlrpc"}


@pytest.fixture(scope="module")
def graph() -> Any:
    """Who imports whom, as import-linter sees it."""
    return grimp.build_graph("wattloom", cache_dir=None)


@pytest.mark.parametrize("room", ["gateways", "field", "feeds", "workers", "store"])
def test_no_chain_of_imports_leads_from_the_server_s_door_to_the_field(graph: Any, room: str) -> None:
    if f"wattloom.edge.{room}" not in graph.modules:
        pytest.skip(f"there is no edge/{room}")

    assert (
        graph.find_shortest_chain(importer="wattloom.edge.api", imported=f"wattloom.edge.{room}", as_packages=True)
        is None
    )


def test_no_chain_of_imports_leads_from_the_control_side_to_the_server(graph: Any) -> None:
    for room in ("api", "workers", "store", "console"):
        chain = graph.find_shortest_chain(
            importer="wattloom.edge.gateways", imported=f"wattloom.edge.{room}", as_packages=True
        )
        assert chain is None


def control_side() -> list[Path]:
    """Files that run in the control zone."""
    return [path for name in CONTROL_SIDE if (path := SOURCE / "edge" / "gateways" / f"{name}.py").is_file()]


def listening(files: list[Path]) -> list[str]:
    """Where files would listen for calls: servers that they import, and calls that open a socket for others."""
    wrong = []
    for path in files:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {node.module or ""} if isinstance(node, ast.ImportFrom) else {one.name for one in node.names}
                wrong += [f"{path.name} imports {name}" for name in sorted(names) if name in SERVERS]
            if isinstance(node, ast.Attribute) and LISTENS.fullmatch(node.attr):
                wrong.append(f"{path.name} {node.attr}")
    return wrong


def test_the_control_side_opens_no_socket_to_listen_at(tmp_path: Path) -> None:
    files = control_side()
    copy = tmp_path / "outward.py"
    source = next(path for path in files if path.name == copy.name).read_text("utf-8")
    copy.write_text(f"{source}\nimport http.server\nsocket.create_server(('', 80))\n", "utf-8")

    assert len(files) == len(CONTROL_SIDE), "the gateway moved: say where it is"
    assert listening(files) == []
    assert listening([copy]) == ["outward.py imports http.server", "outward.py create_server"]


PLANTED_IMPORT = """
import grimp
graph = grimp.build_graph("wattloom", cache_dir=None)
chain = graph.find_shortest_chain(importer="wattloom.edge.api", imported="wattloom.edge.gateways", as_packages=True)
print(" > ".join(chain or ()))
"""


def test_an_import_of_the_field_that_is_planted_in_a_copy_is_found(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "wattloom", ignore=shutil.ignore_patterns("__pycache__", "*.js", "*.css"))
    live = tmp_path / "wattloom" / "edge" / "api" / "live.py"
    live.write_text(live.read_text("utf-8") + "\nfrom wattloom.edge.gateways import outward\n", "utf-8")

    found = subprocess.run([sys.executable, "-c", PLANTED_IMPORT], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONPATH": str(tmp_path)})  # fmt: skip

    assert found.stdout.strip() == "wattloom.edge.api.live > wattloom.edge.gateways.outward"


def principals_of_management() -> Iterator[Principal]:
    """Every one that there can be: any roles, by any way, with any one scope missing or all there."""
    every = [frozenset(some) for n in range(1, 7) for some in combinations(Role, n)]
    scopes = [frozenset(Scope), *(frozenset({one}) for one in Scope)]
    for roles, known, via in product(every, scopes, ("cookie", "token", "oidc")):
        yield Principal(name="x", tenant="home", roles=roles, scopes=known, via=via)  # type: ignore[arg-type]


def test_no_principal_of_management_reaches_an_operation_of_the_control_zone() -> None:
    crossing = [one.rule for one in operation_rules().values() if one.rule.zone is Zone.CONTROL]
    reached = [
        (rule.operation, principal)
        for rule, principal, zone in product(crossing, principals_of_management(), Zone)
        if isinstance(may(principal, rule, tenant="home", zone=zone), Allowed)
    ]

    assert crossing
    assert reached == []


def test_what_crosses_the_border_is_measurements_out_and_advice_fetched_and_nothing_else() -> None:
    crossing = {name: one.rule for name, one in operation_rules().items() if one.rule.zone is Zone.CONTROL}

    assert {rule.scope for rule in crossing.values()} <= SCOPES_OF_CONTROL
    assert set(crossing) <= {"telemetry_offer", "advice_json"}


def test_no_principal_can_be_made_that_stands_in_both_zones() -> None:
    for via in ("cookie", "token", "oidc"):
        with pytest.raises(InputError):
            Principal(name="x", tenant="home", roles=frozenset(Role), zones=frozenset(Zone), via=via)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """The whole server."""
    found = Whole(tmp_path_factory.mktemp("zones"))
    yield found
    found.close()


def calls_of(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[object]]:
    """A guard on every socket of the process while an admin, and then a gateway, ask each operation of the server.

    How many passed, and what was called. Workers are other processes: tests/edge/gateways/test_over_http.py.
    """
    called: list[object] = []

    def refuse(name: str) -> Any:
        def refused(_self: object, address: object, *_: object) -> None:
            called.append((name, address))
            raise OSError("no route")

        return refused

    secrets = [whole.token(Role.ADMIN, "home", Zone.MANAGEMENT), whole.token(Role.ADMIN, "home", Zone.CONTROL)]
    passed = 0

    async def ask_all() -> None:
        nonlocal passed
        app = whole.app
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("127.0.0.1", 1))
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            for name in ("connect", "connect_ex", "sendto"):
                monkeypatch.setattr(socket.socket, name, refuse(name))
            for operation, method, path in whole.operations():
                for secret in secrets if operation not in STREAMS else ():
                    asked = {"headers": {"Authorization": f"Bearer {secret}"}}
                    body = {"json": BODIES.get(operation, {})} if method != "GET" else {}
                    answer = await asyncio.wait_for(client.request(method, path, **asked, **body), 30)
                    passed += answer.status_code not in {401, 403, 404}
            monkeypatch.undo()

    whole.runner.run(ask_all())
    return passed, called


def test_the_server_calls_nobody_whatever_it_is_asked(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    passed, called = calls_of(whole, monkeypatch)

    assert passed > 60
    assert called == []


def test_a_call_into_the_control_zone_that_is_planted_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Calls(RecordedRoom):
        def note(self, by: str, text: str) -> dict[str, Any]:
            """Tell the plant, too."""
            with socket.socket() as plant, suppress(OSError):
                plant.connect(("10.9.0.1", 502))
            return super().note(by, text)

    whole = Whole(tmp_path)
    parts = whole.app.state.here
    house = parts.find
    parts.find = lambda name: Calls if name == "control_room" else house(name)
    try:
        assert calls_of(whole, monkeypatch)[1] == [("connect", ("10.9.0.1", 502))]
    finally:
        whole.close()


STREAMS = frozenset({"live", "job_events"})
BODIES: dict[str, Any] = {
    "proposals_approve": {"reason": "x"},
    "shift_log": {"text": "x"},
    "vpp_call": {"territory": "jiangsu", "down_mw": 1.0, "start": "2026-11-23T09:30:00+08:00", "hours": 1.0},
    "telemetry_offer": [],
}
