"""What does OpenSTEF say? In this process where Python is 3.12 or newer (extra `wattloom[openstef]`), or through files.

OpenSTEF 4 keeps a record as a table by UTC time with the target in a column `load` (`TimeSeriesDataset`; its Parquet
files carry `sample_interval` as an ISO 8601 duration) and answers with columns `quantile_P10`, `quantile_P50`, … :
`table_of` and `quantiles_of` are these two ends, for a file or for the call
`create_forecasting_workflow(ForecastingWorkflowConfig(…))`, `fit(dataset)`, `predict(dataset, forecast_start=…)`.
OpenSTEF itself is MPL-2.0 and stays outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.adapters._zero_shot import Array, needed
from wattloom.forecast.contract import uncrossed
from wattloom.forecast.task import DAY_MINUTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

EXTRA = "openstef"
TITLE = Text("OpenSTEF workflow", "OpenSTEF 预测流程")
LOAD = "load"
CONTEXT_DAYS = 14
"""Told before a forecast, for its lags: its own quick start takes as many."""


@dataclass(frozen=True, slots=True)
class FittedOpenStef:
    """A fitted OpenSTEF workflow."""

    workflow: Any
    dataset: Any
    """The class of its data sets."""
    features: Mapping[str, str]
    told: Mapping[str, float | str]

    def predict(self, sight: Sight) -> Array:
        """Quantiles of each origin, one call each."""
        chosen = np.arange(len(sight.origins_s))
        rows = [self._one(sight.only(chosen == row)) for row in chosen]
        about = sight.about
        return uncrossed(np.clip(np.stack(rows), about.lowest, about.highest))

    def facts(self) -> Mapping[str, float | str]:
        """What it is built on."""
        return self.told

    def _one(self, sight: Sight) -> Array:
        """Quantiles of one origin; shape (leads, levels)."""
        interval = timedelta(minutes=sight.task.step_minutes)
        data = self.dataset(table_of(sight, self.features), sample_interval=interval)
        start = datetime.fromtimestamp(int(sight.newest_s()[0]) + sight.task.step_s, UTC)
        answer = self.workflow.predict(data, forecast_start=start)
        return quantiles_of(answer.data, sight.starts_s[0], sight.task.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStef:
    """An OpenSTEF workflow as its presets make it."""

    model: str = "lgbm"
    """One of its presets: lgbm, xgboost, gblinear and others."""
    features: Mapping[str, str] = field(default_factory=dict)
    """Our channels that it shall see, by name, and what it calls them, such as temperature_2m."""
    name: str = "openstef"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = frozenset({TargetKind.LOAD, TargetKind.SOLAR, TargetKind.WIND})
    needs: tuple[str, ...] = ()

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> FittedOpenStef:  # noqa: ARG002 - its own
        """Learn one feed from all that was known at the cut-off."""
        presets, types = needed("openstef_models.presets", extra=EXTRA), needed("openstef_core.types", extra=EXTRA)
        dataset = needed("openstef_core.datasets", extra=EXTRA).TimeSeriesDataset
        sight = trainings[0].hindsight()
        task = sight.task
        interval = timedelta(minutes=task.step_minutes)
        workflow = presets.create_forecasting_workflow(
            presets.ForecastingWorkflowConfig(
                model_id=sight.about.name,
                model=self.model,
                sample_interval=interval,
                horizons=[types.LeadTime.from_string(f"PT{-(-task.horizon_s // 60)}M")],
                quantiles=[types.Q(level) for level in task.levels],
                target_column=LOAD,
                mlflow_storage=None,
            )
        )
        table = record_of(sight, self.features)
        workflow.fit(dataset(table, sample_interval=interval))
        return FittedOpenStef(workflow, dataset, self.features, {"periods": float(len(table)), "preset": self.model})


def record_of(sight: Sight, features: Mapping[str, str]) -> pd.DataFrame:
    """All that one origin knows, as OpenSTEF reads it; written by `to_parquet` it is a file for it.

    Args:
        sight: of one origin, such as a training's hindsight.
        features: channels by our name, and their column.
    """
    first, newest = int(sight.about.axis.start.timestamp()), int(sight.newest_s()[0])
    return _table(sight, np.arange(first, newest + sight.task.step_s, sight.task.step_s, dtype=np.int64), features, 0)


def table_of(sight: Sight, features: Mapping[str, str]) -> pd.DataFrame:
    """What one origin knows before a forecast, and the periods up to its last lead with an empty load."""
    step_s, newest = sight.task.step_s, int(sight.newest_s()[0])
    back = CONTEXT_DAYS * DAY_MINUTES // sight.task.step_minutes
    starts_s = np.arange(newest - (back - 1) * step_s, int(sight.starts_s[0, -1]) + step_s, step_s, dtype=np.int64)
    return _table(sight, starts_s, features, int((starts_s > newest).sum()))


def quantiles_of(table: pd.DataFrame, starts_s: NDArray[np.int64], levels: Sequence[float]) -> Array:
    """OpenSTEF's answer at periods and levels; shape (periods, levels).

    Raises:
        MissingData: it lacks some of them.
    """
    columns = [column_of(level) for level in levels]
    index = pd.DatetimeIndex(table.index)
    seconds = (index.tz_localize(UTC) if index.tz is None else index.tz_convert(UTC)).as_unit("s").asi8
    lacking = [one for one in columns if one not in table.columns]
    if lacking or not np.isin(starts_s, seconds).all():
        raise MissingData(f"OpenSTEF's answer lacks {', '.join(lacking) or 'some of the periods asked for'}")
    found = table[columns].set_axis(seconds, axis=0).loc[starts_s].to_numpy(np.float64)
    if np.isnan(found).any():
        raise MissingData("OpenSTEF's answer has gaps")
    return np.asarray(found)


def column_of(level: float) -> str:
    """OpenSTEF's name of a level.

    Example:
        >>> column_of(0.05), column_of(0.5), column_of(0.975)
        ('quantile_P05', 'quantile_P50', 'quantile_P97.5')
    """
    percent = round(level * 100, 6)
    return f"quantile_P{int(percent):02d}" if percent.is_integer() else f"quantile_P{percent:.1f}"


def _table(sight: Sight, starts_s: NDArray[np.int64], features: Mapping[str, str], ahead: int) -> pd.DataFrame:
    """Load and features by time; the last `ahead` loads are not known yet."""
    known = sight.at("target", starts_s[None, : len(starts_s) - ahead])[0]
    columns = {LOAD: np.concatenate([known, np.full(ahead, np.nan)])}
    columns |= {theirs: sight.at(ours, starts_s[None, :])[0] for ours, theirs in features.items()}
    index = pd.DatetimeIndex(pd.to_datetime(starts_s, unit="s", utc=True), name="timestamp")
    table = pd.DataFrame(columns, index=index)
    table.attrs["sample_interval"] = f"PT{sight.task.step_minutes}M"
    return table


MODEL = OpenStef()
