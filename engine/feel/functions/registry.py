"""How built-in functions declare their parameters, and how arguments are fitted to them.

A signature is text in the style of the standard: `string: string, start position: number,
length?: number`.  A question mark makes a parameter optional.  FEEL's implicit conversions apply:
a list of one item where no list is wanted, a single value where a list is wanted (DMN 1.5,
10.3.2.9.4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.feel.errors import NotApplicable
from engine.feel.values import FeelFunction, FeelValue, Range, YearMonthDuration, type_label

Implementation: TypeAlias = Callable[..., FeelValue]

_ANY: Final = "any"
_KINDS: Final[Mapping[str, tuple[str, tuple[type, ...]]]] = {
    _ANY: ("任意值", ()),
    "number": ("数字", (Decimal,)),
    "string": ("文本", (str,)),
    "boolean": ("是否值", (bool,)),
    "list": ("列表", (list,)),
    "context": ("上下文", (dict,)),
    "function": ("函数", (FeelFunction,)),
    "range": ("区间", (Range,)),
    "date": ("日期", (dt.date,)),
    "day": ("日期", (dt.date, dt.datetime)),
    "date and time": ("日期时间", (dt.datetime,)),
    "time": ("时间", (dt.time,)),
    "days and time duration": ("天时分秒时长", (dt.timedelta,)),
    "measure": ("数字或时长", (Decimal, dt.timedelta, YearMonthDuration)),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, what it takes, and whether it may be left out."""

    name: str
    label: str
    types: tuple[type, ...]
    optional: bool

    def fit(self, value: FeelValue) -> FeelValue:
        """Return the value, converted if FEEL converts it.

        Raises:
            NotApplicable: the value does not fit.

        """
        kind = type(value)
        if not self.types or kind in self.types or (value is None and self.optional):
            return value
        if value is not None and list in self.types:
            return [value]
        if isinstance(value, list) and len(value) == 1 and type(value[0]) in self.types:
            return value[0]
        raise NotApplicable(f"参数“{self.name}”应为{self.label}，实际为{type_label(value)}。")


Signature: TypeAlias = tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function with all its signatures.

    A `variadic` function takes either one list or any number of items; of a `repeated` one, the
    last parameter may be given any number of times.
    """

    name: str
    signatures: tuple[Signature, ...]
    implementation: Implementation
    variadic: bool = False
    repeated: bool = False

    @property
    def value(self) -> FeelFunction:
        """The function as a value, to be passed to other functions."""
        longest = max(self.signatures, key=len)
        return FeelFunction(self.name, tuple(item.name for item in longest), self.call)

    def call(self, *values: FeelValue) -> FeelValue:
        """Call with arguments by position.

        Raises:
            NotApplicable: no signature takes these arguments.

        """
        if self.variadic and values and not (len(values) == 1 and isinstance(values[0], list)):
            values = (list(values),)
        if self.repeated and values:
            (signature,) = self.signatures
            last = signature[-1]
            return self.implementation(
                *(
                    (signature[position] if position < len(signature) else last).fit(value)
                    for position, value in enumerate(values)
                )
            )
        refusal = NotApplicable(f"函数“{self.name}”的参数个数不对（{len(values)} 个）。")
        for signature in self.signatures:
            if self._required(signature) <= len(values) <= len(signature):
                try:
                    fitted = [
                        parameter.fit(value)
                        for parameter, value in zip(signature, values, strict=False)
                    ]
                except NotApplicable as error:
                    refusal = error
                else:
                    return self.implementation(*fitted)
        raise refusal

    def call_named(self, values: Mapping[str, FeelValue]) -> FeelValue:
        """Call with arguments by name.

        Raises:
            NotApplicable: no signature has these parameters.

        """
        for signature in self.signatures:
            known = {parameter.name for parameter in signature}
            required = {parameter.name for parameter in signature if not parameter.optional}
            if required <= values.keys() <= known:
                return self.implementation(
                    *(parameter.fit(values.get(parameter.name)) for parameter in signature)
                )
        raise NotApplicable(f"函数“{self.name}”没有名为“{'、'.join(values)}”的参数组合。")

    @staticmethod
    def _required(signature: Signature) -> int:
        return sum(not parameter.optional for parameter in signature)


def builtin(
    name: str, *signatures: str, variadic: bool = False, repeated: bool = False
) -> Callable[[Implementation], Builtin]:
    """Declare a built-in function; see the module's docstring for signatures."""

    def declare(implementation: Implementation) -> Builtin:
        parsed = tuple(_signature(text) for text in signatures)
        return Builtin(name, parsed, implementation, variadic, repeated)

    return declare


def collect(namespace: Mapping[str, Any]) -> tuple[Builtin, ...]:
    """Return the built-in functions among a module's names."""
    return tuple(value for value in namespace.values() if isinstance(value, Builtin))


def _signature(text: str) -> Signature:
    return tuple(_parameter(part) for part in text.split(",") if part.strip())


def _parameter(text: str) -> Parameter:
    name, kind = (part.strip() for part in text.split(":"))
    label, types = _KINDS[kind]
    return Parameter(name.removesuffix("?"), label, types, name.endswith("?"))
