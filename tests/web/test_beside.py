"""Comments and files on the task's page, through Flask's client."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from tests.multipart import KIND, multipart
from tests.web.test_pages import Login, as_, csrf, demo
from tests.web.test_sending import begun

__all__ = ["as_", "demo"]

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def test_a_question_is_on_top_of_the_colleagues_inbox(demo: Flask, as_: Login) -> None:
    nurse, sara, number = as_("sygeplejerske"), as_("sara"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    empty = nurse.post(f"/opgaver/{number}/kommentar", data={"csrf": csrf(page), "kommentar": " "})
    assert empty.status_code == 422
    assert "Kommentaren er ikke gemt" in empty.text
    form = {"csrf": csrf(page), "kommentar": "Kender du hende?\n<b>Fra før?</b>", "spoerg": "sara"}
    assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    inbox = sara.get("/").text
    assert "Et spørgsmål venter på dit svar" in inbox
    assert "Kender du hende" not in inbox
    told = sara.get(f"/opgaver/{number}").text
    assert "1 spørgsmål" in told.split("</nav>")[0]
    assert "&lt;b&gt;Fra før?&lt;/b&gt;" in told
    assert "venter på dit svar" in told
    assert "Dit svar til" not in nurse.get(f"/opgaver/{number}").text
    address = told.split(f'action="/opgaver/{number}/spoergsmaal/')[1].split('"')[0]
    address = f"/opgaver/{number}/spoergsmaal/{address}"
    empty = sara.post(address, data={"csrf": csrf(told), "svar": " "})
    assert empty.status_code == 422
    assert "Kommentaren er ikke gemt" in empty.text
    for _twice in range(2):
        heard = sara.post(address, data={"csrf": csrf(told), "svar": "Ja, fra <i>før</i>."})
        assert heard.status_code == 302
    page = nurse.get(f"/opgaver/{number}").text
    question = page.split("Kender du hende")[1].split("</li>")[0]
    assert question.count("Ja, fra &lt;i&gt;før&lt;/i&gt;.") == 1
    assert page.count("Ja, fra") == 1
    assert "spørgsmål" not in sara.get("/").text.split("</main>")[0]
    late = sara.post(address, data={"csrf": csrf(told), "svar": "Og en ting til"})
    assert late.status_code == 422
    assert "Spørgsmålet har fået svar" in late.text
    assert late.text.count("Og en ting til") == 1


def test_the_case_lists_what_stands_beside_its_tasks(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    case = page.split('href="/sager/')[1].split('"')[0]
    assert "Hun er flyttet" not in nurse.get(f"/sager/{case}").text
    form = {"csrf": csrf(page), "kommentar": "Hun er flyttet", "spoerg": "sara"}
    assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    assert put(nurse, number, "Brev fra Åse.pdf", b"%PDF-1.7\n%%EOF") == 302
    told = as_("sara").get(f"/sager/{case}").text
    for words in ("Mellem kolleger", "Hun er flyttet", "venter på dit svar", "Brev fra Åse.pdf"):
        assert words in told
    beside = told.split('id="files"')[1]
    assert f'href="/opgaver/{number}"' in beside
    other = as_("kommune").get(f"/sager/{case}")
    assert other.status_code == 200
    assert "Hun er flyttet" not in other.text
    assert "Brev fra" not in other.text
    # What to do where there is nothing: to the other party it is empty.
    assert "Læg en fil ved" in other.text
    assert "Skriv en kommentar" in other.text
    assert "Læg en fil ved" not in told


def test_the_newest_are_shown_and_all_of_them_where_asked(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    case = page.split('href="/sager/')[1].split('"')[0]
    for n in range(13):
        form = {"csrf": csrf(page), "kommentar": f"Linje {n}."}
        assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    for address in (f"/opgaver/{number}", f"/sager/{case}"):
        some = nurse.get(address).text
        shown = re.findall(r"Linje (\d+)\.", some)
        assert sorted(map(int, shown)) == list(range(13 - len(shown), 13)), "the newest"
        assert len(shown) == 10
        link = some.split('id="comments"')[1].split('<a href="')
        more = next(one for one in link if re.search(r">Vis \d+ tidligere</a>", one))
        whole = nurse.get(more.split('"')[0].split("#")[0].replace("&amp;", "&")).text
        assert len(re.findall(r"Linje (\d+)\.", whole)) == 13
        assert "alt=1" not in whole.split("</main>")[0]


def test_two_walks_of_a_pathway_are_told_apart(demo: Flask, as_: Login) -> None:
    numbers, nurse = (begun(demo), begun(demo)), as_("sygeplejerske")
    pages = [nurse.get(f"/opgaver/{number}").text for number in numbers]
    (case,) = {page.split('href="/sager/')[1].split('"')[0] for page in pages}
    walks = options(nurse.get(f"/sager/{case}").text, "forloeb")
    assert sum(", begyndt " in name for name in walks.values()) >= 2
    assert any(", begyndt i dag kl." in name for name in walks.values())
    assert len(set(walks.values())) == len(walks)


def test_the_timeline_shows_one_party(demo: Flask, as_: Login) -> None:
    nurse = as_("sygeplejerske")
    cases = dict.fromkeys(re.findall(r'href="/sager/(\d+)"', nurse.get("/sager").text))
    pages = ((one, nurse.get(f"/sager/{one}").text) for one in cases)
    case, whole = next((one, page) for one, page in pages if 'id="part"' in page)
    parties = options(whole, "part")
    assert len(parties) > 1
    counted = []
    for party in parties:
        page = nurse.get(f"/sager/{case}", query_string={"part": party}).text
        assert f'value="{party}" selected' in page
        counted.append(lines_of(page))
    assert all(counted)
    assert sum(counted) <= lines_of(whole)


def options(page: str, name: str) -> dict[str, str]:
    """What a list offers, by value."""
    there = page.split(f'name="{name}"')[1].split("</select>")[0]
    return dict(re.findall(r'<option value="([^"]+)"[^>]*>([^<]+)<', there))


def lines_of(page: str) -> int:
    return page.split('id="timeline"')[1].split("</section>")[0].count("<time")


def test_a_file_is_sent_back_as_a_file_and_nothing_else(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    large = b"%PDF-1.7\n" + b"x" * 6_000_000  # more than other requests may hold
    assert put(nurse, number, "Brev fra Åse.pdf", large) == 302
    page = nurse.get(f"/opgaver/{number}").text
    assert "6,0 MB" in page or "6 MB" in page
    address = page.split('href="/bilag/')[1].split('"')[0]
    got = nurse.get(f"/bilag/{address}")
    assert got.data == large
    assert got.mimetype == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert as_("kommune").get(f"/bilag/{address}").status_code == 404


def test_a_program_in_a_pictures_clothes_and_a_picture_unseen(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    assert put(nurse, number, "ferie.jpg", b"MZ\x90\0") == 422
    assert put(nurse, number, "ferie.png", PNG) == 422
    assert put(nurse, number, "ferie.png", PNG, set="1") == 302
    assert put(nurse, number, "stor.pdf", b"%PDF-" + b"x" * 11_000_000) == 413


def put(nurse: Any, number: int, name: str, data: bytes, **more: str) -> int:
    fields = {"csrf": csrf(nurse.get(f"/opgaver/{number}").text), **more}
    body = multipart(fields, "fil", name, data)
    answer = nurse.post(f"/opgaver/{number}/bilag", data=body, content_type=KIND)
    if answer.status_code == 422:
        assert "Bilaget er ikke lagt ved" in answer.text
    if answer.status_code == 413:
        assert "fylder mere end 10 MB" in answer.text
        assert f'href="/opgaver/{number}">Gå tilbage til opgaven' in answer.text
    return int(answer.status_code)
