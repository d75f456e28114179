"""Interval functions (DMN 1.5, 10.3.4.9), Allen's relations between points and ranges.

A point counts as the closed range from itself to itself, which turns the standard's four formulas
per function into one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from engine.feel.errors import NotApplicable
from engine.feel.functions.registry import Builtin, builtin
from engine.feel.operators import Comparator, compare, equal
from engine.feel.values import FeelValue, Range

Relation: TypeAlias = Callable[[Range, Range], bool]

_POINT_FIRST: Final = "point: any, range: range"
_RANGE_FIRST: Final = "range: range, point: any"
_TWO_POINTS: Final = "point1: any, point2: any"
_TWO_RANGES: Final = "range1: range, range2: range"


def _as_range(value: FeelValue) -> Range:
    if value is None:
        raise NotApplicable("时点或区间不能为空值。")
    if isinstance(value, Range):
        return value
    return Range(value, value, start_included=True, end_included=True)


def _less(left: FeelValue, right: FeelValue) -> bool:
    result = compare(Comparator.LESS, left, right)
    if result is None:
        raise NotApplicable("两个值不能比较大小。")
    return result


def _same(left: FeelValue, right: FeelValue) -> bool:
    return equal(left, right) is True


def _before(a: Range, b: Range) -> bool:
    touching = _same(a.end, b.start) and not (a.end_included and b.start_included)
    return _less(a.end, b.start) or touching


def _meets(a: Range, b: Range) -> bool:
    return a.end_included and b.start_included and _same(a.end, b.start)


def _overlaps(a: Range, b: Range) -> bool:
    return not _before(a, b) and not _before(b, a)


def _starts_no_later(a: Range, b: Range) -> bool:
    same = _same(a.start, b.start) and (a.start_included or not b.start_included)
    return _less(a.start, b.start) or same


def _ends_no_later(a: Range, b: Range) -> bool:
    same = _same(a.end, b.end) and (b.end_included or not a.end_included)
    return _less(a.end, b.end) or same


def _overlaps_before(a: Range, b: Range) -> bool:
    earlier = _starts_no_later(a, b) and not _starts_no_later(b, a)
    return earlier and _overlaps(a, b) and _ends_no_later(a, b)


def _finishes(a: Range, b: Range) -> bool:
    same = a.end_included == b.end_included and _same(a.end, b.end)
    return same and _starts_no_later(b, a)


def _includes(a: Range, b: Range) -> bool:
    return _starts_no_later(a, b) and _ends_no_later(b, a)


def _starts(a: Range, b: Range) -> bool:
    same = a.start_included == b.start_included and _same(a.start, b.start)
    return same and _ends_no_later(a, b)


def _coincides(a: Range, b: Range) -> bool:
    return _same(a, b)


def _swapped(relation: Relation) -> Relation:
    return lambda first, second: relation(second, first)


def _declare(name: str, relation: Relation, *signatures: str) -> Builtin:
    # By position any mix of points and ranges is fitted; the signatures serve calls by name.
    @builtin(name, "first: any, second: any", *signatures)
    def relate(first: FeelValue, second: FeelValue) -> FeelValue:
        return relation(_as_range(first), _as_range(second))

    return relate


FUNCTIONS = (
    _declare("before", _before, _TWO_RANGES, _TWO_POINTS, _POINT_FIRST),
    _declare("after", _swapped(_before), _TWO_RANGES, _TWO_POINTS, _POINT_FIRST),
    _declare("meets", _meets, _TWO_RANGES),
    _declare("met by", _swapped(_meets), _TWO_RANGES),
    _declare("overlaps", _overlaps, _TWO_RANGES),
    _declare("overlaps before", _overlaps_before, _TWO_RANGES),
    _declare("overlaps after", _swapped(_overlaps_before), _TWO_RANGES),
    _declare("finishes", _finishes, _TWO_RANGES, _POINT_FIRST),
    _declare("finished by", _swapped(_finishes), _TWO_RANGES, _RANGE_FIRST),
    _declare("includes", _includes, _TWO_RANGES, _RANGE_FIRST),
    _declare("during", _swapped(_includes), _TWO_RANGES, _POINT_FIRST),
    _declare("starts", _starts, _TWO_RANGES, _POINT_FIRST),
    _declare("started by", _swapped(_starts), _TWO_RANGES, _RANGE_FIRST),
    _declare("coincides", _coincides, _TWO_RANGES, _TWO_POINTS),
)
