"""What did the service answer? JSON, or one error that says what came instead and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from wattloom.domain.errors import FeedError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 20.0
MESSAGE_KEYS = ("message", "reason", "detail", "messages", "error")
"""Where the services write what is wrong with a question."""
SHOWN_CHARACTERS_MAX = 200
TOO_MANY, NOT_FOUND, SERVER_FAULT = 429, 404, 500


def answer(
    url: str,
    params: Mapping[str, Any],
    *,
    service: str,
    transport: httpx.BaseTransport | None,
    timeout_seconds: float,
) -> Any:
    """The JSON that a service answers."""
    timeout = httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS)
    try:
        with httpx.Client(
            transport=transport, timeout=timeout, follow_redirects=True, headers={"User-Agent": "wattloom"}
        ) as client:
            response = client.get(url, params=dict(params))
    except httpx.TimeoutException as error:
        raise _error(
            service, f"no answer within {timeout_seconds:g} s", "an answer", "ask again later, or another service"
        ) from error
    except httpx.HTTPError as error:
        raise _error(
            service, f"no connection ({error})", "an answer", "check the network; the shipped weather needs none"
        ) from error
    _check_status(response, service)
    return _json(response, service)


def _check_status(response: httpx.Response, service: str) -> None:
    """Turn a status that is not success into words."""
    status = response.status_code
    if response.is_success:
        return
    said = _said(response)
    if status == TOO_MANY:
        wait = response.headers.get("Retry-After")
        remedy = f"wait {wait} s and ask again" if wait else "wait a minute and ask again"
        raise _error(service, f"too many questions{said}", "an answer", remedy)
    if status >= SERVER_FAULT:
        raise _error(service, f"a fault of the service (HTTP {status}){said}", "an answer", "ask again later")
    if status == NOT_FOUND:
        raise _error(service, f"no such address (HTTP 404){said}", "an answer", "the service may have moved; tell us")
    raise _error(service, f"a refusal (HTTP {status}){said}", "an answer", "ask for a place and a year that it holds")


def _json(response: httpx.Response, service: str) -> Any:
    """The body as JSON; a page or half an answer is refused."""
    try:
        return json.loads(response.content)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        kind = response.headers.get("Content-Type", "no content type").split(";")[0]
        start = response.content[:60].decode("utf-8", "replace")
        cut_off = "json" in kind
        raise _error(
            service,
            f"JSON that breaks off after {len(response.content)} bytes" if cut_off else f"{kind}: {start!r}",
            "JSON",
            "ask again" if cut_off else "a proxy or a login page may stand between; check the network",
        ) from error


def _said(response: httpx.Response) -> str:
    """What the service itself says is wrong, where it says something."""
    try:
        body = json.loads(response.content)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return ""
    words = next((body[key] for key in MESSAGE_KEYS if body.get(key)), None) if isinstance(body, dict) else None
    return "" if words is None or words is True else f": {str(words)[:SHOWN_CHARACTERS_MAX]}"


def _error(service: str, found: str, expected: str, remedy: str) -> FeedError:
    """An error in four parts."""
    return FeedError(f"{service}: found {found}; expected {expected}; {remedy}")
