"""How do the cores of this machine share the work? One process each, started fresh, stopped with the caller."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Self, TypeVar

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

    def __exit__(self, *_: object) -> None:
        """Stop the processes; work that has not begun is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

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
        try:
            yield from self._pool.map(work, waiting)
        except BaseException:
            self.__exit__()
            raise


def _leave_interrupts_to_the_caller() -> None:
    """Ctrl-C reaches the caller, who stops the pool; workers would only print a trace each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
