"""How do the cores of this machine share the work? One process each, started fresh, stopped with the caller."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class LocalProcesses:
    """`Workers` over the cores of this machine; a single task is done by the caller."""

    def __init__(self, count: int | None = None) -> None:
        """Use `count` processes, or one for each core that this process may use."""
        self.count = count or len(os.sched_getaffinity(0))

    def map(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        """The answers in the order of the tasks; an exception of a task is raised here and ends the others."""
        waiting = list(tasks)
        if self.count <= 1 or len(waiting) <= 1:
            yield from map(work, waiting)
            return
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(
            max_workers=min(self.count, len(waiting)), mp_context=context, initializer=_leave_interrupts_to_the_caller
        )
        try:
            yield from pool.map(work, waiting)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_the_caller() -> None:
    """Ctrl-C reaches the caller, who stops the pool; workers would only print a trace each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
