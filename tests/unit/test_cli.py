"""The command line: exit codes, one clear line on stderr, nothing imported that is not needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert

from engine.seals import cpr_place, name_place
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import citizen

ROOT = Path(__file__).resolve().parents[2]
STAFET = str(Path(sys.executable).with_name("stafet"))


def stafet(*args: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("STAFET_") and k not in ("DATABASE_URL", "PORT")
    }
    return subprocess.run(
        [STAFET, *args], cwd=cwd, env={**clean, **env}, capture_output=True, text=True, timeout=120
    )


def refused(run: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that was said on stderr."""
    assert run.returncode == code, run
    lines = [line for line in run.stderr.splitlines() if line]
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("stafet: ")
    assert "Traceback" not in run.stderr
    return lines[0]


def test_help_names_every_command():
    run = stafet("--help")
    assert run.returncode == 0
    assert "simulate" in run.stdout
    assert "audit" in run.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("gør-noget",),
        ("due",),
        ("due", "3 hverdage", "--from", "i går"),
        ("simulate",),
        ("serve", "--nej"),
    ],
)
def test_a_wrong_call_is_two_and_one_line(args):
    refused(stafet(*args), 2)


def test_a_scenario_that_is_not_there_is_named():
    assert "findes-ikke.yaml" in refused(stafet("simulate", "findes-ikke.yaml"), 2)


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(
            stafet("serve", cwd=tmp_path, PORT=port, DATABASE_URL=f"sqlite:///{tmp_path}/s.db"), 2
        )
    assert port in said
    assert "in use" in said


def test_a_bad_setting_stops_the_start(tmp_path):
    assert "PORT" in refused(stafet("serve", cwd=tmp_path, PORT="otte"), 2)
    assert "DATABASE_URL" in refused(stafet("serve", cwd=tmp_path, DATABASE_URL="mysql://x"), 2)


def test_two_halves_need_postgresql(tmp_path):
    for half in ("web", "worker"):
        assert "PostgreSQL" in refused(stafet(half, cwd=tmp_path), 2)


def test_a_reader_that_goes_away_is_no_error():
    run = subprocess.run(
        f"{STAFET} --help | head -1", shell=True, capture_output=True, text=True, cwd=ROOT
    )
    assert "Traceback" not in run.stderr
    assert "BrokenPipe" not in run.stderr


def test_a_sealing_key_is_replaced_by_command(tmp_path):
    url = f"sqlite:///{tmp_path}/stafet.db"
    ring = Keyring.generate()
    waits = stafet("keys", "add", DATABASE_URL=url, STAFET_KEYS=ring).stdout.strip()
    longer = stafet("keys", "use", DATABASE_URL=url, STAFET_KEYS=waits).stdout.strip()
    with closing(Store(url, Keyring.from_text(ring))) as store:
        store.upgrade()
        index = bytes(16)
        sealed = {
            "cpr": store.keyring.seal("7003781016", cpr_place(index)),
            "name": store.keyring.seal("Signe", name_place(index)),
        }
        with store.write() as db:
            db.execute(insert(citizen).values(**sealed, cpr_index=index, name_index=index))
    env = {"DATABASE_URL": url, "STAFET_KEYS": longer}
    assert "Key 1 still opens 2 values" in refused(stafet("keys", "retire", "1", **env), 1)
    assert stafet("keys", "rotate", **env).stdout == "Sealed 2 values with key 2.\n"
    alone = stafet("keys", "retire", "1", **env).stdout.strip()
    assert alone == longer.replace(ring.split()[1] + " ", "")
