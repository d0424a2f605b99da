"""How would the literature run these jobs, and what is the best that anybody could do with each alone?"""

from wattloom.dispatch.policies.cheapest import CheapestInterruptible, CheapestWindow
from wattloom.dispatch.policies.comparing import Difference, paired_difference
from wattloom.dispatch.policies.deciding import Deciding, schedule
from wattloom.dispatch.policies.published import (
    PUBLISHED,
    CarbonTime,
    LowestSlot,
    LowestWindow,
    RunAtOnce,
    SuspendBelowThreshold,
    WaitAwhile,
)
from wattloom.dispatch.policies.signal import Known, Revised, Signal
from wattloom.dispatch.policies.window import Policy, Window

__all__ = [
    "PUBLISHED",
    "CarbonTime",
    "CheapestInterruptible",
    "CheapestWindow",
    "Deciding",
    "Difference",
    "Known",
    "LowestSlot",
    "LowestWindow",
    "Policy",
    "Revised",
    "RunAtOnce",
    "Signal",
    "SuspendBelowThreshold",
    "WaitAwhile",
    "Window",
    "paired_difference",
    "schedule",
]
