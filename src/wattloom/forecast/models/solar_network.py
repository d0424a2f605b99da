"""What will a solar station give that has two weeks of history? A transformer trained on generated stations only.

It learns nothing of the station it serves (zero-shot): 14 days in, quantiles of two days out, any size of plant, any
clock. Weights are made by `make pretrained` (training/solar_network.py) and run without PyTorch; see solar_network.json
beside them for what they were trained on. Needs the extra `wattloom[onnx]`.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit, ndtri

from wattloom.domain.errors import InputError, MissingData
from wattloom.domain.forecasts import LEVELS, TargetKind
from wattloom.domain.text import Text
from wattloom.forecast.solar.days import AHEAD_DAYS, DAYS, STEPS, power_of, solar_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattloom.forecast.sight import Sight, Training

TITLE = Text("Pre-trained solar network", "预训练光伏网络")
STEP_MINUTES = 15
LEAST_SHARE = 1 / DAYS
"""Of the fortnight's values: with less than a day the envelope says nothing."""
BATCH = 512


@dataclass(frozen=True, slots=True)
class SolarNetworkReady:
    """The network with its weights."""

    levels: tuple[float, ...]

    def predict(self, sight: Sight) -> NDArray[np.float64]:
        """Quantiles from the fortnight before each origin."""
        each = steps_each(sight.task.step_minutes, sight.about.name)
        context = np.repeat(sight.past("target", DAYS * STEPS // each), each, axis=1)
        days = solar_days(context)
        enough = days.usable & ((~np.isnan(context)).mean(axis=1) >= LEAST_SHARE)
        if not enough.all():
            raise MissingData(f"{sight.about.name}: less than a day of light in the {DAYS} days before some origins")
        power = power_of(run(days.tokens), days)
        answer = _at_leads(power, sight, each)
        about = sight.about
        return np.clip(at_levels(answer, self.levels, ceiling=power.max()), about.lowest, about.highest)

    def facts(self) -> Mapping[str, float | str]:
        """From the card beside the weights."""
        known = card()
        return {"parameters": known["parameters"], "trained_on": known["trained_on"], "weights": known["sha256"][:12]}


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarNetwork:
    """The pre-trained network; a fit only checks that it can run."""

    name: str = "solar_network"
    title: Text = TITLE
    kinds: frozenset[TargetKind] = field(default=frozenset({TargetKind.SOLAR}))
    needs: tuple[str, ...] = ()
    pretrained_on: tuple[str, ...] = ("generated stations of training/generated_sun.py",)

    def fit(self, trainings: Sequence[Training], *, seed: int = 0) -> SolarNetworkReady:  # noqa: ARG002
        """Nothing is learnt from the station."""
        session()
        return SolarNetworkReady(trainings[0].sight.task.levels)


def steps_each(step_minutes: int, name: str) -> int:
    """Quarter-hours a period of the task has."""
    if step_minutes % STEP_MINUTES or (24 * 60) % step_minutes:
        raise InputError.one(
            f"forecast of {name}",
            found=f"periods of {step_minutes} minutes",
            expected=f"whole multiples of {STEP_MINUTES} minutes that divide a day",
            remedy="bring the record onto 15, 30 or 60 minutes, or take another model",
        )
    return step_minutes // STEP_MINUTES


@cache
def card() -> dict[str, Any]:
    """What the weights were made from."""
    text = resources.files("wattloom.forecast.models").joinpath("weights/solar_network.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def session() -> Any:
    """The runtime with the weights in it."""
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError:
        raise MissingData(
            "the pre-trained solar network needs ONNX Runtime; install it with: pip install 'wattloom[onnx]'"
        ) from None
    weights = resources.files("wattloom.forecast.models").joinpath("weights/solar_network.onnx").read_bytes()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def run(tokens: NDArray[np.float32]) -> NDArray[np.float64]:
    """The network's shares for any number of contexts; shape (contexts, AHEAD_DAYS, STEPS, levels)."""
    pieces = [session().run(None, {"days": tokens[i : i + BATCH]})[0] for i in range(0, len(tokens), BATCH)]
    return np.asarray(np.concatenate(pieces), dtype=np.float64)


def _at_leads(power: NDArray[np.float64], sight: Sight, each: int) -> NDArray[np.float64]:
    """The periods asked for, as means of their quarter-hours; shape (origins, leads, own levels)."""
    after_s = sight.newest_s() + sight.task.step_s
    first = (sight.starts_s - after_s[:, None]) // (STEP_MINUTES * 60)
    if (first < 0).any() or (first + each > AHEAD_DAYS * STEPS).any():
        raise MissingData(
            f"{sight.about.name}: the network sees {AHEAD_DAYS} days past the newest value; the task asks for more"
        )
    quarter = first[:, :, None] + np.arange(each)
    return np.asarray(power[np.arange(len(power))[:, None, None], quarter].mean(axis=2))


def at_levels(quantiles: NDArray[np.float64], levels: tuple[float, ...], *, ceiling: float) -> NDArray[np.float64]:
    """Quantiles at other levels: straight lines between normal scores, in the logit of the share of a ceiling."""
    if levels == LEVELS:
        return quantiles
    top = max(ceiling * 1.001, 1e-12)
    score, own = ndtri(np.array(levels)), ndtri(np.array(LEVELS))
    left = np.clip(np.searchsorted(own, score) - 1, 0, len(own) - 2)
    part = (score - own[left]) / (own[left + 1] - own[left])
    share = logit(np.clip(quantiles / top, 1e-9, 1 - 1e-9))
    mixed = share[..., left] * (1 - part) + share[..., left + 1] * part
    return np.where(quantiles.max(axis=-1, keepdims=True) > 0, expit(mixed) * top, 0.0)


MODEL = SolarNetwork()
