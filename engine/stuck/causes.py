"""What a cause is, and how long is too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.calendar import DANISH, count, parse

REASONS = (
    "failed", "overdue", "orphaned", "timer", "message", "zombie", "loop", "blocked", "undeliverable",
)  # fmt: skip

#: What each is called; Danish, to be looked up in the reader's language.
TITLES = {
    "failed": "Et trin fejlede",
    "overdue": "Frist overskredet",
    "orphaned": "Ingen kan tage opgaven",
    "timer": "Uret er bagud",
    "message": "Svar er ikke kommet",
    "zombie": "Intet kan vække forløbet",
    "loop": "Går i ring",
    "blocked": "Noget mangler, eller det er sat på pause",
    "undeliverable": "Besked kunne ikke afleveres",
}

#: A job is late when its moment lies so far back, or as soon as it is due where no worker has beaten for `SILENT`.
MISFIRED, SILENT = timedelta(minutes=2), timedelta(seconds=30)
#: A job has failed for good when it has failed so often; before that it is tried again by itself.
TRIES = 2
#: One element entered more often than this within `HOUR` goes round; the newest `LOOKED` lines of history say where.
TURNS, HOUR, LOOKED = 60, timedelta(hours=1), 50_000
#: In hverdage: a task without a legal date that nobody takes; a wait for a message without a deadline; a suspension.
UNCLAIMED, PATIENCE, HELD = "5 hverdage før", "10 hverdage før", "5 hverdage før"
#: Codes of incidents that say that something the pathway needs is not there.
MISSING = (
    "unknown_pathway", "unknown_agreement", "party_missing", "unknown_unit", "form_unsupported", "decision_unknown",
    "decision_invalid", "diagram_invalid", "document_incomplete",
)  # fmt: skip
LOOPS = ("loop_without_wait",)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one instance (or message) is stuck.

    `ref` names the row it hangs on (`task:12`, `job:4`, `deadline:7`, `message:9`, `instance:3`), `detail` a code or
    name, never a person's words.  `due_at` is when it should have moved by; `unit_id` whose turn it is (None: nobody's
    but the operators').
    """

    reason: str
    case_id: int | None
    instance_id: int | None
    element: str
    since: datetime
    due_at: datetime
    act: str
    ref: str
    unit_id: int | None = None
    detail: str = ""

    @property
    def key(self) -> str:
        """The same cause of the same thing, whenever it is looked at."""
        return f"{self.reason}:{self.instance_id or ''}:{self.ref}"


def back(frist: str, now: datetime) -> datetime:
    """The moment so many hverdage before now."""
    return count(parse(frist), now, DANISH).due
