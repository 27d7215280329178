"""Claims read by the rules of an installation: which role in which unit, and who it is."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from engine.errors import LevelTooLow, ProofRefused
from engine.logins.vouched import Post, Rules, Vouched

TEXT = """
[person]
login = "https://data.gov.dk/model/core/eid/professional/uuid/persistent"
name = "cn"
[level]
claim = "https://data.gov.dk/concept/core/nsis/loa"
accepted = ["Substantial", "High"]
[roles]
claim = "resource_access.stafet.roles"
values = { "sygeplejerske" = "sygeplejerske", "afdelingsleder" = "leder" }
[units]
claim = "cvr"
code = "cvr"
values = { "N1" = "sor:1001" }
[[groups]]
claim = "groups"
value = "drift"
unit = "sor:1"
role = "driftsansvarlig"
[[groups]]
claim = "groups"
value = "drift"
unit = "sor:1"
role = "procesdesigner"
"""
RULES = Rules.from_toml(tomllib.loads(TEXT))
WHO = {
    "sub": "1",
    "https://data.gov.dk/model/core/eid/professional/uuid/persistent": "b7",
    "cn": "Ida Holm",
    "https://data.gov.dk/concept/core/nsis/loa": "High",
}


def read(**claims: Any) -> Vouched:
    return RULES.read({**WHO, **claims})


def test_a_role_counts_in_each_unit_that_the_claims_name() -> None:
    told = {"resource_access": {"stafet": {"roles": ["sygeplejerske", "afdelingsleder", "kok"]}}}
    assert read(**told, cvr=["29190623", "N1"]).posts == {
        Post("cvr", "29190623", "sygeplejerske"),
        Post("cvr", "29190623", "leder"),
        Post("sor", "1001", "sygeplejerske"),
        Post("sor", "1001", "leder"),
    }
    assert read(**told).posts == frozenset()
    assert read(cvr="29190623").posts == frozenset()


def test_one_group_may_give_several_jobs() -> None:
    assert {post.role for post in read(groups="drift").posts} == {
        "driftsansvarlig",
        "procesdesigner",
    }
    assert read(groups=["Drift", "drift "]).posts == frozenset()


def test_a_name_is_found_whole_before_it_is_a_path() -> None:
    assert read(**{"resource_access.stafet.roles": ["leder"]}, resource_access={}).level == "High"


@pytest.mark.parametrize("level", [None, "", "Low", "high", ["Low", "High"], {"High": 1}, True])
def test_another_level_is_too_low(level: Any) -> None:
    with pytest.raises(LevelTooLow):
        read(**{"https://data.gov.dk/concept/core/nsis/loa": level})


@pytest.mark.parametrize("login", [None, "", "x" * 81, "700378-1016", " 7003781016 ", [], {}, True])
def test_somebody_without_a_login_that_can_be_shown_is_nobody(login: Any) -> None:
    with pytest.raises(ProofRefused):
        read(**{"https://data.gov.dk/model/core/eid/professional/uuid/persistent": login})


@pytest.mark.parametrize(
    "odd", [1, 1.5, None, True, {"a": [1]}, [[["x"]]], [None, {}], "\0", ["x"] * 1000]
)
def test_odd_claims_give_nothing_and_break_nothing(odd: Any) -> None:
    told = read(resource_access=odd, cvr=odd, groups=odd, cn=odd, email=odd)
    assert told.posts == frozenset()
    assert "\0" not in told.name + told.email


def test_a_name_is_one_line_of_text() -> None:
    assert read(cn="Ida\n\u202eHolm\0 \t x").name == "Ida Holm x"
    assert read(cn="").name == "b7"
    assert len(read(cn="x" * 500).name) == 200
