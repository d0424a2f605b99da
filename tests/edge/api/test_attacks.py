"""What did an attacker try, and what does the server answer now? One test for each fault that was found and mended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.edge.api.access.conftest import ADDRESS, PASSWORD, Guarded
from tests.edge.api.access.test_matrix import Whole
from tests.edge.api.conftest import served
from tests.edge.api.recorded import find, let_in
from tests.edge.api.test_routes import Run

from wattloom.app.access.deciding import Role, Zone
from wattloom.domain.errors import Unavailable
from wattloom.edge.api.access import guard
from wattloom.edge.api.application import application
from wattloom.edge.api.hands import Gone
from wattloom.edge.api.lanes import Desk
from wattloom.edge.api.settings import Limits, Settings
from wattloom.edge.api.work import paths_out, written

ALIASES = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)
"""Nine levels of nine: 3.5 thousand million values, written out."""
BID = Path(__file__).parents[3] / "examples" / "market_bid.yaml"
TOO_DEEP, TOO_MANY = "more than 30 levels", "more than 50,000 values"
BOMBS = {
    "aliases of aliases": (ALIASES, TOO_MANY),
    "brackets": ("[" * 200_000, TOO_DEEP),
    "dashes": ("- " * 200_000, TOO_DEEP),
    "itself": ("a: &a [*a]\n", "*a"),
}


def test_bombs_in_a_project_are_told_in_seconds_and_nowhere_says_where_the_server_works(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        for name, (text, said) in BOMBS.items():
            answer = await asyncio.wait_for(client.post("/project/check", json={"project": text}), 25)
            assert answer.status_code == 200, (name, answer.text[:200])
            (problem,) = answer.json()["result"]["problems"]
            assert said in problem["found"], name
            assert problem["where"].startswith("project.yaml"), name

    on_server(test)


def test_a_path_out_of_the_folder_is_found_behind_no_bomb() -> None:
    assert [one.found for one in paths_out("a: {file: ../../etc/passwd}")] == ["../../etc/passwd"]
    assert paths_out("[" * 200_000) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/project/check", '{"project": %s}'),
        ("/plan/site", '{"project": %s}'),
        ("/certificates/verify", '{"options": {"proofs": {"a.json": %s}}}'),
        ("/shift-log", '{"text": %s}'),
    ],
)
def test_json_that_is_deeper_than_anything_is_the_sender_s_fault(path: str, body: str, tmp_path: Path) -> None:
    """800 levels pass Python's reader and used to end in its writer: an error that nobody foresaw."""
    deep = body.replace("%s", '{"a":' * 800 + "1" + "}" * 800)
    app = application(find, Settings(store=tmp_path / "store"), guard=let_in)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return await client.post(path, content=deep, headers={"Content-Type": "application/json"})

    answer = asyncio.run(ask())
    app.state.here.jobs.store.close()
    app.state.here.answers.close()

    assert answer.status_code == 422
    assert len(answer.content) < 2_000


def test_a_quick_question_that_takes_too_long_is_ended_and_the_next_is_answered(tmp_path: Path) -> None:
    class Stuck:
        """A process that is busy until it is killed."""

        def __init__(self) -> None:
            self.killed, self.asked = threading.Event(), 0

        def ask(self, _order: object, _step: object) -> dict[str, Any]:
            self.asked += 1
            if self.asked == 1:
                assert self.killed.wait(10)
                raise Gone
            return {"result": 7}

        def kill(self) -> None:
            self.killed.set()

        def close(self) -> None: ...

    desk = Desk(find, Settings(store=tmp_path, limits=Limits(quick_s=0.05)))
    desk._hand = Stuck()  # type: ignore[assignment]

    with pytest.raises(Unavailable, match="too long"):
        desk.ask("project_check", tenant="home", options={})
    assert desk.ask("project_check", tenant="home", options={}) == {"result": 7}
    desk.stop()


def test_a_project_is_never_written_into_a_file_that_was_sent(tmp_path: Path) -> None:
    """A file of the sender's lies in the job's folder as a second name of the one that is kept under its hash."""
    kept, name = tmp_path / "kept", tmp_path / "other-2.yaml"
    kept.write_text("time,price\n")
    name.hardlink_to(kept)

    written(name, "name: x\n")

    assert (kept.read_text(), name.read_text()) == ("time,price\n", "name: x\n")


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    """The whole server behind its guard, with an admin."""
    found = Whole(tmp_path)
    found.access.entrance.add_account("wu", PASSWORD, ["admin"])
    yield found
    found.close()


def test_an_idempotency_key_keeps_no_token_and_no_hash_of_a_password(whole: Whole, tmp_path: Path) -> None:
    async def ask() -> tuple[str, list[int]]:
        transport = httpx.ASGITransport(app=whole.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            once = {"Idempotency-Key": "again"}
            entered = await client.post("/sign-in", json={"name": "wu", "password": PASSWORD}, headers=once)
            told = {**once, "X-Wattloom-CSRF": entered.json()["csrf"]}
            asked = {"name": "x", "roles": ["viewer"], "scopes": ["read"]}
            made = [await client.post("/tokens", json=asked, headers=told) for _ in range(2)]
            return made[0].json()["secret"], [one.status_code for one in (entered, *made)]

    secret, statuses = whole.runner.run(ask())
    kept = whole.app.state.here.answers

    assert statuses == [200, 201, 201]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []
    for owner in ("/", "home/wu"):
        assert kept.begin(owner, "again", "another request", at_s=0.0) is None, "nothing was kept under the key"


def test_metrics_of_the_room_are_of_the_tenant_that_runs_it(whole: Whole) -> None:
    secrets = [whole.token(Role.VIEWER, tenant, Zone.MANAGEMENT) for tenant in ("home", "north")]

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app=whole.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return [(await client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})).status_code
                    for secret in secrets]  # fmt: skip

    assert whole.runner.run(ask()) == [200, 404]


def test_a_body_that_does_not_come_holds_no_place(
    make: Callable[..., Guarded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "BODY_S", 0.05)
    room, told = make(), list[Any]()
    scope = {
        "type": "http", "method": "POST", "path": "/sign-in", "query_string": b"", "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1:8320"), (b"content-type", b"application/json"), (b"content-length", b"50")],
    }  # fmt: skip
    pieces = iter([{"type": "http.request", "body": b'{"na', "more_body": True}])

    async def receive() -> Any:
        piece = next(pieces, None)
        if piece is None:
            await asyncio.sleep(60)
        return piece

    async def send(message: Any) -> None:
        told.append(message)

    room.runner.run(asyncio.wait_for(room.app(scope, receive, send), 5))  # type: ignore[arg-type]

    assert told[0]["status"] == 408
    assert b"did not come in time" in told[1]["body"]


BROWSER = ("content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-resource-policy")


def test_who_is_sent_away_gets_the_headers_that_everybody_gets(tmp_path: Path) -> None:
    settings = Settings(store=tmp_path / "s", public_address="https://room.example.org",
                        limits=Limits(requests_at_once=0))  # fmt: skip

    async def ask() -> httpx.Response:
        async with served(application(find, settings, guard=let_in)) as client:
            return await client.get("/now.json")

    answer = asyncio.run(ask())

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert [name for name in BROWSER if name not in answer.headers] == []
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "max-age" in answer.headers["strict-transport-security"]


def test_head_answers_as_get_does_without_a_body_also_for_a_stream_and_a_stranger(on_server: Run, whole: Whole) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        for path in ("/health", "/now", "/rules.json", "/nowhere"):
            got, head = await client.get(path), await client.head(path)
            assert (head.status_code, head.content) == (got.status_code, b""), path
            assert head.headers["content-type"] == got.headers["content-type"], path
            assert abs(int(head.headers["content-length"]) - len(got.content)) <= 4, "an id or an instant may differ"
        stream = await asyncio.wait_for(client.head("/live"), 5)
        assert (stream.status_code, stream.content) == (200, b"")
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert app.state.here.live.listeners == 0
        assert (await client.head("/plan/frontier")).status_code == 405

    on_server(test)

    async def stranger() -> httpx.Response:
        transport = httpx.ASGITransport(app=whole.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return await client.head("/sites.json")

    refused = whole.runner.run(stranger())
    assert (refused.status_code, refused.content) == (401, b"")


def test_a_stranger_who_asks_who_he_is_is_told_and_not_written_down(make: Callable[..., Guarded]) -> None:
    room = make()
    client = room.client()

    told = client.get("/me.json")

    assert (told.status_code, told.json()) == (200, {"signed_in": False})
    assert room.signed_in("viewer").get("/me.json").json()["signed_in"] is True
    assert "me_json" not in {one["operation"] for one in room.records()}


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "null", "//", "http://127.0.0.1:8320.evil.example"])
def test_an_origin_that_cannot_be_read_is_another_site(origin: str, make: Callable[..., Guarded]) -> None:
    """The first two ended in an error that nobody foresaw, asked by anybody."""
    answer = make().client(Origin=origin).post("/sign-in", json={"name": "viewer", "password": PASSWORD})

    assert (answer.status_code, answer.json()["reason"]) == (403, "csrf")


def test_a_length_of_ten_thousand_digits_is_too_long(make: Callable[..., Guarded]) -> None:
    answer = make().client().post("/sign-in", content=b"{}", headers={"Content-Length": "9" * 10_000})

    assert answer.status_code == 413


@pytest.mark.parametrize("start", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z"])
def test_an_instant_at_the_end_of_the_calendar_is_the_sender_s_fault(start: str, on_server: Run) -> None:
    asked = {"territory": "jiangsu", "down_mw": 1, "start": start, "hours": 1}

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        answer = await client.post("/vpp/call", json=asked)
        assert (answer.status_code, answer.json()["problems"][0]["where"]) == (422, "body.start")

    on_server(test)


def test_no_file_of_the_sender_s_takes_the_place_of_the_run_folder(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        kept = (await client.put("/files/run", content=b"x")).json()["id"]
        answer = await client.post("/plan/site", json={"project": "name: x", "files": {"run": kept}})
        assert (answer.status_code, answer.json()["problems"][0]["where"]) == (422, "files.run")

    on_server(test)


def test_a_problem_of_the_tenant_s_book_does_not_tell_where_it_lies(on_server: Run, settings: Settings) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        answer = await client.post("/ledger/verify", json={"options": {}})
        assert answer.status_code == 422
        assert "book.sqlite: found no file" in answer.json()["detail"]
        assert str(settings.store) not in answer.text

    on_server(test)


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("/flexibility/assess", {"ramp_minutes": True}, 422),
        ("/flexibility/assess", {"probability": "0.9"}, 422),
        ("/plan/frontier", {"points": "8"}, 422),
        ("/plan/frontier", {"points": 8.5}, 422),
        ("/plan/frontier", {"points": 8.0}, 202),
        ("/rules/check", {"faults_only": "yes"}, 422),
    ],
)
def test_a_yes_or_a_text_is_no_number_and_a_whole_one_may_have_a_point(
    path: str, options: dict[str, Any], status: int, on_server: Run
) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        project = {} if path == "/rules/check" else {"project": "name: x"}
        answer = await client.post(path, json={**project, "options": options})
        assert answer.status_code == status, answer.text

    on_server(test)


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u0000", "\u001b[2J", "\u200f"])
def test_a_line_of_the_shift_log_reads_as_it_was_written(hidden: str, on_server: Run) -> None:
    """A character that turns the reading round made `12 MW to be put off` of what somebody else had written."""
    asked = {
        "/shift-log": {"text": f"battery{hidden} 2 back"},
        "/alarms/a-1/acknowledge": {"note": hidden},
        "/proposals/p-1/approve": {"reason": hidden},
        "/certificates/cancel": {"options": {"deed": "void", "reason": hidden}},
    }

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        assert [(await client.post(path, json=body)).status_code for path, body in asked.items()] == [422] * 4
        said = "Batterie 2 zurück,\n二号电池已恢复\t09:20"
        kept = await client.post("/shift-log", json={"text": said})
        assert (kept.status_code, kept.json()["text"]) == (201, said)

    on_server(test)


def test_a_stranger_hears_that_the_server_is_not_ready_and_nothing_of_its_inside(whole: Whole) -> None:
    """What a store says when it is down names its host, its user or its folder."""
    fault = "connection to server at 10.0.0.5 failed for user wattloom"
    admin = whole.token(Role.ADMIN, "home", Zone.MANAGEMENT)

    def down() -> dict[str, int]:
        raise Unavailable(fault)

    async def ask(**headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=whole.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers) as client:
            return await client.get("/ready")

    whole.app.state.here.jobs.store.counts = down
    stranger = whole.runner.run(ask())
    known = whole.runner.run(ask(Authorization=f"Bearer {admin}"))

    assert (stranger.status_code, known.status_code) == (503, 503)
    assert fault in known.json()["checks"]["store"]["found"]
    assert (stranger.json()["checks"]["store"], stranger.json()["detail"]) == (
        {"ok": False, "found": ""},
        "store; live",
    )
    assert "GB" not in stranger.text


def test_the_store_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    app = application(find, Settings(store=tmp_path / "store"), guard=let_in)
    app.state.here.jobs.store.close()
    app.state.here.answers.close()

    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["{elsewhere}", "../elsewhere.csv", "run/../../elsewhere.csv"])
def test_a_file_that_a_project_names_names_none_that_lies_elsewhere(
    name: str, on_server: Run, settings: Settings
) -> None:
    """A forecast file was sent beside a bid, and named any file of the machine as its table."""
    elsewhere = settings.store.parent / "elsewhere.csv"
    elsewhere.write_text("time,price\n2026-01-01T00:00:00+08:00,1\n", "utf-8")
    prices = (
        "name: x\nstep_minutes: 60\nstations:\n  spot_price: {kind: price, unit: CNY/MWh, zone: Asia/Shanghai, "
        f"table: {{file: {name.format(elsewhere=elsewhere)}}}}}\nday_ahead: {{issue_clock: '09:00'}}\n"
        "models: {asked: seasonal_naive}\n"
    )

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        kept = (await client.put("/files/market_prices.yaml", content=prices.encode())).json()["id"]
        asked = {"project": BID.read_text("utf-8"), "files": {"market_prices.yaml": kept}}
        checked = await client.post("/project/check", json={**asked, "options": {"sort": "bids"}})
        ran = await client.post("/market/bid", json=asked, headers={"Prefer": "wait=60"})

        for problems in (checked.json()["result"]["problems"], ran.json()["problem"]["problems"]):
            assert "a file beside the project" in {one["expected"] for one in problems}
            assert {one["where"] for one in problems} >= {"market_prices.yaml:4 stations.spot_price.table.file"}

    on_server(test)
