"""How long does a month's billing of 10,000 points take, from meter file to ledger, against the same joins in Polars?

    python benchmarks/settle.py            10,000 points × 2,976 quarter hours: a minute of CPU
    python benchmarks/settle.py --quick    1,000 points

Readings lie in one Parquet file, a row for each point and quarter hour, points one after the other. Eight tariffs: four
territories, on capacity and on demand, a market price that changes every quarter hour and is below zero at times, and a
system operation fee that changes on the 11th. Ours reads, checks that every point has every quarter hour once, bills
each item exactly and rounded once, and posts a double entry for each bill to the SQLite ledger, on the disk. Polars
reads the same file, joins points and prices, adds up by point and writes the sums to a Parquet file: no check, no
ledger. Both must agree to the fen in every total. CPU seconds of all threads count; imports, the compiler's first run
and the opening of accounts do not. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sqlite3
import tempfile
import time
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from wattloom.app.settle_posting import openings, postings
from wattloom.domain.charges import PriceBasis
from wattloom.domain.time import TimeAxis
from wattloom.edge.store.ledger import SqliteBook
from wattloom.ledger import Entry, Ledger
from wattloom.market import MonthRules, Price, Readings, Terms, bills, month_rules
from wattloom.rules import Case

CHINA = ZoneInfo("Asia/Shanghai")
AXIS = TimeAxis(datetime(2026, 12, 1, tzinfo=CHINA), 15, 31 * 96)
TERRITORIES = ("ningxia", "gansu", "jiangsu", "guizhou")
MODES = ("two_part_capacity", "two_part_demand")
FEES = ((date(2026, 12, 11), {"system_operation_fee_cny_per_mwh": 61.7}),)
POINTS, QUICK_POINTS = 10_000, 1_000
POINTS_PER_ROW_GROUP = 250
ENTRIES_AT_ONCE = 1_000
SECONDS_PER_STEP = 900
FEN_PER_AMOUNT = 1e-7
"""Fen in a billionth of a yuan."""


def rules_of_all() -> list[MonthRules]:
    """The month's rules of each tariff."""
    rng = np.random.default_rng(7)
    steps = rng.integers(-80_000, 900_000, AXIS.count)
    prices = {"market": Price(steps=steps, basis=PriceBasis.WITH_VAT)}
    case = Case(
        year=2026, commissioned=2026, voltage_kv=110.0, direct_connection=False, price_basis=PriceBasis.WITH_VAT
    )
    return [
        month_rules(Terms(territory=area, case=case, mode=mode, dated=FEES), AXIS, prices)
        for area in TERRITORIES
        for mode in MODES
    ]


def capacities_va(points: int) -> np.ndarray:
    """Capacity of each point's connection."""
    return np.random.default_rng(8).integers(1, 100, points) * 1_000_000


def write_readings(path: Path, points: int) -> None:
    """The meter file, as a head end would leave it."""
    rng = np.random.default_rng(9)
    start = np.datetime64(AXIS.start.astimezone(UTC).replace(tzinfo=None), "s") + SECONDS_PER_STEP * np.arange(
        AXIS.count
    )
    schema = pa.schema([("point", pa.int32()), ("start", pa.timestamp("s")), ("drawn_wh", pa.int32())])
    with pq.ParquetWriter(path, schema) as file:
        for first in range(0, points, POINTS_PER_ROW_GROUP):
            here = np.arange(first, min(first + POINTS_PER_ROW_GROUP, points), dtype=np.int32)
            shape = 0.6 + 0.4 * np.sin(np.arange(AXIS.count) / 96 * 2 * np.pi)
            drawn = rng.integers(50_000, 5_000_000, len(here))[:, None] * shape * rng.uniform(0.9, 1.1, (len(here), 1))
            drawn = drawn.astype(np.int32) + rng.integers(0, 1000, drawn.shape, dtype=np.int32)
            columns = [np.repeat(here, AXIS.count), np.tile(start, len(here)), drawn.reshape(-1)]
            file.write_table(pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema))


def grid_of(table: pa.Table, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points and their readings by period; refused where a period lacks, comes twice or is out of order."""
    point, start = table["point"].to_numpy(), table["start"].to_numpy()
    points = point[:: AXIS.count]
    rows = (len(points), AXIS.count)
    if point.size != rows[0] * rows[1] or not (start.reshape(rows) == starts).all():
        raise ValueError("a point without every quarter hour, once and in order")
    if not (point.reshape(rows) == points[:, None]).all() or len(np.unique(points)) != len(points):
        raise ValueError("a point in two places")
    return points, table["drawn_wh"].to_numpy().reshape(rows)


def ours(path: Path, rules: list[MonthRules], capacity: np.ndarray, ledger: Ledger) -> np.ndarray:
    """Totals in fen by point, every bill posted."""
    totals = np.zeros(len(capacity), dtype=np.int64)
    starts = AXIS.instants().tz_localize(None).to_numpy().astype("datetime64[s]")
    file = pq.ParquetFile(path, memory_map=False)
    waiting: list[Entry] = []
    for group in range(file.num_row_groups):
        points, drawn = grid_of(file.read_row_group(group, use_threads=False), starts)
        for place, of_tariff in enumerate(rules):
            mine = points % len(rules) == place
            names = tuple(f"P{point:06d}" for point in points[mine].tolist())
            readings = Readings(points=names, capacity_va=capacity[points[mine]], drawn_wh=drawn[mine])
            found = bills(readings, of_tariff)
            totals[points[mine]] = found.total_fen
            waiting += postings(found, of_tariff)
        while len(waiting) >= ENTRIES_AT_ONCE or (waiting and group == file.num_row_groups - 1):
            refused = [r for r in ledger.post(waiting[:ENTRIES_AT_ONCE]) if r.outcome != "accepted"]
            if refused:
                raise ValueError(f"refused: {refused[0]}")
            waiting = waiting[ENTRIES_AT_ONCE:]
    return totals


def price_table(rules: list[MonthRules]) -> pl.DataFrame:
    """What a kWh costs in each quarter hour under each tariff, in millionths of a yuan, for the plain join."""
    starts = AXIS.instants().tz_localize(None).to_numpy().astype("datetime64[us]")
    tables = []
    for place, of_tariff in enumerate(rules):
        fees = np.array([_price(of_tariff, n, "system_operation_fee") for n in range(len(of_tariff.tariffs))])
        fee = fees[[of_tariff.cells[cell].tariff for cell in of_tariff.cell_of_period]]
        columns = {"tariff": np.full(AXIS.count, place, dtype=np.int32), "start": starts}
        columns |= {"price": of_tariff.steps_of("market"), "fee": np.rint(fee * 1e6).astype(np.int64)}
        tables.append(pl.DataFrame(columns))
    return pl.concat(tables).with_columns(pl.col("start").cast(pl.Datetime("ms")))


def _price(rules: MonthRules, tariff: int, item: str) -> float:
    """The price of an item, CNY for its unit; 0 where the tariff has none."""
    return sum(float(rate.price_cny) for rate in rules.tariffs[tariff].rates if rate.item == item)


def point_table(rules: list[MonthRules], capacity: np.ndarray) -> pl.DataFrame:
    """Tariff, capacity and prices of each point, for the plain join."""
    point = np.arange(len(capacity), dtype=np.int32)
    tariff = (point % len(rules)).astype(np.int32)
    items = ("td_energy", "td_capacity", "td_demand", "line_loss", "government_funds")
    prices = {item: np.array([_price(one, 0, item) for one in rules])[tariff] for item in items}
    return pl.DataFrame({"point": point, "tariff": tariff, "capacity_kva": capacity / 1000, **prices})


def plain(path: Path, out: Path, prices: pl.DataFrame, points: pl.DataFrame) -> np.ndarray:
    """Totals in fen by point, as joins and sums; written to a file."""
    wh = pl.col("drawn_wh").cast(pl.Int64)
    sums = (
        pl.scan_parquet(path)
        .with_columns(pl.col("start").cast(pl.Datetime("ms")))
        .join(points.lazy().select("point", "tariff"), on="point")
        .join(prices.lazy(), on=["tariff", "start"])
        .group_by("point")
        .agg(
            wh.sum().alias("energy"),
            (wh * pl.col("price")).sum().alias("value"),
            (wh * pl.col("fee")).sum().alias("fee_value"),
            (wh.max() * 4).alias("demand_w"),
        )
    )
    kwh, value = pl.col("energy") / 1000, pl.col("value") * FEN_PER_AMOUNT
    demand_kw = pl.max_horizontal(pl.col("demand_w") / 1000, 0.4 * pl.col("capacity_kva"))
    items = {
        "market_energy": value,
        "line_loss": value * pl.col("line_loss"),
        "td_energy": kwh * pl.col("td_energy") * 100,
        "td_capacity": pl.col("capacity_kva") * pl.col("td_capacity") * 100,
        "td_demand": demand_kw * pl.col("td_demand") * 100,
        "system_operation_fee": pl.col("fee_value") * FEN_PER_AMOUNT,
        "government_funds": kwh * pl.col("government_funds") * 100,
    }
    rounded = [formula.round(0, mode="half_away_from_zero").alias(f"{item}_fen") for item, formula in items.items()]
    found = (
        sums.join(points.lazy(), on="point")
        .select("point", *rounded)
        .with_columns(pl.sum_horizontal(pl.exclude("point")).alias("total_fen"))
        .sort("point")
        .collect(engine="streaming")
    )
    found.write_parquet(out)
    return found["total_fen"].cast(pl.Int64).to_numpy()


def timed(work: Any) -> tuple[Any, float]:
    """What it gives, and its CPU seconds over all threads."""
    begun = time.process_time()
    return work(), time.process_time() - begun


def main() -> None:
    """Both, in one process after the other's file is written by a third."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    points = QUICK_POINTS if parser.parse_args().quick else POINTS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "readings.parquet"
        writer = multiprocessing.get_context("spawn").Process(target=write_readings, args=(path, points))
        writer.start()
        writer.join()
        rules, capacity = rules_of_all(), capacities_va(points)
        small = Readings(
            points=("p",), capacity_va=np.ones(1, dtype=np.int64), drawn_wh=np.ones((1, AXIS.count), dtype=np.int32)
        )
        warm = [bills(small, one) for one in rules]
        with SqliteBook(folder / "book.sqlite", connect=sqlite3.connect) as store:
            ledger = Ledger(store, clock=partial(datetime.now, UTC))
            names = [f"P{point:06d}" for point in range(points)]
            items = list(dict.fromkeys(item for one in warm for item in one.items))
            ledger.post(openings(names, items))
            ours_fen, ours_s = timed(lambda: ours(path, rules, capacity, ledger))
            entries = ledger.head[0]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        prices, contracts = price_table(rules), point_table(rules, capacity)
        plain(path, folder / "sums.parquet", prices, contracts.head(1))
        plain_fen, plain_s = timed(lambda: plain(path, folder / "sums.parquet", prices, contracts))
    off = int(np.abs(ours_fen - plain_fen).max())
    rows = points * AXIS.count
    print(f"{points:,} points × {AXIS.count:,} quarter hours; {entries:,} entries in the ledger; largest gap {off} fen")
    print(f"ours   {ours_s:6.1f} CPU s  {rows / ours_s:14,.0f} rows/s  peak {peak_mb:,.0f} MB")
    print(f"Polars {plain_s:6.1f} CPU s  {rows / plain_s:14,.0f} rows/s")
    result = {
        "rows_per_s": round(rows / ours_s),
        "ratio_vs_plain": round(ours_s / plain_s, 2),
        "peak_mb": round(peak_mb),
    }
    print(json.dumps(result | {"largest_gap_fen": off}))


if __name__ == "__main__":
    main()
