"""`stafet serve`: the embedded default, everything in one process."""

from __future__ import annotations

import logging

import click

from stafet import server
from stafet.app import clock, open_store
from stafet.prepare import deploy_all, fill_demo, greet, ready_schema
from stafet.settings import from_env

log = logging.getLogger("stafet.server")


@click.command("serve", help="Web, API and timers in one process.")
@click.option(
    "--demo", is_flag=True, help="Deploy processes/ and fill an empty database with made-up people."
)
def command(demo: bool) -> None:
    """Serve until stopped; with `--demo` the database is prepared first."""
    settings = from_env(demo=demo)
    server.begin(settings, "serve")
    store = open_store(settings)
    try:
        store.claim_server()
        ready_schema(settings, store)
        if settings.demo:
            deploy_all(settings, store, now=clock(), say=log.info)
            fill_demo(store, now=clock(), say=log.info)
        server.serve(settings, store, announce=lambda url: greet(settings, url))
    finally:
        store.close()
