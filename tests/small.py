"""Small diagrams in one line, and a player that walks them: Given a diagram, When this happens, Then that is open.

    play = begin(S + user("A") + E + way("S A E"))
    play.do("A", godt=True)
    assert play.ended == "E"

Every verb goes through the state as text, so saving and restoring are played too.  No coordinates, no lanes unless a
test is about them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from engine import pathway
from engine.model import Source, Step

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
KEY = "midtjylland-proeve"
SETTINGS: dict[str, Any] = {
    "titel": "Prøve",
    "praefiks": "MIDT",
    "parties": {
        "Psykiatri": {"sektor": "region"},
        "Kommune": {"sektor": "kommune"},
        "Kriminalforsorg": {"sektor": "stat"},
    },
    "parametre": {"svarfrist": "3 hverdage"},
}
#: Messages, signals, errors and escalations that every small diagram may name: id and name are the same.
NAMES = (
    "".join(f'<message id="{n}" name="{n}"/>' for n in ("bud", "bud2", "svar", "doedsfald", "klar"))
    + "".join(f'<signal id="{n}" name="{n}"/>' for n in ("alarm", "ro"))
    + "".join(f'<error id="{n}" name="{n}" errorCode="{n}"/>' for n in ("fejl", "fejl2"))
    + "".join(f'<escalation id="{n}" name="{n}" escalationCode="{n}"/>' for n in ("hjaelp", "hjaelp2"))
)  # fmt: skip


# ---- drawing -----------------------------------------------------------------------------
def el(kind: str, key: str, inner: str = "", **attributes: str) -> str:
    """One element; `stafet_x` becomes `stafet:x`."""
    said = "".join(
        f' {name.replace("stafet_", "stafet:")}="{_safe(value)}"' for name, value in attributes.items()
    )  # fmt: skip
    return f'<{kind} id="{key}"{said}>{inner}</{kind}>'


def user(key: str, inner: str = "", **attributes: str) -> str:
    return el("userTask", key, inner, **attributes)


def users(keys: str) -> str:
    return "".join(user(key) for key in keys.split())


def end(key: str, inner: str = "") -> str:
    return el("endEvent", key, inner)


S, E = el("startEvent", "S"), end("E")


def way(keys: str, condition: str = "") -> str:
    """Flows along the keys; the flow from A to B has the id `A-B`."""
    names = keys.split()
    said = f"<conditionExpression>{_safe(condition)}</conditionExpression>" if condition else ""
    return "".join(
        f'<sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}">{said}</sequenceFlow>'
        for a, b in pairwise(names)
    )


def on(kind: str, name: str = "", key: str = "") -> str:
    """An event definition: `on("message", "bud")`, `on("timer", "P1D")`, `on("conditional", "x = 1")`."""
    match kind:
        case "timer":
            tag = (
                "timeCycle"
                if name.startswith("R")
                else "timeDate"
                if name[:2] == "20"
                else "timeDuration"
            )
            inner = f"<{tag}>{_safe(name)}</{tag}>"
            return f"<timerEventDefinition>{inner}</timerEventDefinition>"
        case "conditional":
            return f"<conditionalEventDefinition><condition>{_safe(name)}</condition></conditionalEventDefinition>"
        case "link":
            return f'<linkEventDefinition name="{name}"/>'
    said = f' {kind}Ref="{name}"' if name else ""
    return f"<{kind}EventDefinition{said}/>"


def catch(key: str, inner: str, **attributes: str) -> str:
    return el("intermediateCatchEvent", key, inner, **attributes)


def throw(key: str, inner: str = "", **attributes: str) -> str:
    return el("intermediateThrowEvent", key, inner, **attributes)


def border(key: str, host: str, inner: str, *, stays: bool = False) -> str:
    """A boundary event; `stays`: it does not interrupt."""
    return el(
        "boundaryEvent", key, inner, attachedToRef=host, cancelActivity="false" if stays else "true"
    )


def sub(key: str, inner: str, **attributes: str) -> str:
    return el("subProcess", key, inner, **attributes)


def by_event(key: str, event: str, *, stays: bool = False, inner: str = "") -> str:
    """An event sub-process `key`: its start `key_s`, a task `key_t` (or `inner`) and its end `key_e`."""
    interrupts = "false" if stays else "true"
    start = el("startEvent", f"{key}_s", event, isInterrupting=interrupts)
    body = inner or user(f"{key}_t") + end(f"{key}_e") + way(f"{key}_s {key}_t {key}_e")
    return sub(key, start + body, triggeredByEvent="true")


def each(
    items: str, *, name: str = "", collect: str = "", until: str = "", one_by_one: bool = False
) -> str:
    """Multi-instance: for each of the FEEL list."""
    said = f' stafet:gentagFor="{_safe(items)}"' + (f' stafet:hver="{name}"' if name else "")
    said += f' stafet:saml="{collect}"' if collect else ""
    enough = f"<completionCondition>{_safe(until)}</completionCondition>" if until else ""
    kind = ' isSequential="true"' if one_by_one else ""
    return (
        f"<multiInstanceLoopCharacteristics{said}{kind}>{enough}</multiInstanceLoopCharacteristics>"
    )


def doc(body: str, key: str = KEY, *, more: str = "", names: str = NAMES) -> str:
    """The whole file: one process with this body, and `more` beside it."""
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:stafet="urn:stafet:bpmn" id="d">'
        f'{names}<process id="{key}" isExecutable="true">{body}</process>{more}</definitions>'
    )


def _safe(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


# ---- playing -----------------------------------------------------------------------------
def compiled(body: str, key: str = KEY, **files: Any) -> pathway.Pathway:
    """The body (or a whole file) as a pathway; `parts` and `decisions` lie beside it."""
    text = body if body.startswith("<definitions") else doc(body, key)
    parts, decisions = files.get("parts", {}), files.get("decisions", {})
    settings = files.get("settings", SETTINGS)
    return pathway.compile(Source(key, "midtjylland", text, parts, {}, decisions, settings))


class Play:
    """One instance, walked; `step` is the last picture, `now` the clock."""

    def __init__(self, running: pathway.Pathway, step: Step, now: datetime) -> None:
        self.running, self.step, self.now = running, step, now

    # What happens.
    def do(self, task: str, nth: int = 0, **values: Any) -> Play:
        """Somebody completes an open task (the oldest of that name)."""
        ref = [t.ref for t in self.step.tasks if t.element == task][nth]
        return self._took(pathway.complete(self.running, self.step.state, ref, values, self.now))

    def say(self, message: str, **values: Any) -> Play:
        """A message comes from outside."""
        return self._took(pathway.deliver(self.running, self.step.state, message, values, self.now))

    def act(self, action: str, **values: Any) -> Play:
        """Somebody reports or begins what the diagram offers."""
        return self._took(pathway.act(self.running, self.step.state, action, values, self.now))

    def wait(self, **time: float) -> Play:
        """Time passes, and the timers that are due fire."""
        return self.at(self.now + timedelta(**time))

    def at(self, moment: datetime) -> Play:
        """It becomes this moment."""
        self.now = moment
        return self._took(pathway.wake(self.running, self.step.state, moment))

    def operator(self, verb: str, *args: Any, **named: Any) -> Play:
        """An operator's verb of `engine.pathway`."""
        return self._took(
            getattr(pathway, verb)(self.running, self.step.state, *args, self.now, **named)
        )

    def _took(self, step: Step) -> Play:
        again = pathway.view(self.running, step.state, self.now)
        assert (again.state, again.tasks, again.timers, again.status) == (
            step.state, step.tasks, step.timers, step.status,
        )  # fmt: skip
        self.step = step
        return self

    # What there is to see.
    @property
    def tasks(self) -> list[str]:
        """The open tasks by element, sorted."""
        return sorted(task.element for task in self.step.tasks)

    @property
    def tokens(self) -> set[str]:
        return set(self.step.tokens)

    @property
    def actions(self) -> set[str]:
        return {action.id for action in self.step.actions}

    @property
    def ended(self) -> str | None:
        """The end state; None while it runs."""
        return self.step.end_state if self.step.status == "completed" else None

    @property
    def timers(self) -> list[datetime]:
        return sorted(timer.due_at for timer in self.step.timers)

    @property
    def told(self) -> list[tuple[str, str | None]]:
        """The messages of the last step: (name, receiver)."""
        return [(m.name, m.to_party or m.to_pathway) for m in self.step.messages]

    def ref(self, task: str) -> str:
        return next(t.ref for t in self.step.tasks if t.element == task)


def begin(
    body: str,
    data: dict[str, Any] | None = None,
    *,
    now: datetime = NOW,
    action: str | None = None,
    **files: Any,
) -> Play:
    """Compile and start."""
    running = compiled(body, **files)
    parties = {name: f"{name} i prøven" for name in SETTINGS["parties"]}
    step = pathway.start(running, data or {}, now, parties=parties, action=action)
    return Play(running, step, now)
