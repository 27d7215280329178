"""From paths to diagrams with what lies round them: agreement, clauses, forms, decisions, other pathways."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from engine.agreement import Agreement
from engine.imports import Imported, normalise, open_file
from engine.imports.notes import Note
from engine.lint.files import BESIDE, Files, held, settled
from engine.lint.sheet import Around, Told
from engine.lint.told import told
from engine.model import Json, Source

SHARED = "faelles"
ENDINGS = (".bpmn", ".bpmn20.xml", ".bpmn.xml")


class Folders:
    """What lies under some paths, each file read once however many diagrams ask for it."""

    def __init__(self) -> None:
        self.files = Files()
        self.imported = cache(open_file)
        self.around = cache(self._around)
        self.agreements = cache(self._agreements)
        self.clauses = cache(self._clauses)
        self.told = cache(self._told)

    def diagrams(self, path: Path) -> Iterator[tuple[str, Imported, Around]]:
        """Every diagram at or under a path, with its name and its surroundings."""
        for file in _under(path, ENDINGS) if path.is_dir() else [path]:
            if file.name.endswith(ENDINGS) or not file.name.endswith(BESIDE):
                whole = file.resolve()
                yield str(file), self.imported(whole), self.around(whole.parent)

    def beside(self, path: Path) -> Iterator[tuple[str, Any]]:
        """What stands beside the diagrams, as it was read: a `Note` where it cannot be used."""
        for file in _under(path, BESIDE):
            yield str(file), self.files.read(file.resolve())

    def _around(self, home: Path) -> Around:
        """What lies round the diagrams of one folder, as far as it can be read."""
        root, name = home.parent.parent, home.parent.name
        shared = name == SHARED
        if not shared and not (home.parent / "agreement.toml").exists():
            return Around()
        everybody = self.agreements(root)
        mine = everybody.values() if shared else [everybody.get(name)]
        own, others = self._forms(home / "forms"), self.told(root)
        return Around(
            agreements=tuple(agreement for agreement in mine if agreement is not None),
            clauses=self.clauses(root),
            forms={**self._forms(root / SHARED / "forms"), **own},
            own_forms=frozenset(own),
            decisions=self._tables(home),
            pathways=frozenset(_reachable(others, None if shared else name)),
            key=f"{name}-{home.name}",
            slug=home.name,
            others=others,
        )

    def _agreements(self, root: Path) -> dict[str, Agreement | None]:
        """Every agreement under a root by its folder's name; None for one that cannot be read."""
        read = {
            file.parent.name: self.files.read(file)
            for file in sorted(root.glob("*/agreement.toml"))
        }
        return {name: None if isinstance(found, Note) else found for name, found in read.items()}

    def _clauses(self, root: Path) -> frozenset[str] | None:
        """The ids of every agreement's clauses; None where no list is there."""
        lists = [self.files.read(file) for file in sorted(root.glob("*/clauses.yaml"))]
        return frozenset().union(*(ids for ids in lists if not isinstance(ids, Note))) or None

    def _forms(self, folder: Path) -> dict[str, Json]:
        return {file.stem: schema for file, schema in self.files.every(folder, ".form")}

    def _tables(self, home: Path) -> dict[str, frozenset[str]]:
        return _asked([model for _, model in self.files.every(home, ".dmn")])

    def _told(self, root: Path) -> tuple[Told, ...]:
        """What each diagram under the agreements tells and asks of the others."""
        return tuple(
            told(
                file.parent.parent.name,
                file.stem,
                self.imported(file).root,
                self._forms(file.parent / "forms"),
                self._tables(file.parent),
            )
            for file in sorted(root.glob("*/*/*.bpmn"))
        )


def within(source: Source, others: Collection[Source]) -> tuple[Around, Mapping[str, Imported]]:
    """What lies round each diagram of a version, itself among them, and `others`; and its diagrams as they are read."""
    whole = [other for other in others if other.key != source.key]
    here = {source.key: source.bpmn, **source.parts}
    everything = replace(
        source,
        parts={**{other.key: other.bpmn for other in whole}, **here},
        decisions={
            **{name: xml for other in whole for name, xml in other.decisions.items()},
            **source.decisions,
        },
    )
    return around_source(everything, ())[0], {key: normalise(xml) for key, xml in here.items()}


def around_source(
    source: Source, pathways: Collection[str], others: Collection[Source] = ()
) -> tuple[Around, list[Any]]:
    """What lies round the diagram of a version, which it carries with it; and what was read for that, as `beside`.

    `others`: the pathways that run beside it, which may start it, tell it something, and wait for what it tells.
    """
    read = [held(".dmn", xml) for xml in dict.fromkeys(source.decisions.values())]
    settings = settled(source.settings, source.agreement)
    models = [model for model in read if not isinstance(model, Note)]
    tables = _asked(models)
    met = [
        told("", key, normalise(xml).root, source.forms, tables)
        for key, xml in source.parts.items()
    ]
    met += [_met(each) for each in others if each.key not in (source.key, *source.parts)]
    around = Around(
        agreements=() if isinstance(settings, Note) else (settings,),
        forms=source.forms,
        decisions=tables,
        pathways=frozenset((*source.parts, *pathways)),
        key=source.key,
        slug=source.key.removeprefix(f"{source.agreement}-").removeprefix(f"{SHARED}-"),
        others=tuple(met),
    )
    return around, [settings, *read]


def _met(other: Source) -> Told:
    read = [held(".dmn", xml) for xml in dict.fromkeys(other.decisions.values())]
    tables = _asked([model for model in read if not isinstance(model, Note)])
    return told("", other.key, normalise(other.bpmn).root, other.forms, tables)


def _asked(models: Collection[Any]) -> dict[str, frozenset[str]]:
    """Every decision of some models, with what it asks."""
    return {name: frozenset(model.inputs(name)) for model in models for name in model.names}


def _under(path: Path, endings: tuple[str, ...]) -> list[Path]:
    if path.is_file():
        return [path] if path.name.endswith(endings) else []
    return sorted(p for p in path.rglob("*") if p.name.endswith(endings) and p.is_file())


def _reachable(others: tuple[Told, ...], agreement: str | None) -> Iterator[str]:
    """Keys and slugs that can be called or told from an agreement (None: from a shared part)."""
    for other in others:
        yield other.key
        if agreement is None or other.home in (agreement, SHARED):
            yield other.slug
