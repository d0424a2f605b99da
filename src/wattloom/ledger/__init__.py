"""Who owes whom what, and can anybody prove it? Double entry, append-only, chained; corrected by reversal only."""

from wattloom.ledger.books import Account, Balance, Books, Keeps
from wattloom.ledger.chain import MARK_BEFORE_ALL, body_of, entry_of, mark_of
from wattloom.ledger.entries import CREDIT, DEBIT, Entry, Kind, Line
from wattloom.ledger.keeping import Ledger, Outcome, Receipt
from wattloom.ledger.verifying import Verified, verify

__all__ = [
    "CREDIT",
    "DEBIT",
    "MARK_BEFORE_ALL",
    "Account",
    "Balance",
    "Books",
    "Entry",
    "Keeps",
    "Kind",
    "Ledger",
    "Line",
    "Outcome",
    "Receipt",
    "Verified",
    "body_of",
    "entry_of",
    "mark_of",
    "verify",
]
