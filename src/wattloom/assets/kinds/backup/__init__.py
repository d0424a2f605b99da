"""What does a generator on bought fuel give, and when may it run?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.backup.generator import BackupGenerator

ASSET = AssetKind(key="backup", fields=BackupGenerator, title=Help("Back-up generator", "备用电源"))
