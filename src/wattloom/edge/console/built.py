"""Which files make the console, and do they belong to these sources?"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

PREFIX = "/assets/"
"""Path below which the server answers every file but `index.html`."""

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content security policy that the console keeps: nothing inline, nothing from elsewhere."""

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
HASHED = re.compile(r"-[\w-]{8}\.\w+$")
"""Names of built files end in a hash of their content."""
INDEX = "index.html"
MANIFEST = "manifest.json"
LEFT_OUT = frozenset({"node_modules", "dev"})
"""Folders of the sources that no build depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file of the console as it is sent."""

    body: bytes
    content_type: str
    etag: str
    """SHA-256 of the body in quotes, as HTTP wants it."""
    immutable: bool
    """True where the name holds a hash of the content, so that a browser may keep it for good."""


@cache
def files() -> Mapping[str, Asset]:
    """Every file by its path: `/` is the page, the others begin with `PREFIX`."""
    found = {_path_of(file.name): _asset(file) for file in sorted(_folder().iterdir()) if file.suffix in CONTENT_TYPES}
    return MappingProxyType(found)


def build_of(folder: Path | None = None) -> Mapping[str, object]:
    """What the build says of itself: `sources`, the fingerprint of its sources, and `files`, SHA-256 by name."""
    told: Mapping[str, object] = json.loads(((folder or _folder()) / MANIFEST).read_text("utf-8"))
    return told


def sources_of(root: Path) -> str:
    """SHA-256 over the sources below `root`, in the order of their names, as `scripts/fingerprint.mjs` has it."""
    whole = hashlib.sha256()
    names = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    for name in sorted(str(name.as_posix()) for name in names if name.parts[0] not in LEFT_OUT):
        whole.update(f"{name}\n{hashlib.sha256((root / name).read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _folder() -> Path:
    return Path(__file__).parent / "assets"


def _path_of(name: str) -> str:
    return "/" if name == INDEX else PREFIX + name


def _asset(file: Path) -> Asset:
    body = file.read_bytes()
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    content_type = CONTENT_TYPES[file.suffix]
    return Asset(body=body, content_type=content_type, etag=etag, immutable=HASHED.search(file.name) is not None)
