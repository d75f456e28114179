"""The rules of a countersign (会签): when the written opinions of named people have decided.

Everything is counted in exact fractions: two of three are two thirds.  This is for signed
opinions; a secret ballot is a meeting's business (docs/explanation/votes.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from engine.errors import ExpressionError

_FRACTION: Final = re.compile(r"\s*(\d+)\s*/\s*(\d*[1-9]\d*)\s*")
_PERCENT: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")


class CountersignRule(StrEnum):
    """What has to agree: everybody, anybody, a number, a share, or a sum of weights."""

    ALL = "all"
    ANY = "any"
    COUNT = "count"
    RATIO = "ratio"
    WEIGHT = "weight"


class Verdict(StrEnum):
    """Where a countersign stands: `FAILED` as soon as it can no longer pass."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Countersign:
    """The rule of one multi-instance user task; expressions are FEEL text.

    `value` is the number, share or weight needed; with `strict` more than it.  `agrees` is judged
    with the names of an instance, `weight` with its item before anybody acts.  `result` names the
    variable that says in the end whether it passed.  With `wait_for_all` everybody is heard, even
    when the result is certain.
    """

    rule: CountersignRule
    agrees: str
    result: str
    value: str | None = None
    weight: str | None = None
    strict: bool = False
    wait_for_all: bool = False

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, str]) -> Countersign:
        """Return the rule in a checked `dw:countersign`."""
        return cls(
            rule=CountersignRule(attributes["rule"]),
            agrees=attributes["agrees"],
            result=attributes["result"],
            value=attributes.get("value"),
            weight=attributes.get("weight"),
            strict=attributes.get("strict") == "true",
            wait_for_all=attributes.get("waitForAll") == "true",
        )

    def verdict(self, tally: Tally, needed: Fraction) -> Verdict:
        """Return where the countersign stands; `needed` is the value of rules that have one.

        Nobody to ask is nobody who agrees: an empty countersign fails.
        """
        if self._enough(tally.agreed, tally.total, needed):
            return Verdict.PASSED
        if self._enough(tally.agreed + tally.outstanding, tally.total, needed):
            return Verdict.OPEN
        return Verdict.FAILED

    def _enough(self, agreed: Fraction, total: Fraction, needed: Fraction) -> bool:
        if self.rule is CountersignRule.ALL:
            return agreed == total > 0
        if self.rule is CountersignRule.ANY:
            return agreed > 0
        if self.rule is CountersignRule.RATIO:
            needed *= total
        return total > 0 and (agreed > needed if self.strict else agreed >= needed)


@dataclass(frozen=True, slots=True)
class Tally:
    """Opinions so far, in people or in their weights; `total` is of all who are asked."""

    total: Fraction = Fraction(0)
    agreed: Fraction = Fraction(0)
    against: Fraction = Fraction(0)

    @property
    def outstanding(self) -> Fraction:
        """What has not been heard yet."""
        return self.total - self.agreed - self.against

    def asked(self, weight: Fraction) -> Tally:
        """Return the tally with one more to ask; a negative weight takes one back."""
        return replace(self, total=self.total + weight)

    def heard(self, weight: Fraction, *, agrees: bool) -> Tally:
        """Return the tally with one more opinion."""
        if agrees:
            return replace(self, agreed=self.agreed + weight)
        return replace(self, against=self.against + weight)

    def to_plain(self) -> list[str]:
        """Return the tally as texts, exact."""
        return [str(self.total), str(self.agreed), str(self.against)]

    @classmethod
    def from_plain(cls, plain: list[str]) -> Tally:
        """Return the tally written by `to_plain`."""
        return cls(*map(Fraction, plain))


def literal(text: str) -> Fraction | None:
    """Return the exact value of `2/3` or `60%`; None for everything else, which is FEEL."""
    share = _FRACTION.fullmatch(text)
    if share is not None:
        return Fraction(int(share[1]), int(share[2]))
    percent = _PERCENT.fullmatch(text)
    return Fraction(percent[1]) / 100 if percent is not None else None


def exact(value: object, what: str) -> Fraction:
    """Return a number as a fraction; raises ExpressionError, naming `what`, for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ExpressionError(f"{what}不是数字。")
    try:
        return Fraction(value)
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"{what}不是数字。") from error
