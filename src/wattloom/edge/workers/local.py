"""How do the cores of this machine share the work? One process each, started fresh, stopped with the caller."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Self, TypeVar

from wattloom.domain.errors import WattloomError

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class LocalProcesses:
    """`Workers` over the cores of this machine, kept from one call to the next; a single task is done by the caller."""

    def __init__(self, count: int | None = None) -> None:
        """Use `count` processes, or one for each core that this process may use; none is started before it has work."""
        self.count = count or len(os.sched_getaffinity(0))
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Keep the processes until the end of the block."""
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Stop the processes; after an error, Ctrl-C included, in the middle of their work."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if error is not None:
            # Nobody waits minutes for a year's program that is no longer wanted. Python 3.14: pool.terminate_workers().
            for process in list((pool._processes or {}).values()):  # noqa: SLF001
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)

    def map(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        """The answers in the order of the tasks; an exception of a task is raised here and ends the others."""
        waiting = list(tasks)
        if self.count <= 1 or len(waiting) <= 1:
            yield from map(work, waiting)
            return
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=self.count,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_leave_interrupts_to_the_caller,
            )
        _hear_interrupts()
        try:
            yield from self._pool.map(work, waiting)
        except BrokenProcessPool as broken:
            self.__exit__(BrokenProcessPool)
            raise WattloomError(
                "a worker process was ended from outside, most often for want of memory; "
                "use fewer with --workers 1, or longer steps"
            ) from broken
        except BaseException as error:
            self.__exit__(type(error))
            raise


def _hear_interrupts() -> None:
    """Take Ctrl-C back: polars, which linopy loads, catches it so that a caller who waits for an answer sleeps on."""
    told = signal.getsignal(signal.SIGINT)
    if told is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, told)


def _leave_interrupts_to_the_caller() -> None:
    """Ctrl-C reaches the caller, who stops the pool; workers would only print a trace each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
