"""Does the control room hold under load? A server of its own, asked by one process on the same cores.

    python campaigns/load_server.py                      # 200 requests/s for 60 s, then 3×, then 1,000 listeners
    python campaigns/load_server.py --seconds 10         # the same, shorter

Four trials against `wattloom serve --demo --speed 60`, one tick a second: the start, until the console can be used
(`start_s`) and then until the live loop beside it stands (`live_after_s`), with the CPU seconds of both;
steady load (reads 80 %, telemetry 15 %, writes 5 %); three times that, which must be sent away with 429 or 503 and not
with errors, and the recovery after it; a thousand listeners of `/live`, which must each hear every tick. Requests begin
on a schedule, and their latency counts from when they were due, so that a late server is not spared. Prints a table and
one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

RATE_PER_S = 200.0
OVER = 3.0
LISTENERS = 1_000
STREAMS_OF_ONE = 2 * LISTENERS
"""One token listens for all of them here; a person may hold fewer, where the server is not told otherwise."""
P99_MAX_S = 0.25
START_S_MAX = 15.0
FRAME_BYTES_MAX = 8_000
READS = ("/now.json", "/sites.json", "/alarms.json", "/proposals.json", "/jobs.json", "/vpp.json", "/health")
SENDERS = 30
BATCH = 5
"""Updates in a batch of telemetry."""
CONNECTIONS_MAX = 400
GIVE_UP_S = 10.0
SHED, GOOD, ACCEPTED = frozenset({429, 503}), 200, 202
TICKS_PER_REAL_S = 1.0


class Line:
    """One connection that is kept: HTTP/1.1 by hand, as a library would cost more than the server."""

    def __init__(self, port: int) -> None:
        """Not connected yet."""
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, headers: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of one request."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None  # noqa: S101
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{headers}{length}\r\n"
        self._writer.write(head.encode() + body)
        told = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(told[0].split(" ", 2)[1])
        size = next((int(one[15:]) for one in told if one.lower().startswith("content-length:")), 0)
        found = await self._reader.readexactly(size) if size else b""
        if any(one.lower() == "connection: close" for one in told):
            self.close()
        return status, found

    def close(self) -> None:
        """Let go."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None


@dataclass
class Counted:
    """What became of the requests of a trial."""

    latencies_s: list[float] = field(default_factory=list)
    """Of those that were answered, from when they were due."""
    statuses: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, list[float]] = field(default_factory=dict)
    offered: int = 0
    """Updates in batches that were let in."""
    taken: int = 0
    """Of these, kept by the loop: valid, new, on the disk."""
    refused: int = 0
    """Updates that the loop did not take."""
    why_refused: str = ""
    """The first of them."""

    def figures(self) -> dict[str, Any]:
        """In figures."""
        shed = sum(count for status, count in self.statuses.items() if status in {"429", "503"})
        good = sum(count for status, count in self.statuses.items() if status.startswith("2"))
        total = sum(self.statuses.values())
        kinds = {kind: round(1000 * quantile(some, 0.99), 1) for kind, some in sorted(self.by_kind.items())}
        return {
            "requests": total, "answered": good, "shed": shed, "errors": total - good - shed,
            "p50_ms": round(1000 * quantile(self.latencies_s, 0.5), 1),
            "p99_ms": round(1000 * quantile(self.latencies_s, 0.99), 1),
            "max_ms": round(1000 * max(self.latencies_s, default=0.0), 1),
            "p99_ms_by_kind": kinds, "statuses": dict(self.statuses),
            "updates_taken": self.taken, "updates_offered": self.offered,
            "updates_refused": self.refused, "why_refused": self.why_refused,
        }  # fmt: skip


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


class Crowd:
    """Asks on a schedule, over a pool of kept connections."""

    def __init__(self, port: int, tokens: dict[str, str], sites: Sequence[str], seed: int) -> None:
        """Keep what is needed to ask."""
        self.port, self.tokens, self.sites = port, tokens, sites
        self.now_s = 0.0
        """Of the plant's clock; whoever listens keeps it."""
        self._free: list[Line] = []
        self._rng = random.Random(seed)  # noqa: S311 - nothing here is secret
        self._senders = [[f"load {k}", 0] for k in range(SENDERS)]
        self._once = itertools.count()
        self._began = time.time_ns()

    async def trial(self, rate_per_s: float, seconds: float) -> Counted:
        """So many requests a second for so long."""
        counted, begun_s = Counted(), time.perf_counter()
        tasks: set[asyncio.Task[None]] = set()
        for k in range(int(rate_per_s * seconds)):
            due_s = begun_s + k / rate_per_s
            wait_s = due_s - time.perf_counter()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            task = asyncio.create_task(self._one(due_s, counted))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
        return counted

    async def _one(self, due_s: float, counted: Counted) -> None:
        """One request, as the mix wants it."""
        kind, method, path, headers, body = self._drawn()
        line = self._free.pop() if self._free else Line(self.port)
        try:
            async with asyncio.timeout(GIVE_UP_S):
                status, told = await line.ask(method, path, headers, body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            line.close()
            counted.statuses[type(error).__name__] += 1
            return
        took_s = time.perf_counter() - due_s
        counted.statuses[str(status)] += 1
        if kind == "telemetry" and status == ACCEPTED:
            receipt = json.loads(told)
            refused = receipt["refused"]
            counted.offered += BATCH
            counted.taken += receipt["taken"]
            counted.refused += len(refused)
            counted.why_refused = counted.why_refused or (str(refused[0]) if refused else "")
        if status not in SHED:
            counted.latencies_s.append(took_s)
            counted.by_kind.setdefault(kind, []).append(took_s)
        if len(self._free) < CONNECTIONS_MAX:
            self._free.append(line)
        else:
            line.close()

    def _drawn(self) -> tuple[str, str, str, str, bytes]:
        """Kind, method, path, headers and body of a request."""
        draw = self._rng.random()
        reading = f"Authorization: Bearer {self.tokens['work']}\r\n"
        if draw < 0.80:
            return "read", "GET", self._rng.choice(READS), reading, b""
        if draw < 0.95:
            headers = f"Authorization: Bearer {self.tokens['field']}\r\nContent-Type: application/json\r\n"
            return "telemetry", "POST", "/telemetry", headers, self._batch()
        key = f"Idempotency-Key: {self._began}-{next(self._once)}\r\nContent-Type: application/json\r\n"
        return "write", "POST", "/shift-log", reading + key, b'{"text":"round of the halls, nothing found"}'

    def _batch(self) -> bytes:
        """Five new backlogs by a sender of its own."""
        sender = self._rng.choice(self._senders)
        updates = []
        for _ in range(BATCH):
            sender[1] = int(sender[1]) + 1
            updates.append({
                "part": "sites", "name": self._rng.choice(self.sites), "field": "waiting_mwh", "of": "movable batch",
                "value": round(self._rng.uniform(1.0, 5.0), 2), "at_s": self.now_s, "source": sender[0],
                "number": sender[1],
            })  # fmt: skip
        return json.dumps(updates).encode()


@dataclass
class Heard:
    """What one listener heard."""

    ticks: list[int] = field(default_factory=list)
    largest: int = 0


async def listen(port: int, token: str, heard: Heard, stop: asyncio.Event, crowd: Crowd | None = None) -> None:
    """Listen to `/live` until told to stop."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 17)
    host = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    writer.write(f"GET /live HTTP/1.1\r\n{host}\r\n".encode())
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            return
        while not stop.is_set():
            line = await reader.readline()
            if line.startswith(b"id: "):
                heard.ticks.append(int(line[4:]))
            elif line.startswith(b"data: ") and crowd is not None:
                heard.largest = max(heard.largest, len(line) - 7)
                with contextlib.suppress(ValueError, KeyError):
                    crowd.now_s = datetime.fromisoformat(json.loads(line[6:])["at"]).timestamp()
            elif not line:
                return
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def listening(crowd: Crowd) -> AsyncIterator[Heard]:
    """One listener that keeps the plant's clock and looks at every tick."""
    heard, stop = Heard(), asyncio.Event()
    task = asyncio.create_task(listen(crowd.port, crowd.tokens["work"], heard, stop, crowd))
    await asyncio.sleep(2.5)
    try:
        yield heard
    finally:
        stop.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def of_listeners(port: int, token: str, count: int, seconds: float) -> dict[str, Any]:
    """How many of so many listeners heard every tick."""
    stop, all_heard = asyncio.Event(), [Heard() for _ in range(count)]
    tasks = []
    for heard in all_heard:
        tasks.append(asyncio.create_task(listen(port, token, heard, stop)))
        await asyncio.sleep(0.004)  # A thousand browsers do not knock in the same millisecond.
    await asyncio.sleep(3.0)
    first = max((heard.ticks[-1] for heard in all_heard if heard.ticks), default=0)
    await asyncio.sleep(seconds)
    last = min((heard.ticks[-1] for heard in all_heard if heard.ticks), default=0)
    stop.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    wanted = set(range(first, last + 1))
    missed = [len(wanted - set(heard.ticks)) for heard in all_heard]
    return {"listeners": count, "ticks": len(wanted), "heard_every_tick": missed.count(0), "missed_most": max(missed)}


@contextlib.contextmanager
def server(folder: Path, access: str = f"streams_of_one = {STREAMS_OF_ONE}\n") -> Any:
    """`wattloom serve --demo` on a free port: process, port, sign-in code, seconds until the console could be used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "store").mkdir(exist_ok=True)
    (folder / "store" / "access.toml").write_text(access, "utf-8")
    command = [str(Path(sys.executable).parent / "wattloom"), "serve", "--demo", "--speed", "60", "--port", str(port)]
    begun_s = time.perf_counter()
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen([*command, "--store", str(folder / "store")], stdout=subprocess.PIPE, stderr=log,
                                   text=True)  # fmt: skip
    assert process.stdout is not None  # noqa: S101
    once = next((line for line in process.stdout if "#once=" in line), "").rpartition("#once=")[2].strip()
    started_s = time.perf_counter() - begun_s
    if not once:
        raise SystemExit((folder / "server.log").read_text())
    try:
        yield process, port, once, started_s
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()


async def tokens_of(port: int, once: str) -> tuple[dict[str, str], list[str]]:
    """Tokens for people's work and for the field, made by whoever signed in first; names of the sites."""
    import httpx  # noqa: PLC0415 - for the way in alone

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        (await client.post("/sign-in/once", json={"once": once})).raise_for_status()
        client.headers["X-Wattloom-CSRF"] = (await client.get("/me.json")).json()["csrf"]
        work = {"name": "load", "roles": ["operator"], "scopes": ["read", "operate", "plan"]}
        sensing = {"name": "field", "roles": ["operator"], "scopes": ["telemetry"], "zone": "control",
                   "sites": ["sites/*"]}  # fmt: skip
        made = {name: await client.post("/tokens", json=asked) for name, asked in (("work", work), ("field", sensing))}
        for answer in made.values():
            answer.raise_for_status()
        listed = (await client.get("/sites.json")).json()["items"]
    return {name: answer.json()["secret"] for name, answer in made.items()}, [one["id"] for one in listed]


def used_s(process: int) -> float:
    """CPU seconds of a process so far."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


async def standing(port: int) -> None:
    """Until the live loop has told a tick and the server says that it can work."""
    line = Line(port)
    for _ in range(1_200):
        if (await line.ask("GET", "/ready", ""))[0] == GOOD:
            break
        await asyncio.sleep(0.05)
    line.close()


async def trials(asked: argparse.Namespace, process: int, port: int, once: str) -> dict[str, Any]:
    """Load, overload, recovery, listeners."""
    begun_s = time.perf_counter()
    await standing(port)
    told: dict[str, Any] = {"live_after_s": round(time.perf_counter() - begun_s, 1), "start_cpu_s": used_s(process)}
    tokens, sites = await tokens_of(port, once)
    crowd = Crowd(port, tokens, sites, asked.seed)
    async with listening(crowd) as heard:
        await crowd.trial(asked.rate / 4, 3)
        await asyncio.sleep(5)
        idle_s = used_s(process)
        await asyncio.sleep(5)
        idle_share = (used_s(process) - idle_s) / 5
        before_s, first, own_s, begun_s = used_s(process), len(heard.ticks), time.process_time(), time.perf_counter()
        told["load"] = {"rate_per_s": asked.rate} | (await crowd.trial(asked.rate, asked.seconds)).figures()
        lasted_s = time.perf_counter() - begun_s
        share = (used_s(process) - before_s) / lasted_s
        told["load"] |= {
            "server_cpu_share": round(share, 3),
            "server_cpu_share_idle": round(idle_share, 3),
            "server_cpu_ms_per_request": round(1000 * (share - idle_share) / asked.rate, 2),
            "generator_cpu_share": round((time.process_time() - own_s) / lasted_s, 3),
            "machine_load": round(os.getloadavg()[0], 2),
            "ticks_per_s": round((len(heard.ticks) - first) / lasted_s, 2),
        }
        short_s = max(asked.seconds / 3, 5)
        over = asked.rate * OVER
        told["overload"] = {"rate_per_s": over} | (await crowd.trial(over, short_s)).figures()
        await asyncio.sleep(2)
        told["recovery"] = {"rate_per_s": asked.rate} | (await crowd.trial(asked.rate, short_s)).figures()
    told["listeners"] = await of_listeners(port, tokens["work"], asked.listeners, max(asked.seconds / 3, 10))
    told["listeners"]["frame_bytes_largest"] = heard.largest
    return told


def faults_of(told: dict[str, Any], listeners: int) -> list[str]:
    """What is not as it must be."""
    load, over, again, all_heard = told["load"], told["overload"], told["recovery"], told["listeners"]
    checks = {
        f"{told['start_s']} s until the console": told["start_s"] <= START_S_MAX,
        f"p99 {load['p99_ms']} ms": load["p99_ms"] <= 1000 * P99_MAX_S,
        f"{load['errors']} errors, {load['shed']} shed under load": load["errors"] == load["shed"] == 0,
        f"{load['updates_taken']} of {load['updates_offered']} updates taken": load["updates_taken"]
        == load["updates_offered"]
        > 0,
        f"{over['shed']} sent away under overload": over["shed"] > 0,
        f"{load['ticks_per_s']} ticks a second": abs(load["ticks_per_s"] - TICKS_PER_REAL_S) <= 0.05,
        f"{over['errors']} errors under overload": over["errors"] == 0,
        f"p99 {over['p99_ms']} ms of those let in": over["p99_ms"] <= 4000 * P99_MAX_S,
        f"recovery: {again['errors']} errors, {again['shed']} shed": again["errors"] == again["shed"] == 0,
        f"recovery: p99 {again['p99_ms']} ms": again["p99_ms"] <= 1000 * P99_MAX_S,
        f"{all_heard['heard_every_tick']} heard every tick": all_heard["heard_every_tick"] == listeners,
        f"frame of {all_heard['frame_bytes_largest']} bytes": all_heard["frame_bytes_largest"] <= FRAME_BYTES_MAX,
    }
    return [what for what, good in checks.items() if not good]


def main() -> None:
    """Run the trials; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=RATE_PER_S, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--listeners", type=int, default=LISTENERS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384) if hard > 0 else soft, hard))
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as (process, port, once, started_s):
        told = {"start_s": round(started_s, 1)} | asyncio.run(trials(asked, process.pid, port, once))
    faults = faults_of(told, asked.listeners)
    for trial, figures in told.items():
        print(f"{trial}: {figures}")
    for fault in faults:
        print(f"not as it must be: {fault}")
    print(json.dumps({"faults": len(faults)} | told))
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()
