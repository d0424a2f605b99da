"""What will each hour of tomorrow's market cost, from what prices, load and wind have taught lately?

The LEAR model (lasso estimated autoregressive: Uniejewski, Nowotarski and Weron, Energies 9 (2016) 621; Lago, Marcjasz,
De Schutter and Weron, Applied Energy 293 (2021) 116983), learnt anew each day. In place of one penalty by a criterion
of information and a plain mean over four windows, many regressions are kept (lear_experts.py) and weighted by what each
missed lately. Doubt is what their mixture missed on the last days, in units of how much it was missing at the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.prices.day_rows import DayRows, Layout, extended, refuse_gaps, rows_of
from wattloom.forecast.prices.experts import Experts, expert_forecasts, first_row
from wattloom.forecast.prices.weights import (
    Weighing,
    expert_weights,
    levels_for_one_more,
    quantiles_nearby,
    size_of_miss,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

TITLE = Text("Lasso regressions of prices (LEAR)", "价格 LASSO 自回归（LEAR）")


@dataclass(frozen=True, slots=True)
class FittedLear:
    """The days learnt from; regressions are made when a day is asked for, on all that came until then."""

    rows: DayRows
    layout: Layout
    experts: Experts
    weighing: Weighing
    market: str

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Weighted experts and what they missed lately, inside what the target can be."""
        about = sight.about
        if about.name != self.market:
            raise MissingData(f"{about.name}: prices were learnt from {self.market} alone; learn this market first")
        rows = extended(self.rows, sight, self.layout).without_gaps(sight.origins_s)
        refuse_gaps(rows, sight.origins_s, about.name)
        asked = np.searchsorted(rows.origins_s, sight.origins_s)
        if asked.min() < first_row(rows, self.experts):
            raise MissingData(f"{about.name}: fewer than {self.experts.days_min} whole days before the first origin")
        back = self.weighing.memory_days + self.weighing.doubt_days + self.weighing.recent_days
        first = max(first_row(rows, self.experts), int(asked.min()) - back)
        said = expert_forecasts(rows, first, int(asked.max()) + 1, self.experts)
        mixed = Mixed.of(rows, first, said, (self.experts, self.weighing))
        quantiles = np.stack([mixed.quantiles(row, sight.task.levels) for row in asked])
        return uncrossed(np.clip(quantiles, about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """How much it is built on."""
        return {
            "days": len(self.rows),
            "inputs": self.rows.inputs.shape[1],
            "experts": len(self.experts),
            "lags_days": ", ".join(str(days) for days in self.layout.lags_days),
            "channels": ", ".join(self.layout.channels),
        }


@dataclass(frozen=True, slots=True)
class Mixed:
    """The experts' mixture for rows from `first` on, as it would have been told then."""

    rows: DayRows
    first: int
    values: NDArray[np.float64]
    """Shape (rows from first on, leads)."""
    sizes: NDArray[np.float64]
    """How much a miss is expected to be, up to a factor; same shape."""
    weighing: Weighing

    @classmethod
    def of(cls, rows: DayRows, first: int, said: NDArray[np.float64], how: tuple[Experts, Weighing]) -> Mixed:
        """Weigh what experts said, (experts, rows, leads), day by day by what was known of their losses."""
        experts, weighing = how
        happened = rows.outcomes[first : first + said.shape[1]]
        lost = np.abs(said - happened)
        values, sizes = np.empty(said.shape[1:]), np.empty(said.shape[1:])
        for row in range(said.shape[1]):
            known = max(0, int(rows.settled[first + row]) - first)
            recent = lost[:, max(0, known - weighing.memory_days) : known]
            values[row] = (expert_weights(recent, experts.prior, weighing) * said[:, row]).sum(axis=0)
            missed = happened[:known] - values[:known]
            sizes[row] = size_of_miss(said[:, row] - values[row], missed[-weighing.recent_days :], weighing)
        return cls(rows, first, values, sizes, weighing)

    def quantiles(self, row: int, levels: Sequence[float]) -> NDArray[np.float64]:
        """Of one day; shape (leads, levels)."""
        known = max(0, int(self.rows.settled[row]) - self.first)
        days = slice(max(0, known - self.weighing.doubt_days), known)
        if not known:
            raise MissingData("no day whose price is known was forecast before: doubt cannot be told")
        relative = (self.rows.outcomes[self.first :][days] - self.values[days]) / self.sizes[days]
        here = row - self.first
        told = quantiles_nearby(relative, levels_for_one_more(levels, len(relative)), self.weighing.neighbours)
        return np.asarray(self.values[here][:, None] + self.sizes[here][:, None] * told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lear:
    """The LEAR forecast of a day-ahead price."""

    experts: Experts = field(default_factory=Experts)
    weighing: Weighing = field(default_factory=Weighing)
    channels: tuple[str, ...] | None = None
    """Forecasts that explain the price; None: every channel that is known for the periods forecast."""
    name: str = "lear"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset({TargetKind.PRICE})

    @property
    def needs(self) -> tuple[str, ...]:
        """The channels that were named."""
        return self.channels or ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedLear:  # noqa: ARG002
        """Keep the days of one market, with what was known before each."""
        if len(trainings) != 1:
            raise MissingData(
                f"a market's prices are learnt from itself: one feed is needed, {len(trainings)} were given"
            )
        sight = trainings[0].sight
        if not sight.origins_s.size:
            raise MissingData(f"{sight.about.name}: no past day to learn from")
        layout = Layout.of(sight, self.channels)
        rows = rows_of(sight, layout, trainings[0].outcomes)
        return FittedLear(rows, layout, self.experts, self.weighing, sight.about.name)


MODEL = Lear()
