"""What does a computing load bid on a spot market, and what does that come to?

    PriceScenarios ─► day_ahead_bid ─► Curves ─ clearing price ─► award ─► real_time_plan ─► draw ─► settled_day

Nothing here knows where prices come from: `app` brings forecasts, limits of the market's rules, and what cleared.
"""

from wattloom.market.bids.curve import Curves, Step, break_prices
from wattloom.market.bids.day_ahead import BidQuestion, DayAheadBid, DayAheadDesk, day_ahead_bid, tail_mean
from wattloom.market.bids.load import BidLoad
from wattloom.market.bids.prices import BRANCHES, PriceScenarios
from wattloom.market.bids.real_time import RealTimeDesk, RealTimePlan, real_time_plan
from wattloom.market.bids.settled import SettledDay, settled_day
from wattloom.market.bids.terms import PRICE_TAKER, DeviationTerms, Limits, Risk

__all__ = [
    "BRANCHES",
    "PRICE_TAKER",
    "BidLoad",
    "BidQuestion",
    "Curves",
    "DayAheadBid",
    "DayAheadDesk",
    "DeviationTerms",
    "Limits",
    "PriceScenarios",
    "RealTimeDesk",
    "RealTimePlan",
    "Risk",
    "SettledDay",
    "Step",
    "break_prices",
    "day_ahead_bid",
    "real_time_plan",
    "settled_day",
    "tail_mean",
]
