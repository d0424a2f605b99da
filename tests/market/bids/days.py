"""Small loads and days for the tests of bids."""

from __future__ import annotations

from datetime import UTC, datetime

from wattloom.assets.kinds.cluster.cluster import Cluster, WorkloadClass
from wattloom.domain.time import TimeAxis
from wattloom.domain.workloads import WorkloadKind
from wattloom.market.bids import BidLoad, BidQuestion, DeviationTerms, Limits, Risk


def day(periods: int) -> TimeAxis:
    """Hours of a day."""
    return TimeAxis(datetime(2026, 3, 1, tzinfo=UTC), 60, periods)


def load(*, firm_mw: float, waiting_mw: float, rated_mw: float, window_hours: float = 24.0) -> BidLoad:
    """Firm work and work that may wait, without overhead."""
    used = firm_mw + waiting_mw
    classes = {
        "batch": WorkloadClass(
            kind=WorkloadKind.BATCH, share=waiting_mw / used, window_hours=window_hours, cleared="daily"
        )
    }
    if firm_mw:
        classes["firm"] = WorkloadClass(kind=WorkloadKind.FIRM_SERVING, share=firm_mw / used)
    cluster = Cluster(
        it_mw=rated_mw, utilisation=used / rated_mw, overhead_fixed=0.0, overhead_slope=0.0, classes=classes
    )
    return BidLoad(cluster=cluster, connection_mw=rated_mw)


def question(
    periods: int,
    of: BidLoad,
    *,
    steps_max: int = 3,
    deviation: DeviationTerms | None = None,
    risk: Risk | None = None,
) -> BidQuestion:
    """A load before a day of a market with limits 0 and 1000."""
    return BidQuestion(
        axis=day(periods),
        load=of,
        limits=Limits(floor_cny_per_mwh=0.0, cap_cny_per_mwh=1000.0, steps_max=steps_max),
        deviation=deviation or DeviationTerms(fee_cny_per_mwh=100.0),
        risk=risk or Risk(),
    )
