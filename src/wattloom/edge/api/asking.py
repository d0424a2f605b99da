"""How is a use case asked for? `POST` to the words of its command: quick ones are answered, long ones become a job.

`Prefer: wait=20` (RFC 7240) waits for a long one up to so many seconds, and answers 200 if it is done by then.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from fastapi import APIRouter, Request
from pydantic import BaseModel, create_model
from starlette.responses import Response

from wattloom.domain.errors import InputError, Problem
from wattloom.edge.api import models, problems
from wattloom.edge.api.asked import Strict
from wattloom.edge.api.here import Here, as_json, aside, here, who
from wattloom.edge.api.jobs import JOB_EXAMPLE, job_answer
from wattloom.edge.api.lanes import now
from wattloom.edge.api.once import HEADER
from wattloom.edge.api.problems import TooLarge, responses
from wattloom.edge.api.uses import USES, Use
from wattloom.edge.api.work import PROJECT, RUN, written

PREFER = re.compile(r"(?:^|[,;\s])wait=(\d{1,3})(?:$|[,;\s])")
WAIT_S_MAX = 60
ID_BYTES = 12
TRADE = ("project.yaml", "result.json", RUN)
"""Names in a job's folder that are not the sender's."""
PREFER_HEADER = {
    "name": "Prefer", "in": "header", "required": False, "example": "wait=20",
    "description": "Seconds to wait for the end, up to 60, as `wait=20`.",
    "schema": {"type": "string"},
}  # fmt: skip
EXAMPLES = {
    "plan": "name: A hall on the grid\nsite: {latitude_deg: 37.5, longitude_deg: 105.2, altitude_m: 1225, "
    "time_zone: Asia/Shanghai}\nconnection: {territory: none, voltage_kv: 110}\nstudy: {project_years: [1]}\n"
    "assets:\n  computing: {kind: cluster, it_mw: 10, utilisation: 0.5, overhead_fixed: 0, overhead_slope: 0.2}\n"
    "  grid: {kind: grid, capacity_mva: {min: 0, max: 20}, energy_price_cny_per_mwh: 390}\n",
}
"""A project for the OpenAPI file's examples; other sorts of project are too long to be one: see examples/."""


def routes() -> APIRouter:
    """A route for each use case."""
    router = APIRouter(tags=["use cases"])
    for use in USES.values():
        if use.quick:
            _quick(router, use)
        else:
            _long(router, use)
    router.add_api_route(
        "/uses.json", catalogue, methods=["GET"], operation_id="use_catalogue", name="use_catalogue",
        summary="Which use cases there are, with the schema of their options",
    )  # fmt: skip
    return router


async def catalogue(request: Request) -> dict[str, Any]:
    """Every use case: name, route, title in both languages, whether it is quick, schema of its options."""
    items = [
        {"name": name, "path": use.path, "title": {"en": use.title.en, "zh": use.title.zh}, "quick": use.quick,
         "project": use.project, "options": use.options.model_json_schema()}
        for name, use in USES.items()
    ]  # fmt: skip
    return here(request).twin(sources=["this server"], items=items)


def body_of(use: Use) -> type[BaseModel]:
    """The model of a use case's body: project and files where it reads one, and its options."""
    needed = any(field.is_required() for field in use.options.model_fields.values())
    options: Any = (use.options, ...) if needed else (use.options, use.options())
    name = "".join(word.capitalize() for word in use.name.split("_"))
    base = models.Body if use.project else Strict
    return create_model(f"{name}Asked", __base__=base, options=options)


def _quick(router: APIRouter, use: Use) -> None:
    """A use case that is answered at once."""
    model = body_of(use)

    async def ask(request: Request, body: Any) -> Response:
        parts, asked = here(request), cast("models.Body", body)
        told = await aside(
            parts.desk.ask,
            use.name,
            tenant=who(request).tenant,
            options=body.options.model_dump(),
            project=asked.project if use.project else None,
            files=not_too_many(parts, found_files(parts, who(request).tenant, asked)) if use.project else {},
        )
        if "problem" in told:
            return problems.answer(told["problem"] | {"request": request.scope.get("wattloom.request", "")})
        return as_json({"use": use.name, "result": told["result"]})

    _add(router, use, _typed(ask, model), status=200, answer=models.Answered)


def _long(router: APIRouter, use: Use) -> None:
    """A use case that becomes a job."""
    model = body_of(use)

    async def ask(request: Request, body: Any) -> Response:
        parts, asked = here(request), cast("models.Body", body)
        job = await aside(_submitted, parts, request, use, asked)
        job = await _waited(parts, job, _wait_s(request))
        told = await aside(job_answer, parts, job, whole=True)
        status = 200 if job.ended else 202
        return as_json(told, status, {"Location": f"/jobs/{job.id}.json"})

    _add(router, use, _typed(ask, model), status=202, answer=models.JobAnswer)


def _typed(ask: Callable[..., Any], model: type[BaseModel]) -> Callable[..., Any]:
    """The function with its body's model, as the router reads it from the annotations."""
    ask.__annotations__ = {"request": Request, "body": model, "return": Response}
    return ask


def _add(router: APIRouter, use: Use, ask: Callable[..., Any], *, status: int, answer: type[BaseModel]) -> None:
    """The route, with its examples."""
    schema = answer.__name__
    told: dict[str, Any] = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}
    good: dict[int | str, dict[str, Any]] = {200: {"description": "Its answer.", **told}}
    parameters = [HEADER]
    if status == 202:  # noqa: PLR2004 - of HTTP
        location = {"Location": {"description": "Where the job is asked for.", "schema": {"type": "string"}}}
        told = {"content": {"application/json": {**told["content"]["application/json"], "example": JOB_EXAMPLE}}}
        good = {
            202: {"description": "It waits its turn as a job.", "headers": location, **told},
            200: {"description": "It was done, or failed, while you waited (`Prefer: wait`).", **told},
        }
        parameters = [HEADER, PREFER_HEADER]
    router.add_api_route(
        use.path, ask, methods=["POST"], operation_id=use.name, name=use.name, status_code=status,
        summary=use.title.en, description=f"`wattloom {use.path.strip('/').replace('/', ' ')}`: {use.title.en}. "
        f"{use.title.zh}。", response_class=Response, response_model=None,
        responses={**good, **responses(400, 409, 413, 415, 422, 429, 503)},
        openapi_extra={"parameters": parameters, "requestBody": {"content": {"application/json": {
            "example": example_of(use)}}}},
    )  # fmt: skip


def example_of(use: Use) -> dict[str, Any]:
    """A body for the OpenAPI file."""
    project = {"project": EXAMPLES.get(use.project, f"# a {use.project} file, such as those of examples/\n")}
    return {**(project if use.project else {}), "options": dict(use.example)}


def _submitted(parts: Here, request: Request, use: Use, body: models.Body) -> Any:
    """A job whose folder lies ready and whose row is on the disk."""
    principal = who(request)
    parts.jobs.admit(principal.tenant)
    name = _id(request)
    folder = parts.jobs.folder(principal.tenant, name)
    found = parts.jobs.store.get(principal.tenant, name)
    if found is not None:
        return found
    if folder.exists():  # Of a request that was cut off before it was told.
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    try:
        if use.project:
            lay_out(parts, principal.tenant, folder, body)
        request.state.subject = f"job {name}"
        job = parts.find("job")(
            id=name, tenant=principal.tenant, asked_by=principal.name, use=use.name,
            asked=cast("Any", body).options.model_dump_json(), created_at=now(),
        )  # fmt: skip
        return parts.jobs.submit(job)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def lay_out(parts: Here, tenant: str, folder: Path, body: models.Body) -> None:
    """Project and files in a folder; `InputError` for everything that cannot be there."""
    found = found_files(parts, tenant, body)
    written(folder / PROJECT, body.project)
    for name, kept in found.items():
        (folder / name).hardlink_to(kept)


def found_files(parts: Here, tenant: str, body: models.Body) -> dict[str, Path]:
    """The files beside a project as they are kept; `InputError` for everything that cannot be there."""
    kept = parts.settings.of_tenant("files", tenant)
    missing = [
        Problem(where=f"files.{name}", found=file, expected="the id of a file that you sent",
                remedy="send it with PUT /files/{name}")
        for name, file in body.files.items() if not (kept / file).is_file()
    ]  # fmt: skip
    taken = [
        Problem(where=f"files.{name}", found=name, expected="another name", remedy="this one is the server's own")
        for name in body.files if name in TRADE
    ]  # fmt: skip
    if missing or taken:
        raise InputError([*missing, *taken])
    return {name: kept / file for name, file in body.files.items()}


def not_too_many(parts: Here, files: dict[str, Path]) -> dict[str, Path]:
    """The files of a quick question, which are copied for it: together no more than one may have."""
    size, most = sum(path.stat().st_size for path in files.values()), parts.settings.limits.file_bytes
    if size > most:
        raise TooLarge(f"the files beside a quick question have {size:,} bytes; at most {most:,} are read")
    return files


def _id(request: Request) -> str:
    """Of a job: the same for the same idempotency key, so that one that was cut off is not done twice."""
    once = request.scope.get("state", {}).get("once")
    return sha256(once.encode()).hexdigest()[: 2 * ID_BYTES] if once else token_hex(ID_BYTES)


def _wait_s(request: Request) -> float:
    """How long the sender would wait."""
    asked = PREFER.search(request.headers.get("prefer", ""))
    return float(min(int(asked[1]), WAIT_S_MAX)) if asked else 0.0


async def _waited(parts: Here, job: Any, wait_s: float) -> Any:
    """The job when it has ended, when the time is up, or now where many wait already: each holds a place."""
    if not wait_s or parts.waited_for >= parts.settings.limits.waited_for:
        return job
    until_s = time.monotonic() + wait_s
    woken = parts.shouts.listen(job.id)
    parts.waited_for += 1
    try:
        while not job.ended and not parts.stopping:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                break
            woken.clear()
            job = await aside(parts.jobs.store.get, job.tenant, job.id)
            if job.ended:
                break
            try:
                async with asyncio.timeout(left_s):
                    await woken.wait()
            except TimeoutError:
                break
    finally:
        parts.waited_for -= 1
        parts.shouts.leave(job.id, woken)
    return job
