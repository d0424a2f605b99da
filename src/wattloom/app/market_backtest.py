"""What would the bids of a file have saved? Every day of a stretch, beside flat buying and perfect foresight."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wattloom.app.forecast_run import provenance
from wattloom.app.market_backtest_run import backtest_bids
from wattloom.app.market_bid_inputs import bid_inputs
from wattloom.domain.errors import InputError
from wattloom.domain.text import Text
from wattloom.forecast.project import day_of, midnight

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from wattloom.app.market_backtest_answer import MarketBacktest
    from wattloom.app.market_bid_inputs import BidInputs
    from wattloom.domain.ports import Progress
    from wattloom.forecast.project import ForecastProject
    from wattloom.market.bids.project import BidProject

TESTED_DAYS = 28
"""Where the file names none: four weeks."""


def market_backtest(
    project: BidProject,
    forecasts: ForecastProject,
    *,
    folder: Path,
    progress: Progress | None = None,
    source: bytes = b"",
) -> MarketBacktest:
    """All days of the file.

    Args:
        project: the bid file.
        forecasts: its forecast file.
        folder: of the forecast file.
        progress: somebody who wants to know how far it is.
        source: bytes of the bid file, for provenance.
    """
    inputs = bid_inputs(project, forecasts, folder=folder, day=day_of(project.backtest.start))
    found = backtest_bids(
        inputs.question,
        inputs.market,
        tested_days(inputs),
        scenarios=project.scenarios,
        block_days=project.backtest.block_days,
        seed=project.seed,
        progress=progress,
    )
    return replace(
        found,
        name=project.name,
        notes=(*found.notes, *inputs.notes, *(Text.same(note) for note in project.notes)),
        generated=inputs.generated,
        provenance=provenance(source),
    )


def tested_days(inputs: BidInputs) -> list[datetime]:
    """Starts of the days that are tested, on the market's clock."""
    asked, zone = inputs.project.backtest, inputs.market.ahead.feed.zone
    whole = inputs.ends.astimezone(zone).date() - timedelta(days=1)
    last = day_of(asked.end) or whole
    first = day_of(asked.start) or last - timedelta(days=TESTED_DAYS - 1)
    if first > last or last > whole:
        raise InputError.one(
            "backtest",
            found=f"{first} to {last}",
            expected=f"days in their order, none after {whole}, the last whole day on record",
            remedy="correct start and end",
        )
    return [midnight(first + timedelta(days=day), zone) for day in range((last - first).days + 1)]
