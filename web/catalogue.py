"""The catalogues: what the pages say (Danish, translated to English) and the engine's refusals (English, to Danish).

`python -m web.catalogue` brings `translations/*/LC_MESSAGES/messages.po` up to date; a test refuses what is stale
or untranslated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from engine.stuck import TITLES

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "web" / "translations"
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
_KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}

#: Said on the command line only, which speaks English.
_CONSOLE = {"ScenarioInvalid", "SettingInvalid"}
#: Makes a refusal at a node of a diagram (`engine/bpmn/nodes.py`).
_MAKES = {"stuck"}
#: Where the notes are made that are said in Danish.
_NOTED = (
    "engine/lint/*.py",
    "engine/imports/*.py",
    "engine/decisions/gaps.py",
    "engine/studio/lent.py",
)
#: Tables of the API that hold sentences.
_TABLES = {"HTTP", "FIELDS"}
_HEAD = "# Stafet's catalogue; brought up to date by `python -m web.catalogue`."

Message = str | tuple[str, ...]


def path(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def load(language: str) -> Catalog:
    """The catalogue as it is on disk."""
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def spoken() -> dict[Message, list[tuple[str, int]]]:
    """Everything that the pages, forms and mails say in Danish, and where."""
    found: dict[Message, list[tuple[str, int]]] = {}
    for folder in ("web", "forms", "paper", "channels"):
        rows = extract_from_dir(
            ROOT / folder, _METHODS, _OPTIONS, keywords=_KEYWORDS, directory_filter=_ours
        )
        for file, line, message, *_rest in rows:
            found.setdefault(message, []).append((f"{folder}/{file}", line))
    for title in TITLES.values():
        found.setdefault(title, []).append(("engine/stuck/causes.py", 0))
    return found | noted()


def noted() -> dict[Message, list[tuple[str, int]]]:
    """Every Danish sentence and word that lint and the import can say: templates with `{places}`.

    They stand where a rule says them, in tables and in calls, and are known by how they look: a sentence begins with a
    large letter, a quotation mark or a place and ends like one; a word is a `Word`.
    """
    found: dict[Message, list[tuple[str, int]]] = {}
    for pattern in _NOTED:
        for file in sorted(ROOT.glob(pattern)):
            name = str(file.relative_to(ROOT))
            tree = ast.parse(file.read_text(encoding="utf-8"))
            skipped = {id(doc) for node in ast.walk(tree) for doc in _docstrings(node)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Word":
                    found.setdefault(ast.literal_eval(node.args[0]), []).append((name, 0))
                elif (
                    isinstance(node, ast.Constant)
                    and id(node) not in skipped
                    and _is_sentence(node.value)
                ):
                    found.setdefault(str(node.value), []).append((name, node.lineno))
    return found


def refusals() -> dict[Message, list[tuple[str, int]]]:
    """Every English sentence that a refusal can say: classes' docstrings, and texts given where it is raised.

    Read from the source, not imported: what else a test has imported must not change the answer.
    """
    trees = {
        str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8"))
        for folder in ("engine", "forms", "api", "web")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if _ours(file.parent)
    }
    classes = _refusal_classes(trees.values())
    found: dict[Message, list[tuple[str, int]]] = {}
    for name, tree in trees.items():
        for text, line in _said(tree, classes):
            found.setdefault(text, []).append((name, line))
    return found


def update() -> None:
    """Write both catalogues anew: translations that exist are kept, what nobody says any longer goes."""
    for language, messages in (("en", spoken()), ("da", refusals())):
        old = load(language) if path(language).exists() else Catalog(locale=language)
        new = Catalog(locale=language, fuzzy=False, header_comment=_HEAD)
        for message, places in sorted(messages.items(), key=lambda item: str(item[0])):
            known = old.get(message if isinstance(message, str) else message[0])
            new.add(
                message,
                known.string if known else None,
                # Without line numbers: they would change with every edit.
                locations=[(file, None) for file in sorted({file for file, _line in places})],  # type: ignore[misc]
            )
        new.creation_date = new.revision_date = old.creation_date
        path(language).parent.mkdir(parents=True, exist_ok=True)
        with path(language).open("wb") as file:
            write_po(file, new, width=110, omit_header=False)


def _docstrings(node: ast.AST) -> Iterator[ast.AST]:
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
        yield body[0].value


def _is_sentence(value: object) -> bool:
    whole = isinstance(value, str) and re.fullmatch(r"[A-ZÆØÅ“{].* .*", value, re.DOTALL)
    return bool(whole) and (str(value)[-1] in ".?…" or "{" in str(value))


def _ours(folder: str | Path) -> bool:
    return not {"node_modules", "static", "__pycache__"} & set(Path(folder).parts)


def _refusal_classes(trees: Iterable[ast.Module]) -> set[str]:
    known = {"StafetError"}
    bases = {
        node.name: {getattr(base, "id", "") for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    while grown := {name for name, above in bases.items() if above & known} - known:
        known |= grown
    return known


def _said(tree: ast.Module, classes: set[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in classes:
            yield (ast.get_docstring(node) or "").splitlines()[0], node.lineno
        elif (
            isinstance(node, ast.Call)
            and node.args
            and _called(node) in (classes | _MAKES) - _CONSOLE
        ):
            yield from _texts(node.args[0])
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _TABLES:
            yield from (found for part in ast.walk(node.value) for found in _texts(part))


def _texts(node: ast.AST) -> Iterator[tuple[str, int]]:
    # A code such as "not_json" has no space; a sentence has.
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
        yield node.value, node.lineno


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


if __name__ == "__main__":
    update()
