"""What does a person see while a command works and when it ends? Progress, errors in sentences, the screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from wattloom.domain.errors import InputError, WattloomError

if TYPE_CHECKING:
    from wattloom.edge.cli.doors import Doors

Language = Literal["en", "zh"]
ProjectFile = Annotated[Path, typer.Argument(help="Project file (YAML).", metavar="FILE")]
Lang = Annotated[str, typer.Option("--lang", help="Language of the answer: en or zh.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Cores = Annotated[int | None, typer.Option("--workers", help="Processes to use; all cores if not given.")]

EXIT_INPUT, EXIT_NO_PLAN, EXIT_INTERRUPTED = 2, 3, 130


@contextmanager
def told_plainly() -> Iterator[None]:
    """Errors made on purpose are printed as sentences, and the exit status says what sort they were."""
    try:
        yield
    except InputError as wrong:
        for problem in wrong.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(EXIT_INPUT) from None
    except WattloomError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(EXIT_NO_PLAN) from None
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was written", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None


class _Line:
    """Progress as one line that is rewritten, or nothing where nobody looks."""

    def __init__(self, say: Callable[[str, float | None], None]) -> None:
        """Keep how to say it."""
        self._say = say

    def step(self, message: str, *, done: float | None = None) -> None:
        """Say what is being done now."""
        self._say(message, done)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[_Line]:
    """Show what is being done: a bar on a terminal, a line each elsewhere, nothing when quiet."""
    if quiet:
        yield _Line(lambda _message, _done: None)
        return
    if not sys.stderr.isatty():
        yield _Line(lambda message, _done: typer.echo(f"… {message}", err=True))
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def say(message: str, done: float | None) -> None:
            bar.update(task, description=message, completed=done)

        yield _Line(say)


def console(*, stderr: bool = False) -> Any:
    """The screen."""
    from rich.console import Console

    return Console(stderr=stderr)


def told(doors: Doors, answer: str, found: Any, target: Path, *, lang: str, as_json: bool) -> None:
    """The answer on screen and where the report lies, or the summary as JSON."""
    if as_json:
        typer.echo((target / "summary.json").read_text("utf-8"))
        return
    console().print(doors.find(answer)(found, lang))
    typer.echo(f"report: {target / 'report.html'}")
