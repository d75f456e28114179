"""Loops, quantifiers and filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, NotApplicable
from engine.feel.operators import Comparator, compare
from engine.feel.runtime import Evaluator, Run, Scope
from engine.feel.values import FeelValue, Range, is_whole, type_label

PARTIAL: Final = "partial"
"""The name under which a `for` loop sees its own results so far."""

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Domain:
    """One iterator: its variable and either one list expression or the two ends of a range."""

    name: str
    bounds: tuple[Evaluator, ...]

    def items(self, scope: Scope) -> Iterable[FeelValue]:
        """Return what the variable runs over.

        Raises:
            NotApplicable: null, or ends that are not both whole numbers or both dates.

        """
        values = [bound(scope) for bound in self.bounds]
        if len(values) > 1:
            return _count(values[0], values[1], scope.run)
        value = values[0]
        if isinstance(value, list):
            return value
        if isinstance(value, Range):
            return _range_items(value, scope.run)
        if value is None:
            raise NotApplicable("循环的列表为空值。")
        return [value]


def _range_items(value: Range, run: Run) -> Iterable[FeelValue]:
    items = _count(value.start, value.end, run)
    excluded = [
        end
        for end, included in ((value.start, value.start_included), (value.end, value.end_included))
        if not included
    ]
    return [item for item in items if item not in excluded]


def _count(start: FeelValue, end: FeelValue, run: Run) -> Iterable[FeelValue]:
    if type(start) is dt.date and type(end) is dt.date:
        days = (end - start).days
        run.spend(abs(days))
        step = _DAY if days >= 0 else -_DAY
        return [start + step * number for number in range(abs(days) + 1)]
    if not (isinstance(start, Decimal) and isinstance(end, Decimal)):
        raise NotApplicable(f"不能从{type_label(start)}循环到{type_label(end)}。")
    if not (is_whole(start) and is_whole(end)):
        raise NotApplicable("循环的起止数必须是整数。")
    distance = int(end - start)
    run.spend(abs(distance))
    sign = 1 if distance >= 0 else -1
    return [start + sign * number for number in range(abs(distance) + 1)]


def _rounds(domains: tuple[Domain, ...], scope: Scope) -> Iterator[Scope]:
    domain, *inner = domains
    for item in domain.items(scope):
        scope.run.spend()
        inside = scope.child({domain.name: item})
        if inner:
            yield from _rounds(tuple(inner), inside)
        else:
            yield inside


def iterate(
    domains: tuple[Domain, ...], body: Evaluator, scope: Scope, *, partial: bool
) -> list[FeelValue]:
    """Evaluate `for … return …`; `partial` says that the body looks at its earlier results.

    Raises:
        NotApplicable: a domain is null or no range.

    """
    results: list[FeelValue] = []
    for inside in _rounds(domains, scope):
        if partial:
            scope.run.spend(len(results) // 100)
            results.append(body(inside.child({PARTIAL: list(results)})))
        else:
            results.append(body(inside))
        if len(results) > limits.LIST_LENGTH:
            raise FeelLimitExceeded
    return results


def quantify(
    domains: tuple[Domain, ...], condition: Evaluator, scope: Scope, *, decisive: bool
) -> bool | None:
    """Evaluate `some` (decisive is true) or `every` (decisive is false).

    Raises:
        NotApplicable: a domain is null or no range.

    """
    result: bool | None = not decisive
    for inside in _rounds(domains, scope):
        value = condition(inside)
        if value is decisive:
            return decisive
        if value is not True and value is not False:
            result = None
    return result


def filter_list(source: FeelValue, condition: Evaluator, scope: Scope) -> FeelValue:
    """Evaluate `list[condition]`: the item at a number, or the items for which it is true.

    Raises:
        NotApplicable: an index that is no whole number of the list.

    """
    items: list[FeelValue] = [source]
    if source is None or isinstance(source, list):
        items = source or []
    kept: list[FeelValue] = []
    for position, item in enumerate(items):
        scope.run.spend()
        names: dict[str, FeelValue] = {"item": item}
        if isinstance(item, dict):
            names.update(item)
        value = condition(scope.child(names))
        if position == 0 and isinstance(value, Decimal):
            return _at(items, value)
        if value is True:
            kept.append(item)
    if not items and isinstance(condition(scope.child({"item": None})), Decimal):
        return None
    return kept


def _at(items: list[FeelValue], index: Decimal) -> FeelValue:
    size = Decimal(len(items))
    if not is_whole(index) or not index or compare(Comparator.GREATER, abs(index), size):
        raise NotApplicable("序号超出列表范围。")
    return items[int(index) - 1 if index > 0 else int(index)]
