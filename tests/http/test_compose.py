"""The containers' commands, run without containers: what `docker/compose.yaml` says, on a PostgreSQL of our own.

Each service's command is run as it stands there, with its environment; only where the secrets lie, what the
container's image sets, and the port are put in place of what Docker would have done.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import inspect, text

from engine.secrets import Keyring
from engine.store import Store
from engine.tables import metadata
from tests import postgres
from tests.http.served import ROOT, Server, environment, stafet

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
STARTS_WITHIN = 120


@dataclass(frozen=True)
class Host:
    """What Docker would give the services: the secrets as files, the program on PATH, a database."""

    folder: Path
    url: str

    def env(self, service: str) -> dict[str, str]:
        """The service's environment, with this machine's place for its secrets."""
        given = {
            name: str(value).replace("/run/secrets", str(self.folder))
            for name, value in COMPOSE["services"][service]["environment"].items()
        }
        # The last ENV is the running image's; the port is ours, for 8000 may be taken here.
        image = dict(word.split("=", 1) for word in _lines("ENV")[-1].split())
        kept = environment(self.folder, "")
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        return {**kept, **image, **given, "PATH": path, "PORT": "0"}

    def command(self, service: str) -> list[str]:
        """The service's command, or the image's where it has none; the checkout stands for /opt/stafet."""
        found = COMPOSE["services"][service].get("command") or json.loads(_lines("CMD")[-1])
        return [word.replace("/opt/stafet", str(ROOT)) for word in found]

    def run(self, service: str) -> subprocess.CompletedProcess[str]:
        """A service that ends by itself."""
        return subprocess.run(
            self.command(service),
            env=self.env(service),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=STARTS_WITHIN * 2,
        )

    @contextmanager
    def up(self, service: str) -> Iterator[subprocess.Popen[str]]:
        """A service that stays, while the block lasts; SIGTERM ends it, as `docker stop` does."""
        with (self.folder / f"{service}.log").open("w") as log:
            process = subprocess.Popen(
                self.command(service),
                env=self.env(service),
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                raise


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Secrets as `docs/operators.md` makes them, and an empty database."""
    folder = tmp_path_factory.mktemp("host")
    with postgres.server() as address:
        url = postgres.database(address, "stafet")
        named = COMPOSE["services"]["web"]["secrets"]
        assert set(named) == {"keys", "database_url"}
        (folder / "keys").write_text(Keyring.generate() + "\n")
        (folder / "database_url").write_text(url.replace("+psycopg", "") + "\n")
        yield Host(folder, url)


def test_every_secret_and_every_service_that_is_named_is_there() -> None:
    for name, service in COMPOSE["services"].items():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(COMPOSE["services"]), name
    said = (ROOT / "docs" / "operators.md").read_text()
    for secret in COMPOSE["secrets"].values():
        assert f"docker/{secret['file'].removeprefix('./')}" in said, "docs/operators.md makes it"


def test_web_before_prepare_says_what_is_missing(host: Host) -> None:
    done = host.run("web")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("Run `stafet db upgrade` first.")


def test_prepare_web_and_worker_come_up_and_go_down(host: Host) -> None:
    first, again = host.run("prepare"), host.run("prepare")
    assert first.returncode == 0, first.stderr
    assert "midtjylland/" in first.stdout
    assert again.returncode == 0, again.stderr
    assert "Nothing has changed" in again.stdout, (
        "a restart of the whole file deploys nothing twice"
    )
    with ExitStack() as stack:
        web = stack.enter_context(host.up("web"))
        server = Server(_announced(web), host.folder / "web.log", {})
        assert server.call("GET", "/healthz").status == 200
        alone = server.call("GET", "/readyz")
        assert (alone.status, alone.json["scheduler"]) == (503, "lost")
        worker = stack.enter_context(host.up("worker"))
        ready = _until_ready(server)
        assert (ready.status, ready.json["status"]) == (200, "ready")
        assert worker.poll() is None
    assert (web.returncode, worker.returncode) == (0, 0)


def test_several_upgrades_at_once_take_each_step_once(host: Host) -> None:
    """As when two hosts start the same version at the same moment."""
    address = host.url.replace("/stafet?", "/postgres?").replace("+psycopg", "")
    url = postgres.database(address, "at_once")
    env = environment(host.folder, url, STAFET_KEYS=Keyring.generate())
    start = threading.Barrier(4)

    def upgrade(_n: int) -> str:
        start.wait(60)
        return stafet("db", "upgrade", env=env).stdout

    with ThreadPoolExecutor(4) as all_:
        said = list(all_.map(upgrade, range(4)))
    assert all("up to date" in line for line in said)
    with closing(Store(url, Keyring.from_text(env["STAFET_KEYS"]))) as store:
        assert store.is_current()
        with store.read() as db:
            assert set(inspect(db).get_table_names()) == {*metadata.tables, "alembic_version"}
            assert db.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def _lines(word: str) -> list[str]:
    """What the Dockerfile's lines of that word say."""
    return re.findall(rf"^{word} (.*)$", DOCKERFILE, re.M)


def _announced(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"^Stafet: http://\S+:(\d+)", line):
            return f"http://127.0.0.1:{found[1]}"
    raise AssertionError("the web service did not start")


def _until_ready(server: Server) -> Any:
    until = time.monotonic() + STARTS_WITHIN
    while (answer := server.call("GET", "/readyz")).status != 200 and time.monotonic() < until:
        time.sleep(0.2)
    return answer
