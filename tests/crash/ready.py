"""A database that is ready to work on: the people, and the pathways of Midtjylland that the workload uses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from engine.deploy import deploy
from engine.model import MACHINE
from engine.secrets import Keyring
from engine.store import Store
from tests.store.cast import NOW, organise

PROCESSES = Path(__file__).parents[2] / "processes"
USED = ("midtjylland/planrunde", "midtjylland/agreement.toml", "faelles/uenighed")
KEYS = Keyring.generate()
#: Gives the address of a fresh copy.
Copies = Callable[[], str]


def fill(url: str, folder: Path) -> None:
    """The schema, the people, the pathways; `folder` is scratch."""
    for name in USED:
        source, target = PROCESSES / name, folder / "processes" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    with closing(Store(url, Keyring.from_text(KEYS), demo=True)) as made:
        made.upgrade()
        organise(made)
        deploy(made, MACHINE, folder / "processes" / "midtjylland", "tests", now=NOW)
