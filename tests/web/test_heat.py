"""*Hvor går tiden?*: shades, times as one says them, and the page without scripts."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.web.test_pages import Login, as_, demo
from web.heat import Scale, lasted

__all__ = ["as_", "demo"]
PAGE = "/forloeb/midtjylland-planrunde/tid"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (5, "under et minut"), (60, "1 minut"), (5000, "83 minutter"), (5400, "2 timer"), (47 * 3600, "47 timer"),
        (2 * 86400, "2 dage"), (100 * 86400, "100 dage"),
    ],
)  # fmt: skip
def test_a_time_is_said_in_the_unit_that_one_would_say(
    demo: Flask, seconds: int, said: str
) -> None:
    with demo.test_request_context():
        assert lasted(seconds) == said


@pytest.mark.parametrize(
    ("measure", "values", "shades"),
    [
        ("tid", [60, 86400, None, 900, 60 * 86400], [1, 4, 0, 2, 5]),
        ("gange", [1, 10, 100], [1, 3, 5]),
        ("gange", [7, 7], [5, 5]),
        ("frister", [0, 0.04, 0.1, 0.5, 0.51, 1], [1, 1, 2, 4, 5, 5]),
        ("tid", [None], [0]),
    ],
)
def test_the_greatest_is_the_hottest(
    measure: str, values: list[float | None], shades: list[int]
) -> None:
    scale = Scale(values, measure)
    assert [scale.shade(value) for value in values] == shades


@pytest.mark.parametrize("login", ["drift", "designer"])
def test_the_table_says_what_the_diagram_shows_the_hottest_first(as_: Login, login: str) -> None:
    client = as_(login)
    for measure in ("tid", "gange", "frister"):
        page = client.get(f"{PAGE}?vis={measure}").text
        shades = [int(one) for one in re.findall(r'<td class="st-heat-(\d)"', page)]
        assert shades
        assert shades == sorted(shades, reverse=True)
        told = client.get(f"{PAGE}/diagram?vis={measure}").json
        assert sorted(one[1] for one in told["heat"]) == sorted(shades)
        for _id, _shade, label in told["heat"]:
            assert label in page
        assert "<bpmn" in told["bpmn"]


def test_what_is_no_version_is_nothing_and_no_measure_is_the_usual_one(as_: Login) -> None:
    client = as_("drift")
    assert client.get(f"{PAGE}?udgave=abc").status_code == 404
    assert client.get(f"{PAGE}?udgave=77").status_code == 404
    assert client.get(f"{PAGE}?ved=77").status_code == 404
    page = client.get(f"{PAGE}?vis=navne&periode=evigt&ved=")
    assert page.status_code == 200
    assert '<option value="tid" selected>' in page.text
    assert '<option value="365" selected>' in page.text


def test_a_pathway_that_nobody_walks_says_so(as_: Login) -> None:
    page = as_("drift").get("/forloeb/faelles-kip/tid")
    assert page.status_code == 200
    assert "Ingen har gået forløbet endnu" in page.text


def test_the_way_there_is_on_the_pathways_page_for_those_who_may(as_: Login) -> None:
    pathway = "/forloeb/midtjylland-planrunde"
    assert f"{pathway}/tid" in as_("drift").get(pathway).text
    assert f"{pathway}/tid" not in as_("laege").get(pathway).text
    assert as_("laege").get(PAGE).status_code == 403
