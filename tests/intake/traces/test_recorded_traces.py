"""Recorded traces, where `WATTLOOM_DATA` names them: counts of their READMEs, shares worked out elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wattloom.domain.jobs import Jobs
from wattloom.domain.time import Interval
from wattloom.intake.traces import Clock, Generate, Promise, Trace, read_trace
from wattloom.intake.traces.promise import GPU_MW, GPUS_PER_NODE, NODE_REST_MW

Real = Callable[[str], Path]


def gpu_hours(jobs: Jobs) -> np.ndarray:
    return jobs.run_s * jobs.gpus / 3600


def jobs_of(trace: Trace) -> Jobs:
    assert trace.jobs is not None
    return trace.jobs


def one_class(promise: Promise) -> Promise:
    return replace(promise, class_of={"*": "batch"})


def test_philly_is_whole_and_its_long_jobs_hold_most_of_the_work(real: Real, promise: Promise) -> None:
    trace = read_trace(real("philly_jobs/jobs.parquet"), format="philly", promise=one_class(promise))

    jobs = jobs_of(trace)
    hours = gpu_hours(jobs)
    assert (trace.dropped.rows_read, trace.dropped.rows_kept) == (68_063, 68_063)
    assert (jobs.gpus == 1).mean() == pytest.approx(0.94, abs=0.005)
    assert hours[jobs.gpus == 1].sum() / hours.sum() == pytest.approx(0.17, abs=0.005)
    assert (jobs.run_s > 86_400).mean() == pytest.approx(0.029, abs=0.0005)
    assert hours[jobs.run_s > 86_400].sum() / hours.sum() == pytest.approx(0.86, abs=0.005)
    assert hours[jobs.run_s > 7 * 86_400].sum() / hours.sum() == pytest.approx(0.33, abs=0.005)
    # The first row: 4 September 2017, 10:30:41 in Los Angeles, seven hours behind.
    assert jobs.instant(float(jobs.arrive_s[0])) == datetime(2017, 9, 4, 17, 30, 41, tzinfo=UTC)
    assert jobs.slack_s.min() >= -1e-6


def test_pai_is_whole_and_three_quarters_of_its_work_are_in_jobs_over_four_hours(real: Real, promise: Promise) -> None:
    asked = replace(one_class(promise), class_of={}, classes=promise.classes[:1], deadlines={})

    trace = read_trace(real("pai_2020_yearlong_sample/jobs.parquet"), format="pai", promise=asked)

    jobs = jobs_of(trace)
    hours = gpu_hours(jobs)
    assert (trace.dropped.rows_read, trace.dropped.rows_kept) == (99_998, 99_998)
    assert hours[jobs.run_s > 4 * 3600].sum() / hours.sum() == pytest.approx(0.74, abs=0.005)
    assert hours[jobs.run_s > 24 * 3600].sum() / hours.sum() == pytest.approx(0.215, abs=0.0005)


def test_openb_is_accounted_for_pod_by_pod_and_serving_holds_most_of_its_work(real: Real, promise: Promise) -> None:
    asked = replace(promise, class_of={"LS": "training", "*": "batch"})

    trace = read_trace(real("alibaba_openb_2023/pods.parquet"), format="openb", promise=asked)

    jobs = jobs_of(trace)
    hours = gpu_hours(jobs)
    assert trace.dropped.rows_read == 8152
    # 897 never scheduled as its README says; 1,088 without a GPU as counted in the file, 36 of them among the former.
    assert [one.count for one in trace.dropped.left_out] == [897, 1088 - 36]
    assert len(jobs) == 8152 - 897 - 1052
    assert hours[jobs.class_index == 1].sum() / hours.sum() == pytest.approx(0.805, abs=0.0005)


def test_helios_is_in_use_for_64_percent_and_its_outage_is_told(real: Real) -> None:
    trace = read_trace(real("helios_earth_occupancy/occupancy_1min.parquet"), format="helios")

    running, capacity = trace.series["running_gpus"], trace.series["capacity_gpus"]
    assert (trace.dropped.rows_read, trace.dropped.rows_kept) == (483_840, 483_840)
    assert sum(name.startswith("running_gpus/") for name in trace.series) == 16
    assert running.axis.count == 21 * 1440
    assert (running.values / capacity.values).mean() == pytest.approx(0.64, abs=0.005)
    assert (trace.series["pending_gpus"].values > 0).mean() == pytest.approx(0.86, abs=0.005)
    assert trace.series["pending_gpus"].values.mean() == pytest.approx(54, abs=0.5)
    # 23:56 of 9 May in Shanghai.
    assert any("in 1,566 periods, first 2020-05-09 15:56Z" in note.en for note in trace.notes)


def test_servegen_rates_are_those_of_the_notes_and_its_gaps_are_told(real: Real) -> None:
    trace = read_trace(real("servegen_llm_serving"), format="servegen")

    def mean(model: str) -> float:
        return float(np.nanmean(trace.series[f"requests_per_s/{model}"].values))

    assert (trace.dropped.rows_read, trace.dropped.rows_kept) == (211_429, 211_429)
    assert [round(mean(model)) for model in ("m-large", "m-mid", "deepseek-r1")] == [196, 1868, 16]
    assert mean("mm-image") == pytest.approx(9.5, abs=0.05)
    assert any("m-mid: no client has a row in 84 of 2,016 windows" in note.en for note in trace.notes)


def test_every_azure_request_is_in_a_series_or_told(real: Real) -> None:
    path = real("azure_llm_2023/requests.parquet")

    trace = read_trace(path, format="azure")

    table = pd.read_parquet(path)
    assert trace.dropped.rows_read == 28_185
    total = sum(trace.series[f"requests_per_s/{one}"].values.sum() * 60 for one in ("code", "conv"))
    assert total == pytest.approx(trace.dropped.rows_kept)
    assert trace.dropped.rows_read - trace.dropped.rows_kept == sum(one.count for one in trace.dropped.left_out)
    inside = table[
        (table.service == "conv") & table.timestamp.between("2023-11-16 18:16", "2023-11-16 19:13:59.999999")
    ]
    tokens = trace.series["output_tokens_per_s/conv"].values.sum() * 60
    assert tokens == pytest.approx(inside.generated_tokens.sum())


def test_mooncake_is_read(real: Real) -> None:
    trace = read_trace(real("mooncake_kimi/requests.parquet"), format="mooncake")

    assert trace.dropped.rows_read == 12_031
    ratio = trace.series["input_tokens_per_s/conversation"].values.sum() / (
        trace.series["requests_per_s/conversation"].values.sum()
    )
    assert ratio == pytest.approx(12_035, rel=0.01)


LIMITS_S = (600.0, 3600.0, 14_400.0, 86_400.0)
DONE_PCT = {
    ("Seren", "Pretrain"): (64, 83, 88, 95.5),
    ("Seren", "MLLM"): (70, 88, 93, 99.1),
    ("Seren", "SFT"): (81, 97, 99, 99.8),
    ("Seren", "Evaluation"): (82, 96, 99, 99.8),
    ("Seren", "Debug"): (84, 97, 99, 99.7),
    ("Seren", "Other"): (81, 93, 96, 99.4),
    ("Kalos", "Pretrain"): (47, 71, 81, 94.7),
    ("Kalos", "Evaluation"): (82, 97, 100, 100),
    ("Kalos", "Debug"): (75, 99, 100, 100),
    ("Kalos", "Other"): (67, 83, 87, 93.9),
}
"""Share of jobs done within the limits, worked out from the curves by others."""


@pytest.mark.parametrize("of", DONE_PCT, ids=" ".join)
def test_acme_curves_are_those_of_the_notes(real: Real, of: tuple[str, str]) -> None:
    tables = read_trace(real("acme_llm_cluster"), format="acme").tables

    assert tables is not None
    table = tables[of[0]].classes[of[1]]
    assert [100 * table.done_within(limit) for limit in LIMITS_S] == pytest.approx(DONE_PCT[of], abs=0.55)


def test_acme_tables_come_near_the_published_means(real: Real) -> None:
    """The list of single jobs is not published; means of all jobs are, and judge shares and curves together."""
    tables = read_trace(real("acme_llm_cluster"), format="acme").tables

    assert tables is not None
    assert {name: one.gpu_jobs for name, one in tables.items()} == {"Seren": 663_813, "Kalos": 19_907}
    assert tables["Seren"].implied_run_s_mean() == pytest.approx(1414.3, rel=0.20)
    assert tables["Kalos"].implied_run_s_mean() == pytest.approx(1259.7, rel=0.10)
    assert tables["Seren"].implied_gpus_mean() == pytest.approx(5.68, rel=0.25)
    assert tables["Kalos"].implied_gpus_mean() == pytest.approx(26.77, rel=0.10)


def test_jobs_made_of_kalos_are_mostly_evaluation_and_their_work_is_pretraining(real: Real, promise: Promise) -> None:
    month = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    asked = replace(
        promise,
        class_of={"Pretrain": "training", "*": "batch"},
        clock=Clock(period=month),
        generate=Generate(cluster="Kalos", jobs=50_000, seed=11),
    )

    trace = read_trace(real("acme_llm_cluster"), format="acme", promise=asked)

    jobs = jobs_of(trace)
    hours = gpu_hours(jobs)
    assert trace.generated
    assert (jobs.class_index == 1).mean() == pytest.approx(0.0322, abs=0.003)
    assert hours[jobs.class_index == 1].sum() / hours.sum() == pytest.approx(0.955, abs=0.01)


def test_the_default_power_is_that_of_the_recorded_quantiles(real: Real) -> None:
    power = pd.read_parquet(real("acme_llm_cluster/power_util_cdf.parquet"))

    def p95(series: str) -> float:
        own = power[power.series == series]
        return float(np.interp(95.0, own.cdf_pct, own.value))

    gpu_w = p95("seren_gpu_power")
    server_w = p95("seren_gpu_node_server_power")
    assert gpu_w == pytest.approx(1e6 * GPU_MW, rel=0.005)
    assert server_w - GPUS_PER_NODE * gpu_w == pytest.approx(1e6 * NODE_REST_MW, rel=0.02)
