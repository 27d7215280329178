"""The pathways in use: what each agreement has, how one is drawn, and its versions.  Nothing of a citizen."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, jsonify, render_template, request
from flask import Response as Json

from engine import access, queries
from web.sessions import actor, now, store


def add_to(pages: Blueprint) -> None:
    """The list, one pathway, and its drawing."""
    pages.add_url_rule("/forloeb", "pathways", _list)
    pages.add_url_rule("/forloeb/<key>", "pathway", _show)
    pages.add_url_rule("/forloeb/<key>/diagram", "pathway_diagram", _diagram)


def _list() -> str:
    found = queries.pathways(store(), actor(), now=now())
    by_title = groupby(found, key=lambda one: one["agreement_title"])
    groups = [(title, list(rows)) for title, rows in by_title]
    return render_template("pathways.html", section="pathways", groups=groups, count=len(found))


def _show(key: str) -> str:
    agreement = request.args.get("aftale")
    found = queries.drawing(store(), actor(), key, agreement, now=now())
    versions = queries.versions(store(), actor(), key, found["agreement"], now=now())
    running = queries.running(store(), actor(), found["agreement"], key, now=now())
    return render_template(
        "pathway.html", section="pathways", pathway=found, versions=versions, running=running,
        waits=any(one["version"] == found["version"] and one["status"] == "coming" for one in versions),
        left=sum(count for number, count in running.items() if number != found["version"]),
        designs=access.may_deploy(actor()), operates=access.may_operate(actor()),
    )  # fmt: skip


def _diagram(key: str) -> Json:
    found = queries.drawing(store(), actor(), key, request.args.get("aftale"), now=now())
    return jsonify(bpmn=found["bpmn"])
