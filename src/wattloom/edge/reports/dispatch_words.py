"""What are sites, classes and policies of a dispatch called? The reader's own names, or a word of the field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wattloom.domain.glossary import glossary
from wattloom.domain.text import Text
from wattloom.edge.reports import figures
from wattloom.edge.reports.words import LANGUAGES, Word, Words
from wattloom.rules import territory, territory_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattloom.dispatch.project import DispatchProject
    from wattloom.edge.reports.words import Cell

CLASSES = frozenset(
    {
        "pretraining",
        "fine_tuning",
        "evaluation",
        "inference",
        "training",
        "batch",
        "debugging",
        "data_processing",
        "movable_serving",
        "firm_serving",
    }
)
"""Names of classes that are words of the field."""
POLICIES = frozenset(
    {
        "run_at_once",
        "lowest_slot",
        "lowest_window",
        "carbon_time",
        "threshold",
        "wait_awhile",
        "cheapest_window",
        "cheapest",
        "day_ahead",
        "rolling",
    }
)
"""Names of policies that are words of the field."""
NAMES_SHOWN_MAX = 3


def of_sites(project: DispatchProject) -> list[Cell]:
    """What each site is called, in the project's order."""
    return [of_site(key, entry.place.name) for key, entry in project.sites.items()]


def of_site(key: str, place: str = "") -> Cell:
    """A territory's name where the key is one, else the name of the place, else the key."""
    if key in territory_keys():
        found = territory(key)
        return Text(BESIDE.sub("", found.name_en), BESIDE.sub("", found.name_zh))
    return place or key


BESIDE = re.compile(r"\s*[(（].*?[)）]")
"""What a territory's name says in brackets, such as which city it leaves out."""


def of_class(name: str) -> Cell:
    """The word of a class, or the user's name for it."""
    return Word(name) if name in CLASSES else name.replace("_", " ")


def of_policy(name: str) -> Cell:
    """The word of a policy, or its name."""
    key = {"plan": "day_ahead"}.get(name, re.sub(r"[ -]", "_", name))
    return Word(key) if key in POLICIES and key in glossary() else name


def in_both(key: str, **values: object) -> Text:
    """A sentence in both languages; its blanks may be `Text`."""
    return Text(
        *(
            Words(lang).say(key, **{k: v.of(lang) if isinstance(v, Text) else v for k, v in values.items()})
            for lang in LANGUAGES
        )
    )


def figure_in_both(value: float | None, unit: str) -> Text:
    """A figure in both languages; a dash where there is none."""
    return Text("—", "—") if value is None else Text(*(Words(lang).figure(value, unit) for lang in LANGUAGES))


def money(cny: float, words: Words) -> str:
    """An amount in full up to a million, in the scale of its language from there."""
    small = words.lang == "en" and abs(cny) < figures.MILLION
    return words.figure(cny, figures.WHOLE_CNY if small else figures.CNY)


def percent(share: float, words: Words) -> str:
    """A share in whole per cent, for shares that are chosen and not found."""
    return f"{100.0 * share:.0f}" + ("%" if words.lang == "zh" else f"{figures.NBSP}%")


def percent_in_both(share: float) -> Text:
    """The same in both languages."""
    return Text(*(percent(share, Words(lang)) for lang in LANGUAGES))


def days(count: int, words: Words) -> str:
    """A length in days."""
    return words.say("days_one") if count == 1 else words.say("days_many", count=count)


def listed_cells(cells: Sequence[Cell], words: Words) -> str:
    """Names in a row; of many the first and how many more."""
    said = [words.cell(cell) for cell in cells[:NAMES_SHOWN_MAX]]
    if len(cells) > NAMES_SHOWN_MAX:
        said.append(words.say("and_more", count=len(cells) - NAMES_SHOWN_MAX))
    if len(said) < 2 or words.lang == "zh":  # noqa: PLR2004 - one name is no list
        return words.say("comma").join(said)
    return words.say("and").join((words.say("comma").join(said[:-1]), said[-1]))


def arrowed(cells: Sequence[Cell]) -> Text:
    """Names one after the other, such as the sites that a job came to."""
    return Text(*(" → ".join(Words(lang).cell(cell) for cell in cells) for lang in LANGUAGES))
