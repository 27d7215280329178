"""The licence texts of what a browser loads: written by the build, served beside it, whole."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from stafet.settings import ROOT
from web.assets import DIST

WEB = ROOT / "web"
LOCK = json.loads((WEB / "package-lock.json").read_text())["packages"]
#: The shortest text of a licence there is.
SHORTEST = 500
#: Packages whose publisher says only the licence's name: what we keep says whose they are, and where.
NO_TEXT = {"@bpmn-io/semver-compat", "component-props", "component-xor", "dom-iterator"}
#: Packages that others have packed in, and that we do not install: what we keep is the text that they publish.
NOT_INSTALLED = {
    "array-foreach",
    "classlist-polyfill",
    "component-event",
    "keyboardevent-key-polyfill",
    "matches-selector",
    "object-assign",
    "receptor",
}


def built() -> str:
    """What the build wrote."""
    manifest = json.loads((DIST / "manifest.json").read_text())
    return (DIST / manifest["licences.txt"]).read_text()


def inside(text: str) -> dict[str, str]:
    """Name → text of each package that a publisher has packed into its own."""
    said = re.search(r"packed into it: (.*)\.\n", text)
    names = said[1].split(", ") if said else []
    ends = "|".join(rf"^{re.escape(name)}:\n" for name in names)
    found = re.split(rf"({ends})", text, flags=re.MULTILINE)[1:] if names else []
    return {head[:-2]: words for head, words in zip(found[::2], found[1::2], strict=True)}


def written(folder: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """What the build would write of these packed files in this folder."""
    program = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    code = (
        f"import {{ licences }} from {json.dumps((WEB / 'licences.mjs').as_uri())};"
        f"console.log(licences({json.dumps(files)}))"
    )
    return subprocess.run(
        [program, "--input-type=module", "-e", code],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def parts(text: str) -> dict[str, tuple[str, str]]:
    """Name → (version, text) of each package in the file."""
    found = re.split(r"\n={78}\n\n(?=\S+ \d\S* \(.*\)\n)", text)[1:]
    heads = [re.match(r"(\S+) (\S+) \(.*\)\n", one) for one in found]
    return {h[1]: (h[2], one[h.end() :]) for h, one in zip(heads, found, strict=True) if h}


def test_the_page_about_accessibility_leads_to_every_text(visitor: FlaskClient) -> None:
    page = visitor.get("/tilgaengelighed").text
    link = re.search(r'href="(/static/licences-[0-9A-F]{8}\.txt)"', page)
    assert link
    with visitor.get(link[1]) as answer:
        assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")
        said = parts(answer.text)
    for name, (version, text) in said.items():
        locked = {v["version"] for k, v in LOCK.items() if k.endswith(f"node_modules/{name}")}
        assert version in locked, name
        assert len(text) > SHORTEST, f"{name} lacks its text"
    assert set(json.loads((WEB / "package.json").read_text())["dependencies"]) <= set(said)
    # What the packages themselves asked esbuild to keep names more that went in.
    legal = "".join(one.read_text() for one in DIST.glob("*.LEGAL.txt"))
    named = set(re.findall(r"^((?:@[\w.-]+/)?[\w.-]+)/\S*:$", legal, re.MULTILINE))
    assert {"dompurify", "tabbable"} <= named <= set(said)
    assert "SIL OPEN FONT LICENSE" in said["dkfds"][1]  # beside the typeface
    assert "Apache License" in said["htm"][1]  # also that of the icons
    assert "Adobe Systems" in said["path-intersection"][1]  # a NOTICE


def test_what_a_publisher_has_packed_in_has_its_text_along() -> None:
    named = set(
        re.findall(r"[@\w./-]+", " ".join(re.findall(r"packed into it: (.*)\.\n", built())))
    )
    within = {n: words for _, text in parts(built()).values() for n, words in inside(text).items()}
    assert named == set(within) >= NOT_INSTALLED
    assert not [name for name, text in within.items() if len(text) < SHORTEST]
    assert "Isaac Z. Schlueter" in within["semver"]


def test_texts_that_we_keep_are_those_named_here_and_are_all_needed() -> None:
    kept = {one.stem.replace("+", "/"): one.read_text() for one in (WEB / "licences").iterdir()}
    assert set(kept) == NO_TEXT | NOT_INSTALLED
    for name in NO_TEXT:
        said = re.match(
            r"The package publishes no text of its licence\.  It says: MIT, and is at home at "
            r"https://\S+\.\n\nCopyright \(c\) .+\n\nPermission is hereby granted",
            kept[name],
        )
        assert said, name
    assert not [n for n in NOT_INSTALLED if "publishes no text" in kept[n]]
    whole = built()
    assert not [name for name, text in kept.items() if text.strip() not in whole], "not needed"
    found = [one.parent for one in (WEB / "node_modules").rglob("package.json")]
    for one in found:  # once a package publishes its text, ours goes
        if one.relative_to(WEB / "node_modules").as_posix() in kept:
            assert not [f for f in one.iterdir() if re.match(r"licen[cs]e|copying", f.name, re.I)]


@pytest.mark.parametrize(
    ("file", "whole"),
    [
        (None, False),
        ("node_modules/@a/b/readme.md", False),
        ("node_modules/@a/b/LICENSE-MIT.txt", True),
        ("node_modules/@a/b/dist/fonts/license.txt", True),
        ("node_modules/@a/b/src/LICENSE", False),  # of something that was not packed
        ("licences/@a+b.txt", True),
    ],
)
def test_the_build_stops_where_a_package_lacks_its_text(
    tmp_path: Path, file: str | None, whole: bool
) -> None:
    packed = tmp_path / "node_modules/@a/b/dist/fonts/x.woff2"
    packed.parent.mkdir(parents=True)
    packed.touch()
    about = {"name": "@a/b", "version": "1.2.3", "license": "MIT"}
    (tmp_path / "node_modules/@a/b/package.json").write_text(json.dumps(about))
    if file:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("Do as you like.")
    done = written(tmp_path, "src/site.js", "node_modules/@a/b/dist/fonts/x.woff2")
    assert (done.returncode == 0) is whole, done.stderr
    if whole:
        assert parts(done.stdout) == {"@a/b": ("1.2.3", "\nDo as you like.\n\n")}
    else:
        assert "No licence text: @a/b." in done.stderr


def test_the_build_stops_where_a_package_packed_into_another_lacks_its_text(tmp_path: Path) -> None:
    made = tmp_path / "node_modules/a/dist/a.js"
    made.parent.mkdir(parents=True)
    made.touch()
    made.with_suffix(".js.map").write_text(json.dumps({"sources": ["../../node_modules/c/c.js"]}))
    (tmp_path / "node_modules/a/LICENSE").write_text("Do as you like.")
    about = {"name": "a", "version": "1.2.3", "license": "MIT"}
    (tmp_path / "node_modules/a/package.json").write_text(json.dumps(about))
    refused = written(tmp_path, "node_modules/a/dist/a.js")
    assert refused.returncode
    assert "No licence text: c." in refused.stderr
    (tmp_path / "licences").mkdir()
    (tmp_path / "licences/c.txt").write_text("Do as I like.")
    text = parts(written(tmp_path, "node_modules/a/dist/a.js").stdout)["a"][1]
    assert text.endswith("\n\nDo as you like.\n\nc:\n\nDo as I like.\n\n")
