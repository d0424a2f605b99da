"""What was the weather by PVGIS? Satellite irradiance for Europe, Africa and much of Asia, ERA5 elsewhere; 2005 on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wattloom.edge.feeds._answer import answer
from wattloom.intake.answers import year_axis
from wattloom.intake.pvgis import normalised

if TYPE_CHECKING:
    import httpx

    from wattloom.domain.weather import Place, Weather

URL = "https://re.jrc.ec.europa.eu/api/v5_3/seriescalc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pvgis:
    """PVGIS 5.3 of the European Commission's Joint Research Centre: free, without a key."""

    transport: httpx.BaseTransport | None = None
    """Another way to the network, such as a recorded answer."""
    timeout_seconds: float = 120.0

    def year(self, place: Place, year: int) -> Weather:
        """Hourly weather of a calendar year at a place; the UTC years that it touches are asked for."""
        axis = year_axis(place, year)
        params = {
            "lat": place.latitude_deg,
            "lon": place.longitude_deg,
            "startyear": axis.start.year,
            "endyear": (axis.end - timedelta(minutes=1)).year,
            "angle": 0,
            "aspect": 0,
            "components": 1,
            "pvcalculation": 0,
            "usehorizon": 1,
            "outputformat": "json",
        }
        found = answer(URL, params, service="PVGIS", transport=self.transport, timeout_seconds=self.timeout_seconds)
        return normalised(found, place, year)


FEED = Pvgis()
