"""How many requests and tokens did Alibaba Cloud's language models serve? Rates of single clients every ten minutes.

A client without a row in a window sent nothing in it; a window without a row of any client is a gap in the trace.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from wattloom.domain.errors import InputError
from wattloom.domain.series import Series
from wattloom.domain.text import Text
from wattloom.domain.time import TimeAxis
from wattloom.intake.traces.columns import EPOCH, MICROSECONDS, NO_TIME, Columns, open_columns
from wattloom.intake.traces.contract import Trace, TraceFormat
from wattloom.intake.traces.ordering import note_backwards
from wattloom.intake.traces.promise import Promise
from wattloom.intake.traces.rates import MINUTE_US, on_steps
from wattloom.intake.traces.to_jobs import epoch_of

RATES_FILE = "client_rates_10min.parquet"
TOKENS_FILE = "client_tokens_6h.parquet"
STEP_MINUTES = 10
STEP_S = 600
TOKENS_WINDOW_S = 21_600
TOKENS = ("input_tokens", "output_tokens")
SELECTION = Text(
    "clients are a published selection, so sums are not the service's whole load; the clock time of second 0 is not "
    "told",
    "客户为公布的部分客户，合计并非服务全部负荷；第 0 秒对应的时刻未公布",
)
GAP = Text(
    "{model}: no client has a row in {count:,} of {of:,} windows; they are missing, not zero",
    "{model}：{of:,} 个窗口中有 {count:,} 个没有任何客户记录，按缺失处理，不视为零",
)
COVER = Text(
    "{model}: {name} are known of {share:.1%} of the requests only (the published tables lack large clients); rates of "
    "tokens count those alone",
    "{model}：仅 {share:.1%} 的请求有 {name} 统计（公布表缺少大客户），令牌速率只计这部分",
)


def _read(path: Path, promise: Promise, *, lenient: bool) -> Trace:
    """Requests a second of each model and, of a folder with the token table, tokens a second where they are told."""
    epoch_us, notes = epoch_of(TRACE, promise.clock)
    rates_path = path / RATES_FILE if path.is_dir() else path
    columns = open_columns(rates_path, needed=("model", "client", "t_s", "rate_rps"))
    model, client = columns.text("model"), columns.text("client")
    times, rate = columns.seconds("t_s", epoch_us=epoch_us), columns.number("rate_rps")
    since = np.where(times == NO_TIME, NO_TIME, times - epoch_us)
    _check(columns, since, rate, [model, client])
    dropped = columns.faults.dropped(lenient=lenient)
    kept = columns.faults.kept
    table = pd.DataFrame({"model": model, "client": client, "window": since // MICROSECONDS, "rate": rate})
    table = table[kept]
    if table.empty:
        raise InputError.one(path.name, found="no usable row", expected="at least one", remedy="correct the file")
    extra: tuple[Text, ...] = ()
    tokens_path = path / TOKENS_FILE
    if path.is_dir() and tokens_path.is_file():
        table, extra = _with_tokens(table, tokens_path, lenient=lenient)
    series, gaps = _series(table, epoch_us, rates_path.name)
    chosen = {name: on_steps(one, promise) for name, one in series.items()}
    notes = (*notes, SELECTION, *gaps, *extra)
    return Trace(format=TRACE.key, title=TRACE.title, dropped=dropped, series=chosen, notes=notes)


def _check(columns: Columns, since: np.ndarray, rate: np.ndarray, group: list[np.ndarray]) -> None:
    """Note rates below zero, windows off the grid, two rows of a client for a window, and time going back."""
    faults, cells = columns.faults, columns.cells("t_s")
    known = since != NO_TIME
    faults.note(rate < 0, "negative", column="rate_rps", cells=columns.cells("rate_rps"))
    faults.note(known & (since % (STEP_MINUTES * MINUTE_US) != 0), "grid", column="t_s", cells=cells)
    codes = pd.DataFrame({"model": group[0], "client": group[1]}).groupby(["model", "client"]).ngroup().to_numpy()
    note_backwards(columns, since, column="t_s", groups=codes)
    twice = pd.DataFrame({"of": codes, "at": since}).duplicated().to_numpy() & known
    faults.note(twice, "repeated", column="t_s", cells=cells)


def _with_tokens(table: pd.DataFrame, path: Path, *, lenient: bool) -> tuple[pd.DataFrame, tuple[Text, ...]]:
    """The rates with the mean tokens of a request of their client and stretch of six hours; NaN where not told."""
    names = [f"{name}_mean" for name in TOKENS]
    columns = open_columns(path, needed=("model", "client", "t_s", *names))
    told = pd.DataFrame({"model": columns.text("model"), "client": columns.text("client")})
    told["stretch"] = columns.seconds("t_s", epoch_us=0) // MICROSECONDS
    for own, name in zip(names, TOKENS, strict=True):
        told[name] = columns.number(own, needed=False)
        columns.faults.note(told[name].to_numpy() < 0, "negative", column=own, cells=columns.cells(own))
    twice = told.duplicated(["model", "client", "stretch"]).to_numpy()
    columns.faults.note(twice, "repeated", column="t_s", cells=columns.cells("t_s"))
    dropped = columns.faults.dropped(lenient=lenient)
    rates = table.assign(stretch=table.window // TOKENS_WINDOW_S * TOKENS_WINDOW_S)
    joined = rates.merge(told[columns.faults.kept], on=["model", "client", "stretch"], how="left")
    return joined, dropped.words()


def _series(table: pd.DataFrame, epoch_us: int, source: str) -> tuple[dict[str, Series], tuple[Text, ...]]:
    """Sums over the clients of each model, and what is missing from them."""
    series: dict[str, Series] = {}
    notes: list[Text] = []
    for model, own in table.groupby("model", sort=True):
        first = int(own.window.min())
        at = ((own.window - first) // STEP_S).to_numpy()
        axis = TimeAxis(EPOCH + timedelta(microseconds=epoch_us, seconds=first), STEP_MINUTES, int(at.max()) + 1)
        there = np.bincount(at, minlength=axis.count) > 0
        if not there.all():
            notes.append(GAP.filled(model=model, count=int((~there).sum()), of=axis.count))
        summed = partial(_summed, axis=axis, at=at, there=there)
        rate = own.rate.to_numpy()
        series[f"requests_per_s/{model}"] = summed(rate, unit="requests/s", source=source)
        for name in TOKENS if TOKENS[0] in own else ():
            tokens = own[name].to_numpy()
            share = float(rate[~np.isnan(tokens)].sum() / rate.sum())
            if share < 1.0:
                notes.append(COVER.filled(model=model, name=name.replace("_", " "), share=share))
            if not share:
                continue
            told = f"{source} and {TOKENS_FILE}, {share:.1%} of the requests"
            series[f"{name}_per_s/{model}"] = summed(rate * np.nan_to_num(tokens), unit="tokens/s", source=told)
    return series, tuple(notes)


def _summed(weight: np.ndarray, *, axis: TimeAxis, at: np.ndarray, there: np.ndarray, unit: str, source: str) -> Series:
    """Rows summed by period; NaN where there is none."""
    total = np.bincount(at, weights=weight, minlength=axis.count)
    return Series(axis=axis, values=np.where(there, total, np.nan), unit=unit, source=source)


TRACE = TraceFormat(
    key="servegen",
    title=Text("ServeGen: rates of Alibaba Cloud's language models", "ServeGen：阿里云大模型服务请求速率"),
    read=_read,
    source=Text("Xiang et al., arXiv:2505.09999; Apache-2.0", "Xiang 等，arXiv:2505.09999；Apache-2.0"),
    epoch=datetime(2025, 1, 1, tzinfo=UTC),
    epoch_why=Text(
        "assumed: neither the clock time nor the weekday of second 0 is told", "假定：第 0 秒的时刻与星期均未公布"
    ),
)
