"""The studio: what designers do before a version is in force.  Nothing of a citizen comes in here.

shelf.py     the newest version of everything, as sources; a draft put in among them
checking.py  lint of what is not deployed yet
playing.py   a scenario on a virtual clock over what is deployed, or over a draft
uploads.py   a folder that came over the wire → `deploy`
"""

from engine.studio.checking import lint
from engine.studio.playing import simulate
from engine.studio.uploads import deploy_files, deploy_zip

__all__ = ["deploy_files", "deploy_zip", "lint", "simulate"]
