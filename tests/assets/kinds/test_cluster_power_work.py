"""Power–work curves of a cluster: hulls, fits, and the measured curves that ship."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloom.assets.kinds.cluster import power_work
from wattloom.assets.kinds.cluster.power_work import Point, curve, curve_names, fitted, upper_hull, work_at
from wattloom.assets.kinds.cluster.workload import GPU_SHARE_OF_SERVER_POWER, WorkloadClass
from wattloom.domain.workloads import WorkloadKind

S_SHAPED: list[Point] = [(0.3, 0.2), (0.5, 0.6), (0.7, 0.85), (0.8, 0.86), (1.0, 1.0)]


def test_hull_from_off_drops_what_a_mix_of_off_and_capped_does_better() -> None:
    # At 0.3 a mix of off and 0.7 does 0.364, more than 0.2; so at 0.5; 0.8 lies below the line from 0.7 to 1.
    assert upper_hull(S_SHAPED, from_off=True) == ((0.7, 0.85), (1.0, 1.0))


def test_hull_of_long_jobs_starts_from_the_lowest_measured_point() -> None:
    assert upper_hull(S_SHAPED, from_off=False) == ((0.3, 0.2), (0.5, 0.6), (0.7, 0.85), (1.0, 1.0))


def test_only_a_class_of_many_jobs_is_mixed_from_off() -> None:
    points = tuple(S_SHAPED)

    assert WorkloadClass(kind=WorkloadKind.BATCH, share=1.0, power_work=points).running_points[0] == (0.7, 0.85)
    assert WorkloadClass(kind=WorkloadKind.TRAINING, share=1.0, power_work=points).running_points[0] == (0.3, 0.2)


def test_a_cap_acts_on_the_gpus_of_a_machine_only() -> None:
    points = WorkloadClass(kind=WorkloadKind.BATCH, share=1.0, power_work="llm_inference_2025").points

    # At 0.5285 of GPU power the other 0.35 of the server stay: 1 − 0.65 · (1 − 0.5285).
    assert points[1] == (pytest.approx(0.693525), 0.7808)
    assert abs(GPU_SHARE_OF_SERVER_POWER - 8 * 408 / 5040) < 0.005


def test_fit_takes_the_median_and_the_range_over_set_ups() -> None:
    setups = [[(0.4, 0.4), (1.0, 1.0)], [(0.5, 0.7), (1.0, 1.0)], [(0.5, 0.9), (0.9, 1.1), (1.0, 1.0)]]

    found = fitted(setups, [0.5, 0.9, 1.0])

    # At 0.5: 0.5, 0.7, 0.9; at 0.9: 0.9, 0.94 and 1.1, which is noise above 1.
    assert found.median == (0.7, 0.94, 1.0)
    assert found.lowest == (0.5, 0.9, 1.0)
    assert found.highest == (0.9, 1.0, 1.0)
    assert found.setups == 3


def test_fit_below_what_was_measured_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.4 lies below the lowest"):
        fitted([[(0.5, 0.7), (1.0, 1.0)]], [0.4, 1.0])


@pytest.mark.parametrize("name", curve_names())
def test_a_shipped_curve_names_its_source_and_is_a_curve(name: str) -> None:
    shipped = curve(name)

    assert shipped.source
    assert shipped.licence == "fitted from data under Apache-2.0"
    assert shipped.caveat
    assert power_work.faults(shipped.points()) == ""
    for low, middle, high in zip(shipped.lowest, shipped.median, shipped.highest, strict=True):
        assert 0 < low <= middle <= high <= 1
    # Every one of them: the deepest measured cap keeps less work than a straight line to "off" from 0.9.
    assert work_at(shipped.points(), 0.9) > 0.9


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        # Work kept at 70 % of GPU power, read off the same sources by straight lines between measured points.
        ("llm_pretraining_2025", 0.82, 0.83),
        ("llm_fine_tuning_2025", 0.88, 0.90),
        ("llm_inference_2025", 0.88, 0.90),
        ("a100_pipeline_training_cap", 0.716, 0.759),
        ("a100_stage_frequency", 0.881, 0.903),
        ("dnn_training_2022", 0.82, 0.94),
    ],
)
def test_work_kept_at_seventy_percent_agrees_with_the_sweeps(name: str, lowest: float, highest: float) -> None:
    assert lowest <= work_at(curve(name).points(), 0.7) <= highest


def test_least_power_for_some_work_is_read_backwards() -> None:
    points = [(0.5, 0.6), (1.0, 1.0)]

    assert power_work.power_for(points, 0.8) == pytest.approx(0.75)
    assert power_work.power_for(points, 0.1) == 0.5


rising = st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=1, max_size=9).map(
    lambda raw: [
        *zip(
            sorted({power / 100 for power, _ in raw}),
            sorted({work / 100 for _, work in raw}),
            strict=False,
        ),
        (1.0, 1.0),
    ]
)


@given(points=rising, off=st.sampled_from([[(0.0, 0.0)], []]))
def test_a_hull_is_concave_and_on_or_above_every_point(points: list[Point], off: list[Point]) -> None:
    hull = upper_hull(points, from_off=bool(off))

    drawn = [*off, *hull]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(drawn)]
    assert all(first > second for first, second in pairwise(slopes))
    assert all(work_at(drawn, power) >= work - 1e-12 for power, work in points)
    assert set(hull) <= set(points)
    assert np.isclose(hull[-1], (1.0, 1.0)).all()
