"""Can somebody who does not trust us check a claim? A file with everything that its hash was made of.

The checker needs SHA-256 and JSON, no program of ours: docs/reference/claim-proof.md says it step by step.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from wattloom.ledger.certificates.bundles import Bundle, digest
from wattloom.ledger.certificates.energy import fingerprint

FORMAT = "wattloom claim proof 1"
ENDS = ("claimed", "stored")
"""States that a proof may end in: a claim, or what was put into a store and came out of it as new bundles."""


def proof_of(claim: Bundle, line: list[Bundle], *, record: bytes, mark_before: bytes, mark: bytes) -> dict[str, Any]:
    """The proof of a claim.

    Args:
        claim: the claimed bundle.
        line: its forebears from the first bundle of its production down to the one that it is a part of.
        record: the ledger's record of the claim.
        mark_before: the mark before that record.
        mark: the record's own.
    """
    return {
        "format": FORMAT,
        "production": claim.production.told(),
        "bundles": [_told(bundle) for bundle in (*line, claim)],
        "claim": claim.hash,
        "record": record.decode("ascii"),
        "mark_before": mark_before.hex(),
        "mark": mark.hex(),
    }


def proven(proof: dict[str, Any]) -> list[str]:
    """What is wrong with a proof; nothing where it holds."""
    faults = []
    if proof.get("format") != FORMAT:
        return [f"format {proof.get('format')!r}, expected {FORMAT!r}"]
    before = digest(proof["production"])
    bundles = proof["bundles"]
    for number, bundle in enumerate(bundles):
        first, wh = np.array(bundle["first"], dtype=np.int64), np.array(bundle["wh"], dtype=np.int64)
        told = {"parent": bundle["parent"], "holder": bundle["holder"], "state": bundle["state"],
                "first_sha256": fingerprint(first), "wh_sha256": fingerprint(wh)}  # fmt: skip
        if digest(told) != bundle["hash"]:
            faults.append(f"bundle {number}: its hash is of other contents")
        if bundle["parent"] != before:
            faults.append(f"bundle {number}: it is not of the one before it")
        if not number and fingerprint(wh) != proof["production"]["readings_sha256"]:
            faults.append("the first bundle does not hold what the meter read")
        if number and not _inside(bundles[number - 1], first, wh):
            faults.append(f"bundle {number}: it holds watt-hours that the one before it did not")
        before = bundle["hash"]
    if before != proof["claim"] or bundles[-1]["state"] not in ENDS:
        faults.append("the last bundle is not the claim")
    if f'"moved":"{proof["claim"]}"' not in proof["record"]:
        faults.append("the record does not speak of the claim")
    mark = hashlib.sha256(bytes.fromhex(proof["mark_before"]) + proof["record"].encode("ascii")).hexdigest()
    if mark != proof["mark"]:
        faults.append("the record does not continue the chain")
    return faults


def _told(bundle: Bundle) -> dict[str, Any]:
    """A bundle with its ranges."""
    return {
        "hash": bundle.hash,
        "parent": bundle.parent,
        "holder": bundle.holder,
        "state": bundle.state,
        "first": bundle.first.tolist(),
        "wh": bundle.wh.tolist(),
    }


def _inside(before: dict[str, Any], first: np.ndarray[Any, Any], wh: np.ndarray[Any, Any]) -> bool:
    """Whether ranges lie inside those of the bundle before."""
    low, count = np.array(before["first"]), np.array(before["wh"])
    return bool(((first >= low) & (first + wh <= low + count)).all())
