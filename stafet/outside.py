"""What leaves the house, sent: the outbox is emptied by whichever process was told where to.

`Post(settings, store, clock)` knows the channels that are set; `send(most)` sends what is due, one by one.
`Post.rules` is what the alerts go by; `Post.prove()` tries each of their receivers at once, past the outbox.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from babel.messages.pofile import read_po

from channels import hook
from channels.letters import ALERTS, Say, Written, called
from channels.mail import Mailer
from channels.where import NotSent
from engine import actions, measures
from engine.actions import Leaving, Rules
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
        self._told = settings.alerts.receivers(store.keyring.mark)
        #: Channels whose other side is away, and until when nothing is tried there.
        self._away: dict[str, datetime] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        """Those that this process was told of."""
        there = {"mail": self._mailer, "webhook": self.settings.alerts.hook}
        return tuple(channel for channel, way in there.items() if way is not None)

    @property
    def receivers(self) -> dict[str, str]:
        """Who is told of alerts, by the mark that stands for him in the database: an address, or a machine's name."""
        return {mark: who for (_channel, mark), who in self._told.items()}

    @property
    def rules(self) -> Rules:
        """Who is told of alerts, and when."""
        said = self.settings.alerts
        return Rules(tuple(self._told), said.quiet, said.urgent, said.after)

    def prove(self) -> list[tuple[str, str]]:
        """A letter of proof to each receiver of alerts: who that is, and the code of why not (empty: it is out)."""
        found = []
        for (channel, mark), who in self._told.items():
            at, why = self.now(), ""
            try:
                self._alert(
                    channel, who, "alert_test", {}, f"alert_test:{at.isoformat()}:{mark}", at
                )
            except NotSent as exc:
                why = exc.code
            found.append((who, why))
        if self._mailer:
            self._mailer.hang_up()
        return found

    def send(self, most: int) -> int:
        """Send what is due, at most so many; how many were tried."""
        tried = 0
        try:
            while tried < most and (it := self._next()):
                tried += 1
                with measures.during("outbox") as going:
                    going.begins(it.channel, kind=it.kind)
                    self._one(it, going)
        finally:
            if self._mailer:
                self._mailer.hang_up()
        return tried

    def _next(self) -> Leaving | None:
        now = self.now()
        there = [each for each in self.channels if self._away.get(each, now) <= now]
        return actions.take(self.store, there, now=now) if there else None

    def _one(self, it: Leaving, going: measures.Going) -> None:
        try:
            self._out(it)
        except NotSent as exc:
            if exc.all:
                self._away[it.channel] = self.now() + PAUSE
            going.says(error=exc.code)
            self._kept(it, exc.code, exc.for_good)
        except Exception as exc:  # noqa: BLE001 - one letter that cannot be written must not stop the others
            log.error("outbox %s (%s): %s", it.id, it.kind, exc.__class__.__name__)
            going.says(error="unforeseen")
            self._kept(it, "unforeseen", False)
        else:
            actions.sent(self.store, it, now=self.now())

    def _out(self, it: Leaving) -> None:
        if it.kind in ALERTS:
            to = self._told.get((it.channel, it.facts["to"]))
            if to is None:
                # Taken out of the settings since.
                raise NotSent("no_address", for_good=True)
            self._alert(it.channel, to, it.kind, it.facts, it.key, it.made_at)
            return
        assert self._mailer
        written = Written(words(it.language), it.language, self.settings.url)
        letter = written.letter(it.kind, it.facts, task=it.task, code=it.code)
        if not it.to:
            raise NotSent("no_address", for_good=True)
        self._mailer.send(it.to, letter, it.key, it.made_at)

    def _alert(
        self,
        channel: str,
        to: str,
        kind: str,
        facts: Mapping[str, Any],
        key: str,
        made_at: datetime,
    ) -> None:
        """One alert by mail, or to the other system; Danish first, English after it."""
        danish, english = (Written(words(each), each, self.settings.url) for each in ("da", "en"))
        if channel == "webhook":
            way = self.settings.alerts.hook
            assert way
            said = called(kind, facts, danish, english) | {"at": made_at.isoformat()}
            hook.call(way, said, key, self.now())
        else:
            assert self._mailer
            letter = danish.letter(kind, facts).and_in(english.letter(kind, facts))
            self._mailer.send(to, letter, key, made_at)

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
