"""A control room for tests of the server: it repeats a recorded frame, and keeps what it is told in memory."""

from __future__ import annotations

import threading
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from wattloom import wiring
from wattloom.domain.errors import Conflict, InputError, Unavailable

FRAME: dict[str, Any] = {
    "tick": 1, "at": "2026-11-23T09:30:00+08:00", "speed": 1.0, "stale_s": 0.0, "state": "live", "degraded": [],
    "provinces": {"keys": ["jiangsu", "ningxia"], "draw_mw": [410.0, 230.5], "it_mw": [330.0, 190.0],
                  "green_share": [0.31, 0.74], "price_cny_per_mwh": [412.5, 231.0], "shortfall_mw": [0.0, 0.0],
                  "sites": [3, 2], "carbon_t_per_mwh": [0.62, 0.59]},
    "flows_mw": {"pairs": [[1, 0]], "mw": [120.0]}, "moves_it_mw": {"pairs": [[0, 1]], "mw": [14.0]},
    "certificate": {"gap_share": 0.0004, "took_ms": 3.1, "certified": True},
    "latencies_ms": {"decision": 4.2, "record": 2.5, "actuation": 310.0, "settled": None},
    "totals": {"draw_mw": 640.5, "it_mw": 520.0, "green_share": 0.46, "cost_cny_per_h": 222000.0,
               "carbon_t_per_h": 390.0},
    "alarms": {"open": 1, "unacknowledged": 1, "worst": "warning"}, "proposals": {"waiting": 1, "first": "p-1"},
    "commands": {"sent": 5, "answered": 5, "late": 0, "by_person": 1, "by_policy": 4},
}  # fmt: skip


class RecordedRoom:
    """What the contract asks of a control room, without a plant behind it."""

    def __init__(self, _settings: object = None) -> None:
        """Begin at the recorded tick."""
        self._frame, self._new = deepcopy(FRAME), threading.Condition()
        self.kept_up_to: dict[str, int] = {}
        self.pages_made = 0
        self.down = False
        self.log: list[tuple[Any, ...]] = []
        self.stopped = False

    def tick(self, **changed: Any) -> int:
        """The next frame."""
        with self._new:
            self._frame = {**self._frame, **changed, "tick": self._frame["tick"] + 1}
            self._new.notify_all()
            return int(self._frame["tick"])

    def frame(self) -> dict[str, Any]:
        """The newest."""
        return self._frame

    def wait(self, after_tick: int, timeout_s: float) -> dict[str, Any] | None:
        """One newer than a tick."""
        with self._new:
            self._new.wait_for(lambda: self._frame["tick"] > after_tick, timeout_s)
            return self._frame if self._frame["tick"] > after_tick else None

    def offer(self, updates: list[Any], _timeout_s: float) -> dict[str, Any]:
        """Keep updates."""
        if self.down:
            raise Unavailable("the disk does not answer")
        taken, refused = 0, []
        for update in updates:
            if not isinstance(update.number, int) or not isinstance(update.source, str):
                refused.append({"where": "update", "found": str(update), "expected": "a number", "remedy": "count"})
            elif update.number > self.kept_up_to.get(update.source, 0):
                self.kept_up_to[update.source] = update.number
                taken += 1
        return {"taken": taken, "kept_up_to": dict(self.kept_up_to), "refused": refused}

    def page(self, name: str, **query: str) -> dict[str, Any]:
        """A page."""
        self.pages_made += 1
        if query.get("territory") == "nowhere":
            raise InputError.one("territory", found="nowhere", expected="one of the keys", remedy="choose one")
        return {"at": self._frame["at"], "zone": "Asia/Shanghai", "sources": ["record"], "units": {}, "page": name}

    def site(self, site: str) -> dict[str, Any]:
        """A site."""
        if site != "suzhou-1":
            raise KeyError(site)
        return {**self.page("site"), "site": site}

    def series(self, site: str, field: str, start: str | None, end: str | None) -> dict[str, Any]:
        """A field over time."""
        return {**self.site(site), "field": field, "from": start, "to": end, "values": [1.0, 2.0]}

    def proposals(self) -> list[dict[str, Any]]:
        """What waits."""
        return [{"id": "p-1", "state": "waiting"}]

    def decide(self, proposal: str, approve: bool, by: str, via: str, reason: str) -> dict[str, Any]:  # noqa: FBT001
        """A word on a proposal."""
        if proposal != "p-1":
            raise KeyError(proposal)
        if any(one[0] == "decide" for one in self.log):
            raise Conflict("decided already")
        self.log.append(("decide", proposal, approve, by, via, reason))
        return {"id": proposal, "state": "approved" if approve else "rejected", "by": by}

    def alarm(self, alarm: str, verb: str, by: str, note: str) -> dict[str, Any]:
        """A word on an alarm."""
        if alarm != "a-1":
            raise KeyError(alarm)
        self.log.append((verb, alarm, by, note))
        return {"id": alarm, "state": verb, "by": by}

    def note(self, by: str, text: str) -> dict[str, Any]:
        """A line."""
        self.log.append(("note", by, text))
        return {"by": by, "text": text}

    def vpp_call(self, asked: dict[str, Any], by: str) -> dict[str, Any]:
        """A call."""
        self.log.append(("vpp", asked, by))
        return {"proposal": "p-2"}

    def advice(self, site: str) -> dict[str, Any]:
        """What would be signed."""
        return {**self.site(site), "advice": None}

    def ready(self) -> dict[str, Any]:
        """Whether it works."""
        return {"ok": not self.down, "checks": {"journal": {"ok": not self.down, "found": "kept"}}}

    def stop(self) -> None:
        """End."""
        self.stopped = True


@dataclass(frozen=True)
class Somebody:
    """Who asks, in tests of what lies behind access."""

    name: str = "operator"
    tenant: str = "home"
    roles: frozenset[str] = frozenset({"admin"})
    via: str = "token"
    scopes: frozenset[str] = field(default_factory=frozenset)
    zones: frozenset[str] = field(default_factory=frozenset)

    def speaks_for(self, _part: object, _name: object) -> bool:
        """For all."""
        return True


class LetIn:
    """Lets everybody in under the name that the header says."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http":
            told = dict(scope["headers"]).get(b"x-test-tenant", b"home").decode()
            scope.setdefault("state", {})["principal"] = Somebody(tenant=told)
        await self._app(scope, receive, send)


def let_in(app: FastAPI) -> None:
    """A guard that lets everybody in."""
    app.add_middleware(LetIn)


def find(name: str) -> Any:
    """As the house, with the recorded control room in place of the live one."""
    return RecordedRoom if name == "control_room" else wiring.find(name)
