"""How are the console's files sent? As they were built, packed once at the start for browsers that unpack."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PACKED_MIN = 1_000
"""Bytes below which packing is not worth it."""
LEVEL = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A file of the console, ready to be sent."""

    body: bytes
    content_type: str
    etag: str
    immutable: bool
    packed: Mapping[str, bytes] = field(default_factory=dict)
    """By content encoding."""


def ready(files: Mapping[str, Any]) -> dict[str, Packed]:
    """Every file by its path, packed where that makes it smaller; packing by Brotli where the build brought it."""
    return {
        path: Packed(body=one.body, content_type=one.content_type, etag=one.etag, immutable=one.immutable,
                     packed=_packed(one))
        for path, one in files.items()
    }  # fmt: skip


def _packed(one: Any) -> dict[str, bytes]:
    """The file packed, by encoding."""
    found: dict[str, bytes] = dict(getattr(one, "packed", None) or {})
    if "gzip" not in found and len(one.body) >= PACKED_MIN:
        small = gzip.compress(one.body, LEVEL, mtime=0)
        if len(small) < len(one.body):
            found["gzip"] = small
    return found
