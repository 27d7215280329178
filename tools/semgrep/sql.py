# ruleid: database-at-the-edges
from sqlalchemy import select, text

from engine import queries
from engine.model import Actor
from engine.store import Store
# ruleid: database-at-the-edges
from engine.tables import task


def statements(db, table, name):
    # ruleid: sql-put-together
    db.execute(text(f"SELECT * FROM {table}"))
    # ruleid: sql-put-together
    db.exec_driver_sql("SELECT * FROM task WHERE name = '" + name + "'")
    # ruleid: sql-put-together
    db.execute("SELECT * FROM task WHERE name = '%s'" % name)
    # ruleid: sql-put-together
    db.execute("SELECT * FROM {}".format(table))
    # ruleid: sql-put-together
    db.execute("SELECT " + ", ".join(table))
    # ruleid: sql-put-together
    db.execute(" ".join(table))
    # ok: sql-put-together
    db.execute(text("SELECT * FROM task WHERE name = :name"), {"name": name})
    # ok: sql-put-together
    db.execute(select(task).where(task.c.name == name))


def edge():
    # ruleid: database-at-the-edges
    with store().read() as db:
        return db


def another_edge(actor, now):
    # ok: database-at-the-edges
    return queries.cases(store(), actor, now=now)


# ok: an-actor-who-is-not-asked
def tasks(store: Store, actor: Actor, *, now):
    return store.visible(actor)


# ruleid: an-actor-who-is-not-asked
def everything(store: Store, actor: Actor):
    return store.all()
