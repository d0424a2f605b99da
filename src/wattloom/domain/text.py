"""How is it said to a reader, English and 中文?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A word or a sentence in both languages. As `str` it is the English one, so that messages stay readable.

    Example:
        >>> (Text("wind, ", "风，") + Text.same("V126")).zh
        '风，V126'
    """

    en: str
    zh: str

    @classmethod
    def same(cls, text: str) -> Text:
        """What reads the same in both: a name, a number, the reader's own words."""
        return cls(text, text)

    def __str__(self) -> str:
        """The English."""
        return self.en

    def __bool__(self) -> bool:
        """Whether it says anything."""
        return bool(self.en)

    def __add__(self, other: Text) -> Text:
        """One after the other."""
        return Text(self.en + other.en, self.zh + other.zh)

    def of(self, lang: str) -> str:
        """The text in a language, "en" or "zh"."""
        return self.zh if lang == "zh" else self.en

    def filled(self, **values: object) -> Text:
        """The text with its blanks in braces filled in, each language from its own side of a `Text`.

        Example:
            >>> Text("{what} at its limit", "{what}达到限值").filled(what=Text("export", "上网")).zh
            '上网达到限值'
        """
        return Text(self.en.format(**_side(values, "en")), self.zh.format(**_side(values, "zh")))

    @classmethod
    def joined(cls, parts: Iterable[Text], between: Text) -> Text:
        """Several in a row; those that say nothing are left out."""
        said = [part for part in parts if part]
        return cls(between.en.join(part.en for part in said), between.zh.join(part.zh for part in said))


def _side(values: dict[str, object], lang: str) -> dict[str, object]:
    """The values as a language says them."""
    return {name: value.of(lang) if isinstance(value, Text) else value for name, value in values.items()}


SILENT = Text("", "")
"""Nothing to say."""
