"""What is written about what happens? One line of JSON each, to standard error, without queries, headers or bodies."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

TAKEN = ("uvicorn", "uvicorn.error", "wattloom", "py.warnings", "opentelemetry")
"""Loggers whose lines are written; uvicorn's own lines of requests are not, as they hold queries."""


class JsonLines(logging.Formatter):
    """A record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """When, how grave, who says what, and what was told with it."""
        at = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname.lower(), "from": record.name, "said": record.getMessage()}
        told = getattr(record, "told", None)
        if isinstance(told, dict):
            line |= told
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def write_lines(level: int = logging.INFO) -> None:
    """Write lines from now on, warnings of Python among them."""
    logging.captureWarnings(capture=True)
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(JsonLines())
    for name in TAKEN:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [out] if name != "uvicorn.error" else [], name == "uvicorn.error"
        logger.setLevel(level)
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [], False
