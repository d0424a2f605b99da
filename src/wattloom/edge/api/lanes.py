"""Who does the long work, and who the quick questions? A few processes; the rows in the store say what is to be done.

The server's loop never waits for them. A server that is killed finds its running jobs waiting again when it starts.
"""

from __future__ import annotations

import json
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattloom.domain.errors import Conflict, Unavailable, WattloomError
from wattloom.edge.api import faults
from wattloom.edge.api.hands import RESULT, Find, Gone, Hand, Order
from wattloom.edge.api.uses import LONG

if TYPE_CHECKING:
    from wattloom.edge.api.settings import Settings

LOG = logging.getLogger("wattloom.jobs")
ATTEMPTS_MAX = 3
"""A job whose process ends so often takes more than this machine has."""
TOLD_EVERY_S = 1.0
"""How far a job is goes to the disk so often."""
LOOK_AGAIN_S = 5.0
"""A store that was down is asked again after so long."""
ENDED = faults.problem(
    503,
    "the process that did this work was ended from outside, most often for want of memory; use longer steps or a "
    "shorter window, then resume",
)


def now() -> str:
    """This instant, ISO 8601, UTC."""
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds")


class Jobs:
    """Long work: kept by the store, done by processes, told to whoever listens."""

    def __init__(self, find: Find, store: Any, settings: Settings, *, changed: Callable[[str], None]) -> None:
        """Keep what is needed; `changed` is told the id of a job whenever it gets on, from any thread."""
        self.store, self._settings, self._changed = store, settings, changed
        self._hands = [Hand(find) for _ in range(settings.workers)]
        self._running: dict[str, Hand] = {}
        self._far: dict[str, tuple[float, str]] = {}
        self._wake = threading.Condition()
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> int:
        """Let what ran when the last server ended wait again, and begin; how many there were."""
        found: int = self.store.again(at=now())
        self._threads = [threading.Thread(target=self._work, args=(hand,), daemon=True) for hand in self._hands]
        for thread in self._threads:
            thread.start()
        return found

    def stop(self) -> None:
        """End the processes; what they did waits for the next start."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for hand in self._hands:
            hand.close()
        for thread in self._threads:
            thread.join(timeout=LOOK_AGAIN_S)

    def folder(self, tenant: str, name: str) -> Path:
        """Where a job's project, files and run folder lie."""
        return self._settings.of_tenant("runs", tenant) / name

    def admit(self, tenant: str) -> None:
        """Refuse where too many of a tenant's jobs wait."""
        waiting = self.store.counts(tenant).get("waiting", 0)
        if waiting >= self._settings.limits.jobs_waiting:
            raise faults.TooMuch(f"{waiting} of your jobs wait; at most {self._settings.limits.jobs_waiting} may")

    def submit(self, job: Any) -> Any:
        """Keep a job whose folder is ready; it is durable on return."""
        kept = self.store.add(job)
        self._ring(kept.id)
        return kept

    def cancel(self, tenant: str, name: str) -> Any:
        """End a job; its process is ended in the middle of its work."""
        job = self.store.cancel(tenant, name, now())
        hand = self._running.get(name)
        if hand is not None:
            hand.kill()
        self._changed(name)
        return job

    def resume(self, tenant: str, name: str) -> Any:
        """Let a failed or cancelled job wait again."""
        if not self.folder(tenant, name).is_dir():
            raise Conflict(f"the folder of job {name} is gone; ask anew")
        job = self.store.resume(tenant, name, now())
        self._ring(name)
        return job

    def far(self, name: str) -> tuple[float, str] | None:
        """How far a running job is: share and message, newer than the store."""
        return self._far.get(name)

    def _ring(self, name: str) -> None:
        """Wake a worker; tell listeners."""
        with self._wake:
            self._wake.notify()
        self._changed(name)

    def _work(self, hand: Hand) -> None:
        """Job after job, until the server stops."""
        while not self._stopping:
            try:
                job = self.store.claim(LONG, now())
                if job is not None:
                    self.carry_out(job, hand)
            except WattloomError as error:
                LOG.warning("jobs wait: %s", error)
                job = None
            with self._wake:
                if job is None and not self._stopping:
                    self._wake.wait(LOOK_AGAIN_S)

    def carry_out(self, job: Any, hand: Hand) -> None:
        """One job that is marked as running, and what becomes of it."""
        self._running[job.id] = hand
        self._changed(job.id)
        order = Order(
            use=job.use,
            options=json.loads(job.asked),
            belongings=self._settings.of_tenant("tenants", job.tenant),
            folder=self.folder(job.tenant, job.id),
        )
        try:
            told = hand.ask(order, self._teller(job.id))
        except Gone:
            self._gone(job)
        else:
            self._ended(job, told.get("problem"))
        finally:
            self._running.pop(job.id, None)
            self._far.pop(job.id, None)
            self._changed(job.id)

    def _teller(self, name: str) -> Callable[[str, float | None], None]:
        """Takes how far a job is; every change to listeners, some to the disk."""
        last_s = 0.0

        def tell(message: str, done: float | None) -> None:
            nonlocal last_s
            share = self._far.get(name, (0.0, ""))[0] if done is None else min(max(done, 0.0), 1.0)
            self._far[name] = (share, message)
            if time.monotonic() - last_s >= TOLD_EVERY_S:
                last_s = time.monotonic()
                self.store.tell(name, done=share, message=message, at=now())
            self._changed(name)

        return tell

    def _ended(self, job: Any, problem: dict[str, Any] | None) -> None:
        """Note how it ended; a cancel that came first stands."""
        if problem is None:
            self.store.end(job.id, "done", at=now())
        else:
            text = json.dumps(problem, ensure_ascii=False)
            self.store.end(job.id, "failed", at=now(), message=problem["detail"][:500], problem=text)

    def _gone(self, job: Any) -> None:
        """The process ended before the job: by a cancel, with the server, or for want of memory."""
        if self._stopping or job.attempts < ATTEMPTS_MAX:
            self.store.again(job.id, at=now())  # Changes nothing where it was cancelled.
        else:
            self._ended(job, ENDED)


class Desk:
    """Quick questions: one process answers them in turn; a few may wait."""

    def __init__(self, find: Find, settings: Settings) -> None:
        """Keep what is needed; the process starts with `warm`."""
        self._hand, self._settings = Hand(find), settings
        self._turn = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._waiting = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """Questions that are not answered yet."""
        return self._waiting

    def warm(self) -> None:
        """Start the process before somebody waits for it."""
        self._turn.submit(self._hand.start)

    def stop(self) -> None:
        """End it."""
        self._hand.close()
        self._turn.shutdown(wait=False, cancel_futures=True)

    def ask(
        self,
        use: str,
        *,
        tenant: str,
        options: dict[str, Any],
        project: Any = None,
        files: Mapping[str, Path] | None = None,
    ) -> dict[str, Any]:
        """The answer, waited for: {"result": …} or {"problem": …}; call it from a thread.

        Raises:
            Unavailable: too many wait, or the process ended.
        """
        with self._lock:
            if self._waiting >= self._settings.limits.quick_waiting:
                raise Unavailable(f"{self._waiting} questions wait already")
            self._waiting += 1
        belongings = self._settings.of_tenant("tenants", tenant)
        order = Order(use=use, options=options, belongings=belongings, project=project, files=files or {})
        try:
            return self._turn.submit(self._answered, order).result()
        except Gone as error:
            raise Unavailable("it took too long, or the process that answers was ended") from error
        finally:
            with self._lock:
                self._waiting -= 1

    def _answered(self, order: Order) -> dict[str, Any]:
        """The answer, in its time: a question that keeps the process busy keeps everybody else waiting."""
        end = threading.Timer(self._settings.limits.quick_s, self._hand.kill)
        end.daemon = True
        end.start()
        try:
            with tempfile.TemporaryDirectory(prefix="wattloom-ask-") as scratch:
                return self._hand.ask(replace(order, scratch=Path(scratch)), lambda _message, _share: None)
        finally:
            end.cancel()


def result_of(folder: Path) -> Any:
    """The result of a finished job; None where there is none."""
    path = folder / RESULT
    return json.loads(path.read_text("utf-8")) if path.exists() else None
