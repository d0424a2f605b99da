"""Is this certificates file right, and what does it ask? Every problem at once, or a `CertificatesProject`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from wattloom.edge.projects.table import certificates_shape
from wattloom.edge.projects.whole import read_whole
from wattloom.ledger.certificates.project import CertificatesProject

START = "begin from the file in docs/how-to/match-certificates.md"


def read_certificates(path: Path | str, *, territories: Collection[str]) -> CertificatesProject:
    """The certificates project of a file; `InputError` with every problem, in the order of lines."""
    return read_whole(path, certificates_shape(), CertificatesProject, names={"territory": territories}, start=START)
