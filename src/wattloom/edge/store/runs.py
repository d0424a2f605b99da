"""How does a run folder come to be whole or not at all? It is written beside its place and moved there at the end."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from wattloom.domain.errors import InputError

MARK = ".wattloom-run"
"""Names of folders in the making begin so; one left by a power cut may be deleted."""
REMEDIES = {
    errno.ENOSPC: "free some space, or choose another place with --out",
    errno.EDQUOT: "free some of your quota, or choose another place with --out",
    errno.EACCES: "choose a place you may write to with --out",
    errno.EPERM: "choose a place you may write to with --out",
    errno.EROFS: "choose a place you may write to with --out",
}


class RunFolder:
    """A folder that appears complete when the block ends well, and leaves nothing when it does not.

    An existing run folder is replaced: the old one is moved away, the new one moved in, the old one deleted. A folder
    that holds something else than a run is refused.

    Example:
        with RunFolder(Path("runs/demo")) as folder:
            folder.write("summary.json", b"{}")
    """

    def __init__(self, path: Path) -> None:
        """Name the place; nothing is touched yet."""
        self.path = path
        self._making: Path | None = None

    def __enter__(self) -> Self:
        """Make the folder in the making, beside its place so that the move is one step."""
        _refuse_foreign(self.path)
        with _told(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._making = Path(tempfile.mkdtemp(prefix=f"{MARK}-{self.path.name}-", dir=self.path.parent))
            self._making.chmod(0o777 & ~_umask())
        return self

    def write(self, name: str, content: bytes) -> None:
        """Put a file into the folder."""
        if self._making is None:
            raise RuntimeError("write inside the with block")
        target = self._making / name
        with _told(self.path), target.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Move the whole folder in; after an error, Ctrl-C included, remove what was begun."""
        making, self._making = self._making, None
        if making is None:
            return
        try:
            if kind is None:
                (making / MARK).touch()
                with _told(self.path):
                    _swap(making, self.path)
        finally:
            shutil.rmtree(making, ignore_errors=True)


def write_run(path: Path, files: Mapping[str, bytes]) -> None:
    """A run folder with these files, whole or not at all."""
    with RunFolder(path) as folder:
        for name, content in files.items():
            folder.write(name, content)


def write_file(path: Path, content: bytes) -> None:
    """One file, whole or not at all: written beside its place and moved there; an earlier one is replaced."""
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=MARK, dir=path.parent)
        making = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            making.chmod(0o666 & ~_umask())
            making.replace(path)
        finally:
            making.unlink(missing_ok=True)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; a problem with a remedy where there are none."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError.one(
            str(path), found=error.strerror or str(error), expected="a file that can be read", remedy="check the path"
        ) from error


@contextmanager
def new_file(path: Path) -> Iterator[IO[str]]:
    """A new text file to write into: there when the block ends well, not at all otherwise; never over another.

    Raises:
        InputError: a file of this name is there, or it cannot be written.
    """
    if path.exists():
        raise InputError.one(str(path), found="a file of this name", expected="none", remedy="name a new file")
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=MARK, dir=path.parent)
        making = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            making.chmod(0o666 & ~_umask())
            making.replace(path)
        finally:
            making.unlink(missing_ok=True)


def _swap(making: Path, path: Path) -> None:
    """The new folder in the old one's place; the old one is put back if the last step fails."""
    if not path.exists():
        making.rename(path)
        return
    away = Path(tempfile.mkdtemp(prefix=f"{MARK}-old-", dir=path.parent)) / path.name
    try:
        path.rename(away)
        try:
            making.rename(path)
        except BaseException:
            away.rename(path)
            raise
    finally:
        shutil.rmtree(away.parent, ignore_errors=True)


def _refuse_foreign(path: Path) -> None:
    """An error where the place holds what this package did not write."""
    if not path.exists() and not path.is_symlink():
        return
    if path.is_dir() and not path.is_symlink() and ((path / MARK).exists() or not any(path.iterdir())):
        return
    raise InputError.one(
        f"run folder {path}",
        found="a file, a link, or a folder with other things in it",
        expected="a free place, an empty folder, or an earlier run",
        remedy="choose another place with --out",
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the disk says into a problem with a remedy."""
    try:
        yield
    except OSError as error:
        raise InputError.one(
            f"{path}",
            found=error.strerror or str(error),
            expected="a place that can be written",
            remedy=REMEDIES.get(error.errno or 0, "look at the disk, or choose another place with --out"),
        ) from error


def _umask() -> int:
    """The process' mask for new files; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
