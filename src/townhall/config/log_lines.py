"""A line of the log for programs: one JSON object (``TOWNHALL_LOG_FORMAT=json``)."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonLine(logging.Formatter):
    """``at``, ``level``, ``logger``, ``request``, ``message``, and ``error`` with its trace where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One object, without a line end inside."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line |= {"error": record.exc_info[0].__name__, "trace": self.formatException(record.exc_info)}
        return json.dumps(line, ensure_ascii=False)
