"""Which commands make a schedule happen?

A schedule is stretches; jobs are told verbs. Stretches that only pass dead time are read for what they are: before work
at the same site a restart, after work the saving before a pause or a move. What the jobs of the replay really lose is
in their class. A pause is told so early that the saving which the schedule counts lies inside it, and data are sent
ahead so that a job that begins away from home begins in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattloom.domain.jobs import ROUNDING_S, Jobs, Segments, Verb
from wattloom.twin.tables import COMMAND, VERB_NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDER = {verb: place for place, verb in enumerate((Verb.PAUSE, Verb.MOVE, Verb.CAP, Verb.RESUME, Verb.START))}
"""What is told first at one instant: what makes room comes before what needs it."""
ORDER_OF_NUMBER = np.array([ORDER[verb] for verb in VERB_NUMBER])
GIGABITS_PER_GIGABYTE = 8.0


def send_seconds(jobs: Jobs) -> NDArray[np.float64]:
    """Seconds that each job's data take to another site."""
    return np.asarray(jobs.move_gb * GIGABITS_PER_GIGABYTE / jobs.of_class("move_gbit_per_s"), dtype=np.float64)


def script_of(schedule: Segments, jobs: Jobs) -> NDArray[np.void]:
    """The commands, in the order in which they are told."""
    alone = np.bincount(schedule.job, minlength=len(jobs))[schedule.job] == 1
    script = np.concatenate([_starts(schedule, jobs, alone), _read(schedule, jobs, ~alone)])
    return script[np.lexsort((script["job"], ORDER_OF_NUMBER[script["verb"]], script["at_s"]))]


def _starts(schedule: Segments, jobs: Jobs, alone: NDArray[np.bool_]) -> NDArray[np.void]:
    """A start for each job of one stretch, and its data sent ahead where it begins away from home."""
    job, site = schedule.job[alone], schedule.site[alone]
    rows = np.zeros(job.size, dtype=COMMAND)
    rows["at_s"], rows["job"], rows["site"], rows["level"] = schedule.start_s[alone], job, site, schedule.level[alone]
    rows["verb"] = VERB_NUMBER[Verb.START]
    ahead = rows[site != jobs.home[job]]
    ahead["at_s"] = np.maximum(ahead["at_s"] - send_seconds(jobs)[ahead["job"]], jobs.arrive_s[ahead["job"]])
    ahead["verb"], ahead["level"] = VERB_NUMBER[Verb.MOVE], 0.0
    return np.concatenate([rows, ahead])


def _read(schedule: Segments, jobs: Jobs, which: NDArray[np.bool_]) -> NDArray[np.void]:
    """The commands for jobs of several stretches."""
    send_s = send_seconds(jobs)
    told: list[tuple[float, int, int, int, float]] = []
    columns = (schedule.job, schedule.site, schedule.start_s, schedule.end_s, schedule.level, schedule.dead_s)
    rows = zip(*(column[which].tolist() for column in columns), strict=True)
    for job, stretches in groupby(rows, key=itemgetter(0)):
        about = jobs.classes[int(jobs.class_index[job])]
        reader = _Reader(job=job, told=told, send_s=float(send_s[job]), pause_s=about.pause_s)
        reader.site, reader.free_s = int(jobs.home[job]), float(jobs.arrive_s[job])
        reader.begins_dead_s = (about.restart_s, about.recap_s)
        reader.read([_Stretch(*one[1:]) for one in stretches])
    return np.array(told, dtype=COMMAND)


class _Stretch(NamedTuple):
    """A stretch of a schedule."""

    site: int
    start_s: float
    end_s: float
    level: float
    dead_s: float

    @property
    def works(self) -> bool:
        """Whether it does more than pass dead time."""
        return self.dead_s < self.end_s - self.start_s - ROUNDING_S

    def goes_on_in(self, other: _Stretch) -> bool:
        """Whether the other follows at once at the same site."""
        return other.site == self.site and other.start_s <= self.end_s + ROUNDING_S


@dataclass(slots=True)
class _Reader:
    """Reads the stretches of one job in order, and tells what makes them happen."""

    job: int
    told: list[tuple[float, int, int, int, float]]
    send_s: float
    pause_s: float
    begins_dead_s: tuple[float, float] = (0.0, 0.0)
    """Dead time after a pause or move, and after a change of level."""
    site: int = 0
    """Where it is."""
    free_s: float = 0.0
    """When it arrived, or the last stretch ended: data may be sent from then on."""
    leaves_s: float = 0.0
    """When it must be told to pause or move, if it does."""
    level: float = 1.0
    begun: bool = False
    saved: bool = False
    """Whether the schedule saves after the present work."""

    def read(self, stretches: list[_Stretch]) -> None:
        """Tell all of it."""
        begins_s = None
        for k, one in enumerate(stretches):
            following = stretches[k + 1] if k + 1 < len(stretches) else None
            if one.works:
                self._work(one, one.start_s if begins_s is None else begins_s)
                begins_s = None
            elif following is not None and one.goes_on_in(following) and _leads_to_work(stretches, k + 1):
                begins_s = one.start_s if begins_s is None else begins_s
            else:
                self._rest(one)
        if self.saved:
            self._tell(self.leaves_s, Verb.PAUSE, self.site, 0.0)

    def _work(self, one: _Stretch, begins_s: float) -> None:
        """It runs from then: as a start, a resume, a move or a change of level."""
        follows = self.begun and begins_s <= self.free_s + ROUNDING_S
        dead_s = 0.0
        if follows and one.site != self.site:
            self._tell(min(self.leaves_s, begins_s), Verb.MOVE, one.site, one.level)
            dead_s = self.begins_dead_s[0]
        elif follows and not self.saved:
            self._tell(begins_s, Verb.CAP, one.site, one.level)
            dead_s = self.begins_dead_s[1] if one.level != self.level else 0.0
        else:
            if self.begun:
                self._tell(self.leaves_s, Verb.PAUSE, self.site, 0.0)
                dead_s = self.begins_dead_s[0]
            if one.site != self.site:
                self._tell(max(begins_s - self.send_s, self.free_s), Verb.MOVE, one.site, 0.0)
            self._tell(begins_s, Verb.RESUME if self.begun else Verb.START, one.site, one.level)
        self.site, self.level, self.begun, self.saved, self.free_s = one.site, one.level, True, False, one.end_s
        counted_s = one.dead_s - dead_s if begins_s == one.start_s else 0.0
        self.leaves_s = one.end_s - min(max(counted_s, 0.0), self.pause_s)

    def _rest(self, one: _Stretch) -> None:
        """It saves, or its data fly: what comes next begins with what was told when this began."""
        if self.begun and not self.saved and one.site == self.site and one.start_s <= self.free_s + ROUNDING_S:
            self.leaves_s, self.saved = one.start_s, True
        self.free_s = max(self.free_s, one.end_s)

    def _tell(self, at_s: float, verb: Verb, site: int, level: float) -> None:
        """One command."""
        self.told.append((at_s, self.job, VERB_NUMBER[verb], site, level))


def _leads_to_work(stretches: list[_Stretch], k: int) -> bool:
    """Whether dead time at one site ends in work there."""
    while not stretches[k].works:
        if k + 1 == len(stretches) or not stretches[k].goes_on_in(stretches[k + 1]):
            return False
        k += 1
    return True
