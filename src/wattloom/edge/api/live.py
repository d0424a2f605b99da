"""How do people and machines take part in the live operation? They hear ticks, send telemetry, decide, acknowledge."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from wattloom.domain.errors import InputError, Unavailable
from wattloom.domain.live import KEYS, shown, updates_of
from wattloom.edge.api import models
from wattloom.edge.api.here import Here, as_json, aside, here, who
from wattloom.edge.api.once import HEADER
from wattloom.edge.api.problems import TooLarge, responses
from wattloom.edge.api.streams import EventStream

router = APIRouter(tags=["live operation"])
acting = APIRouter(tags=["live operation"])
"""What leads to commands: a mirror on the grid's side has none of it."""
Name = Annotated[str, InPath(pattern=r"^[A-Za-z0-9_.:\-]{1,120}$")]
ONCE = {"parameters": [HEADER]}
UPDATE = {
    "part": "sites", "name": "jiangsu_1", "field": "facility_mw_per_it_mw", "value": 1.24, "at_s": 1795397400.0,
    "source": "meter of the hall", "number": 17,
}  # fmt: skip
UPDATE_SCHEMA = {
    "type": "object",
    "description": "One new value; what it may hold is judged by the loop, and refused ones are told with a reason.",
    "required": [key for key in KEYS if key != "of"],
    "additionalProperties": False,
    "properties": {key: {} for key in KEYS},
}
BATCH = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        UPDATE_SCHEMA,
                        {"type": "array", "items": UPDATE_SCHEMA, "maxItems": 10_000},
                    ]
                },
                "example": [UPDATE],
            }
        },
    },
    "parameters": [HEADER],
}
EVENT = {
    "type": "object",
    "description": "One event of the stream.",
    "required": ["event", "data"],
    "properties": {
        "id": {"type": "string", "description": "Number of the tick."},
        "event": {"type": "string", "enum": ["tick", "notice"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: `tick` with a frame, `notice` when alarms or proposals changed.",
        "content": {"text/event-stream": {"schema": EVENT,
                    "example": 'id: 123\nevent: tick\ndata: {"tick":123,…}\n\n'}},
    }
}  # fmt: skip


@router.get("/live", operation_id="live", name="live", response_class=Response, responses={**EVENTS, **responses(503)})
async def live(request: Request) -> Response:
    """Every tick as it happens; the newest one at once, also after a lost connection (`Last-Event-ID`)."""
    return EventStream(here(request).live.messages())


@router.post(
    "/telemetry", operation_id="telemetry_offer", name="telemetry_offer", status_code=202,
    response_model=models.Receipt, responses=responses(400, 413, 415, 422, 429, 503), openapi_extra=BATCH,
)  # fmt: skip
async def telemetry_offer(request: Request) -> Response:
    """Take new values of sites, regions, lines and corridors; the answer comes when they are on the disk."""
    parts = here(request)
    told = await _json_of(request)
    if isinstance(told, list) and len(told) > parts.settings.limits.updates:
        raise TooLarge(f"{len(told):,} updates; a batch holds at most {parts.settings.limits.updates:,}")
    updates = updates_of(told)
    _speaks_for(request, {(str(one.part)[:PART_MAX], str(one.name)[:PART_MAX]) for one in updates})
    if parts.offering >= parts.settings.limits.telemetry_at_once:
        raise Unavailable(f"{parts.offering} batches wait for the disk")
    parts.offering += 1
    try:
        receipt = await aside(parts.loop.offer, updates, parts.settings.limits.offer_s)
    finally:
        parts.offering -= 1
    body = (
        receipt
        if isinstance(receipt, dict)
        else {name: getattr(receipt, name) for name in ("taken", "kept_up_to", "refused")}
    )
    parts.counts.updates.inc(body.get("taken", 0))
    return as_json(body, 202)


@router.get(
    "/telemetry/{site}.json", operation_id="telemetry_series", name="telemetry_series",
    responses=responses(404, 422, 503),
)  # fmt: skip
async def telemetry_series(
    request: Request,
    site: Name,
    field: Annotated[str, Query(pattern=r"^[a-z0-9_.]{1,80}$", examples=["draw_mw"])],
    start: Annotated[str | None, Query(alias="from", max_length=40, description="ISO 8601 with its offset.")] = None,
    end: Annotated[str | None, Query(alias="to", max_length=40, description="ISO 8601 with its offset.")] = None,
) -> Response:
    """A field of a site over time, dense, for charts."""
    parts = here(request)
    began, ended = instant(start, "query.from"), instant(end, "query.to")
    return as_json(await aside(_known, f"site {site}", parts.loop.series, site, field, began, ended))


@acting.get(
    "/advice/{site}.json", operation_id="advice_json", name="advice_json", response_model=models.SignedAdvice,
    responses=responses(403, 404, 409, 422, 503),
)  # fmt: skip
async def advice_json(request: Request, site: Name) -> Response:
    """The newest set-points of a site that it has not answered, signed; its gateway comes for them."""
    parts = here(request)
    _speaks_for(request, {("sites", site)})
    return as_json(await aside(_known, f"site {site}", parts.loop.advice, site))


def _speaks_for(request: Request, asked: set[tuple[str, str]]) -> None:
    """Refuse a caller that speaks for others than those it is bound to."""
    principal = who(request)
    others = [f"{part}/{name}" for part, name in asked if not principal.speaks_for(part, name)]
    if others:
        raise HTTPException(403, f"your token does not speak for {shown(min(others))}")


@router.get("/proposals.json", operation_id="proposals_json", name="proposals_json", responses=responses(503))
async def proposals_json(request: Request) -> Response:
    """What waits for somebody's word, and what was decided lately."""
    parts = here(request)
    found = await aside(parts.loop.proposals)
    return as_json(
        found if isinstance(found, Mapping) else parts.twin(sources=["live loop"], items=list(found), next=None)
    )


@acting.post(
    "/proposals/{id}/approve", operation_id="proposals_approve", name="proposals_approve", response_model=models.Said,
    responses=responses(404, 409, 422, 503), openapi_extra=ONCE,
)  # fmt: skip
async def proposals_approve(request: Request, id: Name, body: models.Why | None = None) -> Response:  # noqa: A002
    """Approve a proposal: its commands are sent in your name."""
    return await _decided(request, id, body, approve=True)


@acting.post(
    "/proposals/{id}/reject", operation_id="proposals_reject", name="proposals_reject", response_model=models.Said,
    responses=responses(404, 409, 422, 503), openapi_extra=ONCE,
)  # fmt: skip
async def proposals_reject(request: Request, id: Name, body: models.Why | None = None) -> Response:  # noqa: A002
    """Reject a proposal: nothing is sent."""
    return await _decided(request, id, body, approve=False)


@router.post(
    "/alarms/{id}/acknowledge", operation_id="alarms_acknowledge", name="alarms_acknowledge",
    response_model=models.Said, responses=responses(404, 409, 422, 503), openapi_extra=ONCE,
)  # fmt: skip
async def alarms_acknowledge(request: Request, id: Name, body: models.Note | None = None) -> Response:  # noqa: A002
    """Say that you have seen an alarm."""
    return await _alarm(request, id, "acknowledge", body)


@router.post(
    "/alarms/{id}/clear", operation_id="alarms_clear", name="alarms_clear", response_model=models.Said,
    responses=responses(404, 409, 422, 503), openapi_extra=ONCE,
)  # fmt: skip
async def alarms_clear(request: Request, id: Name, body: models.Note | None = None) -> Response:  # noqa: A002
    """Say that an alarm is over."""
    return await _alarm(request, id, "clear", body)


@router.post(
    "/shift-log", operation_id="shift_log", name="shift_log", status_code=201, response_model=models.Said,
    responses=responses(422, 503), openapi_extra=ONCE,
)  # fmt: skip
async def shift_log(request: Request, body: models.LogEntry) -> Response:
    """Write a line into the shift log."""
    parts = here(request)
    return said(parts, await aside(parts.loop.note, who(request).name, body.text), 201)


@acting.post(
    "/vpp/call", operation_id="vpp_call", name="vpp_call", status_code=201, response_model=models.Said,
    responses=responses(409, 422, 503), openapi_extra=ONCE,
)  # fmt: skip
async def vpp_call(request: Request, body: models.VppAsk) -> Response:
    """Take a call for less power: it becomes a proposal, and runs once somebody approved it."""
    parts = here(request)
    instant(body.start, "body.start")
    asked = body.model_dump(exclude_none=True)
    return said(parts, await aside(parts.loop.vpp_call, asked, who(request).name), 201)


async def _decided(request: Request, name: str, body: models.Why | None, *, approve: bool) -> Response:
    """A proposal with a word on it."""
    parts, principal = here(request), who(request)
    request.state.subject = f"proposal {name}"
    if approve:
        request.state.approval = f"person: {principal.name}"
    reason = body.reason if body else ""
    decide = parts.loop.decide
    told = await aside(_known, f"proposal {name}", decide, name, approve, principal.name, principal.via, reason)
    return said(parts, told)


async def _alarm(request: Request, name: str, verb: str, body: models.Note | None) -> Response:
    """An alarm with a word on it."""
    parts = here(request)
    request.state.subject = f"alarm {name}"
    note, by = body.note if body else "", who(request).name
    return said(parts, await aside(_known, f"alarm {name}", parts.loop.alarm, name, verb, by, note))


def said(parts: Here, told: object, status: int = 200) -> Response:
    """What the loop kept."""
    return as_json(told if isinstance(told, Mapping) else {"at": parts.now(), "kept": told}, status)


def _known(what: str, ask: Callable[..., Any], *arguments: Any) -> Any:
    """What the loop says; a name that it does not know is a page that is not there."""
    try:
        return ask(*arguments)
    except KeyError as error:
        raise KeyError(what) from error


def instant(text: str | None, where: str) -> str | None:
    """An instant with its offset, as it was written; `InputError` for any other."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))  # A plus sign is a blank in a query.
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year not in YEARS:
        raise InputError.one(where, found=text, expected="an instant of our time with its offset",
                             remedy="write it as 2026-11-23T09:30:00+08:00")  # fmt: skip
    return at.isoformat()


async def _json_of(request: Request) -> Any:
    """The body as JSON."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in {"application/json", ""} and not media.endswith("+json"):
        raise InputError.one("Content-Type", found=media, expected="application/json", remedy="send JSON")
    body = await request.body()
    try:
        if len(body) > SMALL_BYTES:
            return await aside(json.loads, body)
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError.one("body", found=str(error)[:120], expected="JSON", remedy="send JSON in UTF-8") from error


YEARS = range(1971, 2200)
"""Of instants: behind them the arithmetic of calendars ends."""
PART_MAX = 200
"""Characters of a name that are looked at: more than any name has."""
SMALL_BYTES = 50_000
"""Read in place; more is read by a thread."""
