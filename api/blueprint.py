"""A blueprint of the API: who calls is settled, what comes in is checked, errors are JSON."""

from __future__ import annotations

from functools import partial

from flask_smorest import Blueprint

from api.bodies import Parser, check_address
from api.caller import identify
from api.errors import answer_in_json

#: A path's number, no larger than the database can hold.
NUMBER = "int(max=9223372036854775807)"
#: What an answer that is not JSON holds, in the description's words.
BYTES = {"type": "string", "format": "binary"}
TEXT = {"type": "string"}


class _Blueprint(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = Parser()


def blueprint(name: str, description: str, *, scope: str = "write") -> Blueprint:
    """A new one; `name` heads its calls in the documentation.  What changes something needs a token of this scope."""
    # Prefixed: the pages have blueprints of the same names.
    made = _Blueprint(f"api-{name}", f"api.{name}", description=description)
    made.before_request(partial(identify, scope))
    made.before_request(check_address)
    answer_in_json(made)
    return made
