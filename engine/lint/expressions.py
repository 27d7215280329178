"""Rules about expressions: can they be read, does what they read exist, do the kinds of values fit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from engine import feel
from engine.bpmn.drawing import BPMN, OURS
from engine.bpmn.plan import HOST_NAMES
from engine.bpmn.timers import is_plain
from engine.errors import ExpressionInvalid
from engine.lint.clash import clashes
from engine.lint.fields import before, given, sets
from engine.lint.notes import Note, Word, of
from engine.lint.reading import unread
from engine.lint.sheet import Arrow, Item, Sheet, local, ours, text
from engine.lint.values import kinds

#: Longer expressions are not read.
LONGEST = 5_000
#: Our attributes that are always expressions, and those that are one after a `=`.
_ALWAYS = (
    "fra",
    "udtryk",
    "grundlagFor",
    "grundlagTekst",
    "grundlagTil",
    "grundlagAf",
    "dokumentSvar",
    "dokumentFra",
    "dokumentTil",
)
_AFTER_SIGN = (
    "frist",
    "til",
    "dokument",
    "dokumentParter",
    "dokumentPart",
    "dokumentMaade",
    "dokumentGrund",
)
_CLOCKS = ("timeDate", "timeDuration", "timeCycle")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Said:
    """One expression: on what it stands, what it is called there, its text with its `=`; `decides`: true or false."""

    item: Item | Arrow
    what: str
    text: str
    decides: bool = False

    @property
    def bare(self) -> str:
        """The text without its `=`, as the engine compiles it."""
        return self.text.removeprefix("=")


def unreadable_expression(sheet: Sheet) -> Iterator[Note]:
    """Every expression is FEEL that can be read."""
    told = {note.element for note in sheet.notes if note.severity == "error"}
    for said in expressions(sheet):
        if said.item.id in told:
            continue
        if len(said.text) > LONGEST:
            yield of(
                said.item,
                "Udtrykket i {hvad} på “{navn}” fylder {antal} tegn; højst {mest} læses.",
                "Læg det, der skal regnes ud, i en beslutningstabel (.dmn).",
                hvad=said.what,
                antal=str(len(said.text)),
                mest=str(LONGEST),
            )
            continue
        try:
            feel.compile(said.bare)
        except ExpressionInvalid as exc:
            refused = _as_written(said.text, exc)
            yield of(
                said.item,
                "Udtrykket i {hvad} på “{navn}” kan ikke læses (linje {linje}, tegn {tegn}): {udtryk}",
                "{fejl} Udtryk skrives i FEEL, fx =accept = true eller =count(svar) > 0.",
                fejl=unread(refused),
                hvad=said.what,
                linje=str(refused.facts.get("line", 1)),
                tegn=str(refused.facts.get("column", 1)),
                udtryk=said.text,
            )


def field_from_nowhere(sheet: Sheet) -> Iterator[Note]:
    """What an expression reads has been asked for in a form before it, or comes from elsewhere by name."""
    if not sheet.around.known:
        return
    everywhere, earlier = given(sheet), before(sheet)
    somewhere = frozenset().union(*earlier.values())
    for said in expressions(sheet):
        here = said.item.source if isinstance(said.item, Arrow) else said.item.id
        known = everywhere | earlier.get(here, frozenset()) | _of_round(said.item)
        for name in sorted(_names(said.bare) - known):
            line, column = _find(said.text, name)
            yield of(
                said.item,
                "“{navn}” læser “{felt}” ({hvad}, linje {linje}, tegn {tegn}), som ingen formular eller tabel "
                "før den giver.",
                "Føj feltet til en formular før, eller ret navnet. {naermeste}",
                # Asked for, but not on this way: a choice would go wrong, what may be empty is only empty.
                "warning" if name in somewhere and not said.decides else "error",
                felt=name,
                hvad=said.what,
                linje=line,
                tegn=column,
                naermeste=_nearest(name, known),
            )


def field_hides_parameter(sheet: Sheet) -> Iterator[Note]:
    """What is asked, computed or brought back has another name than the agreement's parameters."""
    parameters = frozenset().union(*(each.parameters for each in sheet.around.agreements))
    for item in sheet.items.values():
        for name in sorted(sets(sheet, item) & parameters):
            yield of(
                item,
                "“{navn}” sætter “{felt}”, som også er en parameter i aftalen: fra da af gælder svaret, og ikke det, "
                "aftalen siger.",
                "Giv feltet et andet navn end parameteren.",
                "error",
                felt=name,
            )


def type_clash(sheet: Sheet) -> Iterator[Note]:
    """Values are compared with values of their own kind, and a condition is true or false."""
    known = kinds(sheet.around)
    for said in expressions(sheet):
        for clash in (
            () if len(said.text) > LONGEST else clashes(said.text, known, decides=said.decides)
        ):
            yield of(
                said.item,
                clash.message,
                "Ret udtrykket, eller feltets slags i formularen.",
                "error",
                **{**clash.facts, "hvad": said.what},
            )


@lru_cache(maxsize=4)
def expressions(sheet: Sheet) -> list[Said]:
    """Every expression of a diagram, in the order it is written."""
    found = [Said(a, Word("betingelsen"), a.condition, True) for a in sheet.arrows if a.condition]
    for item in sheet.items.values():
        for name in (*_ALWAYS, *_AFTER_SIGN):
            value = item.ours.get(name, "")
            if value and (name in _ALWAYS or value.startswith("=")):
                found.append(Said(item, f"stafet:{name}", value))
        for name in ("ind", "ud"):
            for part in item.ours.get(name, "").split(";"):
                key, _, value = part.partition("=")
                if key.strip() and (name == "ind" or not sheet.around.known):
                    # What comes out of a part is read inside it; only its grammar can be judged here.
                    found.append(Said(item, f"stafet:{name}", (value or key).strip()))
        found += _inside(item)
    return found


def _inside(item: Item) -> Iterator[Said]:
    """The expressions in an element's children: rounds, timers, conditions."""
    for multi in item.el.iterfind(f"{{{BPMN}}}multiInstanceLoopCharacteristics"):
        if each := ours(multi).get("gentagFor", ""):
            yield Said(item, "stafet:gentagFor", each)
        if until := text(multi.find(f"{{{BPMN}}}completionCondition")):
            yield Said(item, Word("slutbetingelsen"), until, True)
    for loop in item.el.iterfind(f"{{{BPMN}}}standardLoopCharacteristics"):
        if again := text(loop.find(f"{{{BPMN}}}loopCondition")):
            yield Said(item, Word("løkkens betingelse"), again, True)
    for el in item.el.iterfind(f"{{{BPMN}}}extensionElements/{{{OURS}}}udtryk"):
        yield Said(item, "stafet:udtryk", text(el))
    if until := text(item.el.find(f"{{{BPMN}}}completionCondition")):  # of an ad-hoc sub-process
        yield Said(item, Word("slutbetingelsen"), until, True)
    yield from _awaited(item)


def _awaited(item: Item) -> Iterator[Said]:
    """What a timer or conditional event waits for."""
    for definition in item.el:
        for el in definition if local(definition).endswith("EventDefinition") else ():
            written = text(el)
            if local(el) == "condition" and written:
                yield Said(item, Word("betingelsen"), written, True)
            elif local(el) in _CLOCKS and written and not is_plain(written):
                yield Said(item, Word("uret"), written)


# ---- small change ------------------------------------------------------------------------
def _names(expression: str) -> frozenset[str]:
    try:
        return (
            feel.compile(expression).names - HOST_NAMES
            if len(expression) <= LONGEST
            else frozenset()
        )
    except ExpressionInvalid:
        return frozenset()  # said by its own rule


def _of_round(item: Item | Arrow) -> frozenset[str]:
    """What a completion condition may count."""
    if (
        isinstance(item, Arrow)
        or item.el.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics") is None
    ):
        return frozenset()
    return frozenset(
        ("nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter")
    )


def _as_written(written: str, refused: ExpressionInvalid) -> ExpressionInvalid:
    """The refusal with places that count the `=`."""
    try:
        feel.compile(written)
    except ExpressionInvalid as exc:
        return exc
    return refused


def _find(expression: str, name: str) -> tuple[str, str]:
    """Line and column of a name's first use, counted from 1; text in quotes does not count."""
    blank = _STRING.sub(lambda m: " " * len(m[0]), expression)
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", blank)
    at = found.start() if found else 0
    line = blank.count("\n", 0, at)
    return str(line + 1), str(at - (blank.rfind("\n", 0, at) + 1) + 1)


def _nearest(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, sorted(known), 1, 0.7)
    return f"({close[0]}?)" if close else ""
