"""Where is the state of a long work kept, so that it goes on after a power cut?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wattloom.edge.store.runs import write_file


@dataclass(frozen=True, slots=True)
class FileCheckpoint:
    """One file, replaced whole or not at all."""

    path: Path

    def load(self) -> bytes | None:
        """What was kept last; None: nothing."""
        return self.path.read_bytes() if self.path.exists() else None

    def save(self, state: bytes) -> None:
        """Keep this in place of what was kept before."""
        write_file(self.path, state)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """States of works that lead to one run folder, in a folder beside it until the run is written."""

    run: Path

    def __call__(self, key: str) -> FileCheckpoint:
        """The file of one of the works."""
        return FileCheckpoint(self._folder / f"{key}.state")

    def forget(self) -> None:
        """The run is written: nothing is to be kept."""
        for file in self._folder.glob("*.state"):
            file.unlink()
        if self._folder.exists() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    @property
    def _folder(self) -> Path:
        return self.run.with_name(f"{self.run.name}-unfinished")
