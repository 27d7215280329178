"""The page `docs/coverage.md`: for each agreement, what carries every clause; written by `stafet coverage --page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.coverage.rules import RULES
from engine.model import Json

_HEAD = """# What carries each clause
Written by `stafet coverage --page` (`make docs`); a test holds it. Whether a clause is *tested* says `stafet coverage`,
which plays the scenarios and tries the rules; `--missing` says what is lacking, `--agreement` keeps to one agreement.

| kind (`slags` in `clauses.yaml`) | tested when |
|---|---|
| `frist`, or any with a number | a scenario asserts due moment and status of a record with the agreement's number |
| `beslutning` | every way of the gateway behind it, rule of its table or answer of its form was reached |
| `indhold` | a scenario expects its element's form to refuse |
| `pligt` `dokument` `moede` `oplysning` `eskalering` `gentagelse` `maaling` | `hvem` completed its element |
| `ret` `forbud` `princip` | its element was visited |
| with `regel` | the rule's probe passed |

Ways, answers and refusals in a shared part count for every agreement that uses it, for it is one drawing; who does the
work and by when counts for each agreement alone."""


def page(counted: Mapping[str, Json]) -> str:
    """The page for `coverage()`'s answer."""
    return (
        "\n".join([_HEAD, "", *_rules(counted), *_crowded(counted), *_agreements(counted)]) + "\n"
    )


def _rules(counted: Mapping[str, Json]) -> Iterator[str]:
    yield "## Rules of the product"
    yield "Each has a probe in `engine/probes.py` that tries it on the product itself."
    yield ""
    yield "| rule | what the product keeps | clauses |"
    yield "|---|---|---|"
    for rule, said in RULES.items():
        named = [
            clause
            for row in counted.values()
            for clause, each in row["clauses"].items()
            if f"stafet#{rule}" in each["by"]
        ]
        yield f"| `{rule}` | {said} | {', '.join(named) or 'none names it'} |"
    yield ""


def _crowded(counted: Mapping[str, Json]) -> Iterator[str]:
    yield "## Elements with more than six clauses"
    yield "| element | agreement | clauses | why (`stafet:begrundelse`) |"
    yield "|---|---|---|---|"
    for agreement, row in counted.items():
        for it in row["crowded"]:
            yield f"| `{it['element']}` | {agreement} | {len(it['clauses'])} | {it['why']} |"
    yield ""


def _agreements(counted: Mapping[str, Json]) -> Iterator[str]:
    for agreement, row in counted.items():
        yield f"## {agreement}"
        yield f"{row['covered']} of {row['executable']} clauses that can be carried out are carried."
        yield ""
        yield "| clause | kind | what it says | carried by |"
        yield "|---|---|---|---|"
        for name, each in row["clauses"].items():
            by = ", ".join(f"`{place}`" for place in sorted(each["by"]))
            why = f"*{each['executable']}: {each['why']}*" if each.get("why") else ""
            yield f"| {name} | {each['kind']} | {_cell(each['text'])} | {_cell(' '.join(filter(None, (by, why))))} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
