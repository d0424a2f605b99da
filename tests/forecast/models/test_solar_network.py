"""The pre-trained network: what file it is, that it runs the same in any number, and that it earns its place."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib import resources
from zoneinfo import ZoneInfo

import numpy as np
import onnx
import pytest

from wattloom.domain.errors import MissingData
from wattloom.domain.forecasts import LEVELS, TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.backtest import Answers, Period, backtest
from wattloom.forecast.feed import Channel, Feed
from wattloom.forecast.generated import Facts, generated
from wattloom.forecast.metrics import pinball
from wattloom.forecast.models.seasonal_naive import MODEL as NAIVE
from wattloom.forecast.models.solar_network import MODEL, at_levels, card, run
from wattloom.forecast.solar.days import AHEAD_DAYS, DAYS, PLANES, STEPS, solar_days
from wattloom.forecast.task import Task

ZONE = ZoneInfo("Asia/Shanghai")
ALLOWED = {
    "Add", "Concat", "Constant", "ConstantOfShape", "Div", "LayerNormalization", "MatMul", "Relu", "Reshape", "Shape",
    "Sigmoid", "Slice", "Softmax", "Softplus", "Sub", "Transpose",
}  # fmt: skip
"""Operators that every accelerator's tool chain reads; a new one must be looked up before it is let in."""


def weights() -> bytes:
    """The file as shipped."""
    return resources.files("wattloom.forecast.models").joinpath("weights/solar_network.onnx").read_bytes()


def station(name: str, seed: int, *, days: int = 100, step_minutes: int = 15) -> Feed:
    """A made-up station of the examples' generator, which the network was not trained on."""
    axis = TimeAxis(datetime(2026, 3, 1, 16, tzinfo=UTC), step_minutes, days * 24 * 60 // step_minutes)
    return generated(
        Facts(
            name=name,
            kind=TargetKind.SOLAR,
            axis=axis,
            zone=ZONE,
            unit="MW",
            capacity=100.0,
            limits=(0.0, 100.0),
            place=None,
            delay_minutes=0,
            seed=seed,
        )
    )


def answers(model: object, feed: Feed, task: Task) -> Answers:
    """Two months of forecasts."""
    start, end = datetime(2026, 4, 1, 16, tzinfo=UTC), datetime(2026, 6, 1, 16, tzinfo=UTC)
    return backtest(model, feed, task, Period(start=start, end=end))  # type: ignore[arg-type]


def test_the_weights_are_those_of_the_card() -> None:
    assert hashlib.sha256(weights()).hexdigest() == card()["sha256"]
    assert card()["steps"] >= 2000


def test_the_graph_has_common_operators_of_an_old_set_only() -> None:
    graph = onnx.load_from_string(weights())
    onnx.checker.check_model(graph)
    assert {node.op_type for node in graph.graph.node} <= ALLOWED
    assert [one.version for one in graph.opset_import] == [17]


@pytest.mark.parametrize("count", [1, 2, 64])
def test_any_number_of_contexts_gives_the_same_answer_for_each(count: int) -> None:
    tokens = np.random.default_rng(1).random((64, DAYS, PLANES * STEPS)).astype(np.float32)
    together = run(tokens)
    assert together.shape == (64, AHEAD_DAYS, STEPS, len(LEVELS))
    assert run(tokens[:count]) == pytest.approx(together[:count], abs=1e-5)
    assert (np.diff(together, axis=-1) >= 0).all()


def test_a_day_seen_as_tokens_is_its_share_of_the_envelope() -> None:
    context = np.zeros((1, DAYS * STEPS))
    context[0, 40:56] = 30.0  # One bright day,
    context[0, STEPS + 40 : STEPS + 56] = 15.0  # and one half as bright.
    days = solar_days(context)
    assert days.envelope[0, 39:57].tolist() == [30.0] * 18  # Widened by one on either side.
    assert days.tokens[0, 0, 45] == 1.0
    assert days.tokens[0, 1, 45] == pytest.approx(0.5)
    assert days.tokens[0, 0, STEPS + 45] == 1.0
    assert days.usable.tolist() == [True]


def test_night_is_dark_and_no_level_leaves_the_limits() -> None:
    found = answers(MODEL, station("a", 1), Task.day_ahead(step_minutes=15))
    assert (found.quantiles[:, :12] == 0).all()
    assert found.quantiles.min() >= 0
    assert found.quantiles.max() <= 100


def test_it_beats_yesterday_on_stations_of_another_generator() -> None:
    task = Task.day_ahead(step_minutes=15)
    for seed in (3, 4, 5):
        feed = station(f"unseen {seed}", seed)
        ours, naive = answers(MODEL, feed, task), answers(NAIVE, feed, task)
        assert pinball(ours.quantiles, ours.outcomes, LEVELS) < 0.95 * pinball(naive.quantiles, naive.outcomes, LEVELS)


def test_hours_and_a_task_filed_the_day_before_are_served_too() -> None:
    hourly = answers(MODEL, station("hourly", 6, step_minutes=60), Task.day_ahead(step_minutes=60))
    assert hourly.quantiles.shape == (61, 24, 9)
    filed = answers(MODEL, station("filed", 6), Task.day_ahead(step_minutes=15, issue_minute=9 * 60))
    assert filed.quantiles.shape[1:] == (96, 9)
    assert np.isfinite(filed.quantiles).all()


def test_other_levels_lie_where_a_normal_score_puts_them() -> None:
    own = np.linspace(1.0, 9.0, 9)[None, :]
    wide = at_levels(own, (0.05, 0.1, 0.45, 0.5, 0.9, 0.95), ceiling=10.0)
    assert wide[0, [1, 3, 4]].tolist() == pytest.approx([1.0, 5.0, 9.0])
    assert 0 < wide[0, 0] < 1
    assert 4 < wide[0, 2] < 5
    assert 9 < wide[0, 5] < 10.1


def test_too_short_a_past_is_said() -> None:
    feed = station("dark", 7)
    dark = Feed(
        name="dark",
        kind=feed.kind,
        axis=feed.axis,
        zone=ZONE,
        target=Channel.measured(feed.axis, np.zeros(feed.axis.count), unit="MW", source="test"),
        capacity=100.0,
        lowest=0.0,
        highest=100.0,
    )
    with pytest.raises(MissingData, match="less than a day of light"):
        answers(MODEL, dark, Task.day_ahead(step_minutes=15))
