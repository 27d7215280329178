"""What is kept beside an instance when a person completed a task, so that he can take it back for a minute.

The instance as it was, or why it cannot come back.  The next step writes over it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.actions.walk import Walk
from engine.model import Json, Step

#: Why a completion stays, by code.
FIELDS = {
    "sent": "Something has been sent already.",
    "document": "A document of the case has been written.",
    "basis": "It is noted by now what may be shared.",
    "party": "Another party has the baton by now.",
    "others": "Other tasks of the pathway were changed by it.",
    "stuck": "The pathway was stuck before.",
}


@dataclass(frozen=True, slots=True)
class Done:
    """Who completed which task with this step, and whether the step sent something or joined somebody."""

    person: int
    task: int
    ref: str
    sent: bool
    joined: bool


def remembered(walk: Walk, step: Step, done: Done) -> Json:
    """`{task, person, version, no}`, or instead of `no` the instance as it was."""
    found: Json = {"task": done.task, "person": done.person, "version": walk.version + 1}
    if no := _why_not(walk, step, done):
        return {**found, "no": no}
    return {
        **found,
        "state": walk.state,
        "status": walk.status,
        "tokens": walk.tokens,
        "awaits": walk.awaits,
        "moved_at": walk.moved_at.isoformat(),
        "open": sorted(walk.tasks),
        "traces": len(step.traces),
    }


# ---- inside ------------------------------------------------------------------------------
def _why_not(walk: Walk, step: Step, done: Done) -> str:
    own = walk.tasks[done.ref].unit_id
    if walk.status == "incident":
        return "stuck"
    if done.sent:
        return "sent"
    if step.documents:
        return "document"
    if step.grounds:
        return "basis"
    new = [it for it in step.tasks if it.ref not in walk.tasks]
    if done.joined or any(walk.around.unit(it.party).id != own for it in new):
        return "party"
    left = {it.ref: it for it in step.tasks}
    dated = {it.task_ref for it in step.deadlines}
    others = (row for ref, row in walk.tasks.items() if ref != done.ref)
    changed = done.ref in left or any(
        row.ref not in left or left[row.ref].party != row.party or row.ref in dated
        for row in others
    )
    return "others" if changed else ""
