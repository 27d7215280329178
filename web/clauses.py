"""The agreements' clauses in one sentence each, from `processes/<agreement>/clauses.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from engine.coverage import Clause, listed
from engine.errors import Invalid
from web.sessions import house


def clauses(agreement: str, ids: Iterable[str]) -> list[Clause]:
    """Those clauses; what the list does not have is left out, for an id alone tells nobody anything."""
    known = _known(house().settings.processes / agreement / "clauses.yaml")
    return [known[one] for one in dict.fromkeys(ids) if one in known]


def _known(path: Path) -> Mapping[str, Clause]:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, Invalid):
        # The pages work without; `stafet lint` says what is wrong with the list.
        return {}


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> Mapping[str, Clause]:
    return {one.id: one for one in listed(path.read_text(encoding="utf-8"))}
