"""Which command starts the control room? `wattloom serve`: server, live loop and console in one process tree."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from wattloom.domain.errors import InputError
from wattloom.edge.cli.screen import EXIT_INPUT, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

STORE = Path("wattloom-store")
LAST_WORDS_S = 10
"""How long what is being answered may take once the server is told to stop."""
BACKLOG = 2048
KEEP_ALIVE_S = 75
"""Longer than proxies keep a line, so that none is closed under a request."""
ON_ANY = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not bound to
DEMO_SPEED = 60.0
PROFILES: dict[str, Literal["user-side", "grid-side"]] = {"user-side": "user-side", "grid-side": "grid-side"}


def serve(doors: Doors) -> typer.Typer:
    """`wattloom serve`."""
    group = typer.Typer(invoke_without_command=True, help="The control room: server, live loop, console.")

    @group.callback()
    def start(  # noqa: PLR0913, PLR0917 - one argument an option
        demo: Annotated[bool, typer.Option("--demo", help="Twelve provinces from the twin, with accounts.")] = False,
        examples: Annotated[
            bool, typer.Option("--examples/--no-examples", help="With --demo: run the shipped examples once.")
        ] = True,
        host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8320,
        store: Annotated[
            str, typer.Option("--store", help="Folder of all that is kept, or the address of a PostgreSQL.")
        ] = "",
        folder: Annotated[
            Path, typer.Option("--folder", help="Folder of files and the journal where --store is a PostgreSQL.")
        ] = STORE,
        speed: Annotated[
            float | None, typer.Option("--speed", min=0.1, max=3600, help="Seconds of the plant in one of ours.")
        ] = None,
        profile: Annotated[
            str, typer.Option("--profile", help="user-side or grid-side (a mirror that only looks).")
        ] = "user-side",
        public: Annotated[
            str, typer.Option("--public-address", help="As browsers reach it, such as https://room.example.org.")
        ] = "",
        workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes for long work.")] = 1,
        traces: Annotated[str, typer.Option("--traces", help="OpenTelemetry collector, OTLP over HTTP.")] = "",
    ) -> None:
        """Start the control room and print its address; Ctrl-C or SIGTERM stops it in order."""
        with told_plainly():
            in_a_server = "=" in store or store.startswith("postgres")
            settings = doors.find("serve_settings")(
                store=folder if in_a_server else Path(store) if store else STORE,
                database=store if in_a_server else None,
                host=host, port=port, demo=demo, examples=examples, profile=_profile(profile), public_address=public,
                workers=workers, traces_to=traces, speed=speed if speed is not None else DEMO_SPEED if demo else 1.0,
            )  # fmt: skip
            _refuse_taken(host, port)
            doors.find("write_lines")()
            fault = run(doors.find("application")(settings), settings)
        if fault is not None:
            typer.echo(fault, err=True)
            raise typer.Exit(EXIT_INPUT)

    return group


def run(app: Any, settings: Any) -> str | None:
    """Serve until told to stop; why it could not start, or None."""
    import uvicorn

    class Server(uvicorn.Server):
        """Ends open streams first, so that what is being answered can end."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Start, then say where."""
            await super().startup(sockets)
            if self.started:
                for line in greeting(app, settings):
                    typer.echo(line)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as signals call it
            """A signal: streams end now, the rest in order; a second Ctrl-C does not wait for it.

            While the live loop opens there is nothing to end in order: what anybody was told is kept, and the next
            start goes on as after a kill. Nothing else could end it at once: Python waits for its threads.

            Unlike uvicorn's own, it does not raise the signal again at the end: what was stopped in order ended well.
            """
            if app.state.opening():
                _end_now()
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True
            app.state.stop()

    config = uvicorn.Config(
        app, host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False, ws="none",
        lifespan="on", timeout_graceful_shutdown=LAST_WORDS_S, backlog=BACKLOG, timeout_keep_alive=KEEP_ALIVE_S,
        h11_max_incomplete_event_size=65_536, proxy_headers=bool(settings.public_address),
    )  # fmt: skip
    server = Server(config)
    app.state.quit = lambda: setattr(server, "should_exit", True)
    server.run()
    fault: str | None = app.state.fault
    return fault


def _end_now() -> NoReturn:
    """End this process, and with their pipes those that it started."""
    with suppress(RuntimeError):  # It may have been writing.
        logging.getLogger("wattloom.server").info("ended before the live loop stood")
        logging.shutdown()
        sys.stdout.flush()
    os._exit(0)


def greeting(app: Any, settings: Any) -> list[str]:
    """Where it is, and how to get in: passwords and link are told once and kept nowhere."""
    lines = [f"wattloom is at {settings.address}"]
    access = getattr(app.state, "access", None)
    if access is None:
        return lines
    if settings.demo:
        passwords, link = access.demo()
        lines += [f"  {name}: {password}" for name, password in passwords.items()]
        return [*lines, f"signed in as admin, once: {link}"]
    link = access.first()
    return [*lines, f"nobody has an account yet; in as admin, once: {link}"] if link else lines


def _profile(word: str) -> Literal["user-side", "grid-side"]:
    """One of the two."""
    if word not in PROFILES:
        raise InputError.one("--profile", found=word, expected="user-side or grid-side", remedy="write one of them")
    return PROFILES[word]


def _refuse_taken(host: str, port: int) -> None:
    """A sentence where somebody else listens already, before anything is opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("" if host in ON_ANY else host, port))
        except OSError as error:
            raise InputError.one(f"--port {port}", found=error.strerror or str(error), expected="a free port",
                                 remedy="choose another with --port") from error  # fmt: skip
