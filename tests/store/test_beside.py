"""Beside a task: comments and questions among colleagues, files, who reads them and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import actions, queries
from engine.errors import Conflict, Invalid, NotFound
from engine.model import Actor
from engine.store import Store
from engine.tables import attachment, audit, comment
from tests.store.cast import NOW, open_task, opened, started

As = Callable[[str], Actor]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7\n%%EOF"
SOON = NOW + timedelta(minutes=1)


def begun(store: Store) -> int:
    return open_task(store, started(store, opened(store)), "vurder_behov")


def test_a_question_waits_until_the_colleague_has_said_something(store: Store, as_: As) -> None:
    number, ida, anna = begun(store), as_("ida"), as_("anna")
    actions.comment_on(store, ida, number, " Har du talt med borgeren? ", to="anna", now=NOW)
    (waits,) = queries.questions(store, anna, now=NOW)
    assert waits["task"] == number
    assert waits["by"] == "Ida Ibsen"
    assert queries.questions(store, ida, now=NOW) == []
    actions.comment_on(store, anna, number, "Ja, i går.", now=SOON)
    assert queries.questions(store, anna, now=SOON) == []
    first, second = queries.beside(store, ida, number, now=SOON)["comments"]
    assert (first["text"], first["to"], first["answered"]) == (
        "Har du talt med borgeren?",
        "Anna Aagaard",
        True,
    )
    assert (second["text"], second["to"]) == ("Ja, i går.", None)


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
        assert queries.beside_all(store, as_(other), case) == {"comments": [], "files": []}


@pytest.mark.parametrize("login", ["jens", "sia", "ole"])
def test_nobody_else_reads_or_writes_there(store: Store, as_: As, login: str) -> None:
    number, other = begun(store), as_(login)
    file = actions.attach(store, as_("ida"), number, "a.pdf", PDF, now=NOW)
    actions.comment_on(store, as_("ida"), number, "Kun for os", now=NOW)
    assert queries.beside(store, other, number, now=NOW) == {
        "comments": [],
        "files": [],
        "colleagues": [],
    }
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


def test_there_is_a_bound_on_files_and_words(store: Store, as_: As) -> None:
    number, ida = begun(store), as_("ida")
    for n in range(20):
        actions.attach(store, ida, number, f"{n}.pdf", PDF, now=NOW + timedelta(seconds=n))
    with pytest.raises(Conflict):
        actions.attach(store, ida, number, "21.pdf", PDF, now=SOON)
    for text, to, field in (("", "", "text"), ("x" * 2001, "", "text"), ("Hej", "jens", "to")):
        with pytest.raises(Invalid) as said:
            actions.comment_on(store, ida, number, text, to=to, now=NOW)
        assert list(said.value.fields) == [field]
