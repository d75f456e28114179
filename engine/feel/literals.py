"""Literals of the source text → values."""

from __future__ import annotations

import decimal
import re
from decimal import Decimal
from typing import Final

from engine.feel.errors import FeelLimitExceeded
from engine.feel.values import DECIMAL

_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SINGLE: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_LAST_CODE_POINT: Final = 0x10FFFF


def read_number(text: str) -> Decimal:
    """Return a numeric literal's value, rounded to 34 digits.

    Raises:
        FeelLimitExceeded: the number is out of range.

    """
    try:
        return DECIMAL.create_decimal(text)
    except decimal.DecimalException as error:
        raise FeelLimitExceeded from error


def read_string(text: str) -> str:
    """Return the value of a quoted literal; an unknown escape stays as it is written."""
    if "\\" not in text:
        return text[1:-1]
    decoded = _ESCAPE.sub(_unescape, text[1:-1])
    # Two \\uXXXX escapes may spell one character as a surrogate pair; a lone half is replaced.
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape(found: re.Match[str]) -> str:
    if found[3]:
        return _SINGLE.get(found[3], found[0])
    code = int(found[1] or found[2], 16)
    return chr(code) if code <= _LAST_CODE_POINT else found[0]
