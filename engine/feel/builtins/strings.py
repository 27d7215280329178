"""Functions of texts (DMN 10.3.4.3).  Positions count characters, from 1, or from the end with a minus."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel import pattern
from engine.feel.builtins.registry import builtin
from engine.feel.conversions import shown
from engine.feel.values import Run, Wrong


@builtin("substring", "string: string, start position: number, length: number?")
def _substring(run: Run, text: str, start: Decimal, length: Decimal | None) -> Any:
    begin = int(start)
    if begin == 0 or abs(begin) > max(len(text), 1):
        raise Wrong("the start position lies outside the text.")
    begin = begin - 1 if begin > 0 else len(text) + begin
    if length is None:
        return run.made(text[begin:])
    if length < 1:
        raise Wrong("the length is less than 1.")
    return run.made(text[begin : begin + int(min(length, Decimal(len(text))))])


@builtin("string length", "string: string")
def _length(run: Run, text: str) -> Any:
    return Decimal(len(text))


@builtin("upper case", "string: string")
def _upper(run: Run, text: str) -> Any:
    return run.made(text.upper())


@builtin("lower case", "string: string")
def _lower(run: Run, text: str) -> Any:
    return run.made(text.lower())


@builtin("trim", "string: string")
def _trim(run: Run, text: str) -> Any:
    return run.made(text).strip()


@builtin("substring before", "string: string, match: string")
def _before(run: Run, text: str, match: str) -> Any:
    head, found, _ = run.made(text).partition(match) if match else ("", "", "")
    return head if found else ""


@builtin("substring after", "string: string, match: string")
def _after(run: Run, text: str, match: str) -> Any:
    if not match:
        return text
    return run.made(text).partition(match)[2]


@builtin("contains", "string: string, match: string")
def _contains(run: Run, text: str, match: str) -> Any:
    return match in run.made(text)


@builtin("starts with", "string: string, match: string")
def _starts(run: Run, text: str, match: str) -> Any:
    return text.startswith(run.made(match))


@builtin("ends with", "string: string, match: string")
def _ends(run: Run, text: str, match: str) -> Any:
    return text.endswith(run.made(match))


@builtin("matches", "input: string, pattern: string, flags: string?~")
def _matches(run: Run, text: str, wanted: str, flags: str | None) -> Any:
    return pattern.prepared(run, wanted, flags).search(text, 0, run) is not None


@builtin("replace", "input: string, pattern: string, replacement: string, flags: string?~")
def _replace(run: Run, text: str, wanted: str, new: str, flags: str | None) -> Any:
    return pattern.replace(run, text, pattern.prepared(run, wanted, flags), new, flags or "")


@builtin("split", "string: string, delimiter: string")
def _split(run: Run, text: str, delimiter: str) -> Any:
    return run.listed(pattern.split(run, text, pattern.prepared(run, delimiter)))


@builtin("string join", "list: list, delimiter: string?~")
@builtin("string join", "list: list, delimiter: string~, prefix: string~, suffix: string~")
def _join(
    run: Run, parts: list[Any], delimiter: str | None, prefix: str | None = None,
    suffix: str | None = None,
) -> Any:  # fmt: skip
    if not all(part is None or isinstance(part, str) for part in parts):
        raise Wrong("only texts can be joined.")
    run.spend(len(parts) + sum(len(part or "") for part in parts) // 32)
    run.spend(len(delimiter or "") * len(parts) // 32)
    joined = (delimiter or "").join(part for part in parts if part is not None)
    return run.made((prefix or "") + joined + (suffix or ""))


@builtin("string", "from: any~")
def _string(run: Run, value: Any) -> Any:
    return None if value is None else run.made(shown(run, value))
