"""How does the gateway reach out? It asks for one text, and sends one list; it listens to nobody.

Both ends may be an address (HTTP, outwards only) or a folder (files that something one-way carries, such as a diode).
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from wattloom.domain.errors import FeedError, InputError

TEXT_BYTES_MAX = 200_000
WAIT_S = 10.0


def fetched(source: str, *, site: str, token: str) -> str | None:
    """The advice that lies at an address or in a folder; None: none; `FeedError` where nobody answers."""
    if not _is_address(source):
        path = Path(source) / f"{site}.jws"
        try:
            return path.read_text("ascii")[:TEXT_BYTES_MAX] if path.is_file() else None
        except (OSError, ValueError) as error:
            raise FeedError(f"{path}: {error}") from error
    told = _asked(urllib.request.Request(f"{source.rstrip('/')}/advice/{site}.json", headers=_headers(token)))  # noqa: S310  http(s) only, judged by _is_address.
    try:
        text = json.loads(told).get("advice")
    except (ValueError, AttributeError) as error:
        raise FeedError(f"{source}: no advice that can be read") from error
    return text if isinstance(text, str) else None


def reported(target: str, updates: list[dict[str, Any]], *, token: str) -> None:
    """Send measurements; the answer is not looked at."""
    body = json.dumps(updates).encode()
    if not _is_address(target):
        folder = Path(target)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{updates[-1]['number']:020d}-{updates[-1]['name']}.json"
        making = folder / f".{name}.making"
        with making.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        making.replace(folder / name)
        return
    headers = {**_headers(token), "Content-Type": "application/json"}
    _asked(urllib.request.Request(f"{target.rstrip('/')}/telemetry", data=body, headers=headers, method="POST"))  # noqa: S310  http(s) only, judged by _is_address.


def _asked(request: urllib.request.Request) -> bytes:
    """What somebody answers; no redirect is followed."""
    opener = urllib.request.build_opener(_Straight())
    try:
        with opener.open(request, timeout=WAIT_S) as answer:
            found: bytes = answer.read(TEXT_BYTES_MAX)
            return found
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise FeedError(f"{request.full_url}: {error}") from error


class _Straight(urllib.request.HTTPRedirectHandler):
    """Goes nowhere but where it was sent."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None."""
        return


def _headers(token: str) -> dict[str, str]:
    """Who asks."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def _is_address(place: str) -> bool:
    """Whether it is an address rather than a folder; an address is http or https."""
    scheme, _, rest = place.partition("://")
    if not rest:
        return False
    if scheme not in {"http", "https"}:
        raise InputError.one("address", found=f"{scheme}://…", expected="http, https or a folder", remedy="correct it")
    return True
