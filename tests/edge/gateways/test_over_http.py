"""Real processes: a gateway fetches signed advice from a server that can reach nobody, and lets its policy decide."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.edge.api.conftest import SMALL
from tests.edge.gateways.watched import WATTLOOM, Served, plant, served

from wattloom.app.access.advice import Advice, Signer, new_key
from wattloom.domain.live import SiteCommand
from wattloom.edge.gateways.opening import opened

PATIENCE_S = 90
"""The machine of the tests may be busy."""
CALL = '__import__("socket").socket().connect_ex(("127.0.0.1", {}))'
LISTEN = '__import__("socket").socket().bind(("127.0.0.1", 0))'
PLANTS = {
    "wattloom.edge.api.live": ('    _speaks_for(request, {("sites", site)})\n', f"    {CALL.format(9)}"),
    "wattloom.edge.api.work": ('    """`wattloom plan site`."""\n', f"    {CALL.format(8)}"),
    "wattloom.edge.gateways.control_side": ("        measured = self._plant.measured()\n", f"        {LISTEN}"),
}
"""A call from the server's own process, one from a job's worker, and a socket at which the gateway would listen."""


@dataclass(frozen=True, slots=True)
class Field:
    """A running server, a site that it advises, and the site's token."""

    server: Served
    site: str
    other: str
    secret: str
    folder: Path
    admin: httpx.Client

    def gateway(self, name: str, *options: str) -> Gateway:
        """`wattloom gateway run` under watch, with a plant and a folder of its own."""
        return Gateway(self, self.folder / name, options)

    def control(self) -> httpx.Client:
        """What holds the site's token."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        return httpx.Client(base_url=self.server.address, headers=headers, timeout=30)


@dataclass
class Gateway:
    """A gateway's process."""

    field: Field
    folder: Path
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        """Lay out its plant, its keys and its token."""
        self.plant, self.state = self.folder / "plant", self.folder / "state"
        self.plant.mkdir(parents=True)
        key = subprocess.run([WATTLOOM, "gateway", "key", str(self.field.server.store / "room" / "signing-key.json")],
                             capture_output=True, text=True, check=True)  # fmt: skip
        (self.folder / "keys.json").write_text(key.stdout)
        (self.folder / "token").write_text(self.field.secret)
        self.measure(5.0)

    def measure(self, it_mw: float) -> None:
        (self.plant / "measured.json").write_text(json.dumps({"it_mw": it_mw}))

    def looked(self) -> Iterator[Mapping[str, str]]:
        """What came of each look, as the process prints it; the process ends with the block that asks."""
        address = self.field.server.address
        command = [WATTLOOM, "gateway", "run", self.field.site, "--advice", address, "--report", address,
                   "--keys", str(self.folder / "keys.json"), "--plant", str(self.plant), "--state", str(self.state),
                   "--token-file", str(self.folder / "token"), "--every-s", "0.2", *self.options]  # fmt: skip
        watched = self.field.server.watch.environment("gateway.sockets")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**watched, "PYTHONUNBUFFERED": "1"})
        assert process.stdout is not None
        try:
            for line in process.stdout:
                yield json.loads(line)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def until(self, outcome: str) -> Mapping[str, str]:
        """Look until it comes."""
        end, seen = time.monotonic() + PATIENCE_S, list[Mapping[str, str]]()
        for one in self.looked():
            seen.append(one)
            if one["outcome"] == outcome:
                return one
            assert time.monotonic() < end, seen[-5:]
        raise AssertionError(seen[-5:])

    def set_points(self) -> Mapping[str, Any] | None:
        path = self.plant / "setpoints.json"
        return dict(json.loads(path.read_text())) if path.is_file() else None


@contextmanager
def field_of(server: Served, folder: Path) -> Iterator[Field]:
    """Make the token of a site that is advised now."""
    with server.admin() as admin:
        end = time.monotonic() + PATIENCE_S
        while not admin.get("/ready").is_success and time.monotonic() < end:
            time.sleep(0.2)
        made = admin.post("/tokens", json=token("finder", ["sites/*"])).json()["secret"]
        names = [one["id"] for one in admin.get("/sites.json", params={"limit": 200}).json()["items"]]
        site = advised(server, made, names)
        secret = admin.post("/tokens", json=token("gateway", [site])).json()["secret"]
        yield Field(server, site, next(one for one in names if one != site), secret, folder, admin)


def token(name: str, sites: list[str]) -> dict[str, Any]:
    return {"name": name, "roles": ["operator"], "scopes": ["telemetry", "advice"], "zone": "control", "sites": sites}


def advised(server: Served, secret: str, names: list[str]) -> str:
    """A site for which advice lies ready twice within a few looks: one that is advised often."""
    end, seen = time.monotonic() + PATIENCE_S, dict.fromkeys(names, 0)
    with httpx.Client(base_url=server.address, headers={"Authorization": f"Bearer {secret}"}, timeout=30) as client:
        while time.monotonic() < end:
            for name in names[:60]:
                answer = client.get(f"/advice/{name}.json")
                assert answer.status_code == 200, answer.text
                seen[name] += answer.json()["advice"] is not None
                if seen[name] == 3:
                    return name
            time.sleep(0.5)
    raise AssertionError(seen)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """One for all tests of this file."""
    folder = tmp_path_factory.mktemp("field")
    with served(folder / "server") as server, field_of(server, folder) as found:
        yield found


def test_automatic_takes_advice_over_http_applies_it_once_and_reports_what_it_measures(field: Field) -> None:
    gateway = field.gateway("automatic", "--policy", "automatic")

    applied = gateway.until("applied")
    points = gateway.set_points()
    assert points is not None
    gateway.measure(points["it_mw"])
    next(gateway.looked())

    assert points["site"] == field.site
    assert points["id"] == applied["id"]
    assert applied["by"].endswith("(policy); policy automatic")
    with field.control() as client:
        told = {"part": "sites", "name": field.site, "field": "it_mw", "value": 1.0, "at_s": 1.0, "number": 1,
                "source": f"gateway {field.site}"}  # fmt: skip
        receipt = client.post("/telemetry", json=[told]).json()
    number = json.loads((gateway.state / "state.json").read_text())["number"]
    kept = receipt["kept_up_to"][f"gateway {field.site}"]
    assert kept >= number - 1 >= 1, "the report of the last look may be under way, those before are kept"


def test_within_limits_takes_what_is_near_and_asks_beyond(field: Field) -> None:
    near = field.gateway("near", "--policy", "within_limits", "--limit-mw", "1000")
    far = field.gateway("far", "--policy", "within_limits", "--limit-mw", "0.5")
    far.measure(900.0)

    assert near.until("applied")["by"].endswith("policy within_limits")
    assert "MW away from now, limit 0.5 MW" in far.until("waiting")["why"]
    assert far.set_points() is None


def test_manual_waits_for_a_person_and_names_them(field: Field) -> None:
    gateway = field.gateway("manual", "--policy", "manual")
    waiting = gateway.until("waiting")
    assert gateway.set_points() is None

    (gateway.state / "approve" / waiting["id"]).write_text("ana")
    applied = gateway.until("applied")

    assert applied["id"] == waiting["id"]
    assert "approved here by ana" in applied["by"]
    assert (gateway.set_points() or {})["id"] == waiting["id"]


@contextmanager
def answering(text: str) -> Iterator[str]:
    """Somebody in the middle, who answers as the server would, with a text of their own."""

    class Middle(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"advice": text}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Middle)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def looked_at(gateway: Gateway, text: str) -> Any:
    """What the gateway makes of a text that somebody in the middle serves."""
    with answering(text) as address:
        keys, policy = gateway.folder / "keys.json", {"kind": "automatic"}
        told = {"advice": address, "report": "", "token_file": None}
        gate = opened(gateway.field.site, keys=keys, plant=gateway.plant, folder=gateway.state, policy=policy, **told)
        return gate.look()


def signed(signer: Signer, site: str, *, begins: datetime, tick: int = 10**9) -> str:
    """Set-points of 7 MW for a quarter of an hour."""
    command = SiteCommand(
        id=f"x-{tick}", tick=tick, site=site, at_s=begins.timestamp(), served_it_mw=(7.0, 0.0, 0.0, 0.0),
        moved_out_it_mw=(0.0, 0.0), moved_in_it_mw=0.0, idle_it_mw=0.0, charge_mw=0.0, discharge_mw=0.0,
    )  # fmt: skip
    until = begins + timedelta(minutes=15)
    return signer.signed(
        Advice(command=command, issued_at=begins, valid_from=begins, valid_to=until, by="wu", via="person")
    )


def test_what_is_forged_expired_of_another_key_or_comes_again_is_left_aside(field: Field) -> None:
    gateway, now = field.gateway("middle"), datetime.now(tz=UTC)
    room = Signer(json.loads((field.server.store / "room" / "signing-key.json").read_text()))
    right = signed(room, field.site, begins=now)
    head, body, mark = right.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    told["command"]["served_it_mw"][0] = 70.0
    forged = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    nothing = base64.urlsafe_b64encode(b'{"alg":"none","typ":"wattloom-advice+jws"}').decode().rstrip("=")
    wrong = {
        "forged": f"{head}.{forged}.{mark}",
        "unsigned": f"{nothing}.{forged}.",
        "of another key": signed(Signer(new_key()), field.site, begins=now),
        "expired": signed(room, field.site, begins=now - timedelta(minutes=16)),
        "of another site": signed(room, field.other, begins=now),
        "not yet": signed(room, field.site, begins=now + timedelta(minutes=5)),
    }

    outcomes = {name: looked_at(gateway, text).outcome for name, text in wrong.items()}
    assert outcomes == dict.fromkeys(wrong, "refused")
    assert gateway.set_points() is None

    assert looked_at(gateway, right).outcome == "applied"
    assert (gateway.set_points() or {})["it_mw"] == 7.0
    (gateway.plant / "setpoints.json").unlink()
    assert looked_at(gateway, right).outcome == "known"
    assert gateway.set_points() is None


def test_a_token_speaks_for_its_site_alone_and_no_admin_of_management_speaks_for_any(field: Field) -> None:
    def batch(*names: str, part: str = "sites") -> list[dict[str, Any]]:
        return [{"part": part, "name": name, "field": "it_mw", "value": 1.0, "at_s": 1.0, "source": "t", "number": 1}
                for name in names]  # fmt: skip

    with field.control() as client:
        answers = {
            "own advice": client.get(f"/advice/{field.site}.json"),
            "other advice": client.get(f"/advice/{field.other}.json"),
            "unknown advice": client.get("/advice/nowhere.json"),
            "own telemetry": client.post("/telemetry", json=batch(field.site)),
            "other telemetry": client.post("/telemetry", json=batch(field.other)),
            "own and other": client.post("/telemetry", json=batch(field.site, field.other)),
            "a region's": client.post("/telemetry", json=batch(field.site, part="regions")),
            "a list for a name": client.post("/telemetry", json=[{**batch("x")[0], "name": [field.site]}]),
            "management": client.get("/sites.json"),
        }
    of_admin = (field.admin.post("/telemetry", json=batch(field.site)), field.admin.get(f"/advice/{field.site}.json"))
    statuses = {name: answer.status_code for name, answer in answers.items()}

    assert statuses == dict.fromkeys(answers, 403) | {"own advice": 200, "own telemetry": 202}
    assert "does not speak for" in answers["own and other"].json()["detail"]
    assert [one.status_code for one in of_admin] == [403, 403]


def use(field: Field) -> None:
    """Let the server and its workers do a little of everything."""
    admin = field.admin
    statuses = [
        admin.post("/certificates/verify", json={"options": {"proofs": {}}}).status_code,
        admin.post("/shift-log", json={"text": "x"}).status_code,
        admin.post("/plan/site", json={"project": SMALL}, headers={"Prefer": "wait=60"}).status_code,
        admin.post("/vpp/event", json={"territory": "gansu", "down_mw": 1.0, "hours": 1.0,
                                       "start": (datetime.now(tz=UTC) + timedelta(hours=1)).isoformat()}).status_code,
    ]  # fmt: skip
    with field.control() as client:
        statuses.append(client.get(f"/advice/{field.site}.json").status_code)
    assert {status for status in statuses if status >= 400} <= {409, 422}, statuses
    assert statuses[2] == 200


def test_neither_the_server_nor_its_workers_call_anybody_and_the_gateway_listens_to_nobody(field: Field) -> None:
    next(field.gateway("watched").looked())
    use(field)

    assert field.server.calls() == set()
    address = field.server.address.removeprefix("http://")
    assert field.server.watch.noted("gateway.sockets") == {f"socket.connect {address}"}


def test_a_route_that_is_planted_in_a_copy_is_seen(tmp_path: Path) -> None:
    """By the same watch: a call of the server's, one of a worker's, a socket of the gateway's."""
    plant(tmp_path / "server", PLANTS)
    with served(tmp_path / "server") as server, field_of(server, tmp_path) as field:
        next(field.gateway("planted").looked())
        use(field)

        assert server.calls() == {"socket.connect 127.0.0.1:9", "socket.connect 127.0.0.1:8"}
        assert "socket.bind 127.0.0.1:0" in server.watch.noted("gateway.sockets")
