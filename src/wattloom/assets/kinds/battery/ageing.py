"""How much of a battery is left in a year of operation, and what does it cost to make up for the loss?

Linear bookkeeping, so that a linear program can size a battery and see what its use costs:

    lost a year     = calendar fade · energy  +  0.2 / cycle life · energy taken out of the cells
    augmentation    = price of cells · what was lost, bought as it is lost: the usable energy stays as it was
    no augmentation = usable energy in year y is (1 − (y − 1) · (calendar fade + 0.2 / cycle life · cycles a year))

Fade is taken as linear in time and in throughput: the knee of old cells, their temperature and the depth of single
cycles are not in it. The whole battery is bought again at the end of its life.
"""

from __future__ import annotations

from dataclasses import dataclass

from wattloom.domain.errors import InputError

FADE_AT_CYCLE_LIFE = 0.20
"""Share of the energy that is gone after `cycle_life` cycles: makers count cycle life to 80 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """What a battery loses by age and by use."""

    calendar_fade_per_year: float
    """Share of the energy as built."""
    cycle_life: float | None
    """Full equivalent cycles to 80 %; None: use costs nothing."""
    cycles_per_year_max: float | None
    """Full equivalent cycles that a year may hold; None: no limit."""
    augmentation: bool
    """Whether cells are added as energy is lost."""

    def __post_init__(self) -> None:
        """Refuse a loss by use that nobody bounds: the energy left would not be known."""
        if not self.augmentation and self.cycle_life is not None and self.cycles_per_year_max is None:
            raise InputError.one(
                "battery.cycles_per_year_max",
                found="nothing, with a cycle life and without augmentation",
                expected="the full cycles a year that the maker warrants",
                remedy="give cycles_per_year_max, or set augmentation to true",
            )

    @property
    def fade_per_cycle(self) -> float:
        """Share of the energy that a full equivalent cycle costs: MWh lost for each MWh out of the cells."""
        return 0.0 if self.cycle_life is None else FADE_AT_CYCLE_LIFE / self.cycle_life

    def left(self, operating_year: int) -> float:
        """Share of the energy as built that is there through a year of operation, the first being 1.

        Example:
            >>> worn = Ageing(calendar_fade_per_year=0.01, cycle_life=6000, cycles_per_year_max=300, augmentation=False)
            >>> round(worn.left(11), 6)
            0.8
        """
        if self.augmentation:
            return 1.0
        lost_a_year = self.calendar_fade_per_year + self.fade_per_cycle * (self.cycles_per_year_max or 0.0)
        return max(0.0, 1.0 - lost_a_year * (operating_year - 1))
