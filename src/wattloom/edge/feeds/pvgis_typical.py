"""What is a usual year by PVGIS? Twelve months of past years, each the most typical of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattloom.edge.feeds._answer import answer
from wattloom.intake.pvgis import normalised_typical

if TYPE_CHECKING:
    import httpx

    from wattloom.domain.weather import Place, Weather

URL = "https://re.jrc.ec.europa.eu/api/v5_3/tmy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PvgisTypical:
    """The typical meteorological year of PVGIS 5.3 (ISO 15927-4)."""

    transport: httpx.BaseTransport | None = None
    """Another way to the network, such as a recorded answer."""
    timeout_seconds: float = 120.0

    def year(self, place: Place, year: int) -> Weather:
        """The typical year, laid onto a calendar year: its months are the same whatever the year."""
        params = {
            "lat": place.latitude_deg,
            "lon": place.longitude_deg,
            "usehorizon": 1,
            "outputformat": "json",
        }
        found = answer(URL, params, service="PVGIS", transport=self.transport, timeout_seconds=self.timeout_seconds)
        return normalised_typical(found, place, year)


FEED = PvgisTypical()
