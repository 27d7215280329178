"""The studio: what designers do before a version is in force.  Nothing of a citizen comes in here.

shelf.py     the newest version of everything, as sources
checking.py  lint of what is not deployed yet
drafts.py    a pathway as it is being drawn: saved, submitted, approved by somebody else
playing.py   a scenario on a virtual clock over what is deployed
uploads.py   a folder that came over the wire → `deploy`
"""

from engine.studio.checking import lint
from engine.studio.drafts import (
    approve,
    changed,
    discard,
    draft_of,
    drafts,
    save,
    send_back,
    submit,
)
from engine.studio.playing import simulate
from engine.studio.uploads import deploy_files, deploy_zip

__all__ = [
    "approve",
    "changed",
    "deploy_files",
    "deploy_zip",
    "discard",
    "draft_of",
    "drafts",
    "lint",
    "save",
    "send_back",
    "simulate",
    "submit",
]
