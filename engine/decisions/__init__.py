"""DMN 1.1 to 1.5: decision tables, boxed expressions, knowledge models, services, chained decisions.

    decisions = load(xml)
    decisions.decide("Tvist", {"dage": 3}).value

`read` turns XML into nodes, `items` the types, `boxed` and `tables` the logic into closures (FEEL's),
`model` asks a decision and everything that it requires.  `gaps` (with `pieces`) says of tables what no rule
answers and what two answer.
"""

from engine.decisions.gaps import Gap, gaps
from engine.decisions.model import Decided, Decisions, Problem, load
from engine.decisions.read import MAX_BYTES

__all__ = ["MAX_BYTES", "Decided", "Decisions", "Gap", "Problem", "gaps", "load"]
