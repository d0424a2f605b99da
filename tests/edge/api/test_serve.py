"""Does `wattloom serve` start, let people in, answer a real socket, stop in order, and go on after a kill?"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from tests.edge.api.conftest import SMALL

START_S = 60
"""The machine of the tests may be busy; what a start takes by itself is measured by campaigns/load_server.py."""


@dataclass
class Started:
    """A server process and what it printed."""

    process: subprocess.Popen[str]
    address: str
    lines: list[str] = field(default_factory=list)

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Signed in by the link that was printed."""
        with httpx.Client(base_url=self.address, timeout=20) as client:
            once = next(line for line in self.lines if "#once=" in line).rpartition("#once=")[2].strip()
            told = client.post("/sign-in/once", json={"once": once})
            assert told.status_code == 200, told.text
            client.headers["X-Wattloom-CSRF"] = client.get("/me.json").json()["csrf"]
            yield client


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(store: Path, log: Path) -> Iterator[Started]:
    """`wattloom serve --demo` on a free port, for as long as the block."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "wattloom"), "serve", "--demo", "--port", str(port)]
    with log.open("w") as err:
        process = subprocess.Popen([*command, "--store", str(store)], stdout=subprocess.PIPE, stderr=err, text=True)
    started = Started(process, f"http://127.0.0.1:{port}")
    try:
        assert process.stdout is not None
        for line in process.stdout:
            started.lines.append(line.rstrip())
            if "#once=" in line:
                break
        yield started
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture(scope="module")
def log_of_a_day(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int, str]:
    """A server that is used, killed in the middle of a job, started again, stopped: its log, status and lines."""
    folder = tmp_path_factory.mktemp("served")
    with serving(folder / "store", folder / "first.log") as started, started.client() as client:
        assert client.get("/now").headers["content-type"].startswith("text/html")
        assert client.get("/now.json?secret=in-the-query").json()["at"], "it waits for a loop that is starting"
        ready = client.get("/ready").json()
        assert ready["ok"], ready
        with client.stream("GET", "/live") as stream:
            kinds = [line for line, _ in zip(stream.iter_lines(), range(12), strict=False) if line.startswith("event:")]
        assert "event: tick" in kinds
        asked = client.post("/plan/site", json={"project": SMALL})
        assert asked.status_code == 202, asked.text
        name = asked.json()["id"]
        started.process.kill()
        started.process.wait()
    with serving(folder / "store", folder / "second.log") as started, started.client() as client:
        until = time.monotonic() + START_S
        while (job := client.get(f"/jobs/{name}.json").json())["state"] in {"waiting", "running"}:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert job["state"] == "done", job
        started.process.send_signal(signal.SIGTERM)
        status = started.process.wait(30)
    # A worker that was just being born when its server was killed says so as Python does, and not in JSON.
    killed = [line for line in (folder / "first.log").read_text().splitlines() if line.startswith("{")]
    whole = [*(folder / "second.log").read_text().splitlines(), *killed]
    return "\n".join(whole), status, "\n".join(started.lines)


def test_a_killed_server_starts_again_on_its_store_and_does_what_was_asked(log_of_a_day: tuple[str, int, str]) -> None:
    _, status, lines = log_of_a_day

    assert status == 0
    assert lines.startswith("wattloom is at http://127.0.0.1:")
    assert {"viewer", "operator", "admin"} <= set(re.findall(r"^  (\w+): \S{20,}$", lines, re.MULTILINE))


def test_its_log_is_lines_of_json_with_a_request_id_and_without_secrets(log_of_a_day: tuple[str, int, str]) -> None:
    log, _, lines = log_of_a_day
    told = [json.loads(line) for line in log.splitlines()]
    secrets = [word for word in re.findall(r"[A-Za-z0-9_-]{30,}", lines) if "http" not in word]

    answered = [one for one in told if one["said"] == "answered"]
    # The line of the job that was asked for last may have died with its server.
    assert {"now_json", "job_json", "ready"} <= {one["operation"] for one in answered}
    assert all(one["request"] and one["ms"] >= 0 for one in answered)
    assert secrets
    assert [word for word in [*secrets, "in-the-query"] if word in log] == []
    assert [one for one in told if one["level"] in {"error", "critical"}] == []


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_told_to_stop_while_its_live_loop_opens_it_does_not_wait_for_it(tmp_path: Path, told: signal.Signals) -> None:
    command = [str(Path(sys.executable).parent / "wattloom"), "serve", "--demo", "--port", str(free_port())]
    log, until = tmp_path / "served.log", time.monotonic() + START_S
    with log.open("w") as err:
        process = subprocess.Popen([*command, "--store", str(tmp_path / "store")], stdout=err, stderr=err)
        while "Waiting for application startup" not in log.read_text() and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(told)
        status = process.wait(START_S)

    assert status == 0
    assert "ended before the live loop stood" in log.read_text()
    assert "live loop stands" not in log.read_text()


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [str(Path(sys.executable).parent / "wattloom"), "serve", "--demo", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})

    assert done.returncode == 2
    assert f"--port {port}: found Address already in use; expected a free port" in done.stderr
