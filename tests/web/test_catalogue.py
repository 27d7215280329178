"""Nobody reads a sentence in the wrong language: both catalogues are whole, and hold nothing that is no longer said."""

from __future__ import annotations

import re

import pytest

import api.errors
from web import catalogue

_PLACE = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize(
    ("language", "said"), [("en", catalogue.spoken()), ("da", catalogue.refusals())]
)
def test_the_catalogue_says_what_is_said_and_nothing_else(
    language: str, said: dict[catalogue.Message, list[tuple[str, int]]]
) -> None:
    known = {message.id for message in catalogue.load(language) if message.id}
    missing = sorted(str(message) for message in said if message not in known)
    stale = sorted(str(message) for message in known if message not in said)
    assert not missing, f"run `python -m web.catalogue` and translate: {missing}"
    assert not stale, f"run `python -m web.catalogue`: nobody says {stale}"


@pytest.mark.parametrize("language", ["en", "da"])
def test_every_message_is_translated_with_its_places(language: str) -> None:
    for message in catalogue.load(language):
        if not message.id:
            continue
        given = message.string if isinstance(message.string, tuple) else (message.string,)
        asked = message.id if isinstance(message.id, tuple) else (message.id,)
        assert all(given), f"{language}: {message.id!r} has no translation"
        assert not message.fuzzy, f"{language}: {message.id!r} is only guessed"
        for text in given:
            assert set(_PLACE.findall(text)) <= set(_PLACE.findall(" ".join(asked))), text


def test_the_apis_own_sentences_are_translated_too() -> None:
    danish = catalogue.load("da")
    for _code, sentence in api.errors.HTTP.values():
        assert danish.get(sentence), sentence
