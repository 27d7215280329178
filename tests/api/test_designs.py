"""Designers over HTTP: lint, compare, play and deploy; nobody else, and nothing that a hostile folder hides."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

import engine.lint
from engine.uploads import MAX_FILE, MAX_FILES
from tests.api.walk import Get

PROCESSES = Path(__file__).parents[2] / "processes"
API = "/api/v1"
KEY = "midtjylland-planrunde"
DIAGRAM = (PROCESSES / "midtjylland/planrunde/planrunde.bpmn").read_text(encoding="utf-8")
ROUND = "midtjylland/planrunde/planrunde.bpmn"
SMALL = (
    "midtjylland/agreement.toml",
    "midtjylland/clauses.yaml",
    "midtjylland/grundlag",
    "midtjylland/planrunde",
    "faelles",
)


def folder(**changed: str) -> dict[str, str]:
    """Midtjylland with one pathway and the shared parts, as texts by path."""
    files: dict[str, str] = {}
    for name in SMALL:
        place = PROCESSES / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if (
                file.suffix in (".bpmn", ".form", ".dmn", ".toml", ".yaml")
                and "scenarios" not in file.parts
            ):
                files[str(file.relative_to(PROCESSES))] = file.read_text(encoding="utf-8")
    return files | changed


def packed(files: dict[str, str], top: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(top + name, text)
    return made.getvalue()


def lint(as_: Get, bpmn: str, **more: Any) -> list[dict[str, Any]]:
    answer = as_("designer").post(f"{API}/processes/lint", json={"bpmn": bpmn, **more})
    assert answer.status_code == 200, answer.get_json()
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def errors(found: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(f["rule"], f["element"]) for f in found if f["severity"] == "error"}


# ---- lint --------------------------------------------------------------------------------
def test_a_diagram_is_judged_as_its_agreement_would_run_it(as_: Get) -> None:
    assert errors(lint(as_, DIAGRAM, agreement="midtjylland", key=KEY)) == set()
    broken = DIAGRAM.replace('stafet:frist="3 hverdage"', 'stafet:frist="3 hverdagge"', 1)
    assert broken != DIAGRAM
    rules = {rule for rule, _ in errors(lint(as_, broken, agreement="midtjylland", key=KEY))}
    assert rules == {"deadline_unreadable"}
    strange = DIAGRAM.replace('stafet:klausul="', 'stafet:klausul="MIDT-9.9-99 ', 1)
    assert "unknown_clause" in {
        r for r, _ in errors(lint(as_, strange, agreement="midtjylland", key=KEY))
    }


def test_xml_can_be_sent_as_it_is(as_: Get) -> None:
    client = as_("designer")
    where = f"{API}/processes/lint?agreement=midtjylland&key={KEY}"
    sent = client.post(where, data=DIAGRAM.encode(), content_type="application/xml")
    assert sent.status_code == 200
    assert errors(sent.get_json()["items"]) == set()
    half = client.post(where, data=DIAGRAM[:900].encode(), content_type="application/xml")
    assert [f["rule"] for f in half.get_json()["items"]] == ["unreadable"]
    assert client.post(where, data=b"x", content_type="text/plain").status_code == 415


def test_findings_speak_the_language_that_is_asked_for(as_: Get) -> None:
    where, raw = f"{API}/processes/lint", b"<a/>"
    said = {
        language: as_("designer")
        .post(where, data=raw, content_type="text/xml", headers={"Accept-Language": language})
        .get_json()["items"][0]["message"]
        for language in ("da", "en")
    }
    assert said["da"] != said["en"]


# ---- versions and what differs -----------------------------------------------------------
def test_versions_and_their_differences(as_: Get) -> None:
    client = as_("designer")
    first = client.get(f"{API}/processes/{KEY}/versions").get_json()["items"]
    assert first[0]["note"]
    before = first[0]["version"]
    longer = DIAGRAM.replace('stafet:frist="3 hverdage"', 'stafet:frist="4 hverdage"', 1)
    sent = folder(**{"midtjylland/planrunde/planrunde.bpmn": longer})
    answer = client.post(f"{API}/deployments", json={"note": "Fire hverdage", "files": sent})
    assert answer.status_code == 201, answer.get_json()
    assert {"agreement": "midtjylland", "key": KEY, "version": before + 1} in answer.get_json()[
        "versions"
    ]
    newest = client.get(f"{API}/processes/{KEY}/versions").get_json()["items"][0]
    assert (newest["version"], newest["note"], newest["by"]) == (
        before + 1,
        "Fire hverdage",
        "Sofie Munk",
    )
    for query in ("", f"?from={before}&to={before + 1}"):
        found = client.get(f"{API}/processes/{KEY}/diff{query}").get_json()
        assert (found["from"], found["to"]) == (before, before + 1)
        assert len(found["items"]) == 1, found["items"]
        change = found["items"][0]
        assert change["what"] == "changed"
        assert change["properties"] == [
            {"name": "stafet:frist", "old": "3 hverdage", "new": "4 hverdage"}
        ]
    backwards = client.get(f"{API}/processes/{KEY}/diff?from={before + 1}&to={before}").get_json()[
        "items"
    ]
    assert backwards[0]["properties"][0]["new"] == "3 hverdage"
    # As it was, for the other tests; the same folder once more changes nothing.
    again = client.post(
        f"{API}/deployments", data=packed(folder(), "processes/"), content_type="application/zip"
    )
    assert [v["version"] for v in again.get_json()["versions"]] == [before + 2]
    same = client.post(f"{API}/deployments", data=packed(folder()), content_type="application/zip")
    assert (same.status_code, same.get_json()["id"], same.get_json()["versions"]) == (201, None, [])


def test_an_unknown_process_or_version_is_not_there(as_: Get) -> None:
    for path in (
        "processes/atlantis/versions",
        "processes/atlantis/diff",
        f"processes/{KEY}/diff?from=1&to=999",
    ):
        assert as_("designer").get(f"{API}/{path}").status_code == 404, path


# ---- deploying ---------------------------------------------------------------------------
def test_one_broken_file_and_nothing_is_deployed(as_: Get) -> None:
    client = as_("designer")
    before = client.get(f"{API}/processes").get_json()
    wrong = DIAGRAM.replace('stafet:frist="3 hverdage"', 'stafet:frist="tre dage"', 1)
    answer = client.post(
        f"{API}/deployments",
        json={"files": folder(**{"midtjylland/planrunde/planrunde.bpmn": wrong})},
    )
    said = answer.get_json()
    assert (answer.status_code, said["code"]) == (422, "deploy_refused")
    assert any(
        place.startswith("midtjylland/planrunde/planrunde.bpmn#") for place in said["errors"]
    )
    assert "/tmp" not in json.dumps(said)
    assert client.get(f"{API}/processes").get_json() == before


def test_two_mistakes_in_one_element_are_both_named(as_: Get) -> None:
    wrong = DIAGRAM.replace(
        'stafet:form="accept" stafet:frist="3 hverdage"',
        'stafet:form="findes_ikke" stafet:frist="tre dage"',
    )
    assert wrong != DIAGRAM
    answer = as_("designer").post(f"{API}/deployments", json={"files": folder(**{ROUND: wrong})})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "deploy_refused")
    said = answer.get_json()["errors"][f"{ROUND}#accepter_plan"]
    assert "findes_ikke" in said
    assert "tre dage" in said


@pytest.mark.parametrize(
    ("language", "deadline", "unread", "settings"),
    [
        ("da", "Fristen “tre dage” på", "Formularen er ikke JSON: linje 1", "Indstillingerne kan"),
        ("en", "The deadline “tre dage” on", "The form is not JSON: line 1", "The settings cannot"),
    ],
)
def test_what_stands_in_the_way_is_said_in_the_language_that_is_asked_for(
    as_: Get, language: str, deadline: str, unread: str, settings: str
) -> None:
    client = as_("designer")

    def sent(**changed: str) -> Any:
        body = {"files": folder(**changed)}
        speaks = {"Accept-Language": language}
        return client.post(f"{API}/deployments", json=body, headers=speaks).get_json()

    wrong = DIAGRAM.replace('stafet:frist="3 hverdage"', 'stafet:frist="tre dage"', 1)
    (said,) = sent(**{ROUND: wrong})["errors"].values()
    assert said.startswith(deadline)
    form = "midtjylland/planrunde/forms/accept.form"
    assert sent(**{form: "{"})["errors"][form].startswith(unread)
    toml = "midtjylland/agreement.toml"
    assert sent(**{toml: "x ="})["errors"][toml].startswith(settings)


# ---- backwards, and two at once ----------------------------------------------------------
def test_an_earlier_folder_comes_back_and_what_runs_stays_in_its_version(as_: Get) -> None:
    client = as_("designer")

    def sent(text: str) -> int:
        answer = client.post(f"{API}/deployments", json={"files": folder(**{ROUND: text})})
        assert answer.status_code == 201, answer.get_json()
        (mine,) = [one for one in answer.get_json()["versions"] if one["key"] == KEY]
        return int(mine["version"])

    def running() -> dict[int, int]:
        answer = as_("drift").get(f"{API}/instances?pathway={KEY}&status=running").get_json()
        found: dict[int, int] = {one["id"]: one["version"] for one in answer["items"]}
        return found

    before = running()
    assert before
    newer = sent(DIAGRAM.replace('stafet:frist="3 hverdage"', 'stafet:frist="9 hverdage"', 1))
    assert sent(DIAGRAM) == newer + 1
    assert running() == before
    versions = client.get(f"{API}/processes/{KEY}/versions").get_json()["items"]
    assert [one["version"] for one in versions if one["status"] == "in_force"] == [newer + 1]
    first = client.get(f"{API}/processes/{KEY}/diff?from={newer - 1}&to={newer + 1}").get_json()
    assert first["items"] == []


def test_who_deploys_while_another_deploys_is_told_and_nothing_is_deployed(
    as_: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, checked = as_("designer"), engine.lint.lint

    def days(number: int) -> dict[str, Any]:
        text = DIAGRAM.replace('stafet:frist="3 hverdage"', f'stafet:frist="{number} hverdage"', 1)
        return {"files": folder(**{ROUND: text})}

    def meanwhile(*paths: Path, **how: Any) -> object:
        monkeypatch.setattr(engine.lint, "lint", checked)
        first = as_("designer").post(f"{API}/deployments", json=days(7))
        assert first.status_code == 201
        return checked(*paths, **how)

    monkeypatch.setattr(engine.lint, "lint", meanwhile)
    second = client.post(f"{API}/deployments", json=days(8), headers={"Accept-Language": "da"})
    told = second.get_json()
    assert (second.status_code, told["code"]) == (409, "deployed_meanwhile")
    assert told["message"].startswith("En anden")
    drawn = client.get(f"{API}/drafts/midtjylland/{KEY}").get_json()["bpmn"]
    assert "7 hverdage" in drawn
    assert "8 hverdage" not in drawn
    # As it was, for the other tests.
    assert client.post(f"{API}/deployments", json={"files": folder()}).status_code == 201


HOSTILE = {
    "up": ({"../../etc/cron.d/x": "a"}, "../../etc/cron.d/x"),
    "up inside": ({"midtjylland/../../x": "a"}, "midtjylland/../../x"),
    "absolute": ({"/etc/passwd": "a"}, "/etc/passwd"),
    "backslash": ({"..\\x": "a"}, "..\\x"),
    "drive": ({"C:x": "a"}, "C:x"),
    "itself": ({".": "a"}, "."),
    "file and folder": ({"a": "x", "a/b": "y"}, "a/b"),
    "long": ({"x" * 180 + "/" + "y" * 15: "a", "x" * 180: "a"}, None),
}


@pytest.mark.parametrize(("files", "named"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_path_that_leaves_the_folder_is_refused(
    as_: Get, files: dict[str, str], named: str | None, zipped: bool
) -> None:
    client = as_("designer")
    if zipped:
        answer = client.post(
            f"{API}/deployments", data=packed(files), content_type="application/zip"
        )
    else:
        answer = client.post(f"{API}/deployments", json={"files": files})
    said = answer.get_json()
    assert (answer.status_code, said["code"]) == (422, "upload_refused")
    assert named is None or zipped or list(said["errors"]) == [named]


def _bomb() -> bytes:
    return packed({"midtjylland/bomb.bpmn": "\0" * (MAX_FILE + 1)})


def _link() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("midtjylland/agreement.toml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return made.getvalue()


def _many() -> bytes:
    return packed({f"{n}.md": "" for n in range(MAX_FILES + 1)})


def _sum() -> bytes:
    return packed({f"{n}.md": "x" * (MAX_FILE - 1) for n in range(9)})


def _damaged() -> bytes:
    whole = bytearray(packed({"a.md": "abc" * 500}))
    whole[45:60] = b"\xff" * 15
    return bytes(whole)


ARCHIVES = {
    "bomb": _bomb,
    "sum": _sum,
    "link": _link,
    "many": _many,
    "damaged": _damaged,
    "none": lambda: b"PK?",
}


@pytest.mark.parametrize("made", ARCHIVES.values(), ids=ARCHIVES)
def test_a_hostile_archive_is_refused(as_: Get, made: Any) -> None:
    answer = as_("designer").post(f"{API}/deployments", data=made(), content_type="application/zip")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "upload_refused")


@pytest.mark.parametrize("depth", [900, 100_000])
@pytest.mark.parametrize(
    "path", ["midtjylland/agreement.toml", "midtjylland/planrunde/forms/vurdering.form", "midtjylland/clauses.yaml"]
)  # fmt: skip
def test_lists_in_lists_without_end_are_refused(as_: Get, path: str, depth: int) -> None:
    text = {"form": '{"components": [' * depth + "]}" * depth, "yaml": "[" * depth + "]" * depth}
    files = folder(**{path: text.get(path[-4:], f"a = {'[' * depth}{']' * depth}")})
    answer = as_("designer").post(f"{API}/deployments", json={"files": files})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "deploy_refused")


def test_an_empty_folder_has_no_pathway(as_: Get) -> None:
    answer = as_("designer").post(f"{API}/deployments", json={"files": {}})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "deploy_refused")


# ---- playing -----------------------------------------------------------------------------
SCENARIO = {
    "agreement": "midtjylland", "pathway": "planrunde", "start": "2024-03-26T10:00+01:00",
    "steps": [
        {"at": "2024-03-26T10:00+01:00", "task": {"clause": "MIDT-4.4-10"},
         "data": {"justering_indsats": False, "justering_plan": False}},
        {"at": "2024-03-26T10:15+01:00", "task": {"clause": "MIDT-4.4-11"}},
    ],
    "expect": {"deadlines": [{"clause": "MIDT-4.4-12", "due": "2024-04-03T23:59:59+02:00", "status": "open"}]},
}  # fmt: skip


def test_a_scenario_is_played(as_: Get) -> None:
    answer = as_("designer").post(f"{API}/simulations", json=SCENARIO)
    said = answer.get_json()
    assert answer.status_code == 200
    assert said["problems"] == []
    assert said["ok"]
    assert {d["due_at"] for d in said["deadlines"]} == {"2024-04-03T23:59:59+02:00"}


def test_a_scenario_that_fails_says_what_was_open(as_: Get) -> None:
    lost = {**SCENARIO, "steps": [{"at": "2024-03-26T10:00+01:00", "task": {"clause": "MIDT-0"}}]}
    said = as_("designer").post(f"{API}/simulations", json=lost).get_json()
    assert not said["ok"]
    assert "MIDT-4.4-10" in said["problems"][0]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"start": "i morgen"}, "scenario_invalid"),
        ({"steps": "ingen"}, "scenario_invalid"),
        ({"agreement": "atlantis"}, "unknown_agreement"),
        ({"steps": [{"at": "2024-03-26T10:00", "wait": True}] * 501}, "scenario_invalid"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_refused(
    as_: Get, changed: dict[str, Any], code: str
) -> None:
    answer = as_("designer").post(f"{API}/simulations", json={**SCENARIO, **changed})
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)


# ---- who ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["processes/lint", "deployments", "simulations"])
def test_only_designers_may(as_: Get, path: str) -> None:
    bodies = {
        "processes/lint": {"bpmn": DIAGRAM},
        "deployments": {"files": {"a": "b"}},
        "simulations": SCENARIO,
    }
    for who in ("sygeplejerske", "leder", "drift"):
        assert as_(who).post(f"{API}/{path}", json=bodies[path]).status_code == 403, who
    assert as_().post(f"{API}/{path}", json=bodies[path]).status_code == 401
