"""What does a MWh not drawn cost in computing? GPU-hours that wait, that are lost, and that restarts take.

A MWh at the meter is the power of so many GPUs for an hour; while they wait they still draw their idle power, so that
more GPUs must stop than the MWh alone would say. A cap slows instead of stopping: it loses less work for each MWh.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

KW_PER_MW = 1000.0


class Lever(StrEnum):
    """How power is lowered."""

    PAUSE = "pause"
    """Work stops and goes on later."""
    CAP = "cap"
    """Work goes on at less power, and slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkClass:
    """Work that may give way, and what that costs."""

    name: str
    share: float
    """Of the adjustable power."""
    lever: Lever
    kw_per_gpu: float
    """At the meter at full load, overhead included."""
    released_share: float
    """Of a GPU's power that is not drawn: while it is paused, or under the cap."""
    work_lost_share: float = 1.0
    """Of a GPU's work that is not done meanwhile: all of it where it is paused."""
    value_cny_per_gpu_hour: float
    """Of work that is never made up."""
    delay_cny_per_gpu_hour_hour: float
    """Of a GPU-hour that is done an hour later."""
    delay_hours_max: float
    restart_hours: float = 0.0
    """Work that a GPU loses each time it is stopped: since the last checkpoint, and until it runs again."""

    @property
    def gpu_hours_per_mwh(self) -> float:
        """GPU-hours of work that are not done for each MWh not drawn.

        Example:
            >>> WorkClass(name="training", share=1, lever=Lever.PAUSE, kw_per_gpu=1.25, released_share=0.8,
            ...           value_cny_per_gpu_hour=10, delay_cny_per_gpu_hour_hour=0.01,
            ...           delay_hours_max=8).gpu_hours_per_mwh
            1000.0
        """
        return KW_PER_MW / (self.kw_per_gpu * self.released_share) * self.work_lost_share

    @property
    def delay_cny_per_mwh_hour(self) -> float:
        """Of a MWh's work that is done an hour later."""
        return self.gpu_hours_per_mwh * self.delay_cny_per_gpu_hour_hour

    @property
    def loss_cny_per_mwh(self) -> float:
        """Of a MWh's work that is never done."""
        return self.gpu_hours_per_mwh * self.value_cny_per_gpu_hour

    @property
    def restart_cny_per_mw(self) -> float:
        """Each time a MW is stopped; a cap stops nothing."""
        if self.lever is Lever.CAP:
            return 0.0
        gpus = KW_PER_MW / (self.kw_per_gpu * self.released_share)
        return gpus * self.restart_hours * self.value_cny_per_gpu_hour


def blended(classes: tuple[WorkClass, ...], name: str) -> float:
    """A cost of all classes, each by its share of the adjustable power."""
    return sum(one.share * float(getattr(one, name)) for one in classes) / sum(one.share for one in classes)
