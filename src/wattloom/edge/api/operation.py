"""Does the server run, can it work, and what does it count? `/health`, `/ready`, `/metrics`."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from wattloom import __version__
from wattloom.domain.errors import WattloomError
from wattloom.edge.api import counts, models
from wattloom.edge.api.here import Here, as_json, aside, here, who
from wattloom.edge.api.problems import responses

FREE_BYTES_MIN = 200_000_000
"""Below it the server says that its disk is full, while it can still write that down."""
STALE_S = 10.0
"""A live loop whose last frame is older than this does not live."""
router = APIRouter(tags=["operation"])


@router.get("/health", operation_id="health", name="health", response_model=models.Health)
async def health(request: Request) -> Any:
    """Whether the process answers; nothing else is asked."""
    return {"ok": True, "version": __version__, "at": here(request).now()}


@router.get("/ready", operation_id="ready", name="ready", response_model=models.Ready, responses=responses(503))
async def ready(request: Request) -> Response:
    """Whether store, live loop and disk can do their work; 503 where one cannot, and why for those who signed in."""
    found = await aside(checks, here(request))
    if who(request) is None:  # What a store says of itself may name hosts, users and folders.
        found = {name: {**one, "found": ""} for name, one in found.items()}
    body = {"ok": all(one["ok"] for one in found.values()), "at": here(request).now(), "checks": found}
    if body["ok"]:
        return as_json(body)
    wrong = "; ".join(f"{name}: {one['found']}".removesuffix(": ") for name, one in found.items() if not one["ok"])
    problem = {"type": "urn:wattloom:problem:503", "title": "Not ready", "status": 503, "detail": wrong}
    answer = as_json(problem | body, 503, {"Retry-After": "2"})
    answer.headers["Content-Type"] = "application/problem+json"
    return answer


@router.get(
    "/metrics", operation_id="metrics", name="metrics", response_class=Response,
    responses={200: {"description": "Text as Prometheus reads it.", "content": {"text/plain": {
        "schema": {"type": "string"}, "example": "wattloom_tick 123.0\n"}}}},
)  # fmt: skip
async def metrics(request: Request) -> Response:
    """What the server counts, as Prometheus reads it."""
    return Response(await aside(here(request).counts.page), media_type=counts.MEDIA)


def checks(parts: Here) -> dict[str, dict[str, Any]]:
    """Each check: whether it holds, and what was found."""
    found = {"store": _store(parts), "disk": _disk(parts.settings.store), "live": _live(parts)}
    if parts.stopping:
        found["server"] = {"ok": False, "found": "stopping"}
    try:
        told = parts.room.ready() if parts.room is not None else {"checks": {}}
    except WattloomError as error:
        told = {"checks": {"room": {"ok": False, "found": str(error)}}}
    for name, one in dict(told.get("checks") or {}).items():
        found[f"room {name}"] = one if isinstance(one, dict) and "ok" in one else {"ok": bool(one), "found": str(one)}
    return {name: {"found": "", **one} for name, one in found.items()}


def _store(parts: Here) -> dict[str, Any]:
    """Whether the store answers."""
    try:
        counted = parts.jobs.store.counts()
    except WattloomError as error:
        return {"ok": False, "found": str(error)}
    return {"ok": True, "found": f"{counted.get('waiting', 0)} jobs wait, {counted.get('running', 0)} run"}


def _disk(store: Path) -> dict[str, Any]:
    """Whether there is room."""
    free = shutil.disk_usage(store).free
    return {"ok": free >= FREE_BYTES_MIN, "found": f"{free / 1e9:.1f} GB free"}


def _live(parts: Here) -> dict[str, Any]:
    """Whether the live loop lives."""
    if parts.room is None:
        return {"ok": False, "found": "starting"}
    if parts.live.tick < 0:
        return {"ok": False, "found": "no tick yet"}
    age_s = time.monotonic() - parts.live.taken_s
    state = parts.live.frame.get("state", "live")
    return {
        "ok": age_s <= STALE_S and state != "stopped",
        "found": f"tick {parts.live.tick}, {age_s:.1f} s ago, {state}",
    }
