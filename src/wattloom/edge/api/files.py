"""How does a project get the files that it names? They are sent once and named by the hash of their content."""

from __future__ import annotations

import errno
import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from starlette.responses import Response

from wattloom.domain.errors import Unavailable
from wattloom.edge.api import models
from wattloom.edge.api.asked import FILE_NAME
from wattloom.edge.api.here import as_json, aside, here, who
from wattloom.edge.api.once import HEADER
from wattloom.edge.api.problems import TooLarge, TooMuch, responses

router = APIRouter(tags=["jobs"])
NAME = Annotated[str, InPath(pattern=FILE_NAME, examples=["prices.csv"])]
ANY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}, "example": "time,price\n…"}}
BATCH = 1 << 20


@router.put(
    "/files/{name}", operation_id="files_put", name="files_put", status_code=201, response_model=models.Kept,
    responses=responses(413, 422, 429, 503),
    openapi_extra={"requestBody": {"required": True, "content": ANY}, "parameters": [HEADER]},
)  # fmt: skip
async def files_put(request: Request, name: NAME) -> Response:
    """Keep a file of your tenant's; the answer tells the id by which a question names it."""
    parts, tenant = here(request), who(request).tenant
    folder, limits = parts.settings.of_tenant("files", tenant), parts.settings.limits
    await aside(_room_in, folder, limits.files_bytes, limits.files)
    request.state.subject = f"file {name}"
    handle, making = await aside(_begun, folder)
    try:
        told = await _received(request, handle, most=limits.file_bytes)
        await aside(_kept, Path(making), folder / told["id"])
    except OSError as error:
        raise _full(error) from error
    finally:
        await aside(Path(making).unlink, missing_ok=True)
    return as_json({**told, "name": name}, 201)


async def _received(request: Request, handle: int, *, most: int) -> dict[str, Any]:
    """Hash and size of a body that goes to the disk piece by piece."""
    digest, size, waiting = sha256(), 0, bytearray()
    with os.fdopen(handle, "wb") as file:
        async for piece in request.stream():
            size += len(piece)
            if size > most:
                raise TooLarge(f"a file may have {most:,} bytes")
            digest.update(piece)
            waiting += piece
            if len(waiting) >= BATCH:
                await aside(file.write, bytes(waiting))
                waiting.clear()
        await aside(_ended, file, bytes(waiting))
    return {"id": digest.hexdigest(), "bytes": size}


def _ended(file: Any, last: bytes) -> None:
    """The rest, on the disk on return."""
    file.write(last)
    file.flush()
    os.fsync(file.fileno())


def _begun(folder: Path) -> tuple[int, str]:
    """A file in the making."""
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.mkstemp(prefix=".making-", dir=folder)


def _kept(making: Path, path: Path) -> None:
    """In its place; one of the same content is the same file."""
    making.chmod(0o440)
    making.replace(path)


def _room_in(folder: Path, most: int, files: int) -> None:
    """Refuse where a tenant has sent too much already, in bytes or in number."""
    sizes = [path.stat().st_size for path in folder.iterdir()] if folder.is_dir() else []
    if sum(sizes) >= most:
        raise TooMuch(f"your files have {sum(sizes):,} bytes; at most {most:,} are kept")
    if len(sizes) >= files:
        raise TooMuch(f"you have {len(sizes):,} files; at most {files:,} are kept")


def _full(error: OSError) -> Unavailable:
    """What the disk says."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return Unavailable("the server's disk is full; nothing was kept")
    return Unavailable(f"the server's disk says: {error.strerror}; nothing was kept")
