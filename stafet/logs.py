"""What a process writes to its log: a line of text, or with `STAFET_LOG=json` a line of JSON for a machine to read.

Each line knows the request it was written in and the instance it is about, where there is one.  What people wrote or
who they are never stands in it; loggers give codes and numbers.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import g, has_request_context, request

#: Levels of libraries that talk more than an operator reads.
QUIET = {
    "apscheduler": logging.WARNING,
    "waitress": logging.ERROR,
    "alembic": logging.WARNING,
}


def begin(kind: str = "text") -> None:
    """Log to stderr; `kind` is `text` or `json`."""
    lines = logging.StreamHandler()
    lines.addFilter(_about)
    lines.setFormatter(formatter(kind))
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


def formatter(kind: str) -> logging.Formatter:
    """How a line is written; `kind` is `text` or `json`."""
    return _Json() if kind == "json" else _Text(_TEXT)


_TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def _about(record: logging.LogRecord) -> bool:
    """Say of which request and instance the line is."""
    if has_request_context():
        record.request = g.get("request_id")
        if not hasattr(record, "instance"):
            record.instance = (request.view_args or {}).get("instance_id")
    return True


class _Text(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        """An exception's class and where it came through, never its text: that may repeat what somebody wrote."""
        places = [f"  {at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(ei[2])]
        return "\n".join([ei[0].__name__ if ei[0] else "?", *places])


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One line; of an exception its class and its place, never its text: that may repeat what somebody wrote."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "said": record.getMessage(),
        }
        for name in ("request", "instance", "route", "method", "status", "ms"):
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, ensure_ascii=False)


def _where(record: logging.LogRecord) -> str:
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
