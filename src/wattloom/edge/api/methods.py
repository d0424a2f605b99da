"""Which methods does a path take? All of its routes together: a page and a use case may share one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

if TYPE_CHECKING:
    from fastapi import FastAPI


class Methods:
    """Methods by path; what is added to the application later is known, too."""

    def __init__(self, app: FastAPI) -> None:
        """Keep the application; its routes are read when the first request asks."""
        self._app = app
        self._all: list[tuple[re.Pattern[str], str, frozenset[str]]] = []

    def of(self, path: str) -> frozenset[str]:
        """Every method that a path takes; empty where there is no such path. A path that is spelled out goes first."""
        if not self._all:
            routes = iter_route_contexts(self._app.router.routes)
            self._all = [
                (compile_path(one.path)[0], one.path, frozenset(one.methods))
                for one in routes
                if one.path and one.methods
            ]
        spelled = [methods for _, told, methods in self._all if told == path]
        found = spelled or [methods for pattern, _, methods in self._all if pattern.match(path)]
        return frozenset().union(*found)
