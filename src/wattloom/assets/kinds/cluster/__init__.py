"""How much does a computing cluster draw, when may its work wait, and what does it take to keep it cool?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.cluster.cluster import Cluster

# Weather is needed only where overhead is given by temperature: see `Cluster.needs_weather`.
ASSET = AssetKind(key="cluster", fields=Cluster, title=Help("Computing cluster", "算力集群"))
