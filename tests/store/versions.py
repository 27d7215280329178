"""Another version of the plan round, deployed over the first: the same files with some texts changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from engine.deploy import deploy
from engine.model import MACHINE
from engine.store import Store
from tests.store.cast import AGREEMENT, NOW

PROCESSES = Path(__file__).parents[2] / "processes"
USED = (
    "midtjylland/agreement.toml",
    "midtjylland/clauses.yaml",
    "midtjylland/planrunde",
    "faelles/uenighed",
)
ROUND, PART, SETTINGS = (
    "midtjylland/planrunde/planrunde.bpmn",
    "faelles/uenighed/uenighed.bpmn",
    "midtjylland/agreement.toml",
)
Edit = Callable[[Path], None]


def new_version(
    store: Store, folder: Path, *changes: tuple[str, str, str], edit: Edit | None = None
) -> int:
    """Deploy the plan round with these changes, (file, text, other text); its new number."""
    home = folder / f"version{len(list(folder.glob('version*')))}"
    for name in USED:
        target = home / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (PROCESSES / name).is_dir() else shutil.copy)(PROCESSES / name, target)
    for name, text, other in changes:
        file = home / name
        whole = file.read_text(encoding="utf-8")
        assert text in whole, f"{name} no longer says {text}"
        file.write_text(whole.replace(text, other), encoding="utf-8")
    if edit is not None:
        edit(home)
    found = deploy(store, MACHINE, home / AGREEMENT, "tests", now=NOW)
    return found.versions[AGREEMENT, f"{AGREEMENT}-planrunde"]
