"""Class tables: means and shares worked by hand, and jobs made from them that keep both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.time import Interval
from wattloom.intake.traces import Clock, Generate, Promise, read_trace
from wattloom.intake.traces.class_tables import ClassTable, mean_seconds

DAY = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture
def tables(tmp_path: Path) -> Callable[..., Path]:
    """Writes the three tables of one cluster with two classes, changed where a test wants."""

    def write(shares: str = "", curve: tuple[float, ...] = (0.0, 50.0, 100.0), summary: str = "") -> Path:
        plain = (
            "cluster,share_of,job_type,share_pct\nE,job_count,blue,75\nE,job_count,red,25\n"
            "E,gpu_time,blue,40\nE,gpu_time,red,60\n"
        )
        (tmp_path / "jobtype_share.csv").write_text(shares or plain, encoding="utf-8")
        rows = [
            ("E", kind, "duration_s", x, c) for kind in ("blue", "red") for x, c in zip((1, 4, 16), curve, strict=True)
        ]
        names = ("cluster", "job_type", "quantity", "x_seconds", "cdf_pct")
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table(columns), tmp_path / "jobtype_duration_queue_cdf.parquet")
        head = "cluster,gpu_job_num,avg_run_time_gpu,avg_gpu_num,complete_gpu_time,cancel_gpu_time,fail_gpu_time\n"
        (tmp_path / "cluster_summary.csv").write_text(
            head + (summary or "E,100,5.4,3,1000,1000,163.9\n"), encoding="utf-8"
        )
        return tmp_path

    return write


def test_a_mean_is_the_integral_between_the_points() -> None:
    # Even over the logarithm between a and b the mean is (b - a) / ln(b / a).
    assert mean_seconds(np.array([1.0, np.e]), np.array([0.0, 1.0])) == pytest.approx(np.e - 1.0)
    assert mean_seconds(np.array([2.0, 4.0]), np.array([1.0, 1.0])) == 2.0


def test_gpus_of_a_class_follow_from_its_shares(tables: Callable[..., Path]) -> None:
    table = read_trace(tables(), format="acme").tables
    assert table is not None
    blue, red = table["E"].classes["blue"], table["E"].classes["red"]

    # Mean run: half of 3 / ln 4 and half of 12 / ln 4 = 5.41 s. Blue: 40 % of 2,163.9 GPU-s over 75 jobs of 5.41 s.
    assert blue.run_s_mean == pytest.approx(7.5 / np.log(4))
    assert blue.gpus_mean == pytest.approx(0.40 * 2163.9 / (75 * 7.5 / np.log(4)))
    assert red.gpus_mean / blue.gpus_mean == pytest.approx((60 / 25) / (40 / 75))
    assert blue.done_within(2.0) == pytest.approx(0.25)


def test_made_jobs_keep_shares_run_times_and_gpus_and_say_that_they_were_made(
    tables: Callable[..., Path], promise: Promise
) -> None:
    asked = replace(promise, clock=Clock(period=DAY), generate=Generate(cluster="E", jobs=40_000, seed=3))

    trace = read_trace(tables(), format="acme", promise=asked)
    again = read_trace(tables(), format="acme", promise=asked)

    jobs = trace.jobs
    assert jobs is not None
    assert again.jobs is not None
    assert trace.generated
    assert trace.notes[0].en.startswith("Generated, not recorded: 40,000 jobs of E made with seed 3.")
    assert jobs.run_s.tobytes() == again.jobs.run_s.tobytes()
    assert np.mean(jobs.class_index == 0) == pytest.approx(0.75, abs=0.01)
    assert jobs.run_s.mean() == pytest.approx(7.5 / np.log(4), rel=0.02)
    gpu_time = jobs.run_s * jobs.gpus
    assert gpu_time[jobs.class_index == 1].sum() / gpu_time.sum() == pytest.approx(0.60, abs=0.02)
    assert set(np.unique(np.log2(jobs.gpus)) % 1) == {0.0}
    assert jobs.arrive_s.max() < 86_400


def test_the_seed_makes_the_jobs(tables: Callable[..., Path], promise: Promise) -> None:
    def made(seed: int) -> bytes:
        asked = replace(promise, clock=Clock(period=DAY), generate=Generate(cluster="E", jobs=100, seed=seed))
        jobs = read_trace(tables(), format="acme", promise=asked).jobs
        assert jobs is not None
        return jobs.arrive_s.tobytes()

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_where_a_curve_is_level_no_job_lies() -> None:
    curve = ClassTable(
        name="a",
        share_of_jobs=1.0,
        share_of_gpu_time=1.0,
        seconds=np.array([1.0, 10.0, 100.0, 1000.0]),
        done_by=np.array([0.2, 0.5, 0.5, 1.0]),
        gpus_mean=1.0,
    )

    assert curve.run_s_at(np.array([0.0, 0.2, 0.5])).tolist() == pytest.approx([1.0, 1.0, 100.0])
    run_s = curve.run_s_at(np.linspace(0, 1, 1001))
    assert not np.any((run_s > 10.5) & (run_s < 95.0))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"shares": "cluster,share_of,job_type,share_pct\nE,job_count,blue,75\n"}, "75 % of E job_count"),
        ({"curve": (0.0, 60.0, 50.0)}, "falls where it should rise (50.0)"),
        ({"curve": (0.0, 50.0, 99.0)}, "3 points"),
        ({"curve": (0.0, 50.0, 101.0)}, "a number that cannot be (101.0)"),
        ({"summary": "F,100,5.4,3,1,1,1\n"}, "no totals of E"),
        ({"summary": "E,0,5.4,3,1,1,1\n"}, "a number that cannot be (0)"),
    ],
)
def test_tables_that_cannot_be_are_refused(tables: Callable[..., Path], changes: dict[str, object], found: str) -> None:
    with pytest.raises(InputError) as caught:
        read_trace(tables(**changes), format="acme")

    assert found in str(caught.value)


def test_jobs_of_an_unknown_cluster_or_without_a_period_are_refused(
    tables: Callable[..., Path], promise: Promise
) -> None:
    for generate, period in (
        (Generate(cluster="G", jobs=1, seed=1), DAY),
        (Generate(cluster="E", jobs=1, seed=1), None),
    ):
        asked = replace(promise, clock=Clock(period=period), generate=generate)
        with pytest.raises(InputError, match="name the cluster, the number of jobs and the period"):
            read_trace(tables(), format="acme", promise=asked)
