"""What does each page of the console show? Its JSON twin at the same path with `.json`; the page itself is one shell.

What the live loop shows is worked out and written once a tick, however many look at it.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, Field
from starlette.responses import Response

from wattloom.domain.errors import InputError
from wattloom.edge.api import asked, filled, models
from wattloom.edge.api.here import Here, aside, encoded, here, who
from wattloom.edge.api.jobs import Cursor, Limit, job_list, number_of
from wattloom.edge.api.live import Name, _known
from wattloom.edge.api.problems import responses
from wattloom.edge.api.work import rows
from wattloom.rules.tables import name_of

router = APIRouter(tags=["pages"])
OF_THE_ROOM = ("now", "sites", "market", "vpp", "certificates", "forecasts", "alarms")
SHELLS = {
    "home_page": "/", "now_page": "/now", "sites_page": "/sites", "site_page": "/sites/{site}",
    "plan_site_page": "/plan/site", "dispatch_day_page": "/dispatch/day", "market_page": "/market",
    "vpp_page": "/vpp", "certificates_page": "/certificates", "forecasts_page": "/forecasts", "rules_page": "/rules",
    "territory_page": "/rules/{territory}", "alarms_page": "/alarms", "audit_page": "/audit",
    "accounts_page": "/accounts", "tokens_page": "/tokens", "sign_in_page": "/sign-in",
}  # fmt: skip
"""Pages that the console draws; one file answers them all."""
KEPT = 256
"""Twins of a tick that are kept written."""
RULES_SOURCE: Any = {"en": "rules of this version", "zh": "本版本的规则库"}
UNITS_OF_RULES = {"value": "as the row's unit says"}
PAGE: dict[str, Any] = {
    "type": "object",
    "description": "A page's twin. Every instant carries its offset; every number's unit stands under `units`.",
    "required": ["at", "zone", "units"],
    "properties": {
        "at": {"type": "string", "examples": [models.INSTANT]},
        "zone": {"type": "string", "examples": ["Asia/Shanghai"]},
        "source": {"type": "string"},
        "sources": {},
        "units": {"type": "object"},
    },
    "additionalProperties": True,
}
GOOD: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The page in numbers.",
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Page"},
                "example": {"at": models.INSTANT, "zone": "Asia/Shanghai", "sources": ["live loop"], "units": {}},
            }
        },
    }
}
HTML: dict[int | str, dict[str, Any]] = {
    200: {"description": "The console.", "content": {"text/html": {"schema": {"type": "string"}}}},
    304: {"description": "The console that you have is the newest."},
}


class Taken(BaseModel):
    """What a page may be asked for; the loop says which of these it takes."""

    day: str | None = Field(
        None, max_length=40, description="Of the page, where it shows one.", examples=["2026-11-23"]
    )
    territory: str | None = Field(None, pattern=r"^[a-z0-9_]{1,60}$", description="Key; all where none is given.")
    state: str | None = Field(None, pattern=r"^[a-z_-]{1,40}$", description="Of what is listed.")
    limit: int | None = Field(None, ge=1, le=1_000, description="How many rows of a list.")
    cursor: str | None = Field(None, max_length=80, description="`next` of the page before.")


class Written:
    """Twins of the newest tick, each written once."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._tick = -1
        self._kept: OrderedDict[object, bytes] = OrderedDict()
        self.runs = filled.Runs()

    async def of(self, key: object, tick: int, make: Callable[[], Any]) -> bytes:
        """A twin by its key, made where the tick has none yet."""
        if tick != self._tick:
            self._tick = tick
            self._kept.clear()
        found = self._kept.get(key)
        if found is None:
            found = await aside(lambda: encoded(make()))
            if tick == self._tick and tick >= 0:
                self._kept[key] = found
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return found


def routes() -> APIRouter:
    """Twins and shells."""
    every = APIRouter()
    every.include_router(router)
    for name in OF_THE_ROOM:
        _twin(every, name, f"/{name}.json", f"{name}_json")
    _twin(every, "dispatch", "/dispatch/day.json", "dispatch_day_json")
    for operation, path in SHELLS.items():
        every.add_api_route(
            path, shell, methods=["GET"], operation_id=operation, name=operation, response_class=Response,
            response_model=None, responses={**HTML, **responses(503)}, tags=["console"],
            summary=f"The console's page {path}", openapi_extra={"parameters": in_path(path)},
        )  # fmt: skip
    return every


def in_path(path: str) -> list[dict[str, Any]]:
    """Parameters of a path, as the OpenAPI file tells them."""
    schema = {"type": "string"}
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, "schema": schema, "example": "jiangsu"} for name in names]


def _twin(every: APIRouter, page: str, path: str, operation: str) -> None:
    """A page that the live loop knows."""

    async def twin(request: Request, asked_for: Annotated[Taken, Query()]) -> Response:
        parts, query = here(request), asked_for.model_dump(exclude_none=True)
        tenant = who(request).tenant if page in filled.USES else ""
        key = (page, tenant, *sorted(query.items()))

        def made() -> Any:
            found = _known(f"page {page}", lambda: parts.loop.page(page, **query))
            return filled.filled(page, found, parts, tenant, parts.written.runs)

        body = await parts.written.of(key, parts.live.tick, made)
        return Response(body, media_type="application/json")

    every.add_api_route(
        path, twin, methods=["GET"], operation_id=operation, name=operation, response_class=Response,
        response_model=None, responses={**GOOD, **responses(404, 422, 503)}, tags=["pages"],
        summary=f"The page {page}, in numbers",
    )  # fmt: skip


@router.get(
    "/sites/{site}.json", operation_id="site_json", name="site_json", response_class=Response,
    responses={**GOOD, **responses(404, 422, 503)},
)  # fmt: skip
async def site_json(request: Request, site: Name) -> Response:
    """A site: load by class, battery, limits, jobs."""
    parts = here(request)
    body = await parts.written.of(
        ("site", site), parts.live.tick, lambda: _known(f"site {site}", parts.loop.site, site)
    )
    return Response(body, media_type="application/json")


@router.get(
    "/plan/site.json", operation_id="plan_site_json", name="plan_site_json", response_class=Response,
    responses={**GOOD, **responses(422, 503)},
)  # fmt: skip
async def plan_site_json(request: Request, limit: Limit = 20, cursor: Cursor = None) -> Response:
    """Your tenant's plans, newest first; the form's schema is at /project/schema.json."""
    parts, before, tenant = here(request), number_of(cursor), who(request).tenant
    uses = ("plan_site", "plan_compare", "plan_frontier")
    found = await aside(parts.jobs.store.some, tenant, before=before, limit=limit + 1, uses=uses)
    told = await aside(job_list, parts, found, limit)
    return Response(encoded({**told, "schema": "/project/schema.json"}), media_type="application/json")


@router.get(
    "/rules.json", operation_id="rules_json", name="rules_json", response_class=Response,
    responses={**GOOD, **responses(422)},
)  # fmt: skip
async def rules_json(request: Request) -> Response:
    """Territories whose rules are known."""
    parts = here(request)
    scan = await aside(parts.find("rules_show"), None)
    told = parts.twin(sources=[RULES_SOURCE], units={"tiers": "1"}, items=rows(scan), next=None)
    return Response(encoded(told), media_type="application/json")


@router.get(
    "/rules/{territory}.json", operation_id="territory_json", name="territory_json", response_class=Response,
    responses={**GOOD, **responses(404, 422)},
)  # fmt: skip
async def territory_json(
    request: Request,
    territory: Annotated[str, InPath(pattern=r"^[a-z0-9_]{1,60}$", examples=["xinjiang"])],
    day: Annotated[str | None, Query(pattern=asked.DAY, description="Delivery day.", examples=["2026-11-23"])] = None,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="Year of delivery.")] = None,
) -> Response:
    """What is known of a territory, each value with unit, document, date in force and confidence."""
    parts = here(request)
    if territory not in await aside(parts.find("territory_keys")):
        raise KeyError(f"territory {territory}")
    scan = await aside(parts.find("rules_show"), territory, year=year, day=_day(day))
    sources = sorted({str(row["document"]) for row in rows(scan) if row.get("document")})
    named = ((row, name_of(str(row["fact"]))) for row in rows(scan))
    items = [{**row, "name_en": name.en, "name_zh": name.zh} for row, name in named]
    told = parts.twin(sources=sources, units=UNITS_OF_RULES, territory=territory, items=items, next=None)
    return Response(encoded(told), media_type="application/json")


@router.get("/project/schema.json", operation_id="project_schema", name="project_schema", response_class=Response)
async def project_schema(request: Request, sort: Annotated[asked.Sort, Query()] = "plan") -> Response:
    """The JSON schema of project files, or of another sort: forms are made of it."""
    found = await aside(lambda: encoded(finite(here(request).find("project_schema")(sort))))
    return Response(found, media_type="application/json")


def finite(schema: Any) -> Any:
    """A schema without bounds that JSON has no word for: above minus infinity is no bound."""
    if isinstance(schema, dict):
        return {key: finite(value) for key, value in schema.items() if not _endless(value)}
    return [finite(value) for value in schema] if isinstance(schema, list | tuple) else schema


def _endless(value: object) -> bool:
    """Whether it is no number that JSON can tell."""
    return isinstance(value, float) and not math.isfinite(value)


@router.get("/openapi.json", operation_id="openapi", name="openapi", response_class=Response)
async def openapi(request: Request) -> Response:
    """This server in the words of OpenAPI 3.1."""
    state = request.app.state
    if getattr(state, "drawn", None) is None:
        state.drawn = await aside(lambda: encoded(request.app.openapi()))
    return Response(state.drawn, media_type="application/json")


async def shell(request: Request) -> Response:
    """The console; which page it shows is its own business."""
    return file_of(here(request), "/", request)


@router.get(
    "/assets/{name:path}", operation_id="console_asset", name="console_asset", response_class=Response,
    responses={200: {"description": "A file of the console.", "content": {"*/*": {"schema": {"type": "string"}}}},
               304: {"description": "The one that you have is the newest."}, **responses(404)}, tags=["console"],
)  # fmt: skip
async def console_asset(
    request: Request, name: Annotated[str, InPath(pattern=r"^[A-Za-z0-9_.\-/]{1,200}$")]
) -> Response:
    """A file of the console; its name changes with its content."""
    return file_of(here(request), f"/assets/{name}", request)


def file_of(parts: Here, path: str, request: Request) -> Response:
    """A file of the console, packed where the browser takes that."""
    found = parts.console.get(path)
    if found is None:
        raise KeyError(f"file {path}")
    age = "public, max-age=31536000, immutable" if found.immutable else "no-cache"
    headers = {"ETag": found.etag, "Cache-Control": age, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(None, 304, headers)
    for encoding in ("br", "gzip"):
        packed = found.packed.get(encoding)
        if packed is not None and encoding in request.headers.get("accept-encoding", ""):
            return Response(packed, 200, {**headers, "Content-Encoding": encoding}, found.content_type)
    return Response(found.body, 200, headers, found.content_type)


def _day(text: str | None) -> date | None:
    """A day of the calendar."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError.one("query.day", found=text, expected="a day of the calendar",
                             remedy="write it as 2026-11-23") from error  # fmt: skip
