"""`python -m tests.browser.diagrams [FILE …]`: pictures of diagrams, as the pages' bpmn-js shows them.

Without files: every diagram under `processes/` whose picture in `docs/pathways/drawn` is not of today's drawing, as
SVG.  With files: a PNG of each in `--out FOLDER`, to look at while drawing.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, chromium

ROOT = Path(__file__).resolve().parents[2]
DRAWN = ROOT / "docs" / "pathways" / "drawn"
VIEWER = ROOT / "web" / "node_modules" / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"

PAGE = "<style>body { margin: 0 } .bjs-powered-by { display: none }</style><div id=plan></div>"
SHOW = """async xml => {
    const plan = document.getElementById('plan'), viewer = window.viewer = new BpmnJS({ container: plan });
    plan.style.width = plan.style.height = '500px';
    await viewer.importXML(xml);
    const canvas = viewer.get('canvas'), { x, y, width, height } = canvas.viewbox().inner;
    plan.style.width = `${width + 40}px`;
    plan.style.height = `${height + 40}px`;
    canvas.resized();
    canvas.viewbox({ x: x - 20, y: y - 20, width: width + 40, height: height + 40 });
}"""
# What only the pointer needs goes, each style is said once, and the names of arrow heads are the same every time.
SAVE = """async mark => {
    const saved = await viewer.saveSVG(), heads = new Map(), styles = new Map();
    const head = id => heads.get(id) ?? heads.set(id, `m${heads.size}`).get(id);
    const text = saved.svg.replaceAll(/marker-[a-z0-9]{20,}/g, head);
    const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    for (const each of svg.querySelectorAll('.djs-hit, .djs-outline')) each.remove();
    for (const each of svg.querySelectorAll('*')) {
        const style = (each.getAttribute('style') ?? '').replace('display: block;', '').trim();
        for (const name of ['class', 'style', 'lineHeight', 'data-element-id']) each.removeAttribute(name);
        if (!style) continue;
        if (!styles.has(style)) styles.set(style, `s${styles.size}`);
        each.setAttribute('class', styles.get(style));
    }
    const rules = [...styles].map(([style, name]) => `.${name}{${style.replaceAll(/([:;]) /g, '$1')}}`).join('\\n');
    const paper = '<rect x="-9999" y="-9999" width="29999" height="29999" fill="white"/>';
    svg.insertAdjacentHTML('afterbegin', `<style>\\n${rules}\\n</style>\\n${paper}`);
    svg.setAttribute('data-tegnet', mark);
    return svg.outerHTML.replaceAll('<g></g>', '').replaceAll('</g><g', '</g>\\n<g') + '\\n';
}"""


def digest(text: str) -> str:
    """Which drawing a diagram or its picture is of, as `tools/layout` stamps it; '' where there is none."""
    found = re.search(r'(?:documentation="tegnet |data-tegnet=")([0-9a-f]{16})"', text)
    return found[1] if found else ""


def called(diagram: Path) -> str:
    """What the picture of a diagram is called, without ending."""
    folder = diagram.resolve().parent
    return f"{folder.parent.name}-{folder.name}"


def diagrams() -> list[Path]:
    """Every diagram of the project."""
    return sorted((ROOT / "processes").rglob("*.bpmn"))


def shoot(files: Iterable[Path], out: Path) -> Iterator[Path]:
    """A PNG of each."""
    with _opened() as page:
        for file in files:
            target = out / f"diagram-{called(file)}.png"
            page.evaluate(SHOW, file.read_text(encoding="utf-8"))
            page.locator("#plan").screenshot(path=target)
            page.evaluate("() => viewer.destroy()")
            yield target


def draw(out: Path) -> Iterator[Path]:
    """An SVG of each diagram whose picture is missing or old; pictures of diagrams that are gone go."""
    wanted = {out / f"{called(file)}.svg": file.read_text(encoding="utf-8") for file in diagrams()}
    for picture in set(out.glob("*.svg")) - wanted.keys():
        picture.unlink()
    with _opened() as page:
        for target, xml in wanted.items():
            if target.exists() and digest(target.read_text(encoding="utf-8")) == digest(xml):
                continue
            page.evaluate(SHOW, xml)
            target.write_text(page.evaluate(SAVE, digest(xml)), encoding="utf-8")
            page.evaluate("() => viewer.destroy()")
            yield target


@contextmanager
def _opened() -> Iterator[Page]:
    path = chromium()
    if path is None:
        raise SystemExit("No Chromium on this machine: install one from the system's packages.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page()
        page.set_content(PAGE)
        page.add_script_tag(path=VIEWER)
        yield page
        browser.close()


def main() -> None:
    """Draw, and say where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    out = chosen.out or (Path() if chosen.files else DRAWN)
    out.mkdir(parents=True, exist_ok=True)
    for target in shoot(chosen.files, out) if chosen.files else draw(out):
        sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
