"""What lies round the flow: pools with message flows, lanes, data, notes; and files that are no diagrams."""

from __future__ import annotations

import time

import pytest

from engine import pathway
from engine.bpmn.drawing import MAX_BYTES, read
from engine.errors import DiagramInvalid, MessageUnmatched
from tests.small import E, S, begin, catch, compiled, doc, el, on, sub, throw, user, users, way

OPEN = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:stafet="urn:stafet:bpmn" id="d">'


# ---- pools -------------------------------------------------------------------------------
def two_pools(flows: str, names: str = "") -> str:
    """Pool A asks and waits; pool B is started by the question, does B1 and answers; pool C is only drawn."""
    asks = (
        el("startEvent", "A0")
        + throw("A1", on("message"))
        + catch("A2", on("message"))
        + user("A3")
    )
    answers = (
        el("startEvent", "B0", on("message")) + user("B1") + el("endEvent", "B2", on("message"))
    )
    return (
        f"{OPEN}{names}<collaboration id='k'><participant id='PA' name='A' processRef='p-a'/>"
        f"<participant id='PB' name='B' processRef='p-b'/><participant id='PC' name='Kommune'/>{flows}</collaboration>"
        f"<process id='p-a' isExecutable='true'>{asks}{way('A0 A1 A2 A3')}</process>"
        f"<process id='p-b' isExecutable='true'>{answers}{way('B0 B1 B2')}</process></definitions>"
    )


def letter(key: str, source: str, target: str, more: str = "") -> str:
    return f"<messageFlow id='{key}' sourceRef='{source}' targetRef='{target}' {more}/>"


def test_each_executable_pool_is_a_pathway_and_message_flows_correlate():
    # Given two pools, with message flows that carry names
    file = two_pools(
        letter("f1", "A1", "B0", "name='spoerg'") + letter("f2", "B2", "A2", "name='svar'")
    )
    a, b = begin(file, key="p-a"), compiled(file, key="p-b")
    # When A asks
    (asked,) = a.step.messages
    assert (asked.name, asked.to_pathway, asked.to_party) == ("spoerg", "p-b", None)
    # Then B can be started by that message, and its answer is what A waits for
    other = begin(file, key="p-b", action=asked.name)
    assert [s.message for s in b.start_actions] == ["spoerg"]
    (answered,) = other.do("B1").step.messages
    assert (answered.name, answered.to_pathway) == ("svar", "p-a")
    assert a.say(answered.name).tasks == ["A3"]


def test_message_flows_without_names_correlate_too():
    file = two_pools(letter("f1", "A1", "B0") + letter("f2", "B2", "A2"))
    a = begin(file, key="p-a")
    b = begin(file, key="p-b", action=a.step.messages[0].name).do("B1")
    assert a.say(b.step.messages[0].name).tasks == ["A3"]


def test_a_message_flow_takes_the_name_that_is_waited_for():
    flows = letter("f1", "A1", "B0", "name='noget'") + letter("f2", "B2", "A2", "name='svar'")
    file = two_pools(flows, "<message id='m' name='spoergsmaal'/>").replace(
        '<startEvent id="B0"><messageEventDefinition/>',
        '<startEvent id="B0"><messageEventDefinition messageRef="m"/>',
    )
    assert begin(file, key="p-a").step.messages[0].name == "spoergsmaal"


def test_a_message_flow_to_a_pool_that_is_only_drawn_goes_to_that_party():
    file = two_pools(letter("f1", "A1", "PC", "name='bud'") + letter("f2", "PC", "A2", "name='svar'")
                     + letter("f3", "B2", "PC", "name='bud'") + letter("f4", "PC", "B0", "name='svar'"))  # fmt: skip
    play = begin(file, key="p-a")
    assert play.told == [("bud", "Kommune")]
    with pytest.raises(MessageUnmatched):
        play.say("bud")
    assert play.say("svar").tasks == ["A3"]


def test_a_task_may_send_several_message_flows():
    file = two_pools(letter("f1", "A1", "B0", "name='bud'") + letter("f2", "PC", "A2", "name='svar'")
                     + letter("f3", "A3", "PC", "name='til kommunen'") + letter("f4", "A3", "PB", "name='til b'")
                     + letter("f5", "B2", "PC", "name='x'"))  # fmt: skip
    play = begin(file, key="p-a").say("svar").do("A3")
    assert play.told == [("til kommunen", "Kommune"), ("til b", "p-b")]


def test_a_pool_that_is_not_executable_is_only_drawn():
    file = two_pools(
        letter("f1", "A1", "PB", "name='bud'") + letter("f2", "PB", "A2", "name='svar'")
    )
    file = file.replace(
        "<process id='p-b' isExecutable='true'>", "<process id='p-b' isExecutable='false'>"
    )
    assert [p.id for p in read(file).processes] == ["p-a"]
    assert begin(file, key="p-a").told == [("bud", "B")]


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (letter("f9", "A1", "ingen", "name='x'"), "which is not drawn"),
        (letter("f9", "A1", "A2", "name='x'"), "stays within one pool"),
        (letter("f9", "A1", "PC", "messageRef='ukendt'"), "refers to the message “ukendt”"),
        (letter("f9", "A0", "PC", "name='x'"), "sends a message flow but is no message event"),
    ],
)
def test_a_message_flow_that_cannot_be_is_refused(flow, words):
    with pytest.raises(DiagramInvalid, match=words):
        read(
            two_pools(
                flow + letter("f1", "A1", "B0", "name='a'") + letter("f2", "B2", "A2", "name='b'")
            )
        )


# ---- lanes -------------------------------------------------------------------------------
def lane(key: str, name: str, *refs: str, inner: str = "") -> str:
    listed = "".join(f"<flowNodeRef>{ref}</flowNodeRef>" for ref in refs)
    return f'<lane id="{key}" name="{name}">{listed}{inner}</lane>'


def test_a_lane_says_who_and_the_innermost_counts():
    inner = '<childLaneSet id="b2">' + lane("l2", "Psykiatri", "B") + "</childLaneSet>"
    lanes = (
        '<laneSet id="b">'
        + lane("l1", "Kommune", "A", "B", "U", inner=inner)
        + lane("l3", "Kriminalforsorg", "C")
        + "</laneSet>"
    )
    hold = sub(
        "U",
        el("startEvent", "S2")
        + users("I J")
        + way("S2 I J")
        + '<laneSet id="b3">'
        + lane("l4", "Psykiatri", "J")
        + "</laneSet>",
    )
    play = begin(lanes + S + users("A B C") + hold + E + way("S A B C U E"))
    seen = []
    while play.step.tasks:
        (task,) = play.step.tasks
        seen.append((task.element, task.lane, task.party))
        play.do(task.element)
    assert seen == [
        ("A", "Kommune", "Kommune"), ("B", "Psykiatri", "Psykiatri"), ("C", "Kriminalforsorg", "Kriminalforsorg"),
        ("I", "Kommune", "Kommune"), ("J", "Psykiatri", "Psykiatri"),
    ]  # fmt: skip
    assert play.running.lanes == ("Kommune", "Psykiatri", "Kriminalforsorg")


# ---- data, notes, the rest that is drawn -------------------------------------------------
def test_a_data_object_is_a_value_of_the_pathway():
    data = '<dataObject id="d1" name="alder"/><dataObjectReference id="d2" name="alder" dataObjectRef="d1"/>'
    io = '<ioSpecification id="io"><dataInput id="i"/><inputSet id="s"/><outputSet id="o"/></ioSpecification>'
    io += '<dataOutputAssociation id="oa"><sourceRef>i</sourceRef><targetRef>d2</targetRef></dataOutputAssociation>'
    body = (
        data
        + S
        + user("A", io + '<property id="pr" name="x"/>')
        + el("exclusiveGateway", "X", default="X-N")
        + users("J N")
    )
    body += way("S A X N") + way("X J", "alder > 17")
    assert begin(body).do("A", alder=18).tasks == ["J"]
    assert begin(body).do("A", alder=3).tasks == ["N"]


def test_a_value_that_no_expression_reads_does_not_enter_the_state():
    play = begin(S + user("A") + E + way("S A E"), {"alder": 3})
    assert "alder" not in play.step.state


def test_notes_groups_and_categories_change_nothing():
    drawn = '<textAnnotation id="n"><text>Se her</text></textAnnotation><group id="g" categoryValueRef="c1"/>'
    drawn += '<association id="a" sourceRef="A" targetRef="n"/><documentation id="do">Hvorfor</documentation>'
    file = doc(
        S
        + user("A", "<documentation>Hvad</documentation><extensionElements/>")
        + E
        + way("S A E")
        + drawn
    )
    file = file.replace(
        '<process id="midtjylland-proeve"',
        '<category id="c"><categoryValue id="c1"/></category><process id="midtjylland-proeve"',
    )
    assert begin(file).do("A").ended == "E"


def test_definitions_that_nothing_needs_change_nothing():
    more = '<itemDefinition id="i1" structureRef="xs:string"/><interface id="i2" name="x"/><endPoint id="i3"/>'
    more += '<resource id="i4" name="r"/><partnerEntity id="i5"/><partnerRole id="i6"/><relationship id="i7" type="t"/>'
    more += '<import importType="http://www.w3.org/2001/XMLSchema" location="x.xsd" namespace="x"/><extension/>'
    assert begin(doc(S + user("A") + E + way("S A E"), more=more)).do("A").ended == "E"


def test_attributes_and_elements_of_other_tools_change_nothing():
    body = (
        S
        + user("A", '<extensionElements><z:props xmlns:z="urn:z" key="1"/></extensionElements>')
        + E
        + way("S A E")
    )
    body = body.replace('<userTask id="A"', '<userTask id="A" xmlns:z="urn:z" z:assignee="ida"')
    assert begin(body).do("A").ended == "E"


# ---- files -------------------------------------------------------------------------------
def test_text_and_bytes_in_several_encodings_are_read():
    text = '<?xml version="1.0" encoding="UTF-8"?>' + doc(
        S + user("A", name="Spørg kommunen") + E + way("S A E")
    )
    utf16 = text.replace("UTF-8", "UTF-16")
    latin = text.replace("UTF-8", "ISO-8859-1")
    for given in (text, text.encode(), utf16, utf16.encode("utf-16"), latin.encode("latin-1")):
        assert read(given).processes[0].nodes["A"].name == "Spørg kommunen"


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))
CHAIN = "".join(f"<subProcess id='s{n}'>" for n in range(60)) + "</subProcess>" * 60
SWELLING = (
    f'<!DOCTYPE d [<!ENTITY a "{"y" * 999}">]>{OPEN[:-1]} name="{"&a;" * 999}"></definitions>'
)
LINK = (
    "<intermediateCatchEvent id='t{0}'><linkEventDefinition name='l{0}'/></intermediateCatchEvent>"
)
LINKS = "".join(LINK.format(n) for n in range(4_999))
MANY = "".join(f"<task id='t{n}'/>" for n in range(5_001))


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        ("", "not readable XML"),
        ("det her er ikke XML", "not readable XML"),
        ("<a><b></a>", "not readable XML: it breaks off at line 1, column"),
        (b"\xff\xfe\x00", "not readable XML"),
        ("<a>\x00</a>", "not readable XML|characters that XML does not allow"),
        ("<html/>", "not a BPMN diagram"),
        ('<definitions xmlns="urn:other"/>', "not a BPMN diagram"),
        (f"{OPEN}</definitions>", "no executable process"),
        (f'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>{OPEN}&a;</definitions>', "DOCTYPE"),
        (f"<!DOCTYPE d [{BOMB}]>{OPEN}&e11;</definitions>", "DOCTYPE"),
        (f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d>{OPEN}</definitions>'.encode("utf-16"), "DOCTYPE"),
        ("<!-- " + "x" * 90 + " -->" + SWELLING, "DOCTYPE|not readable"),
        (f"{OPEN}<process id='p'>{CHAIN}</process></definitions>", "sub-processes deep"),
        (OPEN + "<a>" * 200 + "</a>" * 200 + "</definitions>", "deep|not readable"),
        (OPEN + "<a>" * 10_000 + "</a>" * 10_000 + "</definitions>", "deep|not readable"),
        (f"{OPEN}<process id='p'>{MANY}</process></definitions>", "more than 5000 steps"),
        (OPEN + "".join(f"<process id='p{n}'/>" for n in range(101)) + "</definitions>", "more than 100 of its kind"),
        (f"{OPEN}<process id='p'>{'<documentation/>' * 150_001}</process></definitions>", "more than 150,000 elements"),
        (f"{OPEN}<process id='p'>{LINKS}</process></definitions>", "end of a link “l0” that nothing leads into"),
        (OPEN + "<process id='p'/><process id='p'/></definitions>", "same id"),
        (OPEN + "<process/></definitions>", "has no id"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_diagram_is_refused_at_once(xml, words):
    begun = time.perf_counter()
    with pytest.raises(DiagramInvalid, match=words):
        read(xml)
    assert time.perf_counter() - begun < 5


def test_a_huge_file_is_refused_before_it_is_parsed():
    with pytest.raises(DiagramInvalid, match="larger than a diagram can be"):
        read(b" " * (MAX_BYTES + 1))


def test_a_process_that_the_file_does_not_have_is_named():
    with pytest.raises(DiagramInvalid, match="no process “anden”; it has midtjylland-proeve"):
        compiled(doc(S + E + way("S E")), key="anden")


def test_a_compiled_pathway_knows_its_elements():
    task = user(
        "A",
        name="Spørg",
        stafet_klausul="MIDT-1 HOV-2",
        stafet_frist="3 hverdage",
        stafet_form="svar",
    )
    running = compiled(
        S + task + E + el("endEvent", "E2", on("terminate")) + way("S A E") + way("A E2")
    )
    found = running.elements["A"]
    assert (found.name, found.kind, found.clauses, found.frist, found.form) == (
        "Spørg", "userTask", ("MIDT-1",), "3 hverdage", "svar",
    )  # fmt: skip
    assert running.end_states == ("E", "E2")
    assert pathway.compile(running.source).end_states == ("E", "E2")
