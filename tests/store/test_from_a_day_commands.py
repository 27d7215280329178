"""`stafet deploy --from` and `--call-off` as they are typed, and what a crash at any write of them leaves."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from engine import deploy, lint, prepared, studio
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.studio.shelf import shelf
from engine.tables import audit, clause, deployment, draft, kept_file, membership, pathway, scenario
from engine.versions import midnight
from stafet import cli
from tests.store.cast import AGREEMENT, NOW
from tests.store.conftest import KEYS
from tests.store.versions import PROCESSES, ROUND, SETTINGS, USED

KEY = "midtjylland-planrunde"
HERE = (AGREEMENT, KEY)
MONDAY = date(2024, 4, 1)
MINUTE = timedelta(minutes=1)
As = Callable[[str], Actor]
#: What was typed gives the exit code and what was printed, without and with trouble.
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)
    module = importlib.import_module("stafet.commands.deploy")
    monkeypatch.setattr(module, "clock", lambda: NOW)

    def command(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["deploy", *args])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The agreement with another deadline, another title and another read-me."""
    for name in USED:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROCESSES / name).is_dir() else shutil.copy)(PROCESSES / name, target)
    for name, old, new in (
        (ROUND, 'stafet:frist="3 hverdage"', 'stafet:frist="4 hverdage"'),
        (SETTINGS, 'titel = "', 'titel = "Ny '),
    ):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new), encoding="utf-8")
    return tmp_path / AGREEMENT


def waits(store: Store) -> list[int]:
    return [int(row["id"]) for row in studio.coming(store, MACHINE, now=NOW)]


# ---- as it is typed ----------------------------------------------------------------------
def test_a_folder_for_a_day_is_told_with_its_number_and_called_off_by_it(
    store: Store, typed: Typed, changed: Path
) -> None:
    code, out, err = typed(str(changed), "--from", "2024-04-01")
    (number,) = waits(store)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].endswith(f", in force from 2024-04-01 (deployment {number}).")
    assert f"{AGREEMENT}/{KEY}: version 2" in out
    assert typed(str(changed), "--from", "2024-04-01")[1].startswith("Nothing has changed")
    assert typed("--call-off", str(number)) == (0, f"Deployment {number} is called off.\n", "")
    assert waits(store) == []
    assert typed("--call-off", str(number)) == (
        1, "", "stafet: This has been called off already.\n",
    )  # fmt: skip


def test_as_json_and_with_what_gives_way_on_the_day(
    store: Store, typed: Typed, changed: Path
) -> None:
    code, out, _ = typed(str(changed), "--from", "2024-04-01", "--json")
    told = json.loads(out)
    assert (code, told["from"], told["deployments"]) == (0, "2024-04-01", waits(store))
    file = changed / "planrunde/planrunde.bpmn"
    text = file.read_text(encoding="utf-8").replace('frist="4 hverdage"', 'frist="5 hverdage"')
    file.write_text(text, encoding="utf-8")
    code, out, err = typed(str(changed))
    assert code == 0
    assert "becomes version 2 on 2024-04-01, which has not this change." in err
    assert out.splitlines()[-1].startswith("Deployed ")
    number = told["deployments"][0]
    assert json.loads(typed("--call-off", str(number), "--json")[1]) == {"called_off": number}


def test_who_deploys_while_another_deploys_is_told_and_nothing_is_deployed(
    store: Store, typed: Typed, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = lint.lint

    def meanwhile(*paths: Path, **how: Any) -> object:
        monkeypatch.setattr(lint, "lint", checked)
        assert typed(str(changed), "--note", "Den første")[0] == 0
        text = (changed / "planrunde/planrunde.bpmn").read_text(encoding="utf-8")
        text = text.replace('frist="4 hverdage"', 'frist="5 hverdage"')
        (changed / "planrunde/planrunde.bpmn").write_text(text, encoding="utf-8")
        return checked(*paths, **how)

    monkeypatch.setattr(lint, "lint", meanwhile)
    code, out, err = typed(str(changed), "--note", "Den anden")
    assert (code, out) == (1, "")
    assert err.startswith("stafet: Somebody else deployed while this was checked.")
    with store.read() as db:
        notes = db.scalars(select(deployment.c.note).order_by(deployment.c.id)).all()
    assert notes[-1] == "Den første"
    assert f"{AGREEMENT}/{KEY}: version 3" in typed(str(changed), "--note", "Igen")[1]


def test_a_diagram_of_5_mb_is_refused_by_name_in_english(
    store: Store, typed: Typed, changed: Path
) -> None:
    file = changed / "planrunde/planrunde.bpmn"
    text = file.read_text(encoding="utf-8")
    step = f'<bpmn:userTask id="t%s" name="{"x" * 300}"/>'
    many = "".join(step % n for n in range(16_000))
    file.write_text(text.replace("</bpmn:process>", f"{many}</bpmn:process>", 1), encoding="utf-8")
    assert file.stat().st_size > 5_000_000
    code, out, err = typed(str(changed))
    assert (code, out) == (1, "")
    assert f"{file}: The diagram has" in err
    assert waits(store) == []


def test_all_of_a_folder_waits_for_the_day(
    store: Store, typed: Typed, changed: Path, as_: As
) -> None:
    """Settings, read-me and clauses as the drawings; what is written first after the day keeps them."""
    dan, night = as_("dan"), midnight(MONDAY)
    read_me, listed = changed / "README.md", changed / "clauses.yaml"
    read_me.write_text("# Ny aftale\n", encoding="utf-8")
    text = listed.read_text(encoding="utf-8")
    another = text[text.index("  - id: MIDT-4.4-12") :].split("\n  - id:", 1)[0].rstrip()
    another = another.replace("MIDT-4.4-12", "MIDT-4.4-99")
    listed.write_text(f"{text.rstrip()}\n{another}\n", encoding="utf-8")
    settings = (changed / "agreement.toml").read_text(encoding="utf-8")

    def seen(now: datetime) -> tuple[bool, bool, bool, bool]:
        texts = studio.folder(store, dan, AGREEMENT, now=now)
        with store.read() as db:
            known = shelf(db, AGREEMENT, now)
        assert known.texts.keys() <= known.listed
        return (
            texts.get(f"{AGREEMENT}/README.md") == "# Ny aftale\n",
            texts[f"{AGREEMENT}/agreement.toml"] == settings,
            'frist="4 hverdage"' in texts[ROUND],
            len(known.texts) > 50 and "MIDT-4.4-99" in known.texts,
        )

    none, all_ = (False,) * 4, (True,) * 4
    assert typed(str(changed), "--from", MONDAY.isoformat())[0] == 0
    assert [seen(night - MINUTE), seen(night), seen(NOW)] == [none, all_, none]
    typed("--call-off", str(waits(store)[0]))
    assert seen(night) == none
    assert typed(str(changed), "--from", MONDAY.isoformat())[0] == 0
    # A start of the server with today's folder, before and after, takes nothing back.
    for now in (NOW, night):
        deploy.deploy(store, MACHINE, PROCESSES / AGREEMENT, "Start", now=now, once=True)
        assert seen(night) == all_


def test_texts_alone_wait_too(store: Store, typed: Typed, tmp_path: Path, as_: As) -> None:
    folder = tmp_path / AGREEMENT
    for name in USED:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROCESSES / name).is_dir() else shutil.copy)(PROCESSES / name, target)
    (folder / "README.md").write_text("# Ny aftale\n", encoding="utf-8")
    code, out, _ = typed(str(folder), "--from", "2024-04-01")
    (number,) = waits(store)
    told = f"Deployed texts and clauses alone, in force from 2024-04-01 (deployment {number}).\n"
    assert (code, out) == (0, told)
    (row,) = studio.coming(store, as_("dan"), now=NOW)
    assert (row["versions"], row["may_call_off"]) == ([], True)
    assert typed(str(folder), "--from", "2024-04-01")[1].startswith("Nothing has changed")
    assert typed("--call-off", str(number))[0] == 0
    assert typed("--call-off", str(number))[2] == "stafet: This has been called off already.\n"
    texts = studio.folder(store, as_("dan"), AGREEMENT, now=midnight(MONDAY))
    assert texts.get(f"{AGREEMENT}/README.md") != "# Ny aftale\n"


def test_today_is_at_once(store: Store, typed: Typed, changed: Path) -> None:
    code, out, _ = typed(str(changed), "--from", "2024-03-26")
    assert (code, waits(store)) == (0, [])
    assert "in force from" not in out


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2024-03-25", "That day is gone."), ("0001-01-01", "That day is gone."),
        ("2024-02-30", "--from"), ("1. april", "--from"), ("", "--from"), ("2024-04-01T08:00", "--from"),
        ("99999-01-01", "--from"),
    ],
)  # fmt: skip
def test_what_is_no_day_to_come_is_one_sentence_and_nothing_is_deployed(
    store: Store, typed: Typed, changed: Path, day: str, says: str
) -> None:
    code, out, err = typed(str(changed), "--from", day)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("stafet: ")
    assert says in err
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(deployment)) == 1


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("--call-off", "1"), 1, "This is in force already."),
        (("--call-off", "999"), 2, "There is nothing here"),
        (("--call-off", "0"), 2, "--call-off"),
        (("--call-off", "-1"), 2, "--call-off"),
        (("--call-off", str(2**63)), 2, "--call-off"),
        (("--call-off", "to"), 2, "--call-off"),
        ((), 2, "Name a folder to deploy, or the deployment to call off."),
        ((".", "--call-off", "1"), 2, "Name a folder to deploy, or the deployment to call off."),
        (("--call-off", "1", "--from", "2024-04-01"), 2, "A deployment is called off whole"),
    ],
)  # fmt: skip
def test_what_cannot_be_called_off_is_one_sentence(
    typed: Typed, args: tuple[str, ...], code: int, says: str
) -> None:
    done = typed(*args)
    assert (done[0], done[1], done[2].count("\n")) == (code, "", 1)
    assert done[2].startswith("stafet: ")
    assert says in done[2]


# ---- a crash at each write ---------------------------------------------------------------
class Died(BaseException):
    """As if the process were gone: nobody catches it."""


@contextmanager
def dies(store: Store, allowed: int) -> Iterator[list[str]]:
    """The writes that were let through, whichever way they go to the driver; the next one is the end."""
    seen: list[str] = []
    straight = prepared.Prepared.run

    def statement(_db: object, _cursor: object, text: str, *_more: object) -> None:
        if text.split(None, 1)[0] in ("INSERT", "UPDATE", "DELETE"):
            if len(seen) == allowed:
                raise Died
            seen.append(text)

    def run(self: prepared.Prepared, db: Any, rows: Any) -> Any:
        text = (self._sent.get(db.dialect.name) or self._compile(db.dialect))[0]
        statement(None, None, text)
        return straight(self, db, rows)

    event.listen(store.engine, "before_cursor_execute", statement)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(prepared.Prepared, "run", run)
            yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", statement)


def everything(store: Store) -> dict[str, list[Any]]:
    """What a deployment writes, whole."""
    tables = (deployment, pathway, draft, kept_file, clause, scenario, audit)
    with store.read() as db:
        return {each.name: sorted(map(repr, db.execute(select(each)).all())) for each in tables}


def all_or_nothing(store: Store, act: Callable[[], object]) -> int:
    """Cut before each write in turn, then let it be done; how many writes there were."""
    before = everything(store)
    for allowed in range(500):
        with dies(store, allowed) as seen:
            try:
                act()
            except Died:
                pass
            else:
                assert everything(store) != before
                return len(seen)
        assert everything(store) == before, f"cut after {seen[-1:]}"
    raise AssertionError("It never came to an end.")


def test_a_crash_while_a_folder_is_deployed_for_a_day_leaves_nothing(
    store: Store, changed: Path
) -> None:
    def act() -> None:
        deploy.deploy(store, MACHINE, changed, "Ny", begins_on=MONDAY, now=NOW)

    assert all_or_nothing(store, act) > 3
    assert len(waits(store)) == 1


def test_a_crash_while_a_draft_is_approved_for_a_day_or_called_off_leaves_all_or_nothing(
    store: Store, as_: As
) -> None:
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))
    dan, leader = as_("dan"), as_("karin")
    texts = studio.folder(store, dan, AGREEMENT, now=NOW)
    texts[ROUND] = (
        texts[ROUND].replace('frist="3 hverdage"', 'frist="4 hverdage"') + "<!-- ny -->\n"
    )
    studio.take_in(store, dan, AGREEMENT, studio.packed(texts), now=NOW)
    studio.submit(store, dan, *HERE, "Ny", begins_on=MONDAY, now=NOW)
    assert all_or_nothing(store, lambda: studio.approve(store, leader, *HERE, now=NOW)) > 3
    (number,) = waits(store)
    assert all_or_nothing(store, lambda: studio.call_off(store, dan, number, now=NOW)) >= 2
    assert waits(store) == []
    versions = studio.draft_of(store, dan, *HERE, now=midnight(MONDAY))
    assert versions["in_force"] == 1
