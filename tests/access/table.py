"""Who gets what answer from every address: the table that `test_matrix.py` walks and `docs/access.md` shows.

A row is a method, an address with the object that stands in it, and one answer for each kind of person:

    yes      it is done or shown                     none     nothing here (404), as for a number that nobody has
    empty    the page, with nothing of the object    no       known to exist, but not theirs to do (403)
    shut     not now, or nothing to report (409)     login    only for people with a login
    bad      theirs to do, and refused for what was sent (422)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Login, and who that is in the story of `cast.py`.
KINDS = {
    "ida": "the unit that has the task, with the job",
    "mia": "the same unit, another job",
    "jens": "another party that takes part",
    "karin": "a party of the case without a part",
    "rikke": "the same job, another unit",
    "hanne": "another agreement",
    "ole": "operator",
    "dan": "process designer",
    "": "no login",
}
ANSWERS = ("yes", "empty", "none", "no", "shut", "login", "bad")
#: What the addresses' objects are.
OBJECTS = {
    "case_id": "the case",
    "instance_id": "an instance of a pathway on it",
    "task_id": "the unit's open task in that instance",
    "message_id": "a message from the unit to the other party",
    "notice_id": "the other party's reminder",
    "meeting_id": "the meeting to which the unit invited the other party",
    "document_id": "the plan that the unit sent to the other party",
    "filter_id": "a filter of the inbox that the nurse keeps for herself",
    "timer_id": "a moment that the instance waits for",
    "cause_id": "a message on the case that nobody waits for",
    "question_id": "what the nurse asked her colleague with another job beside the task",
    "attachment_id": "a file that the nurse put beside the task",
    "deputy_id": "the time in which somebody stands in for the nurse",
    "secret": "the address of the nurse's dates for a calendar program",
    "token_id": "a key by which a program acts as the nurse",
    "loan_id": "what the unit's leader lent of the case to somebody else",
    "hold_id": "what keeps the case from erasure, set by the unit's leader",
    "review_id": "the emergency that the unit must look at",
    "batch_id": "what an operator did to a whole group",
    "play": "a designer's play of the pathway, which is nobody's case",
}
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Row:
    """`what` tells two rows of one address apart; `sends` is the JSON, the form or the query.

    `shows` is a pattern that the answer `yes` must hold.
    """

    method: str
    rule: str
    answers: tuple[str, ...]
    sends: dict[str, Any] = field(default_factory=dict)
    shows: str = ""
    what: str = ""

    @property
    def name(self) -> str:
        """As a test's id and a line of the page."""
        return " ".join(part for part in (self.method, self.rule, self.what) if part)


def _row(
    method: str, rule: str, answers: str, what: str = "", shows: str = "", **sends: Any
) -> Row:
    found = tuple(answers.split())
    assert len(found) == len(KINDS), (rule, answers)
    assert set(found) <= set(ANSWERS), (rule, answers)
    return Row(method, rule, found, sends, shows, what)


_ID = r'"id": ?{%s}\b'
_REASON = {"reason": "Prøvet i en test"}
#      kinds:       ida   mia   jens  karin rikke hanne ole   dan   nobody
_PEOPLE = "         yes   yes   yes   yes   yes   yes   yes   yes   login"
_ANYBODY = "        yes   yes   yes   yes   yes   yes   yes   yes   yes"
_NOBODY = " ".join(["none"] * len(KINDS))
_PARTY = "          yes   yes   yes   yes   none  none  none  none  login"
_PART = "           yes   yes   yes   none  none  none  none  none  login"
_PART_OR_OPERATOR = "yes  yes   yes   none  none  none  yes   none  login"
_UNIT = "           yes   yes   none  none  none  none  none  none  login"
_JOB = "            yes   no    none  none  none  none  none  none  login"
_OPERATOR = "       no    no    no    no    no    no    yes   no    login"
#: Mia leads, and so approves what is drawn.
_DRAWN = "          no    yes   no    no    no    no    no    yes   login"
_DRAWS_OR_OPERATES = "no no no no no no yes yes login"
_DESIGNER = "       no    no    no    no    no    no    no    yes   login"
#: What was in force at once is nothing to call off; a leader of the agreement's unit may, as a designer.
_CALLS_OFF = "      no    shut  no    no    no    no    no    shut  login"


def rows() -> Iterator[Row]:
    """All of it."""
    yield from _api()
    yield from _pages()
    yield from _open()


def _api() -> Iterator[Row]:
    case, walk, task = (
        f"{API}/cases/<case_id>",
        f"{API}/instances/<instance_id>",
        f"{API}/tasks/<task_id>",
    )
    yield _row(
        "POST", f"{API}/cases", "yes yes yes yes yes no no no login", "of the agreement",
        agreement="midtjylland", citizen={"cpr": "720685-1033", "name": "Bjarne Holm"},
    )  # fmt: skip
    yield _row("GET", case, _PARTY, shows="Tine")
    yield _row("GET", f"{case}/timeline", _PARTY)
    # Who was not sent it does not learn that it is there.
    sent = "yes yes yes empty none none none none login"
    yield _row("GET", f"{case}/documents", sent, shows=_ID % "document_id")
    yield _row("GET", f"{API}/documents/<document_id>", _PART, shows=_ID % "document_id")
    yield _row("GET", f"{API}/documents/<document_id>/versions/<number>.pdf", _PART)
    yield _row("GET", f"{case}/meetings", sent, shows=_ID % "meeting_id")
    yield _row("GET", f"{API}/meetings/<meeting_id>", _PART, shows=_ID % "meeting_id")
    yield _row("GET", f"{API}/meetings/<meeting_id>.ics", _PART, shows="Møde i teamet")
    yield _row("GET", f"{task}/comments", _UNIT, shows=_ID % "question_id")
    yield _row("GET", f"{task}/attachments", _UNIT, shows=_ID % "attachment_id")
    yield _row("POST", f"{task}/comments", _UNIT, text="Set i en test")
    lacks = "bad bad none none none none none none login"
    yield _row("POST", f"{task}/attachments", lacks, what="without a file")
    yield _row("GET", f"{API}/attachments/<attachment_id>", _UNIT)
    owner = "yes none none none none none none none login"
    yield _row("POST", f"{API}/attachments/<attachment_id>/remove", owner)
    waits = "empty yes empty empty empty empty empty empty login"
    yield _row("GET", f"{API}/questions", waits, shows=_ID % "question_id")
    asked = "no yes none none none none none none login"
    yield _row("POST", f"{API}/questions/<question_id>/answer", asked, text="Set i en test")
    yield _row("GET", f"{case}/actions", _PARTY)
    begin = {"pathway": "planrunde", "data": {}}
    lane = "yes yes no no none none none none login"
    yield _row("POST", f"{case}/instances", lane, "what the unit begins", **begin)
    act = f"{case}/actions"
    yield _row("POST", act, lane, "what the unit begins", action="midtjylland-planrunde", data={})
    report = "yes yes shut shut none none none none login"
    yield _row("POST", act, report, "what is reported in an instance", action="{event}", data={})
    yield _row(
        "POST", f"{API}/messages", _PARTY, "from outside", name="x", case="{case_id}", data={}
    )
    yield _row(
        "GET",
        f"{API}/instances",
        "yes yes yes empty empty empty yes empty login",
        shows=_ID % "instance_id",
    )
    for look in ("", "/history", "/diagram"):
        yield _row("GET", f"{walk}{look}", _PART_OR_OPERATOR)
    for verb, more in _OPERATORS.items():
        # What runs in the newest version has nothing to resume and nowhere to move to.
        now = _OPERATOR.replace("yes", "shut") if verb in _NOTHING_TO_DO else _OPERATOR
        yield _row("POST", f"{walk}/{verb}", now, **_REASON, **more)
    later = {"due_at": "2024-05-01T08:00:00+02:00", "dry_run": True}
    # This clock follows a deadline, and it is the deadline that is moved.
    follows = _OPERATOR.replace("yes", "shut")
    yield _row("POST", f"{API}/timers/<timer_id>/reschedule", follows, **_REASON, **later)
    yield _row(
        "GET",
        f"{API}/timers",
        "yes yes yes empty empty empty yes empty login",
        shows=_ID % "timer_id",
    )
    yield _row("GET", f"{API}/processes/<key>/pace", _DRAWS_OR_OPERATES)
    for page in ("reports/deadlines", "reports/deadlines.csv"):
        yield _row("GET", f"{API}/{page}", _READS)
    for page in ("stuck", "stuck/groups"):
        yield _row("GET", f"{API}/{page}", _OPERATOR)
    yield from _batches()
    given = {"to": "anna", "dry_run": True}
    yield _row("POST", f"{task}/give", _OPERATOR, **_REASON, **given)
    yield _row("POST", f"{walk}/remind", _OPERATOR, **_REASON, dry_run=True)
    for verb in ("deliver", "discard", "put-back"):
        # This one has been delivered.
        dealt = _OPERATOR.replace("yes", "shut")
        yield _row("POST", f"{API}/messages/<message_id>/{verb}", dealt, **_REASON)
    yield _row(
        "GET",
        f"{API}/tasks",
        "yes yes empty empty empty empty empty empty login",
        shows=_ID % "task_id",
    )
    yield _row("GET", task, _UNIT, shows="Tine")
    yield _row("POST", f"{task}/claim", _JOB)
    yield _row("POST", f"{task}/unclaim", _JOB)
    yield _row("POST", f"{task}/delegate", _JOB, to="anna")
    yield _row("POST", f"{task}/draft", _JOB, data={"eskaler": False})
    yield _row("POST", f"{task}/complete", _JOB, data={"eskaler": False})
    yield _row("POST", f"{task}/reopen", "shut shut none none none none none none login")
    # Mia looks after data protection in her unit.
    audit = "no yes no no no no no no login"
    yield _row("GET", f"{API}/audit", audit, shows='"case_opened"', case="{case_id}", limit=200)
    yield from _lending(case)
    yield from _keeping()
    yield _row("GET", f"{API}/processes", _PEOPLE)
    yield _row("GET", f"{API}/units", _PEOPLE)
    yield from _designs()


def _batches() -> Iterator[Row]:
    """One act on a whole group; the one that stands there suspended nothing, so there is nothing to take back."""
    group = {"act": "remind", "cause": "overdue"}
    closed = _OPERATOR.replace("yes", "shut")
    yield _row("GET", f"{API}/batches", _OPERATOR, shows=_ID % "batch_id")
    yield _row("POST", f"{API}/batches", _OPERATOR, **_REASON, **group)
    moves = {"agreement": "midtjylland", "dry_run": True}
    yield _row("POST", f"{API}/processes/<key>/migrate", _OPERATOR, **_REASON, **moves)
    yield _row("GET", f"{API}/batches/<batch_id>", _OPERATOR)
    yield _row("POST", f"{API}/batches/<batch_id>/undo", closed, **_REASON)
    yield _row("GET", f"{API}/messages/unmatched", _OPERATOR, shows=_ID % "letter")
    for page in ("outbox", "workers", "deployments"):
        yield _row("GET", f"{API}/{page}", _OPERATOR)
    yield _row("GET", "/drift/forloeb", _OPERATOR, shows="/drift/forloeb/{instance_id}")
    yield _row("GET", "/drift/tidspunkter", _OPERATOR, shows="timer={timer_id}")
    yield _row("GET", "/drift/beskeder", _OPERATOR, shows="/drift/beskeder/{letter}")
    for page in ("udbakke", "arbejdere", "udrulninger"):
        yield _row("GET", f"/drift/{page}", _OPERATOR)
    yield _row("GET", "/drift/alarmer", _OPERATOR)
    hushed = {"cause": "overdue", "until": "hour"}
    yield _row("POST", "/drift/alarmer", _OPERATOR, **_REASON, **hushed)
    # Nothing is silenced that could sound again.
    yield _row("POST", "/drift/alarmer/<reason>/lyd", _OPERATOR)
    yield _row("GET", f"{API}/alerts", _OPERATOR)
    named = {"cause": "overdue", "until": "2024-04-05T12:00:00+02:00"}
    yield _row("POST", f"{API}/alerts/silence", _OPERATOR, **_REASON, **named)
    yield _row("POST", f"{API}/alerts/<reason>/sound", _OPERATOR.replace("yes", "none"))
    # Nothing was given up.
    yield _row("POST", "/drift/udbakke", _OPERATOR, **_REASON, numbers="1", do="again")
    yield _row("POST", "/drift/filtre", _OPERATOR, status="waiting", navn="Venter")
    # This one has been delivered.
    yield _row("GET", "/drift/beskeder/<message_id>", _OPERATOR.replace("yes", "none"))
    yield _row(
        "POST",
        "/drift/beskeder/<message_id>",
        _OPERATOR.replace("yes", "none"),
        **_REASON,
        handling="discard",
        do="do",
    )
    begin = "/drift/aarsag/<reason>/alle"
    yield _row("GET", begin, _OPERATOR)
    yield _row("POST", begin, _OPERATOR, **_REASON, handling="remind")
    yield _row("GET", "/drift/forloeb/valgte", _OPERATOR)
    chosen = {"valgt": "{instance_id}", "handling": "retry"}
    yield _row("POST", "/drift/forloeb/valgte", _OPERATOR, **chosen)
    yield _row("GET", "/drift/forloeb/<instance_id>", _OPERATOR)
    held = {"handling": "suspend", "do": "do", "reason": "Prøvet i en test"}
    yield _row("POST", "/drift/forloeb/<instance_id>", _OPERATOR, **held)
    yield _row("GET", "/drift/mange", _OPERATOR, shows="/drift/mange/{batch_id}")
    yield _row("GET", "/drift/mange/<batch_id>", _OPERATOR)
    yield _row("POST", "/drift/mange/<batch_id>/fortryd", closed, **_REASON)


def _designs() -> Iterator[Row]:
    """What is drawn is everybody's to read, and a designer's to change."""
    for look in ("versions", "diff"):
        yield _row("GET", f"{API}/processes/<key>/{look}", _PEOPLE)
    yield _row("POST", f"{API}/processes/lint", _DESIGNER, bpmn="<a/>")
    folder = {"files": {"midtjylland/agreement.toml": ""}}
    # A folder without a pathway is refused, but not for who sends it.
    yield _row("POST", f"{API}/deployments", _DESIGNER.replace("yes", "bad"), **folder)
    # What is there was in force at once, so nothing is left to call off.
    yield _row("POST", f"{API}/deployments/<number>/call-off", _CALLS_OFF)
    draft = f"{API}/drafts/<agreement>/<key>"
    yield _row("GET", draft, _DRAWN)
    yield _row("PUT", draft, _DESIGNER, bpmn="<a/>", version=0)
    yield _row("GET", f"{API}/drafts", _DRAWN)
    # Nothing is drawn on planrunde: who may act on a draft is told so, the others that it is not theirs.
    undrafted, mine = _DRAWN.replace("yes", "none"), _DESIGNER.replace("yes", "none")
    meant = {"version": 1}
    for look in ("diff", "worklist"):
        yield _row("GET", f"{draft}/{look}", undrafted)
    yield _row("POST", f"{draft}/submit", mine, note="Prøvet i en test", **meant)
    yield _row("POST", f"{draft}/approve", undrafted, **meant)
    yield _row("POST", f"{draft}/send-back", undrafted, note="Prøvet i en test", **meant)
    for act in ("renew", "discard"):
        yield _row("POST", f"{draft}/{act}", mine, **meant)
    yield _row("POST", f"{draft}/worklist", mine, nth=0)
    # The version that is in force is nothing to go back to.
    back = {"agreement": "midtjylland", "note": "Prøvet i en test", **meant}
    yield _row("POST", f"{API}/processes/<key>/restore", _DESIGNER.replace("yes", "bad"), **back)
    yield _row("GET", f"{API}/folders/<agreement>", _DRAWN)
    yield _row("POST", f"{API}/folders/<agreement>", _DESIGNER.replace("yes", "bad"))
    play = {"agreement": "midtjylland", "pathway": "planrunde", "start": "2024-03-26", "steps": []}
    yield _row("POST", f"{API}/simulations", _DESIGNER, **play)


_NOTHING_TO_DO = ("resume", "migrate")
_OPERATORS: dict[str, dict[str, Any]] = {
    "suspend": {"dry_run": True},
    "resume": {},
    "cancel": {"dry_run": True},
    "retry": {"dry_run": True},
    "move": {"task": "{task_id}", "to": "send_plan", "dry_run": True},
    "skip": {"task": "{task_id}", "dry_run": True},
    "restart": {"to": "send_plan", "dry_run": True},
    "data": {"data": {"justering_plan": True}, "dry_run": True},
    "migrate": {"dry_run": True, "version": 1},
}


#: Mia leads her unit, and looks after data protection in it.
_READS = "          no    yes   no    no    no    no    yes   no    login"
_LOOKS_AFTER = "    no    yes   no    no    no    no    no    no    login"
#: She leads the unit; the others of the case may know that there is such a thing, the rest nothing.
_LEADER = "         no    yes   no    no    none  none  none  none  login"
_HERS = "           none  yes   none  none  none  none  none  none  login"
_TREATS = "         yes   yes   yes   yes   yes   yes   no    no    login"


def _lending(case: str) -> Iterator[Row]:
    """Reading without a part in it: lent, or in an emergency."""
    lent = "empty yes empty empty none none none none login"
    yield _row("GET", f"{case}/loans", lent, shows=_ID % "loan_id")
    given = {"to": "rikke", "until": "2024-04-20T12:00:00+02:00"}
    yield _row("POST", f"{case}/loans", _LEADER, **_REASON, **given)
    yield _row("POST", f"{API}/loans/<loan_id>/withdraw", _HERS)
    # Operators have those of units where nobody may look; this one is Mia's.
    empty = "no yes no no no no empty no login"
    yield _row("GET", f"{API}/emergencies", empty, shows=_ID % "review_id")
    yield _row("POST", f"{API}/emergencies", _TREATS, **_REASON, citizen="810590-2018")
    yield _row("POST", f"{API}/emergencies/<review_id>/review", _HERS, note="Set i en test")


def _keeping() -> Iterator[Row]:
    """How long a case is kept, and what holds it: for who answers for a party's data."""
    case = f"{API}/cases/<case_id>"
    until = {"until": "2025-04-20T12:00:00+02:00"}
    yield _row("GET", f"{case}/holds", _LEADER, shows=_ID % "hold_id")
    yield _row("POST", f"{case}/holds", _LEADER, **_REASON, **until)
    yield _row("POST", f"{API}/holds/<hold_id>/lift", _HERS)
    page = "/sager/<case_id>/opbevaring"
    yield _row("GET", page, _LEADER, shows="Klage til styrelsen")
    yield _row("POST", page, _LEADER, **_REASON, until="2025-04-20")
    yield _row("POST", f"{page}/<hold_id>/ophaev", _HERS)
    # Any party's people may note it; here the citizen was made up and has consented to all.
    by = {"given_by": "borger"}
    yield _row("POST", f"{case}/consents/withdraw", _PARTY, **by)
    yield _row("GET", "/sager/<case_id>/samtykke", _PARTY, shows="Hvem trækker det tilbage")
    both = {**by, "parties": "Kriminalforsorgen", "sure": "1"}
    yield _row("POST", "/sager/<case_id>/samtykke", _PARTY, **both)
    # What is nobody's to ask for is refused before it is looked for.
    yield _row("GET", f"{case}/own-data", _LOOKS_AFTER, shows="Tine Rasmussen")
    yield _row("GET", "/sager/<case_id>/indsigt", _LEADER, shows="indsigt.pdf")
    yield _row("POST", "/sager/<case_id>/indsigt", _LOOKS_AFTER, shows="Tine Rasmussen")


def _lending_pages() -> Iterator[Row]:
    yield _row("GET", "/sager/<case_id>/adgang", _LEADER, shows="Sia Svendsen")
    given = {"to": "rikke", "until": "2024-04-20"}
    yield _row("POST", "/sager/<case_id>/adgang", _LEADER, **_REASON, **given)
    yield _row("POST", "/sager/<case_id>/adgang/<loan_id>/luk", _HERS)
    yield _row("GET", "/noedadgang", _TREATS)
    yield _row("POST", "/noedadgang", _TREATS, **_REASON, citizen="810590-2018")
    looks = "no yes no no no no yes no login"
    yield _row("GET", "/noedadgang/gennemsyn", looks, shows="Sia Svendsen")
    yield _row("POST", "/noedadgang/gennemsyn/<review_id>", _HERS, note="Set i en test")


def _pages() -> Iterator[Row]:
    yield from _lending_pages()
    mine = "yes yes empty empty empty empty empty empty login"
    theirs = '/opgaver/{task_id}"'
    yield _row("GET", "/", mine, shows=theirs, vis="ledige")
    yield _row("POST", "/", mine, "a search", shows=theirs, q="810590-2018", vis="ledige")
    cases = "yes yes yes yes empty empty empty empty login"
    yield _row("GET", "/sager", cases, shows="Tine Rasmussen")
    yield _row("POST", "/sager", cases, "a search", shows="Tine Rasmussen", q="810590-2018")
    yield _row("GET", "/sager/<case_id>", _PARTY, shows="Tine Rasmussen")
    walk = {"what": "an instance on it", "shows": "Planrunde ved genindlæggelse <span"}
    yield _row("GET", "/sager/<case_id>", "yes yes yes empty none none none none login", **walk)
    act = "/sager/<case_id>/handling/<action>"
    begin = "yes yes none none none none none none login"
    yield _row("GET", act, begin, "what the unit begins")
    yield _row("POST", act, begin, "what the unit begins")
    yield _row("GET", "/sager/ny", _PEOPLE)
    new = {"cpr": "720685-1033", "name": "Bjarne Holm", "aftale": "midtjylland"}
    new["party:Kommunens myndighed"] = "Myndighed Aarhus"
    opens = "yes yes yes yes yes no no no login"
    yield _row("POST", "/sager/ny", opens, "of the agreement", **new)
    yield _row("GET", "/forloeb-i-sagen/<instance_id>/diagram", _PART_OR_OPERATOR)
    task = "/opgaver/<task_id>"
    yield _row("GET", task, _UNIT, shows="Tine")
    yield _row("POST", task, _JOB, eskaler="false")
    yield _row("POST", f"{task}/tag", _JOB)
    yield _row("POST", f"{task}/giv-tilbage", _JOB)
    yield _row("POST", f"{task}/overdrag", _JOB, to="anna")
    yield _row("GET", "/tilgaengelighed", _ANYBODY)
    yield _row("GET", "/frister", _PEOPLE)
    yield _row("POST", "/frister/adresse", _PEOPLE)
    yield _row("POST", "/frister/adresse/fjern", _PEOPLE)
    yield _row("GET", "/frister/<secret>.ics", _ANYBODY, "whose secret it is")
    yield _row("GET", "/mail", _PEOPLE)
    yield _row("POST", "/mail", _PEOPLE, how="none", address="")
    wrong = " ".join(["bad" if each == "yes" else each for each in _PEOPLE.split()])
    code = {"code": "AAAA-AAAA"}
    yield _row("POST", "/mail/kode", wrong, "no code of theirs", **code)
    yield _row("GET", "/fravaer", _PEOPLE)
    yield _row(
        "POST",
        "/fravaer",
        "yes yes bad bad bad bad bad bad login",
        deputy="anna",
        since="2024-04-10",
        until="2024-05-10",
    )
    party = "yes yes none none none none none none login"
    yield _row("POST", "/fravaer/<deputy_id>/slut", party)
    yield _row("POST", f"{task}/kommentar", _UNIT, kommentar="Set i en test")
    asked = "no yes none none none none none none login"
    yield _row("POST", f"{task}/spoergsmaal/<question_id>", asked, svar="Set i en test")
    lacks = "bad bad none none none none none none login"
    yield _row("POST", f"{task}/bilag", lacks, what="without a file")
    owner = "yes none none none none none none none login"
    yield _row("GET", "/bilag/<attachment_id>", _UNIT)
    yield _row("POST", "/bilag/<attachment_id>/fjern", owner)
    yield _row("POST", "/opgaver/flere", _JOB, do="tag", opgave="{task_id}")
    # Nothing has been done that could be undone.
    undone = "shut no none none none none none none login"
    yield _row("POST", "/opgaver/fortryd", undone, opgave="{task_id}")
    yield _row("POST", "/filtre", _PEOPLE, vis="ledige", navn="Ledige")
    yield _row("POST", "/filtre/<filter_id>/fjern", owner)
    yield _row("GET", "/dokumenter/<document_id>", _PART, shows="Udskrivningsaftale")
    yield _row("GET", "/dokumenter/<document_id>/udgave/<number>.pdf", _PART)
    yield _row(
        "POST", "/opgaver/<task_id>/genaabn", "shut shut none none none none none none login"
    )
    yield _row("GET", "/moeder/<meeting_id>", _PART)
    yield _row("GET", "/moeder/<meeting_id>.ics", _PART, shows="Møde i teamet")
    yield _row("GET", "/beskeder/<message_id>", _PART)
    receiver = "none none yes none none none none none login"
    yield _row("POST", "/beskeder/<message_id>", receiver)
    yield _row("POST", "/paamindelser/<notice_id>", receiver)
    yield _row("GET", "/rapport/frister", _READS)
    yield _row("GET", "/drift", _OPERATOR)
    yield _row("GET", "/drift/<cause_id>", _OPERATOR)
    aside = {"handling": "discard", "do": "do", "reason": "Prøvet i en test"}
    yield _row("POST", "/drift/<cause_id>", _OPERATOR, **aside)
    for page in ("/forloeb", "/forloeb/<key>", "/forloeb/<key>/diagram", "/forloeb/<key>/udgaver"):
        yield _row("GET", page, _PEOPLE)
    for page in ("tid", "tid/diagram"):
        yield _row("GET", f"/forloeb/<key>/{page}", _DRAWS_OR_OPERATES)
    # There is only one version, so nothing is drawn beside it.
    nothing = _PEOPLE.replace("yes", "none")
    yield _row("GET", "/forloeb/<key>/udgaver/diagram", nothing)
    yield _row("GET", "/studie", _DRAWN)
    for page in ("", "/frist", "/godkend"):
        who = _PEOPLE if page == "/frist" else _DRAWN
        yield _row("GET", f"/studie/<agreement>/<key>{page}", who, frist="3 hverdage")
    yield _row("GET", "/forloeb/<key>/flyt", _OPERATOR)
    yield _row("POST", "/forloeb/<key>/flyt", _OPERATOR, **_REASON)
    back = "/studie/<agreement>/<key>/tilbage/<version>"
    yield _row("GET", back, _DESIGNER)
    yield _row("GET", f"{back}/diagram", _DESIGNER.replace("yes", "none"), what="of the same text")
    # The version that is in force is nothing to go back to.
    yield _row("POST", back, _DESIGNER.replace("yes", "bad"), note="Prøvet i en test")
    for place in ("<agreement>", "<agreement>/<key>"):
        yield _row("GET", f"/studie/{place}/mappe.zip", _DRAWN, shows="planrunde.bpmn")
    yield _row("POST", "/studie/<agreement>/hent-ind", _DESIGNER.replace("yes", "bad"))
    undrafted = _DRAWN.replace("yes", "none")
    yield _row("GET", "/studie/<agreement>/<key>/godkend/diagram", undrafted)
    decided = "no no no no no no no none login"
    yield _row("POST", "/studie/<agreement>/<key>/godkend", decided, do="discard")
    off = "/studie/kommende/<number>/kald-tilbage"
    yield _row("POST", off, _CALLS_OFF)
    here = "/studie/<agreement>/<key>"
    # Planrunde was drawn here, so that nothing is left of another editor.
    yield _row("GET", f"{here}/afklaring", undrafted)
    yield _row("POST", f"{here}/afklaring", decided, do="afklaret", punkt="0")
    for page in ("/formular/<name>", "/tabel/<name>"):
        yield _row("GET", f"{here}{page}", _DRAWN)
    yield _row("POST", f"{here}/vis-formular", _DESIGNER, form="intet")
    yield _row("POST", f"{here}/spoerg-tabel", _DESIGNER, xml="<a/>", name="raekke")
    yield _row("POST", f"{here}/udtryk", _DESIGNER, udtryk="1 + 1")
    begun = {"navn": "Nyt fra en test", "bane": "Regionspsykiatrien", "start": "Start"}
    yield _row("POST", "/studie/<agreement>/nyt", _DESIGNER, **begun)
    for page in ("/afspil", "/scenarier", "/hvad-hvis"):
        yield _row("GET", f"{here}{page}", _DESIGNER)
    yield _row("POST", f"{here}/afspil", _DESIGNER, do="vis")
    nothing = "no no no no no no no none login"
    yield _row("POST", f"{here}/scenarier", nothing, navn="findes_ikke")
    for page in ("", "/diagram", "/scenarie.yaml"):
        yield _row("GET", f"{here}/afspil/<play>{page}", _DESIGNER)
    yield _row("POST", f"{here}/afspil/<play>", _DESIGNER, do="gaa", til="0")
    # Nothing can be reported where the play stands.
    closed = _DESIGNER.replace("yes", "shut")
    for page, who in (("opgave/<walk>/<ref>", _DESIGNER), ("handling/<walk>/<event>", closed)):
        yield _row("GET", f"{here}/afspil/<play>/<step>/{page}", who)
        yield _row("POST", f"{here}/afspil/<play>/<step>/{page}", who, do="vis")
    yield _row("POST", "/log-ud", _PEOPLE)
    yield _row("GET", "/noegler", _PEOPLE)
    own = "             yes   none  none  none  none  none  none  none  login"
    yield _row("POST", "/noegler/<token_id>/slut", own)


def _open() -> Iterator[Row]:
    """What needs no login, and says nothing of anybody."""
    pages = (
        "/log-ind", "/healthz", "/readyz", "/metrics", "/static/<path:filename>", "/api/docs",
        "/api/docs/static/<path:filename>",
        "/api/openapi.json",
    )  # fmt: skip
    for page in pages:
        yield _row("GET", page, _ANYBODY)
    yield _row("POST", "/log-ind", _ANYBODY, login="ida", password="hemmeligt")
    yield _row("POST", "/sprog", _ANYBODY, language="da")
    # Without an identity provider these are not there; with one: tests/oidc.
    yield _row("POST", "/log-ind/udbyder", _NOBODY)
    yield _row("GET", "/log-ind/svar", _NOBODY)
    yield _row("POST", "/log-ud/udbyder", _NOBODY)
