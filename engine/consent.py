"""Consents as they are kept: which rows count now.  What follows from them is `engine/gate.py`'s to say."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from engine.tables import consent


def in_force(now: datetime) -> ColumnElement[bool]:
    """Which rows of `consent` count at this moment."""
    return and_(
        consent.c.given_at <= now,
        consent.c.withdrawn_at.is_(None),
        or_(consent.c.valid_to.is_(None), consent.c.valid_to > now),
    )
