"""Patterns as the browser reads them: the same yes and no as `RegExp.test`, and never slow."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import patterns

SAME = [
    "a", "^a", "a$", "^a$", "a|b", "^(a|b)$", "^(?:ab)+$", "^a?b*$", "^a{2}$", "^a{1,2}$", "^a{2,}$", "[ab]c", "[^ab]",
    "[a-c]{2}", "^$", "", "a*?b", "()", "a||b", ".", "^.$", "(^a|b$)", "[]", "[^]", "a^b", "a$b", "[-a]", "[a-]", r"\.",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SAME)
def test_a_pattern_says_what_pythons_own_matcher_says(pattern):
    theirs = re.compile(
        pattern.replace("[]", "(?!)").replace("[^]", r"[\s\S]").replace("$", r"\Z"), re.ASCII
    )
    ours = patterns.read(pattern)

    @settings(max_examples=60, deadline=None)
    @given(st.text("abc.-\n", max_size=5))
    def same(text):
        assert ours.found_in(text) == bool(theirs.search(text))

    same()


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"^\d{4}$", "8000", "٨٠٠٠"),
        (r"^\w+$", "Ida_1", "Ærø"),
        (r"^\s$", "\xa0", "x"),
        (r"^\D\W\S$", "a-x", "1-x"),
        (r"^[\w-]+$", "a-b", "a b"),
        (r"^\t\n\r$", "\t\n\r", "tnr"),
        (r"^[æøåÆØÅa-zA-Z ]+$", "Søren Ærø", "S1"),
        ("^a$", "a", "a\n"),
        (r"^[0-9]{6}-[0-9]{4}$", "700378-1016", "700378-1016 "),
    ],
)
def test_classes_are_the_browsers(pattern, yes, no):
    read = patterns.read(pattern)
    assert read.found_in(yes)
    assert not read.found_in(no)


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "[b-a]", r"[a-\d]", "a{2,1}", "a{", "*a", "a**", "(?=a)", "(?<=a)", r"(a)\1", r"\b", r"\p{L}", "\\",
     "a{99999}", "(a{99}){99}", "(" * 99 + ")" * 99],
)  # fmt: skip
def test_what_cannot_be_read_is_said(pattern):
    with pytest.raises(patterns.PatternInvalid, match=r"tegn|stort"):
        patterns.read(pattern)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(a*)*b$", "(x+x+)+y"])
def test_no_pattern_hangs(pattern):
    begun = time.perf_counter()
    patterns.read(pattern).found_in("a" * 1_000 + "!")
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    "pattern", [r"^[0-9]{6}-[0-9]{4}$", r"^A\d+$", "^(ja|nej)$", r"^.{3}\s?x*$", "^[^a1 ]$"]
)
def test_samples_fit_their_pattern(pattern):
    made = list(patterns.read(pattern).samples(1, 12))
    assert made
    assert all(patterns.read(pattern).found_in(text) and 1 <= len(text) <= 12 for text in made)
