"""The catalogues: what the pages say (Danish, translated to English) and the engine's refusals (English, to Danish).

`python -m web.catalogue` brings `translations/*/LC_MESSAGES/messages.po` up to date; a test refuses what is stale
or untranslated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from engine.errors import StafetError

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "web" / "translations"
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
_KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}

Message = str | tuple[str, ...]


def path(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def load(language: str) -> Catalog:
    """The catalogue as it is on disk."""
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def spoken() -> dict[Message, list[tuple[str, int]]]:
    """Everything that the pages and forms say in Danish, and where."""
    found: dict[Message, list[tuple[str, int]]] = {}
    for folder in ("web", "forms"):
        rows = extract_from_dir(
            ROOT / folder, _METHODS, _OPTIONS, keywords=_KEYWORDS, directory_filter=_ours
        )
        for file, line, message, *_rest in rows:
            found.setdefault(message, []).append((f"{folder}/{file}", line))
    return found


def refusals() -> dict[Message, list[tuple[str, int]]]:
    """Every English sentence that a refusal can say: classes' docstrings, and texts given where it is raised."""
    found: dict[Message, list[tuple[str, int]]] = {}
    for cls in _descendants(StafetError):
        found.setdefault((cls.__doc__ or "").strip().splitlines()[0], []).append(
            (cls.__module__, 0)
        )
    names = {cls.__name__ for cls in _descendants(StafetError)}
    for folder in ("engine", "forms", "web"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if _ours(file.parent):
                for text, line in _raised(ast.parse(file.read_text(encoding="utf-8")), names):
                    found.setdefault(text, []).append((str(file.relative_to(ROOT)), line))
    return found


def update() -> None:
    """Write both catalogues anew: translations that exist are kept, what nobody says any longer goes."""
    for language, messages in (("en", spoken()), ("da", refusals())):
        old = load(language) if path(language).exists() else Catalog(locale=language)
        new = Catalog(locale=language, project="Stafet", version="1", fuzzy=False)
        for message, places in sorted(messages.items(), key=lambda item: str(item[0])):
            known = old.get(message if isinstance(message, str) else message[0])
            new.add(
                message,
                known.string if known else None,
                locations=[(file, None) for file in sorted({file for file, _line in places})],
            )
        new.creation_date = new.revision_date = old.creation_date
        path(language).parent.mkdir(parents=True, exist_ok=True)
        with path(language).open("wb") as file:
            write_po(file, new, width=110, omit_header=False)


def _ours(folder: str | Path) -> bool:
    return not {"node_modules", "static", "__pycache__"} & set(Path(folder).parts)


def _descendants(cls: type[StafetError]) -> Iterator[type[StafetError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _descendants(child)


def _raised(tree: ast.AST, names: Iterable[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        first = node.args[0]
        if called in names and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value, node.lineno


if __name__ == "__main__":
    update()
