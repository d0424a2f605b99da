"""How does the server come together? One function joins its parts into an application, behind access and admission."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from secrets import token_hex
from typing import Any

from fastapi import FastAPI

from wattloom import __version__
from wattloom.domain.errors import Unavailable, WattloomError
from wattloom.edge.api import asking, console_files, files, jobs, live, models, operation, pages, problems
from wattloom.edge.api.access import guarded
from wattloom.edge.api.access.rules import operation_rules
from wattloom.edge.api.counts import Counts
from wattloom.edge.api.front import Front, Lateness
from wattloom.edge.api.here import Here, aside
from wattloom.edge.api.lanes import Desk, Jobs
from wattloom.edge.api.methods import Methods
from wattloom.edge.api.once import Once
from wattloom.edge.api.seeds import Seeds
from wattloom.edge.api.settings import Settings
from wattloom.edge.api.streams import Live, Shouts
from wattloom.edge.api.traces import tracing

LOG = logging.getLogger("wattloom.server")
FAULTS = (400, 401, 403, 404, 405, 409, 413, 421, 422, 429, 503)
"""What any operation may answer."""
AT_ONCE_S = 0.2
"""A live loop that opens within so long stands before the server says that it has started."""
FIRST_TICK_S = 5.0
"""Questions wait for the loop's first tick at most so long: without its store it has none, and says so itself."""
THREADS = 48
"""For what waits for a disk or a lock."""
ABOUT = (
    "Computing–electricity coordination: plan, dispatch, match, trade and settle the energy of AI facilities. "
    "Every use case has the name of its command; long work is a job. Instants carry their offset; numbers their unit. "
    "Faults are application/problem+json. Writes take an `Idempotency-Key`; lists a `limit` and a `cursor`."
)
Find = Callable[[str], Any]
Guard = Callable[[FastAPI], object]


def application(find: Find, settings: Settings, *, guard: Guard | None = None) -> FastAPI:
    """The server as an ASGI application.

    Args:
        find: use cases and rooms by name; a function of a module, as worker processes call it too.
        settings: of this server.
        guard: who may come in; accounts, tokens and rules of `edge.api.access` by default.

    Raises:
        InputError: an operation has no rule of access, or the store cannot be opened.
    """
    settings.store.mkdir(mode=0o700, parents=True, exist_ok=True)  # Hashes of passwords lie in it.
    lateness, parts = Lateness(), parts_of(find, settings)
    app = FastAPI(
        title="Wattloom", version=__version__, description=ABOUT, lifespan=_lifespan(parts, lateness),
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        responses=problems.responses(*FAULTS), separate_input_output_schemas=False,
    )  # fmt: skip
    app.state.here, app.state.fault = parts, None
    app.state.stop = app.state.quit = lambda: None
    app.state.opening = lambda: not parts.opened.is_set()
    problems.tell_problems(app)
    for router in (operation.router, live.router, pages.routes(), asking.routes(), jobs.router, files.router):
        app.include_router(router)
    mirror = settings.profile == "grid-side"
    if not mirror:
        app.include_router(live.acting)
    _describe(app)
    methods = Methods(app)
    app.state.methods = methods
    app.add_middleware(Once, answers=lambda: parts.answers, methods=methods, body_bytes=settings.limits.body_bytes)
    if guard is not None:
        guard(app)
    else:
        absent = {route.operation_id for route in live.acting.routes} if mirror else set()  # type: ignore[attr-defined]
        rules = {name: rule for name, rule in operation_rules().items() if name not in absent}
        guarded(app, find("access")(settings), rules)
    provider = tracing(settings.traces_to)
    app.state.tracing = provider
    tracer = provider.get_tracer("wattloom.server") if provider else None
    https = settings.address.startswith("https:")
    app.add_middleware(
        Front, counts=parts.counts, limits=settings.limits, lateness=lateness, tracer=tracer, https=https
    )
    return app


def parts_of(find: Find, settings: Settings) -> Here:
    """The parts of a server, not yet running."""
    shouts, counts = Shouts(), Counts()
    live_frames = Live()
    store = find("job_store")(settings.place("jobs"))
    parts = Here(
        find=find,
        settings=settings,
        counts=counts,
        shouts=shouts,
        live=live_frames,
        jobs=Jobs(find, store, settings, changed=shouts.shout),
        desk=Desk(find, settings),
        answers=find("answer_store")(settings.place("answers"), begun_by=token_hex(8)),
        console=console_files.ready(find("console_files")()),
        written=pages.Written(),
    )
    counts.follow("wattloom_listeners", "Open streams of ticks.", lambda: float(live_frames.listeners))
    counts.total("wattloom_frames_skipped", "Frames that slow listeners missed.", lambda: float(live_frames.skipped))
    counts.follow("wattloom_questions_waiting", "Quick questions without an answer yet.", lambda: parts.desk.waiting)
    for state in ("waiting", "running", "done", "failed", "cancelled"):
        counts.follow(f"wattloom_jobs_{state}", f"Jobs that are {state}.", partial(_jobs, store, state))
    return parts


def _jobs(store: Any, state: str) -> float:
    """How many jobs are in a state; not a number where the store cannot be asked."""
    try:
        return float(store.counts().get(state, 0))
    except WattloomError:
        return float("nan")


def _lifespan(parts: Here, lateness: Lateness) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """From start to stop."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="aside"))
        parts.shouts.start(loop)
        app.state.stop = lambda: loop.call_soon_threadsafe(stopping, parts)
        try:
            with parts.find("store_alone")(parts.settings.store):
                async with _running(parts, lateness, app):
                    yield
        except WattloomError as error:
            app.state.fault = str(error)
            raise
        finally:
            await aside(_let_go, parts, app)

    return lifespan


@asynccontextmanager
async def _running(parts: Here, lateness: Lateness, app: FastAPI) -> AsyncIterator[None]:
    """Everything that works, from its start to its stop; the live loop opens while the console is served already."""
    looking = asyncio.create_task(lateness.look())
    opening = asyncio.create_task(_opening(parts, app))
    try:
        await asyncio.wait({opening}, timeout=AT_ONCE_S)
        if app.state.fault is not None:
            raise Unavailable(app.state.fault)
        again = await aside(parts.jobs.start)
        LOG.info("started", extra={"told": {"store": parts.settings.store.name, "jobs_again": again}})
        yield
    finally:
        stopping(parts)
        looking.cancel()
        await opening
        await aside(_stop, parts)


async def _opening(parts: Here, app: FastAPI) -> None:
    """Open the live loop; a server whose loop cannot be opened tells why and ends."""
    begun_s = time.perf_counter()
    try:
        await aside(_open, parts, asyncio.get_running_loop())
    except WattloomError as error:
        app.state.fault = str(error)
    except Exception:
        LOG.exception("the live loop cannot be opened")
        app.state.fault = "the live loop cannot be opened; the log says why"
    finally:
        parts.opened.set()
    if app.state.fault is not None:
        app.state.quit()
        return
    LOG.info("live loop stands", extra={"told": {"after_s": round(time.perf_counter() - begun_s, 2)}})


def _open(parts: Here, loop: asyncio.AbstractEventLoop) -> None:
    """The live loop up to its first tick, then the worker of quick questions."""
    room = parts.find("control_room")(parts.settings)
    parts.room = room
    parts.live.start(room, loop, seen=parts.counts.seen)
    parts.live.begun.wait(FIRST_TICK_S)
    if not parts.stopping:
        parts.desk.warm()
    if parts.settings.demo and parts.settings.examples:
        parts.seeds = Seeds(parts)
        parts.seeds.start()


def stopping(parts: Here) -> None:
    """Streams end, readiness says no; what is being answered is answered."""
    parts.stopping = True
    parts.live.stop()
    parts.shouts.everyone()


def _stop(parts: Here) -> None:
    """End what works, the live loop last."""
    parts.jobs.stop()
    if parts.seeds is not None:
        parts.seeds.stop()
    parts.desk.stop()
    parts.live.join()
    if parts.room is not None:
        parts.room.stop()


def _let_go(parts: Here, app: FastAPI) -> None:
    """Close what was opened before the start."""
    access = getattr(app.state, "access", None)
    if access is not None:
        access.stop()
    for store in (parts.jobs.store, parts.answers):
        try:
            store.close()
        except Unavailable as error:
            LOG.warning("store: %s", error)
    if app.state.tracing is not None:
        app.state.tracing.shutdown()
    LOG.info("stopped")


def _describe(app: FastAPI) -> None:
    """The OpenAPI file with what routes name and no model holds."""
    drawn = app.openapi

    def openapi() -> dict[str, Any]:
        found = drawn()
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", problems.SCHEMA)
        schemas.setdefault("Page", pages.PAGE)
        for model in ASKED:
            schemas.setdefault(model.__name__, model.model_json_schema(ref_template="#/components/schemas/{model}"))
        return found

    app.openapi = openapi  # type: ignore[method-assign]


ASKED = (models.JobAnswer, models.Answered)
