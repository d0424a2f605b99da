"""What does a chain of electrolyser, store and generator take and give?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.hydrogen.chain import HydrogenChain

ASSET = AssetKind(key="hydrogen", fields=HydrogenChain, title=Help("Hydrogen storage", "氢储能"))
