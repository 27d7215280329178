"""The inbox: whose tasks, in which order, page by page, and what is written down about the look."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from engine import actions, queries
from engine.model import MACHINE, Actor
from engine.queries import CursorInvalid, TaskFilter
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import citizen, deadline, task
from stafet.demo.crowd import multiply
from tests.store.cast import NOW, PARTIES, asked, done, open_task, opened, started
from tests.store.conftest import KEYS
from tests.store.looking import looks

As = Callable[..., Actor]
#: How SQLAlchemy says to SQLite that nothing was found.
NONE_FOUND = "(SELECT 1 FROM (SELECT 1) WHERE 1!=1)"
LATER = datetime.fromisoformat("2024-04-05T08:00+02:00")


def inbox(store: Store, who: Actor, *, now: datetime = NOW, **wanted: Any) -> list[dict[str, Any]]:
    return queries.inbox(store, who, TaskFilter(**wanted), now=now).items


def test_each_sees_what_waits_for_the_own_unit(store: Store, as_: As) -> None:
    asked(store, opened(store), "Kriminalforsorgen", "Kommunens myndighed")
    seen = {
        login: [(t["name"], t["party"], t["citizen"]) for t in inbox(store, as_(login))]
        for login in ("ida", "jens", "bo", "karin", "sia", "ole", "dan")
    }
    mine = ("Tag stilling til planen", "Kriminalforsorgen", "Signe Sørensen")
    assert seen.pop("jens") == [mine]
    assert seen.pop("bo") == [(mine[0], "Kommunens myndighed", mine[2])]
    assert all(tasks == [] for tasks in seen.values())
    assert len(inbox(store, MACHINE)) == 2


def test_the_date_says_how_it_was_counted(store: Store, as_: As) -> None:
    asked(store, opened(store))
    (task,) = inbox(store, as_("jens"))
    assert task["due_at"] == datetime.fromisoformat("2024-04-03T23:59:59+02:00")
    assert task["reminder_at"] == datetime.fromisoformat("2024-04-02T09:00+02:00")
    assert (task["frist"], task["clause"]) == ("3 hverdage", "MIDT-4.4-12")
    assert (task["paused"], task["local"], task["overdue"]) == ([], False, False)
    assert inbox(store, as_("jens"), now=LATER)[0]["overdue"] is True


@pytest.fixture
def crowd(store: Store) -> list[int]:
    """Tasks of Ida's ward: two with one date, one with another, three without any; by date, nulls last."""
    case = opened(store)
    numbers = [started(store, case) for _ in range(6)]
    tasks = [open_task(store, number, "vurder_behov") for number in numbers]
    dates = {tasks[4]: NOW, tasks[1]: NOW + timedelta(days=1), tasks[3]: NOW + timedelta(days=1)}
    with store.write() as db:
        for number, due in dates.items():
            db.execute(update(task).where(task.c.id == number).values(due_at=due))
    return [tasks[4], tasks[1], tasks[3], tasks[0], tasks[2], tasks[5]]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 200])
def test_pages_lead_through_equal_and_missing_dates(
    store: Store, as_: As, crowd: list[int], limit: int
) -> None:
    found, after = [], None
    for _ in range(len(crowd)):
        page = queries.inbox(store, as_("ida"), TaskFilter(limit=limit, after=after), now=NOW)
        assert len(page.items) <= limit
        found += [task["id"] for task in page.items]
        after = page.next
        if after is None:
            break
    assert found == crowd


@pytest.mark.parametrize("sort", ["opened_at", "name", "due_at", None])
def test_every_order_is_whole(store: Store, as_: As, crowd: list[int], sort: str | None) -> None:
    first = queries.inbox(store, as_("ida"), TaskFilter(limit=4, sort=sort), now=NOW)
    rest = TaskFilter(limit=4, sort=sort, after=first.next)
    second = queries.inbox(store, as_("ida"), rest, now=NOW)
    assert second.next is None
    found = [task["id"] for task in first.items + second.items]
    assert found == (sorted(crowd) if sort in ("opened_at", "name") else crowd)


def test_a_task_that_is_done_meanwhile_moves_nothing(
    store: Store, as_: As, crowd: list[int]
) -> None:
    first = queries.inbox(store, as_("ida"), TaskFilter(limit=3), now=NOW)
    answers = {"justering_indsats": False, "justering_plan": False}
    actions.complete(store, as_("ida"), crowd[0], answers, now=NOW)
    second = queries.inbox(store, as_("ida"), TaskFilter(limit=3, after=first.next), now=NOW)
    assert [task["id"] for task in second.items] == crowd[3:]


@pytest.mark.parametrize(
    "after", ["x", "", "æ", "W10", "Im51bGwi", "bnVsbA", "A" * 500, "WyJkdWVfYXQiLDEsMV0"]
)
def test_a_cursor_of_somebody_elses_making_is_refused(store: Store, as_: As, after: str) -> None:
    with pytest.raises(CursorInvalid) as refused:
        inbox(store, as_("ida"), after=after)
    assert list(refused.value.fields) == ["after"]


def test_a_cursor_belongs_to_its_order(store: Store, as_: As, crowd: list[int]) -> None:
    page = queries.inbox(store, as_("ida"), TaskFilter(limit=1, sort="name"), now=NOW)
    with pytest.raises(CursorInvalid):
        inbox(store, as_("ida"), after=page.next, sort="due_at")


# ---- filters -----------------------------------------------------------------------------
def test_filters(store: Store, as_: As) -> None:
    case, other = opened(store), opened(store, cpr="720685-1033", name="Bjarne Holm")
    asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    asked(store, other, "Kriminalforsorgen")
    jens = as_("jens")
    (hers,) = inbox(store, jens, case=case)
    (his,) = inbox(store, jens, case=other)
    assert inbox(store, jens, role="Tværsektorielt team") == [hers, his]
    assert inbox(store, jens, role="Regionspsykiatrien") == []
    assert inbox(store, jens, unit=2) == [hers, his]
    assert inbox(store, jens, unit=3) == []
    assert inbox(store, jens, due_before=hers["due_at"]) == []
    assert inbox(store, jens, due_before=hers["due_at"] + timedelta(seconds=1)) == [hers, his]
    assert inbox(store, jens, state="completed") == []
    assert [t["element"] for t in inbox(store, as_("ida"), state="completed", case=case)] == [
        "vurder_behov",
        "send_plan",
    ]


def test_who_has_it(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    ida, anna = as_("ida"), as_("anna")
    assert [t["id"] for t in inbox(store, anna, assignee="none")] == [number]
    actions.claim(store, ida, number, now=NOW)
    assert inbox(store, anna, assignee="none") == []
    assert inbox(store, anna, assignee="me") == []
    (hers,) = inbox(store, anna, assignee="ida")
    assert inbox(store, ida, assignee="me") == [hers]
    assert (hers["assignee"], hers["assignee_name"]) == ("ida", "Ida Ibsen")
    assert inbox(store, ida, assignee="nobody by that login") == []


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("700378-1016", True),
        (" 7003781016 ", True),
        ("signe  SØRENSEN", True),
        ("Signe", False),
        ("720685-1033", False),
        ("stilling", True),
        ("TAG STILLING", True),
        ("100%", False),
        ("_", False),
    ],
)
def test_a_search_finds_words_of_the_task_and_the_whole_citizen(
    store: Store, as_: As, q: str, found: bool
) -> None:
    asked(store, opened(store))
    assert bool(inbox(store, as_("jens"), q=q)) is found


def test_a_search_folds_danish_letters(store: Store, as_: As) -> None:
    walk = asked(store, opened(store))
    late = datetime.fromisoformat("2024-04-04T08:00+02:00")
    actions.run_due(store, 50, now=late)
    open_task(store, walk, "foelg_op")
    assert inbox(store, as_("ida"), q="følg op", now=late)
    assert inbox(store, as_("ida"), q="FØLG OP", now=late)


# ---- overdue -----------------------------------------------------------------------------
OPEN = datetime.fromisoformat("2024-03-28T12:00+01:00")


@pytest.mark.parametrize(
    ("paused", "status", "now", "late"),
    [
        ([], "open", NOW, False),
        ([], "open", LATER, True),
        ([[OPEN.isoformat(), None]], "open", LATER, False),
        ([[OPEN.isoformat(), None]], "overdue", LATER, True),
        ([[OPEN.isoformat(), (OPEN + timedelta(hours=1)).isoformat()]], "open", LATER, True),
    ],
)
def test_overdue_is_what_the_ledger_says(
    store: Store, as_: As, paused: Any, status: str, now: datetime, late: bool
) -> None:
    asked(store, opened(store))
    values: dict[str, Any] = {"paused": paused, "status": status}
    if status == "overdue":
        # It had passed before the clock was stopped.
        values["overdue_at"] = OPEN - timedelta(hours=1)
    with store.write() as db:
        db.execute(update(deadline).values(**values))
    jens = as_("jens")
    assert [t["overdue"] for t in inbox(store, jens, now=now)] == [late]
    assert len(inbox(store, jens, now=now, overdue=True)) == late
    assert len(inbox(store, jens, now=now, overdue=False)) == (not late)
    assert queries.counts(store, jens, now=now)["overdue"] == late


def test_counts(store: Store, as_: As) -> None:
    case = opened(store)
    for _ in range(3):
        asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    jens = as_("jens")
    first = inbox(store, jens)[0]
    actions.claim(store, jens, first["id"], now=NOW)
    nothing = dict.fromkeys(("open", "mine", "takeable", "unassigned", "overdue", "today"), 0)
    assert queries.counts(store, jens, now=NOW) == {
        **nothing, "open": 3, "mine": 1, "takeable": 2, "unassigned": 2,
    }  # fmt: skip
    last_day = datetime.fromisoformat("2024-04-03T08:00+02:00")
    assert queries.counts(store, jens, now=last_day)["today"] == 3
    after = queries.counts(store, jens, now=LATER)
    assert (after["overdue"], after["today"]) == (3, 0)
    assert queries.counts(store, as_("sia"), now=NOW) == nothing


# ---- the look ----------------------------------------------------------------------------
def test_a_list_with_names_is_one_entry_that_names_them(store: Store, as_: As) -> None:
    asked(store, opened(store))
    asked(store, opened(store, cpr="720685-1033", name="Bjarne Holm"))
    with store.read() as db:
        everybody = list(db.scalars(select(citizen.c.id).order_by(citizen.c.id)))
    inbox(store, as_("jens"))
    inbox(store, as_("jens"), q="700378-1016")
    inbox(store, as_("sia"))
    queries.counts(store, as_("jens"), now=NOW)
    assert [(each["what"], each["citizen_id"], each["facts"]) for each in looks(store)] == [
        ("saw_tasks", None, {"citizens": everybody}),
        ("saw_tasks", everybody[0], {"citizens": everybody[:1]}),
    ]


def test_three_statements_at_most(
    store: Store, as_: As, crowd: list[int], statements: list[str]
) -> None:
    jens = as_("ida")
    inbox(store, jens)
    statements.clear()
    assert len(inbox(store, jens, overdue=False, assignee="none")) == 6
    assert len(statements) <= 3, statements


@pytest.mark.parametrize(
    ("wanted", "index", "walks"),
    [
        ({"assignee": "none"}, r"unclaimed \(unit_id=\? AND status=\? AND assignee_id=\?", 2),
        ({"assignee": "me"}, r"mine \(assignee_id=\? AND status=\? AND due_at", 2),
        ({"overdue": True}, r"inbox \(unit_id=\? AND status=\? AND due_at[<>]", 1),
        ({"due_after": NOW}, r"inbox \(unit_id=\? AND status=\? AND due_at[<>]", 1),
        ({"dated": False}, r"inbox \(unit_id=\? AND status=\? AND due_at=\?", 1),
        ({}, r"inbox \(unit_id=\? AND status=\? AND due_at", 2),
        ({"agreement": "a"}, r"by_agreement \(unit_id=\? AND status=\? AND agreement=\?", 2),
        ({"pathway": "p"}, r"by_pathway_key \(unit_id=\? AND status=\? AND pathway_key=\?", 2),
        ({"party": "P"}, r"by_party \(unit_id=\? AND status=\? AND party=\?", 2),
        ({"party": "P", "overdue": True}, r"by_party \(.* AND party=\? AND due_at[<>]", 1),
        ({"case": 1}, r"case_id \(case_id=\?", 2),
        ({"assignee": "sia"}, r"mine \(assignee_id=\? AND status=\? AND due_at", 2),
    ],
)
def test_sqlite_walks_along_an_index_that_leads_to_what_is_wanted(
    tmp_path: Path, as_: As, wanted: dict[str, Any], index: str, walks: int
) -> None:
    """Those with a date and those without are walked by themselves, and only where any can be wanted."""
    plan = _plan(tmp_path, as_("ida"), TaskFilter(**wanted), "ORDER BY anon_")
    assert len(plan) == walks
    assert [step for step in plan if not re.search(f"INDEX ix_task_{index}", step)] == []


def test_a_task_from_before_learns_what_it_is_of(store: Store, crowd: list[int]) -> None:
    step = importlib.import_module("engine.migrations.versions.0046_open_tasks_by_kind")
    kinds = select(task.c.agreement, task.c.pathway_key).distinct()
    with store.write() as db:
        (kept,) = [tuple(row) for row in db.execute(kinds)]
        db.execute(update(task).values(agreement="", pathway_key=""))
        db.execute(text(step.FILL))
        assert [tuple(row) for row in db.execute(kinds)] == [kept]
    assert kept == ("midtjylland", "midtjylland-planrunde")


@pytest.fixture
def roles(store: Store, crowd: list[int]) -> dict[str, list[int]]:
    """The crowd's tasks in turn for nurses (Ida's role), for doctors, and for all; one of each, by date, is Anna's."""
    kinds = {"nurses": ["læge", "sygeplejerske"], "doctors": ["overlæge", "læge"], "all": []}
    tasks = {name: [crowd[nth], crowd[nth + 3]] for nth, name in enumerate(kinds)}
    with store.write() as db:
        for name, numbers in tasks.items():
            db.execute(update(task).where(task.c.id.in_(numbers)).values(roles=kinds[name]))
            db.execute(update(task).where(task.c.id == numbers[1]).values(assignee_id=2))
    return tasks


def test_what_ones_roles_may_take(
    store: Store, as_: As, crowd: list[int], roles: dict[str, list[int]]
) -> None:
    ida, anna, bo = as_("ida"), as_("anna"), as_("bo")
    hers = [roles["nurses"][0], roles["all"][0]]
    for sort in (None, "name"):
        assert [t["id"] for t in inbox(store, ida, takeable=True, sort=sort)] == sorted(
            hers, key=crowd.index if sort is None else None
        )
    assert {t["id"] for t in inbox(store, ida, takeable=False)} == set(crowd) - set(hers)
    assert [t["id"] for t in inbox(store, anna, takeable=True)] == [
        roles["doctors"][0], roles["all"][0],
    ]  # fmt: skip
    found = inbox(store, ida, takeable=True, pathway="midtjylland-planrunde", unit=1)
    assert [t["id"] for t in found] == hers
    assert inbox(store, ida, takeable=True, unit=3) == []
    assert inbox(store, ida, takeable=True, state="completed") == []
    assert inbox(store, bo, takeable=True) == []
    assert len(inbox(store, MACHINE, takeable=True)) == 3
    assert [queries.counts(store, who, now=NOW)["takeable"] for who in (ida, anna, bo)] == [2, 2, 0]


@pytest.mark.parametrize("limit", [1, 2])
def test_what_ones_roles_may_take_page_by_page(
    store: Store, as_: As, roles: dict[str, list[int]], limit: int
) -> None:
    found, after = [], None
    for _ in range(3):
        wanted = TaskFilter(takeable=True, limit=limit, after=after)
        page = queries.inbox(store, as_("ida"), wanted, now=NOW)
        found += [task["id"] for task in page.items]
        after = page.next
        if after is None:
            break
    assert found == [roles["nurses"][0], roles["all"][0]]


def test_what_ones_roles_may_take_is_found_along_indexes(
    store: Store, as_: As, crowd: list[int], roles: dict[str, list[int]]
) -> None:
    """Among thousands for others, on both databases; SQLite was never told how its tables are spread."""
    with store.read() as db:
        number = db.scalar(select(task.c.case_id).where(task.c.id == crowd[0]))
    assert number is not None
    multiply(store, number, 500)
    with store.write() as db:
        copies = update(task).where(task.c.id > max(crowd))
        db.execute(copies.values(roles=["overlæge", "læge"], assignee_id=None))
        if not store.sqlite:
            db.execute(text("ANALYZE"))
    asked_for: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: asked_for.append((a[2], a[3])))
    queries.inbox(store, as_("ida"), TaskFilter(takeable=True), now=NOW)
    queries.counts(store, as_("ida"), now=NOW)
    walks = [one for one in asked_for if "CAST(task.roles AS TEXT)" in one[0]]
    explain = "EXPLAIN QUERY PLAN" if store.sqlite else "EXPLAIN"
    with store.read() as db:
        plans = [
            [str(row[-1]) for row in db.exec_driver_sql(f"{explain} {statement}", values)]
            for statement, values in walks
        ]
    leaps, page, again, counted = plans
    assert again == leaps
    assert _indexes(leaps) == {"ix_task_kinds"}
    assert _indexes(page) == {"ix_task_takeable"}
    assert _indexes(counted) & {"ix_task_takeable", "ix_task_kinds"}
    assert not [step for step in (*leaps, *page) if re.search(_WHOLE, step)]


#: A table of tasks that is gone through from end to end.
_WHOLE = r"SCAN task\b(?! USING)|Seq Scan on task\b"


def _indexes(plan: list[str]) -> set[str]:
    """Along which indexes of tasks a plan goes."""
    return set(re.findall(r"ix_task_\w+", " ".join(plan)))


@pytest.mark.parametrize("view", [{}, {"assignee": "none"}, {"assignee": "me"}])
@pytest.mark.parametrize("narrow", ["pathway_key", "agreement", "party"])
def test_the_filter_that_leaves_the_fewest_leads(
    store: Store,
    as_: As,
    crowd: list[int],
    statements: list[str],
    view: dict[str, Any],
    narrow: str,
) -> None:
    ida = as_("ida")
    whose = None if view == {"assignee": "none"} else ida.id
    with store.write() as db:
        db.execute(update(task).values(assignee_id=whose))
        seldom = update(task).where(task.c.id.in_((crowd[2], crowd[5])))
        db.execute(seldom.values({narrow: "sjælden"}))
    wanted = {narrow.removesuffix("_key"): "sjælden", "overdue": False}
    statements.clear()
    assert [t["id"] for t in inbox(store, ida, **wanted, **view)] == [crowd[2], crowd[5]]
    (walk,) = [one for one in statements if "UNION ALL" in one]
    assert f"task.{narrow} = " in walk
    assert not re.search(r"task\.assignee_id (=|IS NULL)", walk)


def test_sqlite_reads_what_it_found_by_number_not_through_the_unit(tmp_path: Path, as_: As) -> None:
    plan = _plan(tmp_path, as_("ida"), TaskFilter(), "citizen_name", found=range(26))
    assert plan == ["SEARCH task USING INTEGER PRIMARY KEY (rowid=?)"]


def _plan(
    folder: Path, actor: Actor, wanted: TaskFilter, of: str, found: Iterable[int] = ()
) -> list[str]:
    """How a new SQLite would look through the tasks in the statement that has these words."""
    asked_for: list[tuple[str, Any]] = []
    with closing(Store(f"sqlite:///{folder}/stafet.db", Keyring.from_text(KEYS))) as store:
        store.upgrade()
        event.listen(
            store.engine, "before_cursor_execute", lambda *a: asked_for.append((a[2], a[3]))
        )
        queries.inbox(store, actor, wanted, now=NOW)
        statement, values = next(one for one in asked_for if of in one[0])
        numbers = ", ".join(map(str, found))
        statement = statement.replace(NONE_FOUND, f"({numbers})")
        with store.read() as db:
            plan = [r[3] for r in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    return [step for step in plan if re.search(r"\btask\b", step) and "of_task" not in step]


@pytest.mark.parametrize("wanted", [{"dated": True}, {"due_after": NOW}, {"due_before": LATER}])
def test_what_is_bounded_by_days_has_a_date_also_page_by_page(
    store: Store, as_: As, crowd: list[int], wanted: dict[str, Any]
) -> None:
    found, after = [], None
    while True:
        page = queries.inbox(store, as_("ida"), TaskFilter(limit=1, after=after, **wanted), now=NOW)
        found += [task["id"] for task in page.items]
        after = page.next
        if after is None:
            break
    assert found == crowd[:3]
    undated = queries.inbox(store, as_("ida"), TaskFilter(limit=4), now=NOW).next
    assert (
        queries.inbox(store, as_("ida"), TaskFilter(after=undated, **wanted), now=NOW).items == []
    )
    assert [t["id"] for t in inbox(store, as_("ida"), dated=False)] == crowd[3:]


def test_a_party_that_is_two_hats_of_one_unit_sees_both(store: Store, as_: As) -> None:
    hats = {**PARTIES, "Handlekommune": "Myndighed Aarhus"}
    walk = asked(store, opened(store, parties=hats), "Kommunens myndighed", "Handlekommune")
    assert [t["party"] for t in inbox(store, as_("bo"))] == ["Kommunens myndighed", "Handlekommune"]
    done(store, "bo", walk, "accepter_plan", {"accept": True}, party="Handlekommune")
    assert [t["party"] for t in inbox(store, as_("bo"))] == ["Kommunens myndighed"]
