"""What leaves when a task is done, looked at before it goes: titles, receivers, words.

And numbers that should not go along: free text with a CPR number is pointed out once, never refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template, request

from engine import queries
from engine.pathway import Pathway
from engine.secrets import CPR_SHAPED
from web import answering, keeping
from web.sessions import actor, now, store
from web.words import _

Json = dict[str, Any]


def warning() -> str:
    """What a field says that a CPR number is typed in."""
    return _(
        "Det ligner et CPR-nummer. Borgerens står i sagen i forvejen, og andres må ikke stå her."
    )


def sends(walked: Pathway, task: Json, values: Json) -> list[Json]:
    """What leaves the unit with these answers.

    `title`, the parties `to`, `fields` (their labels) and their `keys`, and `papers`: titles of the documents of which
    the first that the case has goes along.
    """
    names, found = {**task["context"], **values}, []
    work = walked.plan.works[task["process"], task["element"]]
    papers = [title for each in work.papers for title in _titles(walked, each, names)]
    for message in work.messages:
        to = answering.value(message.to, names) if message.to else message.to_party
        parties = to if isinstance(to, list) else [to]
        if told := [str(party) for party in parties if party]:
            labels = answering.labels(task["form"], message.fields, walked.forms.values())
            found.append(
                {
                    "title": message.title,
                    "to": told,
                    "fields": labels,
                    "keys": message.fields,
                    "papers": papers,
                }
            )
    return found


def looked_at_first(walked: Pathway, task: Json, typed: Json) -> str | None:
    """The page that shows what will be sent, and free text that holds a CPR number; None where there is neither.

    What is shown is kept as a draft.  Raises `FormInvalid`: nobody is asked to look at what cannot be sent anyway.
    """
    leaving = sends(walked, task, typed) if request.form.get("do") == "look" else []
    seen = request.form.get("cpr") == "seen"
    numbers = (
        [] if seen else labels_with_cpr(answering.free_texts(task["form"], typed, task["context"]))
    )
    if not leaving and not numbers:
        return None
    answering.check(task["form"], typed, task["context"])
    keeping.keep(task, typed)
    carried = [
        (name, text)
        for name, text in request.form.items(multi=True)
        if name not in ("csrf", "do", "cpr", keeping.SHOWN)
    ]
    return render_template(
        "task_send.html",
        section="inbox",
        task=task,
        leaving=[_shown(one, task, typed) for one in leaving],
        basis=queries.basis(store(), actor(), task["id"], now=now()) if leaving else {},
        numbers=numbers,
        typed=[*carried, (keeping.SHOWN, now().isoformat())],
    )


def pointed_out(text: str) -> str:
    """What a text beside a form is told where it holds a CPR number, once: sent again as it stands, it is kept."""
    if request.form.get("cpr") == "seen" or not CPR_SHAPED.search(text):
        return ""
    return warning() + " " + _("Ret det, eller tryk igen, hvis det skal stå der.")


def beside(text: str) -> dict[str, Any]:
    """What a page with one text needs: `warns` while it is typed, `seen` where the one that came was pointed out."""
    return {"warns": warning(), "seen": CPR_SHAPED.search(text) is not None}


def labels_with_cpr(texts: Iterable[tuple[str, str]]) -> list[str]:
    """The labels of texts that hold what looks like a CPR number."""
    return list(
        dict.fromkeys(label or _("Tekst") for label, text in texts if CPR_SHAPED.search(text))
    )


def _titles(walked: Pathway, paper: Any, names: Json) -> list[str]:
    """What the documents are called that this one sends."""
    if not {"send", "orienter"} & set(paper.verbs):
        return []
    kinds = paper.kinds if isinstance(paper.kinds, tuple) else [answering.value(paper.kinds, names)]
    known = walked.plan.agreement.documents
    return [known[each].title for each in kinds if each in known]


def _shown(one: Json, task: Json, typed: Json) -> Json:
    """The message with what goes along in words; what another task answered is named only."""
    words = answering.written(task["form"], typed, task["context"], only=one["keys"])
    told = {label.rstrip("?") for label, _text in words}
    return {**one, "words": words, "also": [each for each in one["fields"] if each not in told]}
