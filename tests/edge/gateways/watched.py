"""Processes of ours under watch: every address that any of them, or any that they start, calls or listens at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.edge.api.test_serve import free_port

SOURCE = Path(__file__).parents[3] / "src" / "wattloom"
WATTLOOM = str(Path(sys.executable).parent / "wattloom")
HOOK = """
import importlib.util, os, sys
sys.modules["uvloop"] = None  # It calls past Python's audit events; the server then takes asyncio's own loop.
LOG = os.open(os.environ["SOCKETS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def note(event, args):
    if event in {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}:
        if isinstance(args[1], tuple):
            os.write(LOG, f"{event} {args[1][0]}:{args[1][1]} {os.path.basename(sys.argv[0])}\\n".encode())
sys.addaudithook(note)
PLANTED = os.environ["PLANTED"]
class Planted:
    @staticmethod
    def find_spec(name, path=None, target=None):
        file = os.path.join(PLANTED, name + ".py")
        return importlib.util.spec_from_file_location(name, file) if os.path.isfile(file) else None
sys.meta_path.insert(0, Planted)
"""
"""As `sitecustomize` it is run by every Python that is started, workers of the server among them. It takes the modules
that lie in a folder in place of ours: a copy with something planted in it."""
CALLS = ("socket.connect", "socket.sendto", "socket.sendmsg")
ONCE = "#once="


@dataclass(frozen=True, slots=True)
class Watch:
    """A folder with the hook, planted modules, and what was noted."""

    folder: Path

    def environment(self, log: str) -> dict[str, str]:
        """Of a process under watch."""
        (self.folder / "sitecustomize.py").write_text(HOOK, "utf-8")
        more = {"SOCKETS_LOG": str(self.folder / log), "PLANTED": str(self.folder / "planted")}
        return {**os.environ, "PYTHONPATH": str(self.folder), **more}

    def noted(self, log: str) -> set[str]:
        """What was called and listened at, as `EVENT ADDRESS`."""
        path = self.folder / log
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        return {" ".join(line.split()[:2]) for line in lines}


@dataclass(frozen=True, slots=True)
class Served:
    """A server under watch."""

    address: str
    store: Path
    watch: Watch
    once: str

    @contextmanager
    def admin(self) -> Iterator[httpx.Client]:
        """Signed in by the link that was printed, which opens once."""
        with httpx.Client(base_url=self.address, timeout=30) as client:
            assert client.post("/sign-in/once", json={"once": self.once}).status_code == 200
            client.headers["X-Wattloom-CSRF"] = client.get("/me.json").json()["csrf"]
            yield client

    def calls(self) -> set[str]:
        """All that the server and its workers called."""
        return {one for one in self.watch.noted("server.sockets") if one.startswith(CALLS)}


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """`wattloom serve --demo` in real time, under watch, for as long as the block."""
    folder.mkdir(exist_ok=True)
    watch, port = Watch(folder), free_port()
    command = [WATTLOOM, "serve", "--demo", "--speed", "1", "--port", str(port), "--store", str(folder / "store")]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=watch.environment("server.sockets")
        )
    try:
        assert process.stdout is not None
        line = next((line for line in process.stdout if ONCE in line), "")
        assert line, (folder / "server.log").read_text("utf-8")
        yield Served(f"http://127.0.0.1:{port}", folder / "store", watch, line.rpartition(ONCE)[2].strip())
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def plant(folder: Path, plants: Mapping[str, tuple[str, str]]) -> None:
    """Copies of modules, with a line behind a place of each, for the processes that are watched from a folder."""
    (folder / "planted").mkdir(parents=True)
    for name, (place, line) in plants.items():
        text = SOURCE.joinpath(*name.split(".")[1:]).with_suffix(".py").read_text("utf-8")
        assert text.count(place) == 1, f"{name}: the place to plant at is no longer there"
        (folder / "planted" / f"{name}.py").write_text(text.replace(place, f"{place}{line}\n"), "utf-8")
