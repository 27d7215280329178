"""Who sees something of a citizen is in the audit log: every address is asked, by everybody who may.

An answer with the citizen's name, number or anything that somebody wrote on the case must have left an entry of this
person about this citizen; so must every page and answer about one thing on the case.  An address that reads without
telling is found here.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from engine.tables import audit, case, person
from tests.access.conftest import CPR, NAME, House
from tests.access.table import KINDS, Row, rows
from tests.access.test_matrix import _text
from tests.attack.asking import ask

ALLOWED = [row for row in rows() if "yes" in row.answers]
#: Words of the story: whom it is about, and what people wrote of her.
OF_HER = (
    NAME, "Tine", CPR, CPR.replace("-", ""), "Virker.", "Plan 7", "Kender du ham?", "Klage til styrelsen",
    "Er hendes kontakt", "Fundet bevidstløs", "brev.pdf",
)  # fmt: skip
#: Things on the case; who is shown one of them sees something of her.
THINGS = {
    "case_id", "instance_id", "task_id", "message_id", "document_id", "meeting_id", "attachment_id", "question_id",
}  # fmt: skip


@pytest.mark.parametrize("row", ALLOWED, ids=[row.name for row in ALLOWED])
def test_who_sees_something_of_a_citizen_is_in_the_log(house: House, row: Row) -> None:
    for who, told in zip(KINDS, row.answers, strict=True):
        if told not in ("yes", "empty"):
            continue
        house.put_back()
        before = _log(house)
        answer = ask(house, row, who)
        text = _text(answer)
        seen = [each for each in OF_HER if each in text and each not in str(row.sends)]
        if not seen and not _about_her(row, answer.status_code, told):
            continue
        new = [one for key, one in _log(house).items() if key not in before]
        assert who in new, f"{who or 'nobody'} reads {seen or 'it'}: {answer.status_code}"
    house.put_back()


def _about_her(row: Row, status: int, told: str) -> bool:
    named = set(re.findall(r"<(\w+)>", row.rule))
    return bool(named & THINGS) and status < 300 and told == "yes"


def _log(house: House) -> dict[Any, str]:
    """Whose entry about her each is, by its place in the log."""
    with house.store.read() as db:
        her = db.scalar(select(case.c.citizen_id).where(case.c.id == house.names["case_id"]))
        logins = {one.id: one.login for one in db.execute(select(person))}
        return {
            (one.chain, one.seq): logins.get(one.person_id, "")
            for one in db.execute(select(audit).where(audit.c.seq > 0))
            if one.citizen_id == her or her in json.loads(one.facts or "{}").get("citizens", ())
        }
