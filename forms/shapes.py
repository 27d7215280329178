"""What a template gets to draw a form: `Field` and its parts, and the names that the browser sends back.

Nothing here is HTML.  `forms/page.py` makes the fields, `forms/posted.py` reads what the browser sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forms.problems import _
from forms.prose import Block

#: In front of every field's HTML name, so that none is taken for one of the page's own (`csrf`, `do`).
PREFIX = "svar."
#: HTML names of the parts of a date, with what stands over them and how many digits there are.
DATE_PARTS = (("dag", _("Dag"), 2), ("maaned", _("Måned"), 2), ("aar", _("År"), 4))
CLOCK_PART = ("kl", _("Klokkeslæt"), 5)
#: Behind a list's name: the hidden input that says how many rows the page showed.
COUNT = "antal"
#: The hidden input that names each field which a condition can hide and the page showed.
SEEN = "vist"
#: Values of the `do` button: `tilfoej:boern`, `fjern:boern.1`.
ADD, REMOVE = "tilfoej:", "fjern:"


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button, tick box or line of a select."""

    id: str
    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One input of a date: `width` is its number of characters, `wrong` whether the problem is here."""

    id: str
    name: str
    label: str
    value: str
    width: int
    wrong: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: `number` counts from 1, `remove` is the value of its `do` button or ""."""

    number: int
    key: str
    fields: tuple[Field, ...]
    remove: str


@dataclass(frozen=True, slots=True)
class Field:
    """One visible part of a page, in the form's order.

    `kind` is `text textarea number time` (one input with `value`), `checkbox` (`checked`; posts `true`),
    `radio select checklist` (`options`), `date datetime` (`parts`), `shown` (`value` as text, no input), `group`
    (`fields`), `rows` (`rows`, `add`), `prose` (`prose`), `table` (`columns`, `cells`), `separator` or `spacer`.
    """

    kind: str
    #: What `problems` call it: `navn`, `boern.0.navn`; "" where there is no answer.
    key: str
    name: str
    #: Of the element that an error points at: the (first) input, the list's button.
    id: str
    label: str
    hint: str = ""
    required: bool = False
    #: The sentence to stand at the field, translated, or "".
    problem: str = ""
    #: Goes back in a hidden input `vist`, where not "": the field was on the page (`posted.unseen`).
    seen: str = ""
    value: str = ""
    checked: bool = False
    options: tuple[Choice, ...] = ()
    parts: tuple[Part, ...] = ()
    fields: tuple[Field, ...] = ()
    rows: tuple[Row, ...] = ()
    #: Name of the hidden input with the number of rows.
    count: str = ""
    #: Value of the `do` button that adds a row, or "".
    add: str = ""
    prose: tuple[Block, ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    prefix: str = ""
    suffix: str = ""
    #: Most characters of a text.
    most: int = 0
    #: HTML's `inputmode`, or "".
    mode: str = ""


def anchor(key: str) -> str:
    """The id of the element that an error at `key` points at."""
    return "felt-" + key.replace(".", "-")


def everything(shown: Sequence[Field]) -> Iterator[Field]:
    """Every field of a page, those in groups and rows too."""
    for one in shown:
        yield one
        yield from everything(one.fields)
        for row in one.rows:
            yield from everything(row.fields)
