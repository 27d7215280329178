"""One instance as an operator sees it: where it stands, and all that can be done to it.  Nobody's name stands here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.actions.hand import must_operate
from engine.errors import InstanceEnded, InstanceMoved, StafetError
from engine.model import Actor
from web import acts, causes, changes, terms
from web.errors import said, sentence, told
from web.sessions import actor, now, store
from web.words import _

Json = dict[str, Any]
_NOW = timedelta(0)
#: Events that are shown of an instance.
EVENTS = 5


def add_to(pages: Blueprint) -> None:
    """One instance with its acts."""
    walk = "/drift/forloeb/<int:instance_id>"
    pages.add_url_rule(walk, "walk", _show)
    pages.add_url_rule(walk, "operate_walk", _operate, methods=["POST"])


def _show(instance_id: int) -> str:
    me = _me()
    return _page(me, whole(me, instance_id))


def _operate(instance_id: int) -> Response | str | tuple[str, int]:
    me = _me()
    walk = whole(me, instance_id)
    wanted = acts.asked(_fitting(me, walk))
    if not wanted["act"]:
        raise InstanceEnded
    try:
        done = acts.do(me, _subject(walk), wanted, dry=not acts.does())
    except StafetError as exc:
        only = set(exc.fields) == {"reason"} or isinstance(exc, InstanceMoved)
        seen = acts.rehearsed(me, _subject(walk), wanted)[0] if only else None
        return _page(me, walk, wanted, exc, seen), exc.status
    if acts.does():
        actions.watch(store(), now=now(), every=_NOW)
        back = {"instance_id": instance_id, "gjort": wanted["act"]}
        return redirect(url_for("web.walk", **back, **acts.undoing(me, done, wanted)))
    return _page(me, walk, wanted, None, done)


def _subject(walk: Json) -> Json:
    return {"instance": walk["id"], "ref": "", "element": ""}


def _fitting(me: Actor, walk: Json) -> tuple[str, ...]:
    known = queries.versions(store(), me, walk["pathway"], walk["agreement"], now=now())
    other = queries.in_use(known)["version"] != walk["pathway_version"]
    return causes.fitting(walk, gives=bool(walk["tasks"]), other=other)


def _page(
    me: Actor,
    walk: Json,
    wanted: Json | None = None,
    refused: StafetError | None = None,
    done: Any = None,
) -> str:
    fitting = _fitting(me, walk)
    subject = _subject(walk)
    if wanted is None:
        wanted = acts.before(me, walk["id"], acts.asked(fitting))
        if wanted["act"] and acts.begins_rehearsed(wanted):
            done, refused = acts.rehearsed(me, subject, wanted)
    stuck = queries.causes(store(), me, queries.StuckFilter(instance=walk["id"]), now=now()).items
    return render_template(
        "walk.html",
        section="operations",
        walk=walk,
        standing=terms.standing(walk, now()),
        stuck=stuck,
        form_to=url_for("web.operate_walk", instance_id=walk["id"]),
        here=("web.walk", {"instance_id": walk["id"]}),
        told=told,
        title_of=causes.title,
        why=causes.why,
        **acting(me, subject, walk, fitting, wanted, refused, done),
    )


def whole(me: Actor, instance_id: int) -> Json:
    """The instance with its tasks, deadlines, and the last that happened."""
    found = queries.instance(store(), me, instance_id, now=now())
    drawn = queries.diagram(store(), me, instance_id, now=now())
    lines = [
        {**row, "text": terms.happening(row)}
        for row in queries.history(store(), me, instance_id, now=now())
    ]
    happened = [line for line in lines if line["text"]]
    return {
        **found,
        "text": [terms.drawn(element) for element in drawn["elements"]],
        "elements": drawn["elements"],
        "events": happened[-EVENTS:][::-1],
    }


def acting(
    me: Actor,
    subject: Json,
    walk: Json | None,
    fitting: tuple[str, ...],
    wanted: Json,
    refused: StafetError | None,
    done: Any,
) -> Json:
    """What the form of an act shows (`_acts.html`)."""
    chosen = acts.choices(me, subject, wanted, walk)
    names = {one["id"]: one["name"] for one in (walk["elements"] if walk else [])}
    fields = refused.fields if refused else {}
    reasons = done.reasons if isinstance(done, actions.Migrated) else []
    return {
        "acts": acts.buttons(fitting),
        "asked": wanted,
        "button": causes.act(wanted["act"])[2] if wanted["act"] else "",
        "problems": {name: _(said) for name, said in fields.items()},
        "refused": sentence(refused) if refused and not fields else "",
        "preview": changes.preview(done, chosen["people"], names) if done is not None else None,
        "reasons": [{**one, "said": said(one["why"], one["sentence"])} for one in reasons],
        "choosing": acts.CHOOSING,
        "places": [(one["id"], place(one)) for one in chosen["steps"]],
        **chosen,
    }


def place(step: Json) -> str:
    """A step with whose it is."""
    return f"{step['name']} ({step['lane']})" if step["lane"] else str(step["name"])


def _me() -> Actor:
    me = actor()
    must_operate(me)
    return me
