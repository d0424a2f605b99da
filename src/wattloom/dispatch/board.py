"""What must be known to place single jobs? Sites, jobs and the draft of who runs when, as plain tables.

Tables of records rather than a column each: the loops touch many fields of one job, and few arguments compile quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOSE, STICKY, RIGID = 0, 1, 2
"""Sorts of jobs: see `placing`."""
WAITING, PAUSED, RUNNING = 0, 1, 2
"""Where a job stands as its window begins."""
NOT_YET, WELL, BEYOND = 0, 1, 2
"""How a job was placed: beyond means where there is no room."""
NOWHERE = -1

SLOT = np.dtype(
    [
        ("low", "f8"),  # CNY/MWh of IT energy up to `planned`
        ("high", "f8"),  # CNY/MWh beyond it
        ("planned", "f8"),  # MW of flexible IT power
        ("room", "f8"),  # most MW of flexible IT power
        ("used", "f8"),  # MW taken so far, as mean of the period
        ("gpus", "f8"),  # taken by jobs that share nodes
        ("gang_gpus", "f8"),
        ("nodes", "f8"),  # taken whole, by gang jobs
    ]
)
"""A site in a period."""

HALL = np.dtype([("gpus_max", "f8"), ("nodes_max", "f8"), ("per_node", "f8")])
"""A site's machines; infinite where unknown. `per_node`: GPUs of a whole node."""

JOB = np.dtype(
    [
        ("sort", "i8"),
        ("placed", "i8"),
        ("first", "i8"),  # first period of its window
        ("last", "i8"),  # first period after it
        ("row", "i8"),  # of the draft: one for each period of its window
        ("row_end", "i8"),
        ("from_s", "f8"),
        ("due_s", "f8"),
        ("need_s", "f8"),  # work to be done, in seconds at full power
        ("mw", "f8"),
        ("gpus", "f8"),
        ("nodes", "f8"),
        ("delay", "f8"),  # CNY for each second of work and second of waiting
        ("away", "i8"),  # row of `extra`
        ("least", "f8"),  # lowest level
        ("curve", "i8"),  # row of `levels` and `bends`
        ("begun", "i8"),  # WAITING (not yet started), PAUSED or RUNNING
        ("at", "i8"),  # site at which its data lie
        ("level_now", "f8"),
        ("pause_s", "f8"),
        ("restart_s", "f8"),
        ("recap_s", "f8"),
        ("send_s", "f8"),
    ]
)

DRAFT = np.dtype([("at", "i8"), ("level", "f8"), ("on_s", "f8")])
"""Where a job runs in a period (or NOWHERE), at which level, and for how many seconds."""


class Board(NamedTuple):
    """All tables together."""

    edge_s: NDArray[np.float64]
    """Instants between the periods, shape (period + 1,)."""
    slot: NDArray[np.void]
    """Shape (site, period)."""
    hall: NDArray[np.void]
    """Shape (site,)."""
    counted: bool
    """Whether GPUs or nodes are known anywhere."""
    job: NDArray[np.void]
    """Shape (job,)."""
    draft: NDArray[np.void]
    extra: NDArray[np.float64]
    """CNY/MWh of running at a site, shape (row, site); infinite where it may not run."""
    levels: NDArray[np.float64]
    """Levels worth running at, rising to 1, shape (class, point); 0 where there are fewer points."""
    bends: NDArray[np.float64]
    """Share of power and of speed from (0, 0) to (1, 1), shape (class, bend, 2); the last repeated."""
