"""List functions (DMN 1.5, 10.3.4.4); positions count items from 1, or from the end if negative."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cmp_to_key, reduce

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, NotApplicable
from engine.feel.functions.registry import builtin, collect
from engine.feel.operators import ADD, DIVIDE, Comparator, compare, equal
from engine.feel.values import DECIMAL, FeelFunction, FeelValue, is_whole, type_label


def _bounded(items: list[FeelValue]) -> list[FeelValue]:
    if len(items) > limits.LIST_LENGTH:
        raise FeelLimitExceeded
    return items


def _index(items: list[FeelValue], position: Decimal, *, beyond: int = 0) -> int:
    """Return the Python index of a FEEL position."""
    number = int(position)
    if not number or not is_whole(position) or abs(number) > len(items) + beyond:
        raise NotApplicable("序号超出列表范围。")
    return number - 1 if number > 0 else len(items) + number


def _numbers(items: list[FeelValue]) -> list[Decimal]:
    numbers = [item for item in items if isinstance(item, Decimal)]
    if len(numbers) != len(items):
        raise NotApplicable("列表中有不是数字的项。")
    if not numbers:
        raise NotApplicable("列表为空。")
    return numbers


def _holds(items: list[FeelValue], element: FeelValue) -> bool:
    return any(equal(item, element) is True for item in items)


@builtin("list contains", "list: list, element: any")
def _list_contains(items: list[FeelValue], element: FeelValue) -> FeelValue:
    return _holds(items, element)


@builtin("count", "list: list")
def _count(items: list[FeelValue]) -> FeelValue:
    return Decimal(len(items))


def _extreme(items: list[FeelValue], sign: Comparator) -> FeelValue:
    if not items:
        raise NotApplicable("列表为空。")
    best = items[0]
    if compare(Comparator.LESS_OR_EQUAL, best, best) is None:
        raise NotApplicable(f"{type_label(best)}不能比较大小。")
    for item in items[1:]:
        better = compare(sign, item, best)
        if better is None:
            raise NotApplicable("列表中的项不能相互比较。")
        best = item if better else best
    return best


@builtin("min", "list: list", variadic=True)
def _min(items: list[FeelValue]) -> FeelValue:
    return _extreme(items, Comparator.LESS)


@builtin("max", "list: list", variadic=True)
def _max(items: list[FeelValue]) -> FeelValue:
    return _extreme(items, Comparator.GREATER)


@builtin("sum", "list: list", variadic=True)
def _sum(items: list[FeelValue]) -> FeelValue:
    if not items or any(item is None or isinstance(item, str) for item in items):
        raise NotApplicable("只能对数字或时长求和。")
    total = items[0]
    for item in items[1:]:
        add = ADD.get((type(total), type(item))) if type(total) is type(item) else None
        if add is None:
            raise NotApplicable("列表中的项不能相加。")
        total = add(total, item)
    if (type(total), type(total)) not in ADD:
        raise NotApplicable("列表中的项不能相加。")
    return total


@builtin("mean", "list: list", variadic=True)
def _mean(items: list[FeelValue]) -> FeelValue:
    total = _sum.call(items)
    divide = DIVIDE.get((type(total), Decimal))
    if divide is None:
        raise NotApplicable("列表中的项不能求平均。")
    return divide(total, Decimal(len(items)))


@builtin("product", "list: list", variadic=True)
def _product(items: list[FeelValue]) -> FeelValue:
    return reduce(DECIMAL.multiply, _numbers(items))


@builtin("median", "list: list", variadic=True)
def _median(items: list[FeelValue]) -> FeelValue:
    numbers = sorted(_numbers(items))
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return DECIMAL.divide(DECIMAL.add(numbers[middle - 1], numbers[middle]), Decimal(2))


@builtin("stddev", "list: list", variadic=True)
def _stddev(items: list[FeelValue]) -> FeelValue:
    numbers = _numbers(items)
    if len(numbers) < 2:  # noqa: PLR2004 - the sample deviation needs two values
        raise NotApplicable("至少需要两个数字。")
    mean = DECIMAL.divide(reduce(DECIMAL.add, numbers), Decimal(len(numbers)))
    squares = [DECIMAL.power(DECIMAL.subtract(number, mean), 2) for number in numbers]
    variance = DECIMAL.divide(reduce(DECIMAL.add, squares), Decimal(len(numbers) - 1))
    return DECIMAL.sqrt(variance)


@builtin("mode", "list: list", variadic=True)
def _mode(items: list[FeelValue]) -> FeelValue:
    if not items:
        return []
    counts = Counter(_numbers(items))
    most = max(counts.values())
    return [*sorted(number for number, count in counts.items() if count == most)]


def _decided(items: list[FeelValue], *, decisive: bool) -> bool | None:
    if decisive in [item for item in items if isinstance(item, bool)]:
        return decisive
    return not decisive if all(isinstance(item, bool) for item in items) else None


@builtin("all", "list: list", variadic=True)
def _all(items: list[FeelValue]) -> FeelValue:
    return _decided(items, decisive=False)


@builtin("any", "list: list", variadic=True)
def _any(items: list[FeelValue]) -> FeelValue:
    return _decided(items, decisive=True)


@builtin("sublist", "list: list, start position: number, length?: number")
def _sublist(items: list[FeelValue], start: Decimal, length: Decimal | None = None) -> FeelValue:
    first = _index(items, start)
    if length is None:
        return items[first:]
    if length < 1 or first + length > len(items):
        raise NotApplicable("长度超出列表范围。")
    return items[first : first + int(length)]


@builtin("concatenate", "list: list", repeated=True)
def _concatenate(*lists: list[FeelValue]) -> FeelValue:
    return _bounded([item for items in lists for item in items])


@builtin("union", "list: list", repeated=True)
def _union(*lists: list[FeelValue]) -> FeelValue:
    return _distinct_values.call([item for items in lists for item in items])


@builtin("append", "list: list, item: any", repeated=True)
def _append(items: list[FeelValue], *added: FeelValue) -> FeelValue:
    if not added:
        raise NotApplicable("至少需要一个追加的项。")
    return _bounded([*items, *added])


@builtin("insert before", "list: list, position: number, newItem: any")
def _insert_before(items: list[FeelValue], position: Decimal, item: FeelValue) -> FeelValue:
    index = _index(items, position, beyond=1 if position > 0 else 0)
    return _bounded([*items[:index], item, *items[index:]])


@builtin("remove", "list: list, position: number")
def _remove(items: list[FeelValue], position: Decimal) -> FeelValue:
    index = _index(items, position)
    return [*items[:index], *items[index + 1 :]]


@builtin(
    "list replace",
    "list: list, position: any, newItem: any",
    "list: list, match: function, newItem: any",
)
def _list_replace(items: list[FeelValue], position: FeelValue, item: FeelValue) -> FeelValue:
    if isinstance(position, FeelFunction):
        chosen = [position.call(old, item) for old in items]
        if any(not isinstance(choice, bool) for choice in chosen):
            raise NotApplicable("选择函数的结果必须是是否值。")
        return [item if hit else old for old, hit in zip(items, chosen, strict=True)]
    if not isinstance(position, Decimal):
        raise NotApplicable("位置必须是数字或函数。")
    index = _index(items, position)
    return [*items[:index], item, *items[index + 1 :]]


@builtin("reverse", "list: list")
def _reverse(items: list[FeelValue]) -> FeelValue:
    return items[::-1]


@builtin("index of", "list: list, match: any")
def _index_of(items: list[FeelValue], match: FeelValue) -> FeelValue:
    return [Decimal(n) for n, item in enumerate(items, 1) if equal(item, match) is True]


@builtin("distinct values", "list: list")
def _distinct_values(items: list[FeelValue]) -> FeelValue:
    if len(items) ** 2 > limits.STEPS * 10:
        raise FeelLimitExceeded
    distinct: list[FeelValue] = []
    for item in items:
        if not _holds(distinct, item):
            distinct.append(item)
    return distinct


@builtin("flatten", "list: list")
def _flatten(items: list[FeelValue]) -> FeelValue:
    flat: list[FeelValue] = []
    for item in items:
        nested = _flatten.call(item) if isinstance(item, list) else item
        if isinstance(nested, list):
            flat.extend(nested)
        else:
            flat.append(nested)
        _bounded(flat)
    return flat


@builtin("sort", "list: list, precedes?: function")
def _sort(items: list[FeelValue], precedes: FeelFunction | None = None) -> FeelValue:
    def before(left: FeelValue, right: FeelValue) -> bool:
        result = (
            compare(Comparator.LESS, left, right)
            if precedes is None
            else precedes.call(left, right)
        )
        if not isinstance(result, bool):
            raise NotApplicable("列表中的项不能排序。")
        return result

    def order(left: FeelValue, right: FeelValue) -> int:
        return -1 if before(left, right) else int(before(right, left))

    return sorted(items, key=cmp_to_key(order))


FUNCTIONS = collect(globals())
