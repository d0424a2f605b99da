"""What does a project file look like at the start? One with comments, which passes the check, put where none is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from wattloom import rules
from wattloom.domain.errors import InputError


class WritesStarts(Protocol):
    """Whoever can write a starting file as text."""

    def __call__(self, kinds: Sequence[str] | None, *, lang: Literal["en", "zh"], dataset: str, territory: str) -> str:
        """The file, as text."""


def project_new(  # noqa: PLR0913 - what a starting file may differ in
    path: Path,
    *,
    template: WritesStarts,
    write: Callable[[Path, str], None],
    kinds: Sequence[str] | None = None,
    lang: Literal["en", "zh"] = "en",
    territory: str = "",
    dataset: str = "",
) -> str:
    """The text of a new project file, which now lies at `path`; `InputError` if a file is there already.

    `dataset` is the weather year it names; `kinds` the asset kinds it begins with.
    """
    known = rules.territory_keys()
    if territory and territory not in known:
        raise InputError.one("territory", found=territory, expected=", ".join(known), remedy="choose one of these")
    text = template(kinds, lang=lang, dataset=dataset, territory=territory)
    write(path, text)
    return text
