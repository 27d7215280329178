"""DMN: tables with every hit policy, boxed expressions, knowledge, chained decisions; errors are values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import decisions, feel
from engine.decisions import Decisions
from engine.errors import DecisionInvalid, DecisionUnknown

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n" name="m">'


def model(body: str) -> Decisions:
    return decisions.load(HEAD + body + "</definitions>")


def needs(*what: str) -> str:
    """Requirements: `#id` of inputs and decisions, `!id` of knowledge."""
    kinds = {
        "#": ("information", "Decision"),
        "!": ("knowledge", "Knowledge"),
        "?": ("information", "Input"),
    }
    return "".join(
        f'<{kinds[w[0]][0]}Requirement><required{kinds[w[0]][1]} href="#{w[1:]}"/></{kinds[w[0]][0]}Requirement>'
        for w in what
    )


def literal(text: str, ref: str = "") -> str:
    said = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<literalExpression{f' typeRef={ref!r}' if ref else ''}><text>{said}</text></literalExpression>"


def decision(name: str, logic: str, *required: str, ref: str = "") -> str:
    typed = f' typeRef="{ref}"' if ref else ""
    return f'<decision id="{name}" name="{name}"><variable name="{name}"{typed}/>{needs(*required)}{logic}</decision>'


def given(name: str, ref: str) -> str:
    return f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{ref}"/></inputData>'


def table(
    policy: str,
    rules: list[tuple[str, str]],
    *,
    aggregation: str = "",
    values: str = "",
    default: str = "",
) -> str:
    rows = "".join(
        f'<rule id="r{n}"><inputEntry><text>{test.replace("<", "&lt;")}</text></inputEntry>'
        f"<outputEntry><text>{answer}</text></outputEntry></rule>"
        for n, (test, answer) in enumerate(rules, 1)
    )
    told = f' aggregation="{aggregation}"' if aggregation else ""
    limits = f"<outputValues><text>{values}</text></outputValues>" if values else ""
    usual = f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>" if default else ""
    return (
        f'<decisionTable id="t" hitPolicy="{policy}"{told}><input label="Dage"><inputExpression typeRef="number">'
        f'<text>dage</text></inputExpression></input><output name="svar">{limits}{usual}</output>{rows}</decisionTable>'
    )


def ask(policy: str, dage: Any, **more: Any) -> Any:
    rules = [("< 5", '"a"'), ("< 10", '"b"'), ("< 3", '"a"'), ("> 20", '"c"')]
    loaded = model(
        given("dage", "number") + decision("Svar", table(policy, rules, **more), "?dage")
    )
    return loaded.decide("Svar", {"dage": dage})


@pytest.mark.parametrize(
    ("policy", "dage", "value", "rules"),
    [
        ("UNIQUE", 7, "b", ("r2",)),
        ("UNIQUE", 15, None, ()),
        ("FIRST", 2, "a", ("r1",)),
        ("RULE ORDER", 2, ["a", "b", "a"], ("r1", "r2", "r3")),
        ("RULE ORDER", 15, [], ()),
        ("COLLECT", 2, ["a", "b", "a"], ("r1", "r2", "r3")),
        ("ANY", 30, "c", ("r4",)),
    ],
)
def test_a_hit_policy_picks_its_answer(
    policy: str, dage: int, value: Any, rules: tuple[str, ...]
) -> None:
    decided = ask(policy, dage)
    assert (decided.value, decided.rules, decided.errors) == (value, rules, ())


def test_priority_and_output_order_go_by_the_outputs_values() -> None:
    assert ask("PRIORITY", 2, values='"b","a","c"').value == "b"
    assert ask("OUTPUT ORDER", 2, values='"b","a","c"').value == ["b", "a", "a"]
    assert "say what comes first" in ask("PRIORITY", 2, values="-").errors[0]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("UNIQUE", "only one rule may match, but r1, r2, r3 do."),
        ("ANY", "the rules that match say different things."),
        ("PRIORITY", "the outputs have no allowed values that say what comes first."),
        ("HEST", "there is no hit policy “HEST”."),
    ],
)
def test_a_table_that_breaks_its_promise_is_null_or_told(policy: str, sentence: str) -> None:
    assert sentence in ask(policy, 2).errors[0]


@pytest.mark.parametrize(("dage", "value"), [(7, "b"), (15, "z")])
def test_a_default_answers_where_no_rule_does(dage: int, value: str) -> None:
    assert ask("UNIQUE", dage, default='"z"').value == value


@pytest.mark.parametrize(
    ("aggregation", "value"),
    [("SUM", 6), ("MIN", 1), ("MAX", 3), ("COUNT", 3), ("", [2, 1, 3])],
)
def test_collecting_makes_one_number_of_all(aggregation: str, value: Any) -> None:
    rules = [("< 5", "2"), ("< 10", "1"), ("< 3", "3")]
    loaded = model(decision("Svar", table("COLLECT", rules, aggregation=aggregation)))
    assert feel.to_json(loaded.decide("Svar", {"dage": 2}).value) == value


@pytest.mark.parametrize(
    ("short", "value"), [("C+", 6), ("C<", 1), ("C>", 3), ("C#", 3), ("U", None), ("F", 2)]
)
def test_a_hit_policy_may_be_one_letter(short: str, value: Any) -> None:
    rules = [("< 5", "2"), ("< 10", "1"), ("< 3", "3")]
    loaded = model(decision("Svar", table(short.replace("<", "&lt;"), rules)))
    assert feel.to_json(loaded.decide("Svar", {"dage": 2}).value) == value


def test_a_table_of_several_outputs_gives_a_context() -> None:
    loaded = model(
        decision(
            "Svar",
            '<decisionTable><output name="a" typeRef="number"/><output name="b"/><rule id="x">'
            '<outputEntry><text>1 + 1</text></outputEntry><outputEntry><text>"to"</text></outputEntry></rule>'
            "</decisionTable>",
        )
    )
    assert loaded.decide("Svar", {}).value == {"a": 2, "b": "to"}


# ---- inputs and types --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("ref", "text", "value", "out"),
    [
        ("number", "x + 1", "2", 3),
        ("number", "x + 1", 2.5, 3.5),
        ("boolean", "not(x)", "true", False),
        ("date", "x + duration(&quot;P1D&quot;)", "2024-02-28", "2024-02-29"),
        ("time", "x", "10:00:00", "10:00:00"),
        ("dateTime", "x.hour", "2024-02-28T13:00:00+01:00", 13),
        ("date and time", "x", "2024-02-28T13:00:00Z", "2024-02-28T13:00:00Z"),
        ("days and time duration", "x.days", "P3DT4H", 3),
        ("yearMonthDuration", "x.months", "P1Y6M", 6),
        ("string", "x + &quot;!&quot;", "hej", "hej!"),
    ],
)
def test_inputs_are_typed_by_the_model_and_iso_text_goes_in_and_out(
    ref: str, text: str, value: Any, out: Any
) -> None:
    logic = f"<literalExpression><text>{text}</text></literalExpression>"
    decided = model(given("x", ref) + decision("Svar", logic, "?x")).decide("Svar", {"x": value})
    assert (feel.to_json(decided.value), decided.errors) == (out, ())


@pytest.mark.parametrize(
    ("ref", "value"),
    [("number", "tolv"), ("date", "2024-02-30"), ("boolean", "ja"), ("tKort", "lang")],
)
def test_an_input_of_the_wrong_type_is_null_and_an_error(ref: str, value: Any) -> None:
    items = (
        '<itemDefinition name="tKort"><typeRef>string</typeRef>'
        '<allowedValues><text>"a","b"</text></allowedValues></itemDefinition>'
    )
    decided = model(items + given("x", ref) + decision("Svar", literal("x"), "?x")).decide(
        "Svar", {"x": value}
    )
    assert decided.value is None
    assert decided.errors == (f"x: the value is no {'string' if ref == 'tKort' else ref}.",)


def test_items_may_be_contexts_lists_and_limited() -> None:
    items = (
        '<itemDefinition name="tSag"><itemComponent name="dage"><typeRef>number</typeRef></itemComponent>'
        '<itemComponent name="dag"><typeRef>date</typeRef></itemComponent></itemDefinition>'
        '<itemDefinition name="tSager" isCollection="true"><typeRef>tSag</typeRef></itemDefinition>'
    )
    loaded = model(
        items
        + given("sager", "tSager")
        + decision("Svar", literal("sager.dag[1].year + sum(sager.dage)"), "?sager")
    )
    assert loaded.decide("Svar", {"sager": [{"dage": 3, "dag": "2024-01-01"}]}).value == 2027
    assert loaded.inputs("Svar") == {"sager": "list<context<dage: number, dag: date>>"}
    wrong = loaded.decide("Svar", {"sager": [{"dage": "x", "dag": "2024-01-01"}]})
    assert wrong.errors


def test_a_result_of_the_wrong_type_is_null_and_an_error() -> None:
    decided = model(decision("Svar", literal('"tekst"'), ref="number")).decide("Svar", {})
    assert (decided.value, decided.errors) == (None, ("Svar: string is no number.",))


# ---- boxed expressions -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("box", "value"),
    [
        (literal("1 + 1"), 2),
        (f'<context><contextEntry><variable name="a"/>{literal("2")}</contextEntry>'
         f'<contextEntry><variable name="b"/>{literal("a * 3")}</contextEntry></context>', {"a": 2, "b": 6}),
        (f'<context><contextEntry><variable name="a"/>{literal("2")}</contextEntry>'
         f'<contextEntry>{literal("a * 3")}</contextEntry></context>', 6),
        (f"<list>{literal('1')}{literal('2')}</list>", [1, 2]),
        (f'<relation><column name="a"/><column name="b"/><row>{literal("1")}{literal("2")}</row>'
         f'<row>{literal("3")}{literal("4")}</row></relation>', [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        (f"<conditional><if>{literal('1 < 2')}</if>"
         f"<then>{literal('1')}</then><else>{literal('2')}</else></conditional>", 1),
        (f"<filter><in>{literal('[1, 2, 3]')}</in><match>{literal('item > 1')}</match></filter>", [2, 3]),
        (f'<for iteratorVariable="i"><in>{literal("1..3")}</in><return>{literal("i * 2")}</return></for>', None),
        (f'<for iteratorVariable="i"><in>{literal("[1, 2]")}</in><return>{literal("i * 2")}</return></for>', [2, 4]),
        (f'<some iteratorVariable="i"><in>{literal("[1, 2]")}</in>'
         f'<satisfies>{literal("i > 1")}</satisfies></some>', True),
        (f'<every iteratorVariable="i"><in>{literal("[1, 2]")}</in>'
         f'<satisfies>{literal("i > 1")}</satisfies></every>', False),
        (f'<invocation>{literal("abs")}<binding><parameter name="n"/>{literal("-3")}</binding></invocation>', 3),
        (f'<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="x"/>{literal("x + 1")}'
         f'</functionDefinition></contextEntry><contextEntry>{literal("f(1)")}</contextEntry></context>', 2),
        ("", None),
    ],
)  # fmt: skip
def test_a_boxed_expression_has_its_value(box: str, value: Any) -> None:
    assert feel.to_json(model(decision("Svar", box)).decide("Svar", {}).value) == value


# ---- the graph ---------------------------------------------------------------------------
def test_decisions_ask_what_they_require_once_and_see_nothing_else() -> None:
    loaded = model(
        given("dage", "number")
        + decision("Dobbelt", literal("dage * 2"), "?dage")
        + decision("Svar", literal("Dobbelt + Dobbelt"), "#Dobbelt")
        + decision("Blind", literal("Dobbelt"))
    )
    assert loaded.names == ("Dobbelt", "Svar", "Blind")
    assert loaded.inputs("Svar") == {"dage": "number"}
    assert loaded.decide("Svar", {"dage": 3}).value == 12
    blind = loaded.decide("Blind", {"dage": 3, "Dobbelt": 1})
    assert (blind.value, "“Dobbelt” is not known" in blind.warnings[0]) == (None, True)


def test_knowledge_is_called_with_values_and_may_call_itself() -> None:
    knowledge = (
        '<businessKnowledgeModel id="fak" name="fak"><variable name="fak"/><encapsulatedLogic>'
        f'<formalParameter name="n" typeRef="number"/>{literal("if n < 2 then 1 else n * fak(n - 1)")}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )
    invoked = f'<invocation>{literal("fak")}<binding><parameter name="n"/>{literal("4")}</binding></invocation>'
    loaded = model(
        knowledge + decision("Svar", literal("fak(5)"), "!fak") + decision("Boks", invoked, "!fak")
    )
    assert loaded.decide("Svar", {}).value == 120
    assert loaded.decide("Boks", {}).value == 24
    assert loaded.decide("fak", {"n": 3}).value == 6


def test_a_service_answers_for_its_decisions() -> None:
    loaded = model(
        given("dage", "number")
        + decision("Dobbelt", literal("dage * 2"), "?dage")
        + '<decisionService id="S" name="S"><outputDecision href="#Dobbelt"/><inputData href="#dage"/>'
        "</decisionService>" + decision("Svar", literal("S(4) + 1"), "!S")
    )
    assert loaded.decide("S", {"dage": 2}).value == 4
    assert loaded.decide("Svar", {}).value == 9


def test_functions_of_the_host_come_in_with_the_inputs() -> None:
    loaded = model(decision("Svar", literal('frist("3 hverdage")')))
    assert loaded.decide("Svar", {"frist": lambda text: text.upper()}).value == "3 HVERDAGE"
    assert loaded.inputs("Svar") == {}


# ---- bad input ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (decision("Svar", literal("Svar + 1"), "#Svar"), "Svar: the decision requires itself."),
        (decision("A", literal("B"), "#B") + decision("Svar", literal("A"), "#A") + decision("B", literal("A"), "#A"),
         "A: the decision requires itself."),
        (decision("Svar", literal("1 +")), "Line 1, column 4: the expression ends too early; expected a value."),
        (decision("Svar", literal("for i in 1..1000000 return i")), "Svar: The expression needs more steps"),
        (decision("Svar", '<literalExpression expressionLanguage="python"><text>1</text></literalExpression>'),
         "only FEEL is evaluated."),
        (decision("Svar", '<functionDefinition kind="Java"/>'), "functions in other languages are not run."),
        (decision("Svar", f"<conditional><if>{literal('1')}</if></conditional>"), "neither true nor false"),
        (decision("Svar", f"<filter><in>{literal('[1]')}</in><match>{literal('1')}</match></filter>"),
         "neither true nor false"),
        ("".join(decision(f"D{n}", literal(f"D{n - 1}"), f"#D{n - 1}") for n in range(3000))
         + decision("Svar", literal("D2999"), "#D2999"), "Svar: the decision nests too deep."),
    ],
)  # fmt: skip
def test_what_goes_wrong_inside_is_null_and_an_error_in_the_answer(
    body: str, sentence: str
) -> None:
    decided = model(body).decide("Svar", {})
    assert decided.value is None
    assert any(sentence in error for error in decided.errors)


def test_a_model_tells_what_cannot_be_read() -> None:
    loaded = model(decision("Svar", literal("1 +")) + decision("Anden", literal("2")))
    assert [problem.sentence for problem in loaded.problems] == [
        "Line 1, column 4: the expression ends too early; expected a value."
    ]
    assert loaded.decide("Anden", {}).value == 2


def test_many_calls_of_large_logic_cost_what_they_say() -> None:
    body = " + ".join(["1"] * 5_000)
    knowledge = (
        f'<businessKnowledgeModel id="k" name="k"><encapsulatedLogic>{literal(body)}'
        "</encapsulatedLogic></businessKnowledgeModel>"
    )
    loaded = model(knowledge + decision("Svar", literal("for i in 1..20000 return k()"), "!k"))
    assert "needs more steps" in loaded.decide("Svar", {}).errors[0]


def test_checking_allowed_values_is_paid_for() -> None:
    items = (
        '<itemDefinition name="tDyr" isCollection="true"><typeRef>number</typeRef>'
        "<allowedValues><text>count(for i in 1..1000 return i) &gt; ?</text></allowedValues></itemDefinition>"
    )
    loaded = model(items + given("x", "tDyr") + decision("Svar", literal("count(x)"), "?x"))
    assert loaded.decide("Svar", {"x": [1, 2]}).value == 2
    assert "needs more steps" in loaded.decide("Svar", {"x": [1] * 5_000}).errors[0]


def test_an_unknown_decision_is_refused_by_name() -> None:
    with pytest.raises(DecisionUnknown, match="no decision “Hest”"):
        model(decision("Svar", literal("1"))).decide("Hest", {})


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("xml", "sentence"),
    [
        ("", "The file is no XML: line 1 cannot be read."),
        (b"\xff\xfe\x00", "The file is no XML: line 1 cannot be read."),
        ("<a/>", "its root is not “definitions”"),
        (HEAD + "</definitions>", "The file holds no decision."),
        (HEAD + "\ufffe</definitions>", "The file is no XML"),
        (HEAD + "\udcff</definitions>", "The file is no XML"),
        (BOMB + HEAD + "</definitions>", "no DOCTYPE"),
        ("<!-- " + "x" * 20_000 + " -->" + BOMB + HEAD + "</definitions>", "no DOCTYPE"),
        ((BOMB + HEAD + "</definitions>").encode("utf-16"), "no DOCTYPE"),
        ('<!DOCTYPE d SYSTEM "file:///etc/passwd"><definitions/>', "no DOCTYPE"),
        ("<definitions>" + "<a>" * 20_000, "The file is no XML"),
        ("x" * (decisions.MAX_BYTES + 1), "The file is too large"),
    ],
)
def test_a_file_that_is_no_model_is_refused_in_one_sentence(
    xml: str | bytes, sentence: str
) -> None:
    with pytest.raises(DecisionInvalid) as refused:
        decisions.load(xml)
    assert sentence in refused.value.sentence


def test_numbers_keep_their_digits_and_come_out_as_json() -> None:
    decided = model(decision("Svar", literal("1 / 3"))).decide("Svar", {})
    assert decided.value == Decimal("0.3333333333333333333333333333333333")
    assert feel.to_json(decided.value) == 0.3333333333333333
