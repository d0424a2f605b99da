"""What does a wind farm give, and what does it cost?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.wind.farm import Wind

ASSET = AssetKind(key="wind", fields=Wind, title=Help("Wind farm", "风电场"), needs_weather=True)
