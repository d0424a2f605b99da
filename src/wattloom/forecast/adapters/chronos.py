"""What does Amazon's Chronos say? Needs the extra `wattloom[chronos]`, and its weights on this machine or a hub.

Spoken to as its documentation has it: `BaseChronosPipeline.from_pretrained(checkpoint, device_map=…)`, then
`predict_quantiles(inputs, prediction_length, quantile_levels)` (chronos-forecasting 2; Ansari et al., "Chronos-2: from
univariate to universal forecasting", arXiv:2510.15821). Chronos-2 answers with a list of (variates, periods, levels),
Chronos-Bolt with one array; both are understood. Weather is not passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.adapters._zero_shot import Array, ZeroShot, needed

if TYPE_CHECKING:
    from wattloom.forecast.sight import Training

EXTRA = "chronos"
TITLE = Text("Chronos (pre-trained)", "Chronos 预训练模型")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronos:
    """A pre-trained Chronos network."""

    checkpoint: str = "amazon/chronos-2"
    """Name on a hub, or a folder."""
    device: str = "cpu"
    context: int = 2048
    """Periods that it is told: the longest context of Chronos-Bolt; Chronos-2 takes 8192."""
    pretrained_on: tuple[str, ...] | None = None
    """What the checkpoint learnt from; None: not declared, and the leakage report warns."""
    name: str = "chronos"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset(TargetKind)
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> ZeroShot:  # noqa: ARG002 - it has learnt before
        """Load the network; nothing is learnt here."""
        library, torch = needed("chronos", extra=EXTRA), needed("torch", extra=EXTRA)
        pipeline = library.BaseChronosPipeline.from_pretrained(self.checkpoint, device_map=self.device)

        def ask(contexts: list[Array], ahead: int, levels: tuple[float, ...]) -> Array:
            inputs = [torch.tensor(one.astype(np.float32)) for one in contexts]
            quantiles, _ = pipeline.predict_quantiles(
                inputs=inputs, prediction_length=ahead, quantile_levels=list(levels)
            )
            return _stacked(quantiles)

        return ZeroShot(ask, self.context, {"network": self.checkpoint, "context_periods": float(self.context)})


def _stacked(answer: Any) -> Array:
    """One array of (contexts, periods, levels) from either network's answer."""
    if isinstance(answer, list | tuple):
        return np.stack([np.asarray(one, dtype=np.float64)[0] for one in answer])
    return np.asarray(answer, dtype=np.float64)


MODEL = Chronos()
