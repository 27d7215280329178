"""Comments and files on the task's page, through Flask's client."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

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
    assert "En kollega har spurgt dig" in inbox
    assert "Kender du hende" not in inbox
    told = sara.get(f"/opgaver/{number}").text
    assert "&lt;b&gt;Fra før?&lt;/b&gt;" in told
    assert "venter på svar" in told


def test_the_case_lists_what_stands_beside_its_tasks(demo: Flask, as_: Login) -> None:
    nurse, number = as_("sygeplejerske"), begun(demo)
    page = nurse.get(f"/opgaver/{number}").text
    case = page.split('href="/sager/')[1].split('"')[0]
    assert "Hun er flyttet" not in nurse.get(f"/sager/{case}").text
    form = {"csrf": csrf(page), "kommentar": "Hun er flyttet", "spoerg": "sara"}
    assert nurse.post(f"/opgaver/{number}/kommentar", data=form).status_code == 302
    assert put(nurse, number, "Brev fra Åse.pdf", b"%PDF-1.7\n%%EOF") == 302
    told = as_("sara").get(f"/sager/{case}").text
    for words in ("Mellem kolleger", "Hun er flyttet", "venter på svar", "Brev fra Åse.pdf"):
        assert words in told
    beside = told.split('id="files"')[1]
    assert f'href="/opgaver/{number}"' in beside
    other = as_("kommune").get(f"/sager/{case}").text
    assert "Hun er flyttet" not in other
    assert "Brev fra" not in other


def test_the_timeline_shows_what_is_asked_for(demo: Flask, as_: Login) -> None:
    nurse = as_("sygeplejerske")
    cases = dict.fromkeys(re.findall(r'href="/sager/(\d+)"', nurse.get("/sager").text))
    case = next(one for one in cases if 'name="slags"' in nurse.get(f"/sager/{one}").text)

    def lines(address: str) -> str:
        return nurse.get(address).text.split('id="timeline"')[1].split("</section>")[0]

    whole = lines(f"/sager/{case}")
    kinds = re.findall(
        r'<option value="(\w+)"', whole.split('name="slags"')[1].split("</select>")[0]
    )
    assert len(kinds) > 1
    counted = [lines(f"/sager/{case}?slags={kind}").count("<time") for kind in kinds]
    assert all(counted)
    assert sum(counted) == whole.count("<time")
    assert lines(f"/sager/{case}?slags=ukendt&forloeb=x").count("<time") == whole.count("<time")
    walks = re.findall(r'<option value="(\d+)"', whole)
    of_each = [lines(f"/sager/{case}?forloeb={walk}").count("<time") for walk in walks]
    assert all(of_each)
    assert sum(of_each) < whole.count("<time")  # that the case was opened is of no pathway


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
    # Written here: the client's own writer spools what is large to a file.
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'
        for k, v in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="fil"; filename="{name}"\r\n\r\n'
    body = ("".join(parts) + head).encode() + data + b"\r\n--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    answer = nurse.post(f"/opgaver/{number}/bilag", data=body, content_type=kind)
    if answer.status_code == 422:
        assert "Bilaget er ikke lagt ved" in answer.text
    return int(answer.status_code)
