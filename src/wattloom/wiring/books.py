"""How is a book opened: money and energy, certificates, the board of forecasts?

Each function is a door: called, it loads what it joins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def forecast_looks() -> Callable[[Path], Any]:
    """A board that notes each look at a test period."""
    from datetime import UTC, datetime

    from wattloom.edge.store.board import BoardStore, Look
    from wattloom.forecast.board import Entry, Question

    class Looks:
        """A board that writes down when somebody looked."""

        def __init__(self, path: Path) -> None:
            """Name the file."""
            self.store = BoardStore(path)

        def look(self, question: Question) -> int:
            """Note a look at this moment."""
            return self.store.look(
                Look(test_id=question.test_id, question_id=question.id, model=question.model, at=datetime.now(tz=UTC))
            )

        def add(self, entry: Entry) -> str:
            """Keep a score."""
            return self.store.add(entry)

    return Looks


def forecast_entries() -> Callable[[Path], Any]:
    """Entries of a board, and looks by test."""
    from collections import Counter

    from wattloom.edge.store.board import BoardStore

    def read(path: Path) -> Any:
        store = BoardStore(path)
        return store.entries(), Counter(look.test_id for look in store.looks())

    return read


def ledger_book() -> Callable[..., Any]:
    """The book at an address: a file or a PostgreSQL."""
    from pathlib import Path

    from wattloom.domain.errors import InputError
    from wattloom.edge.store.ledger import SqliteBook

    def book(address: str, *, must_exist: bool = False) -> Any:
        if "=" in address or address.startswith("postgres"):
            from wattloom.edge.store.ledger_postgres import PostgresBook

            return PostgresBook(address)
        if must_exist and not Path(address).is_file():
            raise InputError.one(
                address, found="no file", expected="a book", remedy="name its file, or the address of a PostgreSQL"
            )
        return SqliteBook(Path(address))

    return book


def certificate_book() -> Callable[..., Any]:
    """The book of certificates, open for a while."""
    from contextlib import contextmanager
    from datetime import UTC, datetime
    from pathlib import Path

    from wattloom.app.certificates_book import CertificateBook
    from wattloom.domain.errors import InputError
    from wattloom.edge.store.bundles import BundleFiles
    from wattloom.ledger import Ledger

    @contextmanager
    def opened(address: str, bundles: Path | None = None, *, must_exist: bool = False) -> Any:
        in_a_server = "=" in address or address.startswith("postgres")
        if in_a_server and bundles is None:
            raise InputError.one("--bundles", found="no folder", expected="one, as the book is not a file",
                                 remedy="name the folder of its bundle files")  # fmt: skip
        folder = bundles or Path(address).with_suffix(".bundles")
        if not in_a_server and not must_exist:
            Path(address).parent.mkdir(parents=True, exist_ok=True)
        with ledger_book()(address, must_exist=must_exist) as store:
            yield CertificateBook(Ledger(store, lambda: datetime.now(tz=UTC)), store, store, BundleFiles(folder))

    return opened


def settle_book() -> Callable[[str], Any]:
    """The book that a month is billed into, open for a while."""
    from contextlib import contextmanager
    from datetime import UTC, datetime
    from pathlib import Path

    from wattloom.app.settle_month_posting import SettleBook
    from wattloom.ledger import Ledger

    @contextmanager
    def opened(address: str) -> Any:
        if not ("=" in address or address.startswith("postgres")):
            Path(address).parent.mkdir(parents=True, exist_ok=True)
        with ledger_book()(address) as store:
            yield SettleBook(Ledger(store, lambda: datetime.now(tz=UTC)), store)

    return opened


def known_book() -> Callable[[str], Any]:
    """A book that only answers whether a claim stands in it."""
    from contextlib import contextmanager

    from wattloom.app.certificates_verify import Known

    @contextmanager
    def opened(address: str) -> Any:
        with ledger_book()(address, must_exist=True) as store:
            yield Known(store, store.state())

    return opened


def cancel_asked() -> Callable[..., Any]:
    """A deed on certificates, from the words of a command."""
    from typing import get_args

    from wattloom.app.certificates_cancel import CancelAsked, Deed
    from wattloom.domain.errors import InputError

    def asked(**words: Any) -> CancelAsked:
        if words["deed"] not in get_args(Deed):
            raise InputError.one("--deed", found=words["deed"], expected=f"one of {', '.join(get_args(Deed))}",
                                 remedy="choose one")  # fmt: skip
        return CancelAsked(**words)

    return asked


def room_book() -> Callable[[Path], Any]:
    """The ledger of a control room."""
    from contextlib import contextmanager
    from datetime import UTC, datetime

    from wattloom.edge.store.ledger import SqliteBook
    from wattloom.ledger import Ledger

    @contextmanager
    def opened(path: Path) -> Any:
        with SqliteBook(path) as store:
            yield Ledger(store, lambda: datetime.now(tz=UTC))

    return opened


DOORS: dict[str, Callable[[], Any]] = {
    "room_book": room_book,
    "forecast_looks": forecast_looks,
    "forecast_entries": forecast_entries,
    "ledger_book": ledger_book,
    "certificate_book": certificate_book,
    "known_book": known_book,
    "settle_book": settle_book,
    "cancel_asked": cancel_asked,
}
