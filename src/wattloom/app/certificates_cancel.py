"""How does a person freeze, use up or void a certificate, with a reason? One deed in the book; nothing is erased.

Sent again with the same words it changes nothing. A bundle is named by its hash or the beginning of it, green
certificates by device, month of production and number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wattloom.domain.errors import InputError
from wattloom.ledger.certificates import Batch, cancel, expire, freeze, unfreeze
from wattloom.ledger.certificates.bundles import digest
from wattloom.ledger.certificates.voiding import freeze_bundle, unfreeze_bundle, void_bundle, void_gec

if TYPE_CHECKING:
    from wattloom.app.certificates_book import CertificateBook
    from wattloom.ledger import Entry
    from wattloom.ledger.certificates import Bundle

Deed = Literal["freeze", "unfreeze", "cancel", "void", "expire"]
DEEDS_OF_BUNDLE = ("freeze", "unfreeze", "void")
STANDING = ("metered", "active", "frozen", "claimed", "stored", "withdrawn", "voided")
SHOWN_MAX, HASH_SHOWN = 5, 12
WATT_HOURS, PIECES = "Wh", "GEC"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked:
    """What a person wants done, and why."""

    deed: Deed
    """freeze, unfreeze, void; for green certificates also cancel (used up for somebody) and expire."""
    reason: str
    """Kept in the book word for word."""
    bundle: str = ""
    """Hash of a granular bundle, or its beginning."""
    device: str = ""
    """Of green certificates."""
    month: str = ""
    """Of their production."""
    count: int = 0
    holder: str = ""
    bought: bool = False
    """Whether the holder bought them, and is not the device's owner."""
    self_use: bool = False
    """Whether they were issued on self-use."""
    beneficiary: str = ""
    """Of a cancellation: who consumed."""
    now: str = ""
    """Month of a cancellation or expiry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesCancel:
    """What was done."""

    deed: Deed
    what: str
    """The bundle's hash, or the batch."""
    amount: int
    unit: str
    """Wh of a bundle, GEC of green certificates."""
    entry: str
    record: int
    known: bool
    """Whether it was done before, so that nothing was changed now."""
    stands: str
    """Hash of what the bundle became; empty for green certificates."""


def certificates_cancel(asked: CancelAsked, *, book: CertificateBook) -> CertificatesCancel:
    """Do it, or say why it cannot be done; nothing is made then.

    Args:
        asked: deed and reason.
        book: the ledger and the bundles beside it.
    """
    _check(asked)
    return _of_bundle(asked, book) if asked.bundle else _of_gec(asked, book)


def _check(asked: CancelAsked) -> None:
    """A reason, and one thing that is meant."""
    if not asked.reason.strip():
        raise InputError.one(
            "--reason", found="none", expected="why, in a sentence", remedy="add it; the book keeps it"
        )
    if bool(asked.bundle) == bool(asked.device):
        found = "both a bundle and a device" if asked.bundle else "neither a bundle nor a device"
        raise InputError.one("certificates cancel", found=found, expected="one of the two",
                             remedy="give --bundle, or --device with --month, --count and --holder")  # fmt: skip
    if asked.bundle and asked.deed not in DEEDS_OF_BUNDLE:
        raise InputError.one("--deed", found=asked.deed, expected=f"one of {', '.join(DEEDS_OF_BUNDLE)} for a bundle",
                             remedy="claims of bundles are made by `wattloom certificates match`")  # fmt: skip
    if asked.device and not (asked.month and asked.count > 0 and asked.holder):
        raise InputError.one("certificates cancel", found="certificates without month, count or holder",
                             expected="all three", remedy="add --month, --count and --holder")  # fmt: skip
    wanting = [name for name, said in (("--beneficiary", asked.beneficiary), ("--in", asked.now)) if not said]
    needed = {"cancel": wanting, "expire": [name for name in wanting if name == "--in"]}.get(asked.deed, [])
    if asked.device and needed:
        raise InputError.one("certificates cancel", found=f"no {' and no '.join(needed)}",
                             expected="for whom, and in which month", remedy=f"add {' and '.join(needed)}")  # fmt: skip


def _of_bundle(asked: CancelAsked, book: CertificateBook) -> CertificatesCancel:
    """The deed on a bundle; what it does is named by what the bundle was, so that it is done once."""
    bundle = _named(asked, book)
    request = f"{asked.deed} {bundle.hash}"
    done = {"freeze": freeze_bundle, "unfreeze": unfreeze_bundle, "void": void_bundle}[asked.deed]
    told = {"deed": asked.deed, "why": asked.reason, "device": bundle.production.device,
            "month": bundle.production.month}  # fmt: skip
    moved, entries = done(bundle, request=request, why=told)
    return _posted(asked, book, entries, bundles=[moved], what=bundle.hash, amount=bundle.total_wh, unit=WATT_HOURS)


def _named(asked: CancelAsked, book: CertificateBook) -> Bundle:
    """The one bundle that stands under a name; others that stand are told."""
    standing = [(state, bundle) for state in STANDING for bundle in book.living(state)]
    found = [bundle for _, bundle in standing if bundle.hash.startswith(asked.bundle)]
    if len(found) == 1:
        return found[0]
    shown = [f"{one.hash[:HASH_SHOWN]} ({one.production.device} {one.production.month}, {state}, {one.holder})"
             for state, one in standing[:SHOWN_MAX]]  # fmt: skip
    raise InputError.one(
        "--bundle",
        found=f"{len(found)} bundles that stand and begin with {asked.bundle}",
        expected=f"one, such as {'; '.join(shown) or 'none: the book holds no bundle'}",
        remedy="give more of its hash; what was done to it before has made it another bundle",
    )


def _of_gec(asked: CancelAsked, book: CertificateBook) -> CertificatesCancel:
    """The deed on green certificates; the same words again are the same deed."""
    batch = Batch(device=asked.device, month=asked.month, tradable=not asked.self_use)
    words = {name: str(getattr(asked, name)) for name in CancelAsked.__dataclass_fields__}
    request = f"{asked.deed} gec {digest(words)}"
    state = "bought" if asked.bought else "held"
    entries = _gec_entries(asked, batch, state, request)
    # A batch that was never issued has no account: the refusal then names it.
    return _posted(asked, book, entries, bundles=[], what=batch.name, amount=asked.count, unit=PIECES)


def _gec_entries(asked: CancelAsked, batch: Batch, state: str, request: str) -> list[Entry]:
    """The entries of each deed."""
    count, holder = asked.count, asked.holder
    match asked.deed:
        case "freeze":
            return freeze(batch, count, holder=holder, state=state, request=request, why=asked.reason)
        case "unfreeze":
            return unfreeze(batch, count, holder=holder, state=state, request=request, why=asked.reason)
        case "void":
            return void_gec(batch, count, holder=holder, state=state, request=request, why=asked.reason)
        case "expire":
            return expire(batch, count, holder=holder, state=state, month=asked.now, request=request)
        case "cancel":
            return cancel(batch, count, holder=holder, state=state, beneficiary=asked.beneficiary, month=asked.now,
                          request=request)  # fmt: skip


def _posted(  # noqa: PLR0913 - what was done, to what
    asked: CancelAsked, book: CertificateBook, entries: list[Entry], *, bundles: list[Bundle], what: str, amount: int,
    unit: str,
) -> CertificatesCancel:  # fmt: skip
    """The deed in the book, once."""
    request = entries[-1].id
    known = book.looked_up.find([request]).get(request) is not None
    book.post(entries, bundles)
    return CertificatesCancel(
        deed=asked.deed,
        what=what,
        amount=amount,
        unit=unit,
        entry=request,
        record=book.looked_up.find([request])[request].sequence,
        known=known,
        stands=bundles[0].hash if bundles else "",
    )
