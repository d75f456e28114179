"""Function calls: finding the function, passing arguments, user-defined functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, NotApplicable, WarningCode
from engine.feel.functions import BUILTINS
from engine.feel.runtime import Evaluator, Scope
from engine.feel.types import TypeCheck, convert
from engine.feel.values import FeelFunction, FeelValue, to_feel, type_label


@dataclass(frozen=True, slots=True)
class Arguments:
    """Compiled arguments; `names` is empty for a positional call.

    `literal` says that all of them are strings or numbers written in the text.
    """

    values: tuple[Evaluator, ...]
    names: tuple[str, ...]
    literal: bool = False

    def evaluate(self, scope: Scope) -> list[FeelValue]:
        """Return the arguments' values in the order they are written."""
        scope.run.spend()
        return [value(scope) for value in self.values]


def call_by_name(name: str, arguments: Arguments, position: tuple[int, int]) -> Evaluator:
    """Return the closure of `name(…)`.

    A function value in scope comes first, then the caller's functions, then the built-in ones; a
    variable that holds no function does not hide a function of the same name.
    """
    built_in = BUILTINS.get(name)
    known: list[FeelValue] = []  # the result of a built-in function of literals, once computed

    def call(scope: Scope) -> FeelValue:
        value = _function_in_scope(name, scope)
        if value is not None:
            return call_value(value, arguments, scope)
        given = scope.run.functions.get(name)
        if given is not None and not isinstance(given, FeelFunction):
            if arguments.names:
                raise NotApplicable(f"函数“{name}”不支持按名称传参。")
            return _call_given(name, given, arguments.evaluate(scope))
        if built_in is None:
            message = f"没有名为“{name}”的函数。"
            scope.run.warn(WarningCode.UNKNOWN_FUNCTION, message, position)
            return None
        if known:
            return known[0]
        values = arguments.evaluate(scope)
        if arguments.names:
            return built_in.call_named(dict(zip(arguments.names, values, strict=True)))
        result = built_in.call(*values)
        if arguments.literal and not isinstance(result, list | dict):
            known.append(result)
        return result

    return call


def _call_given(name: str, function: Callable[..., object], values: list[FeelValue]) -> FeelValue:
    try:
        return to_feel(function(*values))
    except TypeError as error:
        if _takes(function, len(values)):
            raise
        raise NotApplicable(f"函数“{name}”的参数个数不对（{len(values)} 个）。") from error


def _takes(function: Callable[..., object], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):  # some functions of Python tell no signature
        return False
    return True


def _function_in_scope(name: str, scope: Scope) -> FeelFunction | None:
    level: Scope | None = scope
    while level is not None:
        value = level.variables.get(name)
        if isinstance(value, FeelFunction):
            return value
        level = level.parent
    given = scope.run.functions.get(name)
    return given if isinstance(given, FeelFunction) else None


def call_value(function: FeelValue, arguments: Arguments, scope: Scope) -> FeelValue:
    """Call a function value.

    Raises:
        NotApplicable: the value is no function, or the arguments do not fit its parameters.

    """
    if not isinstance(function, FeelFunction):
        raise NotApplicable(f"{type_label(function)}不能作为函数调用。")
    values = arguments.evaluate(scope)
    if arguments.names:
        if set(arguments.names) != set(function.parameters):
            raise NotApplicable("按名称传入的参数与函数定义不符。")
        named = dict(zip(arguments.names, values, strict=True))
        values = [named[parameter] for parameter in function.parameters]
    return to_feel(function.call(*values))


def define_function(
    names: tuple[str, ...], types: tuple[TypeCheck | None, ...], body: Evaluator, scope: Scope
) -> FeelFunction:
    """Return the function value of `function(names) body` over its defining scope."""
    run = scope.run

    def call(*values: FeelValue) -> FeelValue:
        if len(values) != len(names):
            raise NotApplicable(f"函数需要 {len(names)} 个参数，实际传入 {len(values)} 个。")
        given: dict[str, FeelValue] = {}
        for name, kind, value in zip(names, types, values, strict=True):
            fits, given[name] = (True, value) if kind is None else convert(kind, value)
            if not fits:
                raise NotApplicable(f"参数“{name}”的类型不符。")
        run.spend()
        run.depth += 1
        try:
            if run.depth > limits.CALL_DEPTH:
                raise FeelLimitExceeded
            return body(scope.child(given))
        finally:
            run.depth -= 1

    return FeelFunction("", names, call)
