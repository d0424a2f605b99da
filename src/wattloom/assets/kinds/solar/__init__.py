"""What does a field of solar modules give, and what does it cost?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.solar.plant import Solar

ASSET = AssetKind(key="solar", fields=Solar, title=Help("Solar plant", "光伏电站"), needs_weather=True)
