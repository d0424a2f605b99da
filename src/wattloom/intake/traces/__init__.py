"""Which jobs, or how much load, does this trace hold? One door to every format: Philly to Slurm and Kubernetes.

A format is one module in `formats`; it declares the constant `TRACE`. A trace does not tell what was promised for its
jobs: that is a `Promise`, every field of which is stated or says whose default it is.
"""

from __future__ import annotations

from pathlib import Path

from wattloom.domain.errors import InputError
from wattloom.domain.members import member, names_of
from wattloom.intake.traces import formats
from wattloom.intake.traces.class_tables import ClassTable, ClusterTable
from wattloom.intake.traces.contract import Trace, TraceFormat
from wattloom.intake.traces.faults import Dropped, Fault
from wattloom.intake.traces.promise import (
    NOTHING_PROMISED,
    Clock,
    Deadline,
    Generate,
    Machines,
    Promise,
)

__all__ = [
    "ClassTable",
    "Clock",
    "ClusterTable",
    "Deadline",
    "Dropped",
    "Fault",
    "Generate",
    "Machines",
    "Promise",
    "Trace",
    "TraceFormat",
    "format_keys",
    "read_trace",
    "trace_format",
]


def format_keys() -> tuple[str, ...]:
    """Keys of all formats, sorted."""
    return names_of(formats)


def trace_format(key: str) -> TraceFormat:
    """A format by its key; an unknown one is refused with those that are there.

    Example:
        >>> trace_format("sacct").title.zh
        'Slurm 记账（sacct）'
    """
    if key not in format_keys():
        raise InputError.one(
            "trace format", found=repr(key), expected=f"one of {', '.join(format_keys())}", remedy="choose one of them"
        )
    found: TraceFormat = member(formats, key, "TRACE")
    return found


def read_trace(
    path: Path | str,
    *,
    format: str,  # noqa: A002 - the word that a reader looks for
    promise: Promise = NOTHING_PROMISED,
    lenient: bool = False,
) -> Trace:
    """The jobs or the load of a trace file, checked, with an account of every row.

    Strictly, all faults are raised at once, each with its row and column; leniently, the rows are dropped and
    `dropped` says which and why.
    """
    return trace_format(format).read(Path(path), promise, lenient=lenient)
