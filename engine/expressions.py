"""Expressions of a diagram: FEEL over the variables, with the caller's functions.

A leading `=`, as other FEEL modellers write it, is dropped.  `now()` and `today()` come from the
command's `now`, in Asia/Shanghai; the kernel never asks the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.errors import DangwuError, ExpressionError
from engine.feel import Expression, YearMonthDuration, compile_expression
from engine.model import Value
from engine.timers import ZONE
from engine.values import clone

Functions = Mapping[str, Callable[..., Any]]


def feel_text(text: str) -> str:
    """Return the FEEL text of an attribute or element of a diagram."""
    return text.strip().removeprefix("=").strip()


def compile_text(text: str) -> Expression:
    """Return the compiled expression; raises FeelSyntaxError."""
    return compile_expression(feel_text(text))


def clock_functions(now: datetime) -> dict[str, Callable[..., Any]]:
    """Return `now()` and `today()` for one command."""
    local = now.astimezone(ZONE)
    return {"now": lambda: local, "today": local.date}


def evaluate(
    text: str, variables: Mapping[str, Value], functions: Functions, element_id: str
) -> Any:
    """Return the FEEL value of `text`; raises ExpressionError naming `element_id`."""
    try:
        return compile_text(text).evaluate(variables, functions)
    except DangwuError as error:
        raise ExpressionError(
            f"“{element_id}”的表达式“{text}”计算失败：{error.message}",
            expression=text,
            seen=seen_by((text,), variables, functions),
        ) from error


def seen_by(
    texts: Iterable[str], variables: Mapping[str, Value], functions: Functions
) -> dict[str, Value] | None:
    """Return the variables the expressions read, None for those that are missing.

    None altogether when a text cannot even be read.
    """
    try:
        names = frozenset[str]().union(*(compile_text(text).names for text in texts))
    except DangwuError:
        return None
    return {name: variables.get(name) for name in sorted(names) if name not in functions}


def to_value(result: Any) -> Value:
    """Return a FEEL value as a process value; years-and-months durations become ISO 8601 text."""
    if isinstance(result, YearMonthDuration):
        sign = "-" if result.months < 0 else ""
        return f"{sign}P{abs(result.months)}M"
    if isinstance(result, list):
        return [to_value(item) for item in result]
    if isinstance(result, dict):
        return {name: to_value(item) for name, item in result.items()}
    return clone(result)
