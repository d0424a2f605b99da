"""What does the console show while no control room runs? Generated pages in the server's own shapes.

For the browser tests, which need states that a healthy room does not show on demand (empty, failed, forbidden), and
for work on the console: `python -m tests.console.stand_in`. Every number here is generated.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.console.shown import (
    BEGIN,
    KEYS,
    LINES,
    MOVES,
    OPERATIONS,
    REGIONS,
    SOURCES,
    ZONE,
    Answer,
    alarms_shown,
    audit_shown,
    certificates_shown,
    dispatch_shown,
    events_shown,
    forecasts_shown,
    log_shown,
    market_shown,
    problem,
    proposals_shown,
    rules_shown,
    schema_shown,
    series_shown,
    site_shown,
    sites_shown,
    territory_shown,
    text,
    vpp_shown,
    waiting_shown,
)
from tests.console.shown_access import ACCESS_OPERATIONS, access_written, accounts_shown, tokens_shown, with_runs

from wattloom.edge import console


class Room:
    """A room that only pretends."""

    def __init__(self) -> None:  # noqa: D107
        self.began_s = time.monotonic()
        self.ticking, self.mode, self.signed = True, "good", True
        self.roles, self.may = ["operator", "trader", "auditor", "admin"], [*OPERATIONS, *ACCESS_OPERATIONS]
        self.degraded: list[dict[str, str]] = []
        self.alarms, self.proposals, self.log = alarms_shown(), proposals_shown(), log_shown()
        self.accounts, self.tokens = accounts_shown(), tokens_shown()
        self.events, self.jobs, self.asked = events_shown(), [], []  # type: ignore[var-annotated]
        self.lock = threading.Lock()

    @property
    def tick(self) -> int:
        return 540 + int(time.monotonic() - self.began_s)

    @property
    def at(self) -> datetime:
        return BEGIN + timedelta(minutes=self.tick - 540)

    def twin(self, **more: Any) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "zone": ZONE, "sources": SOURCES, "units": {}, **more}

    def frame(self) -> dict[str, Any]:
        wave = [math.sin(self.tick / 40 + k) for k in range(12)]
        draw = [round(640 + 70 * k + 25 * wave[k], 1) for k in range(12)]
        green = [round(min(0.98, max(0.05, 0.45 + 0.35 * math.cos(k * 1.1) + 0.04 * wave[k])), 4) for k in range(12)]
        carbon = [round(0.62 * (1 - share), 4) for share in green]
        open_ones = [one for one in self.alarms if one["state"] != "cleared"]
        waiting = [one["id"] for one in self.proposals if one["state"] == "waiting"]
        total = sum(draw)
        return {
            "tick": self.tick,
            "at": self.at.isoformat(),
            "speed": 60,
            "stale_s": 0.0,
            "state": "degraded" if self.degraded else "live",
            "degraded": self.degraded,
            "provinces": {
                "keys": KEYS,
                "draw_mw": draw,
                "it_mw": [round(mw / 1.25, 1) for mw in draw],
                "green_share": green,
                "price_cny_per_mwh": [round(230 + 14 * k + 18 * wave[k], 2) for k in range(12)],
                "shortfall_mw": [0.0] * 10 + [4.2, 0.0],
                "sites": [83] * 11 + [87],
                "carbon_t_per_mwh": carbon,
            },
            "flows_mw": {
                "pairs": [[a, b] for a, b, _ in LINES],
                "mw": [round(mw + 12 * wave[k % 12], 1) for k, (_, _, mw) in enumerate(LINES)],
            },
            "moves_it_mw": {"pairs": [[a, b] for a, b, _ in MOVES], "mw": [mw for _, _, mw in MOVES]},
            "certificate": {"gap_share": 0.00042, "took_ms": 18.4, "certified": True},
            "latencies_ms": {"decision": 21.3, "record": 3.2, "actuation": 640.0, "settled": None},
            "totals": {
                "draw_mw": round(total, 1),
                "it_mw": round(total / 1.25, 1),
                "green_share": round(sum(g * d for g, d in zip(green, draw, strict=True)) / total, 4),
                "cost_cny_per_h": round(total * 305.0),
                "carbon_t_per_h": round(total * 0.29, 1),
            },
            "alarms": {
                "open": len(open_ones),
                "unacknowledged": sum(one["state"] == "raised" for one in open_ones),
                "worst": open_ones[0]["severity"] if open_ones else None,
            },
            "proposals": {"waiting": len(waiting), "first": waiting[0] if waiting else None},
            "commands": {
                "sent": 12840 + self.tick,
                "answered": 12838 + self.tick,
                "late": 2,
                "by_person": 14,
                "by_policy": 12826,
            },
        }


TWINS = {
    "/dispatch/day.json": dispatch_shown,
    "/market.json": market_shown,
    "/vpp.json": vpp_shown,
    "/certificates.json": certificates_shown,
    "/forecasts.json": forecasts_shown,
    "/rules.json": rules_shown,
    "/audit.json": audit_shown,
}
EMPTY: dict[str, dict[str, Any]] = {
    "/sites.json": {"items": []},
    "/dispatch/day.json": {"axis": []},
    "/market.json": {"bids": [], "statements": []},
    "/vpp.json": {"events": []},
    "/certificates.json": {"days": [], "claims": []},
    "/forecasts.json": {"fans": [], "board": []},
    "/rules.json": {"items": []},
    "/audit.json": {"items": []},
    "/alarms.json": {"items": [], "log": []},
    "/proposals.json": {"items": []},
    "/accounts.json": {"items": []},
    "/tokens.json": {"items": []},
    "/jobs.json": {"items": []},
}
REFUSES = {
    "failed": (500, "the store does not answer"),
    "forbidden": (403, "role auditor is needed"),
    "starting": (503, "the live loop is starting"),
}
ALWAYS = ("/me.json", "/now.json", "/sign-in.json", "/project/schema.json")


def answer(room: Room, path: str, query: Mapping[str, str]) -> Answer:
    """What a GET of a JSON twin says."""
    if path not in ALWAYS and room.mode in REFUSES:
        status, said = REFUSES[room.mode]
        return status, problem(status, said)
    status, body = _full(room, path, query)
    return status, {**body, **EMPTY.get(path, {})} if room.mode == "empty" else body


def _full(room: Room, path: str, query: Mapping[str, str]) -> Answer:
    if path in TWINS:
        status, page = TWINS[path](room)
        return status, with_runs(path, page)
    if path.startswith("/sites/"):
        return site_shown(room, path[len("/sites/") : -len(".json")])
    if path.startswith("/telemetry/"):
        return series_shown(room, path[len("/telemetry/") : -len(".json")], query)
    if path.startswith("/rules/"):
        return territory_shown(room, path[len("/rules/") : -len(".json")])
    if path.startswith("/jobs/"):
        return 200, _job(room, path[len("/jobs/") : -len(".json")])
    layout = {
        "regions": [
            {"key": key, "at": at, "side": "west", "name": text(en, zh)} for key, (at, en, zh) in REGIONS.items()
        ]
    }
    simple: dict[str, Any] = {
        "/me.json": {
            "signed_in": True,
            "name": "operator",
            "tenant": "home",
            "roles": room.roles,
            "zones": ["management"],
            "scopes": ["read"],
            "via": "cookie",
            "csrf": "c5rf",
            "may": room.may,
        },
        "/sign-in.json": {"password": True, "oidc": False},
        "/now.json": room.twin(layout=layout, frame=room.frame()) if path == "/now.json" else None,
        "/sites.json": room.twin(items=sites_shown(), next=None, waiting=waiting_shown(5_100.0)),
        "/accounts.json": room.twin(items=room.accounts, next=None),
        "/tokens.json": room.twin(items=room.tokens, next=None),
        "/alarms.json": room.twin(items=room.alarms, log=room.log),
        "/proposals.json": room.twin(items=room.proposals, next=None),
        "/jobs.json": room.twin(items=[_job(room, one["id"]) for one in room.jobs], next=None),
        "/project/schema.json": schema_shown() if path == "/project/schema.json" else None,
    }
    return (200, simple[path]) if path in simple else (404, problem(404, f"there is no {path}"))


def _job(room: Room, name: str) -> dict[str, Any]:
    made = next(one for one in room.jobs if one["id"] == name)
    done = min(1.0, (time.monotonic() - made["begun_s"]) / 2.0)
    return {
        "id": name,
        "use": made["use"],
        "state": "done" if done >= 1 else "running",
        "done": done,
        "message": "writing the report" if done > 0.8 else "sizing",
        "result": {},
        "problem": None,
        "created_at": BEGIN.isoformat(),
        "files": ["report.html", "result.json"] if done >= 1 else [],
    }


def written(room: Room, path: str, body: Any) -> Answer:
    """What a POST does."""
    room.asked.append((path, body))
    parts = path.strip("/").split("/")
    if parts[0] in {"accounts", "tokens"}:
        return access_written(room, parts, body)
    if parts[0] == "alarms" and len(parts) == 3:
        alarm = next(one for one in room.alarms if one["id"] == parts[1])
        alarm |= {
            "state": "acknowledged" if parts[2] == "acknowledge" else "cleared",
            "by": "operator",
            "note": body.get("note"),
        }
    elif parts[0] == "proposals":
        proposal = next(one for one in room.proposals if one["id"] == parts[1])
        proposal["state"] = "approved" if parts[2] == "approve" else "rejected"
    elif path == "/shift-log":
        room.log.insert(0, {"at": room.at.isoformat(), "by": "operator", "text": body["text"], "about": ""})
    elif path == "/vpp/call":
        _call(room, body)
        return 201, {"at": room.at.isoformat()}
    elif path in {"/sign-in", "/sign-in/once"}:
        room.signed = True
    elif path == "/certificates/verify":
        proofs = [
            {
                "name": name,
                "faults": [] if '"good"' in proof else ["the path does not lead to the mark"],
                "claim": "claim-1",
                "user": "campus",
                "month": "2027-02",
                "wh": 4_120_125_000,
                "device": "pv-1",
                "technology": "solar",
            }
            for name, proof in body["options"]["proofs"].items()
        ]
        holds = not any(one["faults"] for one in proofs)
        result = {"holds": holds, "proofs": proofs, "overlaps": [], "with_book": False}
        return 200, {"use": "certificates_verify", "result": result}
    elif path == "/project/check":
        name = body["project"].get("name") if isinstance(body["project"], dict) else "file"
        wrong = [] if name else [{"where": "name", "found": "nothing", "expected": "text", "remedy": "give it a name"}]
        return 200, {"use": "project_check", "result": {"right": not wrong, "problems": wrong}}
    elif len(parts) == 2 and parts[0] in {"plan", "settle", "dispatch", "forecast", "market", "certificates", "carbon"}:
        room.jobs.insert(0, {"id": f"{len(room.jobs):024x}", "use": "_".join(parts), "begun_s": time.monotonic()})
        return 202, _job(room, room.jobs[0]["id"])
    return 200, {"at": room.at.isoformat()}


def _call(room: Room, body: Mapping[str, Any]) -> None:
    name = f"p{len(room.proposals) + 1}"
    where = body["territory"]
    room.proposals.append(
        proposals_shown()[0]
        | {
            "id": name,
            "kind": "event",
            "title": text(f"Grid event in {REGIONS[where][1]}", f"电网事件：{REGIONS[where][2]}"),
            "cost_cny": None,
            "sets": [
                {
                    "where": where,
                    "what": text("draw less", "减少用电"),
                    "from": None,
                    "to": body["down_mw"],
                    "unit": "MW",
                }
            ],
        }
    )
    room.events.insert(
        0,
        {
            "id": f"e{len(room.events) + 1}",
            "territory": where,
            "state": "waiting",
            "start": body["start"],
            "hours": body["hours"],
            "asked_down_mw": body["down_mw"],
            "delivered_mw": None,
            "delivered_share": None,
            "pay_cny": None,
            "axis": [],
            "baseline_mw": [],
            "actual_mw": [],
            "approved_by": None,
        },
    )


class Door(BaseHTTPRequestHandler):
    """HTTP in front of a room."""

    protocol_version = "HTTP/1.1"
    room: Room

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path == "/live":
            self._live()
        elif url.path == "/me.json" and not self.room.signed:
            self._say(200, json.dumps({"signed_in": False}).encode(), "application/json")
        elif url.path.endswith(".json"):
            with self.room.lock:
                status, body = answer(self.room, url.path, query)
            kind = "application/json" if status < 400 else "application/problem+json"
            self._say(status, json.dumps(body, ensure_ascii=False).encode(), kind)
        else:
            file = console.files().get(url.path) or (
                None if url.path.startswith(console.PREFIX) else console.files()["/"]
            )
            if file is None:
                self._say(404, b"", "text/plain")
            else:
                self._say(200, file.body, file.content_type)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        with self.room.lock:
            status, body = written(self.room, urlsplit(self.path).path, json.loads(raw or b"{}"))
        self._say(status, b"" if body is None else json.dumps(body).encode(), "application/json")

    def do_DELETE(self) -> None:
        with self.room.lock:
            self.room.asked.append((self.path, None))
            token = next(one for one in self.room.tokens if self.path == f"/tokens/{one['id']}")
            token["revoked_at"] = self.room.at.isoformat()
        self._say(204, b"", "application/json")

    def _say(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", console.POLICY)
        self.end_headers()
        self.wfile.write(body)

    def _live(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        try:
            while True:
                if self.room.ticking:
                    frame = self.room.frame()
                    self.wfile.write(f"id: {frame['tick']}\nevent: tick\ndata: {json.dumps(frame)}\n\n".encode())
                else:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
                time.sleep(1.0)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


class Server(ThreadingHTTPServer):
    """A server that does not mind a browser that goes away in the middle."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet."""


def served(port: int = 0) -> tuple[Server, Room]:
    """A running server and its room."""
    room = Room()
    server = Server(("127.0.0.1", port), type("OfARoom", (Door,), {"room": room}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, room


if __name__ == "__main__":
    running, _ = served(8321)
    print(f"http://127.0.0.1:{running.server_address[1]}/now")  # noqa: T201
    threading.Event().wait()
