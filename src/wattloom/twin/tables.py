"""What does the replay know of every job and site, and what of it changes while it runs? Plain tables, row by row.

The event loop runs at machine speed and is saved as it stands, so its memory is a handful of arrays of records: nothing
of it lives anywhere else.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattloom.domain.jobs import Verb

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Phase(IntEnum):
    """Where a job stands."""

    AWAITED = 0
    """It has not arrived."""
    WAITING = 1
    """Arrived or paused; holds no machine and is not to run."""
    QUEUED = 2
    """To run, behind others where there is no room."""
    STARTING = 3
    """Machines held, restarting, no work."""
    RUNNING = 4
    SAVING = 5
    """Before a pause or a move: full power, no work."""
    FLYING = 6
    """On the move between two sites, machines held at both."""
    SENDING = 7
    """Its data are sent while it waits; no machine is held."""
    DONE = 8


class Rank(IntEnum):
    """What comes first among events of one instant: room is made before it is asked for, looks come last."""

    PHASE_ENDS = 0
    ARRIVAL = 1
    COMMAND = 2
    TICK = 3


class Stop(IntEnum):
    """Why the event loop gave the word back."""

    ENDED = 0
    ARRIVED = 1
    TICK = 2
    FULL = 3
    """A table needs more room."""
    COUNTED = 4
    """As many events as asked for are played."""


class Refusal(IntEnum):
    """Why a command was not obeyed."""

    NOT_INTERRUPTIBLE = 0
    LEVEL = 1
    """Below the least power of its class, or above 1."""
    RING = 2
    """Farther from home than its class allows."""
    SIZE = 3
    """It needs more machines than the site has."""
    NO_ROOM = 4
    """A running job moves only to machines that are free."""
    DONE = 5
    """The job had ended."""


VERBS = tuple(Verb)
VERB_NUMBER = {verb: number for number, verb in enumerate(VERBS)}

GIVEN = np.dtype(
    [
        ("arrive_s", "f8"),
        ("run_s", "f8"),
        ("power_mw", "f8"),
        ("gpus", "f8"),
        ("nodes", "f8"),
        ("send_s", "f8"),  # to send its data to another site
        ("class_index", "i8"),
        ("home", "i8"),
    ],
    align=True,
)
"""Of a job, for good."""

LIVE = np.dtype(
    [
        ("phase", "i8"),
        ("site", "i8"),
        ("target", "i8"),  # where a move goes; -1: none
        ("shown_site", "i8"),  # as `JobsState` tells it
        ("level", "f8"),  # at which it is to run
        ("shown_level", "f8"),
        ("left_s", "f8"),  # as of the beginning of the present stretch
        ("shown_left_s", "f8"),  # as of the last look
        ("from_s", "f8"),  # beginning of the present stretch
        ("from_target_s", "f8"),  # of the second one, at the target of a move
        ("drawn", "f8"),  # level at which power is drawn; 0: none
        ("ready_s", "f8"),  # end of dead time or flight
        ("started_s", "f8"),
        ("finish_s", "f8"),
        ("turn", "i8"),  # counts ends of phases, so that those no longer meant are known
        ("draws", "i8"),  # of chance, so far
        ("working_at", "i8"),  # place in the list of running jobs
        ("queue_next", "i8"),
        ("queue_before", "i8"),
        ("arrived", "?"),
        ("done", "?"),
        ("started", "?"),
    ],
    align=True,
)
"""Of a job, as it changes."""

CLASS = np.dtype(
    [
        ("pause_s", "f8"),
        ("restart_s", "f8"),
        ("recap_s", "f8"),
        ("least_power", "f8"),
        ("interruptible", "?"),
        ("moves_running", "?"),
    ],
    align=True,
)
SITE = np.dtype(
    [
        ("gpus_max", "f8"),
        ("nodes_max", "f8"),
        ("gpus", "f8"),  # held now
        ("nodes", "f8"),
        ("power_mw", "f8"),  # drawn now
        ("drawing", "i8"),  # by how many stretches
        ("metered_s", "f8"),
        ("metered_mws", "f8"),
        ("queue_first", "i8"),
        ("queue_last", "i8"),
    ],
    align=True,
)
EVENT = np.dtype(
    [
        ("at_s", "f8"),
        ("rank", "i8"),
        ("number", "i8"),  # first told, first done
        ("job", "i8"),
        ("what", "i8"),  # turn of a phase, or verb of a command
        ("site", "i8"),
        ("level", "f8"),
    ],
    align=True,
)
COMMAND = np.dtype([("at_s", "f8"), ("job", "i8"), ("verb", "i8"), ("site", "i8"), ("level", "f8")], align=True)
STRETCH = np.dtype(
    [("job", "i8"), ("site", "i8"), ("start_s", "f8"), ("end_s", "f8"), ("level", "f8"), ("dead_s", "f8")], align=True
)
TALLY = np.dtype(
    [
        ("now_s", "f8"),
        ("events", "i8"),
        ("numbered", "i8"),
        ("waiting_events", "i8"),  # rows of the heap
        ("queued", "i8"),  # jobs in queues
        ("stretches", "i8"),  # rows of the log
        ("next_arrival", "i8"),
        ("next_script", "i8"),
        ("next_tick", "i8"),
        ("working", "i8"),  # rows of the list of running jobs
        ("migrations", "i8"),
        ("moves_failed", "i8"),
        ("restarts_failed", "i8"),
        ("pauses", "i8"),
        ("end_s", "f8"),
        ("tick_s", "f8"),  # 0: no regular looks
        ("asks", "?"),  # whether somebody is asked at arrivals
        ("move_fails", "f8"),
        ("restart_fails", "f8"),
        ("seed", "u8"),
    ],
    align=True,
)


class Plant(NamedTuple):
    """All that the event loop reads and writes."""

    given: NDArray[np.void]
    classes: NDArray[np.void]
    curve: NDArray[np.float64]
    """Share of full power and of full speed, shape (class, point, 2); each begins at (0, 0) and ends at (1, 1)."""
    may_run: NDArray[np.bool_]
    """Shape (class, home, site)."""
    script: NDArray[np.void]
    """Commands known from the start, in their order."""
    live: NDArray[np.void]
    sites: NDArray[np.void]
    heap: NDArray[np.void]
    log: NDArray[np.void]
    working: NDArray[np.int64]
    refused: NDArray[np.int64]
    """How many commands, by `Refusal`."""
    tally: NDArray[np.void]
    """One row."""


SAVED = ("live", "sites", "heap", "log", "working", "refused", "tally")
"""What changes: the state of a replay."""
