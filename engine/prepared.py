"""Statements of the hot path, compiled once for each dialect and sent straight to the driver.

SQLAlchemy's way from a statement to the driver costs more than SQLite's work on it (`stafet bench complete`).  The
text and the conversion of each value are still SQLAlchemy's; only the way there is shorter.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.selectable import SelectBase

_Value = Callable[[Any], Any] | None
_Shape = tuple[type[Any], tuple[tuple[int, Callable[[Any], Any]], ...]]
_Sent = tuple[str, tuple[tuple[str, _Value], ...], bool]


class Prepared:
    """One statement whose columns are always the same.

    `run` gives the driver's cursor: ask RETURNING for numbers and texts only.  The driver's own errors come out;
    `Store` translates them as it does SQLAlchemy's.
    """

    def __init__(
        self,
        statement: UpdateBase | SelectBase | TextClause | Callable[[str], UpdateBase],
        *columns: str,
    ) -> None:
        """`columns` are those of an INSERT; a statement that differs by dialect is given as a function of its name."""
        self._statement, self._columns = statement, columns
        self._sent: dict[str, _Sent] = {}
        self._shapes: dict[str, _Shape] = {}
        #: Values that the statement itself holds (`status = 'open'`).
        self._fixed: dict[str, Any] = {}

    def ask(self, db: Connection, values: Mapping[str, Any]) -> list[Any]:
        """What a SELECT finds, as named tuples of converted values."""
        cursor = self.run(db, values)
        made, conversions = self._shapes[db.dialect.name]
        rows = []
        for row in cursor.fetchall():
            found = list(row)
            for place, convert in conversions:
                found[place] = convert(found[place])
            rows.append(made(*found))
        return rows

    def run(self, db: Connection, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
        """Send it for one row, or for several at once."""
        text, values, positional = self._sent.get(db.dialect.name) or self._compile(db.dialect)
        many = [rows] if isinstance(rows, Mapping) else rows
        sent: list[Any] = []
        for row in many:
            given = {**self._fixed, **row} if self._fixed else row
            found = [(name, made(given[name]) if made else given[name]) for name, made in values]
            sent.append([value for _, value in found] if positional else dict(found))
        cursor: Any = db.connection.cursor()
        if len(sent) == 1:
            cursor.execute(text, sent[0])
        else:
            cursor.executemany(text, sent)
        return cursor

    def _compile(self, dialect: Dialect) -> _Sent:
        statement = self._statement(dialect.name) if callable(self._statement) else self._statement
        made = statement.compile(dialect=dialect, column_keys=list(self._columns) or None)
        self._fixed = {name: bind.value for name, bind in made.binds.items() if not bind.required}
        names = made.positiontup if made.positional else list(made.binds)
        values = tuple(
            (name, made.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in names or ()
        )
        if isinstance(statement, SelectBase):
            self._shapes[dialect.name] = _shape(statement, dialect)
        sent = self._sent[dialect.name] = (made.string, values, bool(made.positional))
        return sent


def _shape(statement: SelectBase, dialect: Dialect) -> _Shape:
    columns = list(statement.selected_columns)
    conversions = []
    for place, column in enumerate(columns):
        convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            conversions.append((place, convert))
    # One class for each shape of row; the names are the columns'.
    return namedtuple("Row", [str(column.key) for column in columns]), tuple(conversions)


def upsert(table: Table, key: tuple[str, ...], changing: tuple[str, ...], *rest: str) -> Prepared:
    """Insert rows; where one with this key is there already, `changing` get the new values and `rest` stay."""

    def made(dialect: str) -> UpdateBase:
        statement = (postgresql if dialect == "postgresql" else sqlite).insert(table)
        new = {column: statement.excluded[column] for column in changing}
        kept: UpdateBase = statement.on_conflict_do_update(index_elements=key, set_=new)
        return kept

    return Prepared(made, *key, *changing, *rest)
