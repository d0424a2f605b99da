"""Which records of arriving work are there to forecast? LLM serving (ServeGen) and GPU jobs (Philly), as feeds.

The folder of source tables is named by WATTLOOM_DATA; nothing of it is kept in this project.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from wattloom.domain.forecasts import TargetKind
from wattloom.domain.time import TimeAxis
from wattloom.forecast.feed import Channel, Feed

AS_IT_STANDS = ZoneInfo("UTC")
"""Neither record names its clock."""
SERVEGEN = "Xiang et al., ServeGen, arXiv:2505.09999 (2025)"
SERVEGEN_START = datetime(2025, 1, 1, tzinfo=UTC)
"""The record counts seconds from an unnamed instant: the date is ours, so its weekdays mean nothing."""
SERVEGEN_DAYS, SERVEGEN_STEP_S, TOKEN_WINDOW_S = 14, 600, 21_600
PHILLY = "Jeon et al., USENIX ATC 2019, flat extract"
PHILLY_START = datetime(2017, 9, 25, tzinfo=UTC)
"""Earlier days hold a handful of jobs: the record ramps in."""
PHILLY_END = datetime(2017, 11, 20, tzinfo=UTC)


def serving(folder: Path) -> list[Feed]:
    """Requests a second of two models, 10 minutes, 14 days, summed over the published clients; and tokens a second."""
    rates = pd.read_parquet(folder / "compute/servegen_llm_serving/client_rates_10min.parquet")
    tokens = pd.read_parquet(folder / "compute/servegen_llm_serving/client_tokens_6h.parquet")
    return [
        feed
        for model in ("m-large", "m-mid")
        for feed in (
            _requests(model, rates[rates.model == model]),
            _tokens(model, rates[rates.model == model], tokens[tokens.model == model]),
        )
    ]


def _requests(model: str, rates: pd.DataFrame) -> Feed:
    """Requests a second; a window that is absent had none."""
    axis = TimeAxis(SERVEGEN_START, SERVEGEN_STEP_S // 60, SERVEGEN_DAYS * 86_400 // SERVEGEN_STEP_S)
    return _feed(f"{model} requests/s", axis, _summed(rates.t_s, rates.rate_rps, axis.count), "1/s", SERVEGEN)


def _tokens(model: str, rates: pd.DataFrame, tokens: pd.DataFrame) -> Feed:
    """Tokens a second, read and written, of the clients whose token sizes are published (about two thirds of requests).

    Sizes are means of six hours, so a value is known six hours late.
    """
    sizes = tokens[["client", "t_s"]].assign(size=tokens.input_tokens_mean + tokens.output_tokens_mean)
    joined = rates.assign(window=rates.t_s // TOKEN_WINDOW_S * TOKEN_WINDOW_S).merge(
        sizes, left_on=["client", "window"], right_on=["client", "t_s"], how="inner", suffixes=("", "_size")
    )
    axis = TimeAxis(SERVEGEN_START, SERVEGEN_STEP_S // 60, SERVEGEN_DAYS * 86_400 // SERVEGEN_STEP_S)
    values = _summed(joined.t_s, joined.rate_rps * joined["size"], axis.count)
    return _feed(f"{model} tokens/s", axis, values, "1/s", SERVEGEN, delay_minutes=TOKEN_WINDOW_S // 60)


def _summed(t_s: pd.Series, values: pd.Series, count: int) -> np.ndarray:
    """Sums by window."""
    return np.bincount((t_s // SERVEGEN_STEP_S).to_numpy(), weights=values.to_numpy(np.float64), minlength=count)


def philly(folder: Path) -> list[Feed]:
    """Jobs submitted an hour, GPUs they ask for, and GPU-hours run an hour had each job begun at once.

    The extract holds no queueing times. The GPU-hours that an hour's jobs will need are known only when the last of
    them has ended, so they are no target of an honest forecast; those run hour by hour are.
    """
    jobs = pd.read_parquet(folder / "compute/philly_jobs/jobs.parquet")
    hours = int((PHILLY_END - PHILLY_START) / timedelta(hours=1))
    axis = TimeAxis(PHILLY_START, 60, hours)
    submit_h = ((jobs.submit_time.dt.tz_localize(UTC) - PHILLY_START) / pd.Timedelta(hours=1)).to_numpy()
    inside = (submit_h >= 0) & (submit_h < hours)
    place = submit_h[inside].astype(np.int64)
    gpus = jobs.num_gpus.to_numpy(np.float64)
    counted = np.bincount(place, minlength=hours).astype(np.float64)
    asked = np.bincount(place, weights=gpus[inside], minlength=hours)
    run = _run_gpu_hours(submit_h, submit_h + jobs.duration_s.to_numpy() / 3600, gpus, hours)
    return [
        _feed("philly jobs/h", axis, counted, "1/h", PHILLY),
        _feed("philly GPUs asked/h", axis, asked, "1/h", PHILLY),
        _feed("philly GPU-h run/h", axis, run, "1", PHILLY),
    ]


def _run_gpu_hours(start_h: np.ndarray, end_h: np.ndarray, gpus: np.ndarray, hours: int) -> np.ndarray:
    """GPU-hours in each hour of jobs that run from start to end."""
    edges = np.arange(hours + 1, dtype=np.float64)
    order_start, order_end = np.argsort(start_h), np.argsort(end_h)

    def gpu_hours_after(moments: np.ndarray, order: np.ndarray) -> np.ndarray:
        """Sum over jobs of GPUs times the hours by which an edge lies behind the moment."""
        moment, weight = moments[order], gpus[order]
        behind = np.searchsorted(moment, edges)
        count, first = np.r_[0.0, np.cumsum(weight)], np.r_[0.0, np.cumsum(weight * moment)]
        return edges * count[behind] - first[behind]

    return np.diff(gpu_hours_after(start_h, order_start) - gpu_hours_after(end_h, order_end))


def _feed(name: str, axis: TimeAxis, values: np.ndarray, unit: str, source: str, *, delay_minutes: int = 0) -> Feed:
    """A feed of arrivals that speaks for itself."""
    return Feed(
        name=name,
        kind=TargetKind.ARRIVALS,
        axis=axis,
        zone=AS_IT_STANDS,
        target=Channel.measured(axis, values, unit=unit, source=source, delay_minutes=delay_minutes),
        lowest=0.0,
    )
