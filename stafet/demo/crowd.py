"""Many made-up cases like one that is there, for benchmarks and for finding a needle among them.

`multiply(store, case_id, times)` copies the rows of one case so often, in the database itself: instances, open tasks,
deadlines and jobs stand as they stand in the first.  Numbers go on where they are; the citizen is the same one.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, cast, func, insert, literal, or_, select, text

from engine.store import Store
from engine.tables import case, case_party, consent, deadline, instance, instance_party, job, task

#: In the order of their references; what they are found by.
_TABLES: tuple[tuple[Table, str], ...] = (
    (case, "id"), (case_party, "case_id"), (instance, "case_id"), (instance_party, "case_id"),
    (consent, "case_id"), (task, "case_id"), (deadline, "case_id"), (job, "instance_id"),
)  # fmt: skip


def multiply(store: Store, case_id: int, times: int) -> None:
    """Add so many copies of a case, in one transaction."""
    with store.write() as db:
        nth = _numbers(times)
        bases: dict[tuple[str, int], int] = {}
        for table, by in _TABLES:
            for row in _rows(db, table, by, case_id, bases):
                if "id" in table.c:
                    bases[table.name, row["id"]] = _last(db, table)
                chosen = [_value(table, name, row, bases, nth) for name in row]
                db.execute(insert(table).from_select(list(row), select(*chosen).select_from(nth)))
                _counted(db, table)


def _numbers(times: int) -> Any:
    one = select(literal(1).label("n")).cte("nth", recursive=True)
    return one.union_all(select(one.c.n + 1).where(one.c.n < times))


def _rows(
    db: Connection, table: Table, by: str, case_id: int, known: dict[tuple[str, int], int]
) -> list[dict[str, Any]]:
    if by == "instance_id":
        walks = [number for name, number in known if name == instance.name]
        which = or_(*(table.c.instance_id == walk for walk in walks))
    else:
        which = table.c[by] == case_id
    if "id" in table.c:
        which = which & (table.c.id <= _last(db, table))
    return [dict(row) for row in db.execute(select(table).where(which)).mappings()]


def _value(
    table: Table, name: str, row: dict[str, Any], bases: dict[tuple[str, int], int], nth: Any
) -> Any:
    """What stands in this column of the nth copy."""
    column, value = table.c[name], row[name]
    if name == "id":
        return (literal(bases[table.name, value]) + nth.c.n).label(name)
    for key in column.foreign_keys:
        base = bases.get((key.column.table.name, value))
        if base is not None:
            return (literal(base) + nth.c.n).label(name)
    if table is job and name == "key":
        # A job is found again by its instance's number: `timer:12:3`.
        kind, walk, rest = value.split(":", 2)
        base = bases[instance.name, int(walk)]
        number = cast(literal(base) + nth.c.n, column.type)
        return (literal(f"{kind}:") + number + literal(f":{rest}")).label(name)
    return literal(value, column.type).label(name)


def _last(db: Connection, table: Table) -> int:
    return int(db.scalar(select(func.max(table.c.id))) or 0)


def _counted(db: Connection, table: Table) -> None:
    """Let numbers that the database gives go on after those that were given here."""
    if "id" in table.c and db.dialect.name == "postgresql":
        name = db.dialect.identifier_preparer.format_table(table)
        of = {"of": name, "last": _last(db, table)}
        db.execute(text("SELECT setval(pg_get_serial_sequence(:of, 'id'), :last)"), of)
