"""What a process writes to its log: a line of text, or with `STAFET_LOG=json` a line of JSON for a machine to read.

Each line knows the request it was written in and the instance it is about, where there is one.  What people wrote or
who they are never stands in it; loggers give codes and numbers.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from flask import g, has_request_context, request

from engine import measures

#: Levels of libraries that talk more than an operator reads.
QUIET = {
    "apscheduler": logging.WARNING,
    "opentelemetry": logging.ERROR,
    "waitress": logging.ERROR,
    "alembic": logging.WARNING,
}
#: What a line of JSON carries beside its words, where it is known.
FACTS = (
    "request",
    "instance",
    "trace",
    "route",
    "method",
    "status",
    "ms",
    "code",
    "error",
    "where",
    "way",
)
log = logging.getLogger("stafet.unforeseen")


def begin(kind: str = "text") -> None:
    """Log to stderr; `kind` is `text` or `json`."""
    lines = _Lines()
    lines.addFilter(_about)
    lines.setFormatter(formatter(kind))
    measures.listen(_hear)
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)


def formatter(kind: str) -> logging.Formatter:
    """How a line is written; `kind` is `text` or `json`."""
    return _Json() if kind == "json" else _Text(_TEXT)


def fallen(code: str, kind: type[BaseException], trace: TracebackType | None) -> None:
    """One line about an exception that nothing caught: `code`, its class and the places it came through."""
    root = logging.getLogger()
    if not any(isinstance(each, _Lines) for each in root.handlers):
        begin("json" if os.environ.get("STAFET_LOG") == "json" else "text")
    way = _way(trace)
    facts = {"code": code, "error": kind.__name__, "where": way[-1] if way else "", "way": way}
    log.critical("%s %s, by way of %s", code, kind.__name__, " > ".join(way) or "-", extra=facts)


_TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def _about(record: logging.LogRecord) -> bool:
    """Say of which request and instance the line is."""
    if has_request_context():
        record.request = g.get("request_id")
        if not hasattr(record, "instance"):
            record.instance = (request.view_args or {}).get("instance_id") or g.get("instance")
    if trace := measures.context():
        record.trace = trace.split("-")[1]
    return True


def _hear(name: str, _of: str, _seconds: float, about: measures.About) -> None:
    """The lines of a request that moved an instance say which."""
    if name == "step" and has_request_context():
        g.instance = about.get("instance")


class _Lines(logging.StreamHandler[Any]):
    """Lines on stderr; one that cannot be written is told by its logger and the mistake's class alone."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Python would repeat the line's own arguments."""
        wrong = sys.exc_info()[0]
        told = {"code": "not_written", "error": wrong.__name__ if wrong else "?"}
        line = logging.LogRecord(
            record.name, logging.ERROR, record.pathname, record.lineno, "a line could not be written: %(error)s",
            (told,), None,
        )  # fmt: skip
        line.__dict__.update(told)
        try:
            self.stream.write(self.format(line) + self.terminator)
        except (OSError, ValueError):
            # Nobody reads stderr any more: there is nowhere to say it.
            return


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
        for name in FACTS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, ensure_ascii=False)


def _where(record: logging.LogRecord) -> str:
    way = _way(record.exc_info[2] if record.exc_info else None)
    return way[-1] if way else ""


def _way(trace: TracebackType | None) -> list[str]:
    """The modules and lines that an exception came through, the innermost last; no source, no values."""
    return [f"{frame.f_globals.get('__name__')}:{line}" for frame, line in traceback.walk_tb(trace)]
