"""Which elements and attributes of the standard a diagram may hold: an allow-list, so nothing is passed over.

What is not here is refused by name.  Elements that are only drawn (notes, groups, data objects' shapes) are here
because they change nothing when a pathway runs; attributes of other tools' namespaces change nothing either, as
the standard says of extensions that nobody must understand.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from engine.bpmn.parsing import BPMN, every, inner, local, no
from engine.bpmn.shapes import ACTIVITIES, EVENTS, NODES
from engine.errors import DiagramInvalid

_ANYWHERE = frozenset(("documentation", "extensionElements"))
_DRAWN = frozenset(("association", "textAnnotation", "group"))
#: Data: a data object is a named value of the pathway; where its shape stands and what is drawn to it changes nothing.
_DATA = frozenset((
    "property", "ioSpecification", "dataInputAssociation", "dataOutputAssociation", "dataInput", "dataOutput",
    "inputSet", "outputSet",
))  # fmt: skip
_IN_SCOPES = NODES | _DRAWN | {"sequenceFlow", "laneSet", "dataObject", "dataObjectReference"}
_IN_NODES = _ANYWHERE | {"incoming", "outgoing", "auditing", "monitoring", "categoryValueRef"}
_LOOPS = frozenset(("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"))
_DEFINITIONS = frozenset((
    "messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "errorEventDefinition",
    "escalationEventDefinition", "terminateEventDefinition", "linkEventDefinition", "conditionalEventDefinition",
))  # fmt: skip
_FILE = _ANYWHERE | {
    "process", "collaboration", "message", "signal", "error", "escalation", "itemDefinition", "import", "category",
    "resource", "interface", "endPoint", "partnerEntity", "partnerRole", "relationship", "extension",
}  # fmt: skip
_IN_POOLS = _ANYWHERE | {"interfaceRef", "endPointRef"}
_COLLABORATION = _ANYWHERE | _DRAWN | {"participant", "messageFlow"}
_PROCESS = _ANYWHERE | _IN_SCOPES | _DATA | {
    "auditing", "monitoring", "supports", "supportedInterfaceRef", "ioBinding",
}  # fmt: skip
_REPEATED = {
    "multiInstanceLoopCharacteristics": _ANYWHERE | {"loopCardinality", "completionCondition"},
    "standardLoopCharacteristics": _ANYWHERE | {"loopCondition"},
}
_EXTRA: Mapping[str, frozenset[str]] = {
    "scriptTask": frozenset(("script",)),
    "userTask": frozenset(("rendering",)),
    "subProcess": _IN_SCOPES,
    "adHocSubProcess": _IN_SCOPES | {"completionCondition"},
}

#: Attributes by element, beside `id` and `name`.
_ATTRIBUTES: Mapping[str, str] = {
    "userTask": "implementation", "sendTask": "implementation messageRef", "serviceTask": "implementation",
    "receiveTask": "implementation messageRef instantiate", "businessRuleTask": "implementation",
    "scriptTask": "scriptFormat", "subProcess": "triggeredByEvent", "callActivity": "calledElement",
    "adHocSubProcess": "triggeredByEvent ordering cancelRemainingInstances",
    "exclusiveGateway": "default gatewayDirection", "inclusiveGateway": "default gatewayDirection",
    "parallelGateway": "gatewayDirection", "eventBasedGateway": "gatewayDirection instantiate eventGatewayType",
    "startEvent": "isInterrupting parallelMultiple", "intermediateCatchEvent": "parallelMultiple",
    "boundaryEvent": "cancelActivity attachedToRef parallelMultiple",
}  # fmt: skip
_OF_ACTIVITIES = "default isForCompensation startQuantity completionQuantity"

#: Values that would change what happens and are not run: (attribute, values that are fine, code, sentence, hint).
_VALUES: tuple[tuple[str, frozenset[str], str, str, str], ...] = (
    ("isForCompensation", frozenset(("false", "")), "compensation", "is for compensation, which Stafet does not run",
     "Draw what is to be done as an ordinary task on a way of its own."),
    ("startQuantity", frozenset(("1",)), "quantity", "waits for several tokens (startQuantity)",
     "Draw a parallel gateway that joins the ways."),
    ("completionQuantity", frozenset(("1",)), "quantity", "sends out several tokens (completionQuantity)",
     "Draw a parallel gateway after it, or repeat what follows."),
    ("instantiate", frozenset(("false",)), "instantiate", "starts the pathway without a start event (instantiate)",
     "Draw a start event for each way to begin."),
    ("eventGatewayType", frozenset(("Exclusive",)), "event_gateway", "waits for all of its events",
     "Draw a parallel gateway with an event on each way."),
    ("parallelMultiple", frozenset(("false",)), "several_events", "waits for several events together",
     "Draw a parallel gateway with an event on each way."),
    ("ordering", frozenset(("Parallel",)), "ordering", "lets one step at a time be done (ordering)",
     "Leave ordering out, or draw the order with flows."),
    ("behavior", frozenset(("All",)), "behavior", "throws an event for each turn (behavior)",
     "Draw the event after the activity, or inside a sub-process that is repeated."),
    ("noneBehaviorEventRef", frozenset(), "behavior", "throws an event for each turn (behavior)",
     "Draw the event after the activity, or inside a sub-process that is repeated."),
    ("oneBehaviorEventRef", frozenset(), "behavior", "throws an event for each turn (behavior)",
     "Draw the event after the activity, or inside a sub-process that is repeated."),
)  # fmt: skip

#: What is refused by its own name, wherever it stands: (code, sentence, hint).
_REFUSED: Mapping[str, tuple[str, str, str]] = {
    "complexGateway": ("not_run", "is a complex gateway, which Stafet does not run",
                       "Use exclusive, inclusive and parallel gateways."),
    "transaction": ("not_run", "is a transaction, which Stafet does not run",
                    "Use a sub-process; draw what follows a cancellation as an ordinary way."),
    "dataStoreReference": ("data_store", "is a data store, which Stafet neither reads nor writes",
                           "Say in a text annotation where things are kept; values come from forms and decisions."),
    "dataStore": ("data_store", "is a data store, which Stafet neither reads nor writes",
                  "Say in a text annotation where things are kept; values come from forms and decisions."),
    "compensateEventDefinition": ("not_run", "uses a compensation event, which Stafet does not run",
                                  "Draw what is to be done as ordinary tasks."),
    "cancelEventDefinition": ("not_run", "uses a cancel event, which Stafet does not run",
                              "Use an error event and a boundary event on the sub-process."),
    "eventDefinitionRef": ("event_definition_ref", "refers to an event definition that stands elsewhere",
                           "Put the definition into the event itself."),
    "potentialOwner": ("owner", "says who may do it (potentialOwner)", "The lane says who: draw the lanes."),
    "humanPerformer": ("owner", "says who may do it (humanPerformer)", "The lane says who: draw the lanes."),
    "performer": ("owner", "says who may do it (performer)", "The lane says who: draw the lanes."),
    "resourceRole": ("owner", "says who may do it (resourceRole)", "The lane says who: draw the lanes."),
    "correlationSubscription": ("correlation", "correlates messages by keys",
                                "Messages find their case by themselves; leave it out."),
    "correlationKey": ("correlation", "correlates messages by keys",
                       "Messages find their case by themselves; leave it out."),
    "correlationProperty": ("correlation", "correlates messages by keys",
                            "Messages find their case by themselves; leave it out."),
    "loopDataInputRef": ("loop_data", "names its list as a data input", "Write the list as FEEL in stafet:gentagFor."),
    "loopDataOutputRef": ("loop_data", "names its list of answers as a data output",
                          "Write the list's name in stafet:saml."),
    "inputDataItem": ("loop_data", "names its turn's value as a data input", "Write its name in stafet:hver."),
    "outputDataItem": ("loop_data", "names a turn's answer as a data output", "Write the list's name in stafet:saml."),
    "complexBehaviorDefinition": ("behavior", "throws an event for each turn (behavior)",
                                  "Draw the event after the activity, or inside a sub-process that is repeated."),
    "participantMultiplicity": ("several_participants", "is a pool of several participants",
                                "Repeat the activity for each of them (stafet:gentagFor)."),
}  # fmt: skip
_CHOREOGRAPHY = frozenset((
    "choreography", "globalChoreographyTask", "choreographyTask", "subChoreography", "callChoreography",
))  # fmt: skip
_CONVERSATION = frozenset((
    "conversation", "globalConversation", "subConversation", "callConversation", "conversationLink",
    "conversationAssociation", "participantAssociation", "messageFlowAssociation", "choreographyRef",
))  # fmt: skip


#: Elements that are named themselves; others are spoken of as the element that they are a part of.
_BY_ITSELF = NODES | _CHOREOGRAPHY | _CONVERSATION | {
    "complexGateway", "transaction", "dataStore", "dataStoreReference", "correlationKey", "correlationProperty",
    "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask",
}  # fmt: skip


def check_file(root: etree._Element) -> None:
    """Refuse what stands outside processes and is not understood."""
    _children(root, _FILE)
    for name, child in inner(root):
        if name == "import" and child.get("importType") == BPMN:
            raise no(
                child, "import", "brings in another file", "Call the other pathway by its key."
            )
        if name == "extension" and child.get("mustUnderstand") == "true":
            raise no(
                child,
                "extension",
                "asks for an extension that Stafet does not have",
                "Leave it out.",
            )
        if name == "collaboration":
            _children(child, _COLLABORATION)
            for pool in every(child, "participant"):
                _children(pool, _IN_POOLS)


def check_process(el: etree._Element) -> None:
    """Refuse what a process holds beside its flow."""
    _children(el, _PROCESS)


def check_node(el: etree._Element, kind: str) -> None:
    """Refuse children, attributes and values of a node that would change what happens and are not run."""
    allowed = _IN_NODES | _EXTRA.get(kind, frozenset())
    if kind in ACTIVITIES:
        allowed |= _DATA | _LOOPS
    elif kind in EVENTS:
        allowed |= _DATA | _DEFINITIONS
    _children(el, allowed)
    _attributes(el, kind)
    for name, child in inner(el):
        if name in _REPEATED:
            _children(child, _REPEATED[name], of=el)
            _values(child, of=el)
        elif name in ("dataInputAssociation", "dataOutputAssociation"):
            _association(el, child)
        elif name == "ioSpecification":
            _inputs(el, child)


def _children(
    el: etree._Element, allowed: frozenset[str], of: etree._Element | None = None
) -> None:
    """Every element inside is one of these; `of` is whom to name instead of the element itself."""
    for name, child in inner(el):
        if name not in allowed:
            own = name in _BY_ITSELF and child.get("id")
            raise _no(child if own else el if of is None else of, name)


def _no(el: etree._Element, name: str) -> DiagramInvalid:
    if name in _REFUSED:
        return no(el, *_REFUSED[name])
    if name in _CHOREOGRAPHY:
        return no(el, "not_run", f"is a {name}: Stafet runs processes, not choreographies",
                  "Draw a process in a pool of its own.")  # fmt: skip
    if name in _CONVERSATION:
        return no(el, "not_run", f"belongs to a conversation ({name}), which Stafet does not run",
                  "Draw pools with message flows.")  # fmt: skip
    if name.startswith("global") and name.endswith("Task"):
        return no(el, "global_task", f"is a {name}, which Stafet does not run",
                  "Draw it as a process of its own and call that.")  # fmt: skip
    if name.endswith("EventDefinition"):
        return no(el, "event_definition_ref", f"holds a {name} that belongs to no event of its own",
                  "Put the definition into the event itself.")  # fmt: skip
    if name in NODES:
        return no(
            el, "misplaced", f"is a {name} where none can stand", "Move it to where it belongs."
        )
    return no(
        el,
        "unknown_element",
        f"is or holds a {name}, which Stafet does not know there",
        "Leave it out.",
    )


def _attributes(el: etree._Element, kind: str) -> None:
    known = {"id", "name", *_ATTRIBUTES.get(kind, "").split()}
    if kind in ACTIVITIES:
        known |= set(_OF_ACTIVITIES.split())
    for name in el.attrib:
        if not name.startswith("{") and name not in known:
            raise no(el, "unknown_attribute", f"has the attribute {name}, which means nothing there",
                     "Leave it out.")  # fmt: skip
    _values(el)


def _values(el: etree._Element, of: etree._Element | None = None) -> None:
    for name, fine, why, what, hint in _VALUES:
        value = el.get(name)
        if value is not None and value not in fine:
            raise no(of if of is not None else el, why, what, hint)


def _association(el: etree._Element, association: etree._Element) -> None:
    for name, _ in inner(association):
        if name in ("assignment", "transformation"):
            raise no(el, "data_assignment", f"changes values on their way ({name})",
                     "Values keep their names; compute one in a script task with stafet:udtryk.")  # fmt: skip


def _inputs(el: etree._Element, specification: etree._Element) -> None:
    for child in specification.iter(f"{{{BPMN}}}*"):
        if local(child) in ("optionalInputRefs", "whileExecutingInputRefs",
                            "optionalOutputRefs", "whileExecutingOutputRefs"):  # fmt: skip
            raise no(el, "data_sets", f"waits for data ({local(child)})",
                     "Draw what must come first as an event or a task.")  # fmt: skip


def check_expression(el: etree._Element, holder: etree._Element) -> None:
    """Refuse an expression that says it is in another language than FEEL, and one that says nothing."""
    language = (el.get("language") or "feel").lower()
    if "feel" not in language and "dmn" not in language:
        raise no(
            holder, "language", f"has an expression in {el.get('language')}", "Write it in FEEL."
        )
    if not (el.text or "").strip():
        raise no(
            holder,
            "empty_expression",
            f"has an empty {local(el)}",
            "Write it in FEEL, or leave it out.",
        )
