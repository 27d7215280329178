"""What was probably meant: the nearest known name, and FEEL's word for another language's sign."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: How other languages write it, and Danish people say it.
_OTHERWISE = {
    "==": "=", "===": "=", "<>": "!=", "=<": "<=", "=>": ">=", "&&": "and", "&": "and", "||": "or",
    "|": "or", "!": "not(…)", "^": "**", "'": '"', "“": '"', "”": '"', "„": '"', "»": '"', "´": '"',
    ";": ",", "og": "and", "eller": "or", "ikke": "not(…)", "hvis": "if", "så": "then", "saa": "then",
    "ellers": "else", "mellem": "between", "sand": "true", "sandt": "true", "falsk": "false",
    "True": "true", "False": "false", "None": "null", "nul": "null", "ingen": "null",
}  # fmt: skip
_LIKENESS = 0.7
_MOST_NAMES, _MOST_LENGTH = 2_000, 60


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like this one; '' where none does.  Large and small letters are alike."""
    if not name or len(name) > _MOST_LENGTH:
        return ""
    by_form: dict[str, str] = {}
    for one in known:
        if len(by_form) >= _MOST_NAMES:
            break
        if len(one) <= _MOST_LENGTH and one != name:
            by_form.setdefault(one.casefold(), one)
    found = get_close_matches(name.casefold(), by_form, 1, _LIKENESS)
    return by_form[found[0]] if found else ""


def meant(written: str, known: Iterable[str] = ()) -> str:
    """What FEEL calls it, where somebody wrote it otherwise: `==` is `=`, `og` is `and`, `thn` is `then`."""
    return _OTHERWISE.get(written) or nearest(written, known)


def suggested(name: str, known: Iterable[str]) -> str:
    """What an unknown name was probably meant to be; in `a og b` it is the word between the names."""
    words = name.split()
    foreign = (_OTHERWISE[word] for word in words if word in _OTHERWISE)
    return _OTHERWISE.get(name) or nearest(name, known) or next(foreign, "")


def tail(hint: str) -> str:
    """The hint as the end of a sentence that has no full stop yet."""
    return f". Did you mean “{hint}”?" if hint else "."
