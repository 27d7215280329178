"""`python -m tests.browser.diagrams [FILE …]`: draw `docs/pictures/diagram-*.png`, as the pages' bpmn-js shows them.

Without files: every diagram under `processes/`.  `--out FOLDER` puts the pictures elsewhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS, chromium

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "pictures"
VIEWER = ROOT / "web" / "node_modules" / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"

PAGE = "<style>body { margin: 0 } .bjs-powered-by { display: none }</style><div id=plan></div>"
SHOW = """async xml => {
    const plan = document.getElementById('plan'), viewer = new BpmnJS({ container: plan });
    plan.style.width = plan.style.height = '500px';
    await viewer.importXML(xml);
    const canvas = viewer.get('canvas'), { x, y, width, height } = canvas.viewbox().inner;
    plan.style.width = `${width + 40}px`;
    plan.style.height = `${height + 40}px`;
    canvas.resized();
    canvas.viewbox({ x: x - 20, y: y - 20, width: width + 40, height: height + 40 });
}"""


def pictures(files: Iterable[Path], out: Path) -> list[Path]:
    """One picture of each diagram; returns their paths."""
    path = chromium()
    if path is None:
        raise SystemExit("No Chromium on this machine: install one from the system's packages.")
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        made = [_shoot(opened, file, out) for file in files]
        opened.close()
    return made


def _shoot(browser: Browser, file: Path, out: Path) -> Path:
    page = browser.new_page()
    page.set_content(PAGE)
    page.add_script_tag(path=VIEWER)
    page.evaluate(SHOW, file.read_text(encoding="utf-8"))
    folder = file.resolve().parent
    target = out / f"diagram-{folder.parent.name}-{folder.name}.png"
    page.locator("#plan").screenshot(path=target)
    page.close()
    return target


def main() -> None:
    """Draw, and say where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    files = chosen.files or sorted((ROOT / "processes").rglob("*.bpmn"))
    for target in pictures(files, chosen.out):
        sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
