"""What a case has of documents, and what the verbs of a diagram make of it.

    shelf.take(act, around)     # one DocumentAct of a step; raises DocumentIncomplete

A document is a record with versions.  At most one of a kind is open at a time (of a kind with `several`: one for each
instance); a closed one stays as it was.  What is asked of a document that is not there does nothing: an instance that
was moved here from an older version of its diagram goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from engine.calendar import Calendar, count, local, parse, when
from engine.documents.content import Content, composed, lacking
from engine.documents.kinds import Kind
from engine.errors import DocumentIncomplete
from engine.model import DocumentAct, Json

FIELDS = {
    "lacking": "The document cannot be sent without this.",
    "backwards": "The document would end before it begins.",
}

#: Why a version is over.
REPLACED, LAPSED, SUPERSEDED = "ny_version", "bortfald", "afloest"
#: With these verbs somebody is told of a document.
TELLS = frozenset(("send", "orienter"))


@dataclass(slots=True)
class Reader:
    """Somebody that a version was sent to; `asked` for an answer, or only told.  `sent_at` None: held at the gate."""

    party: str
    asked: bool
    sent_at: datetime | None
    basis: str = ""
    answer: bool | None = None
    answered_at: datetime | None = None
    manner: str = ""
    #: The row's number, where there is one.
    id: int | None = None
    changed: bool = True


@dataclass(slots=True)
class Version:
    """One version; `content` opens its seal only when somebody asks.  `valid_from` None: never in force."""

    number: int
    content: Callable[[], Content]
    party: str
    element: str
    made_at: datetime
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    ended_at: datetime | None = None
    ended: str = ""
    reason: str = ""
    #: Taken over from a plan that was agreed before, on paper where `Document.copied_from` is empty.
    reused: bool = False
    #: The instance in which it was written, as `Around.series` names it.
    made_in: str = ""
    readers: dict[str, Reader] = field(default_factory=dict)
    id: int | None = None
    changed: bool = True

    @property
    def in_force(self) -> bool:
        """Whether it was put in force and nothing has ended it; that its time is up is for the reader to say."""
        return self.valid_from is not None and self.ended_at is None


@dataclass(slots=True)
class Document:
    """One record with its versions, oldest first."""

    kind: str
    series: str
    opened_at: datetime
    versions: list[Version] = field(default_factory=list)
    closed_at: datetime | None = None
    closed: str = ""
    copied_from: Document | None = None
    id: int | None = None
    changed: bool = True

    @property
    def newest(self) -> Version:
        """The version that was made last."""
        return self.versions[-1]

    @property
    def in_force(self) -> Version | None:
        """The version in force."""
        return next((v for v in reversed(self.versions) if v.in_force), None)

    @property
    def status(self) -> str:
        """udkast, afventer, i_kraft, bortfaldet or afloest."""
        if self.closed_at is not None:
            return "bortfaldet" if self.closed == LAPSED else "afloest"
        if self.in_force is not None:
            return "i_kraft"
        return "afventer" if any(r.asked for r in self.newest.readers.values()) else "udkast"


@dataclass(frozen=True, slots=True)
class Around:
    """What a shelf must know of the step: `earlier` gives what was answered on this walk since a moment (None: ever),
    `basis` on what ground one party may be told by another (None: held), `series` names the instance.
    """

    kinds: Mapping[str, Kind]
    forms: Mapping[str, Json]
    calendar: Calendar
    now: datetime
    series: str
    earlier: Callable[[datetime | None], Json]
    basis: Callable[[str, str], str | None]


class Shelf:
    """The documents of one case."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        self.documents = list(documents)

    def take(self, act: DocumentAct, around: Around) -> Iterator[tuple[str, Document]]:
        """Do what the act says, verb by verb; gives each verb that did something with its document."""
        kind = self._kind(act, around)
        if kind is None:
            return
        for verb in act.verbs:
            found = getattr(self, f"_{verb}")(kind, act, around)
            if found is not None:
                yield verb, found

    def let_go(self, basis: Callable[[str, str], str | None], now: datetime) -> None:
        """Let those read who were held for want of a basis and now have one."""
        for document in self.documents:
            for version in document.versions:
                for reader in version.readers.values():
                    found = basis(version.party, reader.party)
                    if reader.sent_at is None and found is not None:
                        reader.sent_at, reader.basis, reader.changed = now, found, True

    # ---- which -------------------------------------------------------------------------------
    def open(self, kind: Kind, around: Around) -> Document | None:
        """The open document of this kind."""
        series = around.series if kind.several else ""
        return next(
            (
                d
                for d in reversed(self.documents)
                if (d.kind, d.series, d.closed_at) == (kind.name, series, None)
            ),
            None,
        )

    def _meant(self, kind: Kind, around: Around) -> Document | None:
        """The open document, unless what this instance wrote is over: an answer to that is no answer to another."""
        found = self.open(kind, around)
        if found is None or _wrote(found, around.series):
            return found
        over = (d for d in self.documents if d.kind == kind.name and d is not found)
        return None if any(_wrote(d, around.series) for d in over) else found

    def _kind(self, act: DocumentAct, around: Around) -> Kind | None:
        """The kind that is meant: the first that the case has open, else the one it had last, else the first."""
        known = [around.kinds[name] for name in act.kinds if name in around.kinds]
        for kind in known:
            if self.open(kind, around) is not None:
                return kind
        had = [d for d in self.documents if d.kind in act.kinds]
        last = max(had, key=lambda d: d.opened_at, default=None)
        return next((k for k in known if last and k.name == last.kind), known[0] if known else None)

    # ---- the verbs ---------------------------------------------------------------------------
    def _ny_version(self, kind: Kind, act: DocumentAct, around: Around) -> Document:
        document = self.open(kind, around)
        if document is None:
            return self._opened(kind, act, around, None)
        before = document.newest
        made = self._made(kind, act, around, before.number + 1, before.content(), before.made_at)
        if before.valid_from is None:
            _end(before, REPLACED, "", around.now)
        document.versions.append(made)
        document.changed = True
        return document

    def _ret(self, kind: Kind, act: DocumentAct, around: Around) -> Document | None:
        """A new version of what is there; a plan that was never in Stafet cannot be mended here."""
        return None if self._meant(kind, around) is None else self._ny_version(kind, act, around)

    def _nyt(self, kind: Kind, act: DocumentAct, around: Around) -> Document:
        self._close(self.open(kind, around), SUPERSEDED, "", around.now)
        return self._opened(kind, act, around, None)

    def _genbrug(self, kind: Kind, act: DocumentAct, around: Around) -> Document:
        """The same content in a new record: the statute lets the old one lapse (readings E8)."""
        same = [d for d in self.documents if d.kind == kind.name]
        source = self.open(kind, around) or max(same, key=lambda d: d.opened_at, default=None)
        if source is not None and source.closed_at is None:
            self._close(source, SUPERSEDED, "", around.now)
        made = self._opened(kind, act, around, source)
        made.newest.reused = True
        return made

    def _send(self, kind: Kind, act: DocumentAct, around: Around) -> Document | None:
        return self._sent(kind, act, around, asked=True)

    def _orienter(self, kind: Kind, act: DocumentAct, around: Around) -> Document | None:
        return self._sent(kind, act, around, asked=False)

    def _accept(self, kind: Kind, act: DocumentAct, around: Around) -> Document | None:
        document = self._meant(kind, around)
        if document is None or act.answer is None:
            return None
        reader = self._reader(document.newest, act.by or act.party, act, around, asked=True)
        reader.answer, reader.answered_at = act.answer, around.now
        reader.manner = act.manner or ("i_stafet" if reader.party == act.party else "mundtligt")
        return document

    def _i_kraft(self, kind: Kind, act: DocumentAct, around: Around) -> Document | None:
        document = self._meant(kind, around)
        if document is None:
            return None
        newest = document.newest
        _complete(kind, document)
        for old in document.versions[:-1]:
            if old.ended_at is None:
                _end(old, REPLACED, "", around.now)
        values = newest.content()["values"]
        begins = act.valid_from or values.get(kind.valid_from) or around.now
        newest.valid_from = when(begins, around.calendar)
        newest.valid_to = _until(kind, act, values, newest.valid_from, around)
        if newest.valid_to is not None and newest.valid_to < newest.valid_from:
            raise DocumentIncomplete(fields={kind.valid_to or "gyldig_til": FIELDS["backwards"]})
        newest.changed = document.changed = True
        return document

    def _bortfald(self, kind: Kind, act: DocumentAct, around: Around) -> Document | None:
        return self._close(self._meant(kind, around), LAPSED, act.reason, around.now)

    # ---- inside ------------------------------------------------------------------------------
    def _opened(
        self, kind: Kind, act: DocumentAct, around: Around, source: Document | None
    ) -> Document:
        base, since = None, None
        if source is not None:
            agreed = (v for v in reversed(source.versions) if v.valid_from is not None)
            old = next(agreed, source.newest)
            base, since = old.content(), around.now
        version = self._made(kind, act, around, 1, base, since)
        series = around.series if kind.several else ""
        document = Document(kind.name, series, around.now, [version], copied_from=source)
        self.documents.append(document)
        return document

    def _made(
        self,
        kind: Kind,
        act: DocumentAct,
        around: Around,
        number: int,
        base: Content | None,
        since: datetime | None,
    ) -> Version:
        """A version: what stood there before, what was answered on this walk since then, what was answered now."""
        before = base["values"] if base else {}
        known = {**act.seen, **before, **around.earlier(since), **act.answers}
        own = [around.forms[act.form]] if act.form and act.form in around.forms else []
        others = [f for name, f in around.forms.items() if name != act.form]
        if not kind.sections:
            others = []
        content = composed(kind, [*own, *others, *([base["schema"]] if base else [])], known)
        return Version(
            number, lambda: content, act.party, act.element, around.now, made_in=around.series
        )

    def _sent(
        self, kind: Kind, act: DocumentAct, around: Around, *, asked: bool
    ) -> Document | None:
        document = self._meant(kind, around)
        if document is None:
            return None
        _complete(kind, document)
        for party in act.about:
            self._reader(document.newest, party, act, around, asked=asked)
        document.changed = True
        return document

    def _reader(
        self, version: Version, party: str, act: DocumentAct, around: Around, *, asked: bool
    ) -> Reader:
        found = version.readers.get(party)
        if found is None:
            basis = around.basis(act.party, party)
            sent = None if basis is None else around.now
            found = version.readers[party] = Reader(party, asked, sent, basis or "")
        found.asked = found.asked or asked
        found.changed = True
        return found

    @staticmethod
    def _close(document: Document | None, why: str, reason: str, now: datetime) -> Document | None:
        if document is None:
            return None
        for version in document.versions:
            if version.ended_at is None:
                _end(version, why, reason, now)
        document.closed_at, document.closed, document.changed = now, why, True
        return document


def untold(
    acts: Iterable[DocumentAct], basis: Callable[[str, str], str | None]
) -> list[tuple[str, str]]:
    """Who tells of a document, and each party that may not be told yet."""
    return [
        (act.party, party)
        for act in acts
        if not TELLS.isdisjoint(act.verbs)
        for party in act.about
        if basis(act.party, party) is None
    ]


def facts(it: Document) -> Json:
    """A document as a scenario can expect it; the newest version's answers and dates."""
    newest = it.newest
    answers = [r for r in newest.readers.values() if r.answer is not None]
    return {
        "kind": it.kind,
        "status": it.status,
        "versions": newest.number,
        "element": newest.element,
        "party": newest.party,
        "asked": [r.party for r in newest.readers.values() if r.asked],
        "sent": [r.party for r in newest.readers.values() if r.sent_at is not None],
        "accepted": [r.party for r in answers if r.answer],
        "declined": [r.party for r in answers if not r.answer],
        "valid_from": local(newest.valid_from) if newest.valid_from else None,
        "valid_to": local(newest.valid_to) if newest.valid_to else None,
        "ended_at": local(newest.ended_at) if newest.ended_at else None,
        "reason": newest.reason,
        "fields": sorted(newest.content()["values"]),
    }


def _wrote(document: Document, series: str) -> bool:
    return any(version.made_in == series for version in document.versions)


def _end(version: Version, why: str, reason: str, now: datetime) -> None:
    version.ended_at, version.ended, version.reason, version.changed = now, why, reason, True


def _complete(kind: Kind, document: Document) -> None:
    """Nothing leaves without the least that it must hold; what is used again was complete when it was agreed."""
    newest = document.newest
    if not newest.reused and (names := lacking(kind, newest.content())):
        raise DocumentIncomplete(fields=dict.fromkeys(names, FIELDS["lacking"]))


def _until(
    kind: Kind, act: DocumentAct, values: Mapping[str, Any], begins: datetime, around: Around
) -> datetime | None:
    said = act.valid_to or values.get(kind.valid_to)
    if said:
        return _end_of(said, around.calendar)
    return count(parse(kind.valid), begins, around.calendar).due if kind.valid else None


def _end_of(said: str, calendar: Calendar) -> datetime:
    """The last second of a date; a moment itself."""
    found = when(said, calendar)
    if len(said) == 10:
        home = found.astimezone(calendar.timezone)
        return datetime.combine(home.date(), time(23, 59, 59), calendar.timezone)
    return found
