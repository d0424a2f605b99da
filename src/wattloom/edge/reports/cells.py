"""Which text would a spreadsheet take for a formula? Names come from files, and a formula can call out."""

from __future__ import annotations

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With one of these a formula begins, in one spreadsheet or another; full-width ones where Chinese is written."""


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    Example:
        >>> harmless("=HYPERLINK(1)"), harmless("Suzhou")
        ("'=HYPERLINK(1)", 'Suzhou')
    """
    return f"'{text}" if text.startswith(RISKY) else text
