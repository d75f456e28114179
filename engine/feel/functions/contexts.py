"""Context functions (DMN 1.5, 10.3.4.10)."""

from __future__ import annotations

from engine.feel.errors import NotApplicable
from engine.feel.functions.registry import builtin, collect
from engine.feel.values import FeelValue


@builtin("get value", "m: context, key: string")
def _get_value(context: dict[str, FeelValue], key: str) -> FeelValue:
    return context.get(key)


@builtin("get entries", "m: context")
def _get_entries(context: dict[str, FeelValue]) -> FeelValue:
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries: list")
def _context(entries: list[FeelValue]) -> FeelValue:
    result: dict[str, FeelValue] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not {"key", "value"} <= entry.keys():
            raise NotApplicable("每一项都必须有 key 和 value。")
        key = entry["key"]
        if not isinstance(key, str) or key in result:
            raise NotApplicable("key 必须是不重复的文本。")
        result[key] = entry["value"]
    return result


@builtin(
    "context put",
    "context: context, key: string, value: any",
    "context: context, keys: list, value: any",
)
def _context_put(context: dict[str, FeelValue], key: FeelValue, value: FeelValue) -> FeelValue:
    path: list[FeelValue] = key if isinstance(key, list) else [key]
    if not path:
        raise NotApplicable("至少需要一个 key。")
    return _put(context, path, value)


def _put(context: FeelValue, path: list[FeelValue], value: FeelValue) -> FeelValue:
    key, *rest = path
    if not isinstance(context, dict) or not isinstance(key, str):
        raise NotApplicable("key 必须是文本，并且指向上下文。")
    return {**context, key: _put(context.get(key), rest, value) if rest else value}


@builtin("context merge", "contexts: list")
def _context_merge(contexts: list[FeelValue]) -> FeelValue:
    merged: dict[str, FeelValue] = {}
    for context in contexts:
        if not isinstance(context, dict):
            raise NotApplicable("只有上下文可以合并。")
        merged.update(context)
    return merged


FUNCTIONS = collect(globals())
