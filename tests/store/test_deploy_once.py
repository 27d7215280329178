"""A server that starts does not put the folder's older text back over what designers have approved since."""

from __future__ import annotations

from pathlib import Path

from engine.deploy import deploy
from engine.model import MACHINE
from engine.store import Store
from tests.store.cast import AGREEMENT, NOW
from tests.store.versions import ROUND, new_version


def test_a_start_deploys_only_what_was_never_in_force(store: Store, tmp_path: Path) -> None:
    first = new_version(store, tmp_path, (ROUND, "Vurdér behov for justering", "Vurdér behovet"))
    assert first > 1
    folder = tmp_path / "version0" / AGREEMENT
    text = (folder.parent / ROUND).read_text(encoding="utf-8")
    (folder.parent / ROUND).write_text(text.replace("Vurdér behovet", "Bedøm behovet"), "utf-8")
    third = deploy(store, MACHINE, folder, "tests", now=NOW).versions
    assert third == {(AGREEMENT, f"{AGREEMENT}-planrunde"): first + 1}
    # The folder of a server still holds the second text.
    (folder.parent / ROUND).write_text(text, "utf-8")
    assert deploy(store, MACHINE, folder, "tests", now=NOW, once=True).versions == {}
    # Somebody who deploys it means it.
    assert deploy(store, MACHINE, folder, "tests", now=NOW).versions == {
        (AGREEMENT, f"{AGREEMENT}-planrunde"): first + 2
    }
