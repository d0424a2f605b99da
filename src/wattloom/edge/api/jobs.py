"""How far is long work, and what came of it? Lists, progress as it happens, cancel, resume, files of the run."""

from __future__ import annotations

import base64
import binascii
import json
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from wattloom.app.access.deciding import Allowed, Rule, may
from wattloom.app.access.deciding import Scope as TokenScope
from wattloom.domain.errors import InputError
from wattloom.edge.api import models
from wattloom.edge.api.here import Here, as_json, aside, encoded, here, who
from wattloom.edge.api.lanes import result_of
from wattloom.edge.api.once import HEADER
from wattloom.edge.api.problems import responses
from wattloom.edge.api.streams import HEARTBEAT, RETRY, EventStream, Messages, event, woken_in_time
from wattloom.edge.api.work import RUN

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

router = APIRouter(tags=["jobs"])
JOB_EXAMPLE = {
    "id": models.JOB, "use": "plan_site", "state": "running", "done": 0.4, "message": "sizing", "asked_by": "planner",
    "created_at": models.INSTANT, "changed_at": models.INSTANT, "zone": "Asia/Shanghai", "attempts": 1, "result": None,
    "problem": None, "files": [],
}  # fmt: skip
Id = Annotated[str, InPath(pattern=r"^[0-9a-f]{24}$", examples=[models.JOB])]
FileName = Annotated[str, InPath(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}$", examples=["report.html"])]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=40, description="`next` of the page before.")]
MEDIA = {".jsonl": "application/jsonl", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
         ".yaml": "application/yaml", ".md": "text/markdown"}  # fmt: skip


@router.get(
    "/jobs.json", operation_id="jobs_json", name="jobs_json", response_model=models.JobList, responses=responses(422)
)
async def jobs_json(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Your tenant's jobs, newest first."""
    parts, before = here(request), number_of(cursor)
    found = await aside(parts.jobs.store.some, who(request).tenant, before=before, limit=limit + 1)
    return as_json(await aside(job_list, parts, found, limit))


def job_list(parts: Here, found: Sequence[Any], limit: int) -> dict[str, Any]:
    """A page of jobs, without their results."""
    items = [job_answer(parts, job, whole=False) for job in found[:limit]]
    after = cursor_of(found[limit - 1].sequence) if len(found) > limit else None
    return parts.twin(sources=["this server's jobs"], units={"done": "1"}, items=items, next=after)


@router.get(
    "/jobs/{id}.json", operation_id="job_json", name="job_json", response_model=models.JobAnswer,
    responses=responses(404, 422),
)  # fmt: skip
async def job_json(request: Request, id: Id) -> Response:  # noqa: A002 - its name in the path
    """A job: how far it is; once it is done, its result and the names of its files."""
    parts = here(request)
    job = await aside(known, parts, request, id)
    return as_json(await aside(job_answer, parts, job, whole=True))


@router.get(
    "/jobs/{id}/events", operation_id="job_events", name="job_events", response_class=Response,
    responses={200: {"description": "`event: progress` with the job each time it gets on, to its end.",
                     "content": {"text/event-stream": {}}}, **responses(404, 422)},
)  # fmt: skip
async def job_events(request: Request, id: Id) -> Response:  # noqa: A002
    """A job's progress as it happens, as server-sent events; the stream ends with the job."""
    parts = here(request)
    job = await aside(known, parts, request, id)
    return EventStream(progress(parts, job))


@router.post(
    "/jobs/{id}/cancel", operation_id="job_cancel", name="job_cancel", response_model=models.JobAnswer,
    responses=responses(403, 404, 409, 422), openapi_extra={"parameters": [HEADER]},
)  # fmt: skip
async def job_cancel(request: Request, id: Id) -> Response:  # noqa: A002
    """End a job that waits or runs."""
    return await _changed(request, id, here(request).jobs.cancel)


@router.post(
    "/jobs/{id}/resume", operation_id="job_resume", name="job_resume", response_model=models.JobAnswer,
    responses=responses(403, 404, 409, 422), openapi_extra={"parameters": [HEADER]},
)  # fmt: skip
async def job_resume(request: Request, id: Id) -> Response:  # noqa: A002
    """Let a failed or cancelled job wait again; a replay goes on where it was."""
    return await _changed(request, id, here(request).jobs.resume)


@router.get(
    "/jobs/{id}/files/{name}", operation_id="job_file", name="job_file", response_class=Response,
    responses={200: {"description": "The file.", "content": {"*/*": {"schema": {"type": "string",
                     "contentMediaType": "application/octet-stream"}}}}, **responses(404, 422)},
)  # fmt: skip
async def job_file(request: Request, id: Id, name: FileName) -> Response:  # noqa: A002
    """A file of a finished run."""
    parts = here(request)
    job = await aside(known, parts, request, id)
    path = run_folder(parts, job) / name
    if job.state != "done" or name not in files_of(path.parent):
        raise KeyError(f"file {name} of job {id}")
    media = MEDIA.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    # A PDF is not shown in the sandbox that files of a run are shown in.
    shown = "inline" if path.suffix in {".html", ".json", ".png", ".svg"} else "attachment"
    return WholeFile(path, media_type=media, filename=name, content_disposition_type=shown)


class WholeFile(FileResponse):
    """A file, all of it: who asks for a part of it gets the whole, as RFC 9110 (14.2) allows."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del self.headers["accept-ranges"]
        whole = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": whole}, receive, send)


async def _changed(request: Request, name: str, change: Any) -> Response:
    """A job after a change."""
    parts = here(request)
    request.state.subject = f"job {name}"
    found = await aside(known, parts, request, name)
    if not _may_ask(request, found.use):
        raise HTTPException(403, f"you may not ask for {found.use}, and so not end it or let it go on")
    job = await aside(change, who(request).tenant, name)
    return as_json(await aside(job_answer, parts, job, whole=True))


def known(parts: Here, request: Request, name: str) -> Any:
    """A job of whoever asks; KeyError where the tenant has none of this id, or it is of what only auditors may see."""
    job = parts.jobs.store.get(who(request).tenant, name)
    if job is None or (_is_audited(request, job.use) and not _may_ask(request, job.use)):
        raise KeyError(f"job {name}")
    return job


def _is_audited(request: Request, use: str) -> bool:
    """Whether what a use case tells is kept from those who may not ask for it: the whole book, for one."""
    rule = _rule_of(request, use)
    return rule is not None and rule.scope is TokenScope.AUDIT


def _may_ask(request: Request, use: str) -> bool:
    """Whether somebody may ask for a use case; everybody may where no guard stands before the server."""
    principal, rule = who(request), _rule_of(request, use)
    return rule is None or isinstance(may(principal, rule, tenant=principal.tenant, zone=principal.zone), Allowed)


def _rule_of(request: Request, use: str) -> Rule | None:
    """The rule of a use case's operation."""
    doors = getattr(request.app.state, "doors", None)
    found = doors.rules.get(use) if doors is not None else None
    return None if found is None else cast("Rule", found.rule)


def job_answer(parts: Here, job: Any, *, whole: bool) -> dict[str, Any]:
    """A job as it is told; `whole`: with its result."""
    far = parts.jobs.far(job.id) if job.state == "running" else None
    done, message = far or (job.done, job.message)
    ended_well = job.state == "done"
    folder = parts.jobs.folder(job.tenant, job.id)
    return {
        "id": job.id, "use": job.use, "state": job.state, "done": round(done, 4), "message": message,
        "asked_by": job.asked_by, "created_at": parts.local(job.created_at), "changed_at": parts.local(job.changed_at),
        "zone": parts.settings.zone, "attempts": job.attempts,
        "result": result_of(folder) if whole and ended_well else None,
        "problem": json.loads(job.problem) if job.problem else None,
        "files": files_of(folder / RUN) if ended_well else [],
    }  # fmt: skip


async def progress(parts: Here, job: Any) -> Messages:
    """A job each time it gets on, to its end."""
    woken = parts.shouts.listen(job.id)
    last = b""
    try:
        yield RETRY
        while not parts.stopping:
            woken.clear()
            job = await aside(parts.jobs.store.get, job.tenant, job.id)
            told = encoded(await aside(job_answer, parts, job, whole=False))
            if told != last:
                last = told
                yield event("progress", told, number=job.sequence)
            if job.ended:
                return
            if not await woken_in_time(woken):
                yield HEARTBEAT
    finally:
        parts.shouts.leave(job.id, woken)


def run_folder(parts: Here, job: Any) -> Path:
    """Where the files of a run lie."""
    return parts.jobs.folder(job.tenant, job.id) / RUN


def files_of(folder: Path) -> list[str]:
    """Names of a run's files."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def cursor_of(sequence: int) -> str:
    """A place in a list, as a word that means nothing to others."""
    return base64.urlsafe_b64encode(f"before {sequence}".encode()).decode().rstrip("=")


def number_of(cursor: str | None) -> int | None:
    """The place that a cursor means; None for the beginning."""
    if cursor is None:
        return None
    try:
        word, _, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        if word == "before" and number.isdecimal() and len(number) < 19:  # noqa: PLR2004 - digits of a row's number
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise InputError.one("query.cursor", found=cursor, expected="`next` of the page before",
                         remedy="begin without a cursor")  # fmt: skip
