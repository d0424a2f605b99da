"""What does the inside need from the outside? Each port is a small promise that `edge` keeps and `main` wires."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from wattloom.domain.jobs import Command, JobsState
    from wattloom.domain.live import Entry
    from wattloom.domain.weather import Place, Weather

Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Progress(Protocol):
    """Somebody who wants to know how far the work is."""

    def step(self, message: str, *, done: float | None = None) -> None:
        """Say what is being done now; `done` is the share of the whole, 0 to 1, where it is known."""


class Workers(Protocol):
    """Hands that do independent pieces of work side by side."""

    def map(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        """The answers in the order of the tasks; an exception of a task is raised here."""


class Controller(Protocol):
    """Who decides which job runs where, and at which level: a policy, a plan, or the rolling dispatcher."""

    def arrived(self, job: int, state: JobsState) -> Sequence[Command]:
        """What to do as a job arrives; commands may lie in the future."""

    def tick(self, state: JobsState) -> Sequence[Command]:
        """What to do at a regular look at all jobs; commands may lie in the future."""


class Journal(Protocol):
    """Who writes down what happened, in its order, and never changes it."""

    def append(self, records: Sequence[tuple[str, bytes]]) -> int:
        """Keep kind and body of each, all or none, safe from a power cut on return; the sequence of the last."""

    def read(self, *, after: int = 0) -> Iterator[Entry]:
        """Records behind a sequence; `InputError` names the first that is missing or was changed."""

    def last(self, kind: str) -> Entry | None:
        """The newest of a kind."""


class WeatherFeed(Protocol):
    """A public service that has the weather of past years."""

    def year(self, place: Place, year: int) -> Weather:
        """The weather of a calendar year at a place."""


class Silent:
    """A `Progress` that tells nobody."""

    def step(self, message: str, *, done: float | None = None) -> None:
        """Say nothing."""


class OneByOne:
    """`Workers` that are the caller itself."""

    def map(self, work: Callable[[Task], Answer], tasks: Iterable[Task]) -> Iterator[Answer]:
        """Do each piece in turn."""
        return map(work, tasks)
