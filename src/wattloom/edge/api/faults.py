"""What is told of a fault? A problem after RFC 9457, every wrong thing in its four parts; nothing of HTTP here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wattloom.domain.errors import Conflict, FeedError, Infeasible, InputError, Problem, Unavailable, WattloomError

PARTS = ("where", "line", "found", "expected", "remedy")
TITLES = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "There is none",
    405: "Not with this method",
    406: "Not in this form",
    408: "It did not come in time",
    409: "It does not fit what stands",
    411: "Its length must be told",
    413: "Too large",
    415: "Not in this media type",
    421: "Not by this name",
    422: "An input is wrong",
    429: "Too many requests",
    500: "An error that nobody foresaw",
    503: "Not now",
    507: "No room left",
}


class TooMuch(WattloomError):
    """Somebody asks more than their share: 429."""


class TooLarge(WattloomError):
    """More bytes than are taken: 413."""


def problem(status: int, detail: str = "", **more: Any) -> dict[str, Any]:
    """The body of a problem; `more` are members of its own, such as `problems`."""
    title = TITLES.get(status, TITLES[400 if status < 500 else 500])  # noqa: PLR2004 - the border of HTTP
    return {
        "type": f"urn:wattloom:problem:{status}",
        "title": title,
        "status": status,
        "detail": detail or title,
    } | more


def told(error: BaseException) -> dict[str, Any]:
    """The problem that an error is, at its status."""
    if isinstance(error, InputError):
        return problem(422, str(error), problems=[as_dict(one) for one in error.problems])
    if isinstance(error, Infeasible):
        return problem(422, error.text.en, detail_zh=error.zh)
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return problem(status, _said(error))
    return problem(500)


STATUSES: Mapping[type[BaseException], int] = {
    Conflict: 409,
    TooLarge: 413,
    TooMuch: 429,
    Unavailable: 503,
    FeedError: 503,
    WattloomError: 422,
    KeyError: 404,
}


def as_dict(one: Problem) -> dict[str, Any]:
    """A problem in its four parts."""
    return {name: getattr(one, name) for name in PARTS}


def _said(error: BaseException) -> str:
    """What an error says; the name that is not there for a KeyError."""
    return f"there is no {error.args[0]}" if isinstance(error, KeyError) and error.args else str(error)
