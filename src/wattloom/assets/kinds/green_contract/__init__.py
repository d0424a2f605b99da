"""Which part of the import does a green-power contract cover, and what does its green attribute cost?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.green_contract.purchase import GreenContract

ASSET = AssetKind(key="green_contract", fields=GreenContract, title=Help("Green-power contract", "绿电交易合同"))
