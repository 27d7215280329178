"""What leaves the house, sent: the outbox is emptied by whichever process was told where to.

`Post(settings, store, clock)` knows the channels that are set; `send(most)` sends what is due, one by one.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from babel.messages.pofile import read_po

from channels.letters import Say, Written
from channels.mail import Mailer, NotSent
from engine import actions
from engine.actions import Leaving
from engine.store import Store
from stafet.settings import ROOT, Settings

log = logging.getLogger("stafet.outbox")
#: How long a mail server that is away is left alone.
PAUSE = timedelta(minutes=1)
_TRANSLATIONS = ROOT / "web" / "translations"


class Post:
    """The way out of the house."""

    def __init__(self, settings: Settings, store: Store, now: Callable[[], datetime]) -> None:
        """Nothing is opened before something is to be sent."""
        self.settings, self.store, self.now = settings, store, now
        self._mailer = Mailer(settings.mail) if settings.mail else None
        #: Channels whose other side is away, and until when nothing is tried there.
        self._away: dict[str, datetime] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        """Those that this process was told of."""
        return ("mail",) if self._mailer else ()

    def send(self, most: int) -> int:
        """Send what is due, at most so many; how many were tried."""
        tried = 0
        try:
            while tried < most and (it := self._next()):
                tried += 1
                self._one(it)
        finally:
            if self._mailer:
                self._mailer.hang_up()
        return tried

    def _next(self) -> Leaving | None:
        now = self.now()
        there = [each for each in self.channels if self._away.get(each, now) <= now]
        return actions.take(self.store, there, now=now) if there else None

    def _one(self, it: Leaving) -> None:
        try:
            self._out(it)
        except NotSent as exc:
            if exc.all:
                self._away[it.channel] = self.now() + PAUSE
            self._kept(it, exc.code, exc.for_good)
        except Exception as exc:  # noqa: BLE001 - one letter that cannot be written must not stop the others
            log.error("outbox %s (%s): %s", it.id, it.kind, exc.__class__.__name__)
            self._kept(it, "unforeseen", False)
        else:
            actions.sent(self.store, it, now=self.now())

    def _out(self, it: Leaving) -> None:
        assert self._mailer
        written = Written(words(it.language), it.language, self.settings.url)
        letter = written.letter(it.kind, it.facts, task=it.task, code=it.code)
        self._mailer.send(it.to or "", letter, it.key, it.made_at)

    def _kept(self, it: Leaving, code: str, for_good: bool) -> None:
        # The number and the code: an address is nobody's to read here.
        log.warning("outbox %s (%s) was not sent: %s", it.id, it.kind, code)
        actions.failed(self.store, it, code, for_good=for_good, now=self.now())


@functools.cache
def words(language: str) -> Say:
    """What looks a Danish sentence up; read from the catalogue itself, without the web."""
    path = _TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    if language == "da" or not path.exists():
        return str
    with path.open("rb") as file:
        known = read_po(file, locale=language)

    def say(text: str) -> str:
        found = known.get(text)
        return str(found.string) if found is not None and found.string else text

    return say
