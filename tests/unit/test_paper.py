"""The printed page: its words are read back out of the PDF."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

import paper

NOW = datetime(2026, 6, 3, 8, 5, tzinfo=UTC)
THEN = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
#: What typst would read as code, maths, markup or a reference, were it not data.
TRICKY = '#eval("1+1") $x^2$ *fed* _skrå_ <mærke> @mærke \\ // ikke væk \n= Ingen overskrift'


def document(**more: Any) -> dict[str, Any]:
    answers = [
        _answer("Kommune", "Myndighed Aarhus", True, "i_stafet"),
        _answer("Borger", None, True, "papir"),
        _answer("Kriminalforsorgen", "Kriminalforsorgen Midtjylland", None, ""),
    ]
    version = {
        "number": 2, "status": "i_kraft", "party": "Regionspsykiatrien", "unit_name": "Afsnit R1", "made_at": THEN,
        "valid_from": THEN, "valid_to": None, "ended_at": None, "reason": "", "answers": answers,
        "sections": [
            {"title": "Behandling", "fields": [{"key": "a", "label": "Indsats", "text": "Æblegrød på Åsen"}]},
            {"title": "Opfølgning", "fields": [{"key": "b", "label": "Kontakt", "text": TRICKY}]},
        ],
    }  # fmt: skip
    return {
        "kind": "koordinerende_indsatsplan", "title": "Koordinerende indsatsplan", "subtitle": "Aftalen, kapitel 3",
        "minutes": False, "citizen": {"name": "Signe Sørensen", "cpr": "700378-1016"},
        "agreement_title": "Samarbejdsaftalen", "history": [{**version, **more}],
    }  # fmt: skip


def _answer(party: str, unit: str | None, answer: bool | None, manner: str) -> dict[str, Any]:
    moment = THEN if answer is not None else None
    return {
        "party": party, "unit_name": unit, "asked": True, "sent_at": THEN, "answer": answer,
        "answered_at": moment, "manner": manner,
    }  # fmt: skip


def read(made: bytes) -> tuple[PdfReader, list[str]]:
    reader = PdfReader(io.BytesIO(made))
    return reader, [" ".join(page.extract_text().split()) for page in reader.pages]


def test_it_has_heading_parties_sections_in_order_answers_and_page_numbers() -> None:
    reader, (page,) = read(paper.pdf(document(), NOW))
    expected = (
        "Koordinerende indsatsplan", "Aftalen, kapitel 3", "Udgave 2 er i kraft.", "Signe Sørensen", "700378-1016",
        "Samarbejdsaftalen", "Regionspsykiatrien (Afsnit R1), 1. juni 2026", "Gælder fra 1. juni 2026",
        "ingen slutdato", "Behandling", "Æblegrød på Åsen", "Opfølgning", "Parternes svar",
        "Accepteret 1. juni 2026, i Stafet", "Accepteret 1. juni 2026, på papir", "afventer svar, sendt 1. juni 2026",
        "Koordinerende indsatsplan, udgave 2. Udskrevet 3. juni 2026 kl. 10.05", "Side 1 af 1",
    )  # fmt: skip
    at = 0
    for words in expected:
        at = page.find(words, at)
        assert at >= 0, f"“{words}” is not where it should be in: {page}"
    assert reader.metadata is not None
    assert reader.metadata.title == "Koordinerende indsatsplan – udgave 2"
    root: Any = reader.trailer["/Root"]
    assert str(root["/Lang"]).startswith("da")
    assert "/StructTreeRoot" in root, "a screen reader finds headings and tables"


def test_what_people_wrote_is_printed_and_never_obeyed() -> None:
    _reader, (page,) = read(paper.pdf(document(), NOW))
    assert " ".join(TRICKY.split()) in page


def test_a_long_plan_has_as_many_pages_as_it_needs() -> None:
    long = [
        {
            "title": "Plan",
            "fields": [{"key": "a", "label": "Indsats", "text": "Bostøtte hver dag. " * 700}],
        }
    ]
    _reader, pages = read(paper.pdf(document(sections=long), NOW))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Side {number} af {len(pages)}" in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"status": "udkast"}, "er et udkast og gælder ikke"),
        ({"status": "afventer"}, "venter på svar"),
        ({"status": "afslaaet"}, "ikke alle har accepteret"),
        ({"status": "udloebet", "valid_to": THEN}, "er udløbet"),
        ({"status": "erstattet", "ended_at": NOW}, "erstattet af en nyere udgave 3. juni 2026"),
        ({"status": "bortfaldet", "ended_at": NOW, "reason": "Genindlagt"}, "Bortfaldet 3. juni 2026: Genindlagt."),
        ({"status": "afloest", "ended_at": NOW}, "Afløst af et nyt dokument 3. juni 2026"),
        ({"sections": []}, "aftalt, før den blev skrevet her"),
    ],
)  # fmt: skip
def test_it_says_how_it_stands(more: dict[str, Any], said: str) -> None:
    _reader, pages = read(paper.pdf(document(**more), NOW))
    assert said in pages[0]


def test_the_same_version_printed_at_the_same_moment_is_the_same_file() -> None:
    assert paper.pdf(document(), NOW) == paper.pdf(document(), NOW)


def test_the_file_is_named_without_the_citizen() -> None:
    assert paper.file_name(document()) == "koordinerende-indsatsplan-udgave-2.pdf"
