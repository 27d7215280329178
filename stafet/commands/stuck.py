"""`stafet stuck`: which instances nothing will move in time unless somebody acts, and why."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import click

from engine import actions, queries
from engine.model import MACHINE
from engine.stuck import REASONS
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env

#: Causes that are read at a time.
PAGE = 500


@click.command("stuck", help="Which cases nothing will move in time unless somebody acts, and why.")
@click.option("--reason", type=click.Choice(REASONS), help="Only these.")
@click.option("--agreement", help="Only cases of this agreement.")
@click.option("--json", "as_json", is_flag=True, help="Print a list instead of lines.")
def command(reason: str | None, agreement: str | None, as_json: bool) -> int:
    """Look now and list; exit 1 where anything is stuck."""
    settings = from_env()
    store = open_store(settings)
    now = clock()
    found: list[dict[str, Any]] = []
    try:
        ready_schema(settings, store)
        actions.watch(store, now=now, every=timedelta(0))
        after = None
        while True:
            wanted = queries.StuckFilter(
                reason=reason, agreement=agreement, limit=PAGE, after=after
            )
            page = queries.causes(store, MACHINE, wanted, now=now)
            found += page.items
            after = page.next
            if after is None:
                break
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=datetime.isoformat))
    else:
        for one in found:
            click.echo(_line(one))
        click.echo(
            f"{len(found)} causes, {len({o['instance'] for o in found})} instances."
            if found
            else "Nothing is stuck."
        )
    return 1 if found else 0


def _line(one: dict[str, Any]) -> str:
    at = one["should_have_moved_by"].strftime("%Y-%m-%d %H:%M")
    where = (
        f"{one['pathway'] or 'message'}#{one['element']}"
        if one["element"]
        else one["pathway"] or "message"
    )
    said = f" ({one['detail']})" if one["detail"] else ""
    return f"{one['reason']:<14}instance {one['instance'] or '-':<8}{at}  {where}{said}  → {one['next_act']}"
