"""`docs/access.md`, from the table.  `python -m tests.access.page` writes it."""

from __future__ import annotations

from pathlib import Path

from tests.access.table import KINDS, OBJECTS, Row, rows

FILE = Path(__file__).parents[2] / "docs" / "access.md"
_SIGNS = {
    "yes": "✓",
    "empty": "·",
    "none": "404",
    "no": "403",
    "shut": "409",
    "login": "log in",
    "bad": "422",
}
_INTRO = """# Who gets what answer
Every address of Stafet, asked by every kind of person. `tests/access/` walks all of it over a whole site; an
address that is not in the table fails the test. Written by `python -m tests.access.page`; the rules are in
[security.md](security.md).

- ✓ it is done or shown
- · a list or page that holds nothing of it
- 404 as for a number that nobody has
- 403 known to exist, not theirs to do
- 409 not now, or nothing that one could report
- 422 theirs to do, and refused for what was sent
- *log in*: 401, or the login page
"""


def page() -> str:
    """The whole page."""
    kinds = "\n".join(f"{n}. {what}" for n, what in enumerate(KINDS.values(), 1))
    objects = "\n".join(f"- `<{name}>`: {what}" for name, what in OBJECTS.items())
    head = "| | " + " | ".join(str(n) for n in range(1, len(KINDS) + 1)) + " |"
    lines = [head, "|---" * (len(KINDS) + 1) + "|", *(_line(row) for row in rows())]
    return "\n".join([_INTRO, kinds, "", objects, "", *lines, "", _CLI])


_CLI = """## The command line
Whoever can run `stafet` against the database with its keys is the machine itself: no person, every right, and each
act in the audit log under `stafet`. That is the server's own door ([operators.md](operators.md)); it asks nobody who
he is. Keys that are not the database's are refused before anything is read or written.

A command that takes `--by` acts as that person, with that person's rights: `batch begin`, `batch undo`,
`mail --again` and `migrate` are refused to everybody but operators (`tests/access/test_commands.py`).
"""


def _line(row: Row) -> str:
    what = f" {row.what}" if row.what else ""
    cells = " | ".join(_SIGNS[each] for each in row.answers)
    return f"| `{row.method} {row.rule.removeprefix('/api/v1')}`{what} | {cells} |"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
