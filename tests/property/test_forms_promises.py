"""Random forms and answers: a page loses nothing, what is typed comes back, no answer makes the check raise."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

import forms
from engine import feel
from forms import choices, danish
from forms.scene import settle
from forms.shapes import everything
from tests.property.form_page import send

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CONTEXT = {"now": NOW, "parter": ["Kommunen", "true", 3, "3", False], "navn": "Ida"}
OPTIONS = [{"value": v, "label": str(v)} for v in ("ja", True, False, 3, 2.5, "3x", '"ja"')]


def evaluate(text, names):
    return feel.compile(text).evaluate(names)


def check(form, answers):
    return forms.check(form, answers, feel=evaluate, context=CONTEXT)


def page(form, values, problems=()):
    return forms.fields(form, values, dict(problems), feel=evaluate, context=CONTEXT)


# ---- random forms ------------------------------------------------------------------------
CONDITIONS = st.sampled_from(
    ["", "", "", "=a = true", "=b != null", "=count(c) > 0", "=navn = null", "=1 + a"]
)
PLAIN = st.sampled_from(
    ["textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "datetime"]
)


@st.composite
def components(draw, keys, depth=2):
    made = []
    for key in keys:
        kind = draw(
            PLAIN
            if not depth
            else PLAIN | st.sampled_from(["group", "dynamiclist", "expression", "text"])
        )
        one = {"type": kind, "id": f"c{key}", "label": key.upper()}
        one["path" if kind in ("group", "dynamiclist") else "key"] = key
        if hide := draw(CONDITIONS):
            one["conditional"] = {"hide": hide}
        if draw(st.booleans()) and kind not in ("group", "text", "expression"):
            one["validate"] = {"required": True}
        one |= draw(_more(kind, key, depth))
        made.append(one)
    return made


def _more(kind, key, depth):
    if kind in ("group", "dynamiclist"):
        first = {
            "type": "textfield",
            "key": f"{key}x",
            "label": "X",
        }  # a list must have something to fill in
        inner = components([f"{key}{n}" for n in "ab"], depth - 1).map(lambda made: [first, *made])
        return st.fixed_dictionaries({"components": inner})
    return {
        "radio": st.just({"values": OPTIONS}),
        "select": st.just({"values": OPTIONS}),
        "checklist": st.sampled_from([{"values": OPTIONS}, {"valuesExpression": "=parter"}]),
        "datetime": st.sampled_from([{"subtype": s} for s in ("date", "time", "datetime")]),
        "expression": st.just({"expression": "=navn" if key.startswith("a") else "=a"}),
        "textfield": st.sampled_from([{}, {"readonly": True}]),
    }.get(kind, st.just({}))


FORMS = components(list("abcd")).map(lambda made: {"type": "default", "components": made})

# ---- random answers ----------------------------------------------------------------------
LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
)
FIRST, LAST = datetime(1900, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001  (hypothesis adds the zone)
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(danish.COPENHAGEN))
NUMBERS = st.integers(-(10**15), 10**15) | st.decimals(-(10**9), 10**9, places=3).map(
    lambda d: danish.whole(Decimal(d))
)


def answers(form_components):
    names = {
        one.get("path") or one["key"]: _answer(one)
        for one in form_components
        if one["type"] != "text"
    }
    return st.fixed_dictionaries({}, optional=names)


def _answer(one):
    kind = one.get("subtype", one["type"])
    if kind == "group":
        return answers(one["components"])
    if kind == "dynamiclist":
        return st.lists(answers(one["components"]), max_size=3)
    values = [o["value"] for o in one.get("values", ())] or CONTEXT["parter"]
    fitting = {
        "textfield": st.text(LETTERS, max_size=20),
        "textarea": st.lists(st.text(LETTERS, max_size=9), max_size=3).map("\n".join),
        "number": NUMBERS,
        "checkbox": st.booleans(),
        "radio": st.sampled_from(values),
        "select": st.sampled_from(values),
        "checklist": st.sets(st.sampled_from(range(len(values)))).map(
            lambda chosen: [values[n] for n in sorted(chosen)]  # a page sends them in its own order
        ),
        "date": st.dates(date(1800, 1, 1)).map(date.isoformat),
        "time": st.times().map(
            lambda t: t.isoformat("minutes" if t.microsecond % 2 else "seconds")
        ),
        "datetime": MOMENTS.filter(lambda m: not m.fold).map(
            lambda m: danish.iso(m.replace(microsecond=0))
        ),
        "expression": st.none(),
    }
    return st.none() | fitting[kind]


@given(st.data())
def test_a_page_loses_nothing(data):
    form = data.draw(FORMS)
    assert not forms.unsupported(form, parse=feel.compile)
    checked = check(form, data.draw(answers(form["components"])))
    shown = page(form, checked.values, checked.problems)
    posted = send(shown)
    assert not forms.unseen(shown, posted)
    again = check(form, forms.from_post(form, posted))
    if checked.problems:
        assert set(again.problems) >= set(checked.problems) - {
            k for k in checked.problems if "." in k
        }
    else:
        assert (again.values, again.problems) == (checked.values, {})


TYPED = st.text(LETTERS, max_size=8) | st.sampled_from(
    [
        "31",
        "2",
        "2025",
        "00",
        "0",
        "1.234,5",
        "-3",
        "9.30",
        "25.00",
        "true",
        "ja",
        '"3"',
        "3",
        " ",
        "1e5",
        "١",
        "--",
    ]
)


@given(st.data())
def test_what_was_typed_wrongly_is_shown_again_as_it_was_typed(data):
    form = data.draw(FORMS)
    names = [n for one in everything(page(form, {"c": [{}, {}], "d": [{}]})) for n in _inputs(one)]
    posted = MultiDict((name, data.draw(TYPED)) for name in names)
    posted.update({"svar.c.antal": "2", "svar.d.antal": "1"})
    seen = [one.seen for one in everything(page(form, {"c": [{}, {}], "d": [{}]})) if one.seen]
    posted.setlist("vist", seen)
    once = forms.from_post(form, posted)
    assume(not forms.unseen(page(form, once), posted))  # else the page is drawn again first
    drawn = settled(form, once)
    again = forms.from_post(form, send(page(form, once, check(form, once).problems)))
    assert _kept(again) == _kept(drawn)


def settled(form, answers_):
    """The answers without what a condition hides, and without what nobody can type."""
    shown = {
        one.key
        for one in everything(page(form, answers_))
        if one.kind not in ("shown", "group", "prose")
    }

    def keep(value, path=()):
        if isinstance(value, dict):
            return {k: keep(v, (*path, k)) for k, v in value.items() if _inside((*path, k), shown)}
        if isinstance(value, list) and any(isinstance(v, dict) for v in value):
            return [keep(v, (*path, n)) for n, v in enumerate(value)]
        return value

    return keep(answers_)


def _inside(path, shown):
    name = ".".join(map(str, path))
    return name in shown or any(key.startswith(f"{name}.") for key in shown)


def _kept(value):
    """Choices that were never there cannot be shown again; blanks are blanks."""
    if isinstance(value, dict):
        return {k: _kept(v) for k, v in value.items() if _kept(v) not in (None, {}, [])}
    if isinstance(value, list):
        there = [choices.text_of(v) for v in CONTEXT["parter"] + [o["value"] for o in OPTIONS]]
        return [_kept(v) for v in value if isinstance(v, dict) or choices.text_of(v) in there]
    return value


def _inputs(one):
    if one.kind in ("text", "textarea", "number", "time"):
        return [one.name]
    return [part.name for part in one.parts]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("abcd") | st.text(max_size=3), inner)
    ),
    max_leaves=12,
)


@given(FORMS, JSON)
def test_no_answers_make_the_check_or_the_page_raise(form, answers_):
    checked = check(form, answers_)
    assert all(isinstance(said, forms.Problem) and str(said) for said in checked.problems.values())
    if not checked.problems:
        assert check(form, checked.values) == checked
        json.dumps(checked.values, allow_nan=False)
    if isinstance(answers_, dict):
        page(form, answers_, checked.problems)


@given(FORMS, st.dictionaries(st.text(max_size=12), st.lists(st.text(), max_size=3), max_size=9))
def test_no_post_makes_the_reader_raise(form, posted):
    typed = forms.from_post(form, MultiDict(posted))
    check(form, typed)
    page(form, typed)


@given(JSON)
def test_no_schema_makes_the_refusals_raise(schema):
    forms.unsupported(schema)
    forms.unsupported({"components": [schema]})
    forms.unsupported(
        {
            "components": [
                {"type": "dynamiclist", "path": "a", "components": schema, "validate": schema}
            ]
        }
    )


@given(
    st.sampled_from(sorted(["textfield", "number", "radio", "datetime", "table", "text", "group"])),
    st.data(),
)
def test_no_setting_makes_the_refusals_raise_and_what_they_let_through_works(kind, data):
    words = ["label", "key", "path", "validate", "conditional", "values", "valuesExpression", "properties", "subtype",
             "decimalDigits", "readonly", "defaultValue", "text", "columns", "dataSource", "appearance", "components",
             "description"]  # fmt: skip
    odd = data.draw(st.dictionaries(st.sampled_from(words), JSON, max_size=4))
    form = {
        "components": [
            {"type": kind, "key": "a", "path": "a", "label": "A", "values": OPTIONS, **odd}
        ]
    }
    if not forms.unsupported(form, parse=feel.compile):
        check(form, {"a": "x"})
        page(form, {})
        forms.sample(form, now=NOW, context=CONTEXT, feel=evaluate)


@given(FORMS)
def test_a_sample_is_accepted(form):
    made = forms.sample(form, now=NOW, context=CONTEXT, feel=evaluate)
    checked = check(form, made)
    fixed = {key for key in checked.problems if "true" in key}
    assert checked.problems.keys() <= fixed


@given(st.booleans() | st.text() | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9))
def test_a_choice_comes_back_as_what_it_was(value):
    back = choices.value_of(choices.text_of(value))
    assert (back, type(back)) == (value, type(value))


@given(NUMBERS)
def test_a_number_is_typed_as_it_is_shown(number):
    assert danish.typed_number(danish.say_number(number)) == number


@given(st.dates(date(1800, 1, 1)), st.times())
def test_a_date_and_a_time_are_typed_as_they_are_shown(day, at):
    assert danish.typed_date(*danish.date_parts(day.isoformat())) == day.isoformat()
    assert danish.typed_time(time(at.hour, at.minute).isoformat("minutes")) == time(
        at.hour, at.minute
    ).isoformat("minutes")


def test_the_scene_of_a_form_with_many_conditions_is_drawn_in_time():
    """A row of conditions where each waits for the next: worst case of drawing again."""
    row = [
        {
            "type": "textfield",
            "key": f"f{n}",
            "label": "F",
            "conditional": {"hide": f"=f{n + 1} = null"},
        }
        for n in range(200)
    ]
    form = {"components": row}
    assert check(form, {f"f{n}": "x" for n in range(200)}).values.keys() != set()
    assert settle(forms.reading.read(form).components, {}, evaluate, {}).hidden
