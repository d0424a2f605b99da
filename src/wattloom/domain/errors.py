"""What can go wrong, and what should the reader do about it?

WattloomError
├── InputError          the user's file or value; carries every problem found, not the first
├── MemberError         a folder that is its own registry holds a module without its constant
├── FutureRefused       a value was asked for that was not known at the issue time
├── MissingData         values that should be there are not; never filled in silence
├── FeedError           a public service answered badly, or not at all
├── Conflict            what was asked does not fit what stands: decided already, ended already, another owner
├── Unavailable         a store or a loop cannot be reached now; nothing was changed, ask again later
└── SolveError          the solver ended without a certified answer
    └── Infeasible      the goals contradict each other
"""

from __future__ import annotations

from dataclasses import dataclass

from wattloom.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with an input, told in four parts.

    Example:
        >>> print(Problem(where="site.yaml:7 assets.pv.life_years", found="-3",
        ...               expected="a number above 0", remedy="write the life in years"))
        site.yaml:7 assets.pv.life_years: found -3; expected a number above 0; write the life in years
    """

    where: str
    """File and line, and the key or row."""
    found: str
    """What stands there."""
    expected: str
    """What would have been right."""
    remedy: str
    """What to do."""
    line: int | None = None
    """Line in the file, from 1; None where there is no file."""

    def __str__(self) -> str:
        """One sentence for a person."""
        return f"{self.where}: found {self.found}; expected {self.expected}; {self.remedy}"


class WattloomError(Exception):
    """Any error that this package raises on purpose."""


class InputError(WattloomError):
    """An input is wrong; `problems` holds everything that was found in it."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        """Keep the problems in the order of their lines."""
        self.problems = tuple(sorted(problems, key=lambda p: (p.line is None, p.line or 0)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Travel between processes with the problems: an exception is otherwise built anew from its message."""
        return type(self), (self.problems,)

    @classmethod
    def one(cls, where: str, *, found: object, expected: str, remedy: str) -> InputError:
        """An error with a single problem."""
        return cls([Problem(where=where, found=str(found), expected=expected, remedy=remedy)])


class MemberError(WattloomError):
    """A module in a folder of members lacks the constant that makes it one."""


class FutureRefused(WattloomError):
    """A model or a plan reached for a value that was not known at its issue time."""


class MissingData(WattloomError):
    """Values are missing where a complete series is needed."""


class FeedError(WattloomError):
    """A public service gave no usable answer."""


class Conflict(WattloomError):
    """What is asked does not fit what is there now: decided already, still standing, changed meanwhile."""


class Unavailable(WattloomError):
    """It cannot be kept now, and nothing of it was; `after_s` says when to come again."""

    def __init__(self, message: str, *, after_s: float = 5.0) -> None:
        """Keep when to come again, in seconds."""
        self.after_s = after_s
        super().__init__(message)


class SolveError(WattloomError):
    """The solver gave no answer that passed the checks of residual and gap."""


class Infeasible(SolveError):
    """No plan meets all the goals at once; `text` says why, and what would help, in both languages."""

    def __init__(self, message: str | Text) -> None:
        """Keep both languages; a plain message speaks for both."""
        self.text = message if isinstance(message, Text) else Text.same(message)
        super().__init__(self.text.en)

    @property
    def zh(self) -> str:
        """The refusal in Chinese."""
        return self.text.zh
