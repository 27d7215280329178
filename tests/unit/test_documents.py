"""Documents: what an agreement declares, what a diagram does to one, and what a shelf makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.calendar import DANISH
from engine.documents import (
    Around,
    Document,
    Kind,
    Shelf,
    answered,
    composed,
    facts,
    kinds,
    round_form,
    sections,
)  # fmt: skip
from engine.errors import DiagramInvalid, DocumentIncomplete, SettingInvalid, StepFailed
from engine.model import DocumentAct, Json
from tests.small import NOW, SETTINGS, E, S, begin, by_event, each, end, on, user, way

PLAN = {"plan": {"titel": "Plan", "afsnit": {"Indsats": ["indsats", "ansvarlig=Hvem"]}}}
FORM: Json = {
    "type": "default",
    "components": [
        {"type": "textfield", "key": "indsats", "label": "Indsats"},
        {"type": "textfield", "key": "ansvarlig", "label": "Hvem har ansvaret?"},
        {"type": "datetime", "subtype": "date", "key": "gyldig_til", "dateLabel": "Gyldig til"},
        {"type": "textfield", "key": "andet", "label": "Andet"},
    ],
}
LATER = NOW + timedelta(days=1)


def with_documents(**declared: Any) -> Json:
    return {**SETTINGS, "dokumenter": declared or PLAN}


# ---- what an agreement declares ----------------------------------------------------------
def test_a_kind_says_its_sections_in_order_and_what_it_must_hold() -> None:
    declared = {
        "plan": {
            "titel": "Plan",
            "mindst": ["indsats|andet", "gyldig_til"],
            "gyldig": "12 måneder",
            "gyldig_til": "gyldig_til",
            "bortfald": ["genindlaeggelse"],
            "afsnit": {"Til sidst": ["gyldig_til"], "Først": ["indsats=Hvad", "andet"]},
        }
    }
    (plan,) = kinds(declared).values()
    assert list(plan.sections) == ["Til sidst", "Først"]
    assert plan.fields == ("gyldig_til", "indsats", "andet")
    assert plan.least == (("indsats", "andet"), ("gyldig_til",))
    assert plan.labels == {"indsats": "Hvad"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, "needs a “titel”"),
        ({"titel": "Plan", "bortfalder": []}, "does not know “bortfalder”"),
        ({"titel": "Plan", "gyldig": "12 kaniner"}, "“gyldig”"),
        ({"titel": "Plan", "flere": "ja"}, "“flere” must be true or false"),
        ({"titel": "Plan", "mindst": "indsats"}, "“mindst” must be a list"),
        ({"titel": "Plan", "afsnit": {"A": ["x"]}, "mindst": ["y"]}, "asks for “y”"),
        ({"titel": "Plan", "afsnit": {"A": ["x"]}, "gyldig_til": "y"}, "asks for “y”"),
    ],
)
def test_a_mistake_in_a_kind_is_one_sentence_that_names_its_place(row: Json, said: str) -> None:
    with pytest.raises(SettingInvalid, match="plan") as caught:
        kinds({"plan": row})
    assert said in caught.value.sentence


# ---- what a diagram does -----------------------------------------------------------------
def test_a_task_writes_and_sends_a_version_with_its_own_answers_and_receivers() -> None:
    task = user(
        "A", stafet_dokument="plan", stafet_dokumentGoer="ny_version send", stafet_form="plan",
        stafet_besked="bud", stafet_til="Kommune",
    )  # fmt: skip
    play = begin(S + task + E + way("S A E"), settings=with_documents()).do("A", indsats="Bostøtte")
    (act,) = play.step.documents
    assert (act.kinds, act.verbs) == (("plan",), ("ny_version", "send"))
    assert (act.about, act.answers, act.form) == (("Kommune",), {"indsats": "Bostøtte"}, "plan")
    assert "Bostøtte" not in play.step.state, "what a person wrote is no part of the state"


def test_each_party_of_a_round_gives_its_own_answer_and_the_round_none() -> None:
    task = user(
        "A", each('=["Kommune", "Kriminalforsorg"]', name="part"),
        stafet_dokument="plan", stafet_dokumentGoer="accept", stafet_dokumentSvar="=accept",
    )  # fmt: skip
    play = begin(S + task + E + way("S A E"), settings=with_documents())
    play.do("A", accept=True)
    (first,) = play.step.documents
    assert (first.party, first.answer) == ("Kommune", True)
    play.do("A", accept=False)
    (second,) = play.step.documents
    assert (second.party, second.answer) == ("Kriminalforsorg", False)


def test_the_kind_may_be_chosen_and_may_be_none() -> None:
    choice = '=if vil = true then "plan" else null'
    task = user("A", stafet_dokument=choice, stafet_dokumentGoer="nyt")
    for wants, expected in ((True, ("plan",)), (False, ())):
        play = begin(S + task + E + way("S A E"), settings=with_documents()).do("A", vil=wants)
        assert [act.kinds for act in play.step.documents] == [expected]
    strange = user("A", stafet_dokument='="kage"', stafet_dokumentGoer="nyt")
    with pytest.raises(StepFailed, match="kage"):
        begin(S + strange + E + way("S A E"), settings=with_documents()).do("A")


def test_an_agreement_without_the_kind_passes_it_over() -> None:
    task = user("A", stafet_dokument="kage", stafet_dokumentGoer="nyt")
    assert (
        begin(S + task + E + way("S A E"), settings=with_documents()).do("A").step.documents == ()
    )


@pytest.mark.parametrize("verbs", ["", "ny_version godkend"])
def test_a_verb_that_is_none_is_refused_by_name(verbs: str) -> None:
    task = user("A", stafet_dokument="plan", stafet_dokumentGoer=verbs)
    with pytest.raises(DiagramInvalid, match="dokumentGoer"):
        begin(S + task + E + way("S A E"), settings=with_documents())


def test_a_rule_of_the_agreement_lets_it_lapse_whatever_hears_the_message() -> None:
    declared = {
        "plan": {"titel": "Plan", "bortfald": ["doedsfald"]},
        "referat": {"titel": "Referat"},
    }
    body = S + user("A") + E + way("S A E") + by_event("X", on("message", "doedsfald"), stays=True)
    play = begin(body, settings=with_documents(**declared)).say("doedsfald")
    (act,) = play.step.documents
    assert (act.kinds, act.verbs, act.reason) == (("plan",), ("bortfald",), "doedsfald")


def test_an_end_event_puts_in_force_with_a_date_that_was_answered_before() -> None:
    last = end("E").replace(
        '<endEvent id="E"',
        '<endEvent id="E" stafet:dokument="plan" stafet:dokumentGoer="i_kraft" stafet:dokumentTil="=til"',
    )
    play = begin(S + user("A") + last + way("S A E"), settings=with_documents())
    (act,) = play.do("A", til="2026-06-01").step.documents
    assert (act.verbs, act.valid_to) == (("i_kraft",), "2026-06-01")


# ---- what a shelf makes of it ------------------------------------------------------------
Take = Callable[..., list[str]]


def kind(**more: Any) -> Kind:
    row = {
        "titel": "Plan",
        "afsnit": {"Indsats": ["indsats", "ansvarlig=Hvem", "gyldig_til"]},
        **more,
    }
    return kinds({"plan": row})["plan"]


def take(shelf: Shelf, it: Kind, verbs: str, *, now: datetime = NOW, **more: Any) -> list[str]:
    """One act; the verbs that did something."""
    telling = more.pop("basis", "samtykke")
    around = Around(
        kinds={it.name: it}, forms={"skema": FORM}, calendar=DANISH, now=now, series=more.pop("series", "1"),
        earlier=lambda since: more.get("earlier", {}), basis=lambda sender, party: telling,
    )  # fmt: skip
    facts_ = {name: found for name, found in more.items() if name != "earlier"}
    act = DocumentAct((it.name,), tuple(verbs.split()), "A", "p", "Psykiatri", "skema", **facts_)
    return [verb for verb, _ in shelf.take(act, around)]


def only(shelf: Shelf) -> Document:
    (found,) = [each for each in shelf.documents if each.closed_at is None]
    return found


def test_a_plan_from_draft_to_force_with_an_answer_from_each() -> None:
    shelf, it = Shelf(), kind(gyldig_til="gyldig_til")
    take(shelf, it, "ny_version", answers={"indsats": "Bostøtte", "andet": "Nej", "ansvarlig": " "})
    assert facts(only(shelf))["status"] == "udkast"
    take(shelf, it, "send", about=("Kommune", "Borger"))
    assert facts(only(shelf))["status"] == "afventer"
    take(shelf, it, "accept", by="Borger", answer=True)
    reader = only(shelf).newest.readers["Borger"]
    assert (reader.manner, reader.answered_at) == ("mundtligt", NOW)
    take(shelf, it, "i_kraft", now=LATER, valid_to="2026-06-01")
    found = facts(only(shelf))
    assert (found["status"], found["accepted"], found["fields"]) == (
        "i_kraft",
        ["Borger"],
        ["indsats"],
    )
    assert found["valid_to"] == "2026-06-01T23:59:59+02:00", "to the end of its last day"


def test_a_new_version_keeps_what_stood_there_and_ends_the_old_one_when_it_is_in_force() -> None:
    shelf, it = Shelf(), kind()
    take(shelf, it, "ny_version i_kraft", answers={"indsats": "Bostøtte", "ansvarlig": "Bo"})
    take(shelf, it, "ny_version", answers={"indsats": "Mentor"}, now=LATER)
    first, second = only(shelf).versions
    assert first.in_force, "the old one is in force until the new one is"
    assert second.content()["values"] == {"indsats": "Mentor", "ansvarlig": "Bo"}
    take(shelf, it, "i_kraft", now=LATER)
    assert (first.ended, second.in_force) == ("ny_version", True)
    assert only(shelf).status == "i_kraft"


def test_a_draft_that_was_never_in_force_is_over_when_the_next_is_written() -> None:
    shelf, it = Shelf(), kind()
    take(shelf, it, "ny_version", answers={"indsats": "A"})
    take(shelf, it, "ny_version", answers={"indsats": "B"})
    assert [version.ended for version in only(shelf).versions] == ["ny_version", ""]


def test_nothing_leaves_without_the_least_that_it_must_hold() -> None:
    shelf, it = Shelf(), kind(mindst=["indsats", "ansvarlig|gyldig_til"])
    take(shelf, it, "ny_version", answers={"indsats": "Bostøtte"})
    for verb in ("send", "orienter", "i_kraft"):
        with pytest.raises(DocumentIncomplete) as caught:
            take(shelf, it, verb, about=("Kommune",))
        assert set(caught.value.fields) == {"ansvarlig"}
    take(shelf, it, "ny_version send", answers={"gyldig_til": "2026-09-01"}, about=("Kommune",))
    assert only(shelf).status == "afventer"


def test_a_plan_cannot_end_before_it_begins() -> None:
    shelf, it = Shelf(), kind(gyldig_til="gyldig_til")
    with pytest.raises(DocumentIncomplete) as caught:
        take(shelf, it, "ny_version i_kraft", answers={"indsats": "A", "gyldig_til": "2020-01-01"})
    assert "gyldig_til" in caught.value.fields


def test_validity_is_counted_where_no_date_is_given() -> None:
    shelf, it = Shelf(), kind(gyldig="12 måneder")
    take(shelf, it, "ny_version i_kraft", answers={"indsats": "A"})
    assert facts(only(shelf))["valid_to"] == "2027-03-02T23:59:59+01:00"


def test_reuse_is_the_same_content_in_a_new_record() -> None:
    """Readings E8: the statute lets the old one lapse; the new record was complete when it was agreed."""
    shelf, it = Shelf(), kind(mindst=["indsats"])
    take(shelf, it, "ny_version i_kraft", answers={"indsats": "Bostøtte"})
    take(shelf, it, "ny_version", answers={"indsats": "Aldrig aftalt"})
    take(shelf, it, "bortfald", reason="Genindlagt", now=LATER)
    take(shelf, it, "genbrug send", about=("Kommune",), now=LATER)
    old, new = shelf.documents
    assert (old.status, old.newest.reason) == ("bortfaldet", "Genindlagt")
    assert new.copied_from is old
    assert new.newest.content()["values"] == {"indsats": "Bostøtte"}, (
        "the version that was in force"
    )
    assert new.status == "afventer"


def test_a_plan_on_paper_can_be_used_again() -> None:
    shelf, it = Shelf(), kind(mindst=["indsats"])
    assert take(shelf, it, "genbrug send", about=("Kommune",)) == ["genbrug", "send"]
    assert sections(only(shelf).newest.content()) == []


def test_only_one_of_a_kind_is_open_and_minutes_are_one_for_each_meeting() -> None:
    shelf, it = Shelf(), kind()
    take(shelf, it, "nyt", answers={"indsats": "A"})
    take(shelf, it, "nyt", answers={"indsats": "B"})
    assert [each.status for each in shelf.documents] == ["afloest", "udkast"]
    minutes, several = Shelf(), kind(flere=True)
    take(minutes, several, "nyt", answers={"indsats": "A"}, series="1")
    take(minutes, several, "nyt", answers={"indsats": "B"}, series="2")
    assert [each.status for each in minutes.documents] == ["udkast", "udkast"]


def test_what_is_asked_of_a_document_that_is_not_there_does_nothing() -> None:
    shelf, it = Shelf(), kind()
    assert (
        take(shelf, it, "ret send accept i_kraft bortfald", about=("Kommune",), answer=True) == []
    )
    assert shelf.documents == []


def test_an_answer_to_what_is_over_is_no_answer_to_what_came_after() -> None:
    shelf, it = Shelf(), kind()
    take(shelf, it, "nyt send", answers={"indsats": "A"}, about=("Kommune",), series="1")
    take(shelf, it, "nyt send", answers={"indsats": "B"}, about=("Kommune",), series="2")
    assert take(shelf, it, "accept i_kraft bortfald", by="Kommune", answer=True, series="1") == []
    assert take(shelf, it, "accept i_kraft", by="Kommune", answer=True, series="2") == [
        "accept",
        "i_kraft",
    ]
    # A round that wrote nothing itself goes on with what is there.
    assert take(shelf, it, "accept", by="Borger", answer=True, series="3") == ["accept"]


def test_who_may_not_be_told_yet_is_let_in_when_there_is_a_basis() -> None:
    shelf, it = Shelf(), kind()
    take(shelf, it, "ny_version send", answers={"indsats": "A"}, about=("Kommune",), basis=None)
    assert facts(only(shelf))["sent"] == []
    shelf.let_go(lambda sender, party: "samtykke", LATER)
    assert only(shelf).newest.readers["Kommune"].sent_at == LATER


def test_it_is_read_in_words_under_its_headings() -> None:
    shelf, it = Shelf(), kind()
    take(
        shelf,
        it,
        "ny_version",
        answers={"indsats": "Bostøtte", "ansvarlig": "Bo", "gyldig_til": "2026-06-03"},
    )
    assert sections(only(shelf).newest.content()) == [
        {
            "title": "Indsats",
            "fields": [
                {"key": "indsats", "label": "Indsats", "text": "Bostøtte"},
                {"key": "ansvarlig", "label": "Hvem", "text": "Bo"},
                {"key": "gyldig_til", "label": "Gyldig til", "text": "onsdag 3. juni 2026"},
            ],
        }
    ]


def test_each_party_of_a_round_stands_in_the_document_with_its_newest_words() -> None:
    it = kind(afsnit={"Parterne": ["bidrag=De øvrige parters indsatser"], "Indsats": ["indsats"]})
    said: Json = answered({}, {"indsats": "Bostøtte"}, None, "Kommune")
    for party, text in (("Psykiatri", "Depot"), ("Politi", "Vagt"), ("Psykiatri", "Samtaler")):
        said = answered(said, {"indsats": text, "andet": "x"}, "bidrag", party)
    content = composed(it, [FORM, round_form("bidrag", "Skriv jeres del", FORM)], said)
    (parties, own) = sections(content)
    assert own["fields"][0]["text"] == "Bostøtte", "a party's words do not hide the municipality's"
    assert parties["fields"] == [
        {
            "key": "bidrag",
            "label": "De øvrige parters indsatser",
            "text": "• Politi; Indsats: Vagt; Andet: x\n• Psykiatri; Indsats: Samtaler; Andet: x",
        }
    ]
