from sqlalchemy import delete, insert

from engine.tables import audit, task


def entries(db, store, actor, now, reason, row):
    # ruleid: audit-of-what-somebody-wrote
    store.chains.record(db, now=now, actor=actor, what="moved", facts={"reason": reason})
    # ruleid: audit-of-what-somebody-wrote
    store.chains.record(db, now=now, actor=actor, what="moved", facts={"id": 1, "of": row.name})
    facts = {
        "id": 1,
        # ruleid: audit-of-what-somebody-wrote
        "note": reason.strip(),
    }
    store.chains.record(db, now=now, actor=actor, what="moved", facts=facts)
    mark = store.keyring.index("reason", reason).hex()
    # ok: audit-of-what-somebody-wrote
    store.chains.record(db, now=now, actor=actor, what="moved", facts={"reason": mark})
    # ok: audit-of-what-somebody-wrote
    store.chains.record(db, now=now, actor=actor, what="moved", facts={"loan": row.id})


def rows(db):
    # ruleid: audit-in-an-entry-of-its-own
    db.execute(delete(audit))
    # ruleid: audit-in-an-entry-of-its-own
    db.execute(insert(audit), [])
    # ok: audit-in-an-entry-of-its-own
    db.execute(insert(task), [])
