"""`make audit` passes only when every locked package was looked up by a source that knows its advisories."""

from __future__ import annotations

import gzip
import json
import shutil
import stat
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tools.supply import advisories, locks
from tools.supply.advisories import ask

TODAY = date(2026, 11, 26)
HASH = "a" * 64
# Answers as the tools do: pip-audit 2.10 and npm 11.  `how` is what the world outside is like.
PIP = """#!/usr/bin/env python3
import json, os, re, sys
assert {"--strict", "--require-hashes", "--disable-pip"} <= set(sys.argv), sys.argv
how = os.environ["HOW"]
asked = re.findall(r"^(\\S+)==(\\S+) --hash=sha256:", open(sys.argv[-1]).read(), re.M)
if how == "unreachable":
    sys.exit("ERROR:pip_audit._cli:Could not connect to PyPI's vulnerability feed")
if how == "all skipped":
    sys.exit(f"ERROR:pip_audit._cli:{asked[0][0]}: Dependency not found on PyPI and could not be audited")
weak = {} if how == "silent" else {"jinja2": "PYSEC-2014-8"}
if how == "findings":
    weak["flask"] = "PYSEC-2030-1"
told = [
    {"name": name, "version": version,
     "vulns": [{"id": weak[name], "fix_versions": ["99"], "aliases": ["CVE-1"]}] if name in weak else []}
    for name, version in asked
]
if how == "one skipped" and asked[0][0] != "jinja2":
    told[0] = {"name": told[0]["name"], "skip_reason": "not found"}
if how == "one missing" and asked[0][0] != "jinja2":
    del told[0]
print(json.dumps({"dependencies": told, "fixes": []}))
sys.exit(3 if how == "breaks" else any(one.get("vulns") for one in told))
"""
NPM = """#!/usr/bin/env python3
import json, os, sys
assert {"audit", "--offline=false", "--audit=true", "--package-lock-only"} <= set(sys.argv), sys.argv
how = os.environ["HOW"]
inside = [name.rpartition("node_modules/")[2] for name in json.load(open("package-lock.json"))["packages"] if name]
if how == "unreachable":
    print(json.dumps({"message": "405 Method Not Allowed - POST https://registry.example/bulk", "statusCode": 405}))
    sys.exit(1)
weak = set() if how == "silent" else {"lodash"}
if how == "findings":
    weak.add("htmx.org")
found = {
    name: {"via": [{"url": f"https://github.com/advisories/GHSA-{name}", "range": "<99"}, "other"]}
    for name in inside if name in weak
}
total = 0 if how == "all skipped" and "lodash" not in inside else len(inside)
told = {"auditReportVersion": 2, "vulnerabilities": found, "metadata": {"dependencies": {"total": total}}}
print(json.dumps(told))
sys.exit(3 if how == "breaks" and "lodash" not in inside else bool(found))
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Two packages of each kind, locked."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text(
        f"# made by uv\nflask==3.1.0 \\\n    --hash=sha256:{HASH}\n    # via stafet\n"
        f"tzdata==2026.1 ; sys_platform == 'win32' \\\n    --hash=sha256:{HASH}\n"
    )
    (tmp_path / "requirements" / "audit.txt").write_text(
        f"flask==3.0.0 --hash=sha256:{HASH}\n".replace(" --", " \\\n    --")
    )
    web = tmp_path / "web"
    web.mkdir()
    packages = {
        "": {"name": "web", "version": "1.0.0", "dependencies": {"htmx.org": "2.0.11"}},
        "node_modules/htmx.org": {
            "version": "2.0.11",
            "integrity": "sha512-AAAA",
            "license": "0BSD",
        },
        "node_modules/esbuild": {
            "version": "0.28.2",
            "integrity": "sha512-AAAA",
            "license": "MIT",
            "dev": True,
        },
    }
    (web / "package.json").write_text(json.dumps(packages[""]))
    lock = {"name": "web", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}
    (web / "package-lock.json").write_text(json.dumps(lock))
    return tmp_path


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Say what the world outside is like; both tools are made up and stand first on the path."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("pip-audit", PIP), ("npm", NPM)):
        (tools / name).write_text(text)
        (tools / name).chmod(stat.S_IRWXU)
    monkeypatch.setattr(advisories, "TOOLS", tools)

    def be(how: str) -> None:
        monkeypatch.setenv("HOW", how)

    return be


def test_all_looked_up_and_nothing_known_is_a_pass(house: Path, world: Any) -> None:
    world("clean")
    assert ask(house, TODAY) == advisories.Told()


def test_what_is_known_is_said_with_the_lock_and_the_way_out(house: Path, world: Any) -> None:
    world("findings")
    told = ask(house, TODAY)
    assert told.unknown == []
    assert told.found == [
        "requirements/audit.txt: flask 3.0.0: PYSEC-2030-1, mended in 99",
        "requirements/run.txt: flask 3.1.0: PYSEC-2030-1, mended in 99",
        "web/package-lock.json: htmx.org <99: https://github.com/advisories/GHSA-htmx.org",
    ]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("unreachable", ("Could not connect", "405 Method Not Allowed")),
        ("all skipped", ("could not be audited", "it looked at 0 of the 2 packages")),
        ("silent", ("knows nothing of jinja2", "knows nothing of lodash")),
        ("breaks", ("knows", "ended with 3")),
    ],
)
def test_what_was_not_looked_up_is_no_pass(
    house: Path, world: Any, how: str, why: tuple[str, str]
) -> None:
    world(how)
    told = ask(house, TODAY)
    assert told.found == []
    if how != "breaks":
        assert len(told.unknown) == 2
        assert why[0] in told.unknown[0]
    assert why[1] in told.unknown[-1]
    assert "packages were not looked up" in told.unknown[-1]


@pytest.mark.parametrize("how", ["one skipped", "one missing"])
def test_one_package_that_was_passed_over_is_no_pass(house: Path, world: Any, how: str) -> None:
    world(how)
    (line,) = ask(house, TODAY).unknown
    assert "it skipped flask" in line


def test_no_tool_and_no_lock_are_no_pass(
    house: Path, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world("clean")
    shutil.rmtree(house / "web")
    assert ask(house, TODAY).unknown == ["npm: there is no lock file"]
    monkeypatch.setattr(advisories, "TOOLS", house / "nothing")
    monkeypatch.setenv("PATH", str(house / "nothing"))
    assert any("pip-audit is not installed" in line for line in ask(house, TODAY).unknown)


def test_an_advisory_is_accepted_with_a_reason_and_until_a_day(house: Path, world: Any) -> None:
    world("findings")
    (house / "requirements" / "accepted.toml").write_text(
        '[[accepted]]\nid = "CVE-1"\nwhy = "the server never calls it"\nuntil = 2026-11-26\n'
    )
    told = ask(house, TODAY)
    assert len(told.found) == 1
    assert "htmx" in told.found[0]
    assert all(line.endswith("(the server never calls it)") for line in told.accepted)
    assert len(ask(house, date(2026, 11, 27)).found) == 3


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("clean", 0, "Every locked package was looked up"),
        ("findings", 1, "Known weakness"),
        ("unreachable", 2, "This is no pass"),
    ],
)
def test_the_command_ends_with_a_status_of_its_own(
    house: Path, world: Any, how: str, status: int, said: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    world(how)
    monkeypatch.setattr(locks, "ROOT", house)
    assert advisories.main() == status
    assert said in "".join(capsys.readouterr())


# ---- the real npm ------------------------------------------------------------------------
class _Registry(BaseHTTPRequestHandler):
    asked: list[dict[str, list[str]]]
    knows: bool

    def do_POST(self) -> None:  # npm asks for all packages of a lock at once
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        named = json.loads(body)
        self.asked.append(named)
        known = {"id": 1, "url": "https://github.com/advisories/GHSA-1", "title": "t", "severity": "high",
                 "vulnerable_versions": "<4.17.12"}  # fmt: skip
        self._say({"lodash": [known]} if self.knows and "lodash" in named else {})

    def do_GET(self) -> None:  # what versions there are
        self._say(
            {"name": "lodash", "versions": {"4.17.11": {"name": "lodash", "version": "4.17.11"}}}
        )

    def _say(self, told: Any) -> None:
        text = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Registry]]:
    """An npm registry on this machine, and an npm that was told to be offline, as a build machine's often is."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not on the path: make test puts it there")
    kind = type("Registry", (_Registry,), {"asked": [], "knows": True})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_audit", "false")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("NODE_ENV", "production")
    monkeypatch.setattr(advisories, "TOOLS", tmp_path / "none")
    yield kind
    server.shutdown()
    thread.join()
    server.server_close()


def _of_npm(house: Path) -> list[str]:
    return [line for line in ask(house, TODAY).unknown if line.startswith("npm")]


def test_the_real_npm_asks_for_every_package_though_it_was_told_to_be_offline(
    house: Path, registry: type[_Registry]
) -> None:
    assert _of_npm(house) == []
    assert registry.asked[0] == {"lodash": ["4.17.11"]}
    assert registry.asked[1] == {"htmx.org": ["2.0.11"], "esbuild": ["0.28.2"]}


def test_a_registry_without_advisories_is_no_pass(house: Path, registry: type[_Registry]) -> None:
    registry.knows = False
    (line,) = _of_npm(house)
    assert line.startswith("npm: asked first for lodash 4.17.11, which has advisories: the source ")
    assert "knows nothing of lodash" in line
