"""What does a nuclear plant give, and what does it cost?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.nuclear.plant import Nuclear

ASSET = AssetKind(key="nuclear", fields=Nuclear, title=Help("Nuclear plant", "核电机组"))
