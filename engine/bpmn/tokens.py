"""A token: a SpiffWorkflow task that stands under its scope and has no clock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from engine.bpmn.run import Run

READY, WAITING, STARTED = int(TaskState.READY), int(TaskState.WAITING), int(TaskState.STARTED)


class Token(Task):  # type: ignore[misc]
    """One thing that is alive in an instance.

    `parent` is the scope that it stands in: the root, a sub-process or called part, the round of an activity that is
    repeated; a listener stands under what it listens for.  `facts` are what the state keeps of it, by short names:

        l       a listener                        in, data   a scope: the process inside, its values
        via, w  came by this flow, waits to join  round, items, got, nth, own   a round, and one turn of it
        turn    what one start of an event sub-process brought
        at      when somebody's work was opened   due, every, anchor, left, k   a timer
        was     a condition's last value          fired, waits, beside, did, over   see nodes, events, scopes

    Stock reads the machine's clock at each change of state and writes logs; a token does neither.
    """

    def __init__(
        self, run: Run, spec: Any, parent: Token | None, state: int, key: str, facts: dict[str, Any]
    ) -> None:
        self.id, self.workflow, self.task_spec = key, run, spec
        self._above, self._state = parent, state
        self._children: dict[str, Token] = {}
        self.internal_data = self.facts = facts
        run.tasks[key] = self
        if parent is not None:
            parent._children[key] = self
            if spec.catches:
                run.catching[key] = self

    @property
    def parent(self) -> Token | None:
        """The scope around."""
        return self._above

    @property
    def children(self) -> list[Token]:
        """What stands in this scope or listens for it, oldest first."""
        return list(self._children.values())

    @property
    def scope(self) -> Token:
        """The scope around; the root has none and is never asked."""
        assert self._above is not None
        found: Token = self._above
        return found

    @property
    def listens(self) -> bool:
        """Whether this waits beside something and does not keep its scope open."""
        return "l" in self.facts

    def forget(self) -> None:
        """Out of the run and out of its scope."""
        self.workflow.tasks.pop(self.id, None)
        self.workflow.catching.pop(self.id, None)
        if self._above is not None:
            self._above._children.pop(self.id, None)

    def _set_state(self, value: int) -> None:
        self._state = value
