"""Does the server say what it promises: pages, use cases, jobs, problems, once and no more?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.edge.api.conftest import SMALL, served
from tests.edge.api.recorded import FRAME, find, let_in

from wattloom.edge.api.application import application
from wattloom.edge.api.settings import Limits, Settings
from wattloom.edge.api.uses import USES
from wattloom.wiring import USE_CASES

Run = Callable[..., None]
PROBLEM = "application/problem+json"
PRICES = "3e4cfc292469617684d01dfe3cc7e4b75fc1d688a9da73c45987132f66965cde"
"""What sha256sum says of the line `time,price`."""


def test_health_readiness_and_metrics_tell_of_a_server_that_works(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        await asyncio.sleep(0.1)
        ready = (await client.get("/ready")).json()
        metrics = (await client.get("/metrics")).text

        assert (await client.get("/health")).json()["ok"] is True
        assert ready["ok"], ready
        assert set(ready["checks"]) == {"store", "disk", "live", "room journal"}
        assert "wattloom_tick 1.0" in metrics
        assert 'wattloom_tick_latency_seconds{part="decision"} 0.0042' in metrics
        assert "wattloom_jobs_waiting 0.0" in metrics

    on_server(test)


def test_a_loop_that_is_down_makes_the_server_not_ready_and_telemetry_ask_again(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        app.state.here.room.down = True

        ready = await client.get("/ready")
        told = await client.post("/telemetry", json=UPDATE)

        assert (ready.status_code, ready.headers["content-type"]) == (503, PROBLEM)
        assert "room journal" in ready.json()["detail"]
        assert (told.status_code, told.headers["retry-after"]) == (503, "1")
        assert told.json()["detail"] == "the disk does not answer"

    on_server(test)


UPDATE = {"part": "regions", "name": "jiangsu", "field": "price_cny_per_mwh", "value": 400, "at_s": 1.0,
          "source": "feed", "number": 3}  # fmt: skip


def test_telemetry_is_told_how_far_it_is_kept_and_wrong_keys_all_at_once(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        taken = await client.post("/telemetry", json=[UPDATE, UPDATE])
        wrong = await client.post("/telemetry", json=[{"part": "sites", "colour": "red"}])
        broken = await client.post("/telemetry", content=b"{", headers={"Content-Type": "application/json"})
        many = await client.post("/telemetry", json=[UPDATE] * 10_001)
        none = await client.post("/telemetry", json=[])

        assert (taken.status_code, taken.json()) == (202, {"taken": 1, "kept_up_to": {"feed": 3}, "refused": []})
        assert wrong.status_code == 422
        assert len(wrong.json()["problems"]) == 7  # Six keys are missing, one is unknown.
        assert broken.status_code == 422
        assert many.status_code == 413
        assert (none.status_code, none.json()["taken"]) == (202, 0)
        batch = app.openapi()["paths"]["/telemetry"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert "minItems" not in batch["oneOf"][1], "a batch may be empty"

    on_server(test)


def test_a_twin_is_written_once_a_tick_however_many_ask(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        room = app.state.here.room
        await asyncio.sleep(0.1)
        for _ in range(5):
            now = await client.get("/now.json")
        room.tick()
        await asyncio.sleep(0.1)
        await client.get("/now.json")

        assert now.json()["page"] == "now"
        assert room.pages_made == 2
        assert (await client.get("/sites/suzhou-1.json")).json()["site"] == "suzhou-1"
        missing = await client.get("/sites/nowhere.json")
        assert (missing.status_code, missing.json()["detail"]) == (404, "there is no site nowhere")
        assert (await client.get("/market.json?territory=nowhere")).status_code == 422

    on_server(test)


def test_a_word_on_a_proposal_is_kept_under_the_name_of_who_gave_it(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        approved = await client.post("/proposals/p-1/approve", json={"reason": "cheap hours ahead"})
        again = await client.post("/proposals/p-1/reject")
        unknown = await client.post("/proposals/p-9/approve")
        alarm = await client.post("/alarms/a-1/acknowledge", json={"note": "seen"})
        line = await client.post("/shift-log", json={"text": "quiet"})
        call = await client.post(
            "/vpp/call",
            json={"territory": "jiangsu", "down_mw": 5, "start": "2026-11-23T10:00:00+08:00", "hours": 1},
        )

        assert approved.json() == {"id": "p-1", "state": "approved", "by": "operator"}
        assert (again.status_code, again.json()["detail"]) == (409, "decided already")
        assert unknown.status_code == 404
        assert (alarm.status_code, line.status_code, call.json()) == (200, 201, {"proposal": "p-2"})
        assert app.state.here.room.log[0] == ("decide", "p-1", True, "operator", "token", "cheap hours ahead")

    on_server(test)


def test_the_same_request_under_one_key_is_done_once_and_another_body_is_refused(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        key = {"Idempotency-Key": "line-1"}
        first = await client.post("/shift-log", json={"text": "one"}, headers=key)
        second = await client.post("/shift-log", json={"text": "one"}, headers=key)
        other = await client.post("/shift-log", json={"text": "two"}, headers=key)
        stranger = await client.post("/shift-log", json={"text": "two"}, headers={**key, "X-Test-Tenant": "other"})

        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert second.headers["idempotency-replayed"] == "true"
        assert (other.status_code, stranger.status_code) == (409, 201)
        assert [one[2] for one in app.state.here.room.log] == ["one", "two"]

    on_server(test)


def test_a_quick_question_is_answered_with_every_problem(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        right = await client.post("/project/check", json={"project": SMALL})
        wrong = await client.post("/project/check", json={"project": "name: nothing else\n"})
        as_object = await client.post("/project/check", json={"project": {"name": "nothing else"}})
        out = await client.post("/project/check", json={"project": f"{SMALL}weather: {{file: /etc/passwd}}\n"})
        rules = await client.post("/rules/check", json={"options": {"territory": "xinjiang"}})
        proof = await client.post("/certificates/verify", json={"options": {"proofs": {"a.json": {"not": "one"}}}})

        assert right.json()["result"]["right"] is True
        assert right.json()["result"]["assets"]
        assert len(wrong.json()["result"]["problems"]) == len(as_object.json()["result"]["problems"]) > 1
        assert (out.status_code, out.json()["problems"][0]["found"]) == (422, "/etc/passwd")
        assert rules.json()["result"]["faults"] == 0
        assert proof.json()["result"]["holds"] is False

    on_server(test)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store in which a small plan was done."""
    store = tmp_path_factory.mktemp("server") / "store"
    app = application(find, Settings(store=store), guard=let_in)

    async def whole() -> str:
        async with served(app) as client:
            asked = {"project": SMALL, "options": {"step_minutes": 240}}
            told = await client.post("/plan/site", json=asked, headers={"Prefer": "wait=60"})
            assert told.status_code == 200, told.text
            return str(told.json()["id"])

    return store, asyncio.run(whole())


def test_a_plan_runs_as_a_job_and_its_files_are_served(ran: tuple[Path, str], on_server: Run) -> None:
    store, name = ran

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        job = (await client.get(f"/jobs/{name}.json")).json()
        report = await client.get(f"/jobs/{name}/files/report.html")
        summary = await client.get(f"/jobs/{name}/files/summary.json")
        stranger = await client.get(f"/jobs/{name}.json", headers={"X-Test-Tenant": "other"})
        events = (await client.get(f"/jobs/{name}/events")).text
        resumed = await client.post(f"/jobs/{name}/resume")
        outside = await client.get(f"/jobs/{name}/files/..%2Fproject.yaml")

        # 10 MW of computing at half load with 20 % overhead draws 6 MW: 52.56 GWh a year at 390 CNY/MWh.
        assert (job["state"], job["problem"], job["attempts"]) == ("done", None, 1), job
        assert abs(job["result"]["energy_cost_cny_per_mwh"] - 390.0) < 1e-6
        assert {"report.html", "summary.json", "project.yaml"} <= set(job["files"])
        assert report.headers["content-type"].startswith("text/html")
        assert summary.json() == job["result"]
        assert stranger.status_code == 404
        assert '"state":"done"' in events
        assert resumed.status_code == 409
        assert outside.status_code == 404

    on_server(test, settings=Settings(store=store))


def test_a_job_that_ran_when_its_server_was_killed_waits_again_and_is_done(ran: tuple[Path, str]) -> None:
    store, name = ran
    kept = find("job_store")(store / "jobs.sqlite")
    kept._tables.run("UPDATE jobs SET state = 'running' WHERE id = ?", (name,))

    assert kept.again(at="2026-11-23T00:00:00+00:00") == 1
    assert kept.get("home", name).state == "waiting"
    assert kept.claim(("plan_site",), "2026-11-23T00:00:01+00:00").attempts == 2
    assert kept.end(name, "done", at="2026-11-23T00:00:02+00:00")
    kept.close()


def test_a_wrong_project_fails_its_job_with_every_problem_and_no_path_of_the_server(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        asked = {"project": SMALL + "weather: {file: there_is_none.parquet}\n"}
        told = await client.post("/plan/site", json=asked, headers={"Prefer": "wait=60"})

        assert (told.status_code, told.json()["state"]) == (200, "failed")
        assert told.json()["problem"]["status"] == 422
        assert str(app.state.here.settings.store) not in told.text

    on_server(test)


def test_a_job_is_cancelled_while_it_runs_and_may_be_resumed(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        asked = await client.post("/plan/site", json={"project": SMALL})
        name = asked.json()["id"]
        async with asyncio.timeout(20):
            while (await client.get(f"/jobs/{name}.json")).json()["state"] != "running":  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.02)

        cancelled = await client.post(f"/jobs/{name}/cancel")
        await asyncio.sleep(0.2)

        assert asked.status_code == 202
        assert asked.headers["location"] == f"/jobs/{name}.json"
        assert cancelled.json()["state"] == "cancelled"
        assert (await client.get(f"/jobs/{name}.json")).json()["state"] == "cancelled"
        assert (await client.post(f"/jobs/{name}/cancel")).status_code == 409
        assert (await client.post(f"/jobs/{name}/resume")).json()["state"] == "waiting"

    on_server(test)


def test_files_are_sent_once_named_by_their_hash_and_lie_beside_the_project(on_server: Run, settings: Settings) -> None:
    small = replace(settings, limits=Limits(file_bytes=1_000))

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        kept = (await client.put("/files/prices.csv", content=b"time,price\n")).json()
        large = await client.put("/files/large.csv", content=bytes(1_001))
        missing = await client.post("/plan/site", json={"project": SMALL, "files": {"a.csv": "0" * 64}})
        taken = await client.post("/plan/site", json={"project": SMALL, "files": {"result.json": kept["id"]}})

        assert kept == {"id": PRICES, "name": "prices.csv", "bytes": 11}
        assert large.status_code == 413
        assert missing.json()["problems"][0]["where"] == "files.a.csv"
        assert taken.status_code == 422

    on_server(test, settings=small)


def test_lists_go_on_from_their_cursor_without_a_gap(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        store, job = app.state.here.jobs.store, find("job")
        for k in range(5):
            store.add(job(id=f"{k:024x}", tenant="home", asked_by="p", use="none", asked="{}",
                          state="cancelled", created_at=f"2026-11-23T00:00:0{k}+00:00"))  # fmt: skip
        first = (await client.get("/jobs.json?limit=2")).json()
        second = (await client.get(f"/jobs.json?limit=3&cursor={first['next']}")).json()

        assert [one["id"][-1] for one in first["items"] + second["items"]] == ["4", "3", "2", "1", "0"]
        assert second["next"] is None
        assert first["items"][0]["created_at"] == "2026-11-23T08:00:04.000+08:00"
        assert (await client.get("/jobs.json?cursor=here")).status_code == 422
        assert (await client.get("/jobs.json?limit=0")).json()["problems"][0]["where"] == "query.limit"

    on_server(test)


def test_too_much_is_sent_away_before_it_is_read(on_server: Run, settings: Settings) -> None:
    full = replace(settings, limits=Limits(requests_at_once=0, jobs_waiting=0))

    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        away = await client.get("/now.json")

        assert (away.status_code, away.headers["retry-after"], away.headers["content-type"]) == (503, "1", PROBLEM)
        assert (await client.get("/health")).status_code == 200
        assert 'wattloom_requests_shed_total{why="too many at once"} 1.0' in (await client.get("/metrics")).text

    on_server(test, settings=full)


def test_every_use_case_of_the_command_line_that_a_server_can_do_is_a_route(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        drawn = (await client.get("/openapi.json")).json()
        operations = {one["operationId"] for path in drawn["paths"].values() for one in path.values()}
        listed = {one["name"] for one in (await client.get("/uses.json")).json()["items"]}

        assert listed == set(USES) <= operations
        assert set(USE_CASES) - operations == {"rules_show"}, "which is a page"
        assert all(
            one.get("summary") and one["operationId"] for path in drawn["paths"].values() for one in path.values()
        )

    on_server(test)


def test_rules_of_a_territory_come_with_their_documents(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        told = (await client.get("/rules/xinjiang.json?year=2026")).json()

        assert told["sources"]
        assert {"fact", "value", "unit", "document", "confidence"} <= set(told["items"][0])
        assert (await client.get("/rules/atlantis.json")).status_code == 404
        assert (await client.get("/rules/xinjiang.json?day=2026-13-40")).status_code == 422
        assert len((await client.get("/rules.json")).json()["items"]) >= 12

    on_server(test)


def test_unknown_paths_and_methods_are_problems_too(on_server: Run) -> None:
    async def test(client: httpx.AsyncClient, app: FastAPI) -> None:
        nowhere, wrong = await client.get("/nowhere"), await client.delete("/now.json")

        assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, PROBLEM)
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
        assert wrong.json()["request"] == wrong.headers["x-request-id"]

    on_server(test)


def test_a_frame_is_at_most_eight_thousand_bytes() -> None:
    assert len(json.dumps(FRAME)) < 8_000
