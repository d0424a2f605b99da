"""How far can cooling be made before it is needed?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.cold_store.storage import ColdStore

ASSET = AssetKind(key="cold_store", fields=ColdStore, title=Help("Cold store with pre-cooling", "蓄冷与预冷"))
