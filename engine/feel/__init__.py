"""FEEL, the one language that designers write (DMN 1.3 to 1.5): conditions, timers, tables, scripts, forms.

    compile('beloeb > 1000 and type = "A"').evaluate({"beloeb": 1200, "type": "A"})   # True

`lexer` → `grammar` (lark) → `compiler` (closures) with `loops`, `arithmetic`, `compare`, `temporal`,
`pattern` and `builtins/` behind it; `values` says what FEEL's values are in Python, `conversions` how
they become JSON.  No clock, no files, no network: what an expression may use comes in as its context.
"""

from engine.feel.conversions import from_json, to_json
from engine.feel.expression import Expression, compile, compile_unary
from engine.feel.hints import suggested
from engine.feel.types import Type
from engine.feel.values import BUDGET, Months, Range, Wrong

__all__ = [
    "BUDGET",
    "Expression",
    "Months",
    "Range",
    "Type",
    "Wrong",
    "compile",
    "compile_unary",
    "from_json",
    "suggested",
    "to_json",
]
