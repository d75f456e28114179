"""FEEL, the expression language of DMN 1.5: compiled once to closures, safe by construction.

No Python code is ever evaluated and no attribute of a Python object reached; every evaluation has a
budget (`limits`).  Errors inside an expression are FEEL's null, with warnings that say why.
"""

from engine.feel.errors import (
    FeelLimitExceeded,
    FeelSyntaxError,
    FeelWarning,
    NotApplicable,
    WarningCode,
)
from engine.feel.expression import (
    Expression,
    UnaryTests,
    compile_expression,
    compile_unary_tests,
)
from engine.feel.rendering import render
from engine.feel.runtime import Functions
from engine.feel.values import (
    FeelFunction,
    FeelValue,
    Range,
    YearMonthDuration,
    to_feel,
)

__all__ = [
    "Expression",
    "FeelFunction",
    "FeelLimitExceeded",
    "FeelSyntaxError",
    "FeelValue",
    "FeelWarning",
    "Functions",
    "NotApplicable",
    "Range",
    "UnaryTests",
    "WarningCode",
    "YearMonthDuration",
    "compile_expression",
    "compile_unary_tests",
    "render",
    "to_feel",
]
