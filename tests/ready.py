"""The demo's database, deployed and filled once for each process that runs tests; a test takes a copy of it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import closing
from datetime import datetime
from functools import cache
from pathlib import Path

from stafet.app import clock, open_store
from stafet.prepare import deploy_all, fill_demo, ready_schema
from stafet.settings import from_env


def demo_into(folder: Path, *, made: datetime | None = None) -> str:
    """Copy database and keys into `folder`, as they were filled at `made` (when first asked for); gives the URL."""
    for file in _filled(made).iterdir():
        shutil.copy(file, folder / file.name)
    return f"sqlite:///{folder}/stafet.db"


@cache
def _filled(made: datetime | None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="stafet-ready-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = from_env({"DATABASE_URL": f"sqlite:///{folder}/stafet.db"}, demo=True)
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        deploy_all(settings, store, now=made or clock())
        fill_demo(store, now=made or clock())
    return folder
