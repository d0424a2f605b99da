"""What may a battery take and give, what does it keep for an outage, and what does its ageing cost?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.battery.storage import Battery

ASSET = AssetKind(key="battery", fields=Battery, title=Help("Battery storage", "电化学储能"))
