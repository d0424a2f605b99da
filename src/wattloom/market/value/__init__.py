"""What is flexibility worth in a year, after what computing loses by it, and what is left when all have it?"""

from wattloom.market.value.computing import Lever, WorkClass, blended
from wattloom.market.value.saturation import Equilibrium, SupplyCurve, equilibrium
from wattloom.market.value.shifting import Shift, Terms, best_shift
from wattloom.market.value.streams import Event, EventValue, event_value, mileage_value, reserve_cny

__all__ = [
    "Equilibrium",
    "Event",
    "EventValue",
    "Lever",
    "Shift",
    "SupplyCurve",
    "Terms",
    "WorkClass",
    "best_shift",
    "blended",
    "equilibrium",
    "event_value",
    "mileage_value",
    "reserve_cny",
]
