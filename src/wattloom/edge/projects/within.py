"""May a file name others that lie anywhere? Where it comes from a stranger: only those of one folder.

A file that was sent may name another that was sent, and that one a third: whichever names it, nothing out of the folder
is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_FOLDER: ContextVar[Path | None] = ContextVar("folder of the files that may be named", default=None)


@contextmanager
def files_within(folder: Path) -> Iterator[None]:
    """In this block, files name no others than those that lie in a folder."""
    token = _FOLDER.set(folder.resolve())
    try:
        yield
    finally:
        _FOLDER.reset(token)


def may_be_named(path: Path) -> bool:
    """Whether a file may be named; `path` is whole, links followed."""
    folder = _FOLDER.get()
    return folder is None or path.is_relative_to(folder)
