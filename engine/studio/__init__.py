"""The studio: what designers do before a version is in force.  Nothing of a citizen comes in here.

shelf.py     the newest version of everything, as sources
sources.py   a draft as the source that it would be; newly.py begins a pathway, a form or a table from nothing
checking.py  lint of what is not deployed yet
drafts.py    a pathway as it is being drawn and saved; kept.py has their rows
deciding.py  a draft submitted, approved by somebody else, sent back; an earlier version brought back
calling_off.py  what is deployed for a day to come, and called off before it
playing.py   a scenario on a virtual clock over what is deployed
drawn.py     the agreement with every draft in its place, as one set
plays.py     a designer's play: what is kept of it; beginning.py begins one, acting.py goes on, boards.py plays it again
asking.py    a table asked with examples, an expression read as it is typed
recording.py a play as a scenario
trials.py    all scenarios of a pathway, and what of the drawing they walked
packing.py   a pathway or an agreement as the folder that it came from; taking_in.py an archive or a diagram as drafts,
             read by came.py; worklist.py what another editor's diagram leaves to decide
uploads.py   a folder that came over the wire → `deploy`
"""

from engine.studio import acting, beginning, plays, recording, trials
from engine.studio.calling_off import call_off, coming
from engine.studio.checking import lint
from engine.studio.deciding import approve, renew, restore, send_back, submit
from engine.studio.drafts import (
    changed,
    compared,
    discard,
    draft_of,
    drafts,
    names,
    save,
)
from engine.studio.newly import begin
from engine.studio.packing import folder, packed
from engine.studio.playing import simulate
from engine.studio.taking_in import FIELDS as NOT_TAKEN
from engine.studio.taking_in import NothingTaken, take_in
from engine.studio.uploads import deploy_files, deploy_zip
from engine.studio.worklist import tick, worklist

__all__ = [
    "NOT_TAKEN",
    "NothingTaken",
    "acting",
    "approve",
    "begin",
    "beginning",
    "call_off",
    "changed",
    "coming",
    "compared",
    "deploy_files",
    "deploy_zip",
    "discard",
    "draft_of",
    "drafts",
    "folder",
    "lint",
    "names",
    "packed",
    "plays",
    "recording",
    "renew",
    "restore",
    "save",
    "send_back",
    "simulate",
    "submit",
    "take_in",
    "tick",
    "trials",
    "worklist",
]
