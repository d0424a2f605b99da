"""Which sources reach the site over a line of its own?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.direct_line.line import DirectLine

ASSET = AssetKind(key="direct_line", fields=DirectLine, title=Help("Direct line", "绿电专线"))
