"""Are other people's libraries spoken to as they document it, and is a missing one told in one line?

Chronos, TimesFM and OpenSTEF are not on the machines that test this: stand-ins with their documented call signatures
take their place, and refuse any other call. mlforecast is the real one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from mlforecast import MLForecast
from mlforecast.utils import PredictionIntervals
from tests.forecast.stations import START, station, torn

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.forecasts import TargetKind
from wattloom.domain.members import members_of
from wattloom.forecast import adapters
from wattloom.forecast.adapters import chronos, nixtla, openstef, timesfm
from wattloom.forecast.adapters._zero_shot import needed
from wattloom.forecast.contract import Fitted, Model
from wattloom.forecast.leakage import pretraining_of
from wattloom.forecast.sight import Sight, Training
from wattloom.forecast.task import Task

DAY = Task.day_ahead(step_minutes=60)
MORNING = Task.day_ahead(step_minutes=60, issue_minute=9 * 60, levels=(0.1, 0.25, 0.5, 0.9))
CUTOFF = START + timedelta(days=75)
FEED = station(TargetKind.LOAD)
LAST_KNOWN = 75 * 24 - 1


def training(task: Task = DAY) -> Training:
    return Training.until(FEED, task, CUTOFF)


def sight(task: Task = DAY, days: int = 2) -> Sight:
    return Sight(FEED, task, task.origins(CUTOFF, CUTOFF + timedelta(days=days), FEED.zone))


@pytest.mark.parametrize("model", members_of(adapters, "MODEL").values(), ids=lambda one: one.name)
def test_each_is_a_model_named_as_its_file(model: Model) -> None:
    assert isinstance(model, Model)
    assert members_of(adapters, "MODEL")[model.name] is model
    assert model.title.zh != model.title.en


@pytest.mark.parametrize("name", ["chronos", "timesfm", "openstef"])
def test_a_missing_library_is_told_with_the_line_that_installs_it(name: str) -> None:
    with pytest.raises(MissingData, match=rf"pip install 'wattloom\[{name}\]'"):
        members_of(adapters, "MODEL")[name].fit([training()])


@pytest.mark.parametrize("model", [chronos.MODEL, timesfm.MODEL], ids=["chronos", "timesfm"])
def test_what_a_network_learnt_from_is_undeclared_until_it_is_declared(model: Any) -> None:
    assert pretraining_of(model) is None
    assert pretraining_of(replace(model, pretrained_on=("gefcom2014",))) == ("gefcom2014",)


# Chronos


@dataclass
class Pipeline:
    """What `BaseChronosPipeline.from_pretrained` gives; answers with the last value and the number of the period."""

    several: bool
    contexts: list[np.ndarray] = field(default_factory=list)

    def predict_quantiles(
        self, inputs: list[np.ndarray], prediction_length: int, quantile_levels: list[float]
    ) -> tuple[Any, Any]:
        self.contexts += inputs
        spread = np.array(quantile_levels) - 0.5
        answer = [float(one[-1]) + np.arange(prediction_length)[:, None] + spread[None, :] for one in inputs]
        return ([one[None] for one in answer] if self.several else np.stack(answer)), None


@pytest.fixture(params=[True, False], ids=["chronos-2", "chronos-bolt"])
def pipeline(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    made = Pipeline(several=request.param)

    class BaseChronosPipeline:
        @classmethod
        def from_pretrained(cls, checkpoint: str, *, device_map: str) -> Pipeline:
            assert (checkpoint, device_map) == ("amazon/chronos-2", "cpu")
            return made

    _install(monkeypatch, chronos=SimpleNamespace(BaseChronosPipeline=BaseChronosPipeline),
             torch=SimpleNamespace(tensor=np.asarray))  # fmt: skip
    return made


def test_chronos_is_told_the_newest_periods_and_asked_for_the_task_s_levels(pipeline: Pipeline) -> None:
    fitted = chronos.MODEL.fit([training()])

    quantiles = fitted.predict(sight())

    assert isinstance(fitted, Fitted)
    assert len(pipeline.contexts) == 2
    assert pipeline.contexts[0].size == 75 * 24
    last = FEED.target.values[0, LAST_KNOWN]
    np.testing.assert_allclose(quantiles[0, :, 4], last + np.arange(24), rtol=1e-6)
    np.testing.assert_allclose(quantiles[0, 0], last + np.array(DAY.levels) - 0.5, rtol=1e-6)


def test_periods_between_the_newest_and_the_first_asked_for_are_skipped(pipeline: Pipeline) -> None:
    quantiles = chronos.MODEL.fit([training(MORNING)]).predict(sight(MORNING))

    # Issued at nine: the newest hour known is the eighth, the next midnight is the sixteenth period after it.
    last = FEED.target.values[0, 75 * 24 + 8]
    np.testing.assert_allclose(quantiles[0, :, 2], last + np.arange(15, 39), rtol=1e-6)
    assert pipeline.contexts[0].size == 75 * 24 + 9


def test_a_station_with_less_than_a_day_is_told(pipeline: Pipeline) -> None:
    early = Sight(FEED, DAY, DAY.origins(START, START + timedelta(hours=1), FEED.zone))
    with pytest.raises(MissingData, match="less than a day"):
        chronos.MODEL.fit([training()]).predict(early)
    assert pipeline.contexts == []


def test_an_answer_of_another_shape_is_refused(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "predict_quantiles", lambda **_: (np.zeros((2, 3, 9)), None))
    with pytest.raises(MissingData, match="answered with shape"):
        chronos.MODEL.fit([training()]).predict(sight())


# TimesFM


@dataclass(frozen=True)
class ForecastConfig:
    """The fields of timesfm.ForecastConfig that are set."""

    max_context: int
    max_horizon: int
    normalize_inputs: bool
    use_continuous_quantile_head: bool
    force_flip_invariance: bool
    infer_is_positive: bool
    fix_quantile_crossing: bool


class Network:
    """timesfm.TimesFM_2p5_200M_torch: to be compiled first, then (median, mean and nine deciles)."""

    config: ForecastConfig | None = None

    @classmethod
    def from_pretrained(cls, checkpoint: str) -> Network:
        assert checkpoint == "google/timesfm-2.5-200m-pytorch"
        return cls()

    def compile(self, forecast_config: ForecastConfig) -> None:
        self.config = forecast_config

    def forecast(self, horizon: int, inputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        if self.config is None:
            raise RuntimeError("Model is not compiled. Please call compile() first.")
        deciles = np.arange(10.0)
        quantiles = np.stack([np.repeat(one[-1] + deciles[None, :], horizon, axis=0) for one in inputs])
        quantiles[..., 0] = 1e6  # The mean comes first, and is none of the deciles.
        return quantiles[..., 5], quantiles


def test_timesfm_is_compiled_and_its_deciles_are_found_behind_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, timesfm=SimpleNamespace(TimesFM_2p5_200M_torch=Network, ForecastConfig=ForecastConfig))

    quantiles = timesfm.MODEL.fit([training(MORNING)]).predict(sight(MORNING))

    last = FEED.target.values[0, 75 * 24 + 8]
    np.testing.assert_allclose(quantiles[0, 3], last + np.array([1.0, 2.5, 5.0, 9.0]))


def test_timesfm_refuses_levels_that_it_does_not_know() -> None:
    with pytest.raises(InputError, match=r"levels 0\.1 to 0\.9"):
        timesfm.MODEL.fit([training(replace(DAY, levels=(0.05, 0.5, 0.95)))])


# OpenSTEF


@dataclass
class Workflow:
    """openstef_models' workflow: remembers what it was told, answers with the last load of the day before."""

    config: SimpleNamespace
    fitted: pd.DataFrame | None = None
    asked: list[tuple[pd.DataFrame, datetime]] = field(default_factory=list)

    def fit(self, data: Dataset) -> None:
        self.fitted = data.data

    def predict(self, data: Dataset, *, forecast_start: datetime) -> SimpleNamespace:
        self.asked.append((data.data, forecast_start))
        ahead = data.data[data.data.index >= forecast_start]
        last = data.data.load.dropna().iloc[-1]
        columns = {f"quantile_P{round(level * 100):02d}": last + level for level in self.config.quantiles}
        return SimpleNamespace(data=pd.DataFrame(columns, index=ahead.index))


@dataclass
class Dataset:
    """openstef_core.datasets.TimeSeriesDataset(data, sample_interval)."""

    data: pd.DataFrame
    sample_interval: timedelta


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch) -> list[Workflow]:
    made: list[Workflow] = []

    def create_forecasting_workflow(config: SimpleNamespace) -> Workflow:
        made.append(Workflow(config))
        return made[-1]

    presets = SimpleNamespace(
        ForecastingWorkflowConfig=SimpleNamespace,
        create_forecasting_workflow=create_forecasting_workflow,
    )
    lead = SimpleNamespace(from_string=str)
    types, datasets = SimpleNamespace(LeadTime=lead, Q=float), SimpleNamespace(TimeSeriesDataset=Dataset)
    stand_ins = {"openstef_models.presets": presets, "openstef_core.types": types, "openstef_core.datasets": datasets}
    _install(monkeypatch, **stand_ins)
    return made


def test_openstef_learns_the_record_and_is_asked_with_an_empty_tomorrow(workflow: list[Workflow]) -> None:
    model = replace(openstef.MODEL, features={"nwp_temperature_c": "temperature_2m"})

    quantiles = model.fit([training()]).predict(sight())

    made = workflow[0]
    assert made.config.horizons == ["PT1440M"]
    assert made.fitted is not None
    assert made.fitted.load.iloc[-1] == FEED.target.values[0, LAST_KNOWN]
    table, start = made.asked[0]
    assert start == CUTOFF
    assert table.load.isna().sum() == 24
    assert table.temperature_2m.notna().all()
    assert len(table) == 15 * 24
    np.testing.assert_allclose(quantiles[0, 0], FEED.target.values[0, LAST_KNOWN] + np.array(DAY.levels))


def test_a_record_goes_through_a_file_of_openstef_s_kind(tmp_path: Path) -> None:
    table = openstef.record_of(training().hindsight(), {})

    table.to_parquet(tmp_path / "load.parquet")
    read = pd.read_parquet(tmp_path / "load.parquet")

    assert read.attrs["sample_interval"] == "PT60M"
    assert read.index.name == "timestamp"
    assert read.load.iloc[-1] == FEED.target.values[0, LAST_KNOWN]


def test_an_answer_that_lacks_a_level_is_told() -> None:
    index = pd.DatetimeIndex(pd.to_datetime([0, 3600], unit="s", utc=True))
    table = pd.DataFrame({"quantile_P50": [1.0, 2.0]}, index=index)

    assert openstef.quantiles_of(table, np.array([3600]), (0.5,)).tolist() == [[2.0]]
    with pytest.raises(MissingData, match=r"quantile_P90"):
        openstef.quantiles_of(table, np.array([0]), (0.5, 0.9))
    with pytest.raises(MissingData, match="some of the periods"):
        openstef.quantiles_of(table, np.array([7200]), (0.5,))


# Nixtla, the real one


def test_mlforecast_is_asked_as_one_would_ask_it_by_hand() -> None:
    values, known = FEED.target.values[0], 75 * 24
    learner = LGBMRegressor(objective="quantile", alpha=0.5, n_estimators=10, num_leaves=31, random_state=0,
                            num_threads=1, deterministic=True, verbose=-1)  # fmt: skip
    by_hand = MLForecast(models={"median": learner}, freq="60min", lags=[1, 2, 3, 24, 48, 168],
                         date_features=["hour", "minute", "dayofweek"])  # fmt: skip
    moments = pd.date_range("2023-12-31 16:00", periods=known, freq="h")
    frame = pd.DataFrame({"unique_id": FEED.name, "ds": moments, "y": values[:known]})
    by_hand.fit(frame, prediction_intervals=PredictionIntervals(n_windows=3, h=24), static_features=[])
    told = by_hand.predict(24, level=[80])

    quantiles = replace(nixtla.MODEL, trees=10, windows=3).fit([training()]).predict(sight(days=1))

    np.testing.assert_allclose(quantiles[0, :, 4], told["median"])
    np.testing.assert_allclose(quantiles[0, :, 0], told["median-lo-80"])
    np.testing.assert_allclose(quantiles[0, :, 8], told["median-hi-80"])


def test_mlforecast_takes_gaps_and_another_clock() -> None:
    feed = torn(FEED)
    fitted = replace(nixtla.MODEL, trees=10, windows=3).fit([Training.until(feed, MORNING, CUTOFF)])
    origins = MORNING.origins(CUTOFF, CUTOFF + timedelta(days=1), feed.zone)

    assert fitted.predict(Sight(feed, MORNING, origins)).shape == (1, 24, 4)


def test_mlforecast_goes_on_from_day_to_day_and_not_back() -> None:
    fitted = replace(nixtla.MODEL, trees=5, windows=3).fit([training()])

    together = fitted.predict(sight(days=3))

    np.testing.assert_allclose(fitted.predict(sight(days=3).only(np.array([False, False, True])))[0], together[2])
    early = Sight(FEED, DAY, DAY.origins(CUTOFF - timedelta(days=2), CUTOFF - timedelta(days=1), FEED.zone))
    with pytest.raises(MissingData, match="not from before"):
        fitted.predict(early)


def test_mlforecast_is_not_asked_of_a_station_that_it_never_saw() -> None:
    fitted = replace(nixtla.MODEL, trees=5, windows=3).fit([training()])
    other = station(TargetKind.LOAD, seed=8)
    with pytest.raises(InputError, match="not learnt from"):
        fitted.predict(Sight(other, DAY, DAY.origins(CUTOFF, CUTOFF + timedelta(days=1), other.zone)))


def test_a_frame_has_nixtla_s_three_columns_and_no_gap() -> None:
    frame = nixtla.frame_of("a", np.array([0, 3600, 7200, 10800]), np.array([np.nan, 1.0, np.nan, 3.0]))

    assert frame.columns.tolist() == ["unique_id", "ds", "y"]
    assert frame.y.tolist() == [1.0, 2.0, 3.0]
    assert frame.ds.iloc[0] == datetime(1970, 1, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def test_a_library_that_is_there_is_given() -> None:
    assert needed("json", extra="none").loads("1") == 1


def _install(monkeypatch: pytest.MonkeyPatch, **modules: SimpleNamespace) -> None:
    """Put stand-ins where imports look."""
    for name, content in modules.items():
        module = ModuleType(name)
        module.__dict__.update(content.__dict__)
        monkeypatch.setitem(sys.modules, name, module)
        if "." in name:
            monkeypatch.setitem(sys.modules, name.partition(".")[0], ModuleType(name.partition(".")[0]))
