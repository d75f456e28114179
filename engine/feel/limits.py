"""How much work one expression may ask for.

Expressions come from diagrams and decision tables, which people upload.  Every bound here turns a
would-be hang or memory blow-up into `FeelLimitExceeded`.
"""

from typing import Final

TEXT_LENGTH: Final = 20_000
"""Characters of one expression."""

NESTING: Final = 120
"""Levels of one syntax tree; each level costs Python stack frames."""

STEPS: Final = 500_000
"""Loop rounds, filter items and function calls of one evaluation."""

CALL_DEPTH: Final = 60
"""User-defined functions calling each other."""

LIST_LENGTH: Final = 100_000
"""Items of one list that an expression builds."""

STRING_LENGTH: Final = 200_000
"""Characters of one string that an expression builds."""

WARNINGS: Final = 100
"""Warnings kept of one evaluation; later ones are dropped."""

REGEX_LENGTH: Final = 300
"""Characters of one regular expression."""

REGEX_WORK: Final = 100_000_000
"""Matching steps a regular expression may need in the worst case."""
