"""The database connection: one writer at a time on SQLite, any number of servers on PostgreSQL.

    with store.write() as db:      # one transaction, one commit; BEGIN IMMEDIATE on SQLite
    with store.read() as db:       # one snapshot, never committed

SQLite: WAL, every commit on disk before it is answered, writers in the order in which they came (its own busy
handler lets some starve), a lock file against a second server.  PostgreSQL: READ COMMITTED, row locks and
version checks.  Database errors leave here as the sentences of `engine/errors.py`.
"""

from __future__ import annotations

import fcntl
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Literal, TextIO

import msgspec
from psycopg import OperationalError
from sqlalchemy import (
    Connection,
    Engine,
    String,
    column,
    create_engine,
    event,
    func,
    select,
    table,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine import measures, migrations
from engine import pathway as steps
from engine.audit import Chains
from engine.errors import DatabaseLocked, NotFound, SettingInvalid, StafetError, Unavailable
from engine.faults import RAISED, translate
from engine.model import Source
from engine.secrets import Keyring
from engine.tables import pathway

#: Readers and the writer of one process; a request holds at most two at a time.
CONNECTIONS = 20
#: Seconds after which a connection to PostgreSQL is asked whether it is still one.
FRESH = 1.0
#: What a connection says before the names of the keys that its process knows.
_SAYS = "stafet:"
#: Milliseconds that a writer waits for another process (`stafet token`) on the same SQLite file.
BUSY = 10_000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # An acknowledged act is a legal fact: it survives a power cut, not only a crash of the process.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY}",
    "PRAGMA temp_store=MEMORY",
)


class Store:
    """One database with the keys that open it.  Safe to share between threads."""

    def __init__(self, url: str, keyring: Keyring, *, demo: bool = False) -> None:
        """`url` is SQLAlchemy's; `demo`: citizens with made-up numbers have consented to everything."""
        self.keyring = keyring
        self.demo = demo
        self.chains = Chains(keyring.mac_key)
        self.engine, self._file = _open(url, keyring)
        self.sqlite = self._file is not None
        self._turn = _Turn() if self.sqlite else nullcontext()
        self._writing = threading.local()
        self._claim: TextIO | None = None
        self._pathways: dict[int, steps.Pathway] = {}

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database; nothing that it does is kept."""
        with _translated(), self.engine.connect() as db:
            yield db

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed once when the block ends, rolled back when it raises."""
        if getattr(self._writing, "now", False):
            raise RuntimeError("one action, one transaction: this thread is already writing")
        self._writing.now = True
        try:
            with _translated(), self._turn, self.engine.connect() as db:
                db.info["write"] = True
                try:
                    yield from self._transaction(db)
                finally:
                    db.info.pop("write", None)
        finally:
            self._writing.now = False

    def _transaction(self, db: Connection) -> Iterator[Connection]:
        try:
            with db.begin() as transaction:
                yield db
                # Between here and the answer nobody knows whether it was written.
                committed: bool | None = None
                since = time.perf_counter()
                transaction.commit()
                committed = True
                measures.tell("commit", db.dialect.name, time.perf_counter() - since)
        except BaseException:
            self.chains.settle(locals().get("committed", False))
            raise
        self.chains.settle(committed)

    # ---- workers -------------------------------------------------------------------------
    def tell_workers(self, db: Connection) -> None:
        """Let the workers know at commit that something is to be done now; on SQLite they see it at the next beat."""
        if not self.sqlite:
            db.exec_driver_sql("NOTIFY stafet")

    def told(self, patience: float) -> Iterator[bool]:
        """True when a server told its workers something, False after `patience` silent seconds.  PostgreSQL only."""
        with _translated(), self.engine.connect() as db:
            db = db.execution_options(isolation_level="AUTOCOMMIT")
            line: Any = db.connection.driver_connection
            # This one is closed at the end, not given back: the next user must not hear what it listens for.
            db.detach()
            db.exec_driver_sql("LISTEN stafet")
            while True:
                yield any(True for _ in line.notifies(timeout=patience, stop_after=1))

    # ---- pathways ------------------------------------------------------------------------
    def pathway(self, db: Connection, pathway_id: int) -> steps.Pathway:
        """The deployed version, parsed once in each process; raises `NotFound`."""
        found = self._pathways.get(pathway_id)
        if found is None:
            row = db.execute(select(pathway.c.source).where(pathway.c.id == pathway_id)).first()
            if row is None:
                raise NotFound
            found = self._pathways[pathway_id] = steps.compile(Source(**json.loads(row.source)))
        return found

    # ---- schema and life -----------------------------------------------------------------
    def upgrade(self) -> None:
        """Create the schema or bring it up to date; safe when several servers start at once."""
        with _translated(), self._turn, self.engine.connect() as db:
            if migrations.is_current(db):
                return
            db.rollback()
            db.info["write"] = True
            try:
                with _tables_made_anew(db), db.begin():
                    migrations.upgrade(db)
            finally:
                db.info.pop("write", None)

    def is_current(self) -> bool:
        """Whether the schema is the one that this version of Stafet was made for."""
        with self.read() as db:
            return migrations.is_current(db)

    def compact(self) -> None:
        """Leave nothing in the SQLite file of what was deleted; PostgreSQL's own vacuum sees to that in its time."""
        if not self.sqlite:
            return
        with _translated(), self._turn, self.engine.connect() as db:
            line: Any = db.connection.driver_connection
            line.execute("VACUUM")
            line.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def claim_server(self) -> None:
        """Be the only server on this SQLite file until `close`; raises `DatabaseLocked`."""
        if self._file is None or self._claim is not None:
            return
        claim = _lock_file(self._file)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            claim.close()
            raise DatabaseLocked from exc
        claim.truncate(0)
        claim.write(_said(self.keyring))
        claim.flush()
        self._claim = claim

    def others(self) -> list[frozenset[str]]:
        """Names of keys, of each who has this database open: connections, or an SQLite's server; `+2` waits there."""
        if not self.sqlite:
            who, where = column("application_name", String), column("datname", String)
            here = where == func.current_database(), who.startswith(_SAYS)
            with self.read() as db:
                said = db.scalars(select(who).select_from(table("pg_stat_activity")).where(*here))
                return [_heard(each) for each in said]
        assert self._file is not None
        if self._claim is not None:
            return []
        with _lock_file(self._file, "a+") as claim:
            try:
                fcntl.flock(claim, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                claim.seek(0)
                return [_heard(claim.read())]
        return []

    def close(self) -> None:
        """Close all connections and give the file back."""
        self.engine.dispose()
        if self._claim is not None:
            self._claim.close()
            self._claim = None


class _Turn:
    """A lock that is handed on in the order in which it was asked for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RAISED as exc:
        if (said := translate(exc)) is None:
            raise
        raise said from exc
    except PoolTimeout as exc:
        raise Unavailable from exc


def _open(url: str, keyring: Keyring) -> tuple[Engine, Path | None]:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=30,
            isolation_level="READ COMMITTED",
            # Each server says which keys it knows, and nothing of the keys: `Store.others`.
            connect_args={"application_name": _said(keyring)},
            json_serializer=_json,
            json_deserializer=msgspec.json.decode,
        )
        event.listen(engine, "checkout", _is_there)
        event.listen(engine, "checkin", _was_there)
        return engine, None
    if parsed.database in (None, "", ":memory:"):
        raise SettingInvalid("An SQLite database needs a file: sqlite:////path/to/stafet.db.")
    file = Path(str(parsed.database)).absolute()
    with suppress(OSError):
        # A folder that cannot be made is told by the first connection, in its own sentence.
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=30,
        json_serializer=_json,
        json_deserializer=msgspec.json.decode,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine, file


def _is_there(connection: Any, record: Any, _proxy: object) -> None:
    """Ask a connection that nobody used for a while whether its server is still there; the pool then takes another.

    Asking each time (SQLAlchemy's `pool_pre_ping`) would be a fourth way to the server and back for each write.
    """
    if time.monotonic() - record.info.get("seen", 0.0) < FRESH:
        return
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except OperationalError as exc:
        raise DisconnectionError from exc


def _was_there(_connection: Any, record: Any) -> None:
    record.info["seen"] = time.monotonic()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _prepare(connection: Any, _record: object) -> None:
    # The driver would begin transactions by its own rules; we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        # On a read-only file the journal mode stays as it is: what is there can still be read.
        with suppress(connection.OperationalError):
            connection.execute(pragma)


def _begin(db: Connection) -> None:
    # A writer takes the file at once: one that read first could no longer become a writer.
    db.exec_driver_sql("BEGIN IMMEDIATE" if db.info.get("write") else "BEGIN")


@contextmanager
def _tables_made_anew(db: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew: what refers to it must be left in peace meanwhile."""
    line: Any = db.connection.driver_connection
    if db.dialect.name != "sqlite":
        yield
        return
    line.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        line.execute("PRAGMA foreign_keys=ON")


def _said(ring: Keyring) -> str:
    """`stafet:1,+2,index`, as short as PostgreSQL keeps it."""
    names = (f"+{each}" if each in ring.waiting else each for each in sorted(ring.names))
    return (_SAYS + ",".join(names))[:63]


def _heard(said: str) -> frozenset[str]:
    return frozenset(said.removeprefix(_SAYS).split(","))


def _lock_file(file: Path, mode: Literal["a", "a+"] = "a") -> TextIO:
    try:
        found: TextIO = file.with_name(file.name + ".lock").open(mode, encoding="ascii")
        return found
    except OSError as exc:
        raise StafetError(f"{file.parent} cannot be written: {exc.strerror}.") from exc
