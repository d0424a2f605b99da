"""How many green certificates are bought apart from power?"""

from __future__ import annotations

from wattloom.assets.contract import AssetKind, Help
from wattloom.assets.kinds.certificates.purchase import Certificates

ASSET = AssetKind(key="certificates", fields=Certificates, title=Help("Green certificates", "绿证"))
