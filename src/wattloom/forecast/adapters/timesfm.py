"""What does Google's TimesFM 2.5 say? Needs the extra `wattloom[timesfm]`, and its weights on this machine or a hub.

Spoken to as its documentation has it: `TimesFM_2p5_200M_torch.from_pretrained(checkpoint)`,
`compile(ForecastConfig(…))`, then `forecast(horizon=…, inputs=[…])`, which answers with the median and an array of
(series, periods, 10): the mean and nine deciles (Das et al., "A decoder-only foundation model for time-series
forecasting", ICML 2024). Levels between the deciles lie on straight lines; levels outside are refused, for it says
nothing of them. Weather is not passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattloom.domain.errors import InputError
from wattloom.domain.forecasts import LEVELS, TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.adapters._zero_shot import Array, ZeroShot, needed

if TYPE_CHECKING:
    from wattloom.forecast.sight import Training
    from wattloom.forecast.task import Task

EXTRA = "timesfm"
TITLE = Text("TimesFM (pre-trained)", "TimesFM 预训练模型")
AHEAD_MAX = 1024
"""Its quantile head reaches so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimesFm:
    """A pre-trained TimesFM network."""

    checkpoint: str = "google/timesfm-2.5-200m-pytorch"
    """Name on a hub, or a folder."""
    context: int = 2048
    """Periods that it is told; it takes up to 16384."""
    pretrained_on: tuple[str, ...] | None = None
    """What the checkpoint learnt from; None: not declared, and the leakage report warns."""
    name: str = "timesfm"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> ZeroShot:  # noqa: ARG002 - it has learnt before
        """Load and compile the network; nothing is learnt here."""
        _speaks_of(trainings[0].sight.task)
        library = needed("timesfm", extra=EXTRA)
        network = library.TimesFM_2p5_200M_torch.from_pretrained(self.checkpoint)
        network.compile(
            library.ForecastConfig(
                max_context=self.context,
                max_horizon=AHEAD_MAX,
                normalize_inputs=True,
                use_continuous_quantile_head=True,
                force_flip_invariance=True,
                infer_is_positive=False,  # Limits are the feed's: prices go below zero.
                fix_quantile_crossing=True,
            )
        )

        def ask(contexts: list[Array], ahead: int, levels: tuple[float, ...]) -> Array:
            _, quantiles = network.forecast(horizon=ahead, inputs=contexts)
            return _between(np.asarray(quantiles, dtype=np.float64)[:, :ahead, 1:], levels)

        return ZeroShot(ask, self.context, {"network": self.checkpoint, "context_periods": float(self.context)})


def _speaks_of(task: Task) -> None:
    """Refuse levels and horizons that the network does not know."""
    ahead = task.horizon_s // task.step_s
    if min(task.levels) < LEVELS[0] or max(task.levels) > LEVELS[-1] or ahead > AHEAD_MAX:
        raise InputError.one(
            f"timesfm, task {task.name}",
            found=f"levels {min(task.levels):g} to {max(task.levels):g}, {ahead} periods ahead",
            expected=f"levels 0.1 to 0.9, at most {AHEAD_MAX} periods ahead",
            remedy="ask for deciles and fewer periods, or take another model",
        )


def _between(deciles: Array, levels: tuple[float, ...]) -> Array:
    """Deciles at other levels."""
    place = np.interp(levels, LEVELS, np.arange(len(LEVELS), dtype=np.float64))
    low = np.minimum(place.astype(np.int64), len(LEVELS) - 2)
    return np.asarray(deciles[..., low] + (place - low) * (deciles[..., low + 1] - deciles[..., low]))


MODEL = TimesFm()
