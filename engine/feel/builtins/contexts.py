"""Functions of contexts (DMN 10.3.4.6)."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.values import Run, Wrong


@builtin("get value", "m: context, key: string")
@builtin("get value", "context: context, key: string")
@builtin("get value", "context: context, keys: list")
def _get_value(run: Run, context: dict[str, Any], keys: Any) -> Any:
    at: Any = context
    for key in [keys] if isinstance(keys, str) else run.listed(keys):
        if not isinstance(key, str):
            raise Wrong("the keys are texts.")
        if not isinstance(at, dict) or key not in at:
            return run.warn("there is no entry “{}”.", key)
        at = at[key]
    return at


@builtin("get entries", "m: context")
@builtin("get entries", "context: context")
def _entries(run: Run, context: dict[str, Any]) -> Any:
    run.spend(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries: list")
def _context(run: Run, entries: list[Any]) -> Any:
    run.spend(len(entries))
    made: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise Wrong("each entry needs a key and a value.")
        if "value" not in entry or entry["key"] in made:
            raise Wrong("each entry needs a value, and each key is given once.")
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put", "context: context, key: string, value: any~")
def _put(run: Run, context: dict[str, Any], key: str, value: Any) -> Any:
    run.spend(len(context))
    return {**context, key: value}


@builtin("context put", "context: context, keys: list, value: any~")
def _put_deep(run: Run, context: dict[str, Any], keys: list[Any], value: Any) -> Any:
    if not keys or not all(isinstance(key, str) for key in keys):
        raise Wrong("the keys are texts, at least one.")
    run.spend(len(context) + len(keys))
    key, *rest = keys
    if not rest:
        return {**context, key: value}
    inner = context.get(key)
    if inner is not None and not isinstance(inner, dict):
        raise Wrong(f"the entry “{key}” is no context.")
    if inner is None:
        raise Wrong(f"there is no context “{key}”.")
    return {**context, key: _put_deep(run, inner, rest, value)}


@builtin("context merge", "contexts: list")
def _merge(run: Run, contexts: list[Any]) -> Any:
    merged: dict[str, Any] = {}
    for one in contexts:
        if not isinstance(one, dict):
            raise Wrong("only contexts can be merged.")
        run.spend(len(one))
        merged.update(one)
    return merged
