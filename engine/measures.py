"""What Stafet measures of itself while it works, told to whoever listens in this process.

    measures.tell("step", "completed", 0.012, instance=7, pathway="planrunde", element="Afklar")
    with measures.during("job") as going:       # what is told inside belongs to it
        going.begins("timer", after=claimed.data.get("trace"), instance=7)

The engine knows no metrics and no traces; `stafet/metrics.py`, `stafet/logs.py` and `stafet/traces.py` listen.  Codes,
numbers and names that designers gave, never words of people or who they are.  Where nobody listens it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

#: What is told, and what `of` is: a step (what happened), a job's lateness (its kind), a commit (of which database).
NAMES = ("step", "late", "commit")
#: What goes on for a while, and what `of` is: a request (its method), a job (its kind), a letter (its channel).
LASTING = ("request", "job", "outbox")

#: `about`: `instance`, `pathway`, `element` and what else is known.
About = dict[str, Any]
Hear = Callable[[str, str, float, About], None]
_listening: list[Hear] = []


class Open(Protocol):
    """Something that goes on."""

    def end(self, about: About) -> None:
        """It is over, and this is known of it besides."""


class Follower(Protocol):
    """Who follows what belongs to what; one in a process."""

    def begin(self, name: str, of: str, after: str | None, about: About) -> Open:
        """Something begins in this thread; `after`: what it goes back to, as `context` said."""

    def context(self) -> str | None:
        """What goes on in this thread now, in W3C's words (`traceparent`)."""


_follower: list[Follower] = []


def listen(hear: Hear) -> None:
    """Call `hear(name, of, seconds, about)` for everything that is told from now on."""
    _listening.append(hear)


def follow(follower: Follower | None) -> None:
    """From now on this one follows; None: nobody."""
    _follower[:] = [follower] if follower else []


def tell(name: str, of: str, seconds: float, **about: Any) -> None:
    """Say how long something took."""
    for hear in _listening:
        hear(name, of, seconds, about)


def context() -> str | None:
    """What goes on in this thread now, to be kept with what comes of it later; None where nobody follows."""
    return _follower[0].context() if _follower else None


class Going:
    """Something that may begin, lasts, and ends."""

    def __init__(self, name: str) -> None:
        """`name` is one of `LASTING`."""
        self.name = name
        self._open: Open | None = None
        self._about: About = {}

    def begins(self, of: str, *, after: str | None = None, **about: Any) -> None:
        """From here on; before this nothing is followed."""
        if _follower:
            self._open = _follower[0].begin(self.name, of, after, about)

    def says(self, **about: Any) -> None:
        """What is known of it by now."""
        self._about |= about

    def ends(self, exc: BaseException | None = None) -> None:
        """It is over; of a mistake its class."""
        if exc is not None:
            self.says(error=getattr(exc, "code", None) or exc.__class__.__name__)
        if self._open is not None:
            self._open.end(self._about)
            self._open = None


@contextmanager
def during(name: str) -> Iterator[Going]:
    """What begins in the block ends with it."""
    going = Going(name)
    try:
        yield going
    except BaseException as exc:
        going.ends(exc)
        raise
    going.ends()
