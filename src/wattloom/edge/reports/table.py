"""What does a table hold before it is shown? Keys and numbers; page, workbook and screen show the same one."""

from __future__ import annotations

from dataclasses import dataclass

from wattloom.domain.glossary import glossary
from wattloom.domain.text import Text
from wattloom.edge.reports import figures
from wattloom.edge.reports.words import Amount, Cell, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its word, and the unit of the numbers under it."""

    key: str
    """Key of the glossary."""
    unit: str = ""
    """Empty: as the glossary says."""
    asset: str = ""
    """The user's name of an asset, where several share the word."""
    name: str = ""
    """Shown in place of word and unit, for what is no word, such as a month."""

    @property
    def shown_unit(self) -> str:
        """Unit of the numbers."""
        term = glossary().get(self.key)
        return self.unit or (term.unit if term else "")

    def head(self, words: Words) -> str:
        """The word, and the unit where numbers need one."""
        if self.name:
            return self.name
        unit = figures.head_unit(self.shown_unit, words.lang)
        word = words.term(self.key)
        if self.asset:
            word = f"{word}: {self.asset}"
        return f"{word} ({unit})" if unit and unit != "%" else word


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns; the last `total_rows` of them are sums."""

    key: str
    """Names the table: an id on the page, a heading elsewhere."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int = 0
    footnotes: tuple[Text, ...] = ()
    """Why a cell is empty, one line each."""

    def heads(self, words: Words) -> list[str]:
        """Column heads in a language."""
        return [column.head(words) for column in self.columns]

    def shown(self, words: Words) -> list[list[str]]:
        """Every cell as text in a language."""
        return [
            [words.cell(cell, column.shown_unit) for cell, column in zip(row, self.columns, strict=True)]
            for row in self.rows
        ]

    def numeric(self, index: int) -> bool:
        """Whether a column holds numbers, so that it is set to the right."""
        cells = [row[index] for row in self.rows if row[index] is not None]
        return bool(cells) and all(_is_number(cell) for cell in cells)


def _is_number(cell: Cell) -> bool:
    """Whether a cell is a number, with a unit of its own or not."""
    return isinstance(cell, int | float | Amount) and not isinstance(cell, bool)


def columns(*keys: str) -> tuple[Column, ...]:
    """Columns whose words and units are the glossary's."""
    return tuple(Column(key=key) for key in keys)
