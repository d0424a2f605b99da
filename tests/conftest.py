"""Property tests try the same cases on every machine; `make campaign` looks for new ones.

A search that starts elsewhere each time finds faults on the day of somebody else's change. So the tests repeat a fixed
search, and the campaign, with `WATTLOOM_SEARCH=new`, makes new ones and more of them.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("new", derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("WATTLOOM_SEARCH", "same"))
