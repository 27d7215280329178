# ruff: noqa: E501  one diagram, one line
"""What is drawn and not run is refused when the diagram is read: element, name, line, what is wrong, what to do.

`REFUSED` holds a diagram for each row of `docs/bpmn.md` that says *refused*, `BROKEN` one for each rule that a
drawing can break (`engine/bpmn/rules.py`) and each expression or name that cannot be used.
"""

from __future__ import annotations

import pytest

from engine.errors import DiagramInvalid
from tests.small import (
    E,
    S,
    border,
    by_event,
    catch,
    compiled,
    doc,
    each,
    el,
    end,
    on,
    sub,
    throw,
    user,
    users,
    way,
)

REST = S + user("A") + E + way("S A E")
COMPENSATE, CANCEL = "<compensateEventDefinition/>", "<cancelEventDefinition/>"


def beside(more: str) -> str:
    """A file with this beside its process."""
    return doc(REST, more=more)


def started(event: str, **attributes: str) -> str:
    return el("startEvent", "X", event, **attributes) + user("A") + way("X A")


def waits(event: str) -> str:
    return S + catch("X", event) + E + way("S X E")


def says(event: str) -> str:
    return S + throw("X", event) + E + way("S X E")


def ends(event: str) -> str:
    return S + end("X", event) + way("S X")


def edge(event: str, *, stays: bool = False) -> str:
    inner = el("startEvent", "S2") + user("I") + way("S2 I")
    return (
        S
        + sub("U", inner)
        + E
        + way("S U E")
        + border("X", "U", event, stays=stays)
        + user("R")
        + way("X R")
    )


def step(inner: str = "", kind: str = "userTask", **attributes: str) -> str:
    return S + el(kind, "X", inner, **attributes) + E + way("S X E")


def repeated(inner: str = "", attributes: str = "") -> str:
    multi = f'<multiInstanceLoopCharacteristics stafet:gentagFor="3"{attributes}>{inner}</multiInstanceLoopCharacteristics>'
    return step(multi)


def io(inner: str) -> str:
    return step(f'<ioSpecification id="io"><inputSet id="is">{inner}</inputSet></ioSpecification>')


def assigned(kind: str, inner: str) -> str:
    return step(f'<{kind} id="as"><targetRef>x</targetRef>{inner}</{kind}>')


def pools(inner: str) -> str:
    return beside(
        f'<collaboration id="K"><participant id="P" name="P" processRef="midtjylland-proeve"/>{inner}</collaboration>'
    )


#: A row of docs/bpmn.md → a diagram that holds it.
REFUSED: dict[str, str] = {
    # Activities.
    "transaction": step(kind="transaction"),
    "globalTask": beside('<globalTask id="X"/>'),
    "globalUserTask": beside('<globalUserTask id="X"/>'),
    "globalManualTask": beside('<globalManualTask id="X"/>'),
    "globalScriptTask": beside('<globalScriptTask id="X"/>'),
    "globalBusinessRuleTask": beside('<globalBusinessRuleTask id="X"/>'),
    "script": step("<script>os.system('ls')</script>", kind="scriptTask", stafet_udtryk="1", stafet_resultat="x"),
    "isForCompensation": step(isForCompensation="true"),
    "startQuantity": step(startQuantity="2"),
    "completionQuantity": step(completionQuantity="2"),
    "operationRef": step(kind="serviceTask", operationRef="op"),
    "instantiate (receive task)": step(kind="receiveTask", messageRef="bud", instantiate="true"),
    "performer": step('<performer id="p1"/>'),
    "humanPerformer": step('<humanPerformer id="p1"/>'),
    "potentialOwner": step('<potentialOwner id="p1"/>'),
    "resourceRole": step('<resourceRole id="p1"/>'),
    "ordering (ad-hoc)": S + el("adHocSubProcess", "X", user("A"), ordering="Sequential") + E + way("S X E"),
    "loopDataInputRef": repeated("<loopDataInputRef>x</loopDataInputRef>"),
    "loopDataOutputRef": repeated("<loopDataOutputRef>x</loopDataOutputRef>"),
    "inputDataItem": repeated('<inputDataItem id="i"/>'),
    "outputDataItem": repeated('<outputDataItem id="i"/>'),
    "behavior": repeated(attributes=' behavior="None"'),
    "oneBehaviorEventRef": repeated(attributes=' oneBehaviorEventRef="x"'),
    "noneBehaviorEventRef": repeated(attributes=' noneBehaviorEventRef="x"'),
    "complexBehaviorDefinition": repeated('<complexBehaviorDefinition id="c"/>'),
    # Gateways.
    "complexGateway": step(kind="complexGateway"),
    "eventBasedGateway instantiate": el("eventBasedGateway", "X", instantiate="true") + catch("C", on("message", "bud")) + way("X C"),
    "eventBasedGateway Parallel": S + el("eventBasedGateway", "X", eventGatewayType="Parallel") + catch("C", on("message", "bud")) + way("S X C"),
    # Events.
    "eventDefinitionRef": waits("<eventDefinitionRef>x</eventDefinitionRef>"),
    "eventDefinition outside an event": beside('<messageEventDefinition id="X"/>'),
    "parallelMultiple": started(on("message", "bud"), parallelMultiple="true"),
    "none · start of an event sub-process": REST + by_event("X", ""),
    "none · start of an event sub-process, not interrupting": REST + by_event("X", "", stays=True),
    "none · intermediate catch": waits(""),
    "none · boundary": edge(""),
    "none · boundary, not interrupting": edge("", stays=True),
    "timer · intermediate throw": says(on("timer", "P1D")),
    "timer · end": ends(on("timer", "P1D")),
    "conditional · intermediate throw": says(on("conditional", "x")),
    "conditional · end": ends(on("conditional", "x")),
    "error · start": started(on("error", "fejl")),
    "error · start of an event sub-process, not interrupting": REST + by_event("X", on("error", "fejl"), stays=True),
    "error · intermediate catch": waits(on("error", "fejl")),
    "error · boundary, not interrupting": edge(on("error", "fejl"), stays=True),
    "error · intermediate throw": says(on("error", "fejl")),
    "escalation · start": started(on("escalation", "hjaelp")),
    "escalation · intermediate catch": waits(on("escalation", "hjaelp")),
    "terminate · start": started(on("terminate")),
    "terminate · start of an event sub-process": REST + by_event("X", on("terminate")),
    "terminate · start of an event sub-process, not interrupting": REST + by_event("X", on("terminate"), stays=True),
    "terminate · intermediate catch": waits(on("terminate")),
    "terminate · boundary": edge(on("terminate")),
    "terminate · boundary, not interrupting": edge(on("terminate"), stays=True),
    "terminate · intermediate throw": says(on("terminate")),
    "link · start": started(on("link", "l")),
    "link · start of an event sub-process": REST + by_event("X", on("link", "l")),
    "link · start of an event sub-process, not interrupting": REST + by_event("X", on("link", "l"), stays=True),
    "link · boundary": edge(on("link", "l")),
    "link · boundary, not interrupting": edge(on("link", "l"), stays=True),
    "link · end": ends(on("link", "l")),
    **{
        f"{name} · {where}": place
        for name, event in (
            ("compensation", COMPENSATE), ("cancel", CANCEL), ("multiple", on("message", "bud") + on("signal", "alarm")),
        )
        for where, place in (
            ("start", started(event)),
            ("start of an event sub-process", REST + by_event("X", event)),
            ("start of an event sub-process, not interrupting", REST + by_event("X", event, stays=True)),
            ("intermediate catch", waits(event)), ("boundary", edge(event)),
            ("boundary, not interrupting", edge(event, stays=True)), ("intermediate throw", says(event)),
            ("end", ends(event)),
        )
    },
    # Data.
    "dataStore": beside('<dataStore id="X" name="EPJ"/>'),
    "dataStoreReference": REST + '<dataStoreReference id="X" name="EPJ"/>',
    "assignment": assigned("dataInputAssociation", "<assignment><from>a</from><to>b</to></assignment>"),
    "transformation": assigned("dataOutputAssociation", "<transformation>a</transformation>"),
    "optionalInputRefs": io("<optionalInputRefs>x</optionalInputRefs>"),
    "whileExecutingInputRefs": io("<whileExecutingInputRefs>x</whileExecutingInputRefs>"),
    # Pools and files.
    "participantMultiplicity": pools('<participant id="X" name="Parter"><participantMultiplicity maximum="3"/></participant>'),
    "conversation": pools('<conversation id="X"/>'),
    "subConversation": pools('<subConversation id="X"/>'),
    "callConversation": pools('<callConversation id="X"/>'),
    "globalConversation": beside('<globalConversation id="X"/>'),
    "conversationLink": pools('<conversationLink id="X"/>'),
    "conversationAssociation": pools('<conversationAssociation id="X"/>'),
    "participantAssociation": pools('<participantAssociation id="X"/>'),
    "messageFlowAssociation": pools('<messageFlowAssociation id="X"/>'),
    "correlationKey": pools('<correlationKey id="X"/>'),
    "correlationProperty": beside('<correlationProperty id="X"/>'),
    "correlationSubscription": REST + '<correlationSubscription id="X"/>',
    "choreography": beside('<choreography id="X"/>'),
    "globalChoreographyTask": beside('<globalChoreographyTask id="X"/>'),
    "choreographyTask": REST + el("choreographyTask", "X"),
    "subChoreography": REST + el("subChoreography", "X"),
    "callChoreography": REST + el("callChoreography", "X"),
    "choreographyRef": pools("<choreographyRef>x</choreographyRef>"),
    "import (of a diagram)": beside('<import importType="http://www.omg.org/spec/BPMN/20100524/MODEL" location="b"/>'),
    "extension mustUnderstand": beside('<extension mustUnderstand="true"/>'),
    "an expression in another language": S + user("A") + E + way("S A") + way("A E", "x").replace("<conditionExpression>", '<conditionExpression language="javascript">'),
}  # fmt: skip


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_not_run_is_refused_with_the_elements_name_and_a_hint(row):
    with pytest.raises(DiagramInvalid) as told:
        compiled(REFUSED[row])
    facts, sentence = told.value.facts, told.value.sentence
    assert all(facts[name] for name in ("element", "why", "hint")), sentence
    assert sentence.startswith(f"Line {facts['line']}: “")
    assert str(facts["element"]) in sentence
    assert sentence.endswith(str(facts["hint"]))


G = el("exclusiveGateway", "G", default="G-A")

#: What a rule says → a diagram that breaks it.
BROKEN: dict[str, str] = {
    # Flows.
    "leads from or to “ingen”, which is not a step": REST + way("A ingen"),
    "crosses the border of a sub-process": S + sub("U", users("I")) + E + way("S I E"),
    "“S” cannot be reached by a flow": REST + way("A S"),
    "“B” cannot be reached by a flow": REST + border("B", "A", on("message", "bud")) + way("A B"),
    "“E” ends its way; no flow can leave it": REST + way("E A"),
    "“L” ends its way; no flow can leave it": REST + throw("L", on("link", "l")) + catch("M", on("link", "l")) + way("A L E") + way("M E"),
    "has a condition, but “S” does not choose": S + user("A") + way("S A", "x"),
    "has a condition, but “P” does not choose": S + el("parallelGateway", "P") + users("A B") + way("S P A") + way("P B", "x"),
    "is the default and has a condition": S + G + users("A B") + way("S G") + way("G A", "x") + way("G B", "y"),
    "has a default that is none of its flows": S + el("exclusiveGateway", "G", default="S-G") + users("A B") + way("S G") + way("G A", "x") + way("G B", "y"),
    "“G” has no way out": S + el("parallelGateway", "G") + way("S G"),
    "leaves the choice “Enig?” (G) without a condition": S + el("exclusiveGateway", "G", name="Enig?") + users("A B") + way("S G A") + way("G B", "x"),
    "“B” cannot be reached: no flow leads to it": REST + user("B"),
    "has an empty conditionExpression": S + users("A B") + way("S A") + way("A B", " "),
    # Starts and sub-processes.
    "does not interrupt, but stands in no event sub-process": started(on("message", "bud"), isInterrupting="false"),
    "starts a sub-process by an event": S + sub("U", el("startEvent", "X", on("message", "bud")) + user("I") + way("X I")) + way("S U"),
    "is a sub-process with several start events": S + sub("U", el("startEvent", "S2") + el("startEvent", "S3") + user("I") + way("S2 I") + way("S3 I")) + way("S U"),
    "is an event sub-process with 0 start events": REST + sub("U", user("I"), triggeredByEvent="true"),
    "is an event sub-process with a flow": REST + by_event("H", on("message", "bud")) + way("A H"),
    "is an event sub-process that is repeated": REST + by_event("H", on("message", "bud"), inner=each("3")),
    "is an ad-hoc sub-process that an event starts": REST + el("adHocSubProcess", "U", user("I"), triggeredByEvent="true"),
    "stands in an ad-hoc sub-process, which has no such element": S + el("adHocSubProcess", "U", user("I") + end("E2") + way("I E2")) + way("S U"),
    "is an ad-hoc sub-process without a step": S + el("adHocSubProcess", "U", "") + way("S U"),
    # Events.
    "is on the border of nothing": REST + border("B", "E", on("message", "bud")),
    "catches an error without interrupting": edge(on("error"), stays=True),
    "waits for an escalation that “T” never tells": S + el("task", "T") + E + way("S T E") + border("B", "T", on("escalation")),
    "waits for an error that “T” never makes": S + el("task", "T") + E + way("S T E") + border("B", "T", on("error")),
    "follows the event gateway “R” but waits for nothing": S + el("eventBasedGateway", "R") + user("A") + way("S R A"),
    "is reached from an event gateway and from elsewhere": S + el("eventBasedGateway", "R") + users("A B") + catch("C", on("message", "bud")) + catch("D", on("message", "svar")) + way("S R C A") + way("R D B C"),
    "follows an event gateway and has events on its border": S + el("eventBasedGateway", "R") + el("receiveTask", "A", messageRef="bud") + border("B", "A", on("timer", "P1D")) + way("S R A"),
    "is one of several ends of the link “l”": S + throw("L", on("link", "l")) + catch("M", on("link", "l")) + catch("N", on("link", "l")) + way("S L"),
    "is the end of a link “l” that nothing leads into": REST + catch("M", on("link", "l")) + way("M A"),
    "leads into the link “l”, which has no end here": S + throw("L", on("link", "l")) + way("S L"),
    "does not say which message it waits for": waits(on("message")),
    "does not say which message it sends": says(on("message")),
    "does not say which signal": waits(on("signal")),
    "refers to the message “ukendt”, which is not in the file": waits(on("message", "ukendt")),
    "refers to the error “ukendt”, which is not in the file": ends(on("error", "ukendt")),
    "is a timer without a time": waits("<timerEventDefinition/>"),
    "has more than one time": waits("<timerEventDefinition><timeDate>2026-01-01</timeDate><timeDuration>P1D</timeDuration></timerEventDefinition>"),
    "waits for a condition, but has none": waits("<conditionalEventDefinition/>"),
    "has an empty condition": waits(on("conditional", " ")),
    "waits for a condition that changes with the clock (now)": waits(on("conditional", "now() > x")),
    # Steps.
    "sends “bud” to nobody": step(kind="sendTask", messageRef="bud"),
    "sends “bud” only to “alle”, which is nobody": step(kind="sendTask", stafet_besked="bud", stafet_forloeb="x", stafet_kun="alle"),
    "computes a value that it does not keep": step(kind="scriptTask", stafet_udtryk="1"),
    "“X” does nothing": step(kind="serviceTask"),
    "has a deadline but never waits": step(kind="sendTask", messageRef="bud", stafet_til="Kommune", stafet_frist="3 dage"),
    "has a deadline that cannot be counted": step(stafet_frist="snart"),
    "is repeated, but does not say for whom": step("<multiInstanceLoopCharacteristics/>"),
    "is repeated in two ways": step(each("3") + '<standardLoopCharacteristics loopMaximum="3"/>'),
    "is a loop without a condition and without a maximum": step("<standardLoopCharacteristics/>"),
    "has a loopMaximum that is no number": step('<standardLoopCharacteristics loopMaximum="mange"/>'),
    "calls “ukendt”, which does not exist": step(kind="callActivity", calledElement="ukendt"),
    "calls “?”, which does not exist": step(kind="callActivity"),
    "calls “midtjylland-proeve”, which has no plain start event": started(on("message", "bud")) + el("callActivity", "K", calledElement="midtjylland-proeve") + way("A K"),
    "asks the decision “ukendt”, which does not exist": step(kind="businessRuleTask", stafet_beslutning="ukendt"),
    "has an expression that cannot be read (stafet:udtryk)": step(kind="scriptTask", stafet_udtryk="1 +", stafet_resultat="x"),
    "has an expression that cannot be read (the condition)": S + users("A B") + way("S A") + way("A B", "${x == 1}"),
    "has an expression that cannot be read (the timer)": waits(on("timer", "0 0 9 * * ?")),
    # Names.
    "has the attribute cancelactivity, which means nothing there": REST + el("boundaryEvent", "B", on("message", "bud"), attachedToRef="A", cancelactivity="false"),
    "is or holds a rabat, which Stafet does not know there": REST + el("rabat", "X"),
    "has the same id as another element": REST + user("A"),
    "has no id": REST + "<userTask/>",
    "is a userTask where none can stand": S + user("A", user("I")) + way("S A"),
}  # fmt: skip


@pytest.mark.parametrize("words", BROKEN)
def test_what_breaks_a_rule_is_refused_with_what_to_do(words):
    with pytest.raises(DiagramInvalid) as told:
        compiled(BROKEN[words])
    assert words in told.value.sentence
    assert all(told.value.facts[name] for name in ("element", "line", "why"))


def test_the_line_is_that_of_the_element():
    body = (
        S
        + user("A")
        + "\n\n"
        + el("complexGateway", "G", name="Hvad nu?")
        + "\n"
        + E
        + way("S A G E")
    )
    with pytest.raises(DiagramInvalid) as told:
        compiled(body)
    assert told.value.sentence == (
        "Line 3: “Hvad nu?” (G) is a complex gateway, which Stafet does not run. "
        "Use exclusive, inclusive and parallel gateways."
    )
    assert told.value.facts | {"why": 0} == {
        "element": "G", "name": "Hvad nu?", "line": 3, "why": 0,
        "hint": "Use exclusive, inclusive and parallel gateways.",
    }  # fmt: skip
