"""How is a server's whole store copied while it is in use, brought back, and brought forward to a newer program?

Databases are copied as of one instant each, by SQLite's own online copy, books before journals before the rest, so that
nothing in a copy leans on what the copy does not have. All else in a store is written whole and never changed. The copy
lies under its name when it is complete, with a list of every file and its SHA-256.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from wattloom.domain.errors import Conflict, InputError, Problem

MANIFEST = "manifest.json"
LOCK = "server.lock"
LEFT_OUT = ("*.lock", ".making-*", "*.making", "*-wal", "*-shm", "*-journal", MANIFEST)
"""Of a moment, or part of a database that is copied as a whole."""
FIRST = ("*/ledger.sqlite", "*/book.sqlite", "*/journal.sqlite")
"""Databases in the order in which they are copied; others come before files, after these."""
Opener = Callable[[Path], Any]
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy holds."""

    files: int
    bytes: int


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """The store for this process alone; `Conflict` where a server has it."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"store {store.name}: a server runs on it; stop it first, or name another store") from error
        yield


def backup(store: Path, copy: Path) -> Copied:
    """A copy of a store in a new folder, also while a server runs on it.

    Raises:
        InputError: there is no store, or something is there already.
    """
    if not store.is_dir():
        raise InputError.one(str(store), found="no folder", expected="a store", remedy="name the folder of `serve`")
    _refuse(copy)
    making = copy.with_name(f"{copy.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        for path in ordered(store):
            target = making / path.relative_to(store)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".sqlite":
                _copy_base(path, target)
            else:
                _copy_file(path, target)
        told = _written(making)
        making.rename(copy)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return told


def restore(copy: Path, store: Path) -> Copied:
    """A store out of a copy that is whole; one that is there is never written over.

    Raises:
        InputError: every file of the copy that is missing, changed or no whole database.
    """
    told = verified(copy)
    _refuse(store)
    making = store.with_name(f"{store.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        shutil.copytree(copy, making, ignore=shutil.ignore_patterns(MANIFEST))
        for path in making.rglob("*"):
            _keep(path)
        making.rename(store)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return told


def upgrade(store: Path, openers: Mapping[str, Opener], before: Path) -> Sequence[str]:
    """Bring every database of a store forward, after the same was done to a copy; what the store was is kept.

    Args:
        store: no server runs on it meanwhile.
        openers: by pattern of the file's path in the store: opens a database, and by that brings it forward.
        before: new folder for the copy of what the store was.

    Returns:
        The databases that were opened.

    Raises:
        InputError: the rehearsal failed; the store was not touched.
    """
    with alone(store):
        backup(store, before)
        rehearsal = store.with_name(f"{store.name}.rehearsal")
        shutil.rmtree(rehearsal, ignore_errors=True)
        try:
            restore(before, rehearsal)
            _brought_forward(rehearsal, openers)
        finally:
            shutil.rmtree(rehearsal, ignore_errors=True)
        return _brought_forward(store, openers)


def ordered(store: Path) -> list[Path]:
    """Every file that a copy holds, in the order in which it is copied."""
    found = [path for path in store.rglob("*") if path.is_file() and not path.is_symlink()]
    kept = [path for path in found if not any(fnmatch(path.name, pattern) for pattern in LEFT_OUT)]
    return sorted(kept, key=lambda path: (_rank(path), str(path)))


def verified(copy: Path) -> Copied:
    """What a copy holds, once every file of it is what the list says."""
    try:
        listed: dict[str, str] = json.loads((copy / MANIFEST).read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.one(str(copy / MANIFEST), found="no list of files", expected="a copy of a store",
                             remedy="name a folder that `wattloom store backup` wrote") from error  # fmt: skip
    problems = [problem for name, digest in sorted(listed.items()) for problem in _wrong(copy, name, digest)]
    problems += [
        Problem(where=name, found="a file that is not on the list", expected="the files of the list alone",
                remedy="see who put it there; take it away, or take another copy")
        for name in sorted(one.relative_to(copy).as_posix() for one in copy.rglob("*") if not _is_folder(one))
        if name not in listed and name != MANIFEST
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    return Copied(files=len(listed), bytes=sum((copy / name).stat().st_size for name in listed))


def _brought_forward(store: Path, openers: Mapping[str, Opener]) -> Sequence[str]:
    """Open each database as the program does, and look whether it is whole."""
    opened = []
    for path in ordered(store):
        name = path.relative_to(store).as_posix()
        opener = next((opener for pattern, opener in openers.items() if fnmatch(name, pattern)), None)
        if opener is None:
            continue
        opener(path).close()
        if not _whole(path):
            raise InputError.one(name, found="a database that is not whole", expected="a whole one",
                                 remedy="take the store from its backup")  # fmt: skip
        opened.append(name)
    return opened


def _rank(path: Path) -> int:
    """Books, journals, other databases, files."""
    for k, pattern in enumerate(FIRST):
        if fnmatch(str(path), pattern):
            return k
    return len(FIRST) if path.suffix == ".sqlite" else len(FIRST) + 1


def _copy_base(path: Path, target: Path) -> None:
    """A database as of one instant, while it is in use."""
    source = sqlite3.connect(path, timeout=5.0)
    with closing(source), closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=-1)
    _keep(target)


def _copy_file(path: Path, target: Path) -> None:
    """A file; one that was deleted meanwhile, as an ended job's state is, is left out."""
    try:
        shutil.copy2(path, target)
    except FileNotFoundError:
        return
    _keep(target)


def _written(folder: Path) -> Copied:
    """The list of every file with its hash, the last thing that is written."""
    listed = {path.relative_to(folder).as_posix(): _sha256(path) for path in folder.rglob("*") if path.is_file()}
    size = sum((folder / name).stat().st_size for name in listed)
    (folder / MANIFEST).write_text(json.dumps({"sha256": listed}, indent=1), encoding="utf-8")
    _keep(folder / MANIFEST)
    return Copied(files=len(listed), bytes=size)


def _wrong(copy: Path, name: str, digest: str) -> Iterator[Problem]:
    """What is wrong with a file of a copy."""
    path, remedy = copy / name, "take another copy"
    if path.is_symlink() or not path.resolve().is_relative_to(copy.resolve()):
        yield Problem(where=name, found="a way out of the copy", expected="a file of the copy", remedy=remedy)
    elif not path.is_file():
        yield Problem(where=name, found="no file", expected="the file of the list", remedy=remedy)
    elif _sha256(path) != digest:
        yield Problem(where=name, found="another content", expected="the hash of the list", remedy=remedy)
    elif path.suffix == ".sqlite" and not _whole(path):
        yield Problem(where=name, found="a database that is not whole", expected="a whole one", remedy=remedy)


def _is_folder(path: Path) -> bool:
    """Whether it is a folder itself, and not a link to one."""
    return path.is_dir() and not path.is_symlink()


def _whole(path: Path) -> bool:
    """Whether a database holds together."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as base:
            return bool(base.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    except sqlite3.Error:
        return False


def _refuse(path: Path) -> None:
    """An error where something is there."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError.one(str(path), found="something there", expected="a new folder", remedy="name a new folder")


def _keep(path: Path) -> None:
    """Wait until the disk has it."""
    if path.is_file():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _sha256(path: Path) -> str:
    """Of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
