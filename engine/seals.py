"""What each sealed column is bound to, in one place: who writes it and who reads it must say the same.

The seal holds a value to its table, column and row (`engine/secrets.py`); a row's own number is not known before
it is written, so a natural key stands for it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any


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


def batch_place(person_id: int, at: datetime) -> str:
    """Of `batch.reason`."""
    return f"batch.reason:{person_id}:{at.timestamp():.6f}"


def batch_text(act: str, reason: str, values: dict[str, Any]) -> str:
    """What `batch.reason` seals: the reason, and with a correction the values too, which stand nowhere in clear."""
    return json.dumps({"reason": reason, "values": values}) if act == "amend" else reason


def batch_said(act: str, text: str) -> tuple[str, dict[str, Any]]:
    """The reason and the values again; what was blanked is only a reason."""
    if act != "amend" or not text.startswith("{"):
        return text, {}
    said = json.loads(text)
    return said["reason"], said["values"]


def note_place(key: str) -> str:
    """Of `message.note`."""
    return f"message.note:{key}"


def beginning_place(agreement: str, key: str, made_at: datetime) -> str:
    """Of `play.beginning`."""
    return f"play.beginning:{agreement}:{key}:{made_at.timestamp():.6f}"


def move_place(play_id: int, nth: int) -> str:
    """Of `play_step.move`."""
    return f"play_step.move:{play_id}:{nth}"


def handover_place(task_id: int, at: datetime) -> str:
    """Of `handover.note`."""
    return f"handover.note:{task_id}:{at.timestamp():.6f}"


def comment_place(task_id: int, at: datetime) -> str:
    """Of `comment.text`."""
    return f"comment.text:{task_id}:{at.timestamp():.6f}"


def file_name_place(task_id: int, at: datetime) -> str:
    """Of `attachment.name`."""
    return f"attachment.name:{task_id}:{at.timestamp():.6f}"


def file_place(task_id: int, at: datetime) -> str:
    """Of `attachment.content`."""
    return f"attachment.content:{task_id}:{at.timestamp():.6f}"


def filter_place(person_id: int, made_at: datetime) -> str:
    """Of `saved_filter.name`."""
    return f"saved_filter.name:{person_id}:{made_at.timestamp():.6f}"


def loan_place(case_id: int, person_id: int, begins_at: datetime) -> str:
    """Of `loan.reason`."""
    return f"loan.reason:{case_id}:{person_id}:{begins_at.timestamp():.6f}"


def review_place(loan_id: int, unit_id: int) -> str:
    """Of `review.note`."""
    return f"review.note:{loan_id}:{unit_id}"


def hold_place(citizen_id: int, set_at: datetime) -> str:
    """Of `hold.reason`."""
    return f"hold.reason:{citizen_id}:{set_at.timestamp():.6f}"


def id_token_place(key: bytes) -> str:
    """Of `session.id_token`."""
    return f"session.id_token:{bytes(key).hex()}"


def carried_place(key: bytes) -> str:
    """Of `login_request.carried`."""
    return f"login_request.carried:{bytes(key).hex()}"


def address_place(person_id: int, asked_at: datetime) -> str:
    """Of `mail_choice.address`."""
    return f"mail_choice.address:{person_id}:{asked_at.timestamp():.6f}"


def silence_place(cause: str, at: datetime) -> str:
    """Of `silence.reason`."""
    return f"silence.reason:{cause}:{at.timestamp():.6f}"


def outbox_place(key: str) -> str:
    """Of `outbox.note`."""
    return f"outbox.note:{key}"
