"""What does a browser need to show the control room? The built console, ready to be served without Node or network.

The source lies in `console/`; its build lies beside this file in `assets/`. `index.html` answers every page of the
console; everything else is asked for below `PREFIX`, under a name that holds a hash of its content.
"""

from __future__ import annotations

from wattloom.edge.console.built import POLICY, PREFIX, Asset, build_of, files, sources_of

__all__ = ["POLICY", "PREFIX", "Asset", "build_of", "files", "sources_of"]
