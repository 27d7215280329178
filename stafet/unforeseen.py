"""What nobody foresaw, told in one line of the log: an exception that nothing caught, in a command, a thread or a
destructor.

Python would write its message and the lines of source to stderr, and a message may repeat what somebody wrote.
`guard()` is called once where a process begins; it loads nothing, for `stafet due` must answer at once.
"""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Any

#: What programs key on in the line.
CODE = "unforeseen"


def guard() -> None:
    """From now on no exception reaches stderr in its own words."""
    sys.excepthook = _told
    threading.excepthook = _thread
    sys.unraisablehook = _unraisable


def _thread(fallen: Any) -> None:
    # A thread that ends itself says nothing, as ever.
    if fallen.exc_type is not SystemExit:
        _told(fallen.exc_type, fallen.exc_value, fallen.exc_traceback)


def _unraisable(fallen: Any) -> None:
    _told(fallen.exc_type, fallen.exc_value, fallen.exc_traceback)


def _told(
    kind: type[BaseException], _said: BaseException | None, trace: TracebackType | None
) -> None:
    try:
        from stafet import logs  # noqa: PLC0415 - it loads the web, which most commands do without

        logs.fallen(CODE, kind, trace)
    except Exception:  # noqa: BLE001 - whatever is broken, its words must not be the next to be written
        sys.stderr.write(f"stafet: {CODE} {kind.__name__}\n")
