"""How does a statement become a PDF? Through weasyprint, from the same page; a character that no font has is an error.

Debian keeps the library that draws the text apart (libpango-1.0-0, libpangoft2-1.0-0), and the Chinese fonts too
(fonts-noto-cjk).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from wattloom.domain.errors import InputError
from wattloom.edge.reports.settle_statement import statement_page

if TYPE_CHECKING:
    from wattloom.app.settle_month import SettledMonth
    from wattloom.edge.reports.words import Lang

FONTS = "install a font with Chinese characters: Debian's package fonts-noto-cjk"


def statement_pdf(found: SettledMonth, *, lang: Lang = "en") -> bytes:
    """The statement in one language as a PDF.

    Raises:
        InputError: weasyprint is not installed, or no font of this machine has a character of the statement.
    """
    return pdf_of(statement_page(found, lang=lang, languages=(lang,)))


def pdf_ready() -> None:
    """Refuse a PDF before anything is worked out, where the extra is missing."""
    _weasyprint()


def pdf_of(html: str) -> bytes:
    """A page as a PDF; its characters must all have a shape."""
    weasyprint = _weasyprint()
    log = logging.getLogger("weasyprint")
    heard = _Unshaped()
    log.addHandler(heard)
    try:
        made = weasyprint.HTML(string=html, url_fetcher=_nothing_is_fetched).write_pdf()
    finally:
        log.removeHandler(heard)
    if heard.told:
        raise InputError.one(
            "--pdf", found=f"characters that no font has a shape for ({'; '.join(heard.told[:3])})",
            expected="a font that has them", remedy=FONTS,
        )  # fmt: skip
    return bytes(made)


def _weasyprint() -> Any:
    """The library, or an error that names what to install."""
    try:
        import weasyprint  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except (ImportError, OSError) as absent:
        raise InputError.one(
            "--pdf", found=f"{type(absent).__name__}: {str(absent).splitlines()[0]}",
            expected="weasyprint, of the extra `pdf`, and Debian's libpango-1.0-0 with libpangoft2-1.0-0",
            remedy="pip install 'wattloom[pdf]', or print report.html from a browser",
        ) from None  # fmt: skip
    return weasyprint


class _Unshaped(logging.Handler):
    """Hears of characters that are drawn as boxes."""

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__(logging.WARNING)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what speaks of missing shapes."""
        said = record.getMessage()
        if "notdef" in said:
            self.told.append(said.rpartition(": ")[2])


def _nothing_is_fetched(url: str) -> dict[str, object]:
    """A statement stands by itself: whatever else it asked for is refused."""
    raise ValueError(f"a statement fetches nothing: {url[:80]}")
