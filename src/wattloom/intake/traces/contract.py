"""What is a trace format, and what does reading one give?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wattloom.domain.jobs import Jobs
from wattloom.domain.series import Series
from wattloom.domain.text import SILENT, Text
from wattloom.intake.traces.class_tables import ClassTables
from wattloom.intake.traces.faults import Dropped, Faults

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a file of jobs or of load holds, checked, with an account of every row."""

    format: str
    title: Text
    dropped: Dropped
    jobs: Jobs | None = None
    """None for traces of load and for tables from which no jobs were asked."""
    series: Mapping[str, Series] = field(default_factory=dict)
    """Of traces of load: "running_gpus/TENANT", "requests_per_s/MODEL" and the like."""
    tables: ClassTables | None = None
    """Of formats that tell shares and distributions instead of jobs."""
    notes: tuple[Text, ...] = ()
    """What was assumed, and what a reader must know of this trace."""
    generated: bool = False
    """Whether the jobs were made by chance from tables: they are nobody's."""

    def noting(self, *notes: Text) -> Trace:
        """The same with further notes."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFormat:
    """A kind of trace file: the constant `TRACE` of each module in `formats`."""

    key: str
    title: Text
    read: Callable[..., Trace]
    """`read(path, promise, *, lenient)`: strictly, every fault at once; leniently, without the faulty rows."""
    source: Text
    """Whose format or data it is."""
    zone: ZoneInfo | None = None
    """Zone of its times where they carry none; None: the promise must say."""
    zone_why: Text = SILENT
    epoch: datetime | None = None
    """Instant of its second 0, where it counts."""
    epoch_why: Text = SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRows:
    """The columns of a trace of jobs before any promise; unreadable values are NaN, `NO_TIME` or empty."""

    faults: Faults
    id: NDArray[np.object_]
    arrive_us: NDArray[np.int64]
    """Microseconds since 1970, UTC."""
    run_s: NDArray[np.float64]
    gpus: NDArray[np.float64]
    label: NDArray[np.object_] | None = None
    """None: the trace tells no classes."""
    tenant: NDArray[np.object_] | None = None
    """None: the trace tells no tenants."""
    limit_s: NDArray[np.float64] | None = None
    """Time limit that its owner asked for; NaN: none."""
    nodes: NDArray[np.int64] | None = None
    """Nodes it held; None: the trace does not tell."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Name in the file of a field of this table, where it is another."""
    notes: tuple[Text, ...] = ()

    def column(self, name: str) -> str:
        """How the file calls a field."""
        return self.columns.get(name, name)
