"""The staff's guide: a picture of every page that they see, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.pictures import NO_PICTURE, OUT, pictured
from tests.browser.test_every_page import PAGES

GUIDE = (Path(OUT).parent / "staff.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_page_of_staff_has_a_picture(language: str) -> None:
    shown = set(re.findall(rf"\(pictures/staff-{language}-([\w-]+)\.png\)", GUIDE))
    assert set(pictured()) <= shown
    drawn = {
        each.stem.removeprefix(f"staff-{language}-") for each in OUT.glob(f"staff-{language}-*")
    }
    assert drawn == shown


def test_what_has_no_picture_is_a_page() -> None:
    assert set(NO_PICTURE) <= set(PAGES)
