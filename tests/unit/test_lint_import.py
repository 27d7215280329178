# ruff: noqa: E501  one diagram, one line
"""Dan brings a diagram from another tool: what it says is said in our words, or he is asked, or it is refused."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import feel, lint, pathway
from engine.bpmn.drawing import BPMN, OURS
from engine.deploy import read
from engine.errors import DeployRefused
from engine.imports import Imported, normalise
from engine.imports.juel import to_feel

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
SPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:flowable="http://flowable.org/bpmn" '
    'xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:signavio="http://www.signavio.com"'
)


def diagram(
    step: str, *, process: str = 'isExecutable="true"', more: str = "", key: str = "p"
) -> str:
    """A process whose one step `X` is what the test is about."""
    return (
        f'<definitions {SPACES}>{more}<process id="{key}" {process}><startEvent id="S"/>{step}<endEvent id="E"/>'
        '<sequenceFlow id="S-X" sourceRef="S" targetRef="X"/><sequenceFlow id="X-E" sourceRef="X" targetRef="E"/></process></definitions>'
    )


def choice(one: str, *, default: str = "G-B", other: str = "", language: str = "") -> str:
    """A choice between A (under a condition) and B."""
    chosen = f' default="{default}"' if default else ""
    said = f"<conditionExpression{language}>{other}</conditionExpression>" if other else ""
    return (
        f'<definitions {SPACES}><process id="p" isExecutable="true"><startEvent id="S"/><userTask id="T"/>'
        f'<exclusiveGateway id="G" name="Hvad nu?"{chosen}/><endEvent id="A"/><endEvent id="B"/>'
        '<sequenceFlow id="S-T" sourceRef="S" targetRef="T"/><sequenceFlow id="T-G" sourceRef="T" targetRef="G"/>'
        f'<sequenceFlow id="G-A" name="Ja" sourceRef="G" targetRef="A"><conditionExpression{language}>{one}</conditionExpression></sequenceFlow>'
        f'<sequenceFlow id="G-B" name="Nej" sourceRef="G" targetRef="B">{said}</sequenceFlow></process></definitions>'
    )


def box(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def read_one(xml: str, key: str = "X") -> tuple[str, dict[str, str], Imported]:
    """The step afterwards: its kind, our attributes on it, and the whole."""
    found = normalise(xml)
    el = next(e for e in found.root.iter(f"{{{BPMN}}}*") if e.get("id") == key)
    mark = f"{{{OURS}}}"
    return (
        el.tag.rpartition("}")[2],
        {k[len(mark) :]: v for k, v in el.attrib.items() if k.startswith(mark)},
        found,
    )


def severities(found: Imported, element: str) -> set[str]:
    return {note.severity for note in found.notes if note.element == element}


# ---- expressions -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("${x > 3}", "x > 3"), ("#{approved}", "approved"), ("${!approved}", "not(approved = true)"),
        ("${a == 'b' && c.d != null}", 'a = "b" and c.d != null'), ("${x ge 3 or y lt 2}", "x >= 3 or y < 2"),
        ("${execution.getVariable('z') == 1}", "z = 1"), ("${empty x}", '(x = null or x = "" or x = [])'),
        ("${'ja'.equals(svar)}", '("ja" = svar)'), ("${svar.equals('ja')}", '(svar = "ja")'),
        ("${list.size() > 0}", "count(list) > 0"), ("${a ? 1 : 2}", "if a then 1 else 2"),
        ("variables.amount >= 1000", "amount >= 1000"), ("x == 3 and not y", "x = 3 and not(y = true)"),
        ("${a - b - c * (d + 2) / -3}", "a - b - c * (d + 2) / (-3)"), ("x === 'y' || !(a > b)", 'x = "y" or not((a > b) = true)'),
        ("${ok == True}", "ok = true"), ("${x == 'it\\'s'}", 'x = "it\'s"'),
    ],
)  # fmt: skip
def test_what_means_the_same_is_said_in_feel(theirs: str, ours: str) -> None:
    assert to_feel(theirs) == ours
    assert feel.compile(ours)


@pytest.mark.parametrize(
    "theirs",
    ["${bean.check(x)}", "next(null, true)", "${x % 2 == 0}", "not a == b", "${a < b < c}", "x => x", "${x", "", "${}", "${a[0]}",
     "${new Date()}", "${execution.id}", "this.environment.variables.x > 0", "${x instanceof Y}", "a = b", "${'a' + ", "${" + "(" * 99],
)  # fmt: skip
def test_what_would_be_a_guess_is_not_said_at_all(theirs: str) -> None:
    assert to_feel(theirs) is None


def test_a_missing_value_goes_the_same_way_in_both_languages() -> None:
    """Java tools take what is missing as false, so `!x` is true there: it must not become null here."""
    assert feel.compile(to_feel("${!mangler}") or "").evaluate({}) is True
    assert feel.compile(to_feel("${!(mangler > 3)}") or "").evaluate({}) is True
    assert feel.compile(to_feel("${mangler > 3}") or "").evaluate({}) is not True


# ---- choices -----------------------------------------------------------------------------
def test_a_condition_is_translated_and_the_pathway_follows_it() -> None:
    _, _, found = read_one(choice("${beloeb > 1000}"), "G")
    assert severities(found, "G-A") == {"info"}
    assert walked(found, {"beloeb": 2000}) == "A"
    assert walked(found, {"beloeb": 10}) == "B"
    assert walked(found, {}) == "B"


def test_code_beside_a_default_becomes_a_question_and_without_an_answer_the_safe_way_is_taken() -> (
    None
):
    _, _, found = read_one(choice("${service.decide(x)}"), "G")
    assert severities(found, "G-A") == {"warning"}
    assert walked(found, {"svar_G": "Ja"}) == "A"
    assert walked(found, {}) == "B"


def test_code_without_a_default_is_refused_for_no_way_would_be_safe() -> None:
    _, _, found = read_one(choice("${service.decide(x)}", default="", other="${true}"), "G")
    assert severities(found, "G-A") == {"error"}
    assert found.refused
    assert [
        f.element
        for f in lint.lint_text(choice("${service.decide(x)}", default="", other="${true}"))
        if f.rule == "untranslated"
    ] == ["G-A"]


def test_a_choice_drawn_without_conditions_asks_for_the_arrows_names() -> None:
    _, _, found = read_one(choice("", default=""), "G")
    assert severities(found, "G") == {"warning"}
    assert walked(found, {"svar_G": "Ja"}) == "A"
    assert walked(found, {"svar_G": "Nej"}) == "B"


def test_javascript_that_only_compares_is_translated_too() -> None:
    _, _, found = read_one(
        choice("beloeb &gt; 3 &amp;&amp; ok === true", language=' language="javascript"'), "G"
    )
    assert walked(found, {"beloeb": 4, "ok": True}) == "A"


def walked(found: Imported, values: dict[str, object]) -> str | None:
    """The end that is reached when the first task is answered with these values."""
    running = pathway.compile(
        lint.runs.alone(lint.sheet(found.root, "", lint.Around(), found.notes, foreign=True))
    )
    step = pathway.start(running, {}, NOW, parties={"-": "Enhed"})
    return pathway.complete(running, step.state, step.tasks[0].ref, values, NOW).end_state


# ---- work --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "step",
    [
        '<serviceTask id="X" camunda:class="dk.x.Send"/>',
        '<serviceTask id="X" camunda:type="external" camunda:topic="send"/>',
        '<serviceTask id="X" flowable:delegateExpression="${send}"/>',
        '<serviceTask id="X">' + box('<zeebe:taskDefinition type="send"/>') + '</serviceTask>',
        '<serviceTask id="X">' + box('<spiff:serviceTaskOperator id="http/Get"/>') + '</serviceTask>',
        '<sendTask id="X" camunda:expression="${send.now()}"/>', '<serviceTask id="X"/>', '<scriptTask id="X"/>',
        '<businessRuleTask id="X"/>', '<sendTask id="X"/>',
    ],
)  # fmt: skip
def test_what_a_program_did_becomes_a_persons_task(step: str) -> None:
    kind, _, found = read_one(diagram(step))
    assert kind == "manualTask"
    assert severities(found, "X") == {"warning"}
    assert not found.refused


@pytest.mark.parametrize(
    "code", ["<script>x = 1</script>", '<script xmlns:a="urn:a"><a:b/></script>']
)
def test_a_script_stays_and_is_refused(code: str) -> None:
    xml = diagram(f'<scriptTask id="X" scriptFormat="groovy">{code}</scriptTask>')
    assert ("script", "X") in {
        (f.rule, f.element) for f in lint.lint_text(xml) if f.severity == "error"
    }


@pytest.mark.parametrize(
    "step",
    [
        '<scriptTask id="X">'
        + box('<zeebe:script expression="=dage + 1" resultVariable="mere"/>')
        + "</scriptTask>",
        '<scriptTask id="X" scriptFormat="feel" camunda:resultVariable="mere"><script>dage + 1</script></scriptTask>',
    ],
)
def test_a_script_in_feel_is_an_expression(step: str) -> None:
    kind, own, found = read_one(diagram(step))
    assert (kind, own) == ("scriptTask", {"udtryk": "=dage + 1", "resultat": "mere"})
    assert not found.refused


@pytest.mark.parametrize(
    "step",
    [
        '<businessRuleTask id="X" camunda:decisionRef="vej" camunda:resultVariable="svar"/>',
        '<businessRuleTask id="X">'
        + box('<zeebe:calledDecision decisionId="vej" resultVariable="svar"/>')
        + "</businessRuleTask>",
    ],
)
def test_a_decision_is_asked_by_its_name(step: str) -> None:
    assert read_one(diagram(step))[:2] == (
        "businessRuleTask",
        {"beslutning": "vej", "resultat": "svar"},
    )


def test_a_decision_of_spiffarena_and_flowable_is_asked_by_its_name() -> None:
    assert (
        read_one(
            diagram(
                f'<businessRuleTask id="X">{box("<spiff:calledDecisionId>vej</spiff:calledDecisionId>")}</businessRuleTask>'
            )
        )[1]["beslutning"]
        == "vej"
    )
    assert read_one(diagram('<serviceTask id="X" flowable:type="dmn" flowable:decisionTableReferenceKey="vej"/>'))[:2] == (
        "businessRuleTask", {"beslutning": "vej", "resultat": "vej"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "into", "out"),
    [
        ('<camunda:in source="a" target="b"/><camunda:out source="c" target="d"/>', "b=a", "d=c"),
        ('<camunda:in sourceExpression="${a > 3}" target="b"/>', "b=a > 3", None),
        (
            '<zeebe:ioMapping><zeebe:input source="=a" target="b"/><zeebe:output source="=c" target="d"/></zeebe:ioMapping>',
            "b=a",
            "d=c",
        ),
    ],
)
def test_a_call_hands_over_what_it_handed_over(inside: str, into: str, out: str | None) -> None:
    _, own, found = read_one(
        diagram(f'<callActivity id="X" calledElement="del">{box(inside)}</callActivity>')
    )
    assert (own.get("ind"), own.get("ud")) == (into, out)
    assert severities(found, "X") == {"info"}


def test_a_call_of_camunda_8_names_its_process() -> None:
    _, _, found = read_one(
        diagram(
            '<callActivity id="X">'
            + box('<zeebe:calledElement processId="del"/>')
            + "</callActivity>"
        )
    )
    assert 'calledElement="del"' in found.text


@pytest.mark.parametrize(
    ("loop", "own"),
    [
        ('<multiInstanceLoopCharacteristics camunda:collection="${parter}" camunda:elementVariable="part"/>', {"gentagFor": "=parter", "hver": "part"}),
        ('<multiInstanceLoopCharacteristics>' + box('<zeebe:loopCharacteristics inputCollection="=parter" inputElement="part" outputCollection="svar"/>') + '</multiInstanceLoopCharacteristics>',
         {"gentagFor": "=parter", "hver": "part", "saml": "svar"}),
        ('<multiInstanceLoopCharacteristics><loopDataInputRef>parter</loopDataInputRef><inputDataItem id="i" name="part"/></multiInstanceLoopCharacteristics>',
         {"gentagFor": "=parter", "hver": "part"}),
    ],
)  # fmt: skip
def test_a_round_goes_over_the_same_list(loop: str, own: dict[str, str]) -> None:
    found = normalise(diagram(f'<userTask id="X">{loop}</userTask>'))
    multi = next(found.root.iter(f"{{{BPMN}}}multiInstanceLoopCharacteristics"))
    assert {k.partition("}")[2]: v for k, v in multi.attrib.items() if OURS in k} == own
    assert not [f for f in lint.lint_text(found.xml) if f.severity == "error"]


@pytest.mark.parametrize(
    "step",
    [
        '<userTask id="X" camunda:assignee="ida"/>', '<userTask id="X" camunda:formKey="embedded:x.html"/>',
        '<userTask id="X">' + box('<camunda:formData><camunda:formField id="a"/></camunda:formData>') + '</userTask>',
        '<userTask id="X">' + box('<zeebe:formDefinition formId="f"/><zeebe:assignmentDefinition assignee="ida"/>') + '</userTask>',
        '<userTask id="X" flowable:dueDate="${due}"/>', '<userTask id="X"><potentialOwner id="o"/></userTask>',
        '<userTask id="X">' + box('<camunda:taskListener class="x" event="create"/>') + '</userTask>',
        f'<userTask id="X">{box("<spiff:preScript>x = 1</spiff:preScript>")}</userTask>',
    ],
)  # fmt: skip
def test_forms_people_dates_and_listeners_are_told_and_left_to_a_person(step: str) -> None:
    _, _, found = read_one(diagram(step))
    assert severities(found, "X") == {"warning"}
    assert not [f for f in lint.lint_text(diagram(step)) if f.severity == "error"]


# ---- the file itself ---------------------------------------------------------------------
def test_what_is_not_marked_as_executable_is_so_where_nothing_else_is() -> None:
    assert (
        normalise(diagram('<userTask id="X"/>', process='isExecutable="false"'))
        .root[0]
        .get("isExecutable")
        == "true"
    )


def test_a_process_without_a_start_gets_one_at_its_first_step() -> None:
    xml = f'<definitions {SPACES}><process id="p" isExecutable="true"><userTask id="X"/><endEvent id="E"/><sequenceFlow id="f" sourceRef="X" targetRef="E"/></process></definitions>'
    found = normalise(xml)
    assert [n.severity for n in found.notes if n.element == "p"] == ["info"]
    assert not [f for f in lint.lint_text(xml) if f.severity == "error"]


def test_what_an_editor_left_empty_is_nothing_to_decide() -> None:
    step = '<userTask id="X">' + box("<spiff:postScript/><spiff:PreScript/>") + "</userTask>"
    assert not severities(normalise(diagram(step)), "X")


@pytest.mark.parametrize("place", ["beside", "inside"])
def test_a_round_written_in_the_wrong_place_is_found(place: str) -> None:
    zeebe = '<zeebe:loopCharacteristics inputCollection="= parter" inputElement="part"/>'
    loop = f"<multiInstanceLoopCharacteristics>{zeebe if place == 'inside' else ''}</multiInstanceLoopCharacteristics>"
    xml = diagram(f'<userTask id="X">{box(zeebe) if place == "beside" else ""}{loop}</userTask>')
    assert not [f for f in lint.lint_text(xml) if f.severity == "error"]
    assert 'gentagFor="=parter"' in normalise(xml).text


def test_a_start_without_an_id_is_said_and_does_no_harm() -> None:
    xml = diagram('<userTask id="X"/><userTask id="Y"/>').replace(
        '<startEvent id="S"/>', "<startEvent/>"
    )
    assert "without_id" in {f.rule for f in lint.lint_text(xml)}


def test_the_namespace_of_the_draft_is_the_same_language() -> None:
    old = diagram('<userTask id="X"/>').replace(
        "http://www.omg.org/spec/BPMN/20100524/MODEL", "http://schema.omg.org/spec/BPMN/2.0"
    )
    assert not [f for f in lint.lint_text(old) if f.severity == "error"]


def test_references_with_a_prefix_are_the_same_references() -> None:
    xml = (
        diagram('<userTask id="X"/>')
        .replace('sourceRef="S"', 'sourceRef="t:S"')
        .replace("<definitions", '<definitions xmlns:t="urn:t"')
    )
    assert not [f for f in lint.lint_text(xml) if f.severity == "error"]


def test_a_diagram_of_ours_is_never_touched() -> None:
    for file in sorted((ROOT / "processes").rglob("*.bpmn")):
        found = normalise(file.read_bytes())
        assert (found.foreign, found.notes, found.xml) == (False, (), file.read_bytes())


@pytest.mark.parametrize(
    "text", ["R/PT5M", "R3/P1M", "2026-05-01T08:00:00+02:00", "P7D", "3 hverdage"]
)
def test_times_that_are_read_as_they_are_stay(text: str) -> None:
    kind = "timeCycle" if text[0] == "R" else "timeDate" if text[:2] == "20" else "timeDuration"
    step = f'<intermediateCatchEvent id="X"><timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition></intermediateCatchEvent>'
    assert f">{text}<" in normalise(diagram(step)).text
    assert not [f for f in lint.lint_text(diagram(step)) if f.severity == "error"]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("${frist}", "info"),
        ("PT0S", "info"),
        ("0 0/5 * * * ?", "error"),
        ("om lidt", "error"),
        ("${x.y()}", "error"),
    ],
)
def test_other_times_are_translated_or_refused(text: str, severity: str) -> None:
    step = f'<intermediateCatchEvent id="X"><timerEventDefinition><timeDuration>{text}</timeDuration></timerEventDefinition></intermediateCatchEvent>'
    assert severities(normalise(diagram(step)), "X") == {severity}
    assert bool([f for f in lint.lint_text(diagram(step)) if f.severity == "error"]) is (
        severity == "error"
    )


# ---- deployment --------------------------------------------------------------------------
def folder(tmp_path: Path, xml: bytes) -> Path:
    """An agreement with one pathway, `midtjylland-bragt`."""
    shutil.copy(ROOT / "tests" / "lint" / "agreement.toml", tmp_path)
    home = tmp_path / "bragt"
    home.mkdir()
    (home / "bragt.bpmn").write_bytes(xml)
    return tmp_path


def test_what_is_deployed_is_what_lint_looked_at(tmp_path: Path) -> None:
    key = f"{tmp_path.name}-bragt"
    xml = choice("${aabent}").replace('id="p"', f'id="{key}"')
    (source,) = read(folder(tmp_path, xml.encode()))
    assert "${" not in source.bpmn
    assert pathway.compile(source).key == key


def test_what_cannot_be_read_is_refused_in_the_same_words(tmp_path: Path) -> None:
    with pytest.raises(DeployRefused) as told:
        read(folder(tmp_path, b"<!DOCTYPE a><a/>"))
    (sentence,) = told.value.fields.values()
    assert sentence == "Filen har en DOCTYPE eller egne entiteter. Sådan en fil åbnes ikke."
