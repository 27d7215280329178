"""Beside a task: comments and questions among colleagues, files, who reads them and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import actions, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import Actor
from engine.store import Store
from engine.tables import attachment, audit, comment
from tests.store.cast import NOW, open_task, opened, started

As = Callable[[str], Actor]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7\n%%EOF"
NOTHING = {"comments": [], "comments_left": 0, "files": [], "files_left": 0}
SOON = NOW + timedelta(minutes=1)


def begun(store: Store) -> int:
    return open_task(store, started(store, opened(store)), "vurder_behov")


def asked(
    store: Store, as_: As, number: int, text: str = " Har du talt med borgeren? ", to: str = "anna"
) -> int:
    return actions.comment_on(store, as_("ida"), number, text, to=to, now=NOW)


def test_a_question_waits_until_the_colleague_has_answered_it(store: Store, as_: As) -> None:
    number, ida, anna = begun(store), as_("ida"), as_("anna")
    question, other = asked(store, as_, number), asked(store, as_, number, "Og med lægen?")
    waits = queries.questions(store, anna, now=NOW)[0]
    assert waits["task"] == number
    assert waits["by"] == "Ida Ibsen"
    assert queries.questions(store, ida, now=NOW) == []
    actions.comment_on(store, anna, number, "Jeg ser på det.", now=NOW)
    assert queries.waiting_questions(store, anna, now=NOW) == 2, "a comment answers nothing"
    assert actions.answer(store, anna, question, " Ja, i går. ", now=SOON) == number
    assert queries.waiting_questions(store, anna, now=SOON) == 1
    first, second, said = queries.beside(store, anna, number, now=SOON)["comments"]
    assert (first["text"], first["to"], first["answered"], first["may_answer"]) == (
        "Har du talt med borgeren?",
        "Anna Aagaard",
        True,
        False,
    )
    heard = first["answer"]
    assert (heard["at"], heard["by"], heard["text"]) == (SOON, "Anna Aagaard", "Ja, i går.")
    assert (second["id"], second["answer"], second["may_answer"]) == (other, None, True)
    assert (said["text"], said["to"], said["may_answer"]) == ("Jeg ser på det.", None, False)
    assert not queries.beside(store, ida, number, now=SOON)["comments"][1]["may_answer"]


def test_an_answer_is_given_once_and_by_whom_it_was_asked_of(store: Store, as_: As) -> None:
    number = begun(store)
    question = asked(store, as_, number)
    (said,) = queries.beside(store, as_("ida"), number, now=NOW)["comments"]
    with pytest.raises(Forbidden):
        actions.answer(store, as_("ida"), question, "Mit eget", now=NOW)
    for login in ("jens", "sia"):
        with pytest.raises(NotFound):
            actions.answer(store, as_(login), question, "Hej", now=NOW)
    for text in (" ", "x" * 2001):
        with pytest.raises(Invalid) as wrong:
            actions.answer(store, as_("anna"), question, text, now=NOW)
        assert list(wrong.value.fields) == ["text"]
    with pytest.raises(NotFound):
        actions.answer(store, as_("anna"), 10_000, "Ja", now=NOW)
    assert queries.beside(store, as_("ida"), number, now=NOW)["comments"] == [said]
    for _twice in range(2):
        actions.answer(store, as_("anna"), question, "Ja", now=SOON)
    with pytest.raises(Conflict):
        actions.answer(store, as_("anna"), question, "Nej", now=SOON)
    (said,) = queries.beside(store, as_("ida"), number, now=SOON)["comments"]
    assert said["answer"]["text"] == "Ja"
    with pytest.raises(NotFound):
        actions.answer(store, as_("anna"), said["answer"]["id"], "Svar på et svar", now=SOON)


def test_who_stands_in_answers_in_place_of_who_was_asked(store: Store, as_: As) -> None:
    number = begun(store)
    question = asked(store, as_, number)
    assert queries.questions(store, as_("ida"), now=NOW) == []
    actions.appoint(store, as_("anna"), "ida", NOW.date(), NOW.date(), power=False, now=NOW)
    (waits,) = queries.questions(store, as_("ida"), now=NOW)
    assert waits["task"] == number
    actions.answer(store, as_("ida"), question, "Hun er væk; jeg har talt med ham.", now=SOON)
    (said,) = queries.beside(store, as_("anna"), number, now=SOON)["comments"]
    assert said["answer"]["by"] == "Ida Ibsen"


def test_what_is_said_is_sealed_and_noted(store: Store, as_: As) -> None:
    number = begun(store)
    actions.comment_on(store, as_("ida"), number, "Hemmelig tanke", now=NOW)
    actions.attach(store, as_("ida"), number, "hemmeligt navn.pdf", PDF, now=NOW)
    with store.read() as db:
        kept = [bytes(db.execute(select(comment.c.text)).scalar_one())]
        kept += [
            bytes(each)
            for each in db.execute(select(attachment.c.name, attachment.c.content)).one()
        ]
        noted = list(db.scalars(select(audit.c.what).where(audit.c.task_id == number)))
        facts = str(list(db.scalars(select(audit.c.facts).where(audit.c.task_id == number))))
    assert not any(b"emmelig" in each or b"PDF" in each for each in kept)
    assert {"commented", "attached"} <= set(noted)
    assert "emmelig" not in facts


def test_a_case_shows_what_stands_beside_the_tasks_of_ones_own_unit(store: Store, as_: As) -> None:
    case = opened(store)
    first, second = (open_task(store, started(store, case), "vurder_behov") for _ in range(2))
    actions.comment_on(store, as_("ida"), first, "Kun for os", to="anna", now=NOW)
    actions.attach(store, as_("ida"), second, "a.pdf", PDF, now=NOW)
    elsewhere = open_task(store, started(store, opened(store)), "vurder_behov")
    actions.comment_on(store, as_("ida"), elsewhere, "En anden sag", now=NOW)
    found = queries.beside_all(store, as_("anna"), case)
    (said,), (put,) = found["comments"], found["files"]
    assert (said["task"], said["text"], said["to"], said["answered"]) == (
        first,
        "Kun for os",
        "Anna Aagaard",
        False,
    )
    assert (put["task"], put["name"], put["by"], put["mine"]) == (
        second,
        "a.pdf",
        "Ida Ibsen",
        False,
    )
    for other in ("jens", "sia", "ole"):
        assert queries.beside_all(store, as_(other), case) == NOTHING


@pytest.mark.parametrize("login", ["jens", "sia", "ole"])
def test_nobody_else_reads_or_writes_there(store: Store, as_: As, login: str) -> None:
    number, other = begun(store), as_(login)
    file = actions.attach(store, as_("ida"), number, "a.pdf", PDF, now=NOW)
    actions.comment_on(store, as_("ida"), number, "Kun for os", now=NOW)
    assert queries.beside(store, other, number, now=NOW) == {**NOTHING, "colleagues": []}
    for tried in (
        lambda: actions.comment_on(store, other, number, "Hej", now=NOW),
        lambda: actions.attach(store, other, number, "a.pdf", PDF, now=NOW),
        lambda: actions.detach(store, other, file, now=NOW),
        lambda: queries.attached(store, other, file, now=NOW),
    ):
        with pytest.raises(NotFound):
            tried()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "file"),
        (b"MZ\x90\0 a program", "file"),
        (b"<svg onload=alert(1)>", "file"),
        (b"GIF89a", "file"),
        (PNG, "looked"),
        (PDF + b"x" * 10_000_000, "file"),
    ],
)
def test_a_file_is_what_its_bytes_say(store: Store, as_: As, data: bytes, field: str) -> None:
    number = begun(store)
    with pytest.raises(Invalid) as said:
        actions.attach(store, as_("ida"), number, "foto.png", data, now=NOW)
    assert list(said.value.fields) == [field]
    assert queries.beside(store, as_("ida"), number, now=NOW)["files"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\Users\\ida\\Brev til Åse.PDF", "Brev til Åse.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("regning.exe", "regning.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("...", "bilag.pdf"),
        ("x" * 500, "x" * 120 + ".pdf"),
    ],
)
def test_a_name_is_harmless(store: Store, as_: As, sent: str, kept: str) -> None:
    number = begun(store)
    file = actions.attach(store, as_("ida"), number, sent, PDF, now=NOW)
    assert queries.attached(store, as_("ida"), file, now=NOW) == {
        "name": kept,
        "kind": "application/pdf",
        "content": PDF,
    }


def test_a_file_is_removed_by_who_put_it_there_while_the_task_is_open(
    store: Store, as_: As
) -> None:
    number, ida = begun(store), as_("ida")
    first = actions.attach(store, ida, number, "a.png", PNG, looked=True, now=NOW)
    second = actions.attach(store, ida, number, "b.pdf", PDF, now=SOON)
    with pytest.raises(NotFound):
        actions.detach(store, as_("anna"), first, now=SOON)
    assert actions.detach(store, ida, first, now=SOON) == number
    answers = {"justering_indsats": False, "justering_plan": False}
    actions.complete(store, ida, number, answers, now=SOON)
    with pytest.raises(Conflict):
        actions.detach(store, ida, second, now=SOON)
    with pytest.raises(Conflict):
        actions.attach(store, ida, number, "c.pdf", PDF, now=SOON)
    # What was put there stays to be read, and so does the talk.
    assert [one["name"] for one in queries.beside(store, ida, number, now=SOON)["files"]] == [
        "b.pdf"
    ]
    actions.comment_on(store, ida, number, "Efterskrift", now=SOON)


def test_what_is_sent_twice_within_a_minute_is_there_once(store: Store, as_: As) -> None:
    number, ida, anna = begun(store), as_("ida"), as_("anna")
    said = [actions.comment_on(store, ida, number, each, now=NOW) for each in ("Hej", " Hej ")]
    put = [actions.attach(store, ida, number, "a.pdf", PDF, now=NOW) for _twice in range(2)]
    assert len(set(said)) == len(set(put)) == 1
    # Another's words, a question, another file, and the same after a minute are not the same thing.
    actions.comment_on(store, anna, number, "Hej", now=NOW)
    actions.comment_on(store, ida, number, "Hej", to="anna", now=NOW)
    actions.attach(store, anna, number, "a.pdf", PDF, now=NOW)
    actions.attach(store, ida, number, "b.pdf", PDF, now=NOW)
    actions.attach(store, ida, number, "b.pdf", PDF + b" ", now=NOW)
    actions.comment_on(store, ida, number, "Hej", now=SOON)
    found = queries.beside(store, ida, number, now=SOON)
    assert (len(found["comments"]), len(found["files"])) == (4, 4)
    with store.read() as db:
        noted = list(db.scalars(select(audit.c.what).where(audit.c.task_id == number)))
    assert [noted.count(what) for what in ("commented", "asked", "attached")] == [3, 1, 4]


def test_only_the_newest_are_opened(store: Store, as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    number, ida = begun(store), as_("ida")
    for n in range(5):
        at = NOW + timedelta(seconds=n)
        actions.comment_on(store, ida, number, f"Linje {n}", now=at)
        actions.attach(store, ida, number, f"{n}.pdf", PDF, now=at)
    opened_ = []
    unseal = type(store.keyring).open
    monkeypatch.setattr(type(store.keyring), "open", lambda *a: opened_.append(a[-1]) or unseal(*a))
    found = queries.beside(store, ida, number, most=2, now=SOON)
    assert [one["text"] for one in found["comments"]] == ["Linje 3", "Linje 4"]
    assert [one["name"] for one in found["files"]] == ["3.pdf", "4.pdf"]
    assert (found["comments_left"], found["files_left"]) == (3, 3)
    assert len(opened_) == 4
    whole = queries.beside(store, ida, number, now=SOON)
    assert (len(whole["comments"]), whole["comments_left"]) == (5, 0)


def test_there_is_a_bound_on_files_and_words(store: Store, as_: As) -> None:
    number, ida = begun(store), as_("ida")
    for n in range(20):
        actions.attach(store, ida, number, f"{n}.pdf", PDF, now=NOW + timedelta(seconds=n))
    with pytest.raises(Conflict):
        actions.attach(store, ida, number, "21.pdf", PDF, now=SOON)
    for text, to, field in (
        ("", "", "text"),
        ("x" * 2001, "", "text"),
        ("Hej", "jens", "to"),
        ("Hej", "ida", "to"),
    ):
        with pytest.raises(Invalid) as said:
            actions.comment_on(store, ida, number, text, to=to, now=NOW)
        assert list(said.value.fields) == [field]


def test_pages_hold_each_comment_and_file_once_while_more_come_in(store: Store, as_: As) -> None:
    number, ida = begun(store), as_("ida")

    def more(count: int) -> None:
        # Many within one moment: the number decides among them.
        for each in range(count):
            actions.comment_on(store, ida, number, f"Nummer {each}", now=NOW)
            actions.attach(store, ida, number, f"{each}.pdf", PDF + str(each).encode(), now=NOW)

    more(3)
    for read, kind in ((queries.comments, "comments"), (queries.attachments, "files")):
        first = read(store, ida, number, limit=2)
        more(5)
        rest = read(store, ida, number, after=first.next, limit=2)
        last = read(store, ida, number, after=rest.next, limit=100)
        assert last.next is None
        whole = queries.beside(store, ida, number, now=NOW)[kind]
        assert first.items + rest.items + last.items == whole
        assert read(store, as_("jens"), number).items == []


def test_an_answer_stands_in_its_question_on_a_page_too(store: Store, as_: As) -> None:
    number = begun(store)
    question = asked(store, as_, number)
    actions.answer(store, as_("anna"), question, "Ja", now=SOON)
    page = queries.comments(store, as_("ida"), number, limit=1)
    assert [one["answer"]["text"] for one in page.items] == ["Ja"]
    assert page.next is None
