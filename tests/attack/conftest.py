"""The site of the access tests is the one that is attacked."""

from __future__ import annotations

from tests.access.conftest import house

__all__ = ["house"]
