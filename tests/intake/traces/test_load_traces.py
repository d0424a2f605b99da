"""Traces of load: single requests, rates of clients and GPUs in use become series whose every gap is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wattloom.domain.errors import InputError
from wattloom.domain.time import Interval
from wattloom.intake.traces import Clock, Promise, Trace, read_trace

Write = Callable[..., Path]
AZURE = "service,timestamp,context_tokens,generated_tokens\n"
HELIOS = "time,vc,total_gpu_num,running_gpu_num,pending_gpu_num,idle_gpu_num\n"
RATES = "model,client,t_s,rate_rps\n"


def faults_of(path: Path, form: str) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_trace(path, format=form)
    return [(problem.where, problem.found) for problem in caught.value.problems]


def left_out(trace: Trace) -> list[tuple[int, str]]:
    return [(one.count, one.why.en) for one in trace.dropped.left_out]


def test_requests_become_rates_in_the_minutes_that_are_wholly_covered(write: Write) -> None:
    path = write(
        AZURE
        + "conv,2023-11-16 18:15:50,999,999\n"  # In a minute that began before the trace.
        + "conv,2023-11-16 18:16:00,100,10\n"
        + "conv,2023-11-16 18:16:59.9,200,20\n"
        + "conv,2023-11-16 18:18:30,60,6\n"
        + "conv,2023-11-16 18:19:10,999,999\n"  # In a minute that ends after it.
    )

    trace = read_trace(path, format="azure")

    requests, tokens = trace.series["requests_per_s/conv"], trace.series["input_tokens_per_s/conv"]
    assert requests.axis.start == datetime(2023, 11, 16, 18, 16, tzinfo=UTC)
    assert requests.values.tolist() == pytest.approx([2 / 60, 0.0, 1 / 60])
    assert tokens.values.tolist() == pytest.approx([5.0, 0.0, 1.0])
    assert (requests.unit, tokens.unit) == ("requests/s", "tokens/s")
    assert left_out(trace) == [(2, "in a first or last period that the trace covers only in part")]
    assert trace.dropped.rows_kept == 3


def test_broken_requests_are_told(write: Write) -> None:
    path = write(
        AZURE
        + "conv,2023-11-16 18:15:50,1,1\n"
        + "conv,2023-11-16 18:16:50,-1,1\n"
        + "code,2023-11-16 18:16:00,1,1\n"
        + "conv,2023-11-16 18:16:10,1,1\n"
        + "conv,2023-11-16 18:20:10,1,\n"
    )

    told = faults_of(path, "azure")

    assert [where for where, _ in told] == [
        "trace.csv: line 3 context_tokens",
        "trace.csv: line 5 timestamp",
        "trace.csv: line 6 generated_tokens",
    ]


def test_mooncake_counts_seconds_and_a_trace_too_short_for_its_step_is_refused(write: Write) -> None:
    path = write("trace,t_s,input_tokens,output_tokens\nchat,0,60,6\nchat,59,60,6\nchat,60,1,1\nchat,179,1,1\n")

    trace = read_trace(path, format="mooncake", promise=Promise(clock=Clock(epoch=datetime(2026, 1, 1, tzinfo=UTC))))

    assert trace.series["requests_per_s/chat"].values.tolist() == pytest.approx([2 / 60, 1 / 60])
    assert trace.series["output_tokens_per_s/chat"].values.tolist() == pytest.approx([0.2, 1 / 60])
    with pytest.raises(InputError, match="no whole period"):
        read_trace(path, format="mooncake", promise=Promise(clock=Clock(step_minutes=60)))


def test_occupancy_becomes_a_series_for_each_tenant_and_one_for_all(write: Write) -> None:
    path = write(
        HELIOS
        + "2020-05-01 08:00,a,8,6,0,2\n2020-05-01 08:01,a,8,8,4,0\n2020-05-01 08:02,a,8,0,0,8\n"
        + "2020-05-01 08:00,b,4,1,0,3\n2020-05-01 08:02,b,4,0,0,4\n"
    )

    trace = read_trace(path, format="helios")

    total, of_b = trace.series["running_gpus"], trace.series["running_gpus/b"]
    assert total.axis.start == datetime(2020, 5, 1, tzinfo=UTC)  # 08:00 in Shanghai.
    assert trace.series["running_gpus/a"].values.tolist() == [6.0, 8.0, 0.0]
    assert of_b.values.tolist()[::2] == [1.0, 0.0]
    assert np.isnan(of_b.values[1])
    assert np.isnan(total.values[1])  # Missing is not zero.
    assert total.values.tolist()[::2] == [7.0, 0.0]
    assert trace.series["pending_gpus/a"].values.tolist() == [0.0, 4.0, 0.0]
    notes = [note.en for note in trace.notes]
    assert "1 values of a tenant and period are missing" in notes
    assert "no GPU of any tenant runs in 1 periods, first 2020-05-01 00:02Z: an outage, kept as it is" in notes


def test_a_period_and_a_step_are_cut_from_the_series(write: Write) -> None:
    rows = "".join(f"2020-05-01 08:{minute:02d},a,60,{minute},0,{60 - minute}\n" for minute in range(60))
    period = Interval(datetime(2020, 5, 1, 0, 10, tzinfo=UTC), datetime(2020, 5, 1, 0, 40, tzinfo=UTC))
    path = write(HELIOS + rows)

    trace = read_trace(path, format="helios", promise=Promise(clock=Clock(period=period, step_minutes=15)))

    assert trace.series["running_gpus"].values.tolist() == [17.0, 32.0]
    other = Interval(period.start, datetime(2020, 5, 1, 2, tzinfo=UTC))
    with pytest.raises(InputError, match="a stretch that the trace covers"):
        read_trace(path, format="helios", promise=Promise(clock=Clock(period=other)))


def test_occupancy_that_cannot_be_is_told(write: Write) -> None:
    path = write(
        HELIOS
        + "2020-05-01 08:00,a,8,6,0,2\n2020-05-01 08:01,a,8,9,0,0\n2020-05-01 08:02,a,8,4,0,3\n"
        + "2020-05-01 08:03,a,8,4,-1,4\n2020-05-01 08:03:30,a,8,4,0,4\n2020-05-01 08:02,a,8,4,0,4\n"
        + "2020-05-01 08:05,a,8,4,0,4\n2020-05-01 08:05,a,8,4,0,4\n2020-05-01 08:06,,8,4,0,4\n"
    )

    assert [where for where, _ in faults_of(path, "helios")] == [
        "trace.csv: line 3 running_gpu_num",
        "trace.csv: line 4 idle_gpu_num",
        "trace.csv: line 5 pending_gpu_num",
        "trace.csv: line 6 time",
        "trace.csv: line 7 time",
        "trace.csv: line 7 time",
        "trace.csv: line 9 time",
        "trace.csv: line 10 vc",
    ]


def test_clients_that_send_nothing_count_as_zero_and_windows_without_any_are_missing(write: Write) -> None:
    path = write(RATES + "m,1,0,2.0\nm,1,600,3.0\nm,1,1800,4.0\nm,2,600,0.5\n")

    trace = read_trace(path, format="servegen")

    values = trace.series["requests_per_s/m"].values
    assert values[[0, 1, 3]].tolist() == [2.0, 3.5, 4.0]
    assert np.isnan(values[2])
    assert any(
        note.en == "m: no client has a row in 1 of 4 windows; they are missing, not zero" for note in trace.notes
    )


def test_tokens_count_only_clients_whose_tokens_are_told(tmp_path: Path) -> None:
    rates = {"model": ["m"] * 3, "client": [1, 1, 2], "t_s": [0, 21600, 0], "rate_rps": [2.0, 3.0, 5.0]}
    tokens = {"model": ["m"] * 2, "client": [1, 1], "t_s": [0, 21600]}
    means = {"input_tokens_mean": [100.0, 10.0], "output_tokens_mean": [7.0, None]}
    pq.write_table(pa.table(rates), tmp_path / "client_rates_10min.parquet")
    pq.write_table(pa.table(tokens | means), tmp_path / "client_tokens_6h.parquet")

    trace = read_trace(tmp_path, format="servegen")

    assert trace.series["requests_per_s/m"].values[[0, -1]].tolist() == [7.0, 3.0]
    assert trace.series["input_tokens_per_s/m"].values[[0, -1]].tolist() == [200.0, 30.0]
    assert trace.series["output_tokens_per_s/m"].values[[0, -1]].tolist() == [14.0, 0.0]
    assert trace.series["input_tokens_per_s/m"].source.endswith("50.0% of the requests")
    assert sum("are known of" in note.en for note in trace.notes) == 2


def test_rates_that_cannot_be_are_told(write: Write) -> None:
    path = write(RATES + "m,1,0,-2.0\nm,1,650,3.0\nm,1,600,3.0\nm,2,0,1\nm,2,0,1\nm,2,-600,1\nm,2,600,?\n")

    told = faults_of(path, "servegen")

    assert told == [
        ("trace.csv: line 2 rate_rps", "a number below zero (-2.0)"),
        ("trace.csv: line 3 t_s", "a time off the trace's regular step (650)"),
        ("trace.csv: line 4 t_s", "time goes backwards in a file that is in order of time (600)"),
        ("trace.csv: line 6 t_s", "a second row for the same time (0)"),
        ("trace.csv: line 7 t_s", "a number below zero (-600)"),
        ("trace.csv: line 8 rate_rps", "no number (?)"),
    ]
