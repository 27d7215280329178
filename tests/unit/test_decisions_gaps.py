"""Gaps and overlaps in decision tables: those that are there, and no others."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from engine import decisions
from engine.decisions import gaps

ROOT = Path(__file__).resolve().parents[2]


def table(
    inputs: dict[str, str],
    rules: list[str],
    policy: str = "UNIQUE",
    extra: str = "",
    items: str = "",
) -> str:
    """A model with one table; `inputs` are names with their types, a rule is its cells and its answer after `|`."""
    columns = "".join(
        f'<input id="i{n}"><inputExpression typeRef="{kind.partition(" ")[0]}"><text>{name}</text></inputExpression>'
        + (
            f"<inputValues><text>{_cell(kind.partition(' ')[2])}</text></inputValues>"
            if " " in kind
            else ""
        )
        + "</input>"
        for n, (name, kind) in enumerate(inputs.items())
    )
    rows = "".join(
        f'<rule id="r{n}">'
        + "".join(
            f"<inputEntry><text>{_cell(c)}</text></inputEntry>"
            for c in row.split("|")[0].split(";")
        )
        + f"<outputEntry><text>{_cell(row.split('|')[1])}</text></outputEntry></rule>"
        for n, row in enumerate(rules, 1)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n" name="m">'
        f'{items}<decision id="d" name="Svar"><decisionTable id="t" hitPolicy="{policy}">'
        f"{columns}<output>{extra}</output>{rows}</decisionTable></decision></definitions>"
    )


def _cell(text: str) -> str:
    return text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def found(xml: str) -> list[tuple[tuple[str, ...], str]]:
    """The rules and the place of every finding."""
    return [(one.rules, one.facts["hvor"]) for one in gaps(decisions.load(xml))]


NUMBER, TEXT = {"dage": "number"}, {"type": "string"}


@pytest.mark.parametrize(
    ("inputs", "rules", "expected"),
    [
        # whole
        (NUMBER, ["< 5 | 1", "[5..10] | 2", "> 10 | 3"], []),
        (NUMBER, ["<= 5 | 1", ">= 6 | 2"], []),
        (NUMBER, ["[0..5] | 1", "[6..9] | 2"], []),
        (NUMBER, ["not(< 5) | 1", "< 5 | 2"], []),
        (NUMBER, ["(0..18) | 1", ">= 18 | 2"], []),
        (TEXT, ['"a" | 1', '"b" | 2'], []),
        (TEXT, ['"a", "b" | 1', 'not("a", "b") | 2'], []),
        ({"accept": "boolean"}, ["true | 1", "false | 2"], []),
        ({"dag": "date"}, ['<= date("2024-03-31") | 1', '>= @"2024-04-01" | 2'], []),
        (NUMBER, ["- | 1"], []),
        # what cannot be told answers everything and overlaps nothing
        (NUMBER, ["< grænse | 1", "> 5 | 2"], []),
        (NUMBER, ["? > 3 and ? < 9 | 1", "5 | 2"], []),
        (NUMBER, ['"a" | 1', "5 | 2"], []),
        (NUMBER, ["hest( | 1", "5 | 2"], []),
        (NUMBER, ['[@"2024-01-01T10:00:00"..@"2024-01-01T10:00:00Z"] | 1', "5 | 2"], []),
        # gaps
        (NUMBER, ["< 5 | 1", "> 5 | 2"], [((), "dage: 5")]),
        (NUMBER, ["<= 5 | 1", ">= 7 | 2"], [((), "dage: (5..7)")]),
        (NUMBER, ["< 0.5 | 1", "> 0.75 | 2"], [((), "dage: [0.5..0.75]")]),
        (NUMBER, ["[0..2] | 1", "[4..6] | 2", "[9..9] | 3"], [((), "dage: (2..4), (6..9)")]),
        ({"accept": "boolean"}, ["true | 1"], [((), "accept: false")]),
        ({"type": 'string "a","b","c"'}, ['"a" | 1', '"b" | 2'], [((), 'type: "c"')]),
        ({"dage": "number [0..10]"}, ["< 5 | 1", "(5..8] | 2"], [((), "dage: 5, (8..10]")]),
        ({"dag": "date"}, ['<= @"2024-03-31" | 1', '>= @"2024-04-02" | 2'],
         [((), 'dag: (@"2024-03-31"..@"2024-04-02")')]),
        ({"tid": "time"}, ['< @"08:00:00" | 1', '> @"16:00:00" | 2'],
         [((), 'tid: [@"08:00:00"..@"16:00:00"]')]),
        ({"længde": "duration"}, ['< @"P1D" | 1', '>= @"P3D" | 2'],
         [((), 'længde: [@"P1D"..@"P3D")')]),
        ({"a": "boolean", "dage": "number"}, ["true ; < 5 | 1", "true ; >= 5 | 2", "false ; < 5 | 3"],
         [((), "a: false, dage: >= 5")]),
        ({"a": "boolean", "b": "boolean"}, ["true ; - | 1", "false ; true | 2"], [((), "a: false, b: false")]),
        # overlaps
        (NUMBER, ["[0..5] | 1", "[5..9] | 2"], [(("r1", "r2"), "dage: 5")]),
        (NUMBER, ["< 8 | 1", "> 5 | 2"], [(("r1", "r2"), "dage: (5..8)")]),
        (NUMBER, ["> 5 | 1", "< 6 | 2"], []),
        (TEXT, ['"a", "b" | 1', '"b", "c" | 2'], [(("r1", "r2"), 'type: "b"')]),
        (TEXT, ['not("a") | 1', '"a" | 2', '"b" | 3'], [(("r1", "r3"), 'type: "b"')]),
        ({"a": "boolean", "dage": "number"}, ["true ; - | 1", "- ; > 3 | 2", "false ; <= 3 | 3"],
         [(("r1", "r2"), "a: true, dage: > 3")]),
    ],
)  # fmt: skip
def test_a_table_that_allows_one_rule(
    inputs: dict[str, str], rules: list[str], expected: list[tuple[tuple[str, ...], str]]
) -> None:
    assert found(table(inputs, rules)) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("UNIQUE", [(), ("r1", "r2"), ("r1", "r3")]),
        ("ANY", [(), ("r1", "r3")]),
        ("FIRST", [()]),
        ("PRIORITY", [()]),
        ("COLLECT", []),
        ("RULE ORDER", []),
        ("OUTPUT ORDER", []),
    ],
)
def test_what_a_hit_policy_allows_is_no_finding(
    policy: str, expected: list[tuple[str, ...]]
) -> None:
    xml = table(NUMBER, ["< 5 | 1", "< 3 | 1", "[3..4] | 2", "> 5 | 1"], policy)
    assert [one.rules for one in gaps(decisions.load(xml))] == expected


def test_a_default_answers_what_no_rule_does() -> None:
    default = "<defaultOutputEntry><text>0</text></defaultOutputEntry>"
    assert found(table(NUMBER, ["< 5 | 1", "> 5 | 2"], extra=default)) == []


def test_the_allowed_values_of_a_type_count() -> None:
    items = (
        '<itemDefinition name="tType"><typeRef>string</typeRef>'
        '<allowedValues><text>"a","b","c"</text></allowedValues></itemDefinition>'
    )
    assert found(table({"type": "tType"}, ['"a" | 1', '"b" | 2'], items=items)) == [
        ((), 'type: "c"')
    ]


def test_a_finding_is_a_danish_sentence_with_its_facts() -> None:
    gap, overlap = gaps(decisions.load(table(NUMBER, ["< 5 | 1", "[3..4] | 2", "> 5 | 3"])))
    assert gap.sentence == "Ingen række i “Svar” svarer, når dage: 5."
    assert (
        overlap.sentence == "Rækkerne r1 og r2 i “Svar” passer begge, når dage: [3..4]; kun én må."
    )
    assert (gap.kind, gap.decision, gap.table, overlap.kind) == ("gap", "Svar", "t", "overlap")


def test_the_tables_of_the_agreements_have_neither() -> None:
    files = sorted((ROOT / "processes").rglob("*.dmn"))
    assert files
    assert [one for file in files for one in gaps(decisions.load(file.read_bytes()))] == []


def test_a_table_too_wide_to_look_through_says_nothing_and_soon() -> None:
    rules = [";".join(f"[{n}..{n + 3}]" for _ in range(8)) + "| 1" for n in range(0, 400, 2)]
    xml = table({f"x{n}": "number" for n in range(8)}, rules)
    assert len(gaps(decisions.load(xml))) <= 10


@pytest.mark.parametrize("seed", range(60))
def test_asking_the_table_agrees_with_what_is_found(seed: int) -> None:
    """No false alarm and nothing missed, over whole numbers and texts with allowed values: every input is asked."""
    random = Random(seed)
    ways = [
        lambda: f"< {random.randrange(7)}", lambda: f">= {random.randrange(7)}", lambda: f"{random.randrange(7)}",
        lambda: f"[{random.randrange(4)}..{random.randrange(3, 7)}]", lambda: "-",
        lambda: f"not({random.randrange(7)})", lambda: f"({random.randrange(4)}..{random.randrange(3, 7)})",
    ]  # fmt: skip
    texts = ['"a"', '"b"', '"a","c"', 'not("b")', "-"]
    rules = [
        f"{random.choice(ways)()};{random.choice(texts)}| {n}"
        for n in range(random.randrange(1, 5))
    ]
    model = decisions.load(
        table({"n": "number [0..6]", "t": 'string "a","b","c"'}, rules, "COLLECT")
    )
    hits = {(n, t): model.decide("Svar", {"n": n, "t": t}).rules for n in range(7) for t in "abc"}
    unique = gaps(decisions.load(table({"n": "number [0..6]", "t": 'string "a","b","c"'}, rules)))
    assert any(one.kind == "gap" for one in unique) is any(not rules for rules in hits.values())
    twice = {
        pair
        for rules in hits.values()
        for i, a in enumerate(rules)
        for pair in ((a, b) for b in rules[i + 1 :])
    }
    told = {one.rules for one in unique if one.kind == "overlap"}
    assert told <= twice
    assert told == twice or len(told) == 5
