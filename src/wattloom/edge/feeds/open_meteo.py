"""What was the weather by Open-Meteo? Reanalysis for everywhere on earth since 1940, free for non-commercial use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattloom.edge.feeds._answer import answer
from wattloom.intake.open_meteo import UNITS, days, normalised

if TYPE_CHECKING:
    import httpx

    from wattloom.domain.weather import Place, Weather

URL = "https://archive-api.open-meteo.com/v1/archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMeteo:
    """The historical weather service of Open-Meteo; data under CC BY 4.0."""

    transport: httpx.BaseTransport | None = None
    """Another way to the network, such as a recorded answer."""
    timeout_seconds: float = 120.0

    def year(self, place: Place, year: int) -> Weather:
        """Hourly weather of a calendar year at a place."""
        first, last = days(place, year)
        params = {
            "latitude": place.latitude_deg,
            "longitude": place.longitude_deg,
            "elevation": place.altitude_m,
            "start_date": first,
            "end_date": last,
            "hourly": ",".join(UNITS),
            "wind_speed_unit": "ms",
            "timezone": "GMT",
        }
        found = answer(
            URL, params, service="Open-Meteo", transport=self.transport, timeout_seconds=self.timeout_seconds
        )
        return normalised(found, place, year)


FEED = OpenMeteo()
