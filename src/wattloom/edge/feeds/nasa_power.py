"""What was the weather by NASA POWER? Everywhere on earth since 2001, in cells of half a degree and more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wattloom.edge.feeds._answer import answer
from wattloom.intake.answers import year_axis
from wattloom.intake.nasa_power import UNITS, normalised

if TYPE_CHECKING:
    import httpx

    from wattloom.domain.weather import Place, Weather

URL = "https://power.larc.nasa.gov/api/temporal/hourly/point"


@dataclass(frozen=True, slots=True, kw_only=True)
class NasaPower:
    """The hourly point service of NASA's Langley Research Center: free, without a key."""

    transport: httpx.BaseTransport | None = None
    """Another way to the network, such as a recorded answer."""
    timeout_seconds: float = 180.0

    def year(self, place: Place, year: int) -> Weather:
        """Hourly weather of a calendar year at a place."""
        axis = year_axis(place, year)
        params = {
            "latitude": place.latitude_deg,
            "longitude": place.longitude_deg,
            "start": f"{axis.start:%Y%m%d}",
            "end": f"{axis.end - timedelta(minutes=1):%Y%m%d}",
            "community": "RE",
            "parameters": ",".join(UNITS),
            "time-standard": "UTC",
            "format": "JSON",
        }
        found = answer(
            URL, params, service="NASA POWER", transport=self.transport, timeout_seconds=self.timeout_seconds
        )
        return normalised(found, place, year)


FEED = NasaPower()
