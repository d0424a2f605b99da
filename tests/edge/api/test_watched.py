"""Do metrics and traces say what happened, read by programs of others, and hold they no secret and nobody's name?"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from prometheus_client.parser import text_string_to_metric_families
from tests.edge.api.conftest import served
from tests.edge.api.recorded import find

from wattloom.edge.api import logs
from wattloom.edge.api.application import application
from wattloom.edge.api.settings import Settings

PASSWORD, SAID, PERSON = "rain falls on the seven hills", "said in confidence", "wu.xiaoming"
ATTRIBUTES = {"http.request.method", "http.response.status_code", "http.route", "wattloom.request", "error.type"}


class Collector:
    """Takes what is sent to an OpenTelemetry collector."""

    def __init__(self) -> None:
        """Listen."""
        bodies = self.bodies = list[bytes]()

        class Taken(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Taken)
        self.address = f"http://127.0.0.1:{self._server.server_port}/v1/traces"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def spans(self) -> list[Span]:
        """Everything that was told."""
        told = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [span for one in told for of in one.resource_spans for some in of.scope_spans for span in some.spans]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """One for a test."""
    found = Collector()
    yield found
    found.stop()


async def _used(client: httpx.AsyncClient, app: FastAPI) -> tuple[list[int], list[str], str]:
    """A server that is used by a person and a token, with everything that must not be told; its metrics."""
    once = app.state.access.first().rpartition("#once=")[2]
    came = await client.post("/sign-in/once", json={"once": once})
    client.headers["X-Wattloom-CSRF"] = csrf = came.json()["csrf"]
    asked = {"name": PERSON, "password": PASSWORD, "roles": ["viewer"]}
    made = await client.post("/accounts", json=asked)
    token = (await client.post("/tokens", json={"name": "t", "roles": ["viewer"], "scopes": ["read"]})).json()["secret"]
    proxy = {"X-Request-Id": "of-the-proxy"}
    paths = ("/rules.json", "/rules.json?secret=in-the-query", f"/sites/{PERSON}.json")
    read = [(await client.get(path, headers=proxy)).status_code for path in paths]
    statuses = [came.status_code, made.status_code, *read]
    statuses.append((await client.post(f"/accounts/{PERSON}", json={"disabled": True})).status_code)

    def falls(*_: object) -> None:
        raise RuntimeError(SAID)

    app.state.here.room.note = falls
    statuses.append((await client.post("/shift-log", json={"text": SAID})).status_code)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    client.cookies.clear()
    statuses.append((await client.get("/jobs.json")).status_code)
    shown = {"Authorization": f"Bearer {token}"}
    statuses.append((await client.get("/jobs.json", headers=shown)).status_code)
    metrics = await client.get("/metrics", headers=shown)
    return statuses, [once, csrf, token, cookie.partition("=")[2], PASSWORD, SAID, PERSON, "in-the-query"], metrics.text


@pytest.fixture
def used(collector: Collector, tmp_path: Path) -> tuple[Collector, list[str], str]:
    """A server after its use, stopped: what a collector took, what must not be told, and its metrics."""
    app = application(find, Settings(store=tmp_path / "store", traces_to=collector.address))
    app.state.here.desk.warm = lambda: None

    async def whole() -> tuple[list[int], list[str], str]:
        async with served(app) as client:
            return await _used(client, app)

    statuses, unsaid, metrics = asyncio.run(whole())
    assert statuses == [200, 201, 200, 200, 404, 200, 500, 401, 200]
    return collector, unsaid, metrics


def test_a_span_tells_operation_route_and_status_and_nothing_of_what_was_sent(
    used: tuple[Collector, list[str], str],
) -> None:
    collector, unsaid, _ = used
    spans = {span.name: span for span in collector.spans()}
    told: dict[str, dict[str, Any]] = {
        name: {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
        for name, span in spans.items()
    }

    assert set(spans) == {"sign_in_once", "accounts_add", "tokens_add", "rules_json", "site_json", "accounts_change",
                          "shift_log", "jobs_json", "metrics"}  # fmt: skip
    assert {span.kind for span in spans.values()} == {Span.SPAN_KIND_SERVER}
    assert {key for one in told.values() for key in one} == ATTRIBUTES
    assert [len(span.events) + len(span.links) for span in spans.values()] == [0] * len(spans)
    assert (told["site_json"]["http.route"], told["site_json"]["http.response.status_code"]) == (
        "/sites/{site}.json",
        404,
    )
    assert told["rules_json"]["wattloom.request"] == "of-the-proxy"
    assert (told["shift_log"]["error.type"], spans["shift_log"].status.code) == ("500", Status.STATUS_CODE_ERROR)
    assert [name for name, one in spans.items() if one.status.code == Status.STATUS_CODE_ERROR] == ["shift_log"]
    assert all(span.end_time_unix_nano > span.start_time_unix_nano > 1.7e18 for span in spans.values())
    assert [word for word in unsaid if any(word.encode() in body for body in collector.bodies)] == []


def test_metrics_are_what_prometheus_reads_and_count_what_was_asked(used: tuple[Collector, list[str], str]) -> None:
    _, unsaid, metrics = used
    families = {one.name: one for one in text_string_to_metric_families(metrics)}
    seconds = families["wattloom_request_seconds"]
    counted = {
        (one.labels["operation"], one.labels["status"]): int(one.value)
        for one in seconds.samples
        if one.name.endswith("_count")
    }
    buckets = [one for one in seconds.samples if one.name.endswith("_bucket")]
    of_rules = [one.value for one in buckets if one.labels["operation"] == "rules_json"]

    assert counted == {
        ("sign_in_once", "200"): 1, ("accounts_add", "201"): 1, ("tokens_add", "201"): 1, ("rules_json", "200"): 2,
        ("site_json", "404"): 1, ("accounts_change", "200"): 1, ("shift_log", "500"): 1, ("jobs_json", "401"): 1,
        ("jobs_json", "200"): 1,
    }  # fmt: skip
    assert seconds.type == "histogram"
    assert of_rules == sorted(of_rules)
    assert (of_rules[-1], buckets[-1].labels["le"]) == (2.0, "+Inf")
    types = {name: one.type for name, one in families.items()}
    assert types["wattloom_frames_skipped"] == types["wattloom_updates"] == types["wattloom_requests_shed"] == "counter"
    assert types["wattloom_tick"] == "gauge"
    assert all(one.documentation.strip() for one in families.values())
    assert {label for one in families.values() for sample in one.samples for label in sample.labels} <= {
        "operation", "status", "le", "part", "why"}  # fmt: skip
    assert [word for word in unsaid if word in metrics] == []


def test_a_collector_that_is_down_is_told_in_the_log_and_holds_no_server_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: (*logging.getLogger(name).handlers,) for name in (*logs.TAKEN, "uvicorn.access")}
    logs.write_lines()
    app = application(find, Settings(store=tmp_path / "store", traces_to="http://127.0.0.1:9/v1/traces"))
    app.state.here.desk.warm = lambda: None

    async def whole() -> float:
        loop = asyncio.get_running_loop()
        async with served(app) as client:
            assert (await client.get("/health")).status_code == 200
            begun_s = loop.time()
        return loop.time() - begun_s

    took_s = asyncio.run(whole())
    for name, handlers in before.items():
        logging.getLogger(name).handlers, logging.getLogger(name).propagate = [*handlers], True
    logging.captureWarnings(capture=False)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert took_s < 5.0, "it was 8.4"
    assert any(one["from"].startswith("opentelemetry") and "Failed to export" in one["said"] for one in told)
