"""For designers: lint and play what is not in force yet, deploy a folder, compare versions."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from marshmallow import Schema

from api.blueprint import BYTES, NUMBER, blueprint
from api.bodies import Parser
from api.caller import actor, now, store
from api.designing import (
    DeployFilesIn,
    DeploymentIn,
    DiffIn,
    FileIn,
    FolderIn,
    LintIn,
    LintTextIn,
    VersionsIn,
)
from api.errors import said
from api.outgoing import (
    ChangeList,
    DeployedOut,
    DraftKeysOut,
    FindingList,
    SimulationOut,
    VersionList,
    deployed,
)
from engine import queries, studio

bp = blueprint("designs", "Lint, play and deploy pathways; compare their versions.", scope="design")
_XML = ("application/xml", "text/xml", "application/bpmn+xml")
_ZIP = ("application/zip", "application/x-zip-compressed")


def _or_raw(kinds: tuple[str, ...], schema: type[Schema]) -> dict[str, Any]:
    """The description of a body that is JSON or a file as it is."""
    json = {"application/json": {"schema": schema}}
    return {"content": json | {kinds[0]: {"schema": {"type": "string", "format": "binary"}}}}


@bp.post("/processes/lint")
@bp.doc(requestBody=_or_raw(_XML, LintIn))
@bp.response(200, FindingList)
def lint() -> dict[str, Any]:
    """Lint a diagram: JSON, or the XML itself with `agreement` and `key` in the query."""
    sent_as_it_is = request.mimetype in _XML
    asked = _query(LintTextIn) if sent_as_it_is else _body(LintIn)
    if sent_as_it_is:
        asked["bpmn"] = request.get_data()
    found = studio.lint(store(), actor(), asked.pop("bpmn"), **asked, say=said, now=now())
    return {"items": found, "next": None}


@bp.post("/deployments")
@bp.doc(requestBody=_or_raw(_ZIP, DeployFilesIn))
@bp.response(201, DeployedOut)
def deploy() -> dict[str, Any]:
    """Deploy a folder, all or nothing: files in JSON, or a zip with `note` in the query."""
    if request.mimetype in _ZIP:
        asked = _query(DeploymentIn)
        data = request.get_data()
        done = studio.deploy_zip(store(), actor(), data, **asked, say=said, now=now())
    else:
        asked = _body(DeployFilesIn)
        sent = asked.pop("files")
        done = studio.deploy_files(store(), actor(), sent, **asked, say=said, now=now())
    return deployed(done)


@bp.post(f"/deployments/<{NUMBER}:number>/call-off")
@bp.response(204)
def call_off(number: int) -> None:
    """Call off what was deployed for a day to come; today's versions stay in force."""
    studio.call_off(store(), actor(), number, now=now())


@bp.get("/processes/<string:key>/versions")
@bp.arguments(VersionsIn, location="query")
@bp.response(200, VersionList)
def versions(query: dict[str, Any], key: str) -> dict[str, Any]:
    """List a process's versions, the newest first."""
    found = queries.versions(store(), actor(), key, query.get("agreement"), now=now())
    return {"items": found, "next": None}


@bp.get("/processes/<string:key>/diff")
@bp.arguments(DiffIn, location="query")
@bp.response(200, ChangeList)
def diff(query: dict[str, Any], key: str) -> dict[str, Any]:
    """List what differs between two versions; left out: the newest and the one before."""
    return queries.compared(store(), actor(), key, **query, now=now()) | {"next": None}


@bp.post("/simulations")
@bp.doc(
    requestBody={
        "content": {
            "application/json": {"schema": {"type": "object", "additionalProperties": True}}
        }
    }
)
@bp.response(200, SimulationOut)
def simulate() -> dict[str, Any]:
    """Play a scenario on a virtual clock; answers as `stafet simulate --json`."""
    document = Parser().load_json(request, VersionsIn())
    return studio.simulate(store(), actor(), document, now=now())


@bp.get("/folders/<string:agreement>")
@bp.arguments(FolderIn, location="query")
@bp.response(200, BYTES, content_type="application/zip")
def folder(query: dict[str, Any], agreement: str) -> Response:
    """Get what is in force as a zip laid out as `processes/`: the agreement, or one pathway with what it calls."""
    texts = studio.folder(store(), actor(), agreement, query.get("key"), now=now())
    named = {"Content-Disposition": f'attachment; filename="{query.get("key") or agreement}.zip"'}
    return Response(studio.packed(texts), mimetype="application/zip", headers=named)


@bp.post("/folders/<string:agreement>")
@bp.doc(requestBody={"content": {_ZIP[0]: {"schema": {"type": "string", "format": "binary"}}}})
@bp.response(201, DraftKeysOut)
def take_in(agreement: str) -> dict[str, Any]:
    """Make drafts of what differs in a zip laid out as `processes/`, or of one diagram with `name` in the query."""
    asked = _query(FileIn)
    data = request.get_data()
    done = studio.take_in(store(), actor(), agreement, data, asked.get("name", ""), now=now())
    return {
        "items": [{"agreement": agreement, "key": key} for key in done.drafts],
        "scenarios": [
            {"key": key, "name": name, "beside": done.beside.get((key, name))}
            for key, name in done.scenarios
        ],
        "rewritten": list(done.rewritten),
        "left": [{"path": path, "why": why} for path, why in done.left.items()],
    }


def _body(schema: type[Schema]) -> dict[str, Any]:
    found: dict[str, Any] = Parser().parse(schema(), request, location="json")
    return found


def _query(schema: type[Schema]) -> dict[str, Any]:
    found: dict[str, Any] = Parser().parse(schema(), request, location="query")
    return found
