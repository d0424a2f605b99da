"""Is this place the site? And what do height and zone make of its air and its clock?"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from wattloom.domain.weather import Place

SITE_RADIUS_KM = 50.0
"""Weather from farther away is not of the site. Assumed: about the cell of the coarsest reanalysis we read."""
EARTH_RADIUS_KM = 6371.0
MINUTES_PER_HOUR = 60


def is_near(site: Place, other: Place) -> bool:
    """Whether weather taken at one place speaks for the other."""
    return distance_km(site, other) <= SITE_RADIUS_KM


def distance_km(one: Place, other: Place) -> float:
    """Great-circle distance.

    Example:
        >>> from wattloom.domain.weather import Place
        >>> pole, equator = (Place(latitude_deg=x, longitude_deg=0, altitude_m=0, time_zone="UTC") for x in (90, 0))
        >>> round(distance_km(pole, equator))
        10008
    """
    north, south = math.radians(one.latitude_deg), math.radians(other.latitude_deg)
    across = math.radians(other.longitude_deg - one.longitude_deg)
    haversine = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(haversine, 1.0)))


def zone_of_offset(hours: float, *, site: Place | None, where: str) -> str:
    """Name of a zone whose standard time is so many hours from UTC: the site's where it fits, else a fixed one.

    Example:
        >>> zone_of_offset(-5.0, site=None, where="weather.epw")
        'Etc/GMT+5'
    """
    if site is not None and _standard_hours(site.time_zone) == hours:
        return site.time_zone
    if hours == round(hours):
        # The names of fixed zones count westward.
        return f"Etc/GMT{-round(hours):+d}" if hours else "Etc/GMT"
    raise InputError.one(
        where,
        found=f"a clock {hours:+g} hours from UTC",
        expected="whole hours, or the standard time of the site's zone",
        remedy="name the zone of the file's place",
    )


def _standard_hours(time_zone: str) -> float:
    """Standard offset of a zone from UTC, in hours."""
    local = datetime(2025, 1, 1, tzinfo=ZoneInfo(time_zone))
    offset, summer = local.utcoffset() or timedelta(), local.dst() or timedelta()
    return (offset - summer) / timedelta(hours=1)
