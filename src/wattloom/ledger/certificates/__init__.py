"""Which electricity was green, whose claim is it, and can it be claimed twice? It cannot: one watt-hour, one claim.

Two schemes stand on the same meters: China's green electricity certificates (one a megawatt-hour of a month) and
granular certificates (watt-hours of an interval). What is issued under one is not there for the other: both are drawn
from the same account of metered energy, which the ledger lets nobody overdraw.
"""

from wattloom.ledger.certificates.bundles import Bundle, Production, claim, issue, metered, split, transfer, withdrawn
from wattloom.ledger.certificates.energy import Device, Use, month_of
from wattloom.ledger.certificates.gec import (
    Batch,
    cancel,
    cut,
    expire,
    freeze,
    issue_gec,
    last_valid_month,
    transfer_gec,
    unfreeze,
)
from wattloom.ledger.certificates.proof import proof_of, proven
from wattloom.ledger.certificates.storing import charged, discharged

__all__ = [
    "Batch",
    "Bundle",
    "Device",
    "Production",
    "Use",
    "cancel",
    "charged",
    "claim",
    "cut",
    "discharged",
    "expire",
    "freeze",
    "issue",
    "issue_gec",
    "last_valid_month",
    "metered",
    "month_of",
    "proof_of",
    "proven",
    "split",
    "transfer",
    "transfer_gec",
    "unfreeze",
    "withdrawn",
]
