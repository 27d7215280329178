"""How a person is told by mail: at once, once a day, or not; and the address, which counts once it is confirmed.

choose(store, actor, how, address, now=…)    confirm(store, actor, code, now=…)
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from engine.actions.leaving import confirming, waiting_row
from engine.errors import Invalid, TooFast
from engine.model import Actor
from engine.seals import address_place
from engine.store import Store
from engine.tables import mail_choice, outbox

HOW = ("at_once", "daily", "none")
FIELDS = {
    "how": "Choose at once, once a day, or not.",
    "address": "Write a mail address, such as name@example.org.",
    "code": "That is not the code of the newest mail.",
    "none": "There is no address to confirm.",
}
#: Plain addresses only: what every mail server takes.
_ADDRESS = re.compile(
    r"(?=.{3,200}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
#: Codes are sent this far apart, and so many a day: nobody's letter box is filled by somebody else.
APART, A_DAY = timedelta(minutes=1), 10


def choose(store: Store, actor: Actor, how: str, address: str, *, now: datetime) -> bool:
    """Keep the choice; whether a code is on its way to the address, which must be confirmed before it counts.

    An empty address takes the old one away, which only `none` allows.  Raises `Invalid` with `how` or `address`,
    `TooFast` where codes were asked for again and again.
    """
    address = address.strip()
    if how not in HOW:
        raise Invalid(fields={"how": FIELDS["how"]})
    if not _ADDRESS.fullmatch(address) and (address or how != "none"):
        raise Invalid(fields={"address": FIELDS["address"]})
    with store.write() as db:
        old = db.execute(
            select(mail_choice).where(mail_choice.c.person_id == actor.id).with_for_update()
        ).first()
        had = (
            store.keyring.open(old.address, address_place(actor.id, old.asked_at))
            if old is not None and old.address is not None
            else ""
        )
        same = bool(address) and address == had and old is not None
        known = same and old is not None and old.confirmed_at is not None
        asks = bool(address) and not known
        row = {
            "person_id": actor.id, "how": how, "changed_at": now, "address": None, "asked_at": None,
            "confirmed_at": old.confirmed_at if known and old is not None else None,
        }  # fmt: skip
        if address:
            at = old.asked_at if known and old is not None else now
            sealed = store.keyring.seal(address, address_place(actor.id, at))
            row |= {"address": sealed, "asked_at": at}
        if asks:
            _ask(db, actor, now)
        db.execute(delete(mail_choice).where(mail_choice.c.person_id == actor.id))
        db.execute(insert(mail_choice).values(**row))
        facts = {"how": how, "address": bool(address), "new": asks}
        store.chains.record(db, now=now, actor=actor, what="mail_chosen", facts=facts)
    return asks


def confirm(store: Store, actor: Actor, code: str, *, now: datetime) -> None:
    """The person has read what was sent to the address; raises `Invalid` with `code`."""
    with store.write() as db:
        mine = mail_choice.c.person_id == actor.id
        row = db.execute(select(mail_choice).where(mine).with_for_update()).first()
        if row is None or row.address is None:
            raise Invalid(fields={"code": FIELDS["none"]})
        if row.confirmed_at is not None:
            return
        address = store.keyring.open(row.address, address_place(actor.id, row.asked_at))
        right = confirming(store.keyring, actor.id, row.asked_at, address)
        said = re.sub(r"[^A-Z2-7]", "", code.upper())
        if not hmac.compare_digest(said, right.replace("-", "")):
            raise Invalid(fields={"code": FIELDS["code"]})
        db.execute(update(mail_choice).where(mine).values(confirmed_at=now))
        store.chains.record(db, now=now, actor=actor, what="mail_confirmed")


def _ask(db: Connection, actor: Actor, now: datetime) -> None:
    """A code goes to the new address."""
    codes = select(func.max(outbox.c.made_at), func.count()).where(
        outbox.c.person_id == actor.id,
        outbox.c.kind == "confirm",
        outbox.c.made_at > now - timedelta(days=1),
    )
    last, many = db.execute(codes).one()
    if many >= A_DAY or (last is not None and now - last < APART):
        raise TooFast
    key = f"confirm:{actor.id}:{now.timestamp():.6f}"
    row = waiting_row("mail", "confirm", key, now, person_id=actor.id)
    db.execute(insert(outbox).values(**row | {"facts": {"asked": now.isoformat()}}))
