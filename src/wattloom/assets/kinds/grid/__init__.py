"""What may the site draw from the public grid and give to it, and what does that cost?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.grid.connection import GridConnection

ASSET = AssetKind(key="grid", fields=GridConnection, title=Help("Grid connection", "接网"))
