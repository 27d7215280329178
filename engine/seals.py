"""What each sealed column is bound to, in one place: who writes it and who reads it must say the same.

The seal holds a value to its table, column and row (`engine/secrets.py`); a row's own number is not known before
it is written, so a natural key stands for it.
"""

from __future__ import annotations

from datetime import datetime


def cpr_place(index: bytes) -> str:
    """Of `citizen.cpr`; `index` is the row's `cpr_index`."""
    return f"citizen.cpr:{bytes(index).hex()}"


def name_place(index: bytes) -> str:
    """Of `citizen.name`; `index` is the row's `cpr_index`."""
    return f"citizen.name:{bytes(index).hex()}"


def answer_place(instance_id: int | None, element: str, at: datetime) -> str:
    """Of `answer.values`."""
    return f"answer.values:{instance_id}:{element}:{at.timestamp():.6f}"


def draft_place(task_id: int) -> str:
    """Of `task.draft`."""
    return f"task.draft:{task_id}"


def content_place(plan_id: int, number: int) -> str:
    """Of `plan_version.content`."""
    return f"plan_version.content:{plan_id}:{number}"


def reason_place(plan_id: int, number: int) -> str:
    """Of `plan_version.reason`."""
    return f"plan_version.reason:{plan_id}:{number}"


def message_place(key: str) -> str:
    """Of `message.body`."""
    return f"message.body:{key}"


def note_place(key: str) -> str:
    """Of `message.note`."""
    return f"message.note:{key}"
