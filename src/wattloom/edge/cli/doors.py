"""What may a command use? Doors that `main` opens: each is called by name and loads its room only then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The use cases and rooms of the edge that commands need, by name."""

    find: Callable[[str], Any]
    """`find("plan_site")` gives the use case; `find("workers")` the hands; unknown names are an error."""
