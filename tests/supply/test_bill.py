"""The bill of materials holds everything that is locked, and no licence comes in that nobody thought of."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tools.supply import licences, locks, scan
from tools.supply.locks import Locked, LockUnreadable

PACKAGES = locks.everything()
KNOWN = licences.table()
#: What a package's classifier or old field says, and what stands in its expression then.
FAMILIES = {
    "MIT": "MIT", "Apache Software": "Apache-2.0", "BSD": "BSD-", "ISC": "ISC", "Mozilla": "MPL-2.0",
    "Python Software Foundation": "PSF-2.0", "Zope": "ZPL-2.1", "Lesser": "LGPL-",
}  # fmt: skip


@pytest.fixture(scope="module")
def bill() -> Any:
    """The bill as it is written; made twice, with sets in another order."""
    if not (scan.TOOLS / "python").exists():
        if os.environ.get("CI"):
            pytest.fail("the environment of the scanners is not installed")
        pytest.skip("the environment of the scanners is not installed: make sbom")
    code = "from tools.supply import bill; print(bill.bill(check={}))"
    made = [
        subprocess.Popen(
            [scan.TOOLS / "python", "-W", "ignore", "-c", code.format(check)],
            cwd=locks.ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE,
        )
        for seed, check in (("1", True), ("2", False))
    ]  # fmt: skip
    first, second = (each.communicate()[0] for each in made)
    assert first == second
    return json.loads(first)


def test_every_locked_package_is_in_it_with_version_hash_and_licence(bill: Any) -> None:
    parts = {one["purl"]: one for one in bill["components"]}
    assert len(parts) == len({(p.kind, p.name, p.version) for p in PACKAGES})
    for each in PACKAGES:
        part = parts[f"pkg:{each.kind}/{each.name.replace('@', '%40')}@{each.version}"]
        (source,) = part["externalReferences"]
        told = {(one["alg"].replace("-", "").lower(), one["content"]) for one in source["hashes"]}
        assert set(each.hashes) <= told
        (licence,) = part["licenses"]
        said = (
            licence.get("expression") or licence["license"].get("id") or licence["license"]["name"]
        )
        assert said == licences.of(each, KNOWN).removeprefix("(").removesuffix(
            ")"
        ) or said == licences.of(each, KNOWN)
        assert {"name": "stafet:lock", "value": each.lock} in part["properties"]
        if licences.delivered(each):
            assert part["scope"] == "required"


def test_it_says_what_is_delivered_and_what_only_tests(bill: Any) -> None:
    scopes = {one["name"]: one["scope"] for one in bill["components"]}
    assert scopes["flask"] == scopes["bpmn-js"] == "required"
    assert scopes["hypothesis"] == scopes["esbuild"] == scopes["semgrep"] == "excluded"
    (ours,) = (one for one in bill["dependencies"] if one["ref"] == "stafet")
    required = {one["bom-ref"] for one in bill["components"] if one["scope"] == "required"}
    assert set(ours["dependsOn"]) == required


def test_the_locks_are_all_of_them() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "requirements/*.txt", "*package-lock.json"],
        cwd=locks.ROOT, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    assert set(tracked) <= {one.lock for one in PACKAGES}
    assert {one.kind for one in PACKAGES} == {"pypi", "npm"}


@pytest.mark.parametrize(
    "text",
    ["flask==3.1.0\n", "flask>=3 --hash=sha256:00\n", "git+https://example.dk/flask\n", "-r other.txt\n"],
)  # fmt: skip
def test_a_package_without_a_hash_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text(text)
    with pytest.raises(LockUnreadable):
        locks.everything(tmp_path)


def test_a_package_of_npm_without_a_hash_is_refused(tmp_path: Path) -> None:
    told = {"packages": {"": {}, "node_modules/lodash": {"version": "4.17.21"}}}
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "package-lock.json").write_text(json.dumps(told))
    with pytest.raises(LockUnreadable, match="lodash has no hash"):
        locks.everything(tmp_path)


# ---- licences ----------------------------------------------------------------------------
def test_no_licence_came_in_that_was_not_thought_of() -> None:
    assert list(licences.refused(PACKAGES, KNOWN)) == []


def test_the_list_names_what_is_locked_and_nothing_else() -> None:
    assert {name for kind, name in KNOWN if kind == "pypi"} == {
        p.name for p in PACKAGES if p.kind == "pypi"
    }
    for kind, name in KNOWN:
        said = {p.licence for p in PACKAGES if (p.kind, p.name) == (kind, name)}
        assert said
        assert kind == "pypi" or all(text in ("", "SEE LICENSE IN LICENSE") for text in said)


def test_the_list_says_what_the_installed_packages_say() -> None:
    looked = 0
    for row in (p for p in PACKAGES if p.kind == "pypi"):
        ours = KNOWN[row.kind, row.name]
        try:
            facts = importlib.metadata.metadata(row.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system, or of the scanners' environment
        looked += 1
        if said := facts.get("License-Expression"):
            assert ours == said, row.name
        classified = [c for c in facts.get_all("Classifier", []) if c.startswith("License ::")]
        for family, part in FAMILIES.items():
            if any(re.search(rf":: .*{family}", c) for c in classified):
                assert part in ours, row.name
    assert looked > 80


@pytest.mark.parametrize(
    ("text", "name", "goes_out", "may"),
    [
        ("MIT", "x", True, True),
        ("(MIT AND OFL-1.1 AND Apache-2.0)", "dkfds", True, True),
        ("(MPL-2.0 OR Apache-2.0)", "x", True, True),
        ("GPL-3.0-only OR MIT", "x", True, True),
        ("GPL-3.0-only AND MIT", "x", True, False),
        ("GPL-2.0-or-later", "x", False, False),
        ("AGPL-3.0-only", "x", False, False),
        ("SSPL-1.0", "x", True, False),
        ("BUSL-1.1", "x", True, False),
        ("SEE LICENSE IN LICENSE", "x", True, False),
        ("LGPL-3.0-only", "psycopg", True, True),
        ("LGPL-3.0-only", "another", True, False),
        ("LGPL-2.1-or-later", "semgrep", False, True),
        ("LGPL-2.1-or-later", "semgrep", True, False),
    ],
)
def test_which_licences_may_come_in(text: str, name: str, goes_out: bool, may: bool) -> None:
    assert licences.allowed(text, name, goes_out) is may


def test_a_package_of_which_nobody_says_the_licence_is_refused() -> None:
    one = Locked("npm", "x", "1", "web/package-lock.json", (("sha512", b64encode(b"x").hex()),))
    (line,) = licences.refused([one], {})
    assert "nobody says" in line
