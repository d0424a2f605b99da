"""How is work done beside the server's own loop? In processes of their own that live as long as their server.

A process that is killed, or takes its memory with it, ends its own work and nothing else; the next work gets a new one.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import queue
import signal
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import copyfile
from typing import Any

from wattloom.domain.errors import WattloomError
from wattloom.edge.api import faults, shown
from wattloom.edge.api.logs import write_lines
from wattloom.edge.api.uses import USES
from wattloom.edge.api.work import Work, checked, written

RESULT = "result.json"
LEAST = 19
"""Niceness of work that nobody waits for."""
LOG = logging.getLogger("wattloom.work")
Find = Callable[[str], Any]
Step = Callable[[str, float | None], None]


class Gone(Exception):
    """The process ended before its work did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A piece of work for a process."""

    use: str
    options: Mapping[str, Any]
    belongings: Path
    folder: Path | None = None
    """Of a job, with its project; None: a quick question."""
    scratch: Path | None = None
    """Of a quick question: a folder for the moment, which goes with it also where its process is ended."""
    project: str | Mapping[str, Any] | None = None
    """Of a quick question."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Of a quick question: those beside its project, by name, as they are kept."""


class Hand:
    """One process, started when it is first needed."""

    def __init__(self, find: Find) -> None:
        """Keep how use cases are found: a function of a module, as it travels by its name."""
        self._find = find
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None
        self._starting, self._closed = threading.Lock(), False

    def start(self) -> None:
        """Start it, if it does not run."""
        with self._starting:
            if self._closed:
                raise Gone
            if self._process is None or not self._process.is_alive():
                self._end()
                self._begin()

    def _begin(self) -> None:
        """A new process, and a pipe to it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=work_on, args=(theirs, self._find), daemon=False)
        self._process.start()
        theirs.close()
        self._pipe = ours

    def ask(self, order: Order, step: Step) -> dict[str, Any]:
        """Do an order: {"result": …} or {"problem": …}.

        Raises:
            Gone: the process ended first.
        """
        self.start()
        pipe = self._pipe
        try:
            if pipe is None:
                raise Gone
            pipe.send(order)
            while True:
                told: dict[str, Any] = pipe.recv()
                if "step" not in told:
                    return told
                step(told["step"], told["done"])
        except (OSError, EOFError) as error:
            raise Gone from error

    def calm(self) -> None:
        """Start it where it does not run, behind everything else that this machine does."""
        self.start()
        if self._process is not None and self._process.pid is not None:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, LEAST)

    def kill(self) -> None:
        """End it and all that it started, in the middle of its work; the next order gets a new one."""
        with self._starting:
            self._end()

    def close(self) -> None:
        """End it; there will be no other."""
        with self._starting:
            self._closed = True
            self._end()

    def _end(self) -> None:
        """End the process, if there is one."""
        process = self._process
        if process is not None and process.pid is not None and process.is_alive():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
        if process is not None:
            process.join()


def work_on(pipe: Connection[Any, Any], find: Find) -> None:
    """Do orders until the server is gone; the body of a process."""
    os.setpgid(0, 0)
    write_lines()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()

    def listen() -> None:
        with suppress(EOFError, OSError):
            while True:
                orders.put(pipe.recv())
        os.killpg(0, signal.SIGKILL)  # The server is gone: nobody would read the answer.

    threading.Thread(target=listen, daemon=True).start()
    while True:
        pipe.send(done(orders.get(), find, lambda message, share: pipe.send({"step": message, "done": share})))


def done(order: Order, find: Find, step: Step) -> dict[str, Any]:
    """An order carried out; what goes wrong is part of the answer."""
    if order.folder is not None:
        return _kept(order, order.folder, find, step)
    if order.scratch is not None:
        return _done(order, order.scratch, find, step)
    with tempfile.TemporaryDirectory(prefix="wattloom-ask-") as folder:
        return _done(order, Path(folder), find, step)


def _kept(order: Order, folder: Path, find: Find, step: Step) -> dict[str, Any]:
    """A job's order: its result lies in its folder, as it may be large."""
    told = _done(order, folder, find, step)
    if "result" not in told:
        return told
    try:
        shown.keep(order.use, folder)
    except Exception:  # A page lacks a row then; the work is done all the same.
        LOG.exception("nothing for a page from %s", order.use)
    making = folder / f".{RESULT}"
    with making.open("w", encoding="utf-8") as file:
        json.dump(told["result"], file, ensure_ascii=False, default=str)
        file.flush()
        os.fsync(file.fileno())
    making.replace(folder / RESULT)
    return {"result": None}


def _done(order: Order, folder: Path, find: Find, step: Step) -> dict[str, Any]:
    """An order carried out in a folder."""

    class Tell:
        """A `Progress` that tells the server."""

        def step(self, message: str, *, done: float | None = None) -> None:
            """Tell it."""
            step(message, done)

    work = Work(find=find, folder=folder, belongings=order.belongings, options=order.options, tell=Tell())
    try:
        if order.project is not None:
            written(work.project, order.project)
        for name, kept in order.files.items():
            copyfile(kept, folder / name)
        if work.project.exists():
            checked(work.project)
        with find("files_within")(folder):
            return {"result": USES[order.use].run(work)}
    except WattloomError as error:
        return {"problem": _without((folder, order.belongings), faults.told(error))}
    except Exception:  # Whatever a use case does, the process lives on; the trace goes into the log.
        LOG.exception("unforeseen in %s", order.use)
        return {"problem": faults.problem(500)}


def _without(folders: tuple[Path, ...], problem: dict[str, Any]) -> dict[str, Any]:
    """A problem that does not tell where on this machine the work is done, or the tenant's things lie."""
    text = json.dumps(problem, ensure_ascii=False)
    for folder in folders:
        text = text.replace(f"{folder}{os.sep}", "").replace(str(folder), ".")
    cleaned: dict[str, Any] = json.loads(text)
    return cleaned
