"""The built-in functions of FEEL (DMN 1.5, 10.3.4), one module per family.

`today` and `now` are not here: the kernel knows no clock, so callers pass them to `evaluate`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.feel.functions import (
    contexts,
    conversion,
    dates,
    intervals,
    lists,
    numbers,
    ranges,
    strings,
)
from engine.feel.functions.registry import Builtin

BUILTINS: Final[Mapping[str, Builtin]] = MappingProxyType(
    {
        function.name: function
        for family in (contexts, conversion, dates, intervals, lists, numbers, ranges, strings)
        for function in family.FUNCTIONS
    }
)

__all__ = ["BUILTINS"]
