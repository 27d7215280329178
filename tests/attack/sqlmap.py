"""`python -m tests.attack.sqlmap`: sqlmap against a served demo; exit 1 where a parameter can be injected.

It needs sqlmap on the PATH (`pip install sqlmap`, in an environment of its own), takes some minutes and some ten
thousand requests to this machine, and is no part of `make test`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.http.served import Server, environment, running

ALWAYS = (
    "--batch", "--disable-coloring", "--level", "2", "--risk", "1", "--threads", "4", "--flush-session",
    "--timeout", "20", "--ignore-code", "401,403,404,405,409,422,429",
)  # fmt: skip
TASKS = "/api/v1/tasks?q=Tine&sort=due_at&state=open&after=&case=1&overdue=true&limit=5"
CASE = '{"agreement":"midtjylland*","citizen":{"cpr":"700378-1016*","name":"Tine*"}}'
#: What is asked, as whom, and what sqlmap is told besides.
ASKED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "tasks": (TASKS, "sygeplejerske", ("-p", "q,sort,state,after,case,overdue,limit")),
    "instances": ("/api/v1/instances?stuck=true&pathway=planrunde&agreement=midtjylland&limit=5", "drift",
                  ("-p", "stuck,pathway,agreement,limit")),
    "a case": ("/api/v1/cases/1*", "sygeplejerske", ()),
    "a process": ("/api/v1/processes/midtjylland-planrunde*", "designer", ()),
    "a new case": ("/api/v1/cases", "sygeplejerske", ("--data", CASE)),
    "login": ("/log-ind", "", ("--data", "login=ida&password=x&csrf=plantet", "--cookie", "stafet_besoeg=plantet",
                               "-p", "login,password")),
    "cookie": ("/", "", ("--cookie", "stafet_session=abc*")),
}  # fmt: skip


def run(server: Server, name: str, folder: Path) -> bool:
    """Whether nothing was found; says so."""
    path, who, more = ASKED[name]
    head = [f"Authorization: Bearer {server.token(who)}"] if who else []
    head += ["Content-Type: application/json"] if "{" in "".join(more) else []
    sent = ["--headers", "\n".join(head)] if head else []
    words = ["sqlmap", "-u", server.url + path, *ALWAYS, *more, *sent, "--output-dir", str(folder)]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    # Both must be there: a run that asked nothing found nothing either.
    asked = len(
        re.findall(r"does not seem to be injectable|does not appear to be injectable", said)
    )
    clean = asked > 0 and "all tested parameters do not appear to be injectable" in said
    sys.stdout.write(
        f"{name:<12}{asked:>3} parameters, {'nothing found' if clean else 'LOOK: ' + said[-2000:]}"
        + "\n"
    )
    return clean


def main() -> int:
    """0 where nothing was found and the server answered no 5xx."""
    if not shutil.which("sqlmap"):
        raise SystemExit(
            "sqlmap is not on the PATH: pip install sqlmap, in an environment of its own."
        )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        env = environment(folder, f"sqlite:///{folder}/stafet.db")
        with running("serve", "--demo", env=env, log=folder / "log") as server:
            clean = [run(server, name, folder / "out") for name in ASKED]
        lines = (folder / "log").read_text()
        calls, broken = (
            lines.count(" stafet.web "),
            len(re.findall(r" 5\d\d$", lines, re.MULTILINE)),
        )
    sys.stdout.write(f"{calls} requests, {broken} answered with 5xx\n")
    return 0 if all(clean) and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
