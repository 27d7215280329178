"""`stafet due` as a person and a script meet it: the real command line, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stafet.cli import cli

ROOT = Path(__file__).resolve().parents[2]
EASTER = ("due", "3 hverdage", "--from", "2024-03-26T10:15+01:00", "--agreement", "midtjylland")


def run(*args: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(cli, args, input=given, standalone_mode=False)


def stafet(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stafet.cli", *args],
        capture_output=True, text=True, cwd=ROOT, check=False, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def answers(*lines: object) -> list[dict[str, object]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = run("due", "-", given=text + "\n")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_answer_is_the_one_that_the_contract_shows() -> None:
    assert json.loads(run(*EASTER, "--json").stdout) == {
        "due": "2024-04-03T23:59:59+02:00",
        "reminder_at": "2024-04-02T09:00:00+02:00",
        "overdue_at": "2024-04-04T00:00:00+02:00",
        "counted": ["2024-03-27", "2024-04-02", "2024-04-03"],
        "skipped": [
            {"date": "2024-03-28", "why": "skærtorsdag"},
            {"date": "2024-03-29", "why": "langfredag"},
            {"date": "2024-03-30", "why": "lørdag"},
            {"date": "2024-03-31", "why": "søndag"},
            {"date": "2024-04-01", "why": "anden påskedag"},
        ],
    }


def test_without_json_a_person_reads_lines() -> None:
    lines = run(*EASTER).stdout.splitlines()
    assert lines[0] == "due       2024-04-03T23:59:59+02:00"
    assert "skipped   2024-03-28 skærtorsdag" in lines


def test_before_counts_backwards_also_where_the_text_does_not_say_so() -> None:
    plain = json.loads(run("due", "8 dage", "--before", "2024-04-08", "--json").stdout)
    said = json.loads(run("due", "8 dage før", "--from", "2024-04-08", "--json").stdout)
    assert plain == said
    assert plain["due"] == "2024-03-31T23:59:59+02:00"
    assert plain["reminder_at"] == "2024-03-27T09:00:00+01:00"


def test_a_line_that_fails_is_answered_in_its_place_and_the_rest_goes_on() -> None:
    good = {"frist": "24 timer", "from": "2025-10-25T22:00+02:00", "agreement": "midtjylland"}
    found = answers(
        good, "not json", [], {"frist": "3 dage"}, {"frist": "3 dage", "from": "2025-02-31"},
        {"frist": 3, "from": "2025-02-03"}, {"frist": "3 dage", "from": 1},
        {"frist": "3 dage", "from": "2025-02-03", "before": "2025-02-03"},
        {"frist": "3 dage", "from": "2025-02-03", "agreement": "../midtjylland"},
        {"frist": "3 hverdage", "from": "9999-12-30"}, {"frist": "dato", "before": "2025-02-03"},
        {"frist": "9" * 30 + " dage", "from": "2025-02-03"}, "[" * 100_000, good,
    )  # fmt: skip
    assert len(found) == 14
    assert found[0] == found[-1]
    assert found[0]["due"] == "2025-10-26T21:00:00+01:00"
    assert all(set(answer) == {"error"} and answer["error"] for answer in found[1:-1])


def test_bytes_that_are_no_text_are_one_bad_line() -> None:
    good = b'{"frist": "1 dage", "from": "2025-02-03"}'
    result = run("due", "-", given=b"\xff\xfe\n" + good + b"\n")
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert set(first) == {"error"}
    assert second["due"] == "2025-02-04T23:59:59+01:00"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("due", "snart", "--from", "2024-01-01"), "“snart” is not a deadline"),
        (("due", "3 hverdage"), "Say either what it counts from"),
        (("due", "3 hverdage", "--from", "31.02.2024"), "is not a moment"),
        (("due", "3 hverdage", "--from", "2024-01-01", "--agreement", "fyn"), "no agreement “fyn”"),
        (("due", "-", "--from", "2024-01-01"), "each line says its own"),
        (("due",), "Missing argument"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(args: tuple[str, ...], says: str) -> None:
    result = stafet(*args)
    assert result.returncode == 2
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_a_broken_agreement_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "agreement.toml").write_text("titel = ", encoding="utf-8")
    monkeypatch.setenv("STAFET_PROCESSES", str(tmp_path))
    (answer,) = answers({"frist": "1 dage", "from": "2025-02-03", "agreement": "broken"})
    assert "agreement.toml cannot be read" in str(answer["error"])


def test_an_agreement_may_count_saturday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fyn").mkdir()
    (tmp_path / "fyn" / "agreement.toml").write_text(
        'titel = "Fyn"\npraefiks = "FYN"\n[kalender]\nloerdag_er_hverdag = true\n'
        '[parties]\n"Psykiatrien" = { sektor = "region" }\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("STAFET_PROCESSES", str(tmp_path))
    (answer,) = answers({"frist": "1 hverdage", "from": "2025-01-31", "agreement": "fyn"})
    assert answer["due"] == "2025-02-01T23:59:59+01:00"


def test_it_loads_neither_web_nor_database_nor_engine_of_diagrams() -> None:
    program = (
        "import sys\n"
        "from stafet.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit as end:\n    assert end.code == 0, end.code\n"
        "loaded = {name.partition('.')[0].lower() for name in sys.modules}\n"
        "print(sorted(loaded & {'flask', 'sqlalchemy', 'spiffworkflow', 'marshmallow', 'lxml', 'cryptography'}))\n"
        "print('click' in loaded and 'holidays' in loaded)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *EASTER, "--json"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[1:] == ["[]", "True"]
