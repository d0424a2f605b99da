"""How is a fault told over HTTP? As application/problem+json (RFC 9457), with every problem in its four parts.

422 an input is wrong · 404 there is none · 409 it does not fit what stands · 413 too large · 429 and 503 too much or
not now, with Retry-After. What nobody foresaw is a 500 that tells a request id and nothing of the inside.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from reprlib import Repr
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from wattloom.domain.errors import WattloomError
from wattloom.edge.api.faults import TITLES, TooLarge, TooMuch, problem, told

if TYPE_CHECKING:
    from fastapi import FastAPI

MEDIA = "application/problem+json"
RETRY_AFTER_S = 1
NO_METHOD = 405
SHOWN_MAX = 120
"""Characters of a wrong value that a problem repeats."""
SHORT = Repr()
SHORT.maxlevel, SHORT.maxstring, SHORT.maxother = 4, SHOWN_MAX, SHOWN_MAX
"""Neither the whole of a large value is written out to be cut, nor every level of a deep one."""
LOG = logging.getLogger("wattloom.server")


def answer(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem as a response."""
    status = int(body["status"])
    more = {"Retry-After": str(RETRY_AFTER_S)} if status in {429, 503} else {}
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, {**more, **(headers or {})}, MEDIA)


def tell_problems(app: FastAPI) -> None:
    """Make an application answer every fault as a problem."""
    app.add_exception_handler(WattloomError, _of_error)
    app.add_exception_handler(KeyError, _of_error)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(Exception, _unforeseen)


async def _of_error(request: Request, error: Exception) -> Response:
    """Errors made on purpose, and names that are not there."""
    return answer(told(error) | _instance(request))


async def _of_http(request: Request, error: Exception) -> Response:
    """What routing found."""
    if not isinstance(error, HTTPException):
        raise error
    detail = error.detail if isinstance(error.detail, str) else ""
    headers = dict(error.headers or {})
    if error.status_code == NO_METHOD:
        methods = request.app.state.methods.of(request.url.path)
        headers["Allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else frozenset())))
    return answer(problem(error.status_code, detail) | _instance(request), headers)


async def _of_request(request: Request, error: Exception) -> Response:
    """A request that is not as the OpenAPI file says."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = [_of_part(one) for one in error.errors()]
    status = 400 if any(one["type"] == "json_invalid" for one in error.errors()) else 422
    return answer(problem(status, found[0]["expected"], problems=found) | _instance(request))


async def _unforeseen(request: Request, error: Exception) -> Response:
    """Logged with its trace; told without."""
    LOG.error("unforeseen", exc_info=error, extra={"told": _instance(request)})
    return answer(problem(500) | _instance(request))


def _of_part(one: Mapping[str, Any]) -> dict[str, Any]:
    """One thing that is wrong with a request."""
    found = SHORT.repr(one.get("input"))
    return {
        "where": ".".join(str(step) for step in one["loc"]),
        "line": None,
        "found": found if len(found) <= SHOWN_MAX else f"{found[: SHOWN_MAX - 1]}…",
        "expected": str(one["msg"]),
        "remedy": "see /openapi.json",
    }


def _instance(request: Request) -> dict[str, str]:
    """By which id the request is found in the log."""
    return {"request": str(request.scope.get("wattloom.request", ""))}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI file says of these problems."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": TITLES[status],
            "content": {MEDIA: {"schema": schema, "example": problem(status) | {"request": "5c0e…"}}},
        }
        for status in statuses
    }


SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong, after RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "detail_zh": {"type": "string", "description": "The same in Chinese, where there is such a sentence."},
        "request": {"type": "string", "description": "By which the request is found in the server's log."},
        "problems": {
            "type": "array",
            "description": "Everything that is wrong, each in four parts.",
            "items": {
                "type": "object",
                "required": ["where", "found", "expected", "remedy"],
                "properties": {
                    "where": {"type": "string"},
                    "line": {"type": ["integer", "null"]},
                    "found": {"type": "string"},
                    "expected": {"type": "string"},
                    "remedy": {"type": "string"},
                },
            },
        },
    },
}

__all__ = ["MEDIA", "SCHEMA", "TooLarge", "TooMuch", "answer", "problem", "responses", "tell_problems", "told"]
