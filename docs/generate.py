"""Which pages of the reference are written by the program itself? Those of keys, words and territories.

Run as `make docs`. A page that is not what the program says fails tests/test_docs.py.
"""

# ruff: noqa: INP001 - a script beside the pages, not a package

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from wattloom import rules
from wattloom.domain.glossary import Term, glossary
from wattloom.domain.verdicts import Confidence
from wattloom.edge import projects
from wattloom.rules.checks import findings
from wattloom.rules.dating import TIER_PRICES
from wattloom.rules.market_words import MARKET_WORDS
from wattloom.rules.tables import name_of
from wattloom.rules.vocabulary import BY_NAME

REFERENCE = Path(__file__).parent / "reference"
GENERATED = "This page is written by `make docs` from {source}; change that, not the page."


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "project-file.md": projects.reference(),
        **{f"{sort.page}.md": projects.reference_of(key) for key, sort in projects.SORTS.items()},
        "glossary.md": "\n".join(glossary_page()) + "\n",
        "territories.md": "\n".join(territories_page()) + "\n",
        **{f"territories/{key}.md": "\n".join(territory_page(key)) + "\n" for key in rules.territory_keys()},
    }


def glossary_page() -> Iterator[str]:
    """Measures with what stands above and below the line, then every other word."""
    yield "# Measures and terms"
    yield ""
    yield GENERATED.format(source="`src/wattloom/glossary.toml`")
    terms = sorted(glossary().values(), key=lambda term: term.en.casefold())
    defined = [term for term in terms if term.definition_en]
    plain = [term for term in terms if not term.definition_en]
    yield from ("", "## What is over what", "")
    yield from _table(("term", "中文", "unit", "definition", "定义"), (_defined(term) for term in defined))
    yield from ("", "## Other words", "")
    yield from _table(("term", "中文", "key", "unit", "source"), (_plain(term) for term in plain))


def _defined(term: Term) -> tuple[str, ...]:
    """A term that needs its denominator."""
    return (f"{term.en} (`{term.key}`)", term.zh, term.unit, term.definition_en, term.definition_zh)


def _plain(term: Term) -> tuple[str, ...]:
    """A term that says all by its name."""
    return (term.en, term.zh, f"`{term.key}`", term.unit, term.source)


def territories_page() -> Iterator[str]:
    """What is known of each territory, and by which names a project replaces it."""
    yield "# Territories"
    yield ""
    yield GENERATED.format(source="`src/wattloom/rules/territories/`")
    yield ""
    yield "`wattloom rules show KEY` prints every value of one with its document, date and confidence. What each figure"
    yield "counts is told in [conventions of the rules](rules-conventions.md)."
    yield from ("", "## Those that a project may name", "")
    head = ("key", "territory", "中文", "voltage tiers", "own facts", "of them to be confirmed")
    yield from _table(head, (_territory(key) for key in rules.territory_keys()))
    yield ""
    yield "Each key leads to a page with every value: tariff, facts, time-of-use bands, market."
    yield from ("", "`none` in place of a key means that no territory's rules or prices apply.")
    yield from ("", "## Facts that a project may replace", "")
    yield "Under `connection.facts`, by these keys. A value given there is shown as the user's."
    yield ""
    rows = ((f"`{word.name}`", word.unit or "true or false", word.en, word.zh) for word in BY_NAME.values())
    yield from _table(("key", "unit", "meaning", "中文"), rows)
    yield from ("", "## How sure a value is", "")
    counted = Counter(row.confidence for key in rules.territory_keys() for row in _rows(key))
    confidences = ((f"`{one.value}`", str(counted[one])) for one in Confidence if one is not Confidence.USER)
    yield from _table(("confidence", "values, all territories together"), confidences)


def territory_page(key: str) -> Iterator[str]:
    """Every value of one territory with its source, then what nobody has confirmed."""
    land = rules.territory(key)
    rows = _rows(key)
    sources = {text: number for number, text in enumerate(dict.fromkeys(map(_source, rows)), start=1)}
    yield f"# {land.name_en} {land.name_zh}"
    yield ""
    yield GENERATED.format(source=f"`src/wattloom/rules/territories/{key}/`")
    yield ""
    yield "Prices hold value-added tax. Bands: S sharp 尖峰, P peak 高峰, F flat 平段, V valley 低谷, D deep 深谷; one"
    yield "letter each half hour from midnight, a dot where the month's band stays. A value with ⚠ must be confirmed"
    yield "before anyone relies on it. The last column names the [source](#sources)."
    head = ("name", "中文", "tier, months or days", "value", "unit", "in force", "confidence", "source")
    for title, shown in _parts(rows):
        yield from ("", f"## {title}", "")
        yield from _table(head, (_value(row, sources[_source(row)]) for row in shown))
    yield from ("", "## To be confirmed", "")
    said = dict.fromkeys(str(one.problem) for one in findings(land))
    yield from (f"- {text}" for text in said or ["nothing"])
    yield from ("", "## Sources", "")
    yield from (f"{number}. {text}" for text, number in sources.items())


def _parts(rows: tuple[rules.FactRow, ...]) -> Iterator[tuple[str, list[rules.FactRow]]]:
    """The rows by what they are about."""
    kinds: dict[str, Callable[[rules.FactRow], bool]] = {
        "Transmission and distribution 输配电价": lambda row: row.name in TIER_PRICES,
        "Facts 参数": lambda row: row.name in BY_NAME and row.name not in TIER_PRICES,
        "Time of use 分时电价": lambda row: row.name.startswith("tou_"),
        "Market 市场": lambda row: row.name in MARKET_WORDS,
    }
    for title, belongs in kinds.items():
        shown = [row for row in rows if belongs(row)]
        if shown:
            yield title, shown


def _value(row: rules.FactRow, source: int) -> tuple[str, ...]:
    """One value for the table of a territory."""
    name = name_of(row.name)
    value = "not published" if row.value is None else str(row.value)
    shown = f"`{value}`" if row.name.endswith("_half_hours") else value
    day = row.in_force.isoformat() if row.in_force else "not stated"
    mark = " ⚠" if row.to_be_confirmed else ""
    return (name.en, name.zh, row.tier, f"{shown}{mark}", row.unit, day, str(row.confidence), str(source))


def _source(row: rules.FactRow) -> str:
    """Document and source of a row."""
    return f"{row.document}. {row.source}"


def _rows(key: str) -> tuple[rules.FactRow, ...]:
    """Every line of a territory, national facts included."""
    return rules.rows_of_territory(rules.territory(key))


def _territory(key: str) -> tuple[str, ...]:
    """One territory with how much is known of it."""
    land = rules.territory(key)
    own = [fact for dated in land.facts.values() for fact in dated]
    doubtful = sum(fact.to_be_confirmed for fact in own)
    return (
        f"[`{key}`](territories/{key}.md)",
        land.name_en,
        land.name_zh,
        str(len(land.tiers)),
        str(len(own)),
        str(doubtful),
    )


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """A Markdown table."""
    yield _line(head)
    yield "|" + "---|" * len(head)
    yield from map(_line, rows)


def _line(cells: tuple[str, ...]) -> str:
    """One line of it."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Write every page and say which."""
    for name, text in pages().items():
        (REFERENCE / name).parent.mkdir(exist_ok=True)
        (REFERENCE / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
