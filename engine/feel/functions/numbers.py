"""Numeric functions (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel.errors import NotApplicable
from engine.feel.functions.registry import Builtin, builtin, collect
from engine.feel.operators import NEGATE
from engine.feel.values import DECIMAL, FeelValue, YearMonthDuration, is_whole

_MIN_SCALE: Final = -6111
_MAX_SCALE: Final = 6176


def _rounded(number: Decimal, scale: Decimal, rounding: str) -> Decimal:
    places = int(scale)
    if not _MIN_SCALE <= places <= _MAX_SCALE:
        raise NotApplicable("保留的小数位数超出范围。")
    exact = DECIMAL.copy()
    exact.rounding = rounding
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -places:
        return number  # already coarser than asked; quantizing could need more than 34 digits
    return DECIMAL.plus(number.quantize(Decimal((0, (1,), -places)), context=exact))


def _rounding(name: str, mode: str, *signatures: str) -> Builtin:
    @builtin(name, *signatures)
    def round_number(number: Decimal, scale: Decimal | None = None) -> FeelValue:
        return _rounded(number, Decimal(0) if scale is None else scale, mode)

    return round_number


_TO_WHOLE: Final = "n: number"
_TO_SCALE: Final = "n: number, scale: number"

_floor = _rounding("floor", decimal.ROUND_FLOOR, _TO_WHOLE, _TO_SCALE)
_ceiling = _rounding("ceiling", decimal.ROUND_CEILING, _TO_WHOLE, _TO_SCALE)
_decimal = _rounding("decimal", decimal.ROUND_HALF_EVEN, _TO_SCALE)
_round_up = _rounding("round up", decimal.ROUND_UP, _TO_SCALE)
_round_down = _rounding("round down", decimal.ROUND_DOWN, _TO_SCALE)
_round_half_up = _rounding("round half up", decimal.ROUND_HALF_UP, _TO_SCALE)
_round_half_down = _rounding("round half down", decimal.ROUND_HALF_DOWN, _TO_SCALE)


@builtin("abs", "n: measure")
def _abs(value: Any) -> FeelValue:
    negative = value.months < 0 if isinstance(value, YearMonthDuration) else value < type(value)(0)
    return NEGATE[type(value)](value) if negative else value


@builtin("modulo", "dividend: number, divisor: number")
def _modulo(dividend: Decimal, divisor: Decimal) -> FeelValue:
    # The sign follows the divisor, unlike Python's Decimal remainder.
    rest = DECIMAL.remainder(dividend, divisor)
    return DECIMAL.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


def _function_of_number(name: str, compute: Callable[[Decimal], FeelValue]) -> Builtin:
    return builtin(name, "number: number")(compute)


def _logarithm(number: Decimal) -> Decimal:
    if number <= 0:
        raise NotApplicable("只能对正数取对数。")
    return DECIMAL.ln(number)


_sqrt = _function_of_number("sqrt", DECIMAL.sqrt)
_log = _function_of_number("log", _logarithm)
_exp = _function_of_number("exp", DECIMAL.exp)
_even = _function_of_number("even", lambda number: is_whole(number) and int(number) % 2 == 0)
_odd = _function_of_number("odd", lambda number: is_whole(number) and int(number) % 2 == 1)


FUNCTIONS = collect(globals())
