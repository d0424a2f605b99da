"""How does most of the commands go? Read a file, ask the use case, write the run folder, say the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattloom.edge.cli.screen import progress, told, told_plainly

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

Out = Annotated[Path | None, typer.Option("--out", help="Run folder; runs/NAME-VERB if not given.")]
Given = Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A command of this sort, by the names of its doors."""

    use: str
    """Its use case, such as `match_now`."""
    read: str
    """Reads the file."""
    verb: str
    """End of the run folder's name, where none is given."""
    write: str = ""
    """Writes the run folder; `write_USE` if not given."""
    answer: str = ""
    """Says the answer; `USE_answer` if not given."""

    def __call__(
        self, doors: Doors, file: Path, out: Path | None, *, lang: str, as_json: bool, given: Given | None = None
    ) -> None:
        """Do it; `given` adds, for the project that was read, what else the use case takes."""
        target = out or Path("runs") / f"{file.stem}-{self.verb}"
        with told_plainly(), progress(quiet=as_json) as tell:
            project = doors.find(self.read)(file)
            more = dict(given(project)) if given else {}
            found = doors.find(self.use)(project, folder=file.parent, progress=tell, source=file.read_bytes(), **more)
            tell.step("writing the report", done=0.95)
            doors.find(self.write or f"write_{self.use}")(found, target, source=file, lang=lang)
        told(doors, self.answer or f"{self.use}_answer", found, target, lang=lang, as_json=as_json)
