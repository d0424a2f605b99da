"""What can many small resources give the grid together, as one?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.pool.pool import Pool

ASSET = AssetKind(key="pool", fields=Pool, title=Help("Pool of a virtual power plant", "虚拟电厂资源池"))
